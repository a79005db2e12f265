//! The corpus of URI templates (RFC 6570): once through the engine at run time, once as paths of declared methods.

use super::{
    Json, Workshop,
    declare::{self, Prepared, variables},
    report::{Report, Verdict},
    workshop::Results,
};
use std::{collections::BTreeMap, fs, path::Path};

/// One template with its variables and the acceptable results; none where it must be refused.
#[derive(Debug, Clone)]
pub struct Case {
    pub file: String,
    pub template: String,
    pub variables: Json,
    pub results: Vec<String>,
}

/// The files of the corpus, without `.json`.
pub const FILES: &[&str] = &["spec-examples", "spec-examples-by-section", "extended-tests", "negative-tests"];

/// Where the generated clients are; nothing is sent there.
const BASE: &str = "http://template.test";

/// The cases of all files, in order.
///
/// # Panics
///
/// Where a file is missing, or is no JSON of this shape.
pub fn read(folder: &Path) -> Vec<Case> {
    FILES.iter().flat_map(|file| read_file(folder, file)).collect()
}

fn read_file(folder: &Path, file: &str) -> Vec<Case> {
    let text =
        fs::read_to_string(folder.join(file).with_extension("json")).expect("the corpus has its files");
    let Json::Object(groups) = Json::parse(&text).expect("the corpus is JSON") else {
        panic!("{file} is no object of groups");
    };
    groups.iter().flat_map(|(_, group)| read_group(file, group)).collect()
}

fn read_group(file: &str, group: &Json) -> Vec<Case> {
    let variables = group.get("variables").expect("a group has variables");
    let cases = group.get("testcases").and_then(Json::list).expect("a group has cases");
    let case = |case: &Json| Case {
        file: file.to_owned(),
        template: case.list().and_then(|l| l.first()).and_then(Json::text).expect("a template").to_owned(),
        variables: variables.clone(),
        results: results(case.list().and_then(|l| l.get(1)).expect("a result")),
    };
    cases.iter().map(case).collect()
}

fn results(result: &Json) -> Vec<String> {
    match result {
        Json::Text(text) => vec![text.clone()],
        Json::List(list) => list.iter().filter_map(Json::text).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn report(cases: &[Case], verdicts: Vec<Verdict>) -> Report {
    let named = |(case, verdict): (&Case, Verdict)| (case.template.clone(), case.file.clone(), verdict);
    Report { groups: FILES, verdicts: cases.iter().zip(verdicts).map(named).collect() }
}

/// Every case through an engine that is told the template and the variables.
pub fn check_engine(folder: &Path, expand: impl Fn(&str, &Json) -> Result<String, String>) -> Report {
    let cases = read(folder);
    let verdict = |case: &Case| match expand(&case.template, &case.variables) {
        Ok(result) if case.results.contains(&result) => Verdict::Passed,
        Err(e) if case.results.is_empty() => Verdict::Refused(e),
        other => Verdict::Failed(format!("expected {}, got {other:?}", expected(&case.results))),
    };
    let verdicts = cases.iter().map(verdict).collect();
    report(&cases, verdicts)
}

fn expected(results: &[String]) -> String {
    if results.is_empty() { "an error".into() } else { results.join(" or ") }
}

/// Every case as the path of a method, one argument per variable.
pub fn check_declared(folder: &Path, workshop: &Workshop) -> Report {
    let cases = read(folder);
    let modules: BTreeMap<_, _> = cases.iter().map(module).enumerate().collect();
    let results = workshop.run(&modules);
    let verdicts = cases.iter().enumerate().map(|(i, case)| declared(case, i, &results)).collect();
    report(&cases, verdicts)
}

fn module(case: &Case) -> String {
    let value = |name: &String| case.variables.get(name).cloned().unwrap_or(Json::Null);
    let arguments: Vec<_> =
        variables(&case.template).iter().map(|name| (name.clone(), value(name))).collect();
    declare::prepared(&Prepared { base: BASE, template: &case.template, arguments: &arguments })
}

fn declared(case: &Case, index: usize, results: &Results) -> Verdict {
    let said = match (results.errors.get(&index), results.trials.get(&index)) {
        (Some(error), _) => Err(("it does not compile", error.clone())),
        (None, Some(trial)) => trial.result.clone().map_err(|e| ("the call failed", e)),
        (None, None) => return Verdict::Failed("it compiled and was not run".into()),
    };
    match said {
        Err((_, error)) if case.results.is_empty() => Verdict::Refused(error),
        Ok(url) if paths(case).contains(&url) => Verdict::Passed,
        Err((stage, error)) => match rule(case, stage, &error) {
            Some(rule) => Verdict::Chosen(format!("{rule} ({error})")),
            None => Verdict::Failed(format!("expected {}; {stage}: {error}", expected(&case.results))),
        },
        Ok(url) => Verdict::Failed(format!("expected {}, got {url}", expected(&paths(case)))),
    }
}

/// The acceptable URLs: one slash stands between base and template.
fn paths(case: &Case) -> Vec<String> {
    let slash = |result: &String| if result.starts_with('/') { "" } else { "/" };
    case.results.iter().map(|result| format!("{BASE}{}{result}", slash(result))).collect()
}

/// The rule of ours that refuses a template or a value that the RFC has no objection to.
fn rule(case: &Case, stage: &str, error: &str) -> Option<&'static str> {
    let (path, _) = case.template.split_once('?').unwrap_or((&case.template, ""));
    let mut values = variables(path).into_iter().map(|name| case.variables.get(&name).cloned());
    let has_nothing = values.any(|v| v.is_none_or(|v| v.is_null() || v.text() == Some("")));
    let is_dot =
        |r: &String| r.split('?').next().is_some_and(|p| p.split('/').any(|s| s == "." || s == ".."));
    match stage {
        "it does not compile" if case.template.contains('#') && error.contains("fragment") => {
            Some("a fragment never goes over the wire")
        }
        "the call failed" if has_nothing && (error.contains("empty") || error.contains("absent")) => {
            Some("an empty or absent argument in the path would address another resource")
        }
        "the call failed" if case.results.iter().any(is_dot) && error.contains("dot segment") => {
            Some("a dot segment would address another resource")
        }
        _ => None,
    }
}
