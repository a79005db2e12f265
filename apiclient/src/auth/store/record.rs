//! What an entry says: a token, and who is asking for the next one. JSON with a version of its own.

use super::TokenEntry;
use crate::{
    auth::{AuthError, Token},
    secret::Secret,
};
use serde_json::{Value, json};
use std::time::Duration;
use zeroize::Zeroizing;

/// Of what is written here; another one is not touched.
const SCHEMA: u64 = 1;

/// What an entry says. Times are milliseconds since 1970, by the clock of who wrote them.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    access: Option<Secret>,
    refresh: Option<Secret>,
    /// What somebody has logged in with, of which the token comes, or which was refused.
    pub(super) chain: Option<Secret>,
    expires_at: Option<u64>,
    /// Somebody has to log in: nobody asks with this refresh token any more.
    pub(super) is_refused: bool,
    /// Whether a new refresh token came with the last answer; none where nobody knows yet.
    pub(super) rotates: Option<bool>,
    pub(super) lease: Option<Lease>,
}

/// Somebody asks for the next token, or has died while asking.
#[derive(Debug, Clone)]
pub(super) struct Lease {
    /// Who has taken it.
    pub(super) holder: u64,
    /// When it was taken.
    pub(super) taken: u64,
    /// Since when what is asked with may have been presented.
    pub(super) since: u64,
    /// Until when nobody else asks.
    pub(super) until: u64,
    /// How often it may have been presented.
    pub(super) presented: u32,
}

impl Record {
    /// Of a token that was received just then.
    pub(super) fn of(token: &Token, received: Duration) -> Self {
        let at = |life: Duration| millis(received.saturating_add(life));
        Record {
            access: Some(token.access_token().clone()),
            refresh: token.refresh_token().cloned(),
            chain: token.chain().cloned(),
            expires_at: token.life().map(at),
            ..Record::default()
        }
    }

    /// What an entry says; an error where it comes from another version of this crate, or from somebody else.
    pub(super) fn read(entry: &TokenEntry) -> Result<Self, AuthError> {
        let mut json: Value = serde_json::from_str(entry.data().expose()).unwrap_or_default();
        if json.get("schema").and_then(Value::as_u64) != Some(SCHEMA) {
            return Err(AuthError::new(
                "the token store holds an entry that this version cannot read; it is left as it is",
            ));
        }
        let lease = json.get("lease").and_then(|lease| {
            let number = |name| lease.get(name).and_then(Value::as_u64);
            Some(Lease {
                holder: number("holder")?,
                taken: number("taken")?,
                since: number("since")?,
                until: number("until")?,
                presented: u32::try_from(number("presented")?).ok()?,
            })
        });
        Ok(Record {
            access: taken(&mut json, "access"),
            refresh: taken(&mut json, "refresh"),
            chain: taken(&mut json, "chain"),
            expires_at: json.get("expires_at").and_then(Value::as_u64),
            is_refused: json.get("is_refused").and_then(Value::as_bool).unwrap_or(false),
            rotates: json.get("rotates").and_then(Value::as_bool),
            lease,
        })
    }

    pub(super) fn entry(&self, version: u64) -> TokenEntry {
        let text = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.expose().to_owned());
        let lease = self.lease.as_ref().map(|lease| {
            json!({ "holder": lease.holder, "taken": lease.taken, "since": lease.since, "until": lease.until, "presented": lease.presented })
        });
        let json = json!({
            "schema": SCHEMA,
            "access": text(&self.access),
            "refresh": text(&self.refresh),
            "chain": text(&self.chain),
            "expires_at": self.expires_at,
            "is_refused": self.is_refused,
            "rotates": self.rotates,
            "lease": lease,
        });
        let written = Zeroizing::new(json.to_string());
        TokenEntry::new(version, written.as_str())
    }

    /// The same, but for who is asking for the next one.
    pub(super) fn with_lease(&self, lease: Option<Lease>) -> Self {
        Record { lease, ..self.clone() }
    }

    pub(super) fn has_token(&self) -> bool {
        self.access.is_some()
    }

    pub(super) fn refresh_text(&self) -> Option<&str> {
        self.refresh.as_ref().map(Secret::expose)
    }

    pub(super) fn is_access(&self, token: &Token) -> bool {
        self.access.as_ref().is_some_and(|access| access.expose() == token.access_token().expose())
    }

    pub(super) fn is_refresh(&self, token: &Token) -> bool {
        self.refresh.as_ref().map(Secret::expose) == token.refresh_token().map(Secret::expose)
    }

    /// The token with what is left of its life, which may be nothing.
    pub(super) fn token(&self, now: Duration) -> Option<Token> {
        let mut token = Token::new(self.access.clone()?).with_chain(self.chain.clone());
        if let Some(refresh) = &self.refresh {
            token = token.refresh(refresh.clone());
        }
        Some(match self.expires_at {
            Some(at) => token.expires_in(Duration::from_millis(at).saturating_sub(now)),
            None => token,
        })
    }
}

/// A text that is not left lying about in memory.
pub(super) fn taken(json: &mut Value, name: &str) -> Option<Secret> {
    match json.get_mut(name).map(Value::take) {
        Some(Value::String(text)) => Some(Secret::from(text)),
        _ => None,
    }
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
