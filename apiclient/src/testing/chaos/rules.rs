//! Which faults, and how often.

use super::{fault::Fault, latency::Latency};
use std::time::Duration;

/// How often which [`Fault`] happens to attempts of one endpoint: what [`Chaos::on`](super::Chaos::on) is given.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    pub(super) rates: Vec<(Fault, f64)>,
    pub(super) latency: Option<Latency>,
    pub(super) script: Vec<Option<Fault>>,
}

impl Rules {
    /// How long each attempt takes. Default: no time.
    pub fn latency(mut self, latency: Latency) -> Self {
        self.latency = Some(latency);
        self
    }

    /// How often `fault` happens: 0.05 is one attempt in twenty. An attempt has one fault at most. Default: never.
    ///
    /// # Panics
    ///
    /// If the rate is not from 0 to 1, or all rates together are more than 1.
    #[track_caller]
    pub fn rate(mut self, fault: Fault, rate: f64) -> Self {
        assert!((0.0..=1.0).contains(&rate), "a rate is from 0 to 1, not {rate}");
        self.rates.push((fault, rate));
        let sum: f64 = self.rates.iter().map(|(_, rate)| rate).sum();
        // Ten times a tenth is a little more than one.
        assert!(sum < 1.0 + 1e-9, "all rates together are {sum}, which is more than 1");
        self
    }

    /// What happens to the first attempts, one by one; `None` leaves an attempt alone. Then the rates count.
    pub fn script(mut self, script: impl IntoIterator<Item = Option<Fault>>) -> Self {
        let repeat = |step: Option<Fault>| {
            let (fault, more) = step.map_or((None, 0), |fault| {
                let (fault, more) = fault.begin();
                (Some(fault), more)
            });
            std::iter::once(fault.clone()).chain((0..more).map(move |_| fault.clone()))
        };
        self.script = script.into_iter().flat_map(repeat).collect();
        self
    }

    /// The fault whose share of the range from 0 to 1 this number is in.
    pub(super) fn fault(&self, roll: f64) -> Option<Fault> {
        let mut end = 0.0;
        let mut shares = self.rates.iter().map(|(fault, rate)| {
            end += rate;
            (fault, end)
        });
        shares.find(|(_, end)| roll < *end).map(|(fault, _)| fault.clone())
    }

    pub(super) fn draw_latency(&self, random: &dyn crate::random::Random) -> Duration {
        self.latency.map_or(Duration::ZERO, |latency| latency.draw(random))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_lie_one_after_the_other() {
        let rules = Rules::default().rate(Fault::Refuse, 0.25).rate(Fault::Hang, 0.5);
        let drawn = [0.0, 0.24, 0.25, 0.74, 0.75, 0.99].map(|roll| rules.fault(roll));
        let (refuse, hang) = (Some(Fault::Refuse), Some(Fault::Hang));
        assert_eq!(drawn, [refuse.clone(), refuse, hang.clone(), hang, None, None]);
        let tenths = (0..10).fold(Rules::default(), |rules, _| rules.rate(Fault::Hang, 0.1));
        assert_eq!(tenths.fault(0.999), Some(Fault::Hang));
    }

    #[test]
    #[should_panic(expected = "all rates together are 1.25, which is more than 1")]
    fn more_than_always() {
        let _ = Rules::default().rate(Fault::Refuse, 0.75).rate(Fault::Hang, 0.5);
    }

    #[test]
    #[should_panic(expected = "a rate is from 0 to 1, not NaN")]
    fn no_rate() {
        let _ = Rules::default().rate(Fault::Refuse, f64::NAN);
    }

    #[test]
    fn a_storm_in_a_script_is_its_attempts() {
        let script = Rules::default().script([None, Some(Fault::storm(503, 2)), Some(Fault::Hang)]).script;
        let status = Some(Fault::Status(503));
        assert_eq!(script, [None, status.clone(), status, Some(Fault::Hang)]);
    }
}
