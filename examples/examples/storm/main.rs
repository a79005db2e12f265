//! What happens when a service has too much to do, is down, or says no: clients in virtual time, drawn.
//!
//! ```text
//! cargo run --release --example storm
//! cargo run --release --example storm -- --seed 7 --out charts
//! ```
//!
//! - `outage`: two thousand processes, each with a client and a retry budget of its own and two calls a second. The service has room
//!   for a quarter more than all of them ask for; what it turns away costs it half an answer, so that it can have too much to do with
//!   saying no. For half a minute it answers everything with 503. The same is told three times: with three tries more that no budget
//!   bounds, with the defaults of this crate, and with AWS's standard mode 2.1, whose budget is ours. A budget is a process's own: 35
//!   tries more, and then one for every fourteenth success. So the first seconds of an outage are the worst, and the more calls a
//!   process makes, the sooner it has learnt; `tests/tests/storm.rs` has one with a thousand a second.
//! - `limits`: a job of 64 tasks that wants more than the hundred answers that the service gives in ten seconds: with retries alone, with
//!   a client that heeds what the service says is left, and with a limit of its own.
//! - `breaker`: two hundred calls a second to a service that does not answer for half a minute, with a circuit breaker and without.
//! - `concurrency`: four hundred tasks and a service whose room shrinks to a quarter and comes back: a number that was said, AIMD, and
//!   what this crate finds out.

mod breaker;
mod concurrency;
mod draw;
mod limits;
mod outage;
mod record;

use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut seed, mut out) = (1, "target/storm".to_owned());
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--seed" => seed = value.parse()?,
            "--out" => out = value,
            _ => return Err(format!("{name} is not known: there are --seed and --out").into()),
        }
    }
    fs::create_dir_all(&out)?;
    for (name, scene) in SCENES {
        let (table, svg) = scene(seed);
        let file = Path::new(&out).join(name).with_extension("svg");
        fs::write(&file, svg)?;
        println!("{table}\ndrawn in {}\n", file.display());
    }
    Ok(())
}

/// Its table and its charts.
type Scene = fn(u64) -> (String, String);

const SCENES: [(&str, Scene); 4] = [
    ("outage", |seed| {
        let scale = outage::Scale::FULL;
        let outcomes = outage::Policy::ALL.map(|policy| outage::simulate(policy, seed, &scale));
        (outage::table(&outcomes, &scale), outage::figure(&outcomes, &scale).svg())
    }),
    ("limits", |seed| {
        let scale = limits::Scale::FULL;
        let outcomes = limits::Policy::ALL.map(|policy| limits::simulate(policy, seed, &scale));
        (limits::table(&outcomes, &scale), limits::figure(&outcomes, &scale).svg())
    }),
    ("breaker", |seed| {
        let scale = breaker::Scale::FULL;
        let outcomes = breaker::Policy::ALL.map(|policy| breaker::simulate(policy, seed, &scale));
        (breaker::table(&outcomes, &scale), breaker::figure(&outcomes, &scale).svg())
    }),
    ("concurrency", |seed| {
        let scale = concurrency::Scale::FULL;
        let outcomes = concurrency::Policy::ALL.map(|policy| concurrency::simulate(policy, seed, &scale));
        (concurrency::table(&outcomes, &scale), concurrency::figure(&outcomes, &scale).svg())
    }),
];
