//! `RateLimit` and `RateLimit-Policy`, as versions of draft-ietf-httpapi-ratelimit-headers have them.

use super::{QuotaPolicy, QuotaUnit, RateLimitDialect, RateLimits, ServiceLimit, spelling::DRAFT_03};
use crate::response::head::structured::{Bare, Item, dictionary, joined, list};
use http::{HeaderMap, HeaderName};
use std::time::Duration;

const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

pub(super) fn read(headers: &HeaderMap, dialect: RateLimitDialect, now: Option<Duration>) -> RateLimits {
    let limits = joined(headers, &RATELIMIT).and_then(|text| limits(&text));
    let apart = match dialect {
        RateLimitDialect::Guess => DRAFT_03.guessed(),
        _ => DRAFT_03,
    };
    let limits = limits.unwrap_or_else(|| apart.read(headers, now).into_iter().collect());
    let policies = joined(headers, &RATELIMIT_POLICY).and_then(|text| policies(&text));
    let policies = policies.unwrap_or_else(|| with_limit(headers));
    RateLimits { limits, policies }
}

/// `"default";r=50;t=30` of version 10, or `limit=100, remaining=50, reset=5` of version 7.
fn limits(text: &str) -> Option<Vec<ServiceLimit>> {
    match list(text) {
        Some(items) => items.iter().map(limit).collect(),
        None => Some(vec![one_limit(&dictionary(text)?)?]),
    }
}

fn limit(item: &Item) -> Option<ServiceLimit> {
    let Bare::Text(name) = &item.value else { return None };
    Some(ServiceLimit {
        name: Some(name.clone()),
        quota: None,
        remaining: Some(number(item, "r").ok()??),
        reset: number(item, "t").ok()?.map(Duration::from_secs),
        partition_key: partition_key(item).ok()?,
    })
}

fn one_limit(members: &[(String, Item)]) -> Option<ServiceLimit> {
    let number = |name| {
        let last = members.iter().rfind(|(known, _)| known == name);
        last.map(|(_, item)| natural(&item.value).ok_or(Malformed)).transpose().ok()
    };
    Some(ServiceLimit {
        quota: number("limit")?,
        remaining: Some(number("remaining")??),
        reset: number("reset")?.map(Duration::from_secs),
        ..ServiceLimit::default()
    })
}

/// `"burst";q=100;w=60` of version 10, or `100;w=60` of those before.
fn policies(text: &str) -> Option<Vec<QuotaPolicy>> {
    list(text)?.iter().map(policy).collect()
}

fn policy(item: &Item) -> Option<QuotaPolicy> {
    let (name, quota) = match &item.value {
        Bare::Text(name) => (Some(name.clone()), number(item, "q").ok()??),
        value => (None, natural(value)?),
    };
    let window = number(item, "w").ok()?;
    (window != Some(0)).then_some(())?;
    let window = window.map(Duration::from_secs);
    Some(QuotaPolicy { name, quota, unit: unit(item)?, window, partition_key: partition_key(item).ok()? })
}

/// `RateLimit-Limit: 100, 100;w=60, 1000;w=3600` of versions 3 to 6: what has a window is a policy.
fn with_limit(headers: &HeaderMap) -> Vec<QuotaPolicy> {
    let policies = joined(headers, &RATELIMIT_LIMIT).and_then(|text| policies(&text));
    policies.into_iter().flatten().filter(|policy| policy.window.is_some()).collect()
}

/// A parameter is of another kind than it has to be.
struct Malformed;

fn number(item: &Item, name: &str) -> Result<Option<u64>, Malformed> {
    item.param(name).map(|value| natural(value).ok_or(Malformed)).transpose()
}

fn natural(value: &Bare) -> Option<u64> {
    match value {
        Bare::Integer(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

fn partition_key(item: &Item) -> Result<Option<Vec<u8>>, Malformed> {
    match item.param("pk") {
        None => Ok(None),
        Some(Bare::Bytes(key)) => Ok(Some(key.clone())),
        Some(_) => Err(Malformed),
    }
}

fn unit(item: &Item) -> Option<QuotaUnit> {
    match item.param("qu") {
        None => Some(QuotaUnit::Requests),
        Some(Bare::Text(unit)) => Some(match &**unit {
            "requests" => QuotaUnit::Requests,
            "content-bytes" => QuotaUnit::ContentBytes,
            "concurrent-requests" => QuotaUnit::ConcurrentRequests,
            _ => QuotaUnit::Other(unit.clone()),
        }),
        Some(_) => None,
    }
}
