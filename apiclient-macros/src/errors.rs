//! Errors are collected, in source order, and all reported at once: a user mends them in one go.

use proc_macro2::Span;
use std::cell::{Cell, RefCell};
use syn::spanned::Spanned;

/// What went wrong so far.
#[derive(Default)]
pub(crate) struct Errors {
    /// Each with the place that was being read: stages come back to the same method.
    found: RefCell<Vec<(usize, syn::Error)>>,
    place: Cell<usize>,
}

impl Errors {
    /// Reports `message` at `node`; a second line gives the help.
    pub(crate) fn at(&self, node: &impl Spanned, message: impl std::fmt::Display) {
        self.at_span(node.span(), message);
    }

    pub(crate) fn at_span(&self, span: Span, message: impl std::fmt::Display) {
        self.push(syn::Error::new(span, message));
    }

    pub(crate) fn push(&self, error: syn::Error) {
        self.found.borrow_mut().push((self.place.get(), error));
    }

    /// From here on errors belong to the item of this number; 0 is the trait itself.
    pub(crate) fn enter(&self, item: usize) {
        self.place.set(item);
    }

    /// The value, or the error is kept.
    pub(crate) fn ok<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|e| self.push(e)).ok()
    }

    pub(crate) fn count(&self) -> usize {
        self.found.borrow().len()
    }

    /// In the order of the items, and within one in the order of discovery.
    pub(crate) fn into_inner(self) -> Vec<syn::Error> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|(place, _)| *place);
        found.into_iter().map(|(_, error)| error).collect()
    }
}

/// `help: did you mean ..`, where one of the words is near; else what there is.
pub(crate) fn hint(found: &str, allowed: &[&str]) -> String {
    match nearest(found, allowed) {
        Some(word) => format!("\nhelp: did you mean `{word}`?"),
        None => format!("\nhelp: there {} {}", if allowed.len() == 1 { "is" } else { "are" }, list(allowed)),
    }
}

/// The word that differs least from `found`, if that is by little.
pub(crate) fn nearest<'a>(found: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let near = |word: &&&str| distance(found, word) <= (found.len().max(word.len()) / 3).max(1);
    allowed.iter().filter(near).min_by_key(|word| distance(found, word)).copied()
}

/// `a`, `b` and `c`
pub(crate) fn list(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|w| format!("`{w}`")).collect();
    match quoted.split_last() {
        None => "none".into(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// Levenshtein, with a swap of neighbours as one step.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let substituted = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = substituted.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_words_are_suggested() {
        let words = ["query", "header", "body", "timeout"];
        assert_eq!(nearest("qeury", &words), Some("query"));
        assert_eq!(nearest("boddy", &words), Some("body"));
        assert_eq!(nearest("retry", &words), None);
        assert_eq!(nearest("x", &words), None);
        assert_eq!(list(&words), "`query`, `header`, `body` and `timeout`");
        assert_eq!(list(&[]), "none");
    }
}
