//! What must not stand in a log, out of a server's words: some repeat the key that they refuse.
//!
//! Nothing here can be complete. A word is blotted if the caller knows it as a secret, by its place (the query and the
//! userinfo of a URL, after `Bearer`, after `password=`), or by its look: long, of the characters of tokens, letters and
//! digits mixed as no name mixes them. In doubt it is blotted.

use crate::safe::Known;
use std::borrow::Cow;

/// What the caller knows about a word.
type Knowledge<'a> = &'a dyn Fn(&str) -> Known;

const BLOT: &str = "***";

/// The message with `***` in the place of each secret; white space and the punctuation around a word stay.
pub(crate) fn blot<'a>(message: &'a str, knows: Knowledge<'_>) -> Cow<'a, str> {
    let mut out = String::with_capacity(message.len());
    let mut before = Before::Nothing;
    for piece in message.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        match before.gives_away(word) && knows(core(word)) != Known::Open {
            true => out.push_str(&inside(word, |_| BLOT.to_owned())),
            false => out.push_str(&clean(word, knows)),
        }
        out.push_str(&piece[word.len()..]);
        before = if word.is_empty() { before } else { Before::of(word) };
    }
    if out == message { Cow::Borrowed(message) } else { Cow::Owned(out) }
}

/// What the word before says about the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    /// `password:`; whatever follows.
    Label,
    /// `Bearer`, `Basic`: a credential, or one of the words of [`ABOUT`].
    Scheme,
    /// `token`, `key:`: a credential if it is no plain word, since sentences go on here.
    Noun,
}

/// What sentences have after `Bearer`.
const ABOUT: [&str; 21] = [
    "auth",
    "authentication",
    "authorization",
    "token",
    "tokens",
    "scheme",
    "header",
    "credentials",
    "access",
    "challenge",
    "realm",
    "error",
    "is",
    "was",
    "are",
    "and",
    "or",
    "not",
    "in",
    "required",
    "missing",
];

impl Before {
    fn of(word: &str) -> Self {
        let name = name_of(word);
        let is_label = word.ends_with([':', '=']);
        match &*name {
            "bearer" | "basic" => Before::Scheme,
            _ if is_label && is_password(&name) => Before::Label,
            _ if is_sensitive(&name) => Before::Noun,
            _ => Before::Nothing,
        }
    }

    fn gives_away(self, word: &str) -> bool {
        let core = core(word);
        match self {
            _ if core.is_empty() => false,
            Before::Nothing => false,
            Before::Label => true,
            Before::Scheme => !ABOUT.contains(&&*core.to_ascii_lowercase()),
            Before::Noun => is_mixed(core),
        }
    }
}

/// Letters and digits, or an upper-case letter after a lower-case one; and no path.
fn is_mixed(word: &str) -> bool {
    let has = |is: fn(&u8) -> bool| word.bytes().any(|b| is(&b));
    let hump = word.as_bytes().windows(2).any(|w| w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase());
    word.bytes().all(is_token_byte) && (hump || has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic))
}

fn name_of(word: &str) -> String {
    core(word).trim_end_matches('=').to_ascii_lowercase()
}

fn is_password(name: &str) -> bool {
    ["password", "passwd", "passphrase", "pwd", "secret"].iter().any(|end| name.ends_with(end))
}

fn is_sensitive(name: &str) -> bool {
    is_password(name)
        || [
            "token",
            "key",
            "apikey",
            "signature",
            "sig",
            "credential",
            "authorization",
            "session",
            "cookie",
            "jwt",
        ]
        .iter()
        .any(|end| name.ends_with(end))
}

/// Without the quotes, brackets and punctuation around it.
fn core(word: &str) -> &str {
    word.trim_matches(|c| {
        matches!(
            c,
            '"' | '\''
                | '`'
                | '('
                | ')'
                | '['
                | ']'
                | '{'
                | '}'
                | '<'
                | '>'
                | ','
                | ';'
                | ':'
                | '.'
                | '!'
                | '?'
                | '…'
                | '«'
                | '»'
                | '“'
                | '”'
                | '„'
                | '‘'
                | '’'
                | '*'
        )
    })
}

/// The word with its core replaced.
fn inside(word: &str, replace: impl FnOnce(&str) -> String) -> String {
    let core = core(word);
    // `trim_matches` gives a part of the word, so that the lengths are enough.
    let start = core.as_ptr() as usize - word.as_ptr() as usize;
    format!("{}{}{}", &word[..start], replace(core), &word[start + core.len()..])
}

fn clean(word: &str, knows: Knowledge<'_>) -> String {
    if knows(word) == Known::Secret {
        return BLOT.to_owned();
    }
    inside(word, |core| match core {
        "" => String::new(),
        core if knows(core) == Known::Secret => BLOT.to_owned(),
        core => tokens(&labelled(&url(core)), knows),
    })
}

/// Userinfo, and all values of the query and the fragment.
fn url(word: &str) -> String {
    let (front, query) = word.split_at(word.find(['?', '#']).unwrap_or(word.len()));
    let is_url = front.contains('/') || front.is_empty() || query.starts_with('?');
    let query = if is_url && query.contains('=') { values(query) } else { query.to_owned() };
    userinfo(front) + &query
}

/// `?a=b&c` is `?a=***&c`.
fn values(query: &str) -> String {
    let pairs = query.split_inclusive(['&', '#', ';']).map(|pair| {
        let (pair, end) = pair.split_at(pair.trim_end_matches(['&', '#', ';']).len());
        match pair.split_once('=') {
            Some((name, value)) if !value.is_empty() => format!("{name}={BLOT}{end}"),
            _ => format!("{pair}{end}"),
        }
    });
    pairs.collect()
}

/// `//user:word@host` is `//***@host`; the authority ends at the next slash.
fn userinfo(front: &str) -> String {
    let Some(start) = front.find("//").map(|at| at + 2) else { return front.to_owned() };
    let authority = start + front[start..].find('/').unwrap_or(front.len() - start);
    match front[start..authority].rfind('@') {
        Some(at) => format!("{}{BLOT}{}", &front[..start], &front[start + at..]),
        None => front.to_owned(),
    }
}

/// `password=x`, `"token":"x"`, without spaces. A path or a URL has no label.
fn labelled(word: &str) -> String {
    let Some(at) = word.find(['=', ':']) else { return word.to_owned() };
    let (name, value) = (name_of(&word[..at]), &word[at + 1..]);
    let is_url = word[..at].contains(['/', '?', '#', '&']);
    let is_given_away = !is_url && is_sensitive(&name) && !core(value).is_empty() && !value.starts_with("//");
    match is_given_away {
        true => format!("{}{}", &word[..=at], inside(value, |_| BLOT.to_owned())),
        false => word.to_owned(),
    }
}

/// Each run of characters that tokens have is judged.
fn tokens(word: &str, knows: Knowledge<'_>) -> String {
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while !rest.is_empty() {
        let run = rest.find(|c: char| !is_token(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(run);
        let padding = after.len() - after.trim_start_matches('=').len();
        let token = run.trim_end_matches('.');
        let padded = &rest[..run.len() + padding];
        match token {
            _ if !run.is_empty() && padding > 0 && knows(padded) == Known::Secret => out.push_str(BLOT),
            "" => out.push_str(padded),
            token if knows(token) == Known::Secret => out.extend([BLOT, &padded[token.len()..]]),
            token => out.extend([&*judged(token, knows), &padded[token.len()..]]),
        }
        let other = after[padding..].find(is_token).unwrap_or(after.len() - padding);
        out.push_str(&after[padding..padding + other]);
        rest = &after[padding + other..];
    }
    out
}

fn is_token(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_token_or_slash)
}

fn is_token_or_slash(byte: u8) -> bool {
    byte == b'/' || is_token_byte(byte)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'~')
}

/// A run as a whole if it looks like base64 with slashes, else segment by segment.
fn judged(token: &str, knows: Knowledge<'_>) -> String {
    if token.contains('/') && is_base64(token) && knows(token) != Known::Open {
        return BLOT.to_owned();
    }
    let segment = |s: &str| {
        if knows(s) == Known::Secret || (knows(s) == Known::No && is_credential(s)) {
            BLOT.to_owned()
        } else {
            s.to_owned()
        }
    };
    token.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// Standard base64 has slashes in the midst of everything: upper and lower case, digits, and no other separator.
fn is_base64(token: &str) -> bool {
    let has = |is: fn(&u8) -> bool| token.bytes().any(|b| is(&b));
    token.len() >= 32
        && !token.starts_with('/')
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}

/// What the tokens of many services begin with.
const PREFIXES: [&str; 18] = [
    "sk_",
    "pk_",
    "rk_",
    "sk-",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xox",
    "AKIA",
    "AIza",
    "eyJ",
    "whsec_",
    "npm_",
    "hf_",
];

/// 20 characters or more, letters and digits, and not a date, a version, or words and numbers in a row.
fn is_credential(token: &str) -> bool {
    let has = |is: fn(&u8) -> bool| token.bytes().any(|b| is(&b));
    let is_long = token.len() >= 20 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    if !is_long {
        return false;
    }
    let is_known = PREFIXES.iter().any(|prefix| token.starts_with(prefix));
    is_known || is_uuid(token) || !(is_date(token) || is_version(token) || is_name(token))
}

fn is_uuid(token: &str) -> bool {
    let lengths = token.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && token.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// `2026-11-22T10-00-00.000000Z`.
fn is_date(token: &str) -> bool {
    let shape = token.bytes().take(10).map(|b| if b.is_ascii_digit() { b'0' } else { b });
    token.len() <= 40 && shape.eq(*b"0000-00-00")
}

/// `v1.2.3-beta.4+build.5`.
fn is_version(token: &str) -> bool {
    let token = token.strip_prefix('v').unwrap_or(token);
    let mut parts = token.split(['.', '-', '+']);
    let mut is_number =
        || parts.next().is_some_and(|p| (1..=5).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()));
    token.len() <= 64 && is_number() && is_number()
}

/// Words and numbers between separators: `gpt-4o-mini-2024-07-18`, `card_declined_3ds_required`.
fn is_name(token: &str) -> bool {
    token.split(['_', '-', '.', '+', '~']).all(is_plain)
}

/// Letters, digits, or the ones after the others, and of the latter no more than a word or a numbered word has.
fn is_plain(part: &str) -> bool {
    let changes =
        part.as_bytes().windows(2).filter(|w| w[0].is_ascii_digit() != w[1].is_ascii_digit()).count();
    let number = part.len() - part.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    changes == 0 || part.len() <= 4 || changes == 1 && (part.len() < 16 || (1..=3).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blotted(message: &str) -> String {
        let known = |word: &str| match word {
            "hunter2" | "p@ss=w/rd" => Known::Secret,
            "0b6ed5ae-52a4-4f0b-8f6b-000000000000" => Known::Open,
            _ => Known::No,
        };
        blot(message, &known).into_owned()
    }

    #[test]
    fn known_secrets() {
        for (message, clean) in [
            ("", ""),
            ("no such user", "no such user"),
            ("the word hunter2 is wrong", "the word *** is wrong"),
            ("('hunter2'), `hunter2`!", "('***'), `***`!"),
            ("a=hunter2; b:hunter2", "a=***; b:***"),
            ("p@ss=w/rd \"p@ss=w/rd\".", "*** \"***\"."),
            ("/a/hunter2/b", "/a/***/b"),
            ("hunter22  hunter", "hunter22  hunter"),
            ("\u{a0}hunter2\u{a0}ü", "\u{a0}***\u{a0}ü"),
        ] {
            assert_eq!(blotted(message), clean, "{message}");
        }
        assert!(matches!(blot("all is well", &|_| Known::No), Cow::Borrowed(_)));
    }

    #[test]
    fn by_place() {
        for (message, clean) in [
            ("GET /x?key=v&b=2 failed", "GET /x?key=***&b=*** failed"),
            ("(https://a.test/x?key=v&b#c=d).", "(https://a.test/x?key=***&b#c=***)."),
            ("x?a=&b=c", "x?a=&b=***"),
            ("why? a=b", "why? a=b"),
            ("https://u:p@h.test/a@b", "https://***@h.test/a@b"),
            ("//u@h/", "//***@h/"),
            ("mail a@b.test", "mail a@b.test"),
            ("Bearer abc", "Bearer ***"),
            ("bad header 'Authorization: Basic dXNlcg=='", "bad header 'Authorization: Basic ***'"),
            ("Bearer authentication is required", "Bearer authentication is required"),
            ("invalid bearer token abc1", "invalid bearer token ***"),
            ("token abc1 is unknown", "token *** is unknown"),
            ("the token has expired", "the token has expired"),
            ("Incorrect API key provided: sk-abc", "Incorrect API key provided: sk-abc"),
            ("wrong password: letmein", "wrong password: ***"),
            ("wrong password given", "wrong password given"),
            ("password=letmein;", "password=***;"),
            ("{\"access_token\":\"abc\"}", "{\"access_token\":\"***\"}"),
            ("token:", "token:"),
        ] {
            assert_eq!(blotted(message), clean, "{message}");
        }
    }

    #[test]
    fn by_look() {
        for secret in [
            "sk_live_51H8xYzAbCdEfGhIjKl",
            "sk-proj-1234567890abcdefghij",
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
            "9f86d081884c7d659a2feaa0c55ad015",
            "550e8400-e29b-41d4-a716-446655440000",
            "0123456789abcdefghijklmn",
            "xoxb-123456789012-abcdefghijkl",
        ] {
            assert_eq!(blotted(&format!("no '{secret}'.")), "no '***'.", "{secret}");
            assert_eq!(blotted(&format!("key:{secret}, id={secret}")), "key:***, id=***", "{secret}");
            assert_eq!(blotted(&format!("sha256:{secret}")), "sha256:***", "{secret}");
        }
        assert_eq!(blotted("dGhpcyBpcyBhIHRlc3Qx1A=="), "***==");
        assert_eq!(blotted("/v1/keys/9f86d081884c7d659a2feaa0c55ad015/x"), "/v1/keys/***/x");
    }

    #[test]
    fn names_stay() {
        for word in [
            "repository/name-of-thing",
            "/repos/rust-lang/rust/issues/12345678901234567890",
            "2026-11-22T10:00:00Z",
            "2026-11-22T10-00-00.000000Z",
            "v1.95.0-nightly-2026-11-22",
            "1.2.3-alpha.4+build.20260101",
            "v0.0.0-20191109021931-daa7c04131f5",
            "gpt-4o-mini-2024-07-18",
            "claude-3-5-sonnet-20241022",
            "card_declined_3ds_required",
            "api-2.eu-west-1.example.com",
            "https://api.example.com:8443/v2/library/ubuntu-24.04/manifests/latest",
            "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
            "InternationalizationUnavailable2",
            "12345678901234567890123",
            "index_not_found_exception",
            "192.168.100.100:65535",
            "Donaudampfschifffahrtsgesellschaft",
            "application/vnd.oai.openapi+json;version=3.0",
        ] {
            assert_eq!(blotted(word), word);
        }
    }

    #[test]
    fn hostile_messages_end() {
        for piece in ["a", "?", "a=", "//@", "Bearer ", "=", "/", "\"", ".", "é", "a1", "://u:p@h?a=b&"] {
            blotted(&piece.repeat(65_536 / piece.len()));
        }
    }
}
