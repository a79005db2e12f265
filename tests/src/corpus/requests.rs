//! The corpus of requests: declared, built, called, compared.

use super::{
    Workshop,
    case::{self, Case, ExpectedError, Level, Read},
    choices::{self, Choice},
    compare, declare,
    lab::Trial,
    report::{Report, Verdict},
    workshop::Results,
};
use std::{collections::BTreeMap, path::Path};

/// What became of a case.
#[derive(Debug)]
pub enum Outcome {
    /// Why it cannot be read or declared.
    Inexpressible(String),
    /// The compiler's first message.
    NotCompiled(String),
    Ran(Trial),
}

/// A case by its name and level, and what became of it.
#[derive(Debug)]
pub struct Tried {
    pub id: String,
    pub case: Option<Case>,
    pub outcome: Outcome,
}

/// Runs every case of a folder.
pub fn check(folder: &Path, workshop: &Workshop) -> Report {
    let tried = run(case::read(folder), workshop);
    Report { groups: LEVELS, verdicts: tried.iter().map(verdict).collect() }
}

const LEVELS: &[&str] = &["core", "option", "dialect", "unread"];

/// Declares, builds and calls.
pub fn run(cases: Vec<Read>, workshop: &Workshop) -> Vec<Tried> {
    let modules: Vec<_> =
        cases.iter().map(|c| c.as_ref().map_err(|e| e.1.clone()).and_then(declare::module)).collect();
    let good = modules.iter().enumerate().filter_map(|(i, m)| Some((i, m.clone().ok()?)));
    let mut results = workshop.run(&good.collect::<BTreeMap<_, _>>());
    let all = cases.into_iter().zip(modules).enumerate();
    all.map(|(i, (case, module))| tried(case, outcome(i, module, &mut results))).collect()
}

fn tried(case: Read, outcome: Outcome) -> Tried {
    match case {
        Ok(case) => Tried { id: case.id.clone(), case: Some(case), outcome },
        Err((id, _)) => Tried { id, case: None, outcome },
    }
}

fn outcome(index: usize, module: Result<String, String>, results: &mut Results) -> Outcome {
    let Err(why) = module else {
        return match (results.errors.remove(&index), results.trials.remove(&index)) {
            (Some(error), _) if !is_refusal(&error) => {
                Outcome::Inexpressible(format!("it does not compile: {error}"))
            }
            (Some(error), _) => Outcome::NotCompiled(error),
            (None, Some(trial)) => Outcome::Ran(trial),
            (None, None) => Outcome::Inexpressible("it compiled and was not run".into()),
        };
    };
    Outcome::Inexpressible(why)
}

/// The macro's own errors have no code, that of a bound has this one. Everything else is no answer to the declaration: a name
/// that is not there, a feature that is not there yet.
fn is_refusal(error: &str) -> bool {
    let is_judged = !error.ends_with(']') || error.ends_with("[E0277]");
    is_judged && !error.contains("not available in this version")
}

fn verdict(tried: &Tried) -> (String, String, Verdict) {
    let Some(case) = &tried.case else {
        return (tried.id.clone(), "unread".into(), Verdict::Failed(reason(&tried.outcome)));
    };
    (case.id.clone(), case.level.to_string(), judge(case, &tried.outcome))
}

fn reason(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Inexpressible(why) => why.clone(),
        Outcome::NotCompiled(error) => format!("it does not compile: {error}"),
        Outcome::Ran(trial) => match &trial.result {
            Ok(_) => "it was sent".into(),
            Err(e) => format!("the call failed: {e}"),
        },
    }
}

fn judge(case: &Case, outcome: &Outcome) -> Verdict {
    let why = match (as_expected(case, outcome), &case.expected_error) {
        (Ok(()), None) => return Verdict::Passed,
        (Ok(()), Some(_)) => return Verdict::Refused(reason(outcome)),
        (Err(why), _) => why,
    };
    let known = match case.level {
        Level::Core => None,
        Level::Option => choices::missing(case, outcome).map(|c| Verdict::Missing(explained(c, outcome))),
        Level::Dialect => choices::of(case, outcome).map(|c| Verdict::Chosen(explained(c, outcome))),
    };
    let undecided = if case.level == Level::Dialect { "undecided: " } else { "" };
    known.unwrap_or_else(|| Verdict::Failed(format!("{undecided}{why}")))
}

fn explained(choice: &Choice, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ran(trial) if trial.result.is_ok() => format!("{}: {}", choice.about, choice.says),
        _ => format!("{}: {} ({})", choice.about, choice.says, reason(outcome)),
    }
}

/// As its source has it.
fn as_expected(case: &Case, outcome: &Outcome) -> Result<(), String> {
    match (&case.expected, &case.expected_error, outcome) {
        (_, Some(error), Outcome::NotCompiled(_) | Outcome::Ran(_)) => refused(error, outcome),
        (Some(expected), None, Outcome::Ran(Trial { result: Ok(_), sent, limit, .. })) => {
            let mut all = compare::differences(case, expected, sent);
            all.extend(wrong_limit(case, *limit));
            if all.is_empty() { Ok(()) } else { Err(all.join("; ")) }
        }
        (None, None, _) => Err("the case expects nothing".into()),
        (Some(expected), ..) => {
            Err(format!("expected {}; {}", expected.url.as_deref().unwrap_or("a request"), reason(outcome)))
        }
        _ => Err(reason(outcome)),
    }
}

/// At the latest where it is expected.
fn refused(error: &ExpectedError, outcome: &Outcome) -> Result<(), String> {
    let expected = format!("expected an error of the {}: {}", error.stage, error.reason);
    match outcome {
        Outcome::NotCompiled(_) => Ok(()),
        Outcome::Ran(trial) if error.stage == "call" && trial.result.is_err() && trial.sent.is_empty() => {
            Ok(())
        }
        Outcome::Ran(trial) if trial.sent.is_empty() => {
            Err(format!("{expected}; it compiled, {}", reason(outcome)))
        }
        Outcome::Ran(trial) => Err(format!("{expected}; sent `{}`", trial.sent[0].target())),
        Outcome::Inexpressible(why) => Err(format!("{expected}; {why}")),
    }
}

fn wrong_limit(case: &Case, limit: Option<f64>) -> Option<String> {
    let effective = case.settings.get("timeout_s")?.get("effective")?.scalar()?.parse::<f64>().ok()?;
    let is_right = limit.is_some_and(|limit| (limit - effective).abs() < 0.001);
    (!is_right).then(|| format!("time limit: expected {effective} s, it was {limit:?}"))
}
