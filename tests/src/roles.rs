//! One value through every role and style, read back from the request by [`tree`](super::tree). The property tests and
//! the fuzz targets share this file.

use super::tree::{
    Leaf, Names, Plain, Steps, Tree, decoded, is_cookie, is_dots, is_field, is_token, lenient, pairs, parts,
    row,
};
use apiclient::{
    Call, Error, ErrorKind, Prepared, api_client,
    testing::{ManualClock, Stub},
};
use std::fmt;

#[api_client(base_url = "http://api.test/base/v1", allow_origins = ["http://files.test:8080"])]
pub trait Roles {
    #[get("/q")]
    fn form(&self, #[query] v: &Tree) -> Call<()>;
    #[get("/q")]
    fn form_joined(&self, #[query(explode = false)] v: &Tree) -> Call<()>;
    #[get("/q")]
    fn space(&self, #[query(style = space)] v: &Tree) -> Call<()>;
    #[get("/q")]
    fn pipe(&self, #[query(style = pipe)] v: &Tree) -> Call<()>;
    #[get("/q")]
    fn deep_object(&self, #[query(style = deep_object)] v: &Tree) -> Call<()>;
    #[get("/q")]
    fn brackets(&self, #[query(style = brackets)] v: &Tree) -> Call<()>;
    #[get("/q")]
    fn indexed(&self, #[query(style = indexed)] v: &Tree) -> Call<()>;
    #[get("/q")]
    fn dots(&self, #[query(style = dots)] v: &Tree) -> Call<()>;
    #[get("/q")]
    fn top(&self, #[query("", style = indexed)] v: &Tree) -> Call<()>;

    #[post("/f")]
    fn field(&self, #[field] v: &Tree) -> Call<()>;
    #[post("/f")]
    fn field_joined(&self, #[field(explode = false)] v: &Tree) -> Call<()>;
    #[post("/f")]
    fn field_space(&self, #[field(style = space)] v: &Tree) -> Call<()>;
    #[post("/f")]
    fn field_pipe(&self, #[field(style = pipe)] v: &Tree) -> Call<()>;
    #[post("/f")]
    fn field_deep_object(&self, #[field(style = deep_object)] v: &Tree) -> Call<()>;
    #[post("/f")]
    fn field_brackets(&self, #[field(style = brackets)] v: &Tree) -> Call<()>;
    #[post("/f")]
    fn field_indexed(&self, #[field(style = indexed)] v: &Tree) -> Call<()>;
    #[post("/f")]
    fn field_dots(&self, #[field(style = dots)] v: &Tree) -> Call<()>;
    #[post("/f")]
    fn body_form(&self, #[body(form)] v: &Tree) -> Call<()>;
    #[post("/f")]
    fn body_indexed(&self, #[body(form, style = indexed)] v: &Tree) -> Call<()>;
    #[post("/f")]
    fn body_dots(&self, #[body(form, style = dots)] v: &Tree) -> Call<()>;

    #[post("/m")]
    fn part(&self, #[part] v: &Tree) -> Call<()>;
    #[get("/h")]
    fn cookie(&self, #[cookie] v: &Tree) -> Call<()>;
    #[get("/h")]
    fn header(&self, #[header("X-V")] v: &Tree) -> Call<()>;
    #[get("/h")]
    fn headers(&self, #[headers] v: &Tree) -> Call<()>;

    #[get("/p/{v}/end")]
    fn simple(&self, v: &Tree) -> Call<()>;
    #[get("/p/{v*}/end")]
    fn simple_exploded(&self, v: &Tree) -> Call<()>;
    #[get("/p/x{.v}/end")]
    fn label(&self, v: &Tree) -> Call<()>;
    #[get("/p/x{.v*}/end")]
    fn label_exploded(&self, v: &Tree) -> Call<()>;
    #[get("/p/x{;v}/end")]
    fn matrix(&self, v: &Tree) -> Call<()>;
    #[get("/p/x{;v*}/end")]
    fn matrix_exploded(&self, v: &Tree) -> Call<()>;
    #[get("/p{/v}/end")]
    fn segment(&self, v: &Tree) -> Call<()>;
    #[get("/p{/v*}/end")]
    fn segment_exploded(&self, v: &Tree) -> Call<()>;

    #[post("/mixed/{path}/x/{+rest}/end?c=1")]
    fn mixed(
        &self,
        path: &str,
        rest: &str,
        #[query] q: &str,
        #[query("the list", style = indexed)] list: &[&str],
        #[header("X-H")] h: &str,
        #[cookie] c: &str,
        #[field] f: &str,
        #[field] g: &str,
    ) -> Call<()>;

    #[get]
    fn link(&self, #[url] link: &str, #[query] q: &str) -> Call<()>;
}

/// A client that sends nothing anywhere.
pub fn client() -> RolesClient {
    let builder = RolesClient::builder().transport(Stub::json("null")).clock(ManualClock::new());
    builder.build().expect("a base URL, a transport and a clock")
}

/// One role: how it is called, what it can hold, how it is read.
pub struct Role {
    pub name: &'static str,
    make: fn(&RolesClient, &Tree) -> Call<()>,
    holds: fn(&Plain) -> bool,
    steps: Steps,
    read: fn(&Prepared, &Plain) -> Result<Vec<Leaf>, String>,
}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

fn any(_: &str) -> bool {
    true
}

/// What the styles for nested values have in common: below a list, only `indexed` goes on.
fn nests(v: &Plain, key: fn(&str) -> bool, below_lists: bool) -> bool {
    fn shaped(v: &Plain, below_lists: bool) -> bool {
        match v {
            Plain::Text(_) => true,
            Plain::List(items) => {
                items.iter().all(|item| item.is_text() || below_lists && shaped(item, true))
            }
            Plain::Map(entries) => entries.iter().all(|(_, value)| shaped(value, below_lists)),
        }
    }
    shaped(v, below_lists) && v.all(&key, &any)
}

fn bracket_key(key: &str) -> bool {
    !key.is_empty() && !key.contains(['[', ']'])
}

fn dot_key(key: &str) -> bool {
    !key.is_empty() && !key.contains('.')
}

/// A text, a list, a map of texts and lists.
fn exploded(v: &Plain) -> bool {
    v.is_flat() || v.is_map_of(|value| value.is_text() || value.is_list_of_texts())
}

fn without(v: &Plain, separator: char) -> bool {
    v.is_flat() && v.all(&|key| !key.contains(separator), &|text| !text.contains(separator))
}

fn query(request: &Prepared) -> &str {
    request.url().query().unwrap_or_default()
}

fn body(request: &Prepared) -> Result<String, String> {
    let bytes = request.body().bytes().ok_or("the body is not in memory")?;
    String::from_utf8(bytes.to_vec()).map_err(|e| e.to_string())
}

/// Without the name of the argument, which comes first.
fn below(leaves: Vec<Leaf>, names: &str) -> Result<Vec<Leaf>, String> {
    let each = |(mut path, text): Leaf| match path.first() {
        Some(first) if first == names => {
            path.remove(0);
            Ok((path, text))
        }
        _ => Err(format!("{path:?} is no path of the argument")),
    };
    leaves.into_iter().map(each).collect()
}

/// Exploded: a map gives its entries names of their own.
fn read_exploded(text: &str, form: bool, v: &Plain) -> Result<Vec<Leaf>, String> {
    let all = pairs(text, form, Names::Whole)?;
    if v.is_map() { Ok(all) } else { below(all, "v") }
}

fn read_joined(text: &str, separator: &str, form: bool, v: &Plain) -> Result<Vec<Leaf>, String> {
    row(text.strip_prefix("v=").ok_or("the name is missing")?, separator, form, v.is_map())
}

/// What stands between the two ends of a path.
fn between<'r>(request: &'r Prepared, before: &str) -> Result<&'r str, String> {
    let path = request.url().path();
    let inner = path
        .strip_prefix("/base/v1")
        .and_then(|p| p.strip_prefix(before))
        .and_then(|p| p.strip_suffix("/end"));
    inner.ok_or_else(|| format!("{path:?} is not as declared"))
}

/// `k=v` of a map, `v` of a list, after each separator.
fn read_members(text: &str, separator: char, v: &Plain) -> Result<Vec<Leaf>, String> {
    let each = |item: &str| match v.is_map() {
        true => {
            // `;name` alone is an empty value.
            let (key, value) = item.split_once('=').unwrap_or((item, ""));
            Ok((vec![decoded(key, false)?], decoded(value, false)?))
        }
        false => Ok((Vec::new(), decoded(item, false)?)),
    };
    text.split(separator).map(each).collect()
}

fn after<'t>(text: &'t str, first: &str) -> Result<&'t str, String> {
    text.strip_prefix(first).ok_or_else(|| format!("{text:?} does not begin with {first:?}"))
}

fn lines(request: &Prepared, name: &str) -> Result<Vec<String>, String> {
    let all = request.headers().get_all(name).iter();
    all.map(|value| value.to_str().map(str::to_owned).map_err(|e| e.to_string())).collect()
}

/// With what some servers take for a slash as one.
fn slashes(text: &str) -> String {
    text.to_ascii_lowercase().replace("%2f", "/").replace("%5c", "/").replace('\\', "/")
}

/// In a path of one segment that is the value: neither empty nor dots.
fn no_dots(text: &str) -> bool {
    !matches!(text, "" | "." | "..")
}

/// Every role that a value can be read back from.
pub const ROLES: &[Role] = &[
    Role {
        name: "form",
        make: |c, v| c.form(v),
        holds: exploded,
        steps: Steps::Repeat,
        read: |r, v| read_exploded(query(r), false, v),
    },
    Role {
        name: "form, joined",
        make: |c, v| c.form_joined(v),
        holds: Plain::is_flat,
        steps: Steps::Repeat,
        read: |r, v| read_joined(query(r), ",", false, v),
    },
    Role {
        name: "space",
        make: |c, v| c.space(v),
        holds: |v| without(v, ' '),
        steps: Steps::Repeat,
        read: |r, v| read_joined(query(r), "%20", false, v),
    },
    Role {
        name: "pipe",
        make: |c, v| c.pipe(v),
        holds: |v| without(v, '|'),
        steps: Steps::Repeat,
        read: |r, v| read_joined(query(r), "%7C", false, v),
    },
    Role {
        name: "deep object",
        make: |c, v| c.deep_object(v),
        holds: |v| nests(v, bracket_key, false),
        steps: Steps::Repeat,
        read: |r, _| below(pairs(query(r), false, Names::Brackets)?, "v"),
    },
    Role {
        name: "brackets",
        make: |c, v| c.brackets(v),
        holds: |v| nests(v, bracket_key, false),
        steps: Steps::Empty,
        read: |r, _| below(pairs(query(r), false, Names::Brackets)?, "v"),
    },
    Role {
        name: "indexed",
        make: |c, v| c.indexed(v),
        holds: |v| nests(v, bracket_key, true),
        steps: Steps::Index,
        read: |r, _| below(pairs(query(r), false, Names::Brackets)?, "v"),
    },
    Role {
        name: "dots",
        make: |c, v| c.dots(v),
        holds: |v| nests(v, dot_key, false),
        steps: Steps::Repeat,
        read: |r, _| below(pairs(query(r), false, Names::Dots)?, "v"),
    },
    Role {
        name: "top level",
        make: |c, v| c.top(v),
        holds: |v| v.is_map() && nests(v, bracket_key, true),
        steps: Steps::Index,
        read: |r, _| pairs(query(r), false, Names::Brackets),
    },
    Role {
        name: "field",
        make: |c, v| c.field(v),
        holds: exploded,
        steps: Steps::Repeat,
        read: |r, v| read_exploded(&body(r)?, true, v),
    },
    Role {
        name: "field, joined",
        make: |c, v| c.field_joined(v),
        holds: Plain::is_flat,
        steps: Steps::Repeat,
        read: |r, v| read_joined(&body(r)?, ",", true, v),
    },
    Role {
        name: "field, space",
        make: |c, v| c.field_space(v),
        holds: |v| without(v, ' '),
        steps: Steps::Repeat,
        read: |r, v| read_joined(&body(r)?, "+", false, v).or_else(|_| read_joined(&body(r)?, "+", true, v)),
    },
    Role {
        name: "field, pipe",
        make: |c, v| c.field_pipe(v),
        holds: |v| without(v, '|'),
        steps: Steps::Repeat,
        read: |r, v| read_joined(&body(r)?, "%7C", true, v),
    },
    Role {
        name: "field, deep object",
        make: |c, v| c.field_deep_object(v),
        holds: |v| nests(v, bracket_key, false),
        steps: Steps::Repeat,
        read: |r, _| below(pairs(&body(r)?, true, Names::Brackets)?, "v"),
    },
    Role {
        name: "field, brackets",
        make: |c, v| c.field_brackets(v),
        holds: |v| nests(v, bracket_key, false),
        steps: Steps::Empty,
        read: |r, _| below(pairs(&body(r)?, true, Names::Brackets)?, "v"),
    },
    Role {
        name: "field, indexed",
        make: |c, v| c.field_indexed(v),
        holds: |v| nests(v, bracket_key, true),
        steps: Steps::Index,
        read: |r, _| below(pairs(&body(r)?, true, Names::Brackets)?, "v"),
    },
    Role {
        name: "field, dots",
        make: |c, v| c.field_dots(v),
        holds: |v| nests(v, dot_key, false),
        steps: Steps::Repeat,
        read: |r, _| below(pairs(&body(r)?, true, Names::Dots)?, "v"),
    },
    Role {
        name: "form body",
        make: |c, v| c.body_form(v),
        holds: |v| v.is_map() && exploded(v),
        steps: Steps::Repeat,
        read: |r, _| pairs(&body(r)?, true, Names::Whole),
    },
    Role {
        name: "form body, indexed",
        make: |c, v| c.body_indexed(v),
        holds: |v| v.is_map() && nests(v, bracket_key, true),
        steps: Steps::Index,
        read: |r, _| pairs(&body(r)?, true, Names::Brackets),
    },
    Role {
        name: "form body, dots",
        make: |c, v| c.body_dots(v),
        holds: |v| v.is_map() && nests(v, dot_key, false),
        steps: Steps::Repeat,
        read: |r, _| pairs(&body(r)?, true, Names::Dots),
    },
    Role {
        name: "multipart",
        make: |c, v| c.part(v),
        // A name with a triplet of what is escaped reads as that; browsers do the same. An empty one is the argument's.
        holds: |v| exploded(v) && v.all(&|k| !k.is_empty() && !k.contains('%') && !control(k), &any),
        steps: Steps::Repeat,
        read: |r, v| {
            let bytes = r.body().bytes().ok_or("the body is not in memory")?;
            let content_type = r.headers()["content-type"].to_str().map_err(|e| e.to_string())?;
            let text = |(name, content): (String, Vec<u8>)| {
                Ok((vec![name], String::from_utf8(content).map_err(|e| e.to_string())?))
            };
            let all = parts(content_type, bytes)?.into_iter().map(text).collect::<Result<_, String>>()?;
            if v.is_map() { Ok(all) } else { below(all, "v") }
        },
    },
    Role {
        name: "cookie",
        make: |c, v| c.cookie(v),
        holds: |v| exploded(v) && v.all(&is_token, &is_cookie),
        steps: Steps::Repeat,
        read: |r, v| {
            let line = lines(r, "cookie")?.concat();
            let pair = |pair: &str| {
                let (name, value) = pair.split_once('=').ok_or("a cookie has no value")?;
                Ok((vec![name.to_owned()], value.to_owned()))
            };
            let all = line.split("; ").map(pair).collect::<Result<Vec<_>, String>>()?;
            if v.is_map() { Ok(all) } else { below(all, "v") }
        },
    },
    Role {
        name: "header",
        make: |c, v| c.header(v),
        holds: |v| (v.is_text() || v.is_list_of_texts()) && v.all(&any, &is_field),
        steps: Steps::Repeat,
        read: |r, _| Ok(lines(r, "x-v")?.into_iter().map(|line| (Vec::new(), line)).collect()),
    },
    Role {
        name: "headers",
        make: |c, v| c.headers(v),
        holds: |v| v.is_map() && exploded(v) && v.all(&header_name, &is_field) && distinct(v),
        steps: Steps::Repeat,
        read: |r, v| {
            let Plain::Map(entries) = v else { return Err("no map".into()) };
            let each = |(name, _): &(String, Plain)| {
                Ok(lines(r, name)?.into_iter().map(|line| (vec![name.clone()], line)).collect())
            };
            Ok(entries.iter().map(each).collect::<Result<Vec<Vec<_>>, String>>()?.concat())
        },
    },
    Role {
        name: "{v}",
        make: |c, v| c.simple(v),
        holds: |v| v.is_flat() && one_segment(v),
        steps: Steps::Repeat,
        read: |r, v| row(between(r, "/p/")?, ",", false, v.is_map()),
    },
    Role {
        name: "{v*}",
        make: |c, v| c.simple_exploded(v),
        holds: |v| v.is_flat() && one_segment(v),
        steps: Steps::Repeat,
        read: |r, v| read_members(between(r, "/p/")?, ',', v),
    },
    Role {
        name: "{.v}",
        make: |c, v| c.label(v),
        holds: Plain::is_flat,
        steps: Steps::Repeat,
        read: |r, v| row(after(between(r, "/p/x")?, ".")?, ",", false, v.is_map()),
    },
    Role {
        name: "{.v*}",
        make: |c, v| c.label_exploded(v),
        // A dot is unreserved, and separates.
        holds: |v| without(v, '.'),
        steps: Steps::Repeat,
        read: |r, v| read_members(after(between(r, "/p/x")?, ".")?, '.', v),
    },
    Role {
        name: "{;v}",
        make: |c, v| c.matrix(v),
        holds: Plain::is_flat,
        steps: Steps::Repeat,
        read: |r, v| match after(between(r, "/p/x")?, ";v")? {
            "" => Ok(vec![(Vec::new(), String::new())]),
            rest => row(after(rest, "=")?, ",", false, v.is_map()),
        },
    },
    Role {
        name: "{;v*}",
        make: |c, v| c.matrix_exploded(v),
        holds: Plain::is_flat,
        steps: Steps::Repeat,
        read: |r, v| {
            let text = after(between(r, "/p/x")?, ";")?;
            if v.is_map() {
                return read_members(text, ';', v);
            }
            let value = |item: &str| {
                let value = after(item, "v")?;
                Ok((Vec::new(), decoded(value.strip_prefix('=').unwrap_or(value), false)?))
            };
            text.split(';').map(value).collect()
        },
    },
    Role {
        name: "{/v}",
        make: |c, v| c.segment(v),
        holds: |v| v.is_flat() && v.all(&|k| !k.is_empty(), &no_dots),
        steps: Steps::Repeat,
        read: |r, v| row(after(between(r, "/p")?, "/")?, ",", false, v.is_map()),
    },
    Role {
        name: "{/v*}",
        make: |c, v| c.segment_exploded(v),
        holds: |v| v.is_flat() && v.all(&any, &no_dots),
        steps: Steps::Repeat,
        read: |r, v| read_members(after(between(r, "/p")?, "/")?, '/', v),
    },
];

fn control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

fn one_segment(v: &Plain) -> bool {
    match v {
        Plain::List(items) if items.len() > 1 => true,
        Plain::Map(_) => true,
        other => other.all(&any, &no_dots),
    }
}

/// A name that is nobody else's.
fn header_name(name: &str) -> bool {
    is_token(name) && !RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved))
}

const RESERVED: [&str; 9] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "keep-alive",
    "proxy-connection",
];

/// Names of headers have no case: the later of two replaces the other.
fn distinct(v: &Plain) -> bool {
    let Plain::Map(entries) = v else { return false };
    let mut names: Vec<_> = entries.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort();
    names.windows(2).all(|pair| pair[0] != pair[1])
}

/// Styles that write what cannot be read back without knowing more.
fn is_ambiguous(role: &Role, v: &Plain) -> bool {
    match role.name {
        "multipart" => !v.all(&|k| !k.is_empty() && !k.contains('%'), &any),
        "headers" => !distinct(v),
        "{.v*}" => !without(v, '.'),
        _ => false,
    }
}

/// Sends a value in a role and reads it back. Whether there was something to be read.
///
/// # Errors
///
/// What was refused though the role holds it, or read back as something else.
pub fn check(client: &RolesClient, role: &Role, value: &Tree) -> Result<bool, String> {
    let plain = Plain::from(value);
    let flaw = |what: String| Err::<bool, _>(format!("{}: {what}: {plain:?}", role.name));
    let request = match (role.make)(client, value).into_request() {
        Ok(request) => request,
        Err(e) if (role.holds)(&plain) && !e.to_string().contains("bytes long") => {
            return flaw(format!("refused: {e}"));
        }
        Err(e) => return refusal(&e).map(|()| false).or_else(flaw),
    };
    frame(&request).map(|()| true).or_else(flaw)?;
    let expected = plain.leaves(role.steps);
    if expected.is_empty() || is_ambiguous(role, &plain) {
        return Ok(false);
    }
    match (role.read)(&request, &plain) {
        Ok(found) if found == expected => Ok(true),
        Ok(found) => flaw(format!("read back as {found:?} from {}", request.url())),
        Err(e) => flaw(format!("{e} in {}", request.url())),
    }
}

/// What every refusal is.
fn refusal(e: &Error) -> Result<(), String> {
    let said = e.to_string();
    match e.kind() == ErrorKind::Argument && e.attempts() == 0 && !said.contains(['\r', '\n', '\0']) {
        true => Ok(()),
        false => Err(format!("an odd error: {said:?}")),
    }
}

/// What every request is: to the declared origin, below the prefix, without anything that could begin something else.
fn frame(request: &Prepared) -> Result<(), String> {
    let url = request.url();
    let text = url.to_string();
    let path = url.path();
    let ok = url.scheme_str() == Some("http")
        && url.authority().is_some_and(|a| a == "api.test")
        && (path == "/base/v1" || path.starts_with("/base/v1/"))
        && !path.split('/').any(is_dots)
        && text.bytes().all(|b| b.is_ascii_graphic() && !b"#\\\"<>^`{|}".contains(&b));
    let framing = RESERVED.iter().any(|name| request.headers().contains_key(*name));
    match ok && !framing {
        true => Ok(()),
        false => Err(format!("the request is not as declared: {text}")),
    }
}

/// The arguments of a method that has most roles.
#[derive(Debug, Clone, Default)]
pub struct Mixed {
    pub path: String,
    pub rest: String,
    pub query: String,
    pub list: Vec<String>,
    pub header: String,
    pub cookie: String,
    pub fields: [String; 2],
}

/// Sends arguments beside each other: a clean error for a reason, or each of them decodes to itself.
///
/// # Errors
///
/// Which of them does not.
pub fn check_mixed(client: &RolesClient, m: &Mixed) -> Result<(), String> {
    let list: Vec<_> = m.list.iter().map(String::as_str).collect();
    let call =
        client.mixed(&m.path, &m.rest, &m.query, &list, &m.header, &m.cookie, &m.fields[0], &m.fields[1]);
    let fits = no_dots(&m.path)
        && !m.rest.is_empty()
        && !m.rest.contains(['?', '#'])
        && !slashes(&m.rest).split('/').any(is_dots)
        && is_field(&m.header)
        && is_cookie(&m.cookie);
    let request = match call.into_request() {
        Ok(request) if fits => request,
        Ok(request) => return Err(format!("{} is sent, and ought to be refused: {m:?}", request.url())),
        Err(e) if fits && !e.to_string().contains("bytes long") => {
            return Err(format!("refused: {e}: {m:?}"));
        }
        Err(e) => return refusal(&e),
    };
    frame(&request)?;
    let differs = |what: &str| Err(format!("{what} differs in {}: {m:?}", request.url()));
    let path = request.url().path();
    let inner = path.strip_prefix("/base/v1/mixed/").and_then(|p| p.strip_suffix("/end"));
    let Some((segment, rest)) = inner.and_then(|inner| inner.split_once("/x/")) else {
        return differs("the path");
    };
    if decoded(segment, false).as_ref() != Ok(&m.path) {
        return differs("a segment");
    }
    // Triplets pass as they are.
    if lenient(rest) != lenient(&m.rest) {
        return differs("the rest");
    }
    let mut expected = vec![(vec!["c".to_owned()], "1".to_owned()), (vec!["q".to_owned()], m.query.clone())];
    let item = |(i, item): (usize, &String)| (vec!["the list".to_owned(), i.to_string()], item.clone());
    expected.extend(m.list.iter().enumerate().map(item));
    if pairs(query(&request), false, Names::Brackets)? != expected {
        return differs("the query");
    }
    if lines(&request, "x-h")? != [m.header.as_str()] {
        return differs("the header");
    }
    if lines(&request, "cookie")? != [format!("c={}", m.cookie)] {
        return differs("the cookie");
    }
    let fields =
        [("f", &m.fields[0]), ("g", &m.fields[1])].map(|(name, text)| (vec![name.to_owned()], text.clone()));
    if pairs(&body(&request)?, true, Names::Whole)? != fields {
        return differs("the body");
    }
    Ok(())
}

/// Follows a link: an origin that is allowed, and below the prefix on the base URL's.
///
/// # Errors
///
/// Where it leads instead.
pub fn check_link(client: &RolesClient, link: &str) -> Result<(), String> {
    let request = match client.link(link, "a&b").into_request() {
        Ok(request) => request,
        Err(e) => return refusal(&e),
    };
    let url = request.url();
    let text = url.to_string();
    let path = url.path();
    let ok = match url.authority().map(|a| a.as_str()) {
        Some("api.test") => path == "/base/v1" || path.starts_with("/base/v1/"),
        Some("files.test:8080") => path.starts_with('/') && !path.starts_with("//"),
        _ => false,
    };
    let ok = ok
        && url.scheme_str() == Some("http")
        && !path.split('/').any(is_dots)
        && text.bytes().all(|b| b.is_ascii_graphic() && !b"#\\\"<>^`{|}".contains(&b))
        && url.query().is_some_and(|q| q == "q=a%26b" || q.ends_with("&q=a%26b") || q.ends_with("?q=a%26b"));
    if ok { Ok(()) } else { Err(format!("{link:?} leads to {text}")) }
}
