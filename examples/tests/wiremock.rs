//! A client against a server of `wiremock`, over a real socket.
//!
//! Take this one where the socket is part of what is tested: the default transport with its headers, its pool and its TLS, a
//! proxy, or a program that is started as a process of its own and knows no more of the API than a URL. The answers are written as
//! a server's, in JSON and statuses.
//!
//! For the logic of an application, `apiclient::testing::Stub` is beneath the same pipeline without socket, port and runtime: its
//! routes are endpoints, its answers are types, and time is the test's.

use apiclient::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_json, header, method, path, query_param},
};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct User {
    name: String,
}

#[derive(Debug, thiserror::Error, ApiError)]
enum UsersError {
    #[error("somebody has that name")]
    #[api(status = 409)]
    Taken,
    #[error("too fast")]
    #[api(status = 429)]
    TooFast(#[api(error)] apiclient::Error),
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

#[api_client(base_url = "https://api.example.com", base_path = "/v1")]
trait Users {
    #[get("/users{?page}")]
    async fn users(&self, page: Option<u32>) -> Result<Vec<User>, UsersError>;

    #[post("/users")]
    async fn create(&self, #[body] user: &User) -> Result<(), UsersError>;
}

/// The server has a port of its own; the path of the API stays.
fn client(server: &MockServer) -> UsersClient {
    let builder = UsersClient::builder().base_url(server.uri()).header("authorization", "Bearer t");
    builder.build().unwrap()
}

fn ada() -> User {
    User { name: "Ada".into() }
}

#[tokio::test]
async fn a_call_is_what_the_server_expects() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/v1/users"))
        .and(query_param("page", "2"))
        .and(header("authorization", "Bearer t"))
        .respond_with(ResponseTemplate::new(200).set_body_json([ada()]))
        .expect(1)
        .mount(&server)
        .await;

    assert_eq!(client(&server).users(Some(2)).await.unwrap(), [ada()]);
    // `expect` is checked when the server is dropped.
}

#[tokio::test]
async fn its_errors_are_those_of_the_api() {
    let server = MockServer::start().await;
    let create = || Mock::given(method("POST")).and(path("/v1/users")).and(body_json(json!({"name": "Ada"})));
    // wiremock asks the first one that takes a request, a stub the last one.
    create()
        .respond_with(ResponseTemplate::new(429).insert_header("retry-after", "7"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    create().respond_with(ResponseTemplate::new(409)).expect(1).mount(&server).await;

    let users = client(&server);
    let error = users.create(&ada()).await.unwrap_err();
    assert!(
        matches!(&error, UsersError::TooFast(e) if e.retry_after() == Some(Duration::from_secs(7))),
        "{error}"
    );
    let error = users.create(&ada()).await.unwrap_err();
    assert!(matches!(error, UsersError::Taken), "{error}");
}

#[tokio::test]
async fn the_wire_has_what_the_transport_adds() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(204)).mount(&server).await;

    client(&server).create(&ada()).await.unwrap();

    let received = server.received_requests().await.unwrap();
    let [request] = &received[..] else { panic!("one request, not {}", received.len()) };
    assert_eq!(request.headers["host"].to_str().unwrap(), server.address().to_string());
    assert_eq!(request.headers["content-length"], "14");
    assert_eq!(request.body_json::<User>().unwrap(), ada());
}
