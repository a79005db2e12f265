//! What a server asks for before it answers (RFC 9110, section 11).

use super::words::{Words, is_space, lines};
use http::{HeaderMap, HeaderName, header};

const MOST_CHALLENGES: usize = 64;
const MOST_PARAMS: usize = 64;

/// One way to say who is asking, as a server offers it with `WWW-Authenticate`: a scheme, and what is needed for it.
///
/// ```
/// use apiclient::{HeaderMap, HeaderValue, head::Challenge};
///
/// let mut headers = HeaderMap::new();
/// let value = HeaderValue::from_static(r#"Bearer realm="api", error="invalid_token", Basic realm="api""#);
/// headers.insert("www-authenticate", value);
/// let challenges = Challenge::of_server(&headers);
/// assert_eq!(challenges.len(), 2);
/// assert!(challenges[0].is_scheme("bearer"));
/// assert_eq!(challenges[0].param("error"), Some("invalid_token"));
/// assert_eq!(challenges[1].realm(), Some("api"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    scheme: String,
    token68: Option<String>,
    /// In lower case, and in order.
    params: Vec<(String, String)>,
}

impl Challenge {
    /// Those of the server: all fields `WWW-Authenticate`, in order. What is malformed ends its field and takes the challenge
    /// that it is in with it; a parameter that comes twice is malformed. At most 64 are read.
    pub fn of_server(headers: &HeaderMap) -> Vec<Self> {
        read(headers, &header::WWW_AUTHENTICATE)
    }

    /// Those of a proxy: the same of `Proxy-Authenticate`.
    pub fn of_proxy(headers: &HeaderMap) -> Vec<Self> {
        read(headers, &header::PROXY_AUTHENTICATE)
    }

    /// The scheme as it is written: `Bearer`, `Basic`, `Digest`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Whether it is this scheme, without regard to case.
    pub fn is_scheme(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// What `Negotiate` and its like send instead of parameters.
    pub fn token68(&self) -> Option<&str> {
        self.token68.as_deref()
    }

    /// What is protected, in words for people.
    pub fn realm(&self) -> Option<&str> {
        self.param("realm")
    }

    /// A parameter by its name, without regard to case.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The parameters, in order, their names in lower case.
    pub fn params(&self) -> impl Iterator<Item = (&str, &str)> {
        self.params.iter().map(|(name, value)| (&**name, &**value))
    }
}

fn read(headers: &HeaderMap, name: &HeaderName) -> Vec<Challenge> {
    let mut challenges = Vec::new();
    for line in lines(headers, name) {
        let mut words = Words(&line);
        let line = std::iter::from_fn(|| challenge(&mut words));
        challenges.extend(line.take(MOST_CHALLENGES - challenges.len()));
    }
    challenges
}

/// The next one; `None` at the end and at what is none.
fn challenge(words: &mut Words<'_>) -> Option<Challenge> {
    words.skip_separators();
    let scheme = words.token();
    (!scheme.is_empty() && (ends(words) || words.0.starts_with(is_space))).then_some(())?;
    words.skip_space();
    let mut challenge = Challenge { scheme: scheme.into(), token68: token68(words), params: Vec::new() };
    // A parameter or another scheme: what comes behind the word tells.
    while let Some((name, after)) = param_name(words) {
        *words = after;
        let value = value(words)?;
        let name = name.to_ascii_lowercase();
        let is_odd = challenge.token68.is_some()
            || challenge.params.len() == MOST_PARAMS
            || challenge.params.iter().any(|(known, _)| *known == name);
        (!is_odd).then(|| challenge.params.push((name, value)))?;
    }
    ends(words).then_some(challenge)
}

/// The whole of an element: `abc==`.
fn token68(words: &mut Words<'_>) -> Option<String> {
    let mut after = words.clone();
    let is_inside = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    let length = (!after.until(|c| !is_inside(c)).is_empty()).then(|| {
        after.until(|c| c != '=');
        words.0.len() - after.0.len()
    })?;
    let token = &words.0[..length];
    after.skip_space();
    ends(&after).then_some(())?;
    *words = after;
    Some(token.to_owned())
}

/// A name with a `=` behind it, and what follows that.
fn param_name<'a>(words: &Words<'a>) -> Option<(&'a str, Words<'a>)> {
    let mut after = words.clone();
    after.skip_separators();
    let name = after.token();
    after.skip_space();
    (!name.is_empty() && after.eat('=')).then_some((name, after))
}

/// A token or a text in quotes, with nothing behind it.
fn value(words: &mut Words<'_>) -> Option<String> {
    words.skip_space();
    let value = match words.0.starts_with('"') {
        true => words.quoted()?,
        false => Some(words.token()).filter(|token| !token.is_empty())?.to_owned(),
    };
    words.skip_space();
    ends(words).then_some(value)
}

/// Whether the element is over.
fn ends(words: &Words<'_>) -> bool {
    words.is_over() || words.0.starts_with(',')
}

#[cfg(test)]
mod tests {
    use super::{super::headers, *};

    fn read(line: &str) -> String {
        let challenges = Challenge::of_server(&headers(&[("www-authenticate", line)]));
        let one = |c: &Challenge| {
            let token = c.token68().map(|token| format!("<{token}>"));
            let params = c.params().map(|(name, value)| format!("{name}={value}"));
            let words: Vec<_> = std::iter::once(c.scheme().to_owned()).chain(token).chain(params).collect();
            words.join(" ")
        };
        challenges.iter().map(one).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn challenges_and_their_ends() {
        for (line, expected) in [
            ("", ""),
            (", ,", ""),
            ("Basic", "Basic"),
            ("Basic  ,\t, Bearer", "Basic|Bearer"),
            ("Basic realm", "Basic <realm>"),
            ("Basic realm=", "Basic <realm=>"),
            ("Basic realm=\"\"", "Basic realm="),
            ("Basic Realm\t = \t\"a, b\" , x=1 ,Digest Y=2", "Basic realm=a, b x=1|Digest y=2"),
            ("Negotiate YII+/a==, Basic realm=x", "Negotiate <YII+/a==>|Basic realm=x"),
            ("Negotiate YII=, a=b", ""),
            ("A a=b c=d", ""),
            ("A, B a=b c, C", "A"),
            ("A, B a=\"b, C", "A"),
            ("A, B a=\"b\"c, C", "A"),
            ("A, B a=, C", "A|B <a=>|C"),
            ("A, B a=b, A=c, C", "A"),
            ("A, B a b, C", "A"),
            ("A/B", ""),
            ("A, B\"c\", D", "A"),
            ("a=b, C", ""),
            ("A \u{fc}=b", ""),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }

    #[test]
    fn a_proxy_is_another() {
        let given = headers(&[("proxy-authenticate", "Basic"), ("www-authenticate", "Bearer")]);
        assert!(Challenge::of_proxy(&given)[0].is_scheme("BASIC"));
        assert_eq!(Challenge::of_server(&given)[0].scheme(), "Bearer");
    }

    /// Were any of it quadratic, it would not end in our time.
    #[test]
    fn a_megabyte_is_read_in_one_go() {
        for (piece, count) in [
            ("A,", MOST_CHALLENGES),
            (",", 0),
            (" ", 0),
            ("A a=b,", MOST_CHALLENGES),
            ("A \"", 0),
            ("a", 1),
            ("A ", 0),
            ("=", 0),
            ("A a=\"\\\"", 0),
        ] {
            let line = piece.repeat((1 << 20) / piece.len());
            let given = headers(&[("www-authenticate", &line)]);
            assert_eq!(Challenge::of_server(&given).len(), count, "{piece}");
        }
        let params: Vec<_> = (0..10_000).map(|i| format!("a{i}=b")).collect();
        assert_eq!(read(&format!("B, A {}", params.join(","))), "B");
    }
}
