//! Lines of header fields, the first letter of each its name: read by every parser, and what they found holds together.
#![no_main]

use apiclient::{
    HeaderMap, HeaderName, HeaderValue,
    head::{Challenge, Link, Links, RateLimitDialect, RateLimits},
    http::Uri,
    testing,
    transport::Reply,
};
use libfuzzer_sys::fuzz_target;
use std::{collections::BTreeSet, time::Duration};

/// `a` is the first; `fuzz/run` has the same list.
const NAMES: [&str; 24] = [
    "link",
    "www-authenticate",
    "proxy-authenticate",
    "retry-after",
    "date",
    "age",
    "ratelimit",
    "ratelimit-policy",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-ratelimit-reset-after",
    "x-ratelimit-bucket",
    "x-rate-limit-limit",
    "x-rate-limit-remaining",
    "x-rate-limit-reset",
    "x-ratelimit-limit-requests",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
    "x-shopify-shop-api-call-limit",
];

const DIALECTS: [RateLimitDialect; 7] = [
    RateLimitDialect::Guess,
    RateLimitDialect::Ietf,
    RateLimitDialect::GitHub,
    RateLimitDialect::X,
    RateLimitDialect::Discord,
    RateLimitDialect::OpenAi,
    RateLimitDialect::Shopify,
];

fn headers(bytes: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|b| *b == b'\n').take(4096) {
        let Some((letter, value)) = line.split_first() else { continue };
        let name = NAMES[usize::from(letter.wrapping_sub(b'a')) % NAMES.len()];
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    headers
}

fn check_links(headers: &HeaderMap) {
    let base = Uri::from_static("https://api.test/a/b?c");
    let links = Links::read(headers, &base);
    assert!(links.len() <= 1024);
    for link in &links {
        assert!(link.attributes().count() <= 64);
        if let Some(url) = link.url() {
            assert!(matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some(), "{url}");
        }
        for rel in link.rel() {
            let first = links.find(rel);
            assert!(first.is_none_or(|first| first.has_rel(rel) && first.starts_here()), "{link:?}");
            assert!(first.is_some() || !link.starts_here(), "{link:?}");
        }
        check_again(link, &base);
    }
}

/// Written anew it is the same link.
fn check_again(link: &Link, base: &Uri) {
    if link.attributes().any(|(name, _)| name.ends_with('*')) {
        return;
    }
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let mut line = format!("<{}>; rel=\"{}\"", link.target(), link.rel().collect::<Vec<_>>().join(" "));
    for (name, value) in link.attributes() {
        line += &format!("; {name}=\"{}\"", quoted(value));
    }
    // A relation may hold what has to be escaped.
    let is_plain = !link.rel().any(|rel| rel.contains(['"', '\\']));
    if let (true, Ok(value)) =
        (is_plain, HeaderValue::from_str(&line).or(HeaderValue::from_bytes(line.as_bytes())))
    {
        let mut headers = HeaderMap::new();
        headers.insert("link", value);
        let links = Links::read(&headers, base);
        let again = links.iter().next().unwrap_or_else(|| panic!("{line}"));
        assert_eq!(again.target(), link.target(), "{line}");
        assert!(again.rel().eq(link.rel()) && again.attributes().eq(link.attributes()), "{line}");
    }
}

fn check_challenges(challenges: &[Challenge]) {
    assert!(challenges.len() <= 64);
    for challenge in challenges {
        let names: BTreeSet<_> = challenge.params().map(|(name, _)| name).collect();
        assert!(names.len() == challenge.params().count() && names.len() <= 64, "{challenge:?}");
        assert!(challenge.token68().is_none() || names.is_empty(), "{challenge:?}");
        assert!(!challenge.scheme().is_empty() && challenge.scheme().is_ascii(), "{challenge:?}");
        assert!(
            challenge.params().all(|(name, value)| challenge.param(name) == Some(value)),
            "{challenge:?}"
        );
    }
}

fn check_limits(headers: &HeaderMap) {
    for now in [None, Some(Duration::ZERO), Some(Duration::from_secs(1_700_000_000)), Some(Duration::MAX)] {
        for dialect in DIALECTS {
            let read = RateLimits::read(headers, dialect, now);
            assert!(read.limits().len() <= 1024 && read.policies().len() <= 1024);
            assert!(read.wait().is_none() || read.limits().iter().any(|limit| limit.is_used_up()));
            assert!(read.policies().iter().all(|policy| policy.window() != Some(Duration::ZERO)));
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let headers = headers(bytes);
    check_links(&headers);
    check_challenges(&Challenge::of_server(&headers));
    check_challenges(&Challenge::of_proxy(&headers));
    check_limits(&headers);
    let is_asked = headers.contains_key("retry-after");
    let mut reply = Reply::new(503, "");
    *reply.headers_mut() = headers;
    let error = testing::error_from(reply);
    assert!(is_asked || error.retry_after().is_none());
    let _ = (error.links(), error.challenges(), error.rate_limits());
});
