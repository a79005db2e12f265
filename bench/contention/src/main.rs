//! `contention CLIENT TASKS CALLS`: so many tasks on two threads, all over one client; p50 of a call, processor time per call, and how often one
//! is over.
//! CLIENT is `hyper`, `reqwest` or `hyper-util`; or `memory`, which answers without a server, `limited`, the same with one limit that all
//! of them share, or `open`, with a breaker that is open. Where a pool or a limit is fought over, a call of many tasks costs more of
//! the processor than a call of one.
use apiclient::{
    prelude::*,
    transport::{Attempt, BoxFuture, Hyper, Reply, Transport, TransportError},
};
use bytes::Bytes;
use common::{ADDR, BASE, User};
use http_body_util::{BodyExt, Empty};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

#[api_client]
trait Bench {
    #[get("/users/{id}")]
    fn user(&self, id: u64) -> Call<User>;
}

/// It never stands in the way.
#[api_client(base_url = "http://memory.test")]
#[rate_limit("1000000000/s")]
trait Limited {
    #[get("/users/{id}")]
    fn user(&self, id: u64) -> Call<()>;
}

/// After the first call it is open for a day.
#[api_client(base_url = "http://memory.test")]
#[breaker(ratio = 0.5, min = 1, open = "24h")]
#[retry(none)]
trait Open {
    #[get("/users/{id}")]
    fn user(&self, id: u64) -> Call<()>;
}

#[api_client(base_url = "http://memory.test")]
trait Plain {
    #[get("/users/{id}")]
    fn user(&self, id: u64) -> Call<()>;
}

#[derive(Debug)]
struct Memory(u16);

impl Transport for Memory {
    fn send<'a>(&'a self, _: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(std::future::ready(Ok(Reply::new(self.0, ""))))
    }
}

enum Ours {
    Plain(PlainClient),
    Limited(LimitedClient),
    Open(OpenClient),
    Trait(BenchClient),
    ByHand(Client<HttpConnector, Empty<Bytes>>),
}

impl Ours {
    async fn user(&self, id: u64) {
        match self {
            Ours::Plain(client) => client.user(id).await.unwrap(),
            Ours::Limited(client) => client.user(id).await.unwrap(),
            Ours::Open(client) => drop(client.user(id).await.unwrap_err()),
            Ours::Trait(client) => drop(client.user(id).await.unwrap()),
            Ours::ByHand(client) => {
                let response = client.get(format!("http://{ADDR}/users/{id}").parse().unwrap()).await.unwrap();
                drop(serde_json::from_slice::<User>(&response.into_body().collect().await.unwrap().to_bytes()).unwrap());
            }
        }
    }
}

fn cpu() -> Duration {
    // SAFETY: it is only written to.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let of = |t: libc::timeval| Duration::new(t.tv_sec as u64, t.tv_usec as u32 * 1000);
    of(usage.ru_utime) + of(usage.ru_stime)
}

fn main() {
    let mut args = std::env::args().skip(1);
    let kind = args.next().expect("CLIENT");
    let tasks: usize = args.next().expect("TASKS").parse().unwrap();
    let calls: usize = args.next().expect("CALLS").parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Arc::new(match &*kind {
            "hyper" => Ours::Trait(BenchClient::builder().base_url(BASE).transport(Hyper::new()).build().unwrap()),
            "reqwest" => Ours::Trait(BenchClient::builder().base_url(BASE).build().unwrap()),
            "memory" => Ours::Plain(PlainClient::builder().transport(Memory(200)).build().unwrap()),
            "limited" => Ours::Limited(LimitedClient::builder().transport(Memory(200)).build().unwrap()),
            "open" => Ours::Open(OpenClient::builder().transport(Memory(500)).build().unwrap()),
            _ => Ours::ByHand(Client::builder(TokioExecutor::new()).build_http()),
        });
        // Connections first.
        run(&client, tasks, tasks * 20).await;
        let (before, began) = (cpu(), Instant::now());
        let mut took = run(&client, tasks, calls).await;
        let wall = began.elapsed().as_nanos() as f64 / took.len() as f64 / 1000.0;
        let spent = (cpu() - before).as_nanos() as f64 / took.len() as f64 / 1000.0;
        took.sort_unstable();
        println!("{kind} tasks={tasks} p50_us={:.2} cpu_us={spent:.2} wall_us={wall:.2}", took[took.len() / 2].as_nanos() as f64 / 1000.0);
    });
}

async fn run(client: &Arc<Ours>, tasks: usize, calls: usize) -> Vec<Duration> {
    let each = (0..tasks).map(|_| {
        let client = client.clone();
        tokio::spawn(async move {
            let mut took = Vec::with_capacity(calls / tasks);
            for n in 0..calls / tasks {
                let began = Instant::now();
                client.user(n as u64 % 1000).await;
                took.push(began.elapsed());
            }
            took
        })
    });
    let mut all = Vec::new();
    for task in each.collect::<Vec<_>>() {
        all.extend(task.await.unwrap());
    }
    all
}
