//! T4 at TRACE: with everything below at its most talkative, over real sockets, HTTP/1.1 and HTTP/2, nothing that is logged holds a secret: of
//! a header, a query, a cookie, a body, user information, or the answer of a token endpoint.

use apiclient::{
    Client, Method, Retry,
    auth::{ApiKey, Basic, Bearer, CookieJar, Digest, MemoryStore, SigV4, TokenKey},
    oauth2::{ClientCredentials, RefreshToken},
    testing::{Stub, TestServer},
    transport::{Hyper, Reply, Reqwest, Transport},
};
use serde_json::json;
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};
use tracing_subscriber::{fmt::MakeWriter, util::SubscriberInitExt};

/// Stands in every secret, and nowhere else; and what it is in base64, wherever it begins.
const MARKS: [&str; 4] = ["xqz", "eHF6", "hxe", "4cX"];
const SECRET: &str = "xqz7-Secret_1";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

/// A service of every kind: it issues tokens, sets cookies, challenges, and refuses.
fn service() -> Stub {
    Stub::with(|sent| {
        let json = |status, body: serde_json::Value| {
            let reply = Reply::new(status, body.to_string());
            reply.with_header("content-type".parse().unwrap(), "application/json".parse().unwrap())
        };
        let reply = match sent.url().path() {
            "/token" => json(
                200,
                json!({"access_token": "xqz1access", "refresh_token": "xqz2refresh", "expires_in": 60}),
            ),
            "/challenge" if !sent.headers().contains_key("authorization") => {
                let challenge = r#"Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256"#;
                json(401, json!(null))
                    .with_header("www-authenticate".parse().unwrap(), challenge.parse().unwrap())
            }
            "/refused" => json(403, json!({"message": "not for you"})),
            _ => json(200, json!(1)),
        };
        Ok(reply.with_header("set-cookie".parse().unwrap(), "sid=xqz3cookie".parse().unwrap()))
    })
}

#[tokio::test]
async fn nothing_that_is_logged_holds_a_secret() {
    let log = Log::default();
    let everything = tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE);
    everything.with_writer(log.clone()).with_ansi(false).finish().init();
    let server = TestServer::builder(service()).start().await.unwrap();
    let url = server.url().to_string();
    let mut done = 0;
    let transports: Vec<Arc<dyn Transport>> = vec![
        Arc::new(Hyper::builder().build().unwrap()),
        Arc::new(Hyper::builder().http2_prior_knowledge().build().unwrap()),
        Arc::new(Reqwest::from(apiclient::reqwest::Client::new())),
        Arc::new(Reqwest::from(
            apiclient::reqwest::Client::builder().http2_prior_knowledge().build().unwrap(),
        )),
    ];
    for transport in transports {
        let endpoint = format!("{url}/token");
        let builder = || {
            let builder = Client::builder().base_url(&*url).shared_transport(transport.clone());
            builder.retry(Retry::none()).cookie_jar(CookieJar::new())
        };
        let clients = [
            builder().auth(Bearer::new(SECRET)),
            builder().auth(Basic::new("ada", SECRET)),
            builder().auth(ApiKey::header("X-Key", SECRET)),
            builder().auth(ApiKey::query("k", SECRET)),
            builder().auth(ApiKey::cookie("k", SECRET)),
            builder().auth(Digest::new("ada", SECRET)),
            builder().auth(SigV4::new("eu-central-1", "s3", "AKID", SECRET).session_token("xqz4session")),
            builder().auth(ClientCredentials::new(&*endpoint, "ada", SECRET).build().unwrap()),
            builder().auth(ClientCredentials::new(&*endpoint, "ada", SECRET).in_body().build().unwrap()),
            builder().auth(
                RefreshToken::new(&*endpoint, "ada", SECRET)
                    .build()
                    .unwrap()
                    .stored(MemoryStore::new(), TokenKey::new("service")),
            ),
        ];
        for client in clients {
            let client = client.build().unwrap();
            for path in ["/", "/challenge", "/refused", "/"] {
                let call = client.call(Method::GET, path).fetch::<u8>();
                let result = call.await;
                // A key is no answer to the challenge of a digest.
                assert!(path == "/challenge" || result.is_ok() == (path == "/"), "{result:?}");
                done += 1;
            }
        }
    }
    drop(server);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(done == 160 && log.lines().count() > 1_000, "{done}, {} lines", log.lines().count());
    for below in ["h2::", "reqwest"] {
        assert!(log.contains(below), "{below} says nothing");
    }
    let told: Vec<_> = log.lines().filter(|line| MARKS.iter().any(|mark| line.contains(mark))).collect();
    assert!(told.is_empty(), "{} lines, such as\n{}", told.len(), told[..told.len().min(5)].join("\n"));
}
