//! What each role puts on the wire, through the macro and an in-memory transport.

use apiclient::{
    Body, Error, ErrorKind, Part, Patch, UriTemplate,
    prelude::*,
    testing::{SeededRandom, Stub},
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Sort {
    ByName,
}

#[derive(Debug, Clone, Copy)]
struct Point(u8, u8);

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};{}", self.0, self.1)
    }
}

fn swapped(point: &Point) -> String {
    Point(point.1, point.0).to_string()
}

#[derive(Debug, Serialize)]
struct Range {
    from: Option<u8>,
    to: u8,
}

#[derive(Debug, Serialize)]
struct Filter<'a> {
    #[serde(rename = "q")]
    text: &'a str,
    sort: Sort,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(flatten)]
    more: BTreeMap<&'a str, i128>,
}

#[derive(Debug, Clone, PartialEq)]
struct Tag(&'static str);

/// Types of other crates, which come through serde.
#[api_client(base_url = "http://api.test")]
trait Foreign {
    #[get("/{id}/{day}{?at,price,from,site}")]
    fn all(
        &self,
        id: uuid::Uuid,
        day: chrono::NaiveDate,
        at: chrono::DateTime<chrono::Utc>,
        price: rust_decimal::Decimal,
        from: std::net::Ipv6Addr,
        #[param(display)] site: &apiclient::reqwest::Url,
    ) -> Call<()>;
}

#[api_client(base_url = "http://api.test/v1", allow_origins = ["http://files.test:8080"])]
#[header("X-Tenant", "{tenant}")]
#[header("X-Kind", "trait")]
#[query("api", "7")]
trait Parameters {
    #[get("points/{point}{/rest*}")]
    async fn path(&self, #[param(display)] point: Point, rest: &[&str]) -> Result<(), Error>;

    #[get("/a/{id}/b")]
    #[query("api", none)]
    fn empty(&self, #[param(allow_empty)] id: &str) -> Call<()>;

    #[get("/a/{p}")]
    #[query("api", none)]
    fn with(
        &self,
        #[param(with = swapped)] p: Point,
        #[query(with = |ip: &IpAddr| ip.is_loopback())] local: IpAddr,
    ) -> Call<()>;

    #[get("/search")]
    #[query("lang", "{lang}-x")]
    fn query(
        &self,
        lang: &str,
        #[query] filter: Option<&Filter<'_>>,
        #[query("ids", explode = false)] ids: &[u64],
        #[query(style = deep_object)] range: Range,
        #[query(flag)] dry_run: bool,
        #[query(default = 20)] per_page: Option<u16>,
        #[query("raw%20name", encoded)] raw: &str,
    ) -> Call<()>;

    #[get("/headers")]
    #[query("api", none)]
    #[header("X-Kind", "method")]
    #[header("X-Made", "{a} of {b}")]
    fn headers(
        &self,
        a: u8,
        #[header("X-B")] b: u8,
        #[header("X-List")] list: &[Option<u8>],
        #[headers] more: Option<&BTreeMap<&str, &str>>,
        #[cookie] sid: &str,
        #[cookie("theme")] look: Option<&str>,
    ) -> Call<()>;

    #[get("/tenant")]
    #[query("api", none)]
    #[header("X-Kind", none)]
    fn tenant(&self, tenant: &str) -> Call<()>;

    #[post("/form")]
    fn form(
        &self,
        #[field] name: &str,
        #[field("n", style = brackets)] numbers: &[u8],
        #[field] none: Option<u8>,
    ) -> Call<()>;

    #[post("/form")]
    fn whole_form(&self, #[body(form, style = indexed)] form: &BTreeMap<&str, Vec<Range>>) -> Call<()>;

    #[post("/text")]
    fn text(&self, #[body(text)] sort: Sort) -> Call<()>;

    #[post("/bytes")]
    #[header("Content-Type", "image/png")]
    fn bytes(&self, #[body(bytes)] bytes: &[u8]) -> Call<()>;

    #[post("/body")]
    fn body(&self, #[body(bytes)] body: Body) -> Call<()>;

    #[post("/parts")]
    fn parts(
        &self,
        #[part] note: &str,
        #[part("file", file_name = "a.bin", mime = "application/x-a")] file: Part,
        #[part] more: Vec<Part>,
        #[part] range: Range,
        #[part] none: Option<Part>,
        #[part("body")] body: Body,
    ) -> Call<()>;

    #[patch("/patch")]
    fn patch(&self, #[body] change: &Change) -> Call<()>;

    #[get]
    fn next(&self, #[url] link: &str, #[query] more: Option<u8>, #[extension] tag: Tag) -> Call<()>;

    #[get("/repos/{owner}/{repo}/issues{?page}")]
    #[query("api", none)]
    fn issues(&self, owner: &str, #[params] rest: &Rest<'_>) -> Call<()>;

    #[post("/repos/{repo}")]
    fn upload<T: Serialize>(&self, repo: &str, #[params] upload: Upload<T>, #[query] more: u8) -> Call<()>;

    #[post("/twice")]
    fn twice<T: Serialize>(&self, #[body] json: &str, #[params] upload: Upload<T>) -> Call<()>;

    #[get("http://files.test:8080/files/{name}")]
    #[header("X-Kind", none)]
    fn file(&self, name: &str) -> Call<()>;
}

#[derive(Debug, Default, Serialize)]
struct Change {
    #[serde(skip_serializing_if = "Patch::is_absent")]
    name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    age: Patch<u8>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    town: Patch<String>,
}

/// Roles on the fields of a struct.
#[derive(Debug, Clone, Params)]
struct Rest<'a> {
    #[api(param, with = str::trim)]
    repo: &'a str,
    #[api(param)]
    page: Option<u8>,
    #[api(query)]
    state: Option<&'a str>,
    #[api(query = "label", explode = false, default)]
    labels: Vec<&'a str>,
    #[api(query, flag, default)]
    mine: bool,
    #[api(header = "X-Trace")]
    trace: Option<String>,
    #[api(cookie = "sid")]
    session: Option<u64>,
    #[api(timeout)]
    limit: Option<std::time::Duration>,
}

#[derive(Debug, Params)]
#[api(no_builder)]
struct Upload<T: Serialize> {
    #[api(field)]
    note: T,
    #[api(field = "size")]
    bytes: u64,
}

fn client() -> ParametersClient {
    ParametersClient::builder()
        .value("tenant", "acme")
        .header("X-Api-Key", "s3cret")
        .shared_transport(Arc::new(Stub::json("null")))
        .random(SeededRandom::new(7))
        .build()
        .unwrap()
}

/// Path and query of a call.
fn target<T>(call: Call<T>) -> String {
    let request = call.into_request().unwrap();
    request.url().path_and_query().unwrap().to_string()
}

fn body<T>(call: Call<T>) -> (String, String) {
    let request = call.into_request().unwrap();
    let content_type = request.headers()["content-type"].to_str().unwrap().to_owned();
    (content_type, String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap())
}

#[test]
fn path_arguments() {
    let api = client();
    assert_eq!(target(api.path(Point(1, 2), &["a/b", ".."][..1])), "/v1/points/1%3B2/a%2Fb?api=7");
    assert_eq!(target(api.path(Point(1, 2), &[])), "/v1/points/1%3B2?api=7");
    assert_eq!(target(api.empty("")), "/v1/a//b");
    assert_eq!(target(api.with(Point(1, 2), Ipv4Addr::LOCALHOST.into())), "/v1/a/2%3B1?local=true");
}

#[test]
fn query_arguments() {
    let api = client();
    let filter = Filter {
        text: "a&b",
        sort: Sort::ByName,
        tags: vec!["x", "y z"],
        more: BTreeMap::from([("big", i128::MIN)]),
    };
    let range = || Range { from: None, to: 2 };
    assert_eq!(
        target(api.query("de", Some(&filter), &[1, 2], range(), true, None, "a%2Fb")),
        "/v1/search?api=7&lang=de-x&q=a%26b&sort=by-name&tags=x&tags=y%20z\
         &big=-170141183460469231731687303715884105728&ids=1,2&range%5Bto%5D=2&dry_run&per_page=20&raw%20name=a%2Fb"
    );
    assert_eq!(
        target(api.query("de", None, &[], range(), false, Some(5), "")),
        "/v1/search?api=7&lang=de-x&range%5Bto%5D=2&per_page=5&raw%20name="
    );
    let e = api.query("de", None, &[], range(), false, None, "a&b").into_request().unwrap_err();
    assert!(e.to_string().contains("the argument `raw` holds `&` or `#`"), "{e}");
}

#[test]
fn header_arguments() {
    let api = client();
    let more = BTreeMap::from([("X-B", "9"), ("X-More", "m")]);
    let request =
        api.headers(1, 2, &[Some(1), None, Some(2)], Some(&more), "s1", Some("dark")).into_request().unwrap();
    let all = |name: &str| -> Vec<_> {
        request.headers().get_all(name).iter().map(|v| v.to_str().unwrap().to_owned()).collect()
    };
    assert_eq!(all("x-list"), ["1", "2"]);
    assert_eq!(all("x-b"), ["9"], "the later argument wins");
    assert_eq!(all("x-made"), ["1 of 2"]);
    assert_eq!(all("x-kind"), ["method"]);
    assert_eq!(all("x-tenant"), ["acme"]);
    assert_eq!(all("cookie"), ["sid=s1; theme=dark"]);
    assert!(request.headers()["cookie"].is_sensitive());
    let own = api.tenant("other").into_request().unwrap();
    assert_eq!(own.headers()["x-tenant"], "other");
    assert!(!own.headers().contains_key("x-kind"));
}

#[test]
fn a_value_that_nobody_gave_is_said_by_build() {
    let e = ParametersClient::builder().transport(Stub::json("1")).build().unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Config);
    assert!(
        e.to_string().contains("needs a value `tenant`: give it one with `.value(\"tenant\", ..)`"),
        "{e}"
    );
    let shared = apiclient::Client::builder().transport(Stub::json("1")).build().unwrap();
    let e = ParametersClient::from_client(shared).body(Body::default()).into_request().unwrap_err();
    assert!(e.to_string().contains("needs a value `tenant`"), "{e}");
    let e = ParametersClient::builder().value("tenant", [1]).build().unwrap_err();
    assert!(e.to_string().contains("the value `tenant` is a list"), "{e}");
}

#[test]
fn bodies() {
    let api = client();
    let form = "application/x-www-form-urlencoded".to_owned();
    assert_eq!(
        body(api.form("ä b&c", &[1, 2], None)),
        (form.clone(), "name=%C3%A4+b%26c&n%5B%5D=1&n%5B%5D=2".into())
    );
    let all = BTreeMap::from([("r", vec![Range { from: Some(1), to: 2 }])]);
    assert_eq!(body(api.whole_form(&all)), (form, "r%5B0%5D%5Bfrom%5D=1&r%5B0%5D%5Bto%5D=2".into()));
    assert_eq!(body(api.text(Sort::ByName)), ("text/plain; charset=utf-8".into(), "by-name".into()));
    assert_eq!(body(api.bytes(b"png")), ("image/png".into(), "png".into()));
    assert_eq!(body(api.body("x".into())), ("application/octet-stream".into(), "x".into()));
    let change = Change { name: "ada".into(), age: Patch::Null, ..Change::default() };
    assert_eq!(body(api.patch(&change)).1, r#"{"name":"ada","age":null}"#);
}

#[test]
fn parts() {
    let api = client();
    let call = || {
        api.parts(
            "a note",
            Part::bytes("\0\x01"),
            vec![Part::text("1"), Part::text("2").name("own").file_name("2.txt").header("X-Id", "7")],
            Range { from: Some(1), to: 2 },
            None,
            "whole".into(),
        )
    };
    let (content_type, text) = body(call());
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert!(boundary.len() >= 32, "128 bits, in hexadecimal");
    let expected = [
        "name=\"note\"\r\n\r\na note",
        "name=\"file\"; filename=\"a.bin\"\r\nContent-Type: application/x-a\r\n\r\n\0\x01",
        "name=\"more\"\r\n\r\n1",
        "name=\"own\"; filename=\"2.txt\"\r\nx-id: 7\r\n\r\n2",
        "name=\"from\"\r\n\r\n1",
        "name=\"to\"\r\n\r\n2",
        "name=\"body\"\r\nContent-Type: application/octet-stream\r\n\r\nwhole",
    ]
    .map(|part| format!("--{boundary}\r\nContent-Disposition: form-data; {part}\r\n"));
    assert_eq!(text, format!("{}--{boundary}--\r\n", expected.concat()));
    assert_ne!(body(call()).0, content_type, "a boundary of its own for each body");
}

#[tokio::test]
async fn a_link_stays_below_the_base_or_goes_where_it_may() {
    let stub = Arc::new(Stub::json("null"));
    let api = ParametersClient::builder()
        .value("tenant", "acme")
        .header("X-Api-Key", "s3cret")
        .shared_transport(stub.clone())
        .build()
        .unwrap();
    let own = api.next("http://api.test/v1/items?page=2", Some(1), Tag("t")).into_request().unwrap();
    assert_eq!(own.url(), "http://api.test/v1/items?page=2&more=1");
    assert_eq!(own.headers()["x-api-key"], "s3cret");
    let links = UriTemplate::parse("http://api.test/v1/items{/id}").unwrap();
    let link = links.expand(&BTreeMap::from([("id", "a b")])).unwrap();
    assert_eq!(target(api.next(&link, None, Tag("t"))), "/v1/items/a%20b");
    let other = api.next("http://files.test:8080/x", None, Tag("t")).into_request().unwrap();
    assert_eq!(other.url(), "http://files.test:8080/x");
    assert!(!other.headers().contains_key("x-api-key"), "what is secret stays with the base URL's origin");
    for link in ["http://evil.test/v1", "//evil.test/v1", "/v2", "../x", "ftp://api.test/v1", ""] {
        let e = api.next(link, None, Tag("t")).await.unwrap_err();
        assert_eq!((e.kind(), e.attempts()), (ErrorKind::Argument, 0), "{link}");
        assert!(e.to_string().contains("the argument `link` "), "{e}");
    }
    assert_eq!(stub.requests().len(), 0);
    let absolute = api.file("a/b").into_request().unwrap();
    assert_eq!(absolute.url(), "http://files.test:8080/files/a%2Fb");
    assert!(!absolute.headers().contains_key("x-api-key"));
}

#[test]
fn structs_of_arguments() {
    let api = client();
    let least = Rest::new(" cargo ");
    assert_eq!(target(api.issues("rust-lang", &least)), "/v1/repos/rust-lang/cargo/issues");
    let all = least.page(2).state("open").labels(vec!["a", "b,c"]).mine(true).trace("t".into()).session(7);
    let request = api.issues("rust-lang", &all).into_request().unwrap();
    assert_eq!(
        request.url().path_and_query().unwrap(),
        "/v1/repos/rust-lang/cargo/issues?page=2&state=open&label=a,b%2Cc&mine"
    );
    assert_eq!(
        (&request.headers()["x-trace"], &request.headers()["cookie"]),
        (&"t".parse().unwrap(), &"sid=7".parse().unwrap())
    );
    let call = api.upload("r", Upload { note: "a b", bytes: 5 }, 1);
    assert_eq!(target(api.upload("r", Upload { note: 1, bytes: 5 }, 1)), "/v1/repos/r?api=7&more=1");
    assert_eq!(body(call).1, "note=a+b&size=5");
    let e = api.twice("{}", Upload { note: 1, bytes: 5 }).into_request().unwrap_err();
    assert!(e.to_string().contains("a request has one"), "{e}");
}

#[tokio::test]
async fn a_field_can_be_the_time_limit() {
    let rest = Rest::new("r").limit(std::time::Duration::ZERO);
    assert!(client().issues("o", &rest).await.unwrap_err().is_timeout());
}

#[test]
fn types_of_other_crates() {
    let api = ForeignClient::new().unwrap();
    let call = api.all(
        uuid::Uuid::from_u128(7),
        chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
        chrono::DateTime::from_timestamp(1_700_000_000, 5_000_000).unwrap(),
        "12.50".parse().unwrap(),
        std::net::Ipv6Addr::LOCALHOST,
        &"https://a.test/ü?x=1".parse().unwrap(),
    );
    assert_eq!(
        target(call),
        "/00000000-0000-0000-0000-000000000007/2026-11-22?at=2023-11-14T22%3A13%3A20.005Z&price=12.50&from=%3A%3A1\
         &site=https%3A%2F%2Fa.test%2F%25C3%25BC%3Fx%3D1"
    );
}

#[derive(Debug, Serialize)]
struct Meta {
    tags: Vec<&'static str>,
}

/// What a second look at the first one brought.
#[api_client(base_url = "http://api.test/v1")]
#[query("v", "1")]
#[header("X-Plain", "p")]
#[header("X-Token", "t")]
trait Second {
    #[post("/meta")]
    fn meta(
        &self,
        #[part(json)] meta: &Meta,
        #[part(json)] none: Option<&Meta>,
        #[part] note: &str,
    ) -> Call<()>;

    #[get("/v")]
    fn version(&self, #[query] v: Option<u8>) -> Call<()>;

    #[get("/v?v=7")]
    fn literal(&self) -> Call<()>;

    #[get("/named")]
    #[query("v", none)]
    fn named(&self, #[query("f")] filter: &BTreeMap<&str, u8>) -> Call<()>;

    #[get]
    #[header("X-Own", "o")]
    #[header("X-Held", "{held}")]
    fn link(&self, #[url] link: &str) -> Call<()>;
}

fn second() -> SecondClient {
    let builder = SecondClient::builder().allow_origin("http://files.test").value("held", "s3cret");
    builder.header("X-Builder", "b").transport(Stub::json("null")).build().unwrap()
}

#[test]
fn json_parts() {
    let (_, text) = body(second().meta(&Meta { tags: vec!["a"] }, None, "n"));
    assert!(
        text.contains("name=\"meta\"\r\nContent-Type: application/json\r\n\r\n{\"tags\":[\"a\"]}\r\n"),
        "{text}"
    );
    assert!(text.contains("name=\"note\"\r\n\r\nn\r\n") && !text.contains("none"), "{text}");
    let e = second().meta(&Meta { tags: vec![] }, None, "n").header("content-type", "multipart/form-data");
    assert!(e.into_request().unwrap_err().to_string().contains("has its boundary"));
}

#[test]
fn a_declared_parameter_counts_until_it_is_replaced() {
    let api = second();
    assert_eq!(target(api.version(None)), "/v1/v?v=1");
    assert_eq!(target(api.version(Some(2))), "/v1/v?v=2");
    assert_eq!(target(api.literal()), "/v1/v?v=7");
    let e = api.named(&BTreeMap::from([("a", 1)])).into_request().unwrap_err();
    assert!(
        e.to_string().contains("the argument `filter` is a struct or a map, whose fields have names"),
        "{e}"
    );
}

#[test]
fn what_the_client_holds_stays_at_home() {
    let api = second();
    let names = |link: &str| {
        let request = api.link(link).into_request().unwrap();
        let mut names: Vec<_> = request.headers().keys().map(|name| name.as_str().to_owned()).collect();
        names.retain(|name| name.starts_with("x-"));
        names.sort();
        names
    };
    assert_eq!(names("http://api.test/v1/x"), ["x-builder", "x-held", "x-own", "x-plain", "x-token"]);
    assert_eq!(names("http://files.test/x"), ["x-own", "x-plain"]);
    let client = api.client();
    let next = |url: &str| client.call_url(apiclient::Method::GET, url).fetch::<()>().into_request();
    assert_eq!(next("http://files.test/x?page=2").unwrap().url(), "http://files.test/x?page=2");
    assert!(next("http://evil.test/").unwrap_err().to_string().contains("another origin"));
    let e = client.call_url(apiclient::Method::GET, "/v1").param("a", 1).fetch::<()>().into_request();
    assert!(e.unwrap_err().to_string().contains("the parameter `a` has no place"));
}

#[test]
fn untyped_forms() {
    let api = second();
    let call = api.client().call(apiclient::Method::POST, "/f").form(BTreeMap::from([("a b", [1, 2])]));
    assert_eq!(body(call.fetch::<()>()).1, "a+b=1&a+b=2");
}
