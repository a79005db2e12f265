//! Limits that have a field for each of their numbers.

use super::{ServiceLimit, duration::go_duration};
use crate::response::head::number::{decimal, whole};
use http::{HeaderMap, HeaderName};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MILLION: u64 = 1_000_000;

/// Longer names tell nobody anything.
const MOST_NAME: usize = 256;

pub(super) const DRAFT_03: Spelling =
    Spelling::new(["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"], Reset::FromNow);
pub(super) const GITHUB: Spelling =
    Spelling::new(["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"], Reset::Since1970)
        .named(Name::Field("x-ratelimit-resource"));
pub(super) const X: Spelling =
    Spelling::new(["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"], Reset::Since1970);
pub(super) const DISCORD: Spelling =
    Spelling::new(["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset-after"], Reset::FromNow)
        .named(Name::Field("x-ratelimit-bucket"));
pub(super) const OPENAI: [Spelling; 2] = [
    Spelling::new(
        ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
        Reset::Duration,
    )
    .named(Name::Is("requests")),
    Spelling::new(
        ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
        Reset::Duration,
    )
    .named(Name::Is("tokens")),
];

/// The names of the fields, and how the reset is meant.
#[derive(Clone, Copy)]
pub(super) struct Spelling {
    limit: &'static str,
    remaining: &'static str,
    pub(super) reset: &'static str,
    meant: Reset,
    name: Name,
}

#[derive(Clone, Copy)]
enum Reset {
    /// In seconds, as the next two, and each may have a fraction.
    FromNow,
    Since1970,
    /// Any of these, by its size and form.
    Guess,
    /// `6m0s`
    Duration,
}

#[derive(Clone, Copy)]
enum Name {
    None,
    Is(&'static str),
    Field(&'static str),
}

impl Spelling {
    const fn new([limit, remaining, reset]: [&'static str; 3], meant: Reset) -> Self {
        Spelling { limit, remaining, reset, meant, name: Name::None }
    }

    const fn named(mut self, name: Name) -> Self {
        self.name = name;
        self
    }

    pub(super) fn guessed(mut self) -> Self {
        self.meant = Reset::Guess;
        self
    }

    /// `None` if none of the three is there and right.
    pub(super) fn read(&self, headers: &HeaderMap, now: Option<Duration>) -> Option<ServiceLimit> {
        let quota = find(headers, self.limit, first_number);
        let remaining = find(headers, self.remaining, whole);
        let reset = find(headers, self.reset, |text| self.meant.read(text, now));
        (quota.is_some() || remaining.is_some() || reset.is_some()).then_some(())?;
        Some(ServiceLimit { name: self.name(headers), quota, remaining, reset, partition_key: None })
    }

    fn name(&self, headers: &HeaderMap) -> Option<String> {
        let name = match self.name {
            Name::None => None,
            Name::Is(name) => Some(name),
            Name::Field(field) => headers.get(field).and_then(|value| value.to_str().ok()),
        };
        name.map(str::trim).filter(|name| (1..=MOST_NAME).contains(&name.len())).map(str::to_owned)
    }
}

/// The first that can be read.
fn find<T>(headers: &HeaderMap, name: &'static str, read: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
    let lines = headers.get_all(HeaderName::from_static(name));
    lines.iter().find_map(|value| read(value.as_bytes().trim_ascii()))
}

/// Of `100, 100;w=10`, as drafts 3 to 6 have it, the limit that is reached next.
fn first_number(text: &[u8]) -> Option<u64> {
    let first = text.split(|b| matches!(b, b',' | b';')).next()?;
    whole(first.trim_ascii())
}

impl Reset {
    fn read(self, text: &[u8], now: Option<Duration>) -> Option<Duration> {
        let number = || decimal(text, SECOND);
        let until = |moment: Duration| Some(moment.saturating_sub(now?));
        match self {
            Reset::FromNow => number(),
            Reset::Since1970 => until(number()?),
            Reset::Duration => go_duration(text),
            Reset::Guess => match number() {
                None => go_duration(text),
                Some(number) if number.as_secs() > MILLION * MILLION => until(number / 1000),
                Some(number) if number.as_secs() > 1000 * MILLION => until(number),
                number => number,
            },
        }
    }
}

/// `32/40`: how much is used, of how much. A quota of nothing is none.
pub(super) fn shopify(headers: &HeaderMap) -> Option<ServiceLimit> {
    find(headers, "x-shopify-shop-api-call-limit", |text| {
        let slash = text.iter().position(|b| *b == b'/')?;
        let (used, quota) = (whole(&text[..slash])?, whole(&text[slash + 1..]).filter(|quota| *quota > 0)?);
        let remaining = Some(quota.saturating_sub(used));
        Some(ServiceLimit { quota: Some(quota), remaining, ..ServiceLimit::default() })
    })
}
