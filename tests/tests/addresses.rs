//! Case 83: who may be asked to connect where. In memory, and over sockets with names, spellings, pools, proxies and rebinding.

use apiclient::{
    Addresses, Client, ClientBuilder, Error, ErrorKind, Method, Retry,
    testing::{ManualClock, Stub, TestServer},
    transport::{BoxFuture, Hyper, HyperBuilder, Reply, Reqwest, Resolve},
};
use apiclient_tests::proxy::Proxy;
use std::{
    io,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

fn location(to: &str) -> Reply {
    Reply::new(302, "").with_header("location".parse().unwrap(), to.parse().unwrap())
}

/// `/` leads to `to`; everything else is there.
fn leading(to: String) -> Stub {
    Stub::with(move |sent| match sent.url().path() {
        "/" => Ok(location(&to)),
        _ => Ok(Reply::new(200, "there")),
    })
}

fn builder(stub: &Stub) -> ClientBuilder {
    Client::builder().base_url("https://home.test").transport(stub.clone()).clock(ManualClock::new())
}

fn get(client: &Client) -> apiclient::Call<String> {
    client.call(Method::GET, "/").fetch()
}

#[track_caller]
fn is_refused(e: &Error, why: &str) {
    assert_eq!((e.kind(), e.attempts()), (ErrorKind::Config, 1), "{e}");
    assert!(e.to_string().contains(&format!("nothing was sent to http://{why}")), "{e}");
}

#[test]
fn case_83_a_redirect_to_an_address_that_is_not_public() {
    for (to, why) in [
        (
            "http://169.254.169.254/latest/meta-data/",
            "169.254.169.254 (169.254.169.254 is no public address)",
        ),
        ("http://127.0.0.1:8080/x", "127.0.0.1:8080 (127.0.0.1 is no public address)"),
        ("http://10.0.0.1/x", "10.0.0.1 (10.0.0.1 is no public address)"),
        ("http://[::1]/x", "[::1] (::1 is no public address)"),
        ("http://[::ffff:127.0.0.1]/x", "[::ffff:127.0.0.1] (::ffff:127.0.0.1 is no public address)"),
        ("http://[fd00:ec2::254]/x", "[fd00:ec2::254] (fd00:ec2::254 is no public address)"),
    ] {
        let stub = leading(to.into());
        // From `http`, so that no other rule says no.
        let client = builder(&stub).base_url("http://home.test").addresses(Addresses::PublicElsewhere);
        let e = apiclient::testing::run(get(&client.build().unwrap())).unwrap_err();
        is_refused(&e, why);
        assert_eq!(stub.requests().len(), 1, "{to}");
        // Without the guard it is followed.
        let stub = leading(to.into());
        let client = builder(&stub).base_url("http://home.test").build().unwrap();
        assert_eq!(apiclient::testing::run(get(&client)).unwrap(), "there");
    }
    let stub = leading("https://1.1.1.1/x".into());
    let client = builder(&stub).addresses(Addresses::Public).build().unwrap();
    assert_eq!(apiclient::testing::run(get(&client)).unwrap(), "there");
}

#[test]
fn case_83_other_schemes_are_never_followed() {
    for to in ["unix:/var/run/docker.sock", "http+unix://%2Fvar%2Frun%2Fdocker.sock/x", "file:///etc/passwd"]
    {
        let stub = leading(to.into());
        let e = apiclient::testing::run(get(&builder(&stub).build().unwrap())).unwrap_err();
        assert_eq!((e.kind(), stub.requests().len()), (ErrorKind::Redirect, 1), "{to}: {e}");
    }
}

#[test]
fn the_base_url_is_asked_too_where_somebody_else_chooses_it() {
    let stub = leading("/x".into());
    let client = builder(&stub).base_url("http://127.0.0.1");
    let client = client.addresses(Addresses::Public).build().unwrap();
    let e = apiclient::testing::run(get(&client)).unwrap_err();
    assert_eq!((e.kind(), e.attempts(), stub.requests().len()), (ErrorKind::Config, 0, 0), "{e}");
    let client = builder(&stub).base_url("http://127.0.0.1");
    let client = client.addresses(Addresses::PublicElsewhere).build().unwrap();
    assert_eq!(apiclient::testing::run(get(&client)).unwrap(), "there");
}

#[test]
fn a_transport_that_cannot_tell_is_an_error_of_build() {
    let own = Reqwest::from(apiclient::reqwest::Client::new());
    let e = Client::builder().transport(own).addresses(Addresses::Public).build().unwrap_err();
    assert_eq!(
        e.to_string(),
        "`addresses` needs a transport that looks at them: the default one, a `Hyper` or a `Stub`"
    );
}

/// Two servers on loopback: the first leads to the second, by the name that is asked for.
struct Site {
    home: TestServer,
    inside: TestServer,
}

impl Site {
    async fn new(host: &str) -> Self {
        let inside = TestServer::start(Stub::with(|_| Ok(Reply::new(200, "inside")))).await.unwrap();
        let port = inside.url().rsplit(':').next().unwrap();
        let to = format!("http://{host}:{port}/inside");
        let home = TestServer::start(leading(to)).await.unwrap();
        Site { home, inside }
    }

    /// The default transport, and the lean one.
    fn builders(&self, hyper: impl Fn(HyperBuilder) -> HyperBuilder) -> [ClientBuilder; 2] {
        let hyper = hyper(Hyper::builder().no_proxy()).build().unwrap();
        [Client::builder(), Client::builder().transport(hyper)]
            .map(|builder| builder.base_url(self.home.url()).retry(Retry::none()))
    }
}

#[tokio::test]
async fn case_83_after_the_name_was_looked_up() {
    for (host, says) in [
        ("localhost", "localhost has no public address"),
        ("LOCALHOST", "localhost has no public address"),
        // What `getaddrinfo` and URLs of browsers take for 127.0.0.1.
        ("127.1", ""),
        ("2130706433", ""),
        ("0x7f.0.0.1", ""),
        ("017700000001", ""),
    ] {
        let site = Site::new(host).await;
        for builder in site.builders(|hyper| hyper) {
            let client = builder.addresses(Addresses::PublicElsewhere).build().unwrap();
            let e = get(&client).await.unwrap_err();
            assert!(matches!(e.kind(), ErrorKind::Config | ErrorKind::Redirect), "{host}: {e}");
            assert!(e.to_string().contains(says), "{host}: {e}");
        }
        assert_eq!(site.inside.connections(), 0, "{host}");
    }
    let site = Site::new("localhost").await;
    for builder in site.builders(|hyper| hyper) {
        assert_eq!(get(&builder.build().unwrap()).await.unwrap(), "inside", "without the guard");
    }
}

/// Says another thing each time.
#[derive(Debug, Clone, Default)]
struct Rebinding(Arc<AtomicUsize>);

impl Resolve for Rebinding {
    fn resolve(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let time = self.0.fetch_add(usize::from(host == "evil.test"), Ordering::Relaxed);
        Box::pin(async move {
            match time {
                0 => Err(io::Error::other("not yet")),
                _ => Ok(vec![Ipv4Addr::LOCALHOST.into()]),
            }
        })
    }
}

#[tokio::test]
async fn case_83_each_time_that_it_is_looked_up() {
    let site = Site::new("evil.test").await;
    let names = Rebinding::default();
    let [_, builder] = site.builders(|hyper| hyper.resolver(names.clone()));
    let client = builder.addresses(Addresses::PublicElsewhere).build().unwrap();
    let e = get(&client).await.unwrap_err();
    assert!(e.is_connect(), "{e}");
    for _ in 0..2 {
        let e = get(&client).await.unwrap_err();
        assert!(e.to_string().ends_with("(evil.test has no public address)"), "{e}");
    }
    assert_eq!((names.0.load(Ordering::Relaxed), site.inside.connections()), (3, 0));
}

/// A connection that another client of the transport has made is not taken.
#[tokio::test]
async fn case_83_not_over_a_connection_that_is_there_already() {
    let site = Site::new("localhost").await;
    let hyper = Arc::new(Hyper::builder().no_proxy().build().unwrap());
    let builder = || Client::builder().base_url(site.home.url()).shared_transport(hyper.clone());
    assert_eq!(get(&builder().build().unwrap()).await.unwrap(), "inside");
    let before = site.inside.connections();
    let e = get(&builder().addresses(Addresses::PublicElsewhere).build().unwrap()).await.unwrap_err();
    is_refused(&e, &format!("localhost:{} (localhost has no public address)", port(&site.inside)));
    assert_eq!(site.inside.connections(), before);
}

fn port(server: &TestServer) -> &str {
    server.url().rsplit(':').next().unwrap()
}

#[tokio::test]
async fn case_83_not_through_a_proxy_or_a_socket() {
    let site = Site::new("localhost").await;
    let proxy = Proxy::start(None).await;
    let url = format!("http://{}", proxy.address);
    let [_, builder] = site.builders(|hyper| hyper.proxy(url.clone()));
    let e = get(&builder.addresses(Addresses::PublicElsewhere).build().unwrap()).await.unwrap_err();
    assert!(e.to_string().contains("cannot be seen through a proxy or a socket"), "{e}");
    assert_eq!(site.inside.connections(), 0);
    #[cfg(unix)]
    {
        let hyper = Hyper::builder().unix_socket("/tmp/apiclient-nobody.sock").build().unwrap();
        let client = Client::builder().base_url("http://home.test").transport(hyper).retry(Retry::none());
        let e = get(&client.addresses(Addresses::Public).build().unwrap()).await.unwrap_err();
        assert!(e.to_string().contains("cannot be seen through a proxy or a socket"), "{e}");
    }
}
