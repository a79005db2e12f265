//! Durations as Go writes them: `6m0s`, `1h2m3.5s`, `12ms`.

use crate::response::head::number::decimal;
use std::time::Duration;

/// Longer first, where one begins with another.
const UNITS: [(&str, Duration); 7] = [
    ("ns", Duration::from_nanos(1)),
    ("us", Duration::from_micros(1)),
    ("\u{b5}s", Duration::from_micros(1)),
    ("ms", Duration::from_millis(1)),
    ("s", Duration::from_secs(1)),
    ("m", Duration::from_secs(60)),
    ("h", Duration::from_secs(3600)),
];

/// `None` without a unit or a number, and for what is negative.
pub(super) fn go_duration(text: &[u8]) -> Option<Duration> {
    let mut rest = text;
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|b| matches!(b, b'0'..=b'9' | b'.')).count();
        let (number, after) = rest.split_at(digits);
        let is_unit = |(name, _): &&(&str, Duration)| after.starts_with(name.as_bytes());
        let (name, unit) = UNITS.iter().find(is_unit)?;
        sum = sum.saturating_add(decimal(number, *unit)?);
        rest = &after[name.len()..];
    }
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_durations() {
        for (text, millis) in [
            ("0s", Some(0)),
            ("6m0s", Some(360_000)),
            ("1h2m3.5s", Some(3_723_500)),
            ("12ms", Some(12)),
            ("1.5h", Some(5_400_000)),
            ("1000us1000\u{b5}s", Some(2)),
            ("1000000ns", Some(1)),
            ("1d", None),
            ("-1s", None),
            ("+1s", None),
            ("6m0", None),
            ("6", None),
            ("s", None),
            ("", None),
            ("1 s", None),
            ("1.s", None),
            ("1S", None),
        ] {
            assert_eq!(go_duration(text.as_bytes()).map(|d| d.as_millis()), millis, "{text}");
        }
        assert_eq!(go_duration(format!("{}h1s", "9".repeat(40)).as_bytes()), Some(Duration::MAX));
        assert_eq!(go_duration("1s".repeat(1 << 19).as_bytes()), Some(Duration::from_secs(1 << 19)));
    }
}
