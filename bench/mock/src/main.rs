//! What a call of a generated mock costs: one text and one number as arguments, a clone of a struct as the answer; behind `dyn`, as
//! an application has it.
use apiclient::prelude::*;
use serde::Deserialize;
use std::{hint::black_box, sync::Arc};

#[derive(Debug, Clone, Deserialize)]
struct User {
    id: u64,
    name: String,
}

#[api_client(base_url = "http://users.test", mock)]
trait Users {
    #[get("/teams/{team}/users/{id}")]
    async fn user(&self, team: &str, id: u64) -> Result<User, apiclient::Error>;
}

/// What a fake costs that is written by hand, and remembers nothing.
struct Fake(User);

impl Users for Fake {
    fn user(&self, _: &str, _: u64) -> Call<User> {
        Call::ready(Ok(self.0.clone()))
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let op = args.next().expect("mock or fake");
    let calls: u64 = args.next().expect("N").parse().expect("a number");
    let ada = User { id: 7, name: "Ada Lovelace".into() };
    let users: Arc<dyn Users> = match op.as_str() {
        "mock" => {
            let mock = UsersMock::new();
            mock.user.returns(ada);
            Arc::new(mock)
        }
        _ => Arc::new(Fake(ada)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let run = async |n: u64| {
            for i in 0..n {
                let user = users.user(black_box("red"), black_box(i)).await.expect("a user");
                assert!(user.id == 7 && user.name.len() == 12, "the answer that was asked for");
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
