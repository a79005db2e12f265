//! What a server of HTTP/2 can do wrong, over a reqwest that knows beforehand that it is one.

use apiclient::{Error, ErrorKind, prelude::*, reqwest, testing::ManualClock, transport::Reqwest};
use apiclient_tests::{
    Fault, FaultServer,
    faults::{Behaviour, Entry, Http2, Reads, Side},
};

#[api_client(base_url = "http://stub.test")]
#[retry(none)]
trait Numbers {
    #[get("/number")]
    fn number(&self) -> Call<u8>;
    #[put("/number")]
    fn set_number(&self, #[body] n: &str) -> Call<u8>;
}

/// As the default transport is, but for the version.
fn quiet() -> reqwest::ClientBuilder {
    insistent().retry(reqwest::retry::never())
}

/// reqwest as it is by default: it sends again what the server says it has not seen to.
fn insistent() -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy().http2_prior_knowledge()
}

fn api(server: &FaultServer, http: reqwest::ClientBuilder, clock: &ManualClock) -> NumbersClient {
    let transport = Reqwest::from(http.build().unwrap()).sends_once();
    NumbersClient::builder().base_url(&server.url).transport(transport).clock(clock.clone()).build().unwrap()
}

async fn fail(server: &FaultServer, api: &NumbersClient, clock: &ManualClock) -> Error {
    let e = server.outwait(clock, tokio::spawn(api.number())).await.unwrap_err();
    let said = e.to_string();
    assert!(
        said.starts_with("GET /number: ") && said.contains(&server.url) && !said.contains('\n'),
        "{said}"
    );
    assert_eq!(e.attempts(), 1, "{said}");
    e
}

fn seven() -> Behaviour {
    Http2::Answer(b"7".to_vec()).into()
}

#[tokio::test]
async fn good_answers_share_a_connection() {
    let server = FaultServer::start(seven()).await;
    let api = api(&server, quiet(), &ManualClock::new());
    assert_eq!(api.number().await.unwrap(), 7);
    assert_eq!(api.set_number("five").await.unwrap(), 7);
    assert_eq!(server.journal.connections(), 1);
    let request = |stream: u32, body: &[u8]| (format!("HTTP/2 stream {stream}"), body.to_vec());
    assert_eq!(server.requests(), [request(1, b""), request(3, b"\"five\"")]);
}

/// Each is one error, one request, and no harm to the next call.
#[tokio::test]
async fn what_a_server_refuses() {
    const STREAM: &str = "(stream error received: ";
    const CONNECTION: &str = "(connection error received: ";
    const LEAVES: &str = "(the server is shutting it down)";
    for (act, why, connections) in [
        (Http2::Reset(Http2::REFUSED_STREAM), "(the server refused the request unseen)", 1),
        (Http2::Reset(Http2::INTERNAL_ERROR), STREAM, 1),
        (Http2::Reset(Http2::ENHANCE_YOUR_CALM), STREAM, 1),
        (Http2::Reset(Http2::NO_ERROR), STREAM, 1),
        (Http2::GoAway(Http2::NO_ERROR), LEAVES, 2),
        (Http2::GoAway(Http2::INTERNAL_ERROR), CONNECTION, 2),
        (Http2::GoAway(Http2::ENHANCE_YOUR_CALM), CONNECTION, 2),
        (Http2::GoAwayAtOnce(Http2::NO_ERROR), LEAVES, 2),
        (Http2::GoAwayAtOnce(Http2::ENHANCE_YOUR_CALM), CONNECTION, 2),
    ] {
        let name = format!("{act:?}");
        // The request may be under way by then, or not.
        let may_be_unsent = matches!(act, Http2::GoAwayAtOnce(_));
        let clock = ManualClock::new();
        let server = FaultServer::script([act.into(), seven()]).await;
        let api = api(&server, quiet(), &clock);
        let e = fail(&server, &api, &clock).await;
        assert_eq!(e.kind(), ErrorKind::Transport, "{name}: {e}");
        assert!(e.to_string().contains(why), "{name}: {e}");
        // RFC 9113, section 8.7.
        let is_unsent = !name.starts_with("Reset") || name == "Reset(7)";
        assert_eq!(e.progress().unwrap().is_unsent(), is_unsent, "{name}: {e}");
        let heads = server.heads().len();
        assert!(heads == 1 || (heads == 0 && may_be_unsent), "{name}: {:?}", server.journal.entries());
        assert_eq!(api.number().await.unwrap(), 7, "{name}");
        assert_eq!(server.journal.connections(), connections, "{name}");
    }
}

/// A connection that says good-bye while nobody waits for it is left alone.
#[tokio::test]
async fn a_good_bye_while_idle() {
    let server = FaultServer::script([seven(), Http2::GoAwayAtOnce(Http2::NO_ERROR).into(), seven()]).await;
    let api = api(&server, quiet(), &ManualClock::new());
    assert_eq!(api.number().await.unwrap(), 7);
    assert_eq!(server.journal.closed(1).await, Side::Client);
    assert_eq!(api.number().await.unwrap(), 7);
    assert_eq!((server.journal.connections(), server.requests().len()), (2, 2));
}

/// A call that is given up gives up its stream, and the connection stays.
#[tokio::test]
async fn silence_is_too_late() {
    let clock = ManualClock::new();
    let server = FaultServer::script([Http2::Silence.into(), seven()]).await;
    let api = api(&server, quiet(), &clock);
    let e = fail(&server, &api, &clock).await;
    assert_eq!(e.kind(), ErrorKind::Timeout, "{e}");
    server.journal.wait_for(|all| all.contains(&Entry::Cancelled { connection: 1, stream: 1 })).await;
    assert_eq!(api.number().await.unwrap(), 7);
    assert_eq!((server.journal.connections(), server.requests().len()), (1, 2));
}

#[tokio::test]
async fn a_server_that_speaks_no_http2() {
    for fault in [
        Fault::send("HTTP/1.1 505 HTTP Version Not Supported\r\n\r\n").after(Reads::Begin),
        Fault::hangup().after(Reads::Begin),
        Fault::hangup(),
    ] {
        let name = format!("{fault:?}");
        let clock = ManualClock::new();
        let server = FaultServer::start(fault).await;
        let e = fail(&server, &api(&server, quiet(), &clock), &clock).await;
        assert_eq!((e.kind(), server.journal.connections()), (ErrorKind::Transport, 1), "{name}: {e}");
    }
}

/// What reqwest does by itself unless it is told not to, beneath the pipeline: the call counts one attempt. The default
/// transport tells it.
#[tokio::test]
async fn a_reqwest_of_ones_own_sends_again() {
    let refused = || Behaviour::from(Http2::Reset(Http2::REFUSED_STREAM));
    for (script, sent) in [
        (vec![refused(), seven()], 2),
        (vec![refused(), refused(), seven()], 3),
        (vec![Http2::GoAway(Http2::NO_ERROR).into(), seven()], 2),
        (vec![seven()], 1),
    ] {
        let name = format!("{script:?}");
        let server = FaultServer::script(script).await;
        let answer = api(&server, insistent(), &ManualClock::new()).number().send().await.unwrap();
        assert_eq!((answer.into_body(), server.requests().len()), (7, sent), "{name}");
    }
    // Three times in all, and never after another code.
    let clock = ManualClock::new();
    let server = FaultServer::start(refused()).await;
    fail(&server, &api(&server, insistent(), &clock), &clock).await;
    assert_eq!(server.requests().len(), 3);
    for act in [Http2::Reset(Http2::INTERNAL_ERROR), Http2::Reset(Http2::ENHANCE_YOUR_CALM)] {
        let server = FaultServer::start(act).await;
        fail(&server, &api(&server, insistent(), &clock), &clock).await;
        assert_eq!(server.requests().len(), 1);
    }
}
