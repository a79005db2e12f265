//! Dates of HTTP (RFC 9110, section 5.6.7): all three forms to the letter, as seconds since 1970.

const DAY: i64 = 24 * 60 * 60;
/// The average year.
const YEAR: i64 = 31_556_952;

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The seconds from 1970 to this date, negative before it; `None` for what is no date. The day of the week has to be one, but not
/// that of the date: what administrators write by hand has it wrong, and the date is meant. `now` decides the century of two digits: none that would be more than 50 years away. Without it they
/// are a year from 1970 to 2069.
pub(crate) fn http_date(text: &[u8], now: Option<i64>) -> Option<i64> {
    imf_fixdate(text).or_else(|| asctime(text)).or_else(|| rfc850(text, now))?.seconds()
}

/// A date as it is written; nothing of it is checked but the number of digits.
struct Written {
    year: i64,
    /// 1 to 12.
    month: i64,
    day: i64,
    /// Since midnight.
    seconds: i64,
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn imf_fixdate(text: &[u8]) -> Option<Written> {
    let mut rest = Rest(text);
    rest.weekday()?;
    let day = rest.skip(", ")?.number(2)?;
    let month = rest.skip(" ")?.month()?;
    let year = rest.skip(" ")?.number(4)?;
    let seconds = rest.skip(" ")?.time()?;
    rest.skip(" GMT")?.end()?;
    Some(Written { year, month, day, seconds })
}

/// `Sun Nov  6 08:49:37 1994`
fn asctime(text: &[u8]) -> Option<Written> {
    let mut rest = Rest(text);
    rest.weekday()?;
    let month = rest.skip(" ")?.month()?;
    let digits = if rest.skip(" ")?.skip(" ").is_some() { 1 } else { 2 };
    let day = rest.number(digits)?;
    let seconds = rest.skip(" ")?.time()?;
    let year = rest.skip(" ")?.number(4)?;
    rest.end()?;
    Some(Written { year, month, day, seconds })
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`
fn rfc850(text: &[u8], now: Option<i64>) -> Option<Written> {
    let mut rest = Rest(text);
    rest.name(&WEEKDAYS)?;
    let day = rest.skip(", ")?.number(2)?;
    let month = rest.skip("-")?.month()?;
    let year = full_year(rest.skip("-")?.number(2)?, now);
    let seconds = rest.skip(" ")?.time()?;
    rest.skip(" GMT")?.end()?;
    Some(Written { year, month, day, seconds })
}

fn full_year(two_digits: i64, now: Option<i64>) -> i64 {
    let latest = now.map_or(2069, |now| now.div_euclid(YEAR).saturating_add(1970 + 50).clamp(1999, 9999));
    latest - (latest - two_digits).rem_euclid(100)
}

impl Written {
    fn seconds(&self) -> Option<i64> {
        let (first, next) = (days(self.year, self.month), days(self.year, self.month + 1));
        let day = first + self.day - 1;
        let is_there = self.day > 0 && day < next;
        is_there.then_some(day * DAY + self.seconds)
    }
}

/// From 1970 to the first of a month. March is the first month of a year that ends with its leap day.
fn days(year: i64, month: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap_days + (153 * month + 2) / 5 - 719_468
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn skip(&mut self, text: &str) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(text.as_bytes())?;
        Some(self)
    }

    /// Which of the names comes next.
    fn name(&mut self, names: &[&str]) -> Option<i64> {
        let which = names.iter().position(|name| self.skip(name).is_some())?;
        i64::try_from(which).ok()
    }

    /// The first three letters of one.
    fn weekday(&mut self) -> Option<i64> {
        self.name(&WEEKDAYS.map(|name| &name[..3]))
    }

    fn month(&mut self) -> Option<i64> {
        Some(self.name(&MONTHS)? + 1)
    }

    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| 10 * sum + i64::from(b - b'0')))
    }

    /// A leap second is the first of the next minute.
    fn time(&mut self) -> Option<i64> {
        let hour = self.number(2)?;
        let minute = self.skip(":")?.number(2)?;
        let second = self.skip(":")?.number(2)?;
        (hour < 24 && minute < 60 && second <= 60).then_some((60 * hour + minute) * 60 + second)
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Option<i64> {
        http_date(text.as_bytes(), None)
    }

    #[test]
    fn three_forms_of_one_date() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun Nov 06 08:49:37 1994",
        ] {
            assert_eq!(date(text), Some(784_111_777), "{text}");
        }
    }

    #[test]
    fn the_ends_of_the_calendar() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
            ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Sun, 06 Nov 1994 08:49:60 GMT", 784_111_800),
            ("Fri, 31 Dec 9999 23:59:60 GMT", 253_402_300_800),
            ("Sat, 01 Jan 0000 00:00:00 GMT", -62_167_219_200),
        ] {
            assert_eq!(date(text), Some(seconds), "{text}");
        }
    }

    /// Every day of 400 years, counted one by one.
    #[test]
    fn each_day_follows_the_one_before() {
        let mut count = -1;
        for year in 1970..2370 {
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            for (month, name) in MONTHS.iter().enumerate() {
                let february = if is_leap { 29 } else { 28 };
                let length = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month];
                for day in 1..=31 {
                    let next = usize::try_from((count + 5) % 7).unwrap();
                    let text = format!("{}, {day:02} {name} {year} 00:00:00 GMT", &WEEKDAYS[next][..3]);
                    count += i64::from(day <= length);
                    assert_eq!(date(&text), (day <= length).then_some(count * DAY), "{text}");
                }
            }
        }
        assert_eq!(count + 1, 146_097);
    }

    #[test]
    fn two_digits_are_never_more_than_fifty_years_ahead() {
        let year = |text: &str, now: Option<i64>| {
            http_date(text.as_bytes(), now).map(|seconds| 1970 + seconds.div_euclid(YEAR))
        };
        let in_2026 = Some(56 * YEAR);
        for (text, now, expected) in [
            ("Saturday, 06-Jun-70 00:00:00 GMT", None, Some(1970)),
            ("Thursday, 06-Jun-69 00:00:00 GMT", None, Some(2069)),
            ("Friday, 06-Jun-69 00:00:00 GMT", None, Some(2069)),
            ("Saturday, 06-Jun-76 00:00:00 GMT", in_2026, Some(2076)),
            ("Monday, 06-Jun-77 00:00:00 GMT", in_2026, Some(1977)),
            ("Saturday, 06-Jun-26 00:00:00 GMT", in_2026, Some(2026)),
            ("Monday, 06-Jun-77 00:00:00 GMT", Some(i64::MIN), Some(1977)),
            ("Monday, 06-Jun-77 00:00:00 GMT", Some(i64::MAX), Some(9977)),
        ] {
            assert_eq!(year(text, now), expected, "{text} {now:?}");
        }
    }

    #[test]
    fn the_date_is_meant_and_not_its_weekday() {
        for text in
            ["Mon, 06 Nov 1994 08:49:37 GMT", "Monday, 06-Nov-94 08:49:37 GMT", "Mon Nov  6 08:49:37 1994"]
        {
            assert_eq!(date(text), Some(784_111_777), "{text}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "Sun",
            "sun, 06 Nov 1994 08:49:37 GMT",
            "Zun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun,06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 gmt",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
            "Sun, 06 Nov 1994 08:49:37.5 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Fri, 29 Sep 100000 16:26:57 GMT",
            "Fri, 29 Sep -100 16:26:57 GMT",
            "Sunday, 06-Nov-94X08:49:37 GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Sunday, 6-Nov-94 08:49:37 GMT",
            "Sun Nov 6 08:49:37 1994",
            "Sun Nov  6 08:49:37 1994 GMT",
            "Sun Nov   6 08:49:37 1994",
            "1994-11-06T08:49:37Z",
            "784111777",
            "S\u{fc}n, 06 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
