//! Sessions: a declared endpoint logs in, once for all who wait, and again when it is told so.

use super::clock;
use apiclient::{
    auth::{AuthError, HandedOut, Renewing, Token},
    prelude::*,
    testing::{ManualClock, Stub},
    transport::Reply,
};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

#[derive(Serialize)]
struct Account {
    user: &'static str,
    password: &'static str,
}

#[derive(Deserialize)]
struct Session {
    id: String,
}

#[api_client(base_url = "http://shop.test")]
trait Login {
    #[post("/login")]
    fn log_in(&self, #[body] account: &Account) -> Call<Session>;
}

#[api_client(base_url = "http://shop.test")]
#[auth(custom)]
trait Shop {
    #[get("/cart")]
    fn cart(&self) -> Call<u8>;
    #[post("/logout")]
    fn log_out(&self) -> Call<()>;
}

/// A service with sessions: those before `good` are over; where it finds one is its own matter.
fn service(good: &Arc<AtomicUsize>, find: fn(&apiclient::HeaderMap) -> Option<String>) -> Stub {
    let good = good.clone();
    let logins = AtomicUsize::new(0);
    Stub::with(move |sent| {
        Ok(match sent.url().path() {
            "/login" => {
                let body = sent.body().bytes().cloned().unwrap_or_default();
                match body[..] == *br#"{"user":"ada","password":"pw"}"# {
                    true => Reply::new(
                        200,
                        format!(r#"{{"id":"s{}"}}"#, 1 + logins.fetch_add(1, Ordering::Relaxed)),
                    ),
                    false => Reply::new(403, r#"{"message":"who is that?"}"#),
                }
            }
            path => {
                let session = find(sent.headers()).and_then(|s| s.strip_prefix('s')?.parse::<usize>().ok());
                let is_good = session.is_some_and(|session| session >= good.load(Ordering::Relaxed));
                if is_good && path == "/logout" {
                    good.fetch_add(1, Ordering::Relaxed);
                }
                Reply::new(if is_good { 200 } else { 401 }, "1")
            }
        })
    })
}

fn sessions(stub: &Stub, clock: &ManualClock, password: &'static str) -> Renewing {
    let login = LoginClient::builder().transport(stub.clone()).clock(clock.clone()).build().unwrap();
    Renewing::by(move |_| {
        let call = login.log_in(&Account { user: "ada", password });
        async move { Ok(Token::new(call.await?.id)) }
    })
}

fn logins(stub: &Stub) -> usize {
    stub.requests().iter().filter(|r| r.url().path() == "/login").count()
}

#[test]
fn once_for_all_and_again_when_told() {
    type Find = fn(&apiclient::HeaderMap) -> Option<String>;
    type Put = fn(Renewing) -> Renewing;
    let places: [(Put, Find); 4] = [
        (|r| r, |h| h.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ").map(str::to_owned)),
        (|r| r.in_header("X-Session"), |h| Some(h.get("x-session")?.to_str().ok()?.to_owned())),
        (|r| r.in_cookie("sid"), |h| h.get("cookie")?.to_str().ok()?.strip_prefix("sid=").map(str::to_owned)),
        (
            |r| r.with_scheme("token"),
            |h| h.get("authorization")?.to_str().ok()?.strip_prefix("token ").map(str::to_owned),
        ),
    ];
    for (place, find) in places {
        let (good, clock) = (Arc::new(AtomicUsize::new(1)), clock());
        let stub = service(&good, find);
        let auth = place(sessions(&stub, &clock, "pw"));
        let shop =
            ShopClient::builder().transport(stub.clone()).clock(clock.clone()).auth(auth).build().unwrap();
        let all = clock.run(join_all((0..100).map(|_| shop.cart())));
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(logins(&stub), 1);
        // It is over, for all of them at once.
        good.store(2, Ordering::Relaxed);
        let all = clock.run(join_all((0..100).map(|_| shop.cart())));
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(logins(&stub), 2);
        clock.run(shop.log_out()).unwrap();
        clock.run(shop.cart()).unwrap();
        assert_eq!(logins(&stub), 3, "after a logout somebody has to log in again");
    }
}

#[test]
fn a_login_that_is_refused() {
    let (good, clock) = (Arc::new(AtomicUsize::new(1)), clock());
    let stub = service(&good, |_| None);
    let auth = sessions(&stub, &clock, "wrong");
    let shop = ShopClient::builder().transport(stub.clone()).clock(clock.clone()).auth(auth).build().unwrap();
    for _ in 0..3 {
        let e = clock.run(shop.cart()).unwrap_err();
        assert_eq!(
            e.to_string(),
            "GET /cart: there are no credentials: POST /login: 403 Forbidden: who is that?"
        );
    }
    assert_eq!(logins(&stub), 1, "nobody hammers it");
}

/// One that says for good that it is over, beside a token against forged requests.
#[test]
fn it_can_say_that_it_is_over() {
    let (good, clock) = (Arc::new(AtomicUsize::new(1)), clock());
    let stub = service(&good, |_| None);
    let over = Renewing::by(|_| async { Err(AuthError::reauth_required("somebody has to log in")) });
    let auth = (over, HandedOut::on(403, "X-CSRF-Token"));
    let shop = ShopClient::builder().transport(stub.clone()).clock(clock.clone()).auth(auth).build().unwrap();
    assert!(clock.run(shop.cart()).unwrap_err().is_reauth_required());
    assert!(stub.requests().is_empty());
}
