//! Credentials that wait for a challenge: Digest, and headers that a refusal hands out.

use super::clock;
use apiclient::{
    Body, Call, Client, ErrorKind, Method,
    auth::{Auth, Basic, Digest, HandedOut},
    prelude::*,
    testing::{ManualClock, SeededRandom, Stub},
    transport::Reply,
};
use futures_util::stream;
use std::sync::Mutex;

fn reply(status: u16, headers: &[(&str, &str)]) -> Reply {
    headers.iter().fold(Reply::new(status, "1"), |reply, (name, value)| {
        reply.with_header(name.parse().unwrap(), value.parse().unwrap())
    })
}

/// A server that says one thing after the other, the last of them again and again.
fn server(says: Vec<Reply>) -> Stub {
    let says = Mutex::new(says);
    Stub::with(move |_| {
        let mut says = says.lock().unwrap();
        Ok(if says.len() > 1 { says.remove(0) } else { says[0].clone() })
    })
}

fn asks(challenge: &str) -> Reply {
    reply(401, &[("www-authenticate", challenge)])
}

const MD5: &str = r#"Digest realm="r", nonce="n1", qop="auth", algorithm=MD5"#;
const SHA: &str =
    r#"Digest realm="r", nonce="n2", qop="auth, auth-int", algorithm=SHA-256, opaque="o", userhash=true"#;

fn client(stub: &Stub, auth: impl Auth + 'static) -> (Client, ManualClock) {
    let clock = clock();
    let builder = Client::builder().base_url("http://api.test").transport(stub.clone()).clock(clock.clone());
    (builder.random(SeededRandom::new(3)).auth(auth).build().unwrap(), clock)
}

fn get(client: &Client) -> Call<u8> {
    client.call(Method::GET, "/x{?q}").param("q", "a b").fetch()
}

/// The answers to challenges that were sent, empty where there was none.
fn answers(stub: &Stub) -> Vec<String> {
    let header = |r: &apiclient::testing::Sent| {
        r.headers().get("authorization").map(|v| v.to_str().unwrap().to_owned())
    };
    stub.requests().iter().map(|r| header(r).unwrap_or_default()).collect()
}

#[test]
fn the_strongest_challenge_is_answered_and_brought_along() {
    // Two fields, and two challenges in one of them.
    let many =
        reply(401, &[("www-authenticate", &format!("Basic realm=\"r\", {MD5}")), ("www-authenticate", SHA)]);
    let stub = server(vec![many, reply(200, &[])]);
    let (client, clock) = client(&stub, Digest::new("ada", "pw"));
    for _ in 0..3 {
        clock.run(get(&client)).unwrap();
    }
    let answers = answers(&stub);
    assert_eq!((answers.len(), &*answers[0]), (4, ""));
    for (number, answer) in answers[1..].iter().enumerate() {
        let has = |part: &str| assert!(answer.contains(part), "{part}: {answer}");
        has("algorithm=SHA-256, nonce=\"n2\"");
        has(&format!("nc={:08x}", number + 1));
        has("qop=auth,");
        has("uri=\"/x?q=a%20b\"");
        has("opaque=\"o\", userhash=true");
        assert!(!answer.contains("ada") && !answer.contains("pw"), "{answer}");
    }
    assert_ne!(answers[1].split("cnonce").nth(1), answers[2].split("cnonce").nth(1), "another each time");
}

#[test]
fn a_wrong_password_and_a_stale_nonce() {
    let stub = server(vec![asks(MD5), asks(&MD5.replace("n1", "n2"))]);
    let (one, clock) = client(&stub, Digest::new("ada", "wrong"));
    let e = clock.run(get(&one)).unwrap_err();
    assert!(e.is_unauthorized() && e.kind() == ErrorKind::Status, "{e}");
    assert_eq!(stub.requests().len(), 2);

    let stale = MD5.replace("n1", "n2").replace("algorithm", "stale=TRUE, algorithm");
    let stub = server(vec![asks(MD5), reply(200, &[]), asks(&stale), reply(200, &[])]);
    let (two, clock) = client(&stub, Digest::new("ada", "pw"));
    clock.run(get(&two)).unwrap();
    clock.run(get(&two)).unwrap();
    let answers = answers(&stub);
    assert_eq!(answers.len(), 4);
    assert!(
        answers[2].contains("\"n1\", nc=00000002") && answers[3].contains("\"n2\", nc=00000001"),
        "{answers:?}"
    );
    // A stale one that is the same is none.
    let stub = server(vec![asks(&stale)]);
    let (three, clock) = client(&stub, Digest::new("ada", "pw"));
    assert!(clock.run(get(&three)).unwrap_err().is_unauthorized());
    assert_eq!(stub.requests().len(), 2);
}

#[test]
fn what_cannot_be_answered() {
    for challenge in [
        "Basic realm=\"r\"",
        r#"Digest realm="r", nonce="n", algorithm=MD7"#,
        r#"Digest realm="r", nonce="n", qop="other""#,
        r#"Digest nonce="n""#,
        r#"Digest realm="r""#,
        "Digest",
        "",
    ] {
        let stub = server(vec![asks(challenge)]);
        let (client, clock) = client(&stub, Digest::new("ada", "pw"));
        assert!(clock.run(get(&client)).unwrap_err().is_unauthorized(), "{challenge}");
        assert_eq!(stub.requests().len(), 1, "{challenge}");
    }
    // A hash of a body that is not in memory.
    let stub = server(vec![asks(r#"Digest realm="r", nonce="n", qop="auth-int""#), reply(200, &[])]);
    let (client, clock) = client(&stub, Digest::new("ada", "pw"));
    let body = Body::stream(stream::iter([Ok::<_, std::io::Error>("x")]));
    let e = clock.run(client.call(Method::POST, "/y").body("text/plain", body).fetch::<u8>()).unwrap_err();
    assert!(e.to_string().ends_with("(not tried again: its body can be sent only once)"), "{e}");
    let body = Body::stream(stream::iter([Ok::<_, std::io::Error>("x")]));
    let e = clock.run(client.call(Method::POST, "/y").body("text/plain", body).fetch::<u8>()).unwrap_err();
    assert!(e.to_string().contains("wants a hash of the body (`auth-int`), which is not in memory"), "{e}");
    clock.run(client.call(Method::POST, "/y").json(&"z").fetch::<u8>()).unwrap();
    assert!(answers(&stub).last().unwrap().contains("qop=auth-int"));
}

#[test]
fn a_header_that_a_refusal_hands_out() {
    let stub = server(vec![
        reply(409, &[("x-session", "s1")]),
        reply(200, &[]),
        reply(200, &[]),
        reply(409, &[("x-session", "s2")]),
        reply(200, &[]),
        reply(409, &[]),
    ]);
    let (one, clock) = client(&stub, (Basic::new("a", "b"), HandedOut::on(409, "X-Session")));
    for _ in 0..3 {
        clock.run(get(&one)).unwrap();
    }
    let e = clock.run(get(&one)).unwrap_err();
    assert!(e.is_conflict(), "one without it is what it is: {e}");
    let requests = stub.requests();
    let sessions: Vec<_> =
        requests.iter().map(|r| r.headers().get("x-session").map(|v| v.to_str().unwrap())).collect();
    assert_eq!(sessions, [None, Some("s1"), Some("s1"), Some("s1"), Some("s2"), Some("s2")]);
    assert!(requests.iter().all(|r| r.headers()["authorization"] == "Basic YTpi"));
    assert!(requests[1].headers()["x-session"].is_sensitive());
    let (bad, clock) = client(&stub, HandedOut::on(409, "X Session"));
    assert_eq!(clock.run(get(&bad)).unwrap_err().kind(), ErrorKind::Auth);
}

#[test]
fn declared() {
    #[api_client(base_url = "http://api.test")]
    #[auth(digest)]
    trait Camera {
        #[get("/snapshot")]
        fn snapshot(&self) -> Call<u8>;
    }
    let stub = server(vec![asks(MD5), reply(200, &[])]);
    let clock = clock();
    let builder = || CameraClient::builder().transport(stub.clone()).clock(clock.clone());
    let camera = builder().auth(Digest::new("ada", "pw")).build().unwrap();
    assert_eq!(clock.run(camera.snapshot()).unwrap(), 1);
    let e = builder().auth(Basic::new("a", "b")).build().unwrap_err();
    assert_eq!(e.to_string(), "Camera declares `#[auth(digest)]` and was given a `Basic` for it");
    assert!(!format!("{:?}", Digest::new("ada", "CANARY")).contains("CANARY"));
}
