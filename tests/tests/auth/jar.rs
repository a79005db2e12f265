//! Cookies that a service sets: which are kept, and where they go.

use apiclient::{
    Call, Client, Method,
    auth::{AuthError, CookieJar, Renewing, Token},
    prelude::*,
    testing::{ManualClock, Stub},
    transport::Reply,
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Answers each request for `/set/..` with these cookies, and everything else with 200.
fn service(cookies: &[&str]) -> Stub {
    let cookies: Vec<String> = cookies.iter().map(|&cookie| cookie.to_owned()).collect();
    Stub::with(move |sent| {
        let mut reply = Reply::new(200, "1");
        if sent.url().path().starts_with("/set") {
            for cookie in &cookies {
                reply = reply.with_header("set-cookie".parse().unwrap(), cookie.parse().unwrap());
            }
        }
        Ok(reply)
    })
}

fn client(base: &str, stub: &Stub, jar: &CookieJar) -> (Client, ManualClock) {
    let clock = ManualClock::new();
    let builder = Client::builder().base_url(base).transport(stub.clone()).clock(clock.clone());
    (builder.cookie_jar(jar.clone()).build().unwrap(), clock)
}

/// What is sent with a request to this path, in order of the names.
fn sent(base: &str, path: &str, stub: &Stub, jar: &CookieJar) -> Vec<String> {
    let (client, clock) = client(base, stub, jar);
    clock.run(client.call(Method::GET, path).fetch::<u8>()).unwrap();
    let line = super::header(stub, "cookie").unwrap_or_default();
    let mut all: Vec<String> = line.split("; ").filter(|it| !it.is_empty()).map(ToOwned::to_owned).collect();
    all.sort();
    all
}

/// RFC 6265, sections 5.3 and 5.4, by what a client sees of it.
#[test]
fn what_is_kept_and_where_it_goes() {
    let stub = service(&[
        "a=1",
        "b=2; Path=/deep",
        "c=3; Secure",
        "d=4; HttpOnly; Max-Age=100000000",
        "e=5; Max-Age=0",
        "f=6; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "g=7; Domain=evil.test",
        "h=8; Domain=test",
        "i=9; Domain=shop.test",
        "=nameless",
        "no pair at all",
        "j=a b",
    ]);
    let jar = CookieJar::new();
    assert!(sent("http://shop.test", "/set", &stub, &jar).is_empty());
    assert_eq!(sent("http://shop.test", "/x", &stub, &jar), ["a=1", "d=4", "g=7", "h=8", "i=9", "j=a b"]);
    let deep = sent("http://shop.test", "/deep/x", &stub, &jar);
    assert!(deep.contains(&"b=2".to_owned()) && !deep.contains(&"c=3".to_owned()), "{deep:?}");
    assert!(sent("https://shop.test", "/x", &stub, &jar).contains(&"c=3".to_owned()));
    // Whatever `Domain` says.
    for other in ["http://evil.test", "http://test", "http://api.shop.test", "http://other.test"] {
        assert!(sent(other, "/x", &stub, &jar).is_empty(), "{other}");
    }
    assert_eq!(jar.value("http://shop.test/", "a").unwrap().expose(), "1");
    assert!(jar.value("http://other.test/", "a").is_none() && jar.value("nonsense", "a").is_none());
    let printed = format!("{jar:?}");
    assert!(printed.contains("\"a\"") && !printed.contains('1'), "{printed}");
    jar.clear();
    assert!(sent("http://shop.test", "/x", &stub, &jar).is_empty());
}

/// A domain that was named is shared, by its own hosts only.
#[test]
fn a_domain_that_is_shared() {
    let stub = service(&["sid=1; Domain=.Example.com", "own=2"]);
    let jar = CookieJar::new().shared_by(".example.com");
    sent("https://login.example.com", "/set", &stub, &jar);
    assert_eq!(sent("https://api.example.com", "/x", &stub, &jar), ["sid=1"]);
    assert!(sent("https://badexample.com", "/x", &stub, &jar).is_empty());
    // Another one cannot set it.
    let stub = service(&["sid=evil; Domain=example.com"]);
    sent("https://evil.test", "/set", &stub, &jar);
    assert_eq!(sent("https://api.example.com", "/x", &stub, &jar), ["sid=1"]);
}

/// Too long, too many: a server cannot fill the memory, and what is there can still be changed.
#[test]
fn limits() {
    let long = format!("long={}", "x".repeat(4096));
    let many: Vec<String> = (0..400).map(|number| format!("n{number}=1")).collect();
    let mut all: Vec<&str> = vec![&long];
    all.extend(many.iter().map(String::as_str));
    let (stub, jar) = (service(&all), CookieJar::new());
    for _ in 0..3 {
        sent("http://shop.test", "/set", &stub, &jar);
    }
    let kept = sent("http://shop.test", "/x", &stub, &jar);
    assert!(kept.len() <= 180 && kept.len() >= 170, "{}", kept.len());
    let stub = service(&["n1=2", "n2=gone; Max-Age=0"]);
    sent("http://shop.test", "/set", &stub, &jar);
    let after = sent("http://shop.test", "/x", &stub, &jar);
    assert!(after.contains(&"n1=2".to_owned()) && after.len() == kept.len() - 1);
}

/// What a call or a trait says itself is left; what is sent is a secret.
#[test]
fn beside_the_callers_own() {
    let stub = Stub::with(|sent| {
        let cookies =
            sent.headers().get("cookie").map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        let reply = Reply::new(if cookies.contains("fail") { 500 } else { 200 }, cookies);
        Ok(reply.with_header("set-cookie".parse().unwrap(), "sid=canary-1".parse().unwrap()))
    });
    let jar = CookieJar::new();
    let (client, clock) = client("http://shop.test", &stub, &jar);
    let get = || client.call(Method::GET, "/").fetch::<String>();
    clock.run(get()).unwrap();
    let own = clock.run(get().header("cookie", "theme=dark; sid=mine")).unwrap();
    assert_eq!(own, "theme=dark; sid=mine");
    assert_eq!(clock.run(get().header("cookie", "theme=dark")).unwrap(), "theme=dark; sid=canary-1");
    let e = clock.run(get().header("cookie", "fail=yes").retry(apiclient::Retry::none())).unwrap_err();
    assert!(!format!("{e} {e:?} {e:#?}").contains("canary"), "{e:?}");
}

/// A redirect that leaves takes nothing along, and what the other one sets is its own; one that stays at home sets a session on its way.
#[test]
fn redirects() {
    let stub = Stub::with(|sent| {
        let (status, to) = match (sent.url().host().unwrap(), sent.url().path()) {
            ("shop.test", "/login") => (303, "/home"),
            ("shop.test", "/leave") => (307, "https://other.test/x"),
            ("other.test", "/x") => (302, "https://shop.test/back"),
            _ => (200, "/"),
        };
        let name = sent.url().host().unwrap().replace('.', "-");
        let cookie = format!("{name}=1").parse().unwrap();
        let reply = Reply::new(status, "1").with_header("set-cookie".parse().unwrap(), cookie);
        Ok(reply.with_header("location".parse().unwrap(), to.parse().unwrap()))
    });
    let jar = CookieJar::new();
    let (client, clock) = client("https://shop.test", &stub, &jar);
    clock.run(client.call(Method::POST, "/login").fetch::<u8>()).unwrap();
    assert_eq!(super::header(&stub, "cookie").as_deref(), Some("shop-test=1"), "set by the redirect");
    clock.run(client.call(Method::GET, "/leave").fetch::<u8>()).unwrap();
    let cookies: Vec<_> = stub.requests()[2..]
        .iter()
        .map(|sent| sent.headers().get("cookie").map(|value| value.to_str().unwrap().to_owned()))
        .collect();
    assert_eq!(cookies, [Some("shop-test=1".into()), None, Some("shop-test=1".into())]);
}

/// Written and read again, sessions as well; what is no such text changes nothing.
#[test]
fn there_and_back() {
    let (stub, jar) = (service(&["sid=1", "kept=2; Max-Age=100000"]), CookieJar::new());
    sent("http://shop.test", "/set", &stub, &jar);
    let text = jar.export().unwrap();
    assert!(!format!("{text:?}").contains("sid"));
    let other = CookieJar::new();
    assert!(other.import("{\"not\": 1}").is_err() && other.import("[").is_err());
    other.import(text.expose()).unwrap();
    assert_eq!(sent("http://shop.test", "/x", &stub, &other), ["kept=2", "sid=1"]);
}

#[api_client(base_url = "http://shop.test")]
trait Login {
    #[post("/login")]
    fn log_in(&self, #[field] user: &str) -> Call<()>;
}

#[api_client(base_url = "http://shop.test")]
#[auth(session)]
trait Shop {
    #[get("/cart")]
    fn cart(&self) -> Call<u8>;
}

/// A session that is a cookie: logs in once for all who wait, and again when it is refused.
#[test]
fn a_session_in_a_jar() {
    let (logins, good) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(1)));
    let stub = Stub::with({
        let (logins, good) = (logins.clone(), good.clone());
        move |sent| match sent.url().path() {
            "/login" => {
                let number = logins.fetch_add(1, Ordering::Relaxed) + 1;
                let cookie = format!("sid=s-{number}; HttpOnly").parse().unwrap();
                Ok(Reply::new(204, "").with_header("set-cookie".parse().unwrap(), cookie))
            }
            _ => {
                let cookie = sent.headers().get("cookie").map(|value| value.to_str().unwrap().to_owned());
                let is_good = cookie == Some(format!("sid=s-{}", good.load(Ordering::Relaxed)));
                Ok(Reply::new(if is_good { 200 } else { 401 }, "7"))
            }
        }
    });
    let (clock, jar) = (ManualClock::new(), CookieJar::new());
    let login = LoginClient::builder().transport(stub.clone()).clock(clock.clone());
    let login = login.cookie_jar(jar.clone()).build().unwrap();
    let cookies = jar.clone();
    let session = Renewing::by(move |_| {
        let (call, cookies) = (login.log_in("ada"), cookies.clone());
        async move {
            call.await?;
            let sid = cookies.value("http://shop.test/", "sid");
            sid.map(Token::new).ok_or_else(|| AuthError::new("the login sets no `sid`"))
        }
    });
    let shop = ShopClient::builder().transport(stub).clock(clock.clone()).cookie_jar(jar);
    let shop = shop.auth(session.in_jar()).build().unwrap();
    let all = |shop: &ShopClient| -> Vec<Call<u8>> { (0..100).map(|_| shop.cart()).collect() };
    let answers = clock.run(futures_util::future::join_all(all(&shop)));
    assert!(answers.into_iter().all(|answer| answer.unwrap() == 7));
    assert_eq!(logins.load(Ordering::Relaxed), 1);
    good.store(2, Ordering::Relaxed);
    let answers = clock.run(futures_util::future::join_all(all(&shop)));
    assert!(answers.into_iter().all(|answer| answer.is_ok()));
    assert_eq!(logins.load(Ordering::Relaxed), 2);
}
