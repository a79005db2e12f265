//! `contention CLIENT TASKS CALLS`: so many tasks on two threads, all over one client; p50 of a call, and processor time per call.
//! CLIENT is `hyper`, `reqwest` or `hyper-util`. Where a pool is fought over, a call of many tasks costs more of the processor
//! than a call of one.
use apiclient::{prelude::*, transport::Hyper};
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

enum Ours {
    Trait(BenchClient),
    ByHand(Client<HttpConnector, Empty<Bytes>>),
}

impl Ours {
    async fn user(&self, id: u64) -> User {
        match self {
            Ours::Trait(client) => client.user(id).await.unwrap(),
            Ours::ByHand(client) => {
                let response = client.get(format!("http://{ADDR}/users/{id}").parse().unwrap()).await.unwrap();
                serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
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
            _ => Ours::ByHand(Client::builder(TokioExecutor::new()).build_http()),
        });
        // Connections first.
        run(&client, tasks, tasks * 20).await;
        let before = cpu();
        let mut took = run(&client, tasks, calls).await;
        let spent = (cpu() - before).as_nanos() as f64 / took.len() as f64 / 1000.0;
        took.sort_unstable();
        println!("{kind} tasks={tasks} p50_us={:.1} cpu_us={spent:.1}", took[took.len() / 2].as_nanos() as f64 / 1000.0);
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
