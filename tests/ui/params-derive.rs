//! Structs that cannot be arguments.
use apiclient::prelude::*;

#[derive(Params)]
enum Choice {
    One,
}

#[derive(Params)]
struct Tuple(u8);

#[derive(Params)]
struct Fields<'a> {
    a: u8,
    #[api(qurey)]
    b: u8,
    #[api("x")]
    c: u8,
    #[api(query, header = "X-A")]
    d: u8,
    #[api(url)]
    e: &'a str,
    #[api(query = "x", style = form, mime = "a/b")]
    f: u8,
    #[api(body)]
    g: u8,
    #[api(body, text)]
    h: u8,
    #[api(header)]
    i: u8,
}

#[derive(Params)]
#[api(no_bilder)]
struct Container {
    #[api(query)]
    a: u8,
}

fn main() {}
