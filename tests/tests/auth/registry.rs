//! Tokens that a registry asks for: one for each repository, wider where that is asked for.

use super::clock;
use apiclient::{
    Call, Client, ErrorKind, Method,
    oauth2::RegistryToken,
    testing::{ManualClock, Stub},
    transport::Reply,
};
use futures_util::future::join_all;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

const SECOND: Duration = Duration::from_secs(1);
const REALM: &str = "https://login.test/token?x=1";

type Asked = Arc<Mutex<Vec<String>>>;

/// A registry whose tokens say what they are good for, for 100 s; and what its realm was asked.
fn registry(clock: &ManualClock) -> (Stub, Asked) {
    let asked = Asked::default();
    let (clock, log) = (clock.clone(), asked.clone());
    let stub = Stub::with(move |sent| {
        let says =
            |name: &str| sent.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        let url = sent.url().to_string();
        if sent.url().host() == Some("login.test") {
            log.lock().unwrap().push(format!(
                "{} {}",
                says("authorization"),
                url.split("x=1").nth(1).unwrap()
            ));
            let known = ["Basic YWRhOnB3", ""].contains(&&*says("authorization"));
            let scopes: Vec<_> = url.split("scope=").skip(1).map(|s| s.split('&').next().unwrap()).collect();
            let token = format!("{}@{}", scopes.join("+"), clock.elapsed().as_secs())
                .replace("%3A", ":")
                .replace("%2C", ",")
                .replace("%2F", "/");
            return Ok(match known {
                true => Reply::new(200, format!(r#"{{"token":"{token}","expires_in":100}}"#)),
                false => Reply::new(401, r#"{"details":"incorrect username or password"}"#),
            });
        }
        let path = sent.url().path().trim_start_matches("/v2/");
        let name = path.rsplitn(3, '/').nth(2).unwrap_or_default().to_owned();
        let action = if sent.method() == Method::GET { "pull" } else { "pull,push" };
        let token = says("authorization");
        let (scopes, issued) = token.trim_start_matches("Bearer ").rsplit_once('@').unwrap_or(("", "0"));
        let granted: BTreeSet<_> = scopes
            .split('+')
            .filter_map(|scope| scope.rsplit_once(':'))
            .filter(|(what, _)| *what == format!("repository:{name}"))
            .flat_map(|(_, actions)| actions.split(','))
            .collect();
        let is_good = action.split(',').all(|action| granted.contains(action))
            && clock.elapsed() < SECOND * (issued.parse::<u32>().unwrap() + 100);
        let challenge =
            format!(r#"Bearer realm="{REALM}",service="registry",scope="repository:{name}:{action}""#);
        Ok(match is_good {
            true => Reply::new(200, "1"),
            false => Reply::new(401, "")
                .with_header("www-authenticate".parse().unwrap(), challenge.parse().unwrap()),
        })
    });
    (stub, asked)
}

fn client(stub: &Stub, clock: &ManualClock, token: RegistryToken) -> Client {
    let builder =
        Client::builder().base_url("https://registry.test/v2").transport(stub.clone()).clock(clock.clone());
    builder.auth(token).build().unwrap()
}

fn ada() -> RegistryToken {
    RegistryToken::new("ada", "pw").realm("https://login.test/token")
}

fn call(client: &Client, method: Method, path: &str) -> Call<u8> {
    client.call(method, "/{+path}").param("path", path).fetch()
}

#[test]
fn one_for_each_repository_and_wider_where_it_is_asked_for() {
    let clock = clock();
    let (stub, asked) = registry(&clock);
    let registry = client(&stub, &clock, ada());
    for n in 0..20 {
        clock.run(call(&registry, Method::GET, &format!("a/b/tags/{n}"))).unwrap();
    }
    assert_eq!(*asked.lock().unwrap(), ["Basic YWRhOnB3 &service=registry&scope=repository%3Aa%2Fb%3Apull"]);
    assert_eq!(stub.requests().len(), 22, "one of them was refused");
    clock.run(call(&registry, Method::POST, "a/b/blobs/uploads")).unwrap();
    assert!(
        asked.lock().unwrap()[1]
            .ends_with("&scope=repository%3Aa%2Fb%3Apull&scope=repository%3Aa%2Fb%3Apull%2Cpush")
    );
    // It is good for both, and another repository has its own.
    clock.run(call(&registry, Method::GET, "a/b/tags/list")).unwrap();
    clock.run(call(&registry, Method::GET, "a/bb/tags/list")).unwrap();
    clock.run(call(&registry, Method::GET, "a/b/tags/list")).unwrap();
    assert_eq!(asked.lock().unwrap().len(), 3);
    // It is renewed before it is over.
    let before = stub.requests().len();
    for _ in 0..50 {
        clock.advance(SECOND * 20);
        clock.run(call(&registry, Method::POST, "a/b/blobs/uploads")).unwrap();
    }
    assert!((13..=25).contains(&asked.lock().unwrap().len()), "{}", asked.lock().unwrap().len());
    let refused =
        stub.requests()[before..].iter().filter(|r| !r.headers().contains_key("authorization")).count();
    assert_eq!(refused, 0);
}

#[test]
fn a_hundred_at_once() {
    let clock = clock();
    let (stub, asked) = registry(&clock);
    let registry = client(&stub, &clock, ada());
    let all = clock
        .run(join_all((0..100).map(|n| call(&registry, Method::GET, ["a/b/tags/x", "c/d/tags/x"][n % 2]))));
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(asked.lock().unwrap().len(), 2);
}

/// Whoever answers for the registry does not choose who is told the password.
#[test]
fn realms_at_another_host() {
    let clock = clock();
    let (stub, asked) = registry(&clock);
    let e = clock
        .run(call(&client(&stub, &clock, RegistryToken::new("ada", "pw")), Method::GET, "a/b/tags/x"))
        .unwrap_err();
    assert_eq!(
        e.to_string(),
        "GET /{+path}: 401 Unauthorized, and the registry names a realm at another host, https://login.test: if name and password may go there, say it with `.realm(..)`"
    );
    assert_eq!(e.kind(), ErrorKind::Auth);
    assert!(asked.lock().unwrap().is_empty());
    // Nobody has no password.
    clock.run(call(&client(&stub, &clock, RegistryToken::anonymous()), Method::GET, "a/b/tags/x")).unwrap();
    assert!(asked.lock().unwrap()[0].starts_with(" &service"));
    let wrong = client(&stub, &clock, RegistryToken::new("ada", "wrong").realm("https://login.test/token"));
    let e = clock.run(call(&wrong, Method::GET, "a/b/tags/x")).unwrap_err();
    assert_eq!(
        e.to_string(),
        "GET /{+path}: there are no credentials: the token endpoint does not know this client (401)"
    );
    for realm in ["http://login.test/t", "ftp://x", "", "javascript:x"] {
        let challenge = format!(r#"Bearer realm="{realm}",scope="repository:a:pull""#);
        let stub = Stub::with(move |_| {
            Ok(Reply::new(401, "")
                .with_header("www-authenticate".parse().unwrap(), challenge.parse().unwrap()))
        });
        let e = clock.run(call(&client(&stub, &clock, ada()), Method::GET, "a/tags/x")).unwrap_err();
        assert!(e.is_unauthorized() && stub.requests().len() == 1, "{realm}: {e}");
    }
}

/// Refused with the token that it has just got, and by other challenges.
#[test]
fn refused_for_good() {
    let clock = clock();
    let count = Arc::new(Mutex::new(0));
    let issued = count.clone();
    let stub = Stub::with(move |sent| {
        if sent.url().host() == Some("login.test") {
            *issued.lock().unwrap() += 1;
            return Ok(Reply::new(200, r#"{"access_token":"t"}"#));
        }
        let challenge = format!(
            r#"Basic realm="x", Bearer realm="{REALM}",scope="repository:a/b:pull",error="insufficient_scope""#
        );
        Ok(Reply::new(401, "").with_header("www-authenticate".parse().unwrap(), challenge.parse().unwrap()))
    });
    let registry = client(&stub, &clock, ada());
    for _ in 0..3 {
        assert!(clock.run(call(&registry, Method::GET, "a/b/tags/x")).unwrap_err().is_unauthorized());
    }
    assert!(*count.lock().unwrap() <= 4, "{}", count.lock().unwrap());
    let plain = Stub::with(|_| {
        Ok(Reply::new(401, "").with_header("www-authenticate".parse().unwrap(), "Bearer".parse().unwrap()))
    });
    assert!(
        clock
            .run(call(&client(&plain, &clock, ada()), Method::GET, "a/b/tags/x"))
            .unwrap_err()
            .is_unauthorized()
    );
    assert_eq!(plain.requests().len(), 1);
    assert!(!format!("{:?}", RegistryToken::new("ada", "CANARY")).contains("CANARY"));
}
