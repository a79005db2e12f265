//! What somebody may have meant.

/// The one of these that is nearest, if one is near.
pub(super) fn of<'a>(found: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |word: &str| strsim::damerau_levenshtein(found, word);
    let is_near =
        |word: &&&str| distance(word) <= (found.chars().count().max(word.chars().count()) / 3).max(1);
    known.iter().filter(is_near).min_by_key(|word| (distance(word), **word)).copied()
}

/// Whether one is the other with one slip of the hand.
pub(super) fn is_slip(found: &str, known: &str) -> bool {
    strsim::damerau_levenshtein(found, known) == 1
}

/// What to say behind a word that nobody knows.
pub(super) fn among(found: &str, known: &[&str]) -> String {
    let mut known = known.to_vec();
    known.sort_unstable();
    match of(found, &known) {
        Some(near) => format!("; did you mean `{near}`?"),
        None if known.is_empty() => "; there is none".into(),
        None => {
            let all: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
            format!("; there is {}", all.join(", "))
        }
    }
}
