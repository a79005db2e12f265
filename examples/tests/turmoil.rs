//! A client over the simulated network of `turmoil`.
//!
//! Take this one where what is tested is a system of several hosts: your client, your own server, perhaps a database, each with
//! sockets in its code, and a network between them that loses, delays and parts them. It costs a transport of 50 lines, which is
//! below and can be copied, and a server that runs in the simulation. Time is simulated too, so nothing waits.
//!
//! For the faults of one API that somebody else runs, `apiclient::testing::Stub` needs neither server nor sockets, and can fail
//! where a network cannot: in the middle of a reply's JSON, by a status, by a code.

use apiclient::{
    ErrorKind, Retry,
    prelude::*,
    time::{Clock, TokioClock},
    transport::{Attempt, BoxFuture, Reply, Transport, TransportError, TransportErrorKind},
};
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Bytes, client, header::HOST, server, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{convert::Infallible, net::Ipv4Addr, time::Duration};
use tokio::task::JoinSet;
use turmoil::net::{TcpListener, TcpStream};

// ---- the transport

/// HTTP/1.1 over turmoil's sockets, a connection for each attempt.
#[derive(Debug)]
struct Turmoil;

impl Transport for Turmoil {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(exchange(attempt))
    }
}

async fn exchange(mut attempt: Attempt<'_>) -> Result<Reply, TransportError> {
    let url = attempt.url();
    let host = (url.host().unwrap_or_default(), url.port_u16().unwrap_or(80));
    let stream = TcpStream::connect(host).await.map_err(|e| failure(TransportErrorKind::Connect, e))?;
    let (mut sender, connection) =
        client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // With the attempt goes its connection: dropping a set ends its tasks.
    let mut connections = JoinSet::new();
    connections.spawn(connection);

    let response = sender.send_request(request(&mut attempt)?).await.map_err(broken)?;
    let (head, mut body) = response.into_parts();
    let mut collector = attempt.collector(head.status, &head.headers)?;
    loop {
        match body.frame().await.transpose() {
            Ok(Some(frame)) => {
                // What is no data is a trailer, of no use here.
                if !collector.push(frame.into_data().unwrap_or_default())? {
                    break;
                }
            }
            Ok(None) => break,
            Err(e) => break collector.broken(broken(e))?,
        }
    }
    Ok(Reply::from_parts(head.status, head.headers, collector.finish()?))
}

fn request(attempt: &mut Attempt<'_>) -> Result<Request<Full<Bytes>>, TransportError> {
    let body = attempt.body().bytes().cloned().unwrap_or_default();
    let builder = Request::builder().method(attempt.method()).uri(attempt.target());
    let builder = builder.header(HOST, attempt.origin().authority());
    let mut request = builder.body(Full::new(body)).map_err(|e| failure(TransportErrorKind::Request, e))?;
    request.headers_mut().extend(attempt.take_headers());
    Ok(request)
}

fn failure(
    kind: TransportErrorKind,
    error: impl std::error::Error + Send + Sync + 'static,
) -> TransportError {
    TransportError::new(kind, error)
}

fn broken(error: hyper::Error) -> TransportError {
    failure(TransportErrorKind::Broken, error)
}

// ---- the system

#[api_client(base_url = "http://users")]
#[timeout("3s")]
trait Users {
    #[get("/users/{id}/name")]
    async fn name(&self, id: u64) -> Result<String, apiclient::Error>;
}

/// What the server thinks about before it answers.
const THOUGHT: Duration = Duration::from_secs(1);

/// A server of your own would stand here. It names users after their path.
async fn serve() -> turmoil::Result {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 80)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let service = service_fn(|request: Request<hyper::body::Incoming>| async move {
            wait(THOUGHT).await;
            let name = format!("user of {}", request.uri().path());
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(name)))
        });
        tokio::spawn(server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// Tokio's time, which turmoil moves.
async fn wait(duration: Duration) {
    TokioClock::new().sleep(duration).await;
}

/// Runs `client` beside the server, in a simulation of this seed.
fn simulate(seed: u64, client: impl Future<Output = turmoil::Result> + 'static) {
    let mut simulation = turmoil::Builder::new().rng_seed(seed).build();
    simulation.host("users", serve);
    simulation.client("shop", client);
    simulation.run().unwrap();
}

/// The default clock does: it is Tokio's. It has to be made within the simulation, as the client is here.
fn users() -> Result<UsersClient, apiclient::Error> {
    UsersClient::builder().transport(Turmoil).clock(TokioClock::new()).build()
}

// ---- the tests

#[test]
fn a_call_crosses_the_network() {
    simulate(7, async {
        let answer = users()?.name(17).send().await?;
        assert_eq!(answer.body(), "user of /users/17/name");
        assert!(answer.elapsed() >= THOUGHT, "{:?}, by the time of the simulation", answer.elapsed());
        Ok(())
    });
}

#[test]
fn a_partition_while_the_server_thinks_is_a_timeout_and_heals() {
    simulate(7, async {
        let users = users()?;
        let ((), lost) = tokio::join!(
            async {
                wait(THOUGHT / 2).await;
                turmoil::partition("shop", "users");
            },
            users.name(1)
        );
        let error = lost.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(error.elapsed() >= Duration::from_secs(3), "{:?}", error.elapsed());

        let error = users.name(2).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect, "{error}");

        turmoil::repair("shop", "users");
        assert_eq!(users.name(3).await?, "user of /users/3/name");
        Ok(())
    });
}

#[test]
fn a_server_that_crashes_is_a_broken_connection() {
    let mut simulation = turmoil::Builder::new().rng_seed(7).build();
    simulation.host("users", serve);
    simulation.client("shop", async {
        let error = users()?.name(1).retry(Retry::none()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
        Ok(())
    });
    while simulation.elapsed() < THOUGHT / 2 {
        assert!(!simulation.step().unwrap(), "the server still thinks");
    }
    simulation.crash("users");
    simulation.run().unwrap();
}

#[test]
fn the_same_seed_is_the_same_run() {
    let run = |seed| {
        let (told, heard) = std::sync::mpsc::channel();
        simulate(seed, async move {
            let users = users()?;
            for id in 0..5 {
                told.send(users.name(id).send().await?.elapsed())?;
            }
            Ok(())
        });
        heard.try_iter().collect::<Vec<_>>()
    };
    assert_eq!(run(1).len(), 5);
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2), "the latencies are those of the seed");
}
