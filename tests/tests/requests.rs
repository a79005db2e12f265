//! The corpus of requests: every case is declared, called and compared with what arrived.

use apiclient_tests::corpus::{Workshop, choices, folder, requests::check};
use std::fs;

fn workshop(name: &str) -> Workshop {
    Workshop::new(env!("CARGO_TARGET_TMPDIR"), name)
}

#[test]
fn every_request_is_as_declared() {
    let Some(folder) = folder("requests") else { return };
    let report = check(&folder, &workshop("requests"));
    println!("{}", report.text());
    let (options, missing) = report.missing("option");
    assert!(missing * 10 <= options, "{missing} of {options} options are not supported");
    assert!(report.failed().is_empty(), "failed: {:?}", report.failed());
}

/// A corpus in which something is wrong on purpose: exactly that fails, and by name.
#[test]
fn what_is_wrong_fails_by_name() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong-corpus");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("cases.json"), WRONG).unwrap();
    let report = check(&folder, &workshop("wrong"));
    println!("{}", report.text());
    let wrong =
        ["query", "header", "escape", "host", "absence", "body", "json", "form", "part", "type", "limit"];
    let mut expected: Vec<_> = wrong.iter().map(|what| format!("wrong-{what}")).collect();
    expected
        .extend(["unknown-kind", "not-compiled", "not-refused", "unread", "undecided"].map(str::to_owned));
    assert_eq!(report.failed(), expected);
}

const WRONG: &str = r#"[
{"id": "right", "level": "core", "method": "GET", "base_url": "https://right.test/v1/", "path_template": "/a/{b}",
 "params": [{"kind": "path", "name": "b", "value": "c d"}, {"kind": "query", "name": "q", "value": 1}],
 "expected": {"url": "https://right.test/v1/a/c%20d?q=1",
  "decoded": {"path_segments": ["v1", "a", "c d"], "query": [["q", "1"]]}, "body": null}},
{"id": "wrong-query", "level": "core", "method": "GET", "base_url": "http://x.test/", "path_template": "/a",
 "params": [{"kind": "query", "name": "q", "value": 1}],
 "expected": {"url": "http://x.test/a?q=2", "decoded": {"path_segments": ["a"], "query": [["q", "2"]]}}},
{"id": "wrong-header", "level": "core", "method": "GET", "base_url": "http://x.test/", "path_template": "/a",
 "params": [{"kind": "header", "name": "X-A", "value": "1"}],
 "expected": {"headers": [["x-a", "2"]], "decoded": {"path_segments": ["a"], "query": []}}},
{"id": "wrong-escape", "level": "option", "method": "GET", "base_url": "http://x.test/", "path_template": "/a{?q}",
 "params": [{"kind": "path", "name": "q", "value": "1"}],
 "expected": {"decoded": {"path_segments": ["a"], "query": [["q", null]]}}},
{"id": "wrong-host", "level": "core", "method": "GET", "base_url": "http://x.test/", "path_template": "/a",
 "params": [], "expected": {"url": "http://y.test/a"}},
{"id": "wrong-absence", "level": "core", "method": "GET", "base_url": "http://x.test/", "path_template": "/a",
 "params": [{"kind": "header", "name": "X-A", "value": "1"}], "expected": {"absent_headers": ["x-a"]}},
{"id": "wrong-body", "level": "core", "method": "POST", "base_url": "http://x.test/", "path_template": "/a",
 "params": [{"kind": "body", "value": "hi", "content_type": "text/plain"}], "expected": {"body": "ho"}},
{"id": "wrong-json", "level": "core", "method": "POST", "base_url": "http://x.test/", "path_template": "/a",
 "params": [{"kind": "body", "value": {"a": 1}, "serialize": "json"}], "expected": {"body": "{\"a\": 2}"}},
{"id": "wrong-form", "level": "core", "method": "POST", "base_url": "http://x.test/", "path_template": "/a",
 "params": [{"kind": "field", "name": "a", "value": "b c"}], "expected": {"body": "a=b%20d"}},
{"id": "wrong-part", "level": "core", "method": "POST", "base_url": "http://x.test/", "path_template": "/a",
 "params": [{"kind": "part", "name": "a", "value": "b"}], "expected": {"multipart": [{"name": "a", "value": "c"}]}},
{"id": "wrong-type", "level": "core", "method": "POST", "base_url": "http://x.test/", "path_template": "/a",
 "params": [{"kind": "part", "name": "a", "value": "b"}], "expected": {"content_type": "multipart/mixed; boundary=*"}},
{"id": "wrong-limit", "level": "core", "method": "GET", "base_url": "http://x.test/", "path_template": "/a",
 "params": [], "settings": {"timeout_s": {"interface": 10, "effective": 11}}, "expected": {"url": "http://x.test/a"}},
{"id": "unknown-kind", "level": "core", "method": "GET", "base_url": "http://x.test/", "path_template": "/a",
 "params": [{"kind": "telepathy", "value": 1}], "expected": {"url": "http://x.test/a"}},
{"id": "not-compiled", "level": "core", "method": "GET", "base_url": "http://x.test/", "path_template": "/a",
 "params": [{"kind": null, "name": "q", "value": 1}], "expected": {"url": "http://x.test/a"}},
{"id": "refused", "level": "core", "method": ["GET", "POST"], "base_url": "http://x.test/", "path_template": "/a",
 "params": [], "expected_error": {"stage": "declaration", "reason": "two methods"}},
{"id": "not-refused", "level": "core", "method": "GET", "base_url": "http://x.test/", "path_template": "/a",
 "params": [], "expected_error": {"stage": "call", "reason": "none"}},
{"id": "unread", "level": "core", "params": 7},
{"id": "undecided", "level": "dialect", "method": "GET", "base_url": "http://x.test/", "path_template": "/a",
 "params": [], "expected": {"decoded": {"path_segments": ["b"], "query": []}}}
]"#;

/// What we chose is said in the guide, in the same words.
#[test]
fn the_guide_has_the_choices() {
    let guide = fs::read_to_string(apiclient_tests::root().join("apiclient/src/guide/dialects.md")).unwrap();
    for choice in choices::CHOICES.iter().chain(choices::MISSING) {
        let row = format!("| {} | {} |", choice.about, choice.says);
        assert!(guide.contains(&row), "the guide lacks: {row}");
    }
}
