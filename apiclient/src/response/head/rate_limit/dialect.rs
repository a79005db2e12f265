//! Who says it how.

use super::spelling::{self, Spelling};
use crate::endpoint::RateLimitDialect;
use http::HeaderMap;

impl RateLimitDialect {
    pub(super) fn has_draft(self) -> bool {
        matches!(self, Self::Guess | Self::Ietf)
    }

    pub(super) fn is_shopify(self) -> bool {
        matches!(self, Self::Guess | Self::Shopify)
    }

    pub(super) fn spellings(self, headers: &HeaderMap) -> Vec<Spelling> {
        let [requests, tokens] = spelling::OPENAI;
        match self {
            Self::Ietf | Self::Shopify | Self::Slack => vec![],
            Self::GitHub => vec![spelling::GITHUB],
            Self::X => vec![spelling::X],
            Self::Discord => vec![spelling::DISCORD],
            Self::OpenAi => vec![requests, tokens],
            Self::Guess => {
                let is_discord = headers.contains_key(spelling::DISCORD.reset);
                let plain = if is_discord { spelling::DISCORD } else { spelling::GITHUB.guessed() };
                vec![plain, spelling::X.guessed(), requests.guessed(), tokens.guessed()]
            }
        }
    }
}
