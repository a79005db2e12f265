//! `Retry-After` (RFC 9110, section 10.2.3), to the letter.

use super::{
    date::http_date,
    number::{decimal, whole},
};
use http::{HeaderMap, HeaderName, header};
use std::time::Duration;

const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// How long the server asks to wait. `None` where it does not, or not in words that are allowed; zero is an answer of its
/// own, and so is a date that is over. Of several values the longest counts, and a number that is too large is as long as
/// can be said.
///
/// A date is counted from the answer's own `Date`; where it has none, from `now`, the time since 1970 by our clock, if that
/// is known. `retry-after-ms` comes first, but only with `in_millis`: the API has said that it sends it.
pub(crate) fn retry_after(headers: &HeaderMap, now: Option<Duration>, in_millis: bool) -> Option<Duration> {
    let read_millis = |text: &[u8]| decimal(text, Duration::from_millis(1));
    let millis = in_millis.then(|| longest(headers, &RETRY_AFTER_MS, read_millis)).flatten();
    let now = server_time(headers, now);
    millis.or_else(|| longest(headers, &header::RETRY_AFTER, |text| delay(text, now)))
}

/// When the answer was made, since 1970: by its own `Date`, else by our clock.
pub(super) fn server_time(headers: &HeaderMap, ours: Option<Duration>) -> Option<Duration> {
    let date = headers.get(header::DATE).map(|date| date.as_bytes().trim_ascii());
    let sent = date.and_then(|date| http_date(date, ours.map(signed)));
    sent.and_then(|sent| u64::try_from(sent).ok()).map(Duration::from_secs).or(ours)
}

fn longest(
    headers: &HeaderMap,
    name: &HeaderName,
    read: impl Fn(&[u8]) -> Option<Duration>,
) -> Option<Duration> {
    headers.get_all(name).iter().filter_map(|value| read(value.as_bytes().trim_ascii())).max()
}

fn delay(text: &[u8], now: Option<Duration>) -> Option<Duration> {
    if let Some(seconds) = whole(text) {
        return Some(Duration::from_secs(seconds));
    }
    let now = now?;
    let then = http_date(text, Some(signed(now)))?;
    // What was before 1970 is over.
    Some(Duration::from_secs(u64::try_from(then).unwrap_or_default()).saturating_sub(now))
}

fn signed(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{super::headers, *};

    const DATE: &str = "Fri, 29 Sep 2023 16:26:37 GMT";
    const NOW: Duration = Duration::from_secs(1_696_004_797);

    fn asked(value: &str) -> Option<u64> {
        let given = headers(&[("retry-after", value), ("date", DATE)]);
        let found = retry_after(&given, None, false);
        assert_eq!(retry_after(&headers(&[("retry-after", value)]), Some(NOW), false), found, "{value}");
        found.map(|wait| wait.as_secs())
    }

    #[test]
    fn a_number_or_a_date() {
        for (value, seconds) in [
            ("0", 0),
            ("20", 20),
            ("\t42 ", 42),
            ("007", 7),
            ("86400", 86400),
            ("9999999999999999999999999999999999999999", u64::MAX),
            ("Fri, 29 Sep 2023 16:26:57 GMT", 20),
            ("Friday, 29-Sep-23 16:26:57 GMT", 20),
            ("Sun, 29 Sep 2023 16:26:57 GMT", 20),
            ("Fri Sep 29 16:26:57 2023", 20),
            ("Fri, 29 Sep 2023 16:26:37 GMT", 0),
            ("Fri, 29 Sep 2023 16:08:17 GMT", 0),
            ("Wed, 31 Dec 1969 23:59:59 GMT", 0),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 251_706_296_002),
        ] {
            assert_eq!(asked(value), Some(seconds), "{value}");
        }
    }

    #[test]
    fn anything_else_is_absent() {
        for value in [
            "",
            " ",
            "-1",
            "-10",
            "+5",
            "1.5",
            "1e3",
            "5, 10",
            "5,",
            "0x10",
            "inf",
            "nan",
            "\u{b2}",
            "Zun, 29 Sep 2023 16:26:27 GMT",
            "fri, 29 sep 2023 16:26:57 gmt",
            "Fri, 29 Sep 100000 16:26:57 GMT",
            "2023-09-29T16:26:57Z",
        ] {
            assert_eq!(asked(value), None, "{value}");
        }
    }

    #[test]
    fn the_longest_of_several_counts() {
        let lines = [("retry-after", "5"), ("retry-after", "x"), ("retry-after", "7"), ("retry-after", "6")];
        assert_eq!(retry_after(&headers(&lines), None, false), Some(Duration::from_secs(7)));
        let lines = [("retry-after", "5"), ("retry-after", "Fri, 29 Sep 2023 16:26:57 GMT"), ("date", DATE)];
        assert_eq!(retry_after(&headers(&lines), None, false), Some(Duration::from_secs(20)));
    }

    /// A server whose clock is wrong is asked by its own clock.
    #[test]
    fn a_date_is_counted_from_the_answers_own() {
        let later = "Fri, 29 Sep 2023 16:26:57 GMT";
        let wait = |date, now| {
            let lines = [("retry-after", later), ("date", date)];
            retry_after(&headers(&lines), now, false).map(|wait| wait.as_millis())
        };
        assert_eq!(wait(DATE, Some(NOW + Duration::from_secs(3600))), Some(20_000));
        assert_eq!(wait("today", Some(NOW + Duration::from_millis(500))), Some(19_500));
        assert_eq!(wait("Wed, 31 Dec 1969 23:59:59 GMT", Some(NOW)), Some(20_000));
        assert_eq!(wait("today", Some(Duration::MAX)), Some(0));
        assert_eq!(wait("today", None), None);
    }

    #[test]
    fn milliseconds_where_the_api_has_them() {
        let wait = |millis: &str, in_millis| {
            let lines = [("retry-after", "7"), ("retry-after-ms", millis)];
            retry_after(&headers(&lines), None, in_millis).map(|wait| wait.as_micros())
        };
        assert_eq!(wait("1500", true), Some(1_500_000));
        assert_eq!(wait("0.5", true), Some(500));
        assert_eq!(wait("0", true), Some(0));
        assert_eq!(wait("1500", false), Some(7_000_000));
        for none in ["", "NaN", "inf", "-1", "1e3", "1500ms"] {
            assert_eq!(wait(none, true), Some(7_000_000), "{none}");
        }
    }
}
