//! Numbers as header fields have them: digits, perhaps with a fraction; too large ones are as large as can be said.

use std::time::Duration;

/// `1*DIGIT`.
pub(super) fn whole(text: &[u8]) -> Option<u64> {
    let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    is_number
        .then(|| text.iter().fold(0, |sum: u64, b| sum.saturating_mul(10).saturating_add((b - b'0').into())))
}

/// `1*DIGIT [ "." 1*DIGIT ]` of this unit; less than a nanosecond is nothing.
pub(super) fn decimal(text: &[u8], unit: Duration) -> Option<Duration> {
    let point = text.iter().position(|b| *b == b'.');
    let (before, after) = point.map_or((text, &b"0"[..]), |at| (&text[..at], &text[at + 1..]));
    let (units, _) = (whole(before)?, whole(after)?);
    let billionths = (0..9).fold(0, |sum, i| 10 * sum + u128::from(after.get(i).map_or(0, |b| b - b'0')));
    let nanos = u128::from(units) * unit.as_nanos() + billionths * unit.as_nanos() / 1_000_000_000;
    Some(of_nanos(nanos))
}

fn of_nanos(nanos: u128) -> Duration {
    let rest = u32::try_from(nanos % 1_000_000_000).unwrap_or_default();
    u64::try_from(nanos / 1_000_000_000).map_or(Duration::MAX, |seconds| Duration::new(seconds, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_alone_are_a_number() {
        for (text, number) in [
            ("0", Some(0)),
            ("007", Some(7)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", Some(u64::MAX)),
            (&"9".repeat(1 << 20), Some(u64::MAX)),
            ("", None),
            ("-1", None),
            ("+1", None),
            (" 1", None),
            ("1.", None),
            ("0x10", None),
            ("1e3", None),
            ("\u{b2}", None),
            ("\u{661}", None),
        ] {
            assert_eq!(whole(text.as_bytes()), number, "{text}");
        }
    }

    #[test]
    fn fractions_of_a_unit() {
        let of = |text: &str, unit| decimal(text.as_bytes(), unit);
        let (second, hour) = (Duration::from_secs(1), Duration::from_secs(3600));
        assert_eq!(of("1.5", second), Some(Duration::from_millis(1500)));
        assert_eq!(of("0.0000000019", second), Some(Duration::from_nanos(1)));
        assert_eq!(of("1.25", hour), Some(Duration::from_secs(4500)));
        assert_eq!(of("3", Duration::from_millis(1)), Some(Duration::from_millis(3)));
        assert_eq!(of(&"9".repeat(40), hour), Some(Duration::MAX));
        assert_eq!(
            of(&format!("0.{}", "9".repeat(1 << 20)), second),
            Some(Duration::from_nanos(999_999_999))
        );
        for text in ["", ".", "1.", ".5", "1.5.2", "-1", "NaN", "inf", "1e3", "1,5", "1. 5"] {
            assert_eq!(of(text, second), None, "{text}");
        }
    }
}
