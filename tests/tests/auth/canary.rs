//! T4 for credentials: a server that repeats all it was sent, in every spelling; nothing that can be printed holds a secret.

use super::clock;
use apiclient::{
    Call, Client, Error, HeaderMap, Method, Retry, Secret,
    auth::{ApiKey, Auth, Authorizing, Basic, Bearer, Digest, HandedOut, Outgoing, Renewing, SigV4, Token},
    oauth2::{ClientCredentials, RefreshToken},
    testing::{SeededRandom, Sent, Stub},
    transport::{Reply, TransportError, TransportErrorKind},
};
use serde_json::json;
use std::error::Error as _;

/// Stands in every secret, and nowhere else; and what it is in base64, wherever it begins.
const MARK: &str = "xqz";
const BASE64: [&str; 3] = ["eHF6", "hxe", "4cX"];
const SECRET: &str = "xqz7-Secret_1";
const TOKEN: &str = "xqz8.issued~token";

#[derive(Debug)]
struct Signer(Secret);

impl Auth for Signer {
    fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        request.secret_header("x-signature", self.0.expose());
        request.secret_header("x-second", "xqz9-another");
        request.secret_query("sig", "xqz5 &more");
        request.secret_cookie("sid", "xqz6-cookie");
        Authorizing::done()
    }
}

/// Waits, and then adds the same.
#[derive(Debug)]
struct Late(Signer);

impl Auth for Late {
    fn authorize<'a>(&'a self, _: &mut Outgoing<'_>) -> Authorizing<'a> {
        Authorizing::wait(async { Ok(|request: &mut Outgoing<'_>| drop(self.0.authorize(request))) })
    }
}

/// Its name, and how it is made.
type Kind = (&'static str, Box<dyn Fn() -> Box<dyn Auth>>);

fn kinds() -> Vec<Kind> {
    fn kind<A: Auth + 'static>(name: &'static str, make: fn() -> A) -> Kind {
        (name, Box::new(move || Box::new(make())))
    }
    vec![
        kind("bearer", || Bearer::new(SECRET)),
        kind("basic", || Basic::new("ada", SECRET)),
        kind("key in a header", || ApiKey::header("X-Key", SECRET)),
        kind("key in an odd header", || ApiKey::header("X-Odd", SECRET)),
        kind("key in the query", || ApiKey::query("k", SECRET)),
        kind("key in a cookie", || ApiKey::cookie("k", SECRET)),
        kind("signer", || Signer(Secret::from(SECRET))),
        kind("late", || Late(Signer(Secret::from(SECRET)))),
        kind("digest", || Digest::new("ada", SECRET)),
        kind("signature", || {
            SigV4::new("eu-central-1", "s3", "AKID", SECRET).session_token("xqz2session-token")
        }),
        kind("handed out", || HandedOut::on(401, "x-session")),
        kind("pair", || (Bearer::new(SECRET), ApiKey::query("k", "xqz4key"))),
        kind("renewing", || Renewing::by(|_| async { Ok(Token::new(TOKEN).refresh("xqz3refresh")) })),
        kind("client credentials", || {
            ClientCredentials::new("https://login.test/token", "ada", SECRET).build().unwrap()
        }),
        kind("in the body", || {
            ClientCredentials::new("https://login.test/token", "ada", SECRET).in_body().build().unwrap()
        }),
        kind("refresh token", || {
            RefreshToken::new("https://login.test/token", "ada", SECRET).build().unwrap()
        }),
    ]
}

fn text(headers: &HeaderMap, name: &str) -> String {
    let all = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
    all.collect::<Vec<_>>().join(", ")
}

/// All that was sent, in words of an error; in its query as well, and with a session that is secret, too.
fn repeats(sent: &Sent, status: u16) -> Reply {
    let headers = sent.headers();
    let names = [
        "authorization",
        "x-key",
        "x-odd",
        "cookie",
        "x-signature",
        "x-second",
        "x-session",
        "x-amz-security-token",
    ];
    let all: Vec<_> =
        names.iter().map(|name| text(headers, name)).filter(|value| !value.is_empty()).collect();
    let url = sent.url().to_string();
    let parts: Vec<_> = all.iter().flat_map(|value| value.split([' ', '=', ';'])).collect();
    let message = format!("no {} for {url} ({})", all.join(" and "), parts.join(" "));
    let body = json!({"message": message, "error": {"code": all.first(), "detail": url}}).to_string();
    let mut reply = Reply::new(status, body)
        .with_header("content-type".parse().unwrap(), "application/json".parse().unwrap());
    for (name, value) in [
        ("x-session", "xqz2session"),
        ("www-authenticate", r#"Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256"#),
        ("x-request-id", "r-1"),
    ] {
        reply.headers_mut().insert(name, value.parse().unwrap());
    }
    reply
}

/// The API fails in this way, the token endpoint in that one.
fn service(api: u16, endpoint: u16) -> Stub {
    Stub::with(move |sent| {
        let issued =
            format!(r#"{{"access_token":"{TOKEN}","token_type":"bearer","refresh_token":"xqz1next"}}"#);
        match (sent.url().path(), api, endpoint) {
            ("/token", _, 200) => Ok(Reply::new(200, issued)),
            ("/token", _, 0) => Err(TransportError::new(TransportErrorKind::Broken, "it broke")),
            ("/token", ..) => Ok(repeats(sent, endpoint)),
            (_, 0, _) => Err(TransportError::new(TransportErrorKind::Broken, "it broke")),
            (_, 1, _) => Err(TransportError::new(TransportErrorKind::Connect, "nobody is there")),
            _ => Ok(repeats(sent, api)),
        }
    })
}

/// Everything that is printed of an error, its causes too.
fn printed(error: &Error) -> String {
    let mut all = format!("{error} {error:?} {error:#} {error:#?}");
    let mut cause = error.source();
    while let Some(e) = cause {
        all.push_str(&format!(" {e} {e:?} {e:#?}"));
        cause = e.source();
    }
    all
}

#[test]
fn nothing_that_is_printed_holds_a_secret() {
    let (mut failures, mut quiet) = (0, 0);
    for (name, make) in kinds() {
        // 200 is no number.
        for (api, endpoint) in [
            (401, 200),
            (403, 200),
            (500, 200),
            (404, 200),
            (200, 200),
            (0, 200),
            (1, 200),
            (401, 400),
            (401, 401),
            (401, 500),
            (401, 0),
        ] {
            let (stub, clock) = (service(api, endpoint), clock());
            let builder = Client::builder()
                .base_url("https://api.test/v1")
                .transport(stub.clone())
                .clock(clock.clone());
            let builder = builder.random(SeededRandom::new(1)).retry(Retry::none()).auth(std::sync::Arc::<
                dyn Auth,
            >::from(
                make()
            ));
            let debug = format!("{builder:?} {builder:#?}");
            let client = builder.build().unwrap();
            for _ in 0..2 {
                let call: Call<u8> = client.call(Method::GET, "/me").fetch();
                let debug = format!("{debug} {call:?} {client:?}");
                let error = clock.run(call).unwrap_err();
                let prepared = client.call(Method::GET, "/me").fetch::<u8>().into_request().unwrap();
                let all = format!("{debug} {} {prepared} {prepared:?}", printed(&error));
                for secret in std::iter::once(MARK).chain(BASE64) {
                    assert!(!all.contains(secret), "{name}, {api}, {endpoint}, {secret}: {all}");
                }
                failures += 1;
                quiet += usize::from(!stub.requests().iter().any(|sent| {
                    let headers: String =
                        sent.headers().values().map(|v| v.to_str().unwrap_or_default()).collect();
                    let body = sent
                        .body()
                        .bytes()
                        .map(|b| String::from_utf8_lossy(b).into_owned())
                        .unwrap_or_default();
                    let sent = format!("{headers} {} {body}", sent.url());
                    sent.contains(MARK) || BASE64.iter().any(|b| sent.contains(b))
                }));
            }
        }
    }
    // A digest never sends its secret.
    assert!(failures >= 300 && quiet <= 60, "{failures} {quiet}");
}
