//! Bodies that stand still, the sixteen scenarios of smithy's stalled-stream protection (seven downloads, nine uploads), and what
//! the list of hostile cases has of slow bodies. Their grace of 5 s begins after a second of too little; ours has both in one.

use apiclient::{
    Body, Bytes, Client, Error, HeaderMap, Method, StatusCode,
    testing::ManualClock,
    time::Clock,
    transport::{Attempt, BodyStream, BoxFuture, Progress, Reply, Transport, TransportError},
};
use apiclient_tests::{Fault, FaultServer};
use futures_util::stream;
use http_body::Body as _;
use std::{
    future::{Future, poll_fn},
    io,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

const SECOND: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_secs(6);
const DATA: &[u8] = b"21 bytes of some data";
/// How late a standstill may be found: a twentieth.
const LATE: Duration = Duration::from_millis(300);

/// What a server does: how it takes the body of the request, and when it sends which piece of its answer.
#[derive(Debug, Default, Clone)]
struct Server {
    /// The pauses after each piece that it takes; after the last of them it takes all the others at once.
    takes: Vec<Duration>,
    /// It takes so many pieces, and no more.
    most: Option<usize>,
    thinks: Duration,
    /// The pauses before each piece of the answer.
    sends: Vec<Duration>,
    /// The pause after the last, which may have no end.
    ends: Option<Duration>,
}

impl Server {
    async fn answer(&self, attempt: &Attempt<'_>) -> Result<Reply, TransportError> {
        let clock = attempt.clock();
        let mut body = attempt.body().open().expect("it is the first attempt");
        let mut pauses = self.takes.iter();
        for _ in 0..self.most.unwrap_or(usize::MAX) {
            let next = |body: &mut BodyStream, cx: &mut Context<'_>| Pin::new(body).poll_frame(cx);
            let Some(piece) = poll_fn(|cx| next(&mut body, cx)).await else { break };
            piece.expect("a piece");
            if let Some(pause) = pauses.next() {
                clock.sleep(*pause).await;
            }
        }
        clock.sleep(self.thinks).await;
        let mut collector = attempt.collector(StatusCode::OK, &HeaderMap::new())?;
        for pause in &self.sends {
            clock.sleep(*pause).await;
            collector.push(Bytes::from_static(DATA))?;
        }
        match self.ends {
            Some(Duration::MAX) => std::future::pending().await,
            Some(pause) => clock.sleep(pause).await,
            None => {}
        }
        // Dropped here at the earliest: what is not read is still there.
        drop(body);
        Ok(Reply::from_parts(StatusCode::OK, HeaderMap::new(), collector.finish()?))
    }
}

impl Transport for Server {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(async move { self.answer(&attempt).await })
    }
}

fn client(server: Server, clock: &ManualClock) -> Client {
    let builder = Client::builder().base_url("http://slow.test").transport(server).clock(clock.clone());
    let builder = builder.timeout(SECOND * 36_000).attempt_timeout(SECOND * 36_000);
    builder.idle_timeout(IDLE).build().unwrap()
}

fn download(server: Server) -> Result<usize, Error> {
    let clock = ManualClock::new();
    let api = client(server, &clock);
    let call = api.call(Method::POST, "/").fetch::<Bytes>();
    clock.run(call).map(|body| body.len())
}

/// A body with these pauses before its pieces.
fn pieces(clock: &ManualClock, pauses: Vec<Duration>) -> Body {
    let clock = clock.clone();
    Body::stream(stream::unfold((clock, pauses.into_iter()), |(clock, mut pauses)| async move {
        let pause = pauses.next()?;
        clock.sleep(pause).await;
        Some((Ok::<_, io::Error>(DATA), (clock, pauses)))
    }))
}

fn upload(server: Server, pauses: Vec<Duration>) -> Result<(), Error> {
    let clock = ManualClock::new();
    let body = pieces(&clock, pauses);
    send(server, &clock, body)
}

fn send(server: Server, clock: &ManualClock, body: Body) -> Result<(), Error> {
    let api = client(server, clock);
    let call = api.call(Method::POST, "/").body("application/octet-stream", body).fetch::<()>();
    clock.run(call)
}

/// It was given up, after this time.
#[track_caller]
fn stands_still<T: std::fmt::Debug>(
    result: Result<T, Error>,
    after: Duration,
    progress: Progress,
    says: &str,
) {
    let e = result.unwrap_err();
    assert!(e.is_timeout() && e.to_string().ends_with("less than a byte a second for 6s"), "{e}");
    assert!(e.to_string().contains(says), "{e}");
    assert!((after..=after + LATE).contains(&e.elapsed()), "{:?}", e.elapsed());
    assert_eq!((e.progress(), e.attempts()), (Some(progress), 1), "{e}");
}

const STANDS: &str = "the answer of http://slow.test stands still";
const TAKES: &str = "http://slow.test takes no more of the body";

#[test]
fn download_success() {
    let server = Server { sends: vec![SECOND; 99], ends: Some(SECOND), ..Server::default() };
    assert_eq!(download(server).unwrap(), 99 * DATA.len());
}

#[test]
fn download_slow_start() {
    let sends = [SECOND * 4].into_iter().chain([SECOND; 99]).collect();
    assert_eq!(download(Server { sends, ..Server::default() }).unwrap(), 100 * DATA.len());
}

#[test]
fn download_too_slow() {
    let sends = (0..100).map(|pause| SECOND * pause).collect();
    // The pauses of up to 6 s are over after 21 s.
    let result = download(Server { sends, ..Server::default() });
    stands_still(result, SECOND * 27, Progress::Answered, STANDS);
}

#[test]
fn download_stalls() {
    let server = Server { sends: vec![SECOND; 9], ends: Some(Duration::MAX), ..Server::default() };
    stands_still(download(server), SECOND * 15, Progress::Answered, STANDS);
}

#[test]
fn download_stall_recovery_in_grace_period() {
    let mut sends = vec![SECOND; 20];
    sends[10] = SECOND * 5;
    assert_eq!(download(Server { sends, ..Server::default() }).unwrap(), 20 * DATA.len());
}

/// Everything is there, and the caller comes for it every ten seconds.
#[test]
fn user_downloads_data_too_slowly() {
    let clock = ManualClock::new();
    let api = client(Server { sends: vec![SECOND; 99], ..Server::default() }, &clock);
    let mut call = pin!(api.call(Method::GET, "/").fetch::<Bytes>());
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..200 {
        match call.as_mut().poll(&mut cx) {
            Poll::Ready(result) => return assert_eq!(result.unwrap().len(), 99 * DATA.len()),
            Poll::Pending => clock.advance(SECOND * 10),
        }
    }
    panic!("it does not end");
}

#[test]
fn user_polls_pending_followed_by_data_for_every_bin_in_throughput_logs() {
    let clock = ManualClock::new();
    let half = Duration::from_millis(50);
    let api = client(Server { sends: vec![half * 2; 99], ..Server::default() }, &clock);
    let mut call = pin!(api.call(Method::GET, "/").fetch::<Bytes>());
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..400 {
        match call.as_mut().poll(&mut cx) {
            Poll::Ready(result) => return assert_eq!(result.unwrap().len(), 99 * DATA.len()),
            Poll::Pending => clock.advance(half),
        }
    }
    panic!("it does not end");
}

#[test]
fn upload_success() {
    upload(Server { takes: vec![SECOND; 100], ..Server::default() }, vec![Duration::ZERO; 100]).unwrap();
}

#[test]
fn upload_slow_start() {
    upload(Server::default(), [SECOND * 10].into_iter().chain([SECOND; 99]).collect()).unwrap();
}

#[test]
fn upload_too_slow() {
    let takes = (1..=10).map(|pause| SECOND * pause).collect();
    let result = upload(Server { takes, ..Server::default() }, vec![Duration::ZERO; 100]);
    stands_still(result, SECOND * 27, Progress::PartlyWritten, TAKES);
}

#[test]
fn upload_stalls() {
    let server = Server { most: Some(5), thinks: SECOND * 3600, ..Server::default() };
    stands_still(upload(server, vec![SECOND; 100]), SECOND * 11, Progress::PartlyWritten, TAKES);
}

#[test]
fn empty_request_body_delayed_response() {
    let server = Server { thinks: SECOND * 60, ..Server::default() };
    download(server.clone()).unwrap();
    send(server, &ManualClock::new(), Body::default()).unwrap();
}

#[test]
fn complete_upload_delayed_response() {
    upload(Server { thinks: SECOND * 60, ..Server::default() }, vec![Duration::ZERO, SECOND]).unwrap();
}

#[test]
fn complete_upload_stop_polling() {
    let clock = ManualClock::new();
    let server = Server { most: Some(1), thinks: SECOND * 60, ..Server::default() };
    for body in [Body::from(DATA), pieces(&clock, vec![SECOND]).with_length(DATA.len() as u64)] {
        send(server.clone(), &clock, body).unwrap();
    }
}

#[test]
fn upload_stall_recovery_in_grace_period() {
    let takes = [1, 5, 1].map(|pause| SECOND * pause).to_vec();
    upload(Server { takes, ..Server::default() }, vec![Duration::ZERO; 100]).unwrap();
}

#[test]
fn user_provides_data_too_slowly() {
    let pauses = [0, 1, 10].map(|pause| SECOND * pause).to_vec();
    upload(Server::default(), pauses).unwrap();
}

/// What a slow reader does to a server, done to a client: a piece now and then, always within a read timeout.
#[test]
fn a_piece_now_and_then_is_too_little() {
    let sends = vec![SECOND * 5; 1000];
    assert!(download(Server { sends: sends.clone(), ..Server::default() }).is_ok(), "21 bytes in 5 s");
    let clock = ManualClock::new();
    let api = client(Server { sends: vec![SECOND * 25; 1000], ..Server::default() }, &clock);
    let call =
        api.call(Method::GET, "/").fetch::<Bytes>().idle_timeout(SECOND * 30).retry(apiclient::Retry::none());
    let e = clock.run(call).unwrap_err();
    assert!(e.is_timeout() && (SECOND * 30..SECOND * 33).contains(&e.elapsed()), "{e} {:?}", e.elapsed());
}

#[test]
fn it_is_tried_again_where_that_is_safe() {
    let clock = ManualClock::new();
    let server = Server { sends: vec![SECOND; 2], ends: Some(Duration::MAX), ..Server::default() };
    let call = client(server, &clock).call(Method::GET, "/").fetch::<Bytes>();
    let e = clock.run(call).unwrap_err();
    assert!(e.is_timeout() && e.attempts() == 3, "{e}");
}

/// A byte every 200 ms is more than enough for the one limit, and not for the other.
#[test]
fn case_26_a_drip_meets_the_limit_of_the_attempt() {
    let clock = ManualClock::new();
    let server = Server { sends: vec![Duration::from_millis(200); 10_000], ..Server::default() };
    let api = Client::builder().base_url("http://slow.test").transport(server).clock(clock.clone());
    let call = api.build().unwrap().call(Method::POST, "/").fetch::<Bytes>();
    let e = clock.run(call).unwrap_err();
    assert!(e.is_timeout() && e.elapsed() == SECOND * 30, "{e}");
    assert!(e.to_string().contains("within 30s, the limit of an attempt"), "{e}");
}

#[test]
fn case_27_a_slow_caller_is_no_standstill() {
    user_downloads_data_too_slowly();
    user_provides_data_too_slowly();
}

/// The default is 20 s; what the attempt may take wins where it is shorter.
#[test]
fn the_default() {
    let server = Server { ends: Some(Duration::MAX), ..Server::default() };
    for (attempt, after, says) in [(60, 20, "stands still"), (20, 20, "within 20s"), (5, 5, "within 5s")] {
        let clock = ManualClock::new();
        let api =
            Client::builder().base_url("http://slow.test").transport(server.clone()).clock(clock.clone());
        let call = api.build().unwrap().call(Method::POST, "/").fetch::<Bytes>();
        let e = clock.run(call.attempt_timeout(SECOND * attempt)).unwrap_err();
        assert!(e.to_string().contains(says), "{e}");
        assert!((SECOND * after..=SECOND * (after + 1)).contains(&e.elapsed()), "{e}: {:?}", e.elapsed());
    }
}

/// The words on a method and on a trait.
mod words {
    use super::*;
    use apiclient::prelude::*;

    #[api_client(base_url = "http://slow.test")]
    #[timeout("10m", idle = "9s")]
    trait Slow {
        #[post("/trait")]
        async fn of_trait(&self) -> Result<Bytes, Error>;
        #[post("/method")]
        #[timeout(idle = "3s")]
        async fn of_method(&self) -> Result<Bytes, Error>;
    }

    #[test]
    fn say_how_long() {
        let server = Server { ends: Some(Duration::MAX), ..Server::default() };
        let clock = ManualClock::new();
        let api = SlowClient::builder().transport(server).clock(clock.clone()).build().unwrap();
        for (call, says) in [(api.of_trait(), "for 9s"), (api.of_method(), "for 3s")] {
            let e = clock.run(call).unwrap_err();
            assert!(e.to_string().ends_with(says), "{e}");
        }
    }
}

/// Over sockets: the head, a piece, and then silence.
#[tokio::test]
async fn over_both_transports() {
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nsome bytes";
    for hyper in [true, false] {
        let clock = ManualClock::new();
        let server = FaultServer::start(Fault::stall(answer)).await;
        let builder = Client::builder().base_url(&server.url).clock(clock.clone()).timeout(SECOND * 3600);
        let builder = if hyper { builder.transport(apiclient::transport::Hyper::new()) } else { builder };
        let api = builder.idle_timeout(IDLE).build().unwrap();
        let call = tokio::spawn(api.call(Method::POST, "/").fetch::<Bytes>());
        let mut waited = 0;
        while !call.is_finished() {
            if server.journal.written() >= answer.len() && waited > 2_000 {
                clock.advance(SECOND);
                waited = 0;
            }
            waited += 1;
            tokio::task::yield_now().await;
        }
        let e = call.await.unwrap().unwrap_err();
        assert!(e.to_string().ends_with("stands still: less than a byte a second for 6s"), "{e}");
        assert_eq!((e.progress(), e.attempts()), (Some(Progress::Answered), 1), "{e}");
        assert!((SECOND * 6..SECOND * 9).contains(&e.elapsed()), "{:?}", e.elapsed());
    }
}
