//! All dialects, and what is hostile in them.

use super::{super::headers, *};

const NOW: Duration = Duration::from_secs(1_700_000_000);

fn read(dialect: RateLimitDialect, lines: &[(&'static str, &str)]) -> RateLimits {
    RateLimits::read(&headers(lines), dialect, Some(NOW))
}

/// `name quota/remaining reset`, with `-` for what is not said.
fn said(limits: &RateLimits) -> String {
    let number = |number: Option<u64>| number.map_or("-".to_owned(), |n| n.to_string());
    let one = |limit: &ServiceLimit| {
        let reset = limit.reset().map_or("-".to_owned(), |reset| format!("{reset:?}"));
        let (quota, remaining) = (number(limit.quota()), number(limit.remaining()));
        format!("{} {quota}/{remaining} {reset}", limit.name().unwrap_or("-"))
    };
    limits.limits().iter().map(one).collect::<Vec<_>>().join(", ")
}

fn limit(value: &str) -> String {
    said(&read(RateLimitDialect::Ietf, &[("ratelimit", value)]))
}

fn policies(value: &str) -> Vec<(Option<String>, u64, QuotaUnit, Option<u64>)> {
    let found = read(RateLimitDialect::Ietf, &[("ratelimit-policy", value)]);
    let one = |p: &QuotaPolicy| {
        (p.name().map(str::to_owned), p.quota(), p.unit().clone(), p.window().map(|w| w.as_secs()))
    };
    found.policies().iter().map(one).collect()
}

#[test]
fn the_draft_of_today() {
    for (value, expected) in [
        ("\"default\";r=50;t=30", "default -/50 30s"),
        ("\"hour\";r=10;t=60 ,\t\"day\";r=0", "hour -/10 60s, day -/0 -"),
        ("\"a\";r=1;r=2;t=5;x=?1;y=tok", "a -/2 5s"),
        ("\"\";r=999999999999999;t=0", " -/999999999999999 0ns"),
        ("", ""),
        ("\"a\"", ""),
        ("\"a\";t=1", ""),
        ("\"a\";r=1, \"b\"", ""),
        ("a;r=1", ""),
        ("\"a\";r=\"1\"", ""),
        ("\"a\";r=-1", ""),
        ("\"a\";r=1.0", ""),
        ("\"a\";r=1;t=-1", ""),
        ("\"a\";r=1;t=1.5", ""),
        ("\"a\";r=1;pk=x", ""),
        ("\"a\";r=99999999999999999999;t=0", ""),
        ("\"a;r=1", ""),
        ("\"a\";r=1,", ""),
        ("(\"a\");r=1", ""),
        ("\"\u{fc}\";r=1", ""),
    ] {
        assert_eq!(limit(value), expected, "{value}");
    }
    let lines = [("ratelimit", "\"a\";r=1;pk=:AAE=:"), ("ratelimit", "\"b\";r=2")];
    let found = read(RateLimitDialect::Guess, &lines);
    assert_eq!(said(&found), "a -/1 -, b -/2 -");
    assert_eq!(found.find("a").unwrap().partition_key(), Some(&[0, 1][..]));
    assert_eq!(found.find("c"), None);
}

#[test]
fn policies_of_the_draft() {
    use QuotaUnit::{ConcurrentRequests, ContentBytes, Other, Requests};
    let named = |name: &str, quota, unit, window| (Some(name.to_owned()), quota, unit, window);
    assert_eq!(
        policies(
            "\"burst\";q=100;w=60,\"bytes\";q=0;qu=\"content-bytes\", \"now\";q=5;qu=\"concurrent-requests\""
        ),
        [
            named("burst", 100, Requests, Some(60)),
            named("bytes", 0, ContentBytes, None),
            named("now", 5, ConcurrentRequests, None)
        ]
    );
    assert_eq!(policies("\"a\";q=1;qu=\"points\""), [named("a", 1, Other("points".into()), None)]);
    assert_eq!(
        policies("10;w=1, 50;w=60;comment=\"x\""),
        [(None, 10, Requests, Some(1)), (None, 50, Requests, Some(60))]
    );
    for value in [
        "\"a\"",
        "\"a\";w=1",
        "\"a\";q=1;w=0",
        "\"a\";q=-1",
        "\"a\";q=1;qu=requests",
        "a;q=1",
        "-1;w=1",
        "\"a\";q=1;pk=\"x\"",
    ] {
        assert_eq!(policies(value), [], "{value}");
    }
    // One of the two may be malformed.
    let lines = [("ratelimit", "x"), ("ratelimit-policy", "\"a\";q=1"), ("ratelimit-limit", "7")];
    let found = read(RateLimitDialect::Ietf, &lines);
    assert_eq!((said(&found), found.policies().len()), ("- 7/- -".to_owned(), 1));
}

#[test]
fn older_drafts() {
    assert_eq!(limit("limit=100, remaining=50, reset=5"), "- 100/50 5s");
    assert_eq!(limit("remaining=0"), "- -/0 -");
    for value in
        ["limit=100", "limit=100, remaining=-1", "remaining=1, reset=x", "remaining", "limit=1, remaining=1,"]
    {
        assert_eq!(limit(value), "", "{value}");
    }
    let lines = [
        ("ratelimit-limit", "10, 10;w=1, 50;w=60"),
        ("ratelimit-remaining", "0"),
        ("ratelimit-reset", "1700000050"),
    ];
    let found = read(RateLimitDialect::Ietf, &lines);
    assert_eq!(said(&found), "- 10/0 1700000050s", "it is from now");
    assert_eq!(found.policies().iter().map(QuotaPolicy::quota).collect::<Vec<_>>(), [10, 50]);
    assert_eq!(said(&read(RateLimitDialect::Guess, &lines)), "- 10/0 50s", "unless it is guessed");
}

#[test]
fn vendors() {
    use RateLimitDialect::{Discord, GitHub, Guess, Ietf, OpenAi, Shopify, X};
    let github = [
        ("x-ratelimit-limit", "5000"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "1700003600"),
        ("x-ratelimit-resource", "core"),
    ];
    let x =
        [("x-rate-limit-limit", "15"), ("x-rate-limit-remaining", "1"), ("x-rate-limit-reset", "1700000900")];
    let discord = [
        ("x-ratelimit-limit", "5"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "1700000001.25"),
        ("x-ratelimit-reset-after", "1.25"),
        ("x-ratelimit-bucket", "abcd1234"),
    ];
    let openai = [
        ("x-ratelimit-limit-requests", "60"),
        ("x-ratelimit-remaining-requests", "59"),
        ("x-ratelimit-reset-requests", "1s"),
        ("x-ratelimit-limit-tokens", "150000"),
        ("x-ratelimit-remaining-tokens", "0"),
        ("x-ratelimit-reset-tokens", "6m0s"),
    ];
    let shopify = [("x-shopify-shop-api-call-limit", "32/40")];
    for (dialect, lines, expected) in [
        (GitHub, &github[..], "core 5000/0 3600s"),
        (X, &x, "- 15/1 900s"),
        (Discord, &discord, "abcd1234 5/0 1.25s"),
        (OpenAi, &openai, "requests 60/59 1s, tokens 150000/0 360s"),
        (Shopify, &shopify, "- 40/8 -"),
    ] {
        assert_eq!(said(&read(dialect, lines)), expected);
        assert_eq!(said(&read(Guess, lines)), expected);
        for other in [GitHub, X, OpenAi, Shopify, Ietf] {
            let shares_names = other == dialect || (other, dialect) == (GitHub, Discord);
            assert!(shares_names || read(other, lines).is_empty(), "{other:?} reads {dialect:?}");
        }
    }
    assert_eq!(read(Guess, &openai).wait(), Some(Duration::from_secs(360)));
    let both = [("ratelimit", "\"a\";r=1"), github[0]];
    assert_eq!(said(&read(Guess, &both)), "a -/1 -", "the standard comes first");
}

#[test]
fn a_reset_is_guessed_by_its_size() {
    let reset = |dialect, value| {
        let found = read(dialect, &[("x-ratelimit-reset", value)]);
        found.limits().first().and_then(ServiceLimit::reset).map(|reset| reset.as_millis())
    };
    let (guess, github) = (RateLimitDialect::Guess, RateLimitDialect::GitHub);
    for (value, guessed, declared) in [
        ("0", Some(0), Some(0)),
        ("1.5", Some(1500), Some(0)),
        ("1000000000", Some(1_000_000_000_000), Some(0)),
        ("1000000001", Some(0), Some(0)),
        ("1700000005", Some(5000), Some(5000)),
        ("1700000005.5", Some(5500), Some(5500)),
        ("1699999999", Some(0), Some(0)),
        ("1700000000500", Some(500), Some(1_698_300_000_500_000)),
        ("6m0s", Some(360_000), None),
        ("4102444800", Some(2_402_444_800_000), Some(2_402_444_800_000)),
        ("1000000000000000000", Some(999_998_300_000_000_000), Some(999_999_998_300_000_000_000)),
        ("-1", None, None),
        ("1d", None, None),
        ("6m0", None, None),
        ("1e3", None, None),
        ("", None, None),
        ("Fri, 29 Sep 2023 16:26:57 GMT", None, None),
    ] {
        assert_eq!((reset(guess, value), reset(github, value)), (guessed, declared), "{value}");
    }
    let far = reset(guess, &"9".repeat(40)).unwrap();
    assert!(far > 1_000_000_000_000_000);
    // Without any clock a moment is no duration, and the rest is there all the same.
    let given = headers(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1700000005")]);
    let found = RateLimits::read(&given, guess, None);
    assert_eq!((said(&found), found.wait()), ("- -/0 -".to_owned(), None));
}

#[test]
fn moments_are_counted_from_the_answers_own_date() {
    let lines = [("x-ratelimit-reset", "1700000005"), ("date", "Tue, 14 Nov 2023 22:13:20 GMT")];
    let found = RateLimits::read(&headers(&lines), RateLimitDialect::Guess, Some(Duration::MAX));
    assert_eq!(said(&found), "- -/- 5s");
}

#[test]
fn a_cache_says_nothing_about_limits() {
    for (age, is_cached) in
        [("0", false), ("1", true), ("99999999999999999999", true), ("x", false), ("-1", false)]
    {
        let found = read(RateLimitDialect::Guess, &[("ratelimit", "\"a\";r=0;t=5"), ("age", age)]);
        assert_eq!(found.is_empty(), is_cached, "{age}");
    }
}

#[test]
fn a_shop_is_never_divided_by() {
    let shop =
        |value: &str| said(&read(RateLimitDialect::Shopify, &[("x-shopify-shop-api-call-limit", value)]));
    assert_eq!(shop("41/40"), "- 40/0 -");
    assert_eq!(shop(&format!("0/{}", "9".repeat(40))), format!("- {0}/{0} -", u64::MAX));
    for value in ["a/b", "0/0", "1/", "/1", "/", "", "1", "1/2/3", "-1/2", "1 / 2"] {
        assert_eq!(shop(value), "", "{value}");
    }
}

#[test]
fn what_is_used_up_is_waited_for() {
    let wait =
        |value| read(RateLimitDialect::Ietf, &[("ratelimit", value)]).wait().map(|wait| wait.as_secs());
    assert_eq!(wait("\"a\";r=0;t=5, \"b\";r=0;t=9, \"c\";r=1;t=99"), Some(9), "the tighter one");
    assert_eq!(wait("\"a\";r=0;t=0"), Some(0));
    assert_eq!(wait("\"a\";r=0"), None);
    assert_eq!(wait("\"a\";r=1;t=5"), None);
}

/// Were any of it quadratic, it would not end in our time.
#[test]
fn a_megabyte_is_read_in_one_go() {
    for piece in
        ["\"a\";r=1,", "\"a\";r=1;", "limit=1,", "remaining=1, ", "1;w=1,", "9", "a/", "1h", "(", "\""]
    {
        let text = piece.repeat((1 << 20) / piece.len());
        for name in [
            "ratelimit",
            "ratelimit-policy",
            "ratelimit-limit",
            "x-ratelimit-reset",
            "x-shopify-shop-api-call-limit",
        ] {
            let found = read(RateLimitDialect::Guess, &[(name, &text)]);
            assert!(found.limits().len() <= 1 && found.policies().is_empty(), "{name}: {piece}");
        }
    }
    let many: Vec<_> = std::iter::repeat_n(("ratelimit", "\"a\";r=1"), 10_000).collect();
    assert!(read(RateLimitDialect::Ietf, &many).is_empty());
}
