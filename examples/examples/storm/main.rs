//! What retries do to a service that is down, and how it comes back: thousands of clients in virtual time, drawn.
//!
//! ```text
//! cargo run --release --example storm
//! cargo run --release --example storm -- --seed 7 --out storm.svg
//! ```
//!
//! Every client is a process of its own, with an `apiclient` client and a retry budget of its own, and makes two calls a second. The
//! service has room for a quarter more than all of them ask for; what it turns away costs it half an answer, so that it can have too
//! much to do with saying no. For half a minute it is down and answers everything with 503. The same is told three times: with three
//! tries more that no budget bounds, with the defaults of this crate, and with AWS's standard mode 2.1, whose budget is ours.
//!
//! A budget is a process's own: 35 tries more, and then one for every fourteenth success. So the first seconds of an outage are the
//! worst, and the more calls a process makes, the sooner it has learnt; `tests/tests/storm.rs` has one with a thousand a second.

mod draw;
mod world;

use std::{error::Error, fs};
use world::{Outcome, Policy, Scale, simulate};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut seed, mut out) = (1, "target/storm.svg".to_owned());
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--seed" => seed = value.parse()?,
            "--out" => out = value,
            _ => return Err(format!("{name} is not known: there are --seed and --out").into()),
        }
    }
    let scale = Scale::FULL;
    let outcomes: Vec<_> = Policy::ALL.iter().map(|policy| simulate(*policy, seed, &scale)).collect();
    print!("{}", table(&outcomes, &scale));
    if let Some(folder) = std::path::Path::new(&out).parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&out, draw::svg(&outcomes, &scale))?;
    println!("drawn in {out}");
    Ok(())
}

fn table(outcomes: &[Outcome], scale: &Scale) -> String {
    let mut text = format!(
        "{} clients, {} calls a second in all, for {} s; the service is down from {} s to {} s\n\n{:<22}{:>9}{:>10}{:>9}{:>9}{:>12}{:>14}\n",
        scale.clients,
        scale.clients * scale.calls,
        scale.length,
        scale.down.start,
        scale.down.end,
        "policy",
        "calls",
        "requests",
        "retries",
        "failed",
        "most in 1 s",
        "well again",
    );
    for outcome in outcomes {
        let most = outcome.seconds.iter().map(|second| second.offered).max().unwrap_or_default();
        let again = match outcome.well_again(scale) {
            Some(seconds) => format!("after {seconds} s"),
            None => "not any more".to_owned(),
        };
        let row = format!(
            "{:<22}{:>9}{:>10}{:>9}{:>9}{:>12}{:>14}\n",
            outcome.policy.name(),
            outcome.calls(),
            outcome.offered(),
            outcome.offered() - outcome.calls(),
            outcome.calls() - outcome.good(),
            most,
            again,
        );
        text.push_str(&row);
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Scale = Scale { clients: 10, calls: 10, length: 20, down: 4..12 };

    #[test]
    fn the_same_seed_is_the_same_storm() {
        let all = |seed| Policy::ALL.map(|policy| simulate(policy, seed, &SMALL));
        assert_eq!(table(&all(3), &SMALL), table(&all(3), &SMALL));
        assert_ne!(table(&all(3), &SMALL), table(&all(4), &SMALL));
        assert_eq!(draw::svg(&all(3), &SMALL), draw::svg(&all(3), &SMALL));
    }

    #[test]
    fn a_budget_bounds_what_is_added() {
        let [unbounded, ours, aws] = Policy::ALL.map(|policy| simulate(policy, 1, &SMALL));
        let retries = |outcome: &Outcome| outcome.offered() - outcome.calls();
        // Each client has tokens for 35 tries more, and what succeeds gives a few back.
        assert!(retries(&ours) <= 36 * 10 + ours.calls() / 14, "{}", retries(&ours));
        assert!(retries(&aws) <= 36 * 10 + aws.calls() / 14, "{}", retries(&aws));
        assert!(ours.good() > ours.calls() / 2 && aws.good() > aws.calls() / 2);
        assert!(retries(&unbounded) > 4 * retries(&ours), "{}", retries(&unbounded));
        assert!(ours.well_again(&SMALL).is_some_and(|seconds| seconds <= 5));
        for outcome in [&unbounded, &ours, &aws] {
            assert_eq!(outcome.calls(), outcome.seconds.iter().map(|second| second.calls).sum::<usize>());
            assert!(outcome.good() <= outcome.calls());
        }
    }
}
