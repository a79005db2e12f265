//! What a value stands for: durations, rates, sizes and the like, in the same words as in the attributes.

use crate::endpoint::{HedgeAfter, Per, Rate, RateLimitDialect, RetryOn, Statuses};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// A number, and what stands behind it.
fn split(text: &str) -> (Result<u64, &'static str>, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = text[..digits].parse().map_err(|_| match digits {
        0 => "it begins with no number",
        _ => "its number is too large",
    });
    (number, text[digits..].trim_start())
}

/// A number that is none counts before its unit.
fn wrong(number: Result<u64, &'static str>, unit: &str) -> String {
    number.err().unwrap_or(unit).to_owned()
}

fn scaled(number: Result<u64, &'static str>, factor: u64) -> Result<u64, &'static str> {
    match number?.checked_mul(factor) {
        None => Err("it is too large"),
        Some(0) => Err("it is zero"),
        Some(scaled) => Ok(scaled),
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    let factor = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "" => {
            let number = number?;
            return Err(format!("it has no unit: write \"{number}s\" or \"{number}ms\""));
        }
        _ => return Err(wrong(number, "its unit is none of ms, s, m and h")),
    };
    Ok(scaled(number, factor).map(Duration::from_millis)?)
}

pub(super) fn rate(text: &str) -> Result<Rate, String> {
    let (number, unit) = split(text);
    let seconds = match unit {
        "/s" => 1,
        "/m" => 60,
        "/h" => 3600,
        "/d" => 86_400,
        "" => {
            let number = number?;
            return Err(format!("it has no unit: write \"{number}/s\" or \"{number}/h\""));
        }
        _ => return Err(wrong(number, "its unit is none of /s, /m, /h and /d")),
    };
    let calls = u32::try_from(scaled(number, 1)?).map_err(|_| "its number is too large")?;
    Ok(Rate::new(calls, Duration::from_secs(seconds)))
}

pub(super) fn size(text: &str) -> Result<usize, String> {
    let (number, unit) = split(text);
    let factor = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "kB" | "KB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return Err(wrong(number, "its unit is none of B, KiB, MiB and GiB")),
    };
    Ok(usize::try_from(scaled(number, factor)?).map_err(|_| "it is too large")?)
}

pub(super) fn ratio(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(ratio) if ratio > 0.0 && ratio <= 1.0 => Ok(ratio),
        _ => Err("it is no number above 0 and up to 1".into()),
    }
}

/// `p95` is where 95 of 100 are done, `p999` where 999 of 1000 are.
pub(super) fn after(text: &str) -> Result<HedgeAfter, String> {
    let place = text.strip_prefix('p').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    match place.map(|digits| (digits.len(), digits.parse::<u16>())) {
        Some((2, Ok(place))) if place > 0 => Ok(HedgeAfter::Permille(place * 10)),
        Some((3, Ok(place))) if place > 0 => Ok(HedgeAfter::Permille(place)),
        Some(_) => Err("it is no place in the order: write \"p95\" or \"p999\"".into()),
        None => duration(text).map(HedgeAfter::Fixed),
    }
}

/// `409`, `5xx`, `500..=599`, `connect`, `timeout`
pub(super) fn retry_on(words: &[String]) -> Result<RetryOn, String> {
    let (mut ranges, mut connect, mut timeout) = (Vec::new(), false, false);
    for word in words.iter().flat_map(|word| word.split('|')).map(str::trim) {
        match word {
            "connect" => connect = true,
            "timeout" => timeout = true,
            _ => ranges.push(range(word).ok_or_else(|| {
                format!(
                    "{word:?} is no status: write \"503\", \"5xx\", \"500..=599\", \"connect\" or \"timeout\""
                )
            })?),
        }
    }
    let mut on = RetryOn::new(Statuses::new(kept_ranges(ranges)));
    if connect {
        on = on.connect();
    }
    if timeout {
        on = on.timeout();
    }
    Ok(on)
}

fn range(word: &str) -> Option<(u16, u16)> {
    let status = |text: &str| text.parse::<u16>().ok().filter(|status| (100..=599).contains(status));
    if let Some(class) = word.strip_suffix("xx").and_then(|class| class.parse::<u16>().ok()) {
        return (1..=5).contains(&class).then_some((class * 100, class * 100 + 99));
    }
    match word.split_once("..=") {
        Some((first, last)) => Some((status(first)?, status(last)?)).filter(|(first, last)| first <= last),
        None => status(word).map(|status| (status, status)),
    }
}

pub(super) const DIALECTS: [(&str, Option<RateLimitDialect>); 9] = [
    ("guess", Some(RateLimitDialect::Guess)),
    ("ietf", Some(RateLimitDialect::Ietf)),
    ("github", Some(RateLimitDialect::GitHub)),
    ("x", Some(RateLimitDialect::X)),
    ("discord", Some(RateLimitDialect::Discord)),
    ("openai", Some(RateLimitDialect::OpenAi)),
    ("shopify", Some(RateLimitDialect::Shopify)),
    ("slack", Some(RateLimitDialect::Slack)),
    ("none", None),
];

pub(super) const PERS: [(&str, Per); 2] = [("origin", Per::Origin), ("endpoint", Per::Endpoint)];

/// Specifications are plain data that lives as long as the program. The same text is kept once, however often it is read.
pub(super) fn kept(text: String) -> &'static str {
    static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.get(text.as_str()) {
        return known;
    }
    let text: &'static str = Box::leak(text.into_boxed_str());
    all.insert(text);
    text
}

type Ranges = &'static [(u16, u16)];

fn kept_ranges(ranges: Vec<(u16, u16)>) -> Ranges {
    static KEPT: Mutex<BTreeSet<Ranges>> = Mutex::new(BTreeSet::new());
    let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.get(&ranges[..]) {
        return known;
    }
    let ranges: Ranges = Box::leak(ranges.into_boxed_slice());
    all.insert(ranges);
    ranges
}
