//! Retries and redirects against real servers, over both transports. `tests/servers/run` starts them; one that does not answer is
//! skipped with a word, `APICLIENT_REQUIRE=1` makes that an error.

use apiclient::{
    Client, Error, ErrorKind, Method, Redirects, Retry, reqwest,
    transport::{Hyper, Progress, Reqwest, Transport},
};
use apiclient_tests::is_up;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc, time::Duration};

const NGINX: &str = "http://127.0.0.1:18040";
const NGINX_TLS: &str = "https://localhost:18443";
const HTTPBIN: &str = "http://127.0.0.1:18001";

/// Where `servers.py` keeps what belongs to nginx.
fn authority() -> Vec<u8> {
    let home = std::env::var_os("SERVERS_HOME").map(PathBuf::from);
    let home = home.unwrap_or_else(|| std::env::temp_dir().join("apiclient-servers"));
    std::fs::read(home.join("nginx").join("ca.pem")).unwrap()
}

fn transports() -> [(&'static str, Arc<dyn Transport>); 2] {
    let hyper = Hyper::builder().no_proxy().tls_certs_merge(authority()).build().unwrap();
    let never = (reqwest::redirect::Policy::none(), reqwest::retry::never());
    let client = reqwest::Client::builder().no_proxy().redirect(never.0).retry(never.1);
    let client = client.tls_certs_merge([reqwest::Certificate::from_pem(&authority()).unwrap()]);
    [("hyper", Arc::new(hyper)), ("reqwest", Arc::new(Reqwest::from(client.build().unwrap()).sends_once()))]
}

/// Quick, so that a server that says nothing of when is asked again at once.
fn clients(url: &str, attempts: u32) -> impl Iterator<Item = (&'static str, Client)> {
    let retry = Retry::new().attempts(attempts).base(Duration::from_millis(50));
    transports().into_iter().map(move |(name, transport)| {
        (name, Client::builder().base_url(url).shared_transport(transport).retry(retry).build().unwrap())
    })
}

#[tokio::test]
async fn httpbin_answers_now_this_now_that() {
    if !is_up(HTTPBIN) || !is_up(NGINX) {
        return;
    }
    for (name, client) in clients(HTTPBIN, 3) {
        let call = |method: Method| client.call(method, "/status/200,429,503").fetch::<()>().send();
        let all = join_all((0..40).map(|_| call(Method::GET))).await;
        let attempts = |answer: &Result<apiclient::Response<()>, Error>| match answer {
            Ok(answer) => answer.attempts(),
            Err(e) => e.attempts(),
        };
        // A third each: of 40 some are told to wait and succeed then; those that fail have had all their tries.
        assert!(all.iter().any(|one| one.as_ref().is_ok_and(|answer| answer.attempts() > 1)), "{name}");
        for failed in all.iter().filter_map(|one| one.as_ref().err()) {
            assert!(matches!(failed.status().unwrap().as_u16(), 429 | 503), "{name}: {failed}");
            assert_eq!(failed.attempts(), 3, "{name}: {failed}");
        }
        // A POST may have been carried out: whatever it is told, it goes once.
        let all = join_all((0..20).map(|_| call(Method::POST))).await;
        assert!(all.iter().all(|one| attempts(one) == 1), "{name}");
        assert!(all.iter().any(Result::is_err), "{name}");
    }
}

#[tokio::test]
async fn nginx_says_when_to_come_back() {
    if !is_up(NGINX) {
        return;
    }
    for (name, client) in clients(NGINX, 8) {
        let get = |path: &str| client.call(Method::GET, path).fetch::<Value>().send();
        // Three at once and five a second, and `Retry-After: 1` for the others.
        let all = join_all((0..8).map(|_| get("/limited"))).await;
        let mut late = 0;
        for answer in all {
            let answer = answer.unwrap_or_else(|e| panic!("{name}: {e}"));
            let waits = answer.attempts() - 1;
            late += waits;
            assert!(answer.elapsed() >= Duration::from_secs(waits.into()), "{name}: {:?}", answer.elapsed());
        }
        assert!(late >= 4, "{name}: {late}");
        // No word of when: a few tries at short intervals find the next gap of 200 ms.
        let all = join_all((0..3).map(|_| get("/limited503"))).await;
        assert!(all.iter().all(Result::is_ok), "{name}: {all:?}");
        assert!(all.iter().flatten().any(|answer| answer.attempts() > 1), "{name}");
    }
}

#[tokio::test]
async fn nginx_is_away_for_a_thousand_years() {
    if !is_up(NGINX) {
        return;
    }
    for (name, client) in clients(NGINX, 3) {
        let e = client.call(Method::GET, "/maint").fetch::<Value>().await.unwrap_err();
        assert_eq!((e.status().unwrap().as_u16(), e.attempts()), (503, 1), "{name}: {e}");
        assert!(e.retry_after() > Some(Duration::from_secs(900 * 365 * 24 * 3600)), "{name}: {e}");
        assert!(e.to_string().contains("not tried again"), "{name}: {e}");
    }
}

#[tokio::test]
async fn nginx_drops_every_request() {
    if !is_up(NGINX) {
        return;
    }
    for url in [NGINX, NGINX_TLS] {
        for (name, client) in clients(url, 3) {
            let e = client.call(Method::GET, "/drop").fetch::<Value>().await.unwrap_err();
            assert_eq!((e.kind(), e.attempts()), (ErrorKind::Transport, 3), "{name}: {e}");
            // It was written: nobody knows what the server has done with it.
            let e = client.call(Method::POST, "/drop").json(&json!({})).fetch::<Value>().await.unwrap_err();
            assert_eq!((e.kind(), e.attempts()), (ErrorKind::Transport, 1), "{name}: {e}");
            assert_eq!(e.progress(), Some(Progress::Written), "{name}: {e}");
            let keyed = client.call(Method::POST, "/drop").json(&json!({})).fetch::<Value>();
            let e = keyed.idempotency_key("a-1").await.unwrap_err();
            assert_eq!(e.attempts(), 3, "{name}: {e}");
        }
    }
}

#[tokio::test]
async fn nginx_sends_elsewhere() {
    if !is_up(NGINX) {
        return;
    }
    for url in [NGINX, NGINX_TLS] {
        for (name, client) in clients(url, 1) {
            for status in [301, 303, 307, 308] {
                let path = || client.call(Method::GET, "/redir/{status}").param("status", status);
                let answer = path().fetch::<Value>().send().await.unwrap();
                assert_eq!(answer.url(), format!("{url}/a.json").as_str(), "{name}: {status}");
                assert_eq!(
                    (answer.body()["v"].as_u64(), answer.attempts()),
                    (Some(1), 1),
                    "{name}: {status}"
                );
                let e = path().fetch::<Value>().redirects(Redirects::none()).await.unwrap_err();
                assert_eq!(e.status().unwrap(), status, "{name}: {e}");
                // A POST becomes a GET or stays what it is (RFC 9110, section 15.4); a file takes no POST.
                let post = client.call(Method::POST, "/redir/{status}").param("status", status);
                let answer = post.json(&json!({"a": 1})).fetch::<Value>().await;
                match status {
                    301 | 303 => assert_eq!(answer.unwrap()["v"], 1, "{name}: {status}"),
                    _ => assert_eq!(answer.unwrap_err().status().unwrap(), 405, "{name}: {status}"),
                }
            }
            let e = client.call(Method::GET, "/redir/loop").fetch::<Value>().await.unwrap_err();
            assert_eq!((e.kind(), e.attempts()), (ErrorKind::Redirect, 1), "{name}: {e}");
            let down = client.call(Method::GET, "/redir/down").fetch::<Value>().await;
            match url {
                // The same port is another origin there, but no worse one.
                NGINX => assert_eq!(down.unwrap()["v"], 1, "{name}"),
                _ => {
                    let e = down.unwrap_err();
                    assert_eq!(e.kind(), ErrorKind::Redirect, "{name}: {e}");
                    assert!(e.to_string().contains("http://localhost:18040"), "{name}: {e}");
                }
            }
        }
    }
}
