//! A history as one line of text.

use super::{
    fault::Fault,
    history::{Event, Place},
};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// A seed, and the faults of some attempts: `seed 7; GitHub::repo 3 refuse; GET /users/7 1 503`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Replay {
    pub(super) seed: u64,
    pub(super) faults: BTreeMap<Place, Fault>,
}

/// The faults that happened, in order.
pub(super) fn faults(history: &[Event]) -> Vec<(Place, Fault)> {
    history.iter().filter_map(|event| Some((event.place.clone(), event.fault()?.clone()))).collect()
}

/// A history that stands in a test.
#[track_caller]
pub(super) fn read(text: &str) -> Replay {
    let read: Result<Replay, String> = text.parse();
    assert!(read.is_ok(), "no history to replay: {}", read.as_ref().err().map_or("", |e| e));
    read.unwrap_or_default()
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}", self.seed)?;
        self.faults.iter().try_for_each(|((name, nth), fault)| write!(f, "; {name} {nth} {fault}"))
    }
}

impl FromStr for Replay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A path may hold `;`, and never a space.
        let mut parts = text.split("; ");
        let seed = parts.next().and_then(|first| first.strip_prefix("seed ")?.parse().ok());
        let seed = seed.ok_or("a history begins with its seed: `seed 7; GitHub::repo 3 refuse`")?;
        Ok(Replay { seed, faults: parts.map(fault).collect::<Result<_, _>>()? })
    }
}

/// `GitHub::repo 3 refuse`
fn fault(text: &str) -> Result<(Place, Fault), String> {
    let mut words = text.rsplitn(3, ' ');
    let (fault, nth, name) = (words.next(), words.next(), words.next());
    let nth = nth.and_then(|nth| nth.parse().ok());
    let unreadable = || format!("`{text}` is not whose attempt, which and what: `GitHub::repo 3 refuse`");
    let ((name, nth), fault) = name.zip(nth).zip(fault).ok_or_else(unreadable)?;
    Ok(((name.to_owned(), nth), fault.parse()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_one_line() {
        let text = "seed 7; 2/GET /a;b 12 no-http; GitHub::repo 3 refuse; GitHub::repo 4 503";
        assert_eq!(text.parse::<Replay>().unwrap().to_string(), text);
        assert_eq!("seed 0".parse::<Replay>().unwrap().faults.len(), 0);
        for (text, why) in [
            ("", "begins with its seed"),
            ("seed x", "begins with its seed"),
            ("seed 7; ", "`` is not whose attempt"),
            ("seed 7; GitHub::repo refuse", "`GitHub::repo refuse` is not whose"),
            ("seed 7; GitHub::repo 3 sulk", "`sulk` is no fault"),
        ] {
            assert!(text.parse::<Replay>().unwrap_err().contains(why), "{text}");
        }
    }
}
