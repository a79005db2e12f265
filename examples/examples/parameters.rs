//! Everything a request can say, looked at without sending it: `cargo run --example parameters`.

use apiclient::{Body, Part, Patch, UriTemplate, prelude::*};
use serde::Serialize;
use std::collections::BTreeMap;

type Result<T> = std::result::Result<T, apiclient::Error>;

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    NewestFirst,
}

/// A filter that is nested: each style writes it in its own way.
#[derive(Debug, Serialize)]
pub struct Filter<'a> {
    color: &'a str,
    price: Price,
    tags: &'a [&'a str],
}

#[derive(Debug, Serialize)]
pub struct Price {
    min: Option<u32>,
    max: Option<u32>,
}

/// Many arguments, with their roles, in one struct.
#[derive(Debug, Clone, Params)]
pub struct Search<'a> {
    #[api(param)]
    shop: &'a str,
    /// The words to look for.
    #[api(query = "q")]
    words: Option<&'a str>,
    #[api(query)]
    page: Option<u32>,
    #[api(query = "tag", explode = false, default)]
    tags: Vec<&'a str>,
    #[api(header = "X-Trace")]
    trace: Option<&'a str>,
}

#[derive(Debug, Default, Serialize)]
pub struct Change {
    #[serde(skip_serializing_if = "Patch::is_absent")]
    name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    note: Patch<String>,
}

#[api_client(base_url = "https://api.example.com/v1", allow_origins = ["https://files.example.com"])]
#[header("X-Tenant", "{tenant}")]
#[query("api-version", "2024-01")]
pub trait Shops {
    #[get("/shops/{shop}/items")]
    async fn search(&self, #[params] search: &Search<'_>) -> Result<Vec<String>>;

    #[get("/items{/category*}")]
    async fn items(
        &self,
        category: &[&str],
        #[query(style = indexed)] filter: &Filter<'_>,
        #[query] sort: Sort,
        #[query(default = 20)] per_page: Option<u8>,
        #[query(flag)] dry_run: bool,
        #[cookie("sid")] session: Option<&str>,
    ) -> Result<Vec<String>>;

    #[post("/login")]
    #[query("api-version", none)]
    async fn login(&self, #[field] name: &str, #[field("pass word")] password: &str) -> Result<()>;

    #[post("/items/{id}/pictures")]
    async fn upload(&self, id: u64, #[part] title: &str, #[part("file")] files: Vec<Part>) -> Result<()>;

    #[put("/items/{id}/manual")]
    async fn replace(&self, id: u64, #[body(bytes)] manual: Body) -> Result<()>;

    #[patch("/items/{id}")]
    async fn change(&self, id: u64, #[body] change: &Change) -> Result<()>;

    #[get]
    async fn next(&self, #[url] link: &str) -> Result<Vec<String>>;
}

/// The request line, the headers that matter here, and a body that is text.
fn show<T>(what: &str, call: Call<T>) -> Result<()> {
    let request = call.into_request()?;
    let url = request.url().to_string().replace("%5B", "[").replace("%5D", "]");
    println!("\n{what}\n  {} {url}", request.method());
    for name in ["x-tenant", "x-trace", "content-type"] {
        if let Some(value) = request.headers().get(name).and_then(|value| value.to_str().ok()) {
            println!("  {name}: {value}");
        }
    }
    match request.body().bytes() {
        Some(bytes) if bytes.is_empty() => {}
        Some(bytes) => {
            println!("  | {}", String::from_utf8_lossy(bytes).trim_end().replace("\r\n", "\n  | "))
        }
        None => println!("  {:?}", request.body()),
    }
    Ok(())
}

fn main() -> Result<()> {
    let shops = ShopsClient::builder().value("tenant", "acme").build()?;

    let search = Search::new("lamps & co").words("desk lamp").tags(vec!["new", "a,b"]).trace("t-1");
    show("a struct of arguments", shops.search(&search))?;

    let filter = Filter { color: "red", price: Price { min: None, max: Some(30) }, tags: &["new"] };
    let items = shops.items(&["lamps", "desk/floor"], &filter, Sort::NewestFirst, None, true, Some("s1"));
    show("a path of segments, a nested filter, a default, a flag", items)?;

    show("a form", shops.login("ada", "a&b c"))?;

    let picture = Part::bytes("(bytes)").file_name("lamp.png").mime("image/png");
    show("parts", shops.upload(7, "two", vec![picture, Part::text("hi").file_name("b.txt")]))?;

    let manual = Body::file(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    show("a file, streamed", shops.replace(7, manual.unwrap_or_default()))?;

    let change = Change { note: Patch::Null, ..Change::default() };
    show("one field removed, the others as they are", shops.change(7, &change))?;

    let template = UriTemplate::parse("https://files.example.com/lists{/id}{?page}")?;
    let link = template.expand(&BTreeMap::from([("id", 7), ("page", 2)]))?;
    show("a link that the server sent, to an origin that the trait allows", shops.next(&link))?;

    for link in ["https://evil.example.com/", "/v2/other", "/v1/../admin"] {
        println!("\n{link}\n  {}", shops.next(link).into_request().expect_err("it leads elsewhere"));
    }
    println!("\n..\n  {}", shops.search(&Search::new("..")).into_request().expect_err("another resource"));
    Ok(())
}
