//! What a server sees of a hedge, over sockets: both transports, both versions.

use super::{MS, SECOND};
use apiclient::{
    Call, Client, Hedge, HedgeAfter, Method, reqwest,
    testing::ManualClock,
    transport::{Hyper, Reqwest, Transport},
};
use apiclient_tests::{
    Fault, FaultServer,
    faults::{Behaviour, Entry, Http2, Side},
};
use std::sync::Arc;

fn over(builder: reqwest::ClientBuilder) -> Arc<dyn Transport> {
    let quiet = builder.no_proxy().retry(reqwest::retry::never()).connect_timeout(SECOND * 5);
    Arc::new(Reqwest::from(quiet.build().unwrap()).sends_once())
}

/// Twenty that are answered, so that there is a fund for a second request; then one that is not, and the last.
async fn server(good: impl Into<Behaviour>, silent: impl Into<Behaviour>) -> FaultServer {
    let (good, silent) = (good.into(), silent.into());
    let mut script = vec![good.clone(); 20];
    script.extend([silent, good]);
    FaultServer::script(script).await
}

fn get(client: &Client) -> Call<u8> {
    client.call(Method::GET, "/number").fetch()
}

/// The first request is not answered, the second one is; what the first one was, the server has seen the end of.
async fn hedged(server: &FaultServer, transport: Arc<dyn Transport>) {
    let clock = ManualClock::new();
    let builder = Client::builder().base_url(&server.url).shared_transport(transport).clock(clock.clone());
    let client = builder.hedge(Hedge::new().after(HedgeAfter::Fixed(MS * 50))).build().unwrap();
    for _ in 0..20 {
        assert_eq!(get(&client).await.unwrap(), 7);
    }
    let call = tokio::spawn(get(&client).send());
    server.journal.wait_for(|all| all.iter().any(|entry| matches!(entry, Entry::Silent { .. }))).await;
    clock.advance(MS * 50);
    let answer = call.await.unwrap().unwrap();
    assert_eq!((*answer.body(), answer.attempts()), (7, 2));
}

#[tokio::test]
async fn the_connection_of_the_loser_is_closed() {
    let hyper = || Arc::new(Hyper::builder().no_proxy().build().unwrap());
    for transport in [hyper() as Arc<dyn Transport>, over(reqwest::Client::builder())] {
        let server = server(Fault::answer("200 OK", b"7"), Fault::stall("")).await;
        hedged(&server, transport).await;
        assert_eq!(server.journal.closed(1).await, Side::Client);
        assert_eq!((server.heads().len(), server.journal.connections()), (22, 2));
        let is_closed = |entry: &Entry| matches!(entry, Entry::Closed { connection: 2, .. });
        assert!(!server.journal.entries().iter().any(is_closed), "the winner's stays");
    }
}

#[tokio::test]
async fn the_stream_of_the_loser_is_reset() {
    let hyper = || Arc::new(Hyper::builder().no_proxy().http2_prior_knowledge().build().unwrap());
    let reqwest = || over(reqwest::Client::builder().http2_prior_knowledge());
    for transport in [hyper() as Arc<dyn Transport>, reqwest()] {
        let server = server(Http2::Answer(b"7".to_vec()), Http2::Silence).await;
        hedged(&server, transport).await;
        let cancelled = Entry::Cancelled { connection: 1, stream: 41 };
        server.journal.wait_for(|all| all.contains(&cancelled)).await;
        assert_eq!((server.heads().len(), server.journal.connections()), (22, 1));
    }
}
