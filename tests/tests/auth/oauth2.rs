//! Tokens of OAuth 2.0, and what a token endpoint can say.

use super::clock;
use apiclient::{
    Call, Client, ErrorKind, Method,
    auth::{MemoryStore, Renewing, TokenKey, TokenStore},
    oauth2::{ClientCredentials, RefreshToken},
    prelude::*,
    testing::{ManualClock, SeededRandom, Stub},
    transport::{Reply, TransportError, TransportErrorKind},
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

const SECOND: Duration = Duration::from_secs(1);

type Said = Result<Reply, TransportErrorKind>;

/// A service with its token endpoint, which says one thing after the other, the last of them again and again.
fn service(says: impl IntoIterator<Item = Said>) -> Stub {
    let says = Mutex::new(says.into_iter().collect::<Vec<_>>());
    Stub::with(move |sent| match sent.url().path() {
        "/token" => {
            let mut says = says.lock().unwrap();
            let said = if says.len() > 1 { says.remove(0) } else { says[0].clone() };
            said.map_err(|kind| TransportError::new(kind, "it broke"))
        }
        _ => Ok(Reply::new(200, "1")),
    })
}

fn json(status: u16, body: &str) -> Said {
    let reply = Reply::new(status, body.to_owned());
    Ok(reply.with_header("content-type".parse().unwrap(), "application/json".parse().unwrap()))
}

fn token(access: &str, more: &str) -> Said {
    json(200, &format!(r#"{{"access_token":"{access}","token_type":"Bearer"{more}}}"#))
}

fn client(stub: &Stub, clock: &ManualClock, token: Renewing) -> Client {
    let builder = Client::builder().base_url("https://api.test").transport(stub.clone()).clock(clock.clone());
    builder.random(SeededRandom::new(5)).auth(token).build().unwrap()
}

fn get(client: &Client) -> Call<u8> {
    client.call(Method::GET, "/x").fetch()
}

fn credentials() -> ClientCredentials {
    ClientCredentials::new("https://login.test/token", "my app", "s3cr:et/ü")
}

/// What was sent to the token endpoint: its header and its body.
fn asked(stub: &Stub) -> Vec<(Option<String>, String)> {
    let requests = stub.requests();
    let to_endpoint = requests.iter().filter(|r| r.url().path() == "/token");
    let parts = to_endpoint.map(|r| {
        assert_eq!(
            (r.method(), r.headers()["content-type"].to_str().unwrap()),
            (&Method::POST, "application/x-www-form-urlencoded")
        );
        assert_eq!(r.headers()["accept"], "application/json");
        let header = r.headers().get("authorization").map(|v| v.to_str().unwrap().to_owned());
        (header, String::from_utf8(r.body().bytes().unwrap().to_vec()).unwrap())
    });
    parts.collect()
}

/// A token for each set of scopes, whoever asks for it and in whatever order; each is renewed by itself.
#[test]
fn a_token_for_each_set_of_scopes() {
    #[api_client(base_url = "https://api.test")]
    #[auth(oauth2, scopes = ["read"])]
    trait Reports {
        #[get("/a")]
        fn a(&self) -> Call<String>;
        #[get("/b")]
        #[auth(oauth2, scopes = ["write", "read"])]
        fn b(&self) -> Call<String>;
        #[get("/c")]
        #[auth(oauth2, scopes = ["read", "write"])]
        fn c(&self) -> Call<String>;
        #[get("/d")]
        #[auth(oauth2, scopes = ["audit"])]
        fn d(&self) -> Call<String>;
    }
    let clock = clock();
    // The token names its scopes and the how many-th it is; the first one for `audit` is refused.
    let number = AtomicUsize::new(0);
    let stub = Stub::with(move |sent| {
        let header = sent.headers().get("authorization").map_or("", |value| value.to_str().unwrap());
        match sent.url().path() {
            "/token" => {
                let body = String::from_utf8(sent.body().bytes().unwrap().to_vec()).unwrap();
                let scope = body.split("scope=").nth(1).unwrap().replace('+', ".");
                let access = format!("{scope}-{}", number.fetch_add(1, Ordering::Relaxed));
                token(&access, r#","expires_in":100"#).map_err(|_| unreachable!())
            }
            "/d" if header.ends_with("-2") => Ok(Reply::new(401, "")),
            _ => Ok(Reply::new(200, header.to_owned())),
        }
    });
    let store = Arc::new(MemoryStore::new());
    let tokens = credentials().by_scopes().unwrap().stored(store.clone(), TokenKey::new("reports"));
    let api = ReportsClient::builder().transport(stub.clone()).clock(clock.clone()).auth(tokens);
    let api = api.random(SeededRandom::new(5)).build().unwrap();
    assert_eq!(clock.run(api.a()).unwrap(), "Bearer read-0");
    assert_eq!(clock.run(api.b()).unwrap(), "Bearer write.read-1");
    assert_eq!(clock.run(api.c()).unwrap(), "Bearer write.read-1", "in any order");
    assert_eq!(clock.run(api.d()).unwrap(), "Bearer audit-3", "another one after the first was refused");
    assert_eq!(clock.run(api.a()).unwrap(), "Bearer read-0");
    let keys: BTreeSet<_> = clock.run(store.list()).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(keys, ["reports//audit", "reports//read", "reports//read+write"].map(str::to_owned).into());
    clock.advance(200 * SECOND);
    assert_eq!(clock.run(api.a()).unwrap(), "Bearer read-4");
    let health = clock.run(api.client().health());
    assert_eq!(health.tokens()[0].state().as_str(), "expired", "the others are over");
}

/// RFC 6749, sections 2.3.1 and 4.4.
#[test]
fn how_it_asks() {
    let (stub, clock) = (service([token("t1", "")]), clock());
    let api = client(
        &stub,
        &clock,
        credentials().scopes(["read", "write all"]).param("audience", "https://api.test").build().unwrap(),
    );
    clock.run(get(&api)).unwrap();
    clock.run(get(&api)).unwrap();
    // base64 of `my+app:s3cr%3Aet%2F%C3%BC`.
    let basic = "Basic bXkrYXBwOnMzY3IlM0FldCUyRiVDMyVCQw==".to_owned();
    let body =
        "grant_type=client_credentials&scope=read%20write%20all&audience=https%3A%2F%2Fapi.test".to_owned();
    let found = asked(&stub);
    assert_eq!(found.len(), 1, "once");
    assert_eq!(found[0].0.as_ref(), Some(&basic));
    assert_eq!(found[0].1.replace('+', "%20"), body);
    assert_eq!(stub.requests().last().unwrap().headers()["authorization"], "Bearer t1");

    let stub = service([token("t1", "")]);
    let api = client(&stub, &clock, credentials().in_body().build().unwrap());
    clock.run(get(&api)).unwrap();
    let (header, body) = asked(&stub).remove(0);
    assert_eq!(
        (header, body.replace('+', "%20")),
        (None, "grant_type=client_credentials&client_id=my%20app&client_secret=s3cr%3Aet%2F%C3%BC".into())
    );
}

/// Each refresh token is presented once; the next one takes its place, or it stays where there is none.
#[test]
fn refresh_tokens_rotate() {
    let lives = r#","expires_in":100"#;
    let (stub, clock) = (
        service([
            token("t1", &format!(r#"{lives},"refresh_token":"r2""#)),
            token("t2", lives),
            token("t3", &format!(r#"{lives},"refresh_token":"r3""#)),
            token("t4", lives),
        ]),
        clock(),
    );
    let api = client(
        &stub,
        &clock,
        RefreshToken::new("https://login.test/token", "cli", "r1").scopes(["a"]).build().unwrap(),
    );
    for _ in 0..4 {
        clock.run(get(&api)).unwrap();
        clock.advance(SECOND * 101);
    }
    let bodies: Vec<_> = asked(&stub).into_iter().map(|(_, body)| body).collect();
    let refresh =
        |token: &str| format!("grant_type=refresh_token&refresh_token={token}&scope=a&client_id=cli");
    assert_eq!(bodies, ["r1", "r2", "r2", "r3"].map(refresh));
    let secret = RefreshToken::new("https://login.test/token", "cli", "r1").secret("s").build().unwrap();
    let stub = service([token("t", "")]);
    clock.run(get(&client(&stub, &clock, secret))).unwrap();
    assert_eq!(asked(&stub)[0].0.as_deref(), Some("Basic Y2xpOnM="));
}

/// 57: `invalid_grant` is the end; 58: an answer that was lost is asked for once more, and no more than that.
#[test]
fn refresh_tokens_that_are_refused_or_lost() {
    let refresh = || RefreshToken::new("https://login.test/token", "cli", "r1").build().unwrap();
    let (stub, clock) =
        (service([json(400, r#"{"error":"invalid_grant","error_description":"r1 is revoked"}"#)]), clock());
    let api = client(&stub, &clock, refresh());
    for says in [
        "the token endpoint takes this grant no longer (invalid_grant)",
        "the refresh token is refused, as it was before",
    ] {
        let e = clock.run(get(&api)).unwrap_err();
        assert!(e.is_reauth_required(), "{e}");
        assert_eq!(e.to_string(), format!("GET /x: there are no credentials: {says}"));
        clock.advance(SECOND * 60);
    }
    assert_eq!(asked(&stub).len(), 1);

    let stub = service([Err(TransportErrorKind::Broken), token("t2", "")]);
    clock.run(get(&client(&stub, &clock, refresh()))).unwrap();
    assert_eq!(asked(&stub).len(), 2);
    // A gateway may have given up on an endpoint that has seen it; an answer that cannot be read was one. Once more, and not again.
    for lost in [json(503, ""), json(502, "<html>"), json(200, "<html>"), json(200, "{}")] {
        let stub = service([lost.clone(), token("t2", "")]);
        clock.run(get(&client(&stub, &clock, refresh()))).unwrap();
        assert_eq!(asked(&stub).len(), 2);
        let stub = service([lost]);
        let api = client(&stub, &clock, refresh());
        for _ in 0..5 {
            assert!(clock.run(get(&api)).is_err());
            clock.advance(SECOND * 60);
        }
        assert_eq!(asked(&stub).len(), 2);
        assert!(clock.run(get(&api)).unwrap_err().is_reauth_required());
    }
    // One that was not sent, and one that was refused for the moment, can be presented again.
    for (not_seen, status) in [(Err(TransportErrorKind::Connect), None), (json(429, ""), Some(429))] {
        let stub = service([not_seen.clone(), not_seen, token("t2", "")]);
        let api = client(&stub, &clock, refresh());
        for _ in 0..2 {
            assert!(!clock.run(get(&api)).unwrap_err().is_reauth_required(), "{status:?}");
            clock.advance(SECOND * 60);
        }
        clock.run(get(&api)).unwrap();
    }
    // A reset, and then nobody there: it may have been seen by who is gone.
    let gone = [Err(TransportErrorKind::Broken), Err(TransportErrorKind::Connect), token("t2", "")];
    let stub = service(gone);
    let api = client(&stub, &clock, refresh());
    assert!(clock.run(get(&api)).is_err());
    clock.advance(SECOND * 60);
    assert!(clock.run(get(&api)).unwrap_err().is_reauth_required());
    assert_eq!(asked(&stub).len(), 2);
    let stub = service([Err(TransportErrorKind::Broken)]);
    let e = clock.run(get(&client(&stub, &clock, refresh()))).unwrap_err();
    assert_eq!(
        e.to_string(),
        "GET /x: there are no credentials: the token endpoint cannot be asked: transport"
    );
    assert_eq!(asked(&stub).len(), 2);
}

/// A store goes on where the last process was; another first one is another login, and one that was refused is not presented again.
#[test]
fn refresh_tokens_in_a_store() {
    let refresh = |first: &str| RefreshToken::new("https://login.test/token", "cli", first).build().unwrap();
    let lives = r#","expires_in":100,"refresh_token":"#;
    let (store, clock, key) = (MemoryStore::new(), clock(), TokenKey::new("login").scopes(["a"]));
    let run = |first: &str, says: Said| {
        let stub = service([says]);
        let api = client(&stub, &clock, refresh(first).stored(store.clone(), key.clone()));
        let result = clock.run(get(&api));
        clock.advance(SECOND * 101);
        let asked = asked(&stub);
        assert!(asked.len() <= 1);
        let presented =
            asked.first().map(|(_, body)| body.split('&').nth(1).unwrap().replace("refresh_token=", ""));
        (result.is_ok(), presented)
    };
    let yes = |presented: &str| (true, Some(presented.to_owned()));
    assert_eq!(run("r1", token("t1", &format!(r#"{lives}"r2""#))), yes("r1"));
    assert_eq!(run("r1", token("t2", &format!(r#"{lives}"r3""#))), yes("r2"));
    assert_eq!(run("s1", token("t3", &format!(r#"{lives}"r4""#))), yes("r3"));
    let refused = || json(400, r#"{"error":"invalid_grant"}"#);
    assert_eq!(run("r1", refused()), (false, Some("r4".into())));
    assert_eq!(run("r1", refused()), (false, None));
    assert_eq!(run("s1", refused()), (false, Some("s1".into())));
    assert_eq!(run("s1", refused()), (false, None));
    assert_eq!(run("u1", token("t4", &format!(r#"{lives}"u2""#))), yes("u1"));
    // An answer that was lost is a verdict about that login only.
    let stub = service([Err(TransportErrorKind::Broken)]);
    let api = client(&stub, &clock, refresh("u1").stored(store.clone(), key.clone()));
    assert!(clock.run(get(&api)).is_err());
    clock.advance(SECOND * 60);
    assert_eq!(run("u1", token("t5", "")), (false, None));
    assert_eq!(run("v1", token("t6", "")), yes("v1"));
}

/// Client credentials can be asked for again.
#[test]
fn a_token_endpoint_that_fails() {
    let clock = clock();
    for said in [json(503, ""), Err(TransportErrorKind::Connect), Err(TransportErrorKind::Broken)] {
        let stub = service([said.clone(), said, token("t", "")]);
        clock.run(get(&client(&stub, &clock, credentials().build().unwrap()))).unwrap();
        assert_eq!(asked(&stub).len(), 3);
    }
    for (said, what, asks) in [
        (json(503, ""), "answers 503 Service Unavailable", 3),
        (json(401, r#"{"error":"invalid_client"}"#), "refuses (invalid_client)", 1),
        (json(401, ""), "does not know this client (401)", 1),
        (json(400, r#"{"error":"my app: s3cr:et/ü"}"#), "answers 400 Bad Request", 1),
    ] {
        let stub = service([said]);
        let e = clock.run(get(&client(&stub, &clock, credentials().build().unwrap()))).unwrap_err();
        assert_eq!((e.kind(), e.attempts()), (ErrorKind::Auth, 0));
        assert_eq!(e.to_string(), format!("GET /x: there are no credentials: the token endpoint {what}"));
        assert_eq!(asked(&stub).len(), asks, "{what}");
    }
}

/// 61: what is no token is an error, nothing of it is told, and no redirect is followed.
#[test]
fn answers_that_are_none() {
    let clock = clock();
    let canary = "CANARY9876543";
    let redirect = Reply::new(302, "").with_header(
        "location".parse().unwrap(),
        format!("https://evil.test/token?{canary}").parse().unwrap(),
    );
    for (said, what) in [
        (json(200, &format!("<html>{canary}</html>")), "the answer of the token endpoint is no JSON"),
        (json(200, &format!(r#"["{canary}"]"#)), "has no `access_token`"),
        (json(200, &format!(r#"{{"access_token":"","x":"{canary}"}}"#)), "has no `access_token`"),
        (json(200, &format!(r#"{{"access_token":7,"x":"{canary}"}}"#)), "has no `access_token`"),
        (
            json(200, &format!(r#"{{"access_token":"{canary}","token_type":"mac"}}"#)),
            "another type than `Bearer`",
        ),
        (
            json(200, &format!(r#"{{"access_token":"{canary}\r\nx: y"}}"#)),
            "the token holds what no header can",
        ),
        (json(200, &canary.repeat(10_000)), "cannot be asked: too_large"),
        (Ok(redirect), "answers 302 Found, and its redirects are not followed"),
        (json(500, canary), "answers 500 Internal Server Error"),
    ] {
        let stub = service([said]);
        let e = clock.run(get(&client(&stub, &clock, credentials().build().unwrap()))).unwrap_err();
        assert!(e.to_string().contains(what), "{what}: {e}");
        let causes = std::iter::successors(Some(&e as &dyn std::error::Error), |e| e.source());
        let all: String = causes.map(|e| format!("{e} {e:?} {e:#?}")).collect();
        assert!(!all.contains(canary) && !all.contains("s3cr:et"), "{all}");
        assert!(stub.requests().iter().all(|r| r.url().host() != Some("evil.test")));
    }
}

/// 60: lives that servers write.
#[test]
fn lives() {
    // What is said, and after how long the token is asked for anew, if it is.
    for (said, again) in [
        (r#","expires_in":100"#, true),
        (r#","expires_in":"100""#, true),
        (r#","expires_in":100.5"#, true),
        ("", false),
        (r#","expires_in":0"#, false),
        (r#","expires_in":-5"#, false),
        (r#","expires_in":1e300"#, false),
        (r#","expires_in":null"#, false),
        (r#","expires_in":"soon""#, false),
    ] {
        let (stub, clock) = (service([token("t", said)]), clock());
        let api = client(&stub, &clock, credentials().build().unwrap());
        for _ in 0..10 {
            clock.run(get(&api)).unwrap();
        }
        assert_eq!(asked(&stub).len(), 1, "{said}");
        clock.advance(SECOND * 120);
        clock.run(get(&api)).unwrap();
        assert_eq!(asked(&stub).len(), 1 + usize::from(again), "{said}");
    }
}

/// Secrets go to `https`, or to this machine.
#[test]
fn where_secrets_go() {
    let build =
        |url: &str| ClientCredentials::new(url, "a", "b").build().map(drop).map_err(|e| e.to_string());
    for good in [
        "https://login.test/token",
        "https://login.test:8443/t?p=1",
        "http://localhost:80/t",
        "http://127.0.0.1/t",
        "http://[::1]:8080/t",
    ] {
        build(good).unwrap_or_else(|e| panic!("{good}: {e}"));
    }
    for bad in [
        "http://login.test/token",
        "ftp://login.test",
        "login.test/token",
        "",
        "https://",
        "https://me:pass@login.test/t",
        "http://localhost.evil.test/t",
        "http://127.0.0.1.evil.test/",
    ] {
        let e = build(bad).expect_err(bad);
        assert!(e.starts_with("the URL of the token endpoint cannot be used: "), "{bad}: {e}");
        assert!(!e.contains("pass"), "{e}");
    }
}

#[test]
fn nothing_is_printed() {
    let values: [&dyn std::fmt::Debug; 3] = [
        &credentials(),
        &RefreshToken::new("https://login.test/token", "cli", "r1-CANARY").secret("s3cr:et"),
        &credentials().in_body().build().unwrap(),
    ];
    let text: String = values.iter().map(|value| format!("{value:?} {value:#?}")).collect();
    assert!(!text.contains("s3cr") && !text.contains("CANARY"), "{text}");
    let _ = Arc::new(text);
}
