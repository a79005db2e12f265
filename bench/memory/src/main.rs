//! What arguments cost: the same call with none and with eight of them, over a transport that answers in memory.
use apiclient::{
    prelude::*,
    transport::{Attempt, BoxFuture, Reply, Transport, TransportError},
};
use std::hint::black_box;

#[derive(Debug)]
struct Memory;

impl Transport for Memory {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        black_box(attempt.target());
        Box::pin(std::future::ready(Ok(Reply::new(200, ""))))
    }
}

#[api_client(base_url = "http://memory.test/v1")]
trait Calls {
    #[get("/repos/rust-lang/cargo/issues/7/comments")]
    fn none(&self) -> Call<()>;
    #[get("/repos/{owner}/{repo}/issues/{number}/comments{?state,page}")]
    fn eight(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        state: Option<&str>,
        page: u32,
        #[query] sort: &str,
        #[query("per-page")] size: u8,
        #[query] since: &str,
    ) -> Call<()>;
}

fn main() {
    let mut args = std::env::args().skip(1);
    let op = args.next().expect("none or eight");
    let calls: u64 = args.next().expect("N").parse().expect("a number");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let api = CallsClient::builder().transport(Memory).build().expect("a client");
    runtime.block_on(async {
        let run = async |n: u64| {
            for i in 0..n {
                let done = match op.as_str() {
                    "none" => api.none().await,
                    _ => {
                        api.eight("rust-lang", "cargo", i, Some("open"), 2, "created", 50, "2026-01-01T00:00:00Z")
                            .await
                    }
                };
                done.expect("an answer");
            }
        };
        run(20).await;
        let before = common::alloc::snapshot();
        run(calls).await;
        let after = common::alloc::snapshot();
        let each = |a: u64, b: u64| (b - a) as f64 / calls as f64;
        println!("op={op} allocs={:.2} reallocs={:.2}", each(before.0, after.0), each(before.1, after.1));
    });
}
