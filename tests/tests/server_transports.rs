//! Real servers over both transports: TLS and HTTP/2, packed answers, HTTP/1.0, a socket, a proxy. `tests/servers/run` starts
//! them; one that does not answer is skipped with a word, `APICLIENT_REQUIRE=1` makes that an error.

use apiclient::{
    Bytes, Client, Error, ErrorKind, Method, Retry, reqwest,
    transport::{Hyper, Progress, Reqwest, Transport},
};
use apiclient_tests::is_up;
use futures_util::future::try_join_all;
use serde_json::Value;
use std::{path::PathBuf, sync::Arc, time::Duration};

const NGINX: &str = "http://127.0.0.1:18040";
const NGINX_TLS: &str = "https://localhost:18443";
const HTTPBIN: &str = "http://127.0.0.1:18001";
const RADICALE: &str = "http://127.0.0.1:18120";
const PROXY: &str = "http://127.0.0.1:18150";

/// Where `servers.py` keeps what belongs to nginx.
fn nginx_home() -> PathBuf {
    let home = std::env::var_os("SERVERS_HOME").map(PathBuf::from);
    home.unwrap_or_else(|| std::env::temp_dir().join("apiclient-servers")).join("nginx")
}

fn authority() -> Vec<u8> {
    std::fs::read(nginx_home().join("ca.pem")).unwrap()
}

/// What both builders are told.
#[derive(Default)]
struct Ways {
    trusts: bool,
    proxy: Option<&'static str>,
    socket: Option<PathBuf>,
}

impl Ways {
    fn hyper(&self) -> Arc<dyn Transport> {
        let mut builder = Hyper::builder().no_proxy();
        if self.trusts {
            builder = builder.tls_certs_merge(authority());
        }
        if let Some(proxy) = self.proxy {
            builder = builder.proxy(proxy);
        }
        if let Some(socket) = &self.socket {
            builder = builder.unix_socket(socket);
        }
        Arc::new(builder.build().unwrap())
    }

    fn reqwest(&self) -> Arc<dyn Transport> {
        let never = (reqwest::redirect::Policy::none(), reqwest::retry::never());
        let mut builder = reqwest::Client::builder().no_proxy().redirect(never.0).retry(never.1);
        if self.trusts {
            builder = builder.tls_certs_merge([reqwest::Certificate::from_pem(&authority()).unwrap()]);
        }
        if let Some(proxy) = self.proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy).unwrap());
        }
        if let Some(socket) = &self.socket {
            builder = builder.unix_socket(socket.clone());
        }
        Arc::new(Reqwest::from(builder.build().unwrap()).sends_once())
    }

    /// A client of this server over each of them.
    fn clients(&self, url: &str) -> [(&'static str, Client); 2] {
        [("hyper", self.hyper()), ("reqwest", self.reqwest())].map(|(name, transport)| {
            let builder = Client::builder().base_url(url).shared_transport(transport);
            (name, builder.retry(Retry::none()).build().unwrap())
        })
    }
}

fn trusting() -> Ways {
    Ways { trusts: true, ..Ways::default() }
}

async fn get(client: &Client, path: &str) -> Result<String, Error> {
    client.call(Method::GET, path).fetch().await
}

#[tokio::test]
async fn nginx_over_tls_and_http2_with_an_authority_of_its_own() {
    if !is_up(NGINX) {
        return;
    }
    for (name, client) in trusting().clients(NGINX_TLS) {
        let all = try_join_all((0..64).map(|_| get(&client, "/protocol"))).await.unwrap();
        assert!(all.iter().all(|protocol| protocol == "HTTP/2.0"), "{name}: {all:?}");
        let item: Value = client.call(Method::GET, "/a.json").fetch().await.unwrap();
        assert_eq!(item["v"], 1);
        // It says no, whatever is sent.
        let e = client.call(Method::PUT, "/a.json").json(&vec![0; 200_000]).fetch::<()>().await.unwrap_err();
        assert_eq!(e.status().unwrap(), 405, "{name}: {e}");
    }
    for (name, client) in Ways::default().clients(NGINX_TLS) {
        let e = get(&client, "/protocol").await.unwrap_err();
        assert!(e.is_connect(), "{name}: {e}");
        assert_eq!(
            e.to_string(),
            "GET /protocol: no connection to https://localhost:18443 (its certificate is not trusted)",
            "{name}"
        );
    }
    for (name, client) in Ways::default().clients(NGINX) {
        assert_eq!(get(&client, "/protocol").await.unwrap(), "HTTP/1.1", "{name}");
    }
}

#[tokio::test]
async fn nginx_drops_a_request() {
    if !is_up(NGINX) {
        return;
    }
    for url in [NGINX, NGINX_TLS] {
        for (name, client) in trusting().clients(url) {
            let e = get(&client, "/drop").await.unwrap_err();
            assert_eq!((e.kind(), e.attempts()), (ErrorKind::Transport, 1), "{name}: {e}");
            assert_eq!(e.progress(), Some(Progress::Written), "{name}: {e}");
            assert!(get(&client, "/protocol").await.is_ok(), "{name}");
        }
    }
}

#[tokio::test]
async fn nginx_is_slow() {
    if !is_up(NGINX) {
        return;
    }
    for url in [NGINX, NGINX_TLS] {
        for (name, client) in trusting().clients(url) {
            let call =
                client.call(Method::GET, "/slow").fetch::<String>().timeout(Duration::from_millis(300));
            let e = call.await.unwrap_err();
            assert!(e.is_timeout(), "{name}: {e}");
            assert!(get(&client, "/protocol").await.is_ok(), "{name}");
        }
    }
}

#[tokio::test]
async fn nginx_packs_its_answers() {
    if !is_up(NGINX) {
        return;
    }
    for (name, client) in trusting().clients(NGINX_TLS) {
        let answer = client.call(Method::GET, "/packed/big.txt").fetch::<String>().send().await.unwrap();
        assert_eq!(answer.body().len(), 100_000, "{name}");
        assert!(answer.headers().get("content-encoding").is_none(), "{name}");
        let plain = client.call(Method::GET, "/packed/big.txt").fetch::<String>();
        assert_eq!(plain.header("Range", "bytes=0-9").await.unwrap(), "xxxxxxxxxx", "{name}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nginx_at_a_unix_socket() {
    if !is_up(NGINX) {
        return;
    }
    let ways = Ways { socket: Some(nginx_home().join("nginx.sock")), ..Ways::default() };
    for (name, client) in ways.clients("http://localhost") {
        for _ in 0..3 {
            assert_eq!(get(&client, "/protocol").await.unwrap(), "HTTP/1.1", "{name}");
        }
    }
}

#[tokio::test]
async fn a_proxy_between() {
    if !is_up(PROXY) || !is_up(NGINX) {
        return;
    }
    let ways = Ways { proxy: Some(PROXY), ..trusting() };
    for (name, client) in ways.clients(NGINX_TLS) {
        assert_eq!(get(&client, "/protocol").await.unwrap(), "HTTP/2.0", "{name}");
    }
    for (name, client) in ways.clients(NGINX) {
        let answer = client.call(Method::GET, "/protocol").fetch::<String>().send().await.unwrap();
        assert_eq!(answer.body(), "HTTP/1.1", "{name}");
        assert!(
            answer.headers()["via"].to_str().unwrap().contains("tinyproxy"),
            "{name}: {:?}",
            answer.headers()
        );
    }
    // It says itself that there is nobody behind it.
    for (name, client) in ways.clients("https://localhost:1") {
        let e = get(&client, "/").await.unwrap_err();
        assert!(e.is_connect(), "{name}: {e}");
    }
}

#[tokio::test]
async fn httpbin_packs_streams_and_dribbles() {
    if !is_up(HTTPBIN) {
        return;
    }
    for (name, client) in Ways::default().clients(HTTPBIN) {
        for (path, key) in [("/gzip", "gzipped"), ("/brotli", "brotli"), ("/deflate", "deflated")] {
            let said: Value = client.call(Method::GET, path).fetch().await.unwrap();
            assert_eq!(said[key], true, "{name}: {path}");
            assert_eq!(said["headers"]["Accept-Encoding"], "gzip, br, zstd, deflate", "{name}");
        }
        let lines = get(&client, "/stream/5").await.unwrap();
        assert_eq!(lines.lines().count(), 5, "{name}");
        let path = "/drip?duration=1&numbytes=5&code=200&delay=0";
        let call = client.call(Method::GET, "/drip{?duration,numbytes,code,delay}");
        let call = call.param("duration", 1).param("numbytes", 5).param("code", 200).param("delay", 0);
        assert_eq!(call.fetch::<Bytes>().await.unwrap().len(), 5, "{name}: {path}");
    }
}

/// HTTP/1.0, a connection for each call.
#[tokio::test]
async fn radicale_closes_each_connection() {
    if !is_up(RADICALE) {
        return;
    }
    for (name, client) in Ways::default().clients(RADICALE) {
        for n in 0..5 {
            let method = Method::from_bytes(b"PROPFIND").unwrap();
            // u:p
            let call = client.call(method, "/u/").fetch::<String>();
            let answer =
                call.header("Authorization", "Basic dTpw").header("Depth", "0").send().await.unwrap();
            assert_eq!(answer.status(), 207, "{name}: {n}");
            assert!(answer.body().contains("multistatus"), "{name}");
        }
        let e = get(&client, "/u/").await.unwrap_err();
        assert!(e.is_unauthorized(), "{name}: {e}");
    }
}
