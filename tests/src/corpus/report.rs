//! Counts, and the names of what failed.

use std::fmt::Write as _;

/// What is said of a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Passed,
    /// As it should be: refused, in these words.
    Refused(String),
    /// Not as its source, but as we chose.
    Chosen(String),
    /// It needs an option that we do not have.
    Missing(String),
    /// Nothing can be said of it here.
    Skipped(&'static str),
    Failed(String),
}

/// Name, group and verdict of every case.
#[derive(Debug)]
pub struct Report {
    pub groups: &'static [&'static str],
    pub verdicts: Vec<(String, String, Verdict)>,
}

impl Report {
    fn of<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a Verdict> {
        self.verdicts.iter().filter(move |(_, g, _)| g == group).map(|(_, _, verdict)| verdict)
    }

    /// The names of what failed.
    pub fn failed(&self) -> Vec<&str> {
        let failed = self.verdicts.iter().filter(|(_, _, v)| matches!(v, Verdict::Failed(_)));
        failed.map(|(id, _, _)| id.as_str()).collect()
    }

    /// How many of a group there are, and how many of them need what we do not have.
    pub fn missing(&self, group: &str) -> (usize, usize) {
        (self.of(group).count(), self.of(group).filter(|v| matches!(v, Verdict::Missing(_))).count())
    }

    /// Choices and lacks by name, then a count per group, then what failed and why.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (id, _, verdict) in &self.verdicts {
            match verdict {
                Verdict::Chosen(about) => drop(writeln!(out, "chosen: {id}: {about}")),
                Verdict::Missing(about) => drop(writeln!(out, "not supported: {id}: {about}")),
                Verdict::Refused(error) => drop(writeln!(out, "refused: {id}: {error}")),
                Verdict::Skipped(why) => drop(writeln!(out, "skipped: {id}: {why}")),
                Verdict::Passed | Verdict::Failed(_) => {}
            }
        }
        for group in self.groups {
            out.push_str(&self.count(group));
        }
        for (id, group, verdict) in &self.verdicts {
            if let Verdict::Failed(why) = verdict {
                let _ = writeln!(out, "FAILED {group} {id}: {why}");
            }
        }
        out
    }

    fn count(&self, group: &str) -> String {
        let count = |is: fn(&Verdict) -> bool| self.of(group).filter(|v| is(v)).count();
        let counts = [
            (count(|v| matches!(v, Verdict::Passed | Verdict::Refused(_))), "passed"),
            (count(|v| matches!(v, Verdict::Chosen(_))), "as we chose"),
            (count(|v| matches!(v, Verdict::Missing(_))), "not supported"),
            (count(|v| matches!(v, Verdict::Skipped(_))), "skipped"),
            (count(|v| matches!(v, Verdict::Failed(_))), "failed"),
        ];
        match self.of(group).count() {
            0 => String::new(),
            total => {
                let said = counts.iter().filter(|(n, what)| *n > 0 || *what == "failed");
                let said: Vec<_> = said.map(|(n, what)| format!("{n} {what}")).collect();
                format!("{group}: {total} cases, {}\n", said.join(", "))
            }
        }
    }
}
