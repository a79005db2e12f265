//! House rules that a compiler does not check: which room uses which, and that features and their table agree.

use apiclient_tests::root;
use std::{collections::BTreeSet, fs, path::Path};

/// The rooms of the runtime, lowest first: a file uses its own row's rooms and those above it, never one below.
const ROOMS: [&[&str]; 12] = [
    &["address", "coding", "endpoint", "json", "origin", "pace", "progress", "safe", "secret", "table"],
    &["answer", "error", "hooks", "random", "span", "stats"],
    &["request"],
    &["response"],
    &["mapping"],
    &["limit", "redirect", "retry", "time"],
    &["transport"],
    &["auth"],
    &["pipeline"],
    &["client"],
    &["call", "params"],
    &[
        "batch",
        "blocking",
        "config",
        "guide",
        "health",
        "metrics",
        "oauth2",
        "observe",
        "prelude",
        "testing",
        "__private",
        "lib",
    ],
];

/// `client` hands out `call::Untyped`; `request` and `transport` name types of each other's level.
const KNOWN: [(&str, &str); 1] = [("client", "call")];

fn files(folder: &Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn arrows_point_downwards() {
    let src = root().join("apiclient/src");
    let mut all = Vec::new();
    files(&src, &mut all);
    assert!(all.len() > 20, "the sources are there");
    let level = |room: &str| ROOMS.iter().position(|row| row.contains(&room));
    let mut wrong = BTreeSet::new();
    for file in all {
        let room = file
            .strip_prefix(&src)
            .unwrap()
            .iter()
            .next()
            .unwrap()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned();
        let own = level(&room).unwrap_or_else(|| panic!("`{room}` is in no row"));
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let code: String =
            code.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for used in used_rooms(&code) {
            let Some(theirs) = level(&used) else { continue };
            if theirs > own && !KNOWN.contains(&(&room, &used)) {
                wrong.insert(format!("{room} uses {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// What follows `crate::`, also within braces.
fn used_rooms(code: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + 7..];
        let word =
            |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        match rest.strip_prefix('{') {
            None => drop(out.insert(word(rest))),
            Some(inner) => {
                let mut depth = 0;
                let mut start = true;
                for (i, c) in inner.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && (c.is_alphanumeric() || c == '_') => {
                            out.insert(word(&inner[i..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    out
}

#[test]
fn the_table_of_features_is_the_manifest() {
    let manifest = fs::read_to_string(root().join("apiclient/Cargo.toml")).unwrap();
    let section = manifest.split("[features]").nth(1).unwrap().split("\n[").next().unwrap();
    let names = |line: &&str| !line.starts_with('#') && line.contains('=');
    let declared: BTreeSet<_> = section
        .lines()
        .filter(names)
        .map(|l| l.split('=').next().unwrap().trim())
        .filter(|n| *n != "default")
        .collect();
    let docs = fs::read_to_string(root().join("apiclient/src/lib.rs")).unwrap();
    let table: BTreeSet<_> =
        docs.lines().filter_map(|l| l.strip_prefix("//! | `")).filter_map(|l| l.split('`').next()).collect();
    assert_eq!(declared, table);
    let default = section.lines().find(|l| l.starts_with("default")).unwrap();
    for line in docs.lines().filter(|l| l.starts_with("//! | `")) {
        let name = line.split('`').nth(1).unwrap();
        let said = line.contains("| yes |");
        // `tokio` comes with `reqwest`.
        assert_eq!(said, default.contains(&format!("\"{name}\"")) || name == "tokio", "{line}");
    }
}

/// What brings real time or real randomness.
const REAL: [&str; 13] = [
    "Instant::now",
    "SystemTime",
    "UNIX_EPOCH",
    "thread::sleep",
    "park_timeout",
    "time::sleep",
    "time::timeout",
    "time::interval",
    "tokio::time::{",
    "getrandom",
    "RandomState",
    "rand::",
    "fastrand",
];

/// Where it is right: file, word, how often, and why.
const REAL_ON_PURPOSE: [(&str, &str, usize, &str); 24] = [
    ("apiclient/src/auth/store/file/mod.rs", "thread::sleep", 1, "a file lock, on a thread for such work"),
    ("apiclient/src/time.rs", "Instant::now", 1, "the default clock"),
    ("apiclient/src/time.rs", "time::sleep", 2, "the default clock"),
    ("apiclient/src/time.rs", "SystemTime", 2, "the default time of day"),
    ("apiclient/src/time.rs", "UNIX_EPOCH", 2, "the default time of day"),
    ("apiclient/src/testing/clock/mod.rs", "Instant::now", 1, "an `Instant` has no other beginning"),
    (
        "apiclient/src/transport/hyper/pool.rs",
        "time::sleep",
        1,
        "closes what nobody uses; no call waits for it",
    ),
    ("apiclient/src/transport/hyper/mod.rs", "time::sleep", 1, "made to see whether it can be"),
    ("apiclient/src/random.rs", "getrandom", 1, "the default random numbers"),
    ("apiclient/src/random.rs", "RandomState", 2, "those that take their place"),
    ("apiclient/src/pace.rs", "Instant::now", 1, "its tests: any moment will do"),
    ("tests/src/corpus/lab.rs", "Instant::now", 1, "a clock that stands still from then on"),
    (
        "tests/src/corpus/lab.rs",
        "time::timeout",
        1,
        "ends a case whose server hangs; no result depends on it",
    ),
    ("examples/examples/reports.rs", "time::sleep", 1, "tokens live by real time"),
    ("tests/tests/server_auth.rs", "time::sleep", 2, "tokens of a real server live by real time"),
    ("tests/tests/server_limits.rs", "Instant::now", 3, "real servers count by real time"),
    ("tests/tests/hostile.rs", "time::sleep", 1, "paused: that the wheel stands still is the test"),
    ("tests/tests/hostile.rs", "time::timeout", 1, "paused: the limit of the test's own runtime"),
    ("examples/examples/service/main.rs", "Instant::now", 2, "works on for as long as it was told to"),
    ("examples/examples/service/main.rs", "time::interval", 1, "a few calls a second, to be looked at"),
    ("examples/src/inventory.rs", "time::sleep", 1, "a service that is slow now and then"),
    ("tests/tests/server_metrics.rs", "Instant::now", 4, "a real Prometheus: until it has scraped"),
    ("tests/tests/server_metrics.rs", "tokio::time::{", 1, "the same"),
    ("tests/tests/hostile.rs", "Instant::now", 1, "paused: how late the wheel is, is the test"),
];

/// How often each of them is in the code of a text, comments left out.
fn real(text: &str) -> Vec<(&'static str, usize)> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let is_word = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let count = |word: &str| code.match_indices(word).filter(|(at, _)| is_word(*at)).count();
    REAL.iter().map(|word| (*word, count(word))).filter(|(_, count)| *count > 0).collect()
}

#[test]
fn real_time_is_found_where_it_is_used() {
    let text = "use tokio::time::{sleep, timeout};\n// std::thread::sleep\nlet now = std::time::Instant::now();\n\
                operand::add(rand::random(), random()); std::thread::sleep(now.elapsed());";
    let found = [("Instant::now", 1), ("thread::sleep", 1), ("tokio::time::{", 1), ("rand::", 1)];
    assert_eq!(real(text), found);
    assert!(real("clock.sleep(limit).await; clock.now()").is_empty());
    for word in REAL {
        assert_eq!(real(word).last().map(|(_, count)| *count), Some(1), "{word}");
    }
}

/// Real time and real randomness come from the clock and the random numbers that a client is given, in tests as well.
#[test]
fn time_is_a_parameter() {
    let mut all = Vec::new();
    for folder in ["apiclient/src", "apiclient-macros/src", "examples", "tests"] {
        files(&root().join(folder), &mut all);
    }
    let mut found = BTreeSet::new();
    for file in all {
        let name = file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        // This file has to name them.
        if name != "tests/tests/house.rs" {
            let text = fs::read_to_string(&file).unwrap();
            found.extend(real(&text).into_iter().map(|(word, count)| (name.clone(), word, count)));
        }
    }
    let meant = REAL_ON_PURPOSE.iter().map(|(name, word, count, _)| ((*name).to_owned(), *word, *count));
    let wrong: Vec<_> = found.symmetric_difference(&meant.collect()).cloned().collect();
    assert!(wrong.is_empty(), "not on purpose, or no longer there: {wrong:?}");
}
