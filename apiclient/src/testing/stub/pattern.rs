//! A template read backwards: which path it matches, and what its variables were.

use crate::request::{TemplatePart as Part, literals, parse_path, percent_decoded};

/// The values of one variable: a text, or one for each member of a list.
pub(super) type Values = Vec<(String, Vec<Vec<u8>>)>;

/// The path of a template, and the constant pairs of its query.
#[derive(Debug, Clone, Default)]
pub(super) struct Pattern {
    tokens: Vec<Token>,
    pairs: Vec<String>,
}

#[derive(Debug, Clone)]
enum Token {
    Text(String),
    Hole { operator: Option<char>, names: Vec<(String, bool)> },
}

impl Pattern {
    /// What is wrong with the template, if it is none.
    pub(super) fn parse(template: &str) -> Result<Self, String> {
        let parts = parse_path(template).map_err(|flaw| flaw.to_string())?;
        let (mut tokens, mut pairs, mut in_query) = (Vec::new(), Vec::new(), false);
        let texts = literals(&parts);
        let mut texts = texts.iter();
        if !template.starts_with(['/', '?'])
            && !matches!(parts.first(), Some(Part::Expression { operator: Some('/' | '?'), .. }) | None)
        {
            tokens.push(Token::Text("/".into()));
        }
        for part in &parts {
            match part {
                Part::Literal(_) => {
                    let text = texts.next().map_or("", |text| &**text);
                    let (path, query) = if in_query { ("", Some(text)) } else { split(text) };
                    in_query |= query.is_some();
                    pairs.extend(query.map(constants).into_iter().flatten());
                    if !path.is_empty() {
                        tokens.push(Token::Text(path.to_owned()));
                    }
                }
                Part::Expression { operator: Some('?' | '&'), .. } => in_query = true,
                Part::Expression { .. } if in_query => {}
                Part::Expression { operator, variables } => {
                    let names = variables.iter().map(|v| (v.name.to_owned(), v.explode)).collect();
                    tokens.push(Token::Hole { operator: *operator, names });
                }
            }
        }
        Ok(Pattern { tokens, pairs })
    }

    /// The values of its variables, if this is the path of a call of the template. Whatever the template calls constant in the
    /// query has to be there.
    pub(super) fn find(&self, path: &str, query: &str) -> Option<Values> {
        let has = |pair: &String| query.split('&').any(|sent| sent == pair);
        if !self.pairs.iter().all(has) {
            return None;
        }
        let mut failed = vec![false; self.tokens.len() * (path.len() + 1)];
        let mut found = Vec::new();
        search(&self.tokens, path, 0, &mut failed, &mut found).then(|| self.values(path, &found))
    }

    fn values(&self, path: &str, holes: &[(usize, usize)]) -> Values {
        let mut holes = holes.iter();
        let mut out = Vec::new();
        for token in &self.tokens {
            let Token::Hole { operator, names } = token else { continue };
            let Some((start, end)) = holes.next() else { break };
            out.extend(members(*operator, names, &path[*start..*end]));
        }
        out
    }
}

/// Path and query of a literal.
fn split(text: &str) -> (&str, Option<&str>) {
    text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)))
}

/// The pairs of a query that are whole; the value of the last one may be a variable.
fn constants(query: &str) -> Vec<String> {
    let whole = |pair: &&str| !pair.is_empty() && !pair.ends_with('=');
    query.split('&').filter(whole).map(str::to_owned).collect()
}

/// Matches `tokens` from `at` on; where each hole stands is in `found`. Each pair of a token and a place is tried once.
fn search(
    tokens: &[Token],
    path: &str,
    at: usize,
    failed: &mut [bool],
    found: &mut Vec<(usize, usize)>,
) -> bool {
    let Some((token, rest)) = tokens.split_first() else { return at == path.len() };
    let known = tokens.len() * (path.len() + 1) - (path.len() + 1) + at;
    if failed[known] {
        return false;
    }
    let matched = match token {
        Token::Text(text) => {
            path[at..].starts_with(&**text) && search(rest, path, at + text.len(), failed, found)
        }
        Token::Hole { operator, names } => ends(*operator, names, &path[at..]).any(|length| {
            found.push((at, at + length));
            let matched = search(rest, path, at + length, failed, found);
            if !matched {
                found.pop();
            }
            matched
        }),
    };
    failed[known] = !matched;
    matched
}

/// How long the value of an expression can be, the shortest first.
fn ends<'a>(
    operator: Option<char>,
    names: &[(String, bool)],
    rest: &'a str,
) -> impl Iterator<Item = usize> + use<'a> {
    let slashes = matches!(operator, Some('+' | '/'))
        || (operator.is_none() && names.iter().any(|(_, explode)| *explode));
    let optional = matches!(operator, Some('/' | '.' | ';'));
    let longest = if slashes { rest.len() } else { rest.find('/').unwrap_or(rest.len()) };
    let begins = operator.is_none_or(|c| c == '+' || rest.starts_with(c));
    let least = usize::from(!optional);
    (least..=longest).filter(move |length| rest.is_char_boundary(*length) && (begins || *length == 0))
}

/// The text of an expression as the values of its variables.
fn members(operator: Option<char>, names: &[(String, bool)], text: &str) -> Values {
    if text.is_empty() {
        return Vec::new();
    }
    let decoded = |text: &str| percent_decoded(text, false);
    let separator = operator.filter(|c| matches!(c, '/' | '.' | ';')).unwrap_or(',');
    let text = if separator == ',' { text } else { &text[1..] };
    if separator == ';' {
        let pairs = text.split(';').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        return pairs
            .map(|(name, value)| (name.to_owned(), list(value, names).iter().map(|v| decoded(v)).collect()))
            .collect();
    }
    if let [(name, _)] = names {
        // A comma of a reserved value, and a dot of a label, are its own.
        let whole = matches!(operator, Some('+' | '.'));
        let values = if whole { vec![text] } else { text.split(separator).collect() };
        return vec![(name.clone(), values.into_iter().map(decoded).collect())];
    }
    let mut values = text.splitn(names.len(), separator);
    names.iter().filter_map(|(name, _)| Some((name.clone(), vec![decoded(values.next()?)]))).collect()
}

/// A list in the value of a matrix parameter.
fn list<'a>(value: &'a str, names: &[(String, bool)]) -> Vec<&'a str> {
    if names.iter().any(|(_, explode)| *explode) { vec![value] } else { value.split(',').collect() }
}

/// The values of one name in a query or in a form.
pub(super) fn pairs<'a>(text: &'a str, name: &str) -> Vec<Vec<u8>> {
    let all = text.split('&').map(|pair: &'a str| pair.split_once('=').unwrap_or((pair, "")));
    let named = all.filter(|(key, _)| percent_decoded(key, true) == name.as_bytes());
    named.map(|(_, value)| percent_decoded(value, true)).collect()
}

/// What follows the path of the base URL.
pub(super) fn below<'a>(path: &'a str, base_path: &str) -> &'a str {
    match path.strip_prefix(base_path).filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        Some("") => "/",
        Some(rest) => rest,
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(template: &str, path: &str) -> Option<Vec<(String, Vec<String>)>> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let values = Pattern::parse(template).unwrap().find(path, query)?;
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Some(
            values.into_iter().map(|(name, values)| (name, values.into_iter().map(text).collect())).collect(),
        )
    }

    #[test]
    fn a_template_is_read_backwards() {
        for (template, path, expected) in [
            ("/users/{id}", "/users/7", "id=7"),
            ("users/{id}", "/users/a%2Fb", "id=a/b"),
            ("/users/{id}", "/users/", "-"),
            ("/users/{id}", "/users/7/x", "-"),
            ("/users/{id}/x", "/users/7/x", "id=7"),
            ("/{a}-{b}", "/x-y-z", "a=x b=y-z"),
            ("/f/{+path}", "/f/a/b,c.txt", "path=a/b,c.txt"),
            ("/f/{+path}/edit", "/f/edit/edit/edit", "path=edit/edit"),
            ("/f{/path*}", "/f/a/b%20c", "path=a,b c"),
            ("/f{/a,b}", "/f/1/2", "a=1 b=2"),
            ("/f{/path*}", "/f", ""),
            ("/f{.ext}", "/f.tar.gz", "ext=tar.gz"),
            ("/f{;a,b}", "/f;a=1;b=2", "a=1 b=2"),
            ("/l/{ids}", "/l/1,2,3", "ids=1,2,3"),
            ("/l/{a,b}", "/l/1,2", "a=1 b=2"),
            ("/s{?q,page}", "/s?q=1", ""),
            ("/s?kind=a&q={q}", "/s?q=1&kind=a", ""),
            ("/s?kind=a", "/s?kind=b", "-"),
            ("/ü/{ü%41}", "/%C3%BC/1", "ü"),
            ("/", "/", ""),
        ] {
            let Ok(_) = Pattern::parse(template) else {
                assert_eq!(expected, "ü", "{template}");
                continue;
            };
            let found = find(template, path).map(|values| {
                let one = |(name, values): &(String, Vec<String>)| format!("{name}={}", values.join(","));
                values.iter().map(one).collect::<Vec<_>>().join(" ")
            });
            assert_eq!(found.unwrap_or("-".into()), expected, "{template} {path}");
        }
    }

    #[test]
    fn many_holes_end_soon() {
        let template = "/{a}x{b}x{c}x{d}x{e}x{f}x{g}x{h}y";
        assert_eq!(find(template, &format!("/{}", "x".repeat(400))), None);
    }

    #[test]
    fn what_follows_the_base_path() {
        for (path, base, expected) in
            [("/v1/a", "/v1", "/a"), ("/v1", "/v1", "/"), ("/v10/a", "/v1", "/v10/a"), ("/a", "", "/a")]
        {
            assert_eq!(below(path, base), expected, "{path} {base}");
        }
        assert_eq!(pairs("a=1&b=%2B+&a=2&c", "a"), [b"1", b"2"]);
        assert_eq!(pairs("a=1&b=%2B+&a=2&c", "b"), [b"+ "]);
        assert_eq!(pairs("a=1&c", "c"), [b""]);
    }
}
