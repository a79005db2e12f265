//! Links beside an answer (RFC 8288).

use super::{
    super::reference::resolve,
    ext_value::ext_value,
    words::{Words, is_space, lines},
};
use http::{HeaderMap, Uri, header};
use std::slice;

/// More links than any page has; what comes behind them is left out.
const MOST_LINKS: usize = 1024;
const MOST_ATTRIBUTES: usize = 64;

/// The links of an answer: all fields `Link` (RFC 8288), in order.
///
/// What is malformed ends its field: the links before it count. At most 1,024 are read.
///
/// ```
/// use apiclient::{Client, Method};
/// # async fn run(client: Client) -> Result<(), apiclient::Error> {
/// let page = client.call(Method::GET, "/repos").fetch::<Vec<String>>().send().await?;
/// if let Some(next) = page.links().url("next") {
///     println!("more at {next}");
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Links(Vec<Link>);

/// One link: where it leads, and how that is related to what was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    target: String,
    rel: Option<String>,
    /// In lower case, and in order.
    attributes: Vec<(String, String)>,
    base: Uri,
}

impl Links {
    /// Reads them; relative targets are those of an answer from `base`.
    ///
    /// ```
    /// use apiclient::{HeaderMap, HeaderValue, head::Links, http::Uri};
    ///
    /// let mut headers = HeaderMap::new();
    /// headers.insert("link", HeaderValue::from_static(r#"</users?page=3>; rel="next"; title="More""#));
    /// let links = Links::read(&headers, &Uri::from_static("https://api.example.com/users?page=2"));
    /// let next = links.find("next").unwrap();
    /// assert_eq!(next.target(), "/users?page=3");
    /// assert_eq!(next.url().unwrap(), "https://api.example.com/users?page=3");
    /// assert_eq!(next.attribute("title"), Some("More"));
    /// ```
    pub fn read(headers: &HeaderMap, base: &Uri) -> Self {
        let mut links = Vec::new();
        for line in lines(headers, &header::LINK) {
            let mut words = Words(&line);
            let line = std::iter::from_fn(|| link(&mut words, base));
            links.extend(line.take(MOST_LINKS - links.len()));
        }
        Links(links)
    }

    /// The first link of this relation that starts at what was asked for: the name without regard to case, and none with an
    /// `anchor` elsewhere.
    pub fn find(&self, rel: &str) -> Option<&Link> {
        self.iter().find(|link| link.has_rel(rel) && link.starts_here())
    }

    /// Where the first link of this relation leads, as a whole URL.
    pub fn url(&self, rel: &str) -> Option<Uri> {
        self.find(rel)?.url()
    }

    /// All of them, in the order of the fields.
    pub fn iter(&self) -> slice::Iter<'_, Link> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Links {
    type Item = &'a Link;
    type IntoIter = slice::Iter<'a, Link>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Link {
    /// The target as it is written, which may be relative.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The target as a whole URL: resolved against that of the request (RFC 3986, section 5), without a fragment. `None` for
    /// another scheme than `http` and `https`, and for what is no URL.
    pub fn url(&self) -> Option<Uri> {
        let is_text = !self.target.contains(char::REPLACEMENT_CHARACTER);
        is_text.then(|| resolve(&self.base, &self.target)).flatten()
    }

    /// The relations as they are written: `next`, or the URL of one that is not registered. Empty where none is said; of
    /// several `rel` the first counts.
    pub fn rel(&self) -> impl Iterator<Item = &str> {
        self.rel.iter().flat_map(|rel| rel.split_ascii_whitespace())
    }

    /// Whether this is one of the relations, without regard to case.
    pub fn has_rel(&self, rel: &str) -> bool {
        self.rel().any(|known| known.eq_ignore_ascii_case(rel))
    }

    /// An attribute by its name, without regard to case: `title`, `type`, `hreflang`. Of several the first; empty where it has
    /// no value. One whose name ends with `*` (RFC 8187) is decoded.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes();
        all.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The attributes but for `rel`, in order, their names in lower case. At most 64 are read.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Where the link starts, if that is said.
    pub fn anchor(&self) -> Option<&str> {
        self.attribute("anchor")
    }

    /// Whether it starts at what was asked for, and not at what its `anchor` names: another resource, or a part of this one.
    pub fn starts_here(&self) -> bool {
        let is_here = |anchor: &str| {
            !anchor.contains('#') && resolve(&self.base, anchor).is_some_and(|context| context == self.base)
        };
        self.anchor().is_none_or(|anchor| anchor.is_empty() || is_here(anchor))
    }
}

/// The next one; `None` at the end and at what is none.
fn link(words: &mut Words<'_>, base: &Uri) -> Option<Link> {
    words.skip_separators();
    words.eat('<').then_some(())?;
    let target = words.until(|c| c == '>').to_owned();
    words.eat('>').then_some(())?;
    let mut link = Link { target, rel: None, attributes: Vec::new(), base: base.clone() };
    loop {
        words.skip_space();
        if words.is_over() || words.0.starts_with(',') {
            return Some(link);
        }
        words.eat(';').then_some(())?;
        let (name, value) = attribute(words)?;
        match &*name {
            "rel" => drop(link.rel.get_or_insert(value)),
            "" => {}
            _ if link.attributes.len() == MOST_ATTRIBUTES => {}
            _ if name.ends_with('*') => link.attributes.extend(ext_value(&value).map(|value| (name, value))),
            _ => link.attributes.push((name, value)),
        }
    }
}

/// RFC 8288, appendix B.3. `None` for quotes without an end: what they hold may be cut off.
fn attribute(words: &mut Words<'_>) -> Option<(String, String)> {
    words.skip_space();
    let name = words.until(|c| is_space(c) || matches!(c, '=' | ';' | ',')).to_ascii_lowercase();
    words.skip_space();
    if !words.eat('=') {
        return Some((name, String::new()));
    }
    words.skip_space();
    let value = match words.0.starts_with('"') {
        true => words.quoted()?,
        false => words.until(|c| matches!(c, ';' | ',')).trim_end_matches(is_space).to_owned(),
    };
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use super::{super::headers, *};

    fn base() -> Uri {
        Uri::from_static("https://host.example/dir/x?y")
    }

    fn links(lines: &[&str]) -> Links {
        let lines: Vec<_> = lines.iter().map(|line| ("link", *line)).collect();
        Links::read(&headers(&lines), &base())
    }

    fn targets(line: &str) -> String {
        links(&[line]).iter().map(Link::target).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_malformed_ends_its_field() {
        for (line, expected) in [
            ("<a>;rel=next", "a"),
            (" , ,<a> , , <b>,", "a b"),
            ("<a>; rel=\"x,<y>\", <b>", "a b"),
            ("<a;b,c>", "a;b,c"),
            ("<>", ""),
            ("<a>;;; , <b>", "a b"),
            ("<a>; =x; rel, <b>", "a b"),
            ("<a>, <b", "a"),
            ("<a>, <b> c, <d>", "a"),
            ("<a>, <b>; rel=\"next, <c>", "a"),
            ("<a>, b, <c>", "a"),
            ("a", ""),
        ] {
            assert_eq!(targets(line), expected, "{line}");
        }
        let found = links(&["<a", "<b>; rel=next", "c"]);
        assert_eq!(found.iter().map(Link::target).collect::<Vec<_>>(), ["b"], "the next field is another");
        assert!(links(&[]).is_empty());
    }

    #[test]
    fn a_relation_is_found() {
        let found = links(&[
            "<1>; rel=next; anchor=\"/other\", <2>; rel=next; anchor=\"#part\", <3>; rel=\"PREV Next\"; rel=last",
            "<4>; rel=next, <5>; rel=up; anchor=\"\", <6>; REL=about; anchor=x?y, <7>; rel=self; anchor=x#",
        ]);
        let target = |rel| found.find(rel).map(Link::target);
        for (rel, expected) in [
            ("next", Some("3")),
            ("NEXT", Some("3")),
            ("prev", Some("3")),
            ("last", None),
            ("up", Some("5")),
            ("about", Some("6")),
            ("self", None),
            ("PREV Next", None),
            ("", None),
        ] {
            assert_eq!(target(rel), expected, "{rel}");
        }
        assert_eq!(found.len(), 7);
        assert_eq!(found.iter().nth(2).unwrap().rel().collect::<Vec<_>>(), ["PREV", "Next"]);
    }

    #[test]
    fn attributes_by_name() {
        let found =
            links(&["<a>; Title=x; title=y; title*=UTF-8'de'%c3%bC; bad*=x; flag; type = \"a/b\" ; z= "]);
        let link = found.iter().next().unwrap();
        assert_eq!(link.attribute("TITLE"), Some("x"));
        assert_eq!(link.attribute("bad*"), None);
        let all: Vec<_> = link.attributes().collect();
        let expected =
            [("title", "x"), ("title", "y"), ("title*", "\u{fc}"), ("flag", ""), ("type", "a/b"), ("z", "")];
        assert_eq!(all, expected);
    }

    #[test]
    fn targets_are_whole_urls_or_none() {
        for (target, url) in [
            ("z", Some("https://host.example/dir/z")),
            ("/z?a#b", Some("https://host.example/z?a")),
            ("?a", Some("https://host.example/dir/x?a")),
            ("", Some("https://host.example/dir/x?y")),
            ("//other.example/z", Some("https://other.example/z")),
            ("http:/.../front.jpeg", None),
            ("ftp://x/y", None),
            ("javascript:alert(1)", None),
            ("a b", None),
            ("\u{fffd}", None),
        ] {
            let found = links(&[&format!("<{target}>; rel=next")]).url("next").map(|url| url.to_string());
            assert_eq!(found.as_deref(), url, "{target}");
        }
        let nowhere = Links::read(&headers(&[("link", "<z>; rel=next")]), &Uri::default());
        assert_eq!(nowhere.url("next"), None);
    }

    #[test]
    fn what_is_no_utf_8_spoils_only_its_place() {
        let mut given = HeaderMap::new();
        let line = b"<a>; rel=next; title=\"\xff\", <\xff>; rel=last";
        given.insert("link", http::HeaderValue::from_bytes(line).unwrap());
        let found = Links::read(&given, &base());
        assert_eq!(found.url("next").unwrap(), "https://host.example/dir/a");
        assert_eq!((found.len(), found.url("last")), (2, None));
    }

    /// Were any of it quadratic, it would not end in our time.
    #[test]
    fn a_megabyte_is_read_in_one_go() {
        for (piece, count) in [
            ("<a>,", MOST_LINKS),
            (",", 0),
            ("<", 0),
            ("<a>;a", 1),
            ("<a>;a=\"", 1),
            ("<a>;rel=\"", 1),
            ("<a>; ", 1),
            ("<a>;rel=\"\\\"", 0),
            ("; rel=\"   ", 0),
        ] {
            let start = if piece.starts_with("<a>;") { "<a>" } else { "" };
            let line = format!("{start}{}", piece.trim_start_matches(start).repeat((1 << 20) / piece.len()));
            assert_eq!(links(&[&line]).len(), count, "{piece}");
        }
        let many: Vec<_> = std::iter::repeat_n("<a>; rel=next, <b>", 10_000).collect();
        assert_eq!(links(&many).len(), MOST_LINKS);
        let attributes = format!("<a>{}", ";a=b".repeat(10_000));
        assert_eq!(links(&[&attributes]).iter().next().unwrap().attributes().count(), MOST_ATTRIBUTES);
    }
}
