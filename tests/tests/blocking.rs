//! Calls without `async`.

use apiclient::{ErrorKind, prelude::*, testing::Stub};
use apiclient_tests::{Fault, FaultServer};

#[derive(Debug, thiserror::Error)]
pub enum MyError {
    #[error(transparent)]
    Api(#[from] apiclient::Error),
}

#[api_client(base_url = "http://stub.test")]
#[retry(none)]
trait Numbers {
    #[get("/{n}")]
    async fn number(&self, n: u8) -> Result<u8, MyError>;
}

#[test]
fn a_call_waits_on_any_thread() {
    let server = tokio::runtime::Runtime::new().unwrap();
    let fault = server.block_on(FaultServer::start(Fault::answer("200 OK", b"7")));
    let api = NumbersClient::builder().base_url(&fault.url).build().unwrap();
    let threads: Vec<_> = (0..4)
        .map(|n| {
            std::thread::spawn({
                let api = api.clone();
                move || api.number(n).wait().unwrap()
            })
        })
        .collect();
    assert_eq!(threads.into_iter().map(|t| t.join().unwrap()).sum::<u8>(), 28);
    let answer = api.number(1).send().wait().unwrap();
    assert_eq!((answer.status().as_u16(), answer.into_body()), (200, 7));
    assert_eq!(Call::<u8>::ready(Ok(1)).wait().unwrap(), 1);
}

#[tokio::test]
async fn inside_a_runtime_it_says_why_not() {
    let stub = Stub::json("7");
    let api = NumbersClient::builder().transport(stub.clone()).build().unwrap();
    let MyError::Api(e) = api.number(1).wait().unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Config);
    assert!(e.to_string().contains("write `.await` here"), "{e}");
    let MyError::Api(e) =
        tokio::task::spawn_blocking(move || api.number(1).wait()).await.unwrap().unwrap_err();
    assert_eq!((e.kind(), stub.requests().len()), (ErrorKind::Config, 0));
}
