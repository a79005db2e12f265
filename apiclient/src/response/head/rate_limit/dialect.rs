//! Who says it how.

use super::spelling::{self, Spelling};
use http::HeaderMap;

/// In which words an API speaks of its limits. The reset is what they disagree about: a time from now, or a moment.
///
/// | dialect | fields | reset |
/// |---|---|---|
/// | [`Guess`](Self::Guess) | those of [`Ietf`](Self::Ietf) if there are any, else all that follow | by its size and form |
/// | [`Ietf`](Self::Ietf) | `RateLimit`, `RateLimit-Policy`; `RateLimit-Limit`, `-Remaining`, `-Reset` | seconds from now |
/// | [`GitHub`](Self::GitHub) | `X-RateLimit-Limit`, `-Remaining`, `-Reset`, `-Resource` | seconds since 1970 |
/// | [`X`](Self::X) | `X-Rate-Limit-Limit`, `-Remaining`, `-Reset` | seconds since 1970 |
/// | [`Discord`](Self::Discord) | `X-RateLimit-Limit`, `-Remaining`, `-Reset-After`, `-Bucket` | seconds from now, with a fraction |
/// | [`OpenAi`](Self::OpenAi) | `X-RateLimit-Limit-Requests`, `-Remaining-Requests`, `-Reset-Requests`, and the same with `-Tokens` | `6m0s`, `12ms` from now |
/// | [`Shopify`](Self::Shopify) | `X-Shopify-Shop-Api-Call-Limit: 32/40` | not said |
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RateLimitDialect {
    /// Whatever there is. A reset above 10¹² is milliseconds since 1970, above 10⁹ seconds since 1970, and anything else
    /// seconds from now. To say the dialect is better.
    #[default]
    Guess,
    /// The IETF's draft: version 10, the dictionary of version 7, the three fields of those before.
    Ietf,
    /// GitHub, and many that followed it.
    GitHub,
    /// X, once Twitter.
    X,
    /// Discord.
    Discord,
    /// `OpenAI`, and those that speak like it.
    OpenAi,
    /// Shopify's REST API.
    Shopify,
}

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
            Self::Ietf | Self::Shopify => vec![],
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
