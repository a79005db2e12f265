//! Hostile values in every role, cases 71 to 76 and 86: sent as data, byte for byte on a loopback socket, or refused
//! before anything is sent; nothing else of the request moves.

use apiclient::{
    Error, ErrorKind, Part,
    prelude::*,
    testing::{SeededRandom, Stub},
    transport::{Reqwest, Transport},
};
use apiclient_tests::{Fault, FaultServer, Request};
use std::{collections::BTreeMap, sync::Arc};

type Map<'a> = BTreeMap<&'a str, &'a str>;

fn map<'a>(key: &'a str, value: &'a str) -> Map<'a> {
    BTreeMap::from([(key, value)])
}

fn same(text: &str) -> &str {
    text
}

/// One method per role; each has neighbours that must not move.
#[api_client(base_path = "/base/v1", allow_origins = ["http://files.test:8080"])]
#[header("X-Tenant", "{tenant}")]
#[header("X-Kind", "trait")]
#[query("api", "7")]
trait Roles {
    #[get("/p/{g}/{v}/end?c=1")]
    fn path(&self, g: &str, v: &str, #[query] q: &str, #[header("X-G")] h: &str) -> Call<()>;
    #[get("/p/{v}")]
    fn displayed(&self, #[param(display)] v: &str) -> Call<()>;
    #[get("/p/{v}.json")]
    fn named(&self, #[param(with = |v: &&str| same(v).to_owned())] v: &str) -> Call<()>;
    #[get("/p/{v}/end")]
    fn list(&self, v: &[&str]) -> Call<()>;
    #[get("/p/{+v}/end?c=1")]
    fn reserved(&self, v: &str) -> Call<()>;
    #[get("/p/{+v}")]
    fn rest(&self, v: &str, #[query] q: &str) -> Call<()>;
    #[get("/p{/v*}/end")]
    fn segments(&self, v: &[&str]) -> Call<()>;
    #[get("/p/x{.v}/end")]
    fn label(&self, v: &str) -> Call<()>;
    #[get("/p/x{;v}/end")]
    fn matrix(&self, v: &str) -> Call<()>;
    #[get("/p/x{;v*}/end")]
    fn matrix_map(&self, v: &Map<'_>) -> Call<()>;
    #[get("/p{/v*}")]
    fn segment_map(&self, v: &Map<'_>) -> Call<()>;
    #[get("/p/{+v*}/end")]
    fn reserved_map(&self, v: &Map<'_>) -> Call<()>;

    #[get("/q{?a,v,b}")]
    fn template_query(&self, a: &str, v: &str, b: &str) -> Call<()>;
    #[get("/q?x=1{&v*}")]
    fn continued(&self, v: &[&str]) -> Call<()>;
    #[get("/q?x={v}&y=1")]
    fn after(&self, v: &str) -> Call<()>;
    #[get("/q?x={+v}&y=1")]
    fn reserved_after(&self, v: &str) -> Call<()>;
    #[get("/q")]
    #[query("c", "a {v} b")]
    fn composed(&self, v: &str, #[query] q: &str) -> Call<()>;
    #[get("/q")]
    #[query("t", "{tenant}")]
    fn held(&self, #[query] q: &str) -> Call<()>;
    #[get("/q")]
    fn query(&self, #[query] a: &str, #[query("the name")] v: &str, #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn form_list(&self, #[query] v: &[&str], #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn form_map(&self, #[query] v: &Map<'_>, #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn joined(&self, #[query(explode = false)] v: &[&str], #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn joined_map(&self, #[query(explode = false)] v: &Map<'_>, #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn space(&self, #[query(style = space)] v: &[&str], #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn space_map(&self, #[query(style = space)] v: &Map<'_>, #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn pipe(&self, #[query(style = pipe)] v: &[&str], #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn pipe_map(&self, #[query(style = pipe)] v: &Map<'_>, #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn deep_object(&self, #[query(style = deep_object)] v: &Map<'_>, #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn brackets(
        &self,
        #[query(style = brackets)] v: &BTreeMap<&str, Vec<&str>>,
        #[query] b: &str,
    ) -> Call<()>;
    #[get("/q")]
    fn indexed(&self, #[query(style = indexed)] v: &BTreeMap<&str, Vec<&str>>, #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn dots(&self, #[query(style = dots)] v: &Map<'_>, #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn top(&self, #[query("", style = indexed)] v: &Map<'_>, #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn encoded(&self, #[query(encoded)] v: &str, #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn encoded_map(&self, #[query(encoded)] v: &Map<'_>, #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn flag(&self, #[query(flag)] v: &str, #[query] b: &str) -> Call<()>;
    #[get("/q")]
    fn flags(&self, #[query(flag)] v: &BTreeMap<&str, bool>, #[query] b: &str) -> Call<()>;

    #[post("/f")]
    fn field(&self, #[field] a: &str, #[field] v: &str, #[field] b: &str) -> Call<()>;
    #[post("/f")]
    fn field_map(&self, #[field] v: &Map<'_>, #[field] b: &str) -> Call<()>;
    #[post("/f")]
    fn field_joined(&self, #[field(explode = false)] v: &[&str], #[field] b: &str) -> Call<()>;
    #[post("/f")]
    fn field_space(&self, #[field(style = space)] v: &[&str], #[field] b: &str) -> Call<()>;
    #[post("/f")]
    fn field_brackets(&self, #[field(style = brackets)] v: &Map<'_>, #[field] b: &str) -> Call<()>;
    #[post("/f")]
    fn field_encoded(&self, #[field(encoded)] v: &str, #[field] b: &str) -> Call<()>;
    #[post("/f")]
    fn field_encoded_map(&self, #[field(encoded)] v: &Map<'_>, #[field] b: &str) -> Call<()>;
    #[post("/f")]
    fn form(&self, #[body(form)] v: &Map<'_>) -> Call<()>;
    #[post("/f")]
    fn text(&self, #[body(text)] v: &str) -> Call<()>;

    #[get("/h")]
    fn header(
        &self,
        #[header("X-A")] a: &str,
        #[header("X-V")] v: &str,
        #[header("X-Z")] b: &str,
    ) -> Call<()>;
    #[get("/h")]
    fn header_list(&self, #[header("X-V")] v: &[&str]) -> Call<()>;
    #[get("/h")]
    #[header("X-V", "a {v} b")]
    fn composed_header(&self, v: &str) -> Call<()>;
    #[get("/h")]
    fn headers(&self, #[headers] v: &Map<'_>, #[header("X-Z")] b: &str) -> Call<()>;
    #[get("/h")]
    fn cookie(&self, #[cookie] a: &str, #[cookie] v: &str, #[cookie] b: &str) -> Call<()>;
    #[get("/h")]
    fn cookie_list(&self, #[cookie] v: &[&str], #[cookie] b: &str) -> Call<()>;
    #[get("/h")]
    fn cookie_map(&self, #[cookie] v: &Map<'_>, #[cookie] b: &str) -> Call<()>;

    #[post("/m")]
    fn part(&self, #[part] a: &str, #[part] v: &str, #[part] b: &str) -> Call<()>;
    #[post("/m")]
    fn part_map(&self, #[part] v: &Map<'_>, #[part] b: &str) -> Call<()>;
    #[post("/m")]
    fn whole_part(&self, #[part] v: Part, #[part] b: &str) -> Call<()>;
    #[post("/m")]
    fn part_and_headers(&self, #[part] v: &str, #[headers] more: &Map<'_>) -> Call<()>;

    #[get]
    fn link(&self, #[url] v: &str, #[query] b: &str, #[header("X-Z")] h: &str) -> Call<()>;
    #[get("http://files.test:8080/files/{v}")]
    fn elsewhere(&self, v: &str) -> Call<()>;
}

/// What stands for a value while the rest of a request is looked at.
const MARK: &str = "mArK";
/// Part of a value that no message may hold.
const SECRET: &str = "s3cret";

/// Cases 71, 72, 73, 76 and 86, and what has broken other clients.
const VALUES: [&str; 92] = [
    "",
    ".",
    "..",
    "%2e%2e",
    "%2e",
    ".%2E",
    "%2E.",
    "a/../b",
    "a/./b",
    "../x",
    "..%2f",
    "..%2F..%2Fadmin",
    "..\\",
    "..\\..\\x",
    "%5c..",
    "%252e%252e",
    "..;/admin",
    "..;",
    "/..",
    "/.",
    "\0",
    "a\0b",
    "\t",
    "a\tb",
    "//evil.test",
    "//evil.test/x",
    "///evil",
    "\\\\evil.test\\x",
    "/\\evil.test",
    "@evil.test",
    "user:pw@evil.test",
    ":80@evil.test",
    "?x",
    "?admin=1",
    "#x",
    ";jsessionid",
    ";jsessionid=1",
    "%",
    "%2",
    "%zz",
    "100%",
    "%%32%65",
    "%00",
    "%0d%0aX-Evil: 1",
    "%ud800",
    "\u{202e}abc",
    "\u{5d0}\u{5d1}",
    "\u{1f980}",
    "\u{1f468}\u{200d}\u{1f469}",
    "a..b",
    "...",
    "foo+bar",
    "+",
    "&admin=1",
    "&",
    "=",
    "a=b",
    "a&b=c",
    "\n",
    "\r",
    "\r\n",
    "a\r\nX-Evil: 1",
    "a\nb",
    "a\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
    " ",
    " lead",
    "trail ",
    "a b",
    "\u{e9}",
    "\u{fc}\u{df}",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{ff0e}\u{ff0e}",
    "a,b",
    "a;b",
    "a|b",
    "a[b]",
    "a]=1&admin[x",
    "a.b",
    "'",
    "\"",
    "\"; filename=\"evil",
    "<script>",
    "`{}^",
    "{v}",
    "http://evil.test/x",
    "https:evil.test",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "--B\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1",
];

/// How a value stands on the wire.
#[derive(Debug, Clone, Copy)]
enum Wire {
    /// Percent-encoded to unreserved characters.
    Percent,
    /// The same with `+` for a space and `*`.
    Form,
    /// Reserved characters and triplets pass, but for these.
    Reserved(&'static str),
    /// As it is.
    Raw,
    /// As it is, in lower case: the name of a header.
    Lower,
    /// Within the quotes of a `Content-Disposition`.
    Quoted,
}

type Make = fn(&RolesClient, &str) -> Call<()>;
type Accepts = fn(&str) -> bool;

struct Role {
    name: &'static str,
    wire: Wire,
    accepts: Accepts,
    make: Make,
}

fn role(name: &'static str, wire: Wire, accepts: Accepts, make: Make) -> Role {
    Role { name, wire, accepts, make }
}

fn any(_: &str) -> bool {
    true
}

fn segment(v: &str) -> bool {
    !matches!(v, "" | "." | "..")
}

fn no_dots(v: &str) -> bool {
    // What some servers take for a slash, and what they cut off before they look.
    let v = v.to_ascii_lowercase().replace("%2f", "/").replace("%5c", "/").replace('\\', "/");
    let dots =
        |s: &str| matches!(s.split(';').next().unwrap_or_default().replace("%2e", ".").as_str(), "." | "..");
    !v.is_empty() && !v.contains(['?', '#']) && !v.split('/').any(dots)
}

fn not_and(v: &str) -> bool {
    !v.contains(['&', '#'])
}

fn bracket_key(v: &str) -> bool {
    !v.is_empty() && !v.contains(['[', ']'])
}

fn field_value(v: &str) -> bool {
    v.bytes().all(|b| b == b'\t' || (b' '..=b'~').contains(&b)) && v.trim_ascii().len() == v.len()
}

fn inner_value(v: &str) -> bool {
    v.bytes().all(|b| b == b'\t' || (b' '..=b'~').contains(&b))
}

fn token(v: &str) -> bool {
    !v.is_empty() && v.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn cookie_value(v: &str) -> bool {
    v.bytes().all(|b| b.is_ascii_graphic() && !b"\",;\\".contains(&b))
}

fn file_name(v: &str) -> bool {
    !v.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n'))
}

/// A client whose every value is given, with the same random numbers each time.
fn client(transport: &Arc<dyn Transport>, url: &str, tenant: &str) -> Result<RolesClient, Error> {
    RolesClient::builder()
        .base_url(url)
        .value("tenant", tenant)
        .header("Authorization", "Bearer builder")
        .random(SeededRandom::new(7))
        .shared_transport(transport.clone())
        .build()
}

/// What arrived, but for what its body's length and its boundary say.
fn seen((head, body): &Request) -> String {
    let head = head.split("content-length: ");
    let mut text: String = head
        .enumerate()
        .map(|(i, part)| if i == 0 { part } else { part.trim_start_matches(|c: char| c.is_ascii_digit()) })
        .collect();
    text.push_str(std::str::from_utf8(body).expect("each body here is text"));
    match text.split_once("boundary=").map(|(_, rest)| rest[..32].to_owned()) {
        Some(boundary) => text.replace(&boundary, "BOUNDARY"),
        None => text,
    }
}

fn hex(pair: &[u8]) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(*pair.first()?)? * 16 + digit(*pair.get(1)?)?)
}

/// Every triplet decoded; what is none stays.
fn percent_decoded(text: &str) -> Vec<u8> {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let decoded = (bytes[at] == b'%').then(|| hex(&bytes[at + 1..])).flatten();
        out.push(decoded.unwrap_or(bytes[at]));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    out
}

/// Whether `sent` is `value` as this wire has it, and holds nothing that could be something else.
fn check(wire: Wire, sent: &str, value: &str) -> Result<(), String> {
    let only = |allowed: &str| {
        let ok = |c: char| c.is_ascii_alphanumeric() || allowed.contains(c);
        sent.chars().find(|c| !ok(*c)).map_or(Ok(()), |c| Err(format!("{c:?} is sent as it is")))
    };
    let decoded = match wire {
        Wire::Percent => only("-._~%").map(|()| percent_decoded(sent))?,
        Wire::Form => only("-._*+%").map(|()| percent_decoded(&sent.replace('+', " ")))?,
        Wire::Reserved(not) => {
            only("-._~%:/?#[]@!$&'()*+,;=")?;
            if let Some(c) = sent.chars().find(|c| not.contains(*c)) {
                return Err(format!("{c:?} is sent as it is"));
            }
            // Triplets pass as they are.
            return match percent_decoded(sent) == percent_decoded(value) {
                true => Ok(()),
                false => Err(format!("{sent:?} is something else")),
            };
        }
        Wire::Raw => sent.into(),
        Wire::Lower => match sent == value.to_ascii_lowercase() {
            true => value.into(),
            false => sent.into(),
        },
        Wire::Quoted => {
            let quoted =
                value.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A").replace('\\', "%5C");
            match sent == quoted {
                true => value.into(),
                false => sent.into(),
            }
        }
    };
    match decoded == value.as_bytes() {
        true => Ok(()),
        false => Err(format!("{sent:?} is something else")),
    }
}

/// The name of an argument is one thing, its value another.
fn check_refusal(e: &Error, value: &str) -> Result<(), String> {
    let (said, shown) = (e.to_string(), format!("{e:?}"));
    match () {
        () if e.kind() != ErrorKind::Argument => Err(format!("is of kind {:?}: {said}", e.kind())),
        () if e.attempts() != 0 => Err(format!("was sent: {said}")),
        () if said.contains(['\r', '\n', '\0']) => Err(format!("breaks the line: {said:?}")),
        () if value.contains(SECRET) && (said.contains(SECRET) || shown.contains(SECRET)) => {
            Err(format!("is echoed: {said}"))
        }
        () => Ok(()),
    }
}

/// Sends each value in each role to a loopback server and compares with what a harmless value sends.
async fn run(roles: &[Role], values: &[String]) {
    let server = FaultServer::start(Fault::answer("204 No Content", b"")).await;
    let transport: Arc<dyn Transport> = Arc::new(Reqwest::from(apiclient::reqwest::Client::new()));
    let api = client(&transport, &server.url, "acme").unwrap();
    let mut flaws = Vec::new();
    for role in roles {
        let before = server.requests().len();
        let call = |value: &str| (role.make)(&api, value);
        call(MARK).await.unwrap_or_else(|e| panic!("{}: {e}", role.name));
        let mut sent = Vec::new();
        for value in values {
            match (call(value).await, (role.accepts)(value)) {
                (Ok(()), true) => sent.push(value),
                (Ok(()), false) => {
                    flaws.push(format!("{}: {value:?} is sent, and ought to be refused", role.name));
                    sent.push(value);
                }
                (Err(e), false) => {
                    flaws.extend(
                        check_refusal(&e, value).err().map(|e| format!("{}: {value:?} {e}", role.name)),
                    );
                }
                (Err(e), true) => flaws.push(format!("{}: {value:?} is refused: {e}", role.name)),
            }
        }
        let arrived: Vec<_> = server.requests()[before..].iter().map(seen).collect();
        assert_eq!(arrived.len(), sent.len() + 1, "{}: as many requests as calls", role.name);
        let mark = if matches!(role.wire, Wire::Lower) { MARK.to_ascii_lowercase() } else { MARK.to_owned() };
        let (head, tail) = arrived[0].split_once(&mark).expect("a value is somewhere");
        for (text, value) in arrived[1..].iter().zip(&sent) {
            let between = text.strip_prefix(head).and_then(|text| text.strip_suffix(tail));
            let found = between.ok_or_else(|| format!("moves the rest: {text:?}"));
            let flaw = found.and_then(|sent| check(role.wire, sent, value)).err();
            flaws.extend(flaw.map(|e| format!("{}: {value:?}: {e}", role.name)));
        }
    }
    assert!(flaws.is_empty(), "{} flaws\n{}", flaws.len(), flaws.join("\n"));
}

/// Each value alone, and beside something that would be seen in an error.
fn all() -> Vec<String> {
    VALUES.iter().flat_map(|v| [(*v).to_owned(), format!("{v}{SECRET}"), format!("{SECRET}{v}")]).collect()
}

/// All but the empty one, with which less than a value is left out.
fn all_but_empty() -> Vec<String> {
    all().into_iter().filter(|v| !v.is_empty()).collect()
}

/// Each value alone, where refusals show them.
fn shown() -> Vec<String> {
    VALUES.map(str::to_owned).to_vec()
}

const PERCENT: Wire = Wire::Percent;

#[tokio::test]
async fn case_71_path_values_stay_one_segment_of_the_path() {
    run(
        &[
            role("path", PERCENT, segment, |c, v| c.path("g/g", v, "q&q", "h")),
            role("display", PERCENT, segment, |c, v| c.displayed(v)),
            role("with", PERCENT, |v| !v.is_empty(), |c, v| c.named(v)),
            role("list", PERCENT, any, |c, v| c.list(&["a", v, "b"])),
            role("list of one", PERCENT, segment, |c, v| c.list(&[v])),
            role("segments", PERCENT, segment, |c, v| c.segments(&["a", v, "b"])),
            role("segment map", PERCENT, |v| !v.is_empty(), |c, v| c.segment_map(&map("k", v))),
            role("segment map's key", PERCENT, any, |c, v| c.segment_map(&map(v, "x"))),
            role("label", PERCENT, any, |c, v| c.label(v)),
            role("matrix map's key", PERCENT, any, |c, v| c.matrix_map(&map(v, "x"))),
        ],
        &all(),
    )
    .await;
    // `;v` for an empty value, not `;v=`.
    run(
        &[
            role("matrix", PERCENT, any, |c, v| c.matrix(v)),
            role("matrix map", PERCENT, any, |c, v| c.matrix_map(&map("k", v))),
        ],
        &all_but_empty(),
    )
    .await;
}

#[tokio::test]
async fn case_71_a_reserved_value_stays_below_what_stands_before_it() {
    let path = Wire::Reserved("?#");
    run(
        &[
            role("{+v} in the middle", path, no_dots, |c, v| c.reserved(v)),
            role("{+v} at the end", path, no_dots, |c, v| c.rest(v, "q&q")),
            role(
                "{+v*} of a map",
                path,
                |v| !v.contains(['?', '#']) && (v.is_empty() || no_dots(&format!("k={v}"))),
                |c, v| c.reserved_map(&map("k", v)),
            ),
        ],
        &all(),
    )
    .await;
}

#[tokio::test]
async fn case_71_the_key_of_a_reserved_map_is_a_value_too() {
    let accepts = |v: &str| !v.contains(['?', '#']) && no_dots(&format!("{v}=x"));
    run(&[role("{+v*}'s key", Wire::Reserved("?#"), accepts, |c, v| c.reserved_map(&map(v, "x")))], &all())
        .await;
}

#[tokio::test]
async fn case_71_a_reserved_value_has_no_dots_beside_an_encoded_slash() {
    let stub = Stub::json("null");
    let transport: Arc<dyn Transport> = Arc::new(stub.clone());
    let api = client(&transport, "http://stub.test", "acme").unwrap();
    for value in
        ["..%2f", "..%2F..%2Fadmin", "a%2f..", "..\\", "..\\..\\x", "%5c..", "..;/admin", "..;", "%2e%2e;x/y"]
    {
        for call in [api.rest(value, "q"), api.link(value, "b", "h")] {
            assert_eq!(call.await.map_err(|e| e.kind()), Err(ErrorKind::Argument), "{value}");
        }
    }
    assert_eq!(stub.requests().len(), 0);
}

#[tokio::test]
async fn case_71_a_megabyte_is_refused_where_it_makes_a_target() {
    let long = "x".repeat(1 << 20);
    let stub = Arc::new(Stub::json("null"));
    let transport: Arc<dyn Transport> = stub.clone();
    let api = client(&transport, "http://stub.test", "acme").unwrap();
    let l = long.as_str();
    for call in [
        api.path("g", l, "q", "h"),
        api.rest(l, "q"),
        api.segments(&[l]),
        api.label(l),
        api.matrix(l),
        api.query("a", l, "b"),
        api.flag(l, "b"),
        api.encoded(l, "b"),
        api.link(l, "b", "h"),
    ] {
        let e = call.await.unwrap_err();
        assert_eq!((e.kind(), e.attempts()), (ErrorKind::Argument, 0));
        assert!(e.to_string().contains("bytes long") && e.to_string().len() < 500, "{}", e.to_string().len());
    }
    assert_eq!(stub.requests().len(), 0);
    for call in [api.text(l), api.field("a", l, "b"), api.part("a", l, "b"), api.header("a", l, "b")] {
        call.await.unwrap();
    }
}

#[tokio::test]
async fn case_72_query_values_come_back_as_they_were() {
    let key_of_dots = |v: &str| !v.is_empty() && !v.contains('.');
    run(
        &[
            role("{?v}", PERCENT, any, |c, v| c.template_query("a&", v, "b=")),
            role("{&v*}", PERCENT, any, |c, v| c.continued(&["a", v])),
            role("?x={v}", PERCENT, any, |c, v| c.after(v)),
            role("?x={+v}", Wire::Reserved("&#"), not_and, |c, v| c.reserved_after(v)),
            role("constant with an argument", PERCENT, any, |c, v| c.composed(v, "q&q")),
            role("query", PERCENT, any, |c, v| c.query("a&", v, "b=")),
            role("form list", PERCENT, any, |c, v| c.form_list(&["a", v], "b")),
            role("form map", PERCENT, any, |c, v| c.form_map(&map("k", v), "b")),
            role("form map's key", PERCENT, any, |c, v| c.form_map(&map(v, "x"), "b")),
            role("joined list", PERCENT, any, |c, v| c.joined(&["a", v, "c"], "b")),
            role("joined map", PERCENT, any, |c, v| c.joined_map(&map("k", v), "b")),
            role("joined map's key", PERCENT, any, |c, v| c.joined_map(&map(v, "x"), "b")),
            role("space", PERCENT, |v| !v.contains(' '), |c, v| c.space(&["a", v], "b")),
            role("pipe", PERCENT, |v| !v.contains('|'), |c, v| c.pipe(&["a", v], "b")),
            role("deep object", PERCENT, any, |c, v| c.deep_object(&map("k", v), "b")),
            role("deep object's key", PERCENT, bracket_key, |c, v| c.deep_object(&map(v, "x"), "b")),
            role("brackets", PERCENT, any, |c, v| c.brackets(&BTreeMap::from([("k", vec!["a", v])]), "b")),
            role("brackets' key", PERCENT, bracket_key, |c, v| {
                c.brackets(&BTreeMap::from([(v, vec!["x"])]), "b")
            }),
            role("indexed", PERCENT, any, |c, v| c.indexed(&BTreeMap::from([("k", vec!["a", v])]), "b")),
            role("indexed key", PERCENT, bracket_key, |c, v| {
                c.indexed(&BTreeMap::from([(v, vec!["x"])]), "b")
            }),
            role("dots", PERCENT, any, |c, v| c.dots(&map("k", v), "b")),
            role("dots' key", PERCENT, key_of_dots, |c, v| c.dots(&map(v, "x"), "b")),
            role("top-level key", PERCENT, bracket_key, |c, v| c.top(&map(v, "x"), "b")),
            role("encoded", Wire::Reserved("&#"), not_and, |c, v| c.encoded(v, "b")),
            role("encoded map", Wire::Reserved("&#"), not_and, |c, v| c.encoded_map(&map("k", v), "b")),
            role("flag", PERCENT, |v| !v.is_empty(), |c, v| c.flag(v, "b")),
            role(
                "flag's name",
                PERCENT,
                |v| !v.is_empty(),
                |c, v| c.flags(&BTreeMap::from([(v, true)]), "b"),
            ),
            role("of the call", PERCENT, any, |c, v| c.query("a", "v", "b").query("more", v)),
            role(
                "name of the call",
                PERCENT,
                |v| !v.is_empty(),
                |c, v| c.query("a", "v", "b").query(v, "more"),
            ),
        ],
        &all(),
    )
    .await;
}

#[tokio::test]
async fn case_72_the_key_of_an_encoded_map_is_a_value_too() {
    run(
        &[
            role("encoded map's key", Wire::Reserved("&#"), not_and, |c, v| c.encoded_map(&map(v, "x"), "b")),
            role("encoded field's key", Wire::Reserved("&#"), not_and, |c, v| {
                c.field_encoded_map(&map(v, "x"), "b")
            }),
        ],
        &all(),
    )
    .await;
}

#[tokio::test]
async fn case_72_a_key_does_not_hold_what_separates_it() {
    run(
        &[
            role("space map's key", PERCENT, |v| !v.contains(' '), |c, v| c.space_map(&map(v, "x"), "b")),
            role("pipe map's key", PERCENT, |v| !v.contains('|'), |c, v| c.pipe_map(&map(v, "x"), "b")),
        ],
        &all(),
    )
    .await;
}

#[tokio::test]
async fn case_72_fields_and_bodies_come_back_as_they_were() {
    run(
        &[
            role("field", Wire::Form, any, |c, v| c.field("a&", v, "b=")),
            role("field's map", Wire::Form, any, |c, v| c.field_map(&map("k", v), "b")),
            role("field's key", Wire::Form, any, |c, v| c.field_map(&map(v, "x"), "b")),
            role("joined field", Wire::Form, any, |c, v| c.field_joined(&["a", v], "b")),
            role("space field", Wire::Form, |v| !v.contains(' '), |c, v| c.field_space(&["a", v], "b")),
            role("brackets", Wire::Form, any, |c, v| c.field_brackets(&map("k", v), "b")),
            role("brackets' key", Wire::Form, bracket_key, |c, v| c.field_brackets(&map(v, "x"), "b")),
            role("encoded field", Wire::Reserved("&#"), not_and, |c, v| c.field_encoded(v, "b")),
            role("form", Wire::Form, any, |c, v| c.form(&map("k", v))),
            role("form's key", Wire::Form, any, |c, v| c.form(&map(v, "x"))),
        ],
        &all(),
    )
    .await;
    run(&[role("text", Wire::Raw, any, |c, v| c.text(v))], &all_but_empty()).await;
}

#[tokio::test]
async fn case_73_header_values_stay_one_line_of_their_own() {
    run(
        &[
            role("header", Wire::Raw, field_value, |c, v| c.header("a", v, "b")),
            role("list", Wire::Raw, field_value, |c, v| c.header_list(&["a", v, "b"])),
            role("composed", Wire::Raw, inner_value, |c, v| c.composed_header(v)),
            role("map", Wire::Raw, field_value, |c, v| c.headers(&map("X-K", v), "b")),
            role("of the call", Wire::Raw, field_value, |c, v| c.header("a", "v", "b").header("X-More", v)),
            role("cookie", Wire::Raw, cookie_value, |c, v| c.cookie("a", v, "b")),
            role("cookies", Wire::Raw, cookie_value, |c, v| c.cookie_list(&["a", v], "b")),
            role("cookie map", Wire::Raw, cookie_value, |c, v| c.cookie_map(&map("k", v), "b")),
        ],
        &all(),
    )
    .await;
}

const HEADER_NAMES: fn() -> [Role; 2] = || {
    [
        role("map", Wire::Lower, token, |c, v| c.headers(&map(v, "x"), "b")),
        role("of the call", Wire::Lower, token, |c, v| c.header("a", "v", "b").header(v, "x")),
    ]
};

#[tokio::test]
async fn case_73_header_names_are_tokens() {
    run(&HEADER_NAMES(), &shown()).await;
}

#[tokio::test]
async fn case_73_header_names_are_not_echoed() {
    // That of `Call::header` is the program's own.
    run(&HEADER_NAMES()[..1], &all()).await;
}

#[tokio::test]
async fn case_73_the_name_of_a_cookie_is_a_token() {
    run(&[role("cookie's name", Wire::Raw, token, |c, v| c.cookie_map(&map(v, "x"), "b"))], &all()).await;
}

#[test]
fn case_73_a_value_held_by_the_client_is_refused_at_build_or_sent_as_data() {
    let transport: Arc<dyn Transport> = Arc::new(Stub::json("null"));
    let url = "http://stub.test";
    for value in all() {
        let built = client(&transport, url, &value).and_then(|api| api.held("q&q").into_request());
        match (built, field_value(&value)) {
            (Ok(request), true) => {
                assert_eq!(request.headers()["x-tenant"], value.as_str());
                let query = request.url().query().unwrap();
                let sent =
                    query.strip_prefix("api=7&t=").and_then(|q| q.strip_suffix("&q=q%26q")).expect(query);
                assert_eq!(check(Wire::Percent, sent, &value), Ok(()));
            }
            (Err(e), false) => {
                let said = format!("{e} {e:?}");
                assert!(!said.contains(SECRET) && !said.contains(['\r', '\n', '\0']), "{said}");
            }
            (result, _) => panic!("{value:?}: {result:?}"),
        }
    }
}

#[tokio::test]
async fn case_74_what_frames_a_request_is_no_header_of_the_user() {
    let stub = Arc::new(Stub::json("null"));
    let transport: Arc<dyn Transport> = stub.clone();
    let api = client(&transport, "http://stub.test", "acme").unwrap();
    for name in [
        "Host",
        "host",
        "HOST",
        "Content-Length",
        "content-length",
        "Transfer-Encoding",
        "Connection",
        "Upgrade",
        "TE",
        "Trailer",
        "Keep-Alive",
        "Proxy-Connection",
    ] {
        for value in ["evil.test", "0", "chunked"] {
            let calls = [api.headers(&map(name, value), "b"), api.header("a", "v", "b").header(name, value)];
            for call in calls {
                let e = call.await.unwrap_err();
                assert_eq!((e.kind(), e.attempts()), (ErrorKind::Argument, 0), "{name}");
                assert!(e.to_string().contains("transport") && !e.to_string().contains("evil"), "{e}");
            }
            let e = RolesClient::builder()
                .base_url("http://stub.test")
                .value("tenant", "a")
                .header(name, value)
                .build()
                .unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Config);
            let e = api.whole_part(Part::text("x").header(name, value), "b").await.unwrap_err();
            assert_eq!((e.kind(), e.attempts()), (ErrorKind::Argument, 0), "{name}");
        }
    }
    assert_eq!(stub.requests().len(), 0);
    // As the guide says: call, argument, method, builder, trait; one line of a name.
    let lines = |call: Call<()>| -> Vec<String> {
        let request = call.into_request().unwrap();
        let all = request.headers().get_all("authorization").iter();
        all.map(|v| v.to_str().unwrap().to_owned()).collect()
    };
    assert_eq!(lines(api.header("a", "v", "b")), ["Bearer builder"]);
    assert_eq!(lines(api.headers(&map("authorization", "argument"), "b")), ["argument"]);
    assert_eq!(
        lines(api.headers(&map("AUTHORIZATION", "argument"), "b").header("Authorization", "call")),
        ["call"]
    );
    let kind = api.headers(&map("x-kind", "argument"), "b").into_request().unwrap();
    assert_eq!(kind.headers()["x-kind"], "argument");
}

#[test]
fn case_75_a_base_url_is_a_prefix_or_none() {
    for (url, why) in [
        ("https://user:s3cret@api.example.com", "credentials"),
        ("https://s3cret@api.example.com", "credentials"),
        ("https://@api.example.com", "credentials"),
        ("https://api.example.com?key=s3cret", "query"),
        ("https://api.example.com?", "query"),
        ("https://api.example.com/v1?key=s3cret", "query"),
        ("https://api.example.com/v1#s3cret", "fragment"),
        ("https://api.example.com#", "fragment"),
        ("ftp://api.example.com", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("data:text/plain,x", "scheme"),
        ("ws://a", "scheme"),
        ("unix:/run/x", "scheme"),
        ("//a/b", "scheme"),
        ("/v1", "scheme"),
        ("https:api.example.com", "scheme"),
        ("https:/api.example.com", "scheme"),
        ("://a", "scheme"),
        ("http://[fe80::1%25eth0]/", "zones"),
        ("http://[fe80::1%eth0]/", "zones"),
        ("http://[::1", "never closed"),
        ("http://[::g]", "IPv6"),
        ("http://[1.2.3.4]", "IPv6"),
        ("api.example.com", "scheme"),
        ("", "scheme"),
        (" https://a", "' '"),
        ("https://a ", "' '"),
        ("https://", "host"),
        ("https:///a", "host"),
        ("https://:80", "host"),
        ("https://a:99999", "port"),
        ("https://a:0", "port"),
        ("https://a:", "port"),
        ("https://a:-1", "port"),
        ("https://a:80:80", "port"),
        ("https://a:8\u{661}", "port"),
        ("https://a/../b", "`..`"),
        ("https://a/%2e%2E/b", "`..`"),
        ("https://a/.", "`.`"),
        ("https://a//b", "two slashes"),
        ("https://a\\b", "backslash"),
        ("https://a/\\b", "backslash"),
        ("https://a\r\nX-Evil: 1", "'\\r'"),
        ("https://a/\0", "'\\0'"),
        ("https://a\t", "'\\t'"),
        ("https://%61", "`%`"),
        ("https://ex\u{e4}mple", "xn--"),
        ("https://a\u{ff0e}b", "xn--"),
        ("https://127.1", "IPv4"),
        ("https://0x7f000001", "IPv4"),
        ("https://0177.0.0.1", "IPv4"),
        ("https://a/{x}", "brace"),
        ("https://a/%zz", "triplet"),
        ("https://a/\u{fc}", "percent-encoded"),
    ] {
        let builder = RolesClient::builder().value("tenant", "a").transport(Stub::json("1"));
        let e = builder.base_url(url).build().unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Config);
        assert!(e.to_string().contains(why) && !e.to_string().contains("s3cret"), "{url}: {e}");
        assert!(!e.to_string().contains(['\r', '\n', '\0']), "{url:?}: {e}");
        assert!(
            Client::builder()
                .retry(apiclient::Retry::none())
                .transport(Stub::json("1"))
                .base_url(url)
                .build()
                .is_err(),
            "{url}"
        );
    }
}

#[test]
fn case_75_a_slash_more_or_less_and_other_spellings_are_one_base_url() {
    let transport: Arc<dyn Transport> = Arc::new(Stub::json("null"));
    for (url, expected) in [
        ("https://a", "https://a/base/v1/p/x?api=7"),
        ("https://a/", "https://a/base/v1/p/x?api=7"),
        ("https://a///", "https://a/base/v1/p/x?api=7"),
        ("HTTPS://A.Example:443", "https://a.example/base/v1/p/x?api=7"),
        ("http://a:80/v0/", "http://a/v0/base/v1/p/x?api=7"),
        ("https://a:80", "https://a:80/base/v1/p/x?api=7"),
        ("http://[0:0::1]:8080/", "http://[::1]:8080/base/v1/p/x?api=7"),
        ("http://a/%2F", "http://a/%2F/base/v1/p/x?api=7"),
    ] {
        let api = client(&transport, url, "acme").unwrap();
        assert_eq!(api.displayed("x").into_request().unwrap().url(), expected, "{url}");
    }
}

#[test]
fn case_75_a_base_url_that_is_refused_is_not_echoed() {
    for url in ["key=s3cret://a", "user:s3cret@host://x", "https://a/s3cret\u{fc}", "https://s3cret..a"] {
        let e = Client::builder()
            .retry(apiclient::Retry::none())
            .transport(Stub::json("1"))
            .base_url(url)
            .build()
            .unwrap_err();
        assert!(!e.to_string().contains(SECRET), "{url}: {e}");
    }
}

#[tokio::test]
async fn case_76_an_absolute_url_is_a_path_argument_like_any_other() {
    let urls = [
        "http://evil.test/x",
        "https://evil.test",
        "//evil.test/x",
        "///evil.test",
        "\\\\evil.test",
        "/\\evil.test",
        "http:evil.test",
        "HTTP://evil.test",
        "http://user@evil.test",
        "http://127.0.0.1:1/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "ws://evil.test",
    ];
    let stub = Arc::new(Stub::json("null"));
    let transport: Arc<dyn Transport> = stub.clone();
    let api = client(&transport, "http://stub.test", "acme").unwrap();
    for url in urls {
        for request in [api.displayed(url), api.rest(url, "q"), api.segments(&[url])] {
            let request = request.into_request().unwrap();
            assert_eq!(request.url().authority().unwrap(), "stub.test", "{url}");
            assert!(request.url().path().starts_with("/base/v1/p/"), "{url}: {}", request.url());
        }
        let e = api.link(url, "b", "h").await.unwrap_err();
        assert_eq!((e.kind(), e.attempts()), (ErrorKind::Argument, 0), "{url}");
        let said = format!("{e} {e:?}");
        assert!(!said.contains("evil") && !said.contains("169.254"), "{said}");
        // As a template that is known at run time only.
        match api.client().call(apiclient::Method::GET, url).fetch::<()>().into_request() {
            Ok(request) => assert_eq!(request.url(), format!("http://stub.test/base/v1/{url}").as_str()),
            Err(e) => assert_eq!(e.kind(), ErrorKind::Argument, "{url}"),
        }
    }
    // What stands alone after the prefix is no host either.
    let bare: Client = Client::builder()
        .retry(apiclient::Retry::none())
        .base_url("http://stub.test")
        .shared_transport(stub.clone())
        .build()
        .unwrap();
    for url in urls {
        for template in ["{+v}", "/{+v}", "{v}", "{/v}"] {
            let call = bare.call(apiclient::Method::GET, template).param("v", url).fetch::<()>();
            match call.into_request() {
                Ok(request) => {
                    assert_eq!(request.url().authority().unwrap(), "stub.test", "{template} {url}");
                    assert!(!request.url().path().starts_with("//"), "{template} {url}: {}", request.url());
                }
                Err(e) => assert_eq!(e.kind(), ErrorKind::Argument),
            }
        }
    }
    assert_eq!(stub.requests().len(), 0);
}

#[tokio::test]
async fn case_76_a_link_leads_where_the_trait_lets_it_or_nowhere() {
    let stub = Arc::new(Stub::json("null"));
    let transport: Arc<dyn Transport> = stub.clone();
    let api = client(&transport, "http://stub.test", "acme").unwrap();
    let own = "http://stub.test/base/v1";
    for value in all() {
        for link in [
            value.clone(),
            format!("{own}/{value}"),
            format!("/base/v1/{value}"),
            format!("http://files.test:8080/{value}"),
        ] {
            let declared = link.starts_with("http://files.test:8080/");
            match api.link(&link, "b&b", "h").into_request() {
                Ok(request) => {
                    let url = request.url();
                    let authority = url.authority().unwrap().as_str();
                    assert!(
                        authority == "stub.test" || declared && authority == "files.test:8080",
                        "{link:?}: {url}"
                    );
                    let path = url.path();
                    assert!(
                        authority != "stub.test" || path == "/base/v1" || path.starts_with("/base/v1/"),
                        "{link:?}: {url}"
                    );
                    assert!(path.split('/').all(|s| no_dots(s) || s.is_empty()), "{link:?}: {url}");
                    assert!(
                        url.query().unwrap().ends_with("b=b%26b")
                            && !url.to_string().contains(['#', ' ', '\\'])
                    );
                    assert_eq!(
                        request.headers().contains_key("authorization"),
                        authority == "stub.test",
                        "{link:?}"
                    );
                    assert_eq!(
                        (request.headers()["x-z"].as_bytes(), request.headers().contains_key("evil")),
                        (&b"h"[..], false)
                    );
                }
                Err(e) => check_refusal(&e, &value).unwrap_or_else(|flaw| panic!("{link:?} {flaw}")),
            }
        }
        if segment(&value) {
            let request = api.elsewhere(&value).into_request().unwrap();
            assert_eq!(request.url().authority().unwrap(), "files.test:8080");
            assert_eq!(check(Wire::Percent, &request.url().path()["/files/".len()..], &value), Ok(()));
            assert!(!request.headers().contains_key("authorization"), "which is the base URL's");
        }
    }
    for (link, target) in [
        ("a..b/.../foo+bar", "/base/v1/a..b/.../foo+bar"),
        ("x?q=\u{1f980}", "/base/v1/x?q=%F0%9F%A6%80"),
        ("\u{202e}abc", "/base/v1/%E2%80%AEabc"),
        ("x;y=1,2", "/base/v1/x;y=1,2"),
    ] {
        let request = api.link(link, "b", "h").into_request().unwrap();
        let sent = request.url().path_and_query().unwrap().as_str();
        assert!(sent.starts_with(target), "{link}: {sent}");
    }
    assert_eq!(stub.requests().len(), 0);
}

const PARTS: fn() -> [Role; 6] = || {
    [
        role("map's key", Wire::Quoted, file_name, |c, v| c.part_map(&map(v, "x"), "b")),
        role("part's name", Wire::Quoted, file_name, |c, v| c.whole_part(Part::text("x").name(v), "b")),
        role("file name", Wire::Quoted, file_name, |c, v| c.whole_part(Part::bytes("x").file_name(v), "b")),
        role(
            "media type",
            Wire::Raw,
            |v| field_value(v) && token(v.split(';').next().unwrap_or_default().trim_end()),
            |c, v| c.whole_part(Part::bytes("x").mime(format!("x/{v}")), "b"),
        ),
        role("header", Wire::Raw, field_value, |c, v| c.whole_part(Part::text("x").header("X-V", v), "b")),
        role("header's name", Wire::Lower, token, |c, v| c.whole_part(Part::text("x").header(v, "x"), "b")),
    ]
};

#[tokio::test]
async fn case_86_names_and_values_of_parts_stay_where_they_are() {
    run(
        &[
            role("text", Wire::Raw, any, |c, v| c.part("a", v, "b")),
            role("map", Wire::Raw, any, |c, v| c.part_map(&map("k", v), "b")),
            role("part", Wire::Raw, any, |c, v| c.whole_part(Part::text(v), "b")),
        ],
        &all(),
    )
    .await;
    let shown: Vec<_> = shown().into_iter().filter(|v| !v.is_empty()).collect();
    run(&PARTS(), &shown).await;
    run(&PARTS()[2..5], &all()).await;
}

#[tokio::test]
async fn case_86_names_of_parts_are_not_echoed() {
    run(&PARTS(), &all_but_empty()).await;
}

#[test]
fn case_86_no_boundary_can_be_foreseen_or_chosen() {
    let transport: Arc<dyn Transport> = Arc::new(Stub::json("null"));
    let build = || {
        let builder = RolesClient::builder().base_url("http://stub.test").value("tenant", "acme");
        builder.shared_transport(transport.clone()).build().unwrap()
    };
    let boundary = |call: Call<()>| {
        let request = call.into_request().unwrap();
        let said = request.headers()["content-type"].to_str().unwrap().to_owned();
        assert_eq!(request.headers().get_all("content-type").iter().count(), 1);
        let boundary = said.strip_prefix("multipart/form-data; boundary=").expect(&said).to_owned();
        let body = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
        assert!(
            body.starts_with(&format!("--{boundary}\r\n"))
                && body.ends_with(&format!("\r\n--{boundary}--\r\n"))
        );
        assert!(boundary.len() >= 32 && boundary.bytes().all(|b| b.is_ascii_hexdigit()), "{boundary}");
        boundary
    };
    let one = build();
    let mut all: Vec<_> = (0..500).map(|_| boundary(one.part("a", "v", "b"))).collect();
    all.extend((0..20).map(|_| boundary(build().part("a", "v", "b"))));
    // No digit of it stands still.
    for at in 0..32 {
        assert!(all.iter().any(|b| b.as_bytes()[at] != all[0].as_bytes()[at]), "digit {at}");
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 520);
    let e = one.part_and_headers("v", &map("Content-Type", "multipart/form-data; boundary=evil"));
    assert_eq!(e.into_request().unwrap_err().kind(), ErrorKind::Argument);
}

#[test]
fn case_76_what_follows_an_absent_expression_stays_below_the_prefix() {
    let transport: Arc<dyn Transport> = Arc::new(Stub::json("null"));
    let bare: Client = Client::builder()
        .retry(apiclient::Retry::none())
        .base_url("http://stub.test/v1")
        .shared_transport(transport)
        .build()
        .unwrap();
    for template in [
        "{/x}.json",
        "{?x}2/admin",
        "{/x}{y}",
        "{?x}{y}",
        "{/x*}{+y}",
        "{/x}{.y}",
        "/a{?x}/../b",
        "/a{?x}/%2e/b",
        "/a/{&x}.",
        "/a{?x}/.",
    ] {
        let call = bare.call(apiclient::Method::GET, template).param("x", None::<&str>);
        let call = if template.contains('y') { call.param("y", "2/admin") } else { call };
        if let Ok(request) = call.fetch::<()>().into_request() {
            let path = request.url().path();
            assert!(path == "/v1" || path.starts_with("/v1/"), "{template}: {path}");
            assert!(path.split('/').all(|s| s.is_empty() || no_dots(s)), "{template}: {path}");
        }
    }
}

#[test]
fn cookies_of_a_map_of_headers_and_of_arguments_are_all_sent() {
    #[api_client(base_url = "http://stub.test")]
    #[retry(none)]
    trait Cookies {
        #[get("/")]
        fn cookies(&self, #[headers] more: &BTreeMap<&str, Vec<&str>>, #[cookie] c: &str) -> Call<()>;
    }
    let api = CookiesClient::builder().transport(Stub::json("1")).build().unwrap();
    let request = api.cookies(&BTreeMap::from([("Cookie", vec!["a=1", "b=2"])]), "3").into_request().unwrap();
    assert_eq!(request.headers().get_all("cookie").iter().count(), 1);
    assert_eq!(request.headers()["cookie"].as_bytes(), "a=1; b=2; c=3".as_bytes());
}
