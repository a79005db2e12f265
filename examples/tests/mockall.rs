//! A mock of a client's trait by `mockall`.
//!
//! Take this one where the tests of an application are written with it already, or where they need what it has and the generated
//! mock has not: sequences over several mocks, predicates for arguments, checkpoints. Either way of it works:
//!
//! - `mock!` beside the trait, with the signatures as the macro makes them: a method returns a `Call`, also where it is declared
//!   as an `async fn`. It needs nothing of the trait, which can be another crate's.
//! - `#[automock]` **below** `#[api_client]`, which comes first and leaves a trait of plain methods. Above it, mockall copies
//!   `#[api_client]` to all that it makes, which does not compile.
//!
//! Either way, a reference within another type needs a name for mockall: `fn f<'a>(&self, role: Option<&'a str>)`.
//!
//! `#[api_client(mock)]` needs none of this: its answers are values, and its failures go by the rules of your error type.

use apiclient::{prelude::*, testing};
use mockall::{Sequence, automock, mock, predicate::eq};
use std::sync::Arc;

#[derive(Debug, thiserror::Error, ApiError)]
enum UsersError {
    #[error("nobody has that id")]
    #[api(status = 404)]
    Nobody,
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}/name")]
    async fn name(&self, id: u64) -> Result<String, UsersError>;

    #[put("/users/{id}/name")]
    async fn rename(&self, id: u64, #[body(text)] name: &str) -> Result<(), UsersError>;
}

mock! {
    #[derive(Debug)]
    Directory {}

    impl Users for Directory {
        fn name(&self, id: u64) -> Call<String, UsersError>;
        fn rename(&self, id: u64, name: &str) -> Call<(), UsersError>;
    }
}

/// What an application does with a client, whichever it is.
async fn shout(users: Arc<dyn Users>, id: u64) -> Result<String, UsersError> {
    let loud = match users.name(id).await {
        Ok(name) => name.to_uppercase(),
        Err(UsersError::Nobody) => "NOBODY".into(),
        Err(error) => return Err(error),
    };
    users.rename(id, &loud).await?;
    Ok(loud)
}

#[tokio::test]
async fn a_mock_of_ones_own() {
    let (mut users, mut sequence) = (MockDirectory::new(), Sequence::new());
    users
        .expect_name()
        .with(eq(7))
        .once()
        .in_sequence(&mut sequence)
        .returning(|_| Call::ready(Ok("ada".into())));
    users
        .expect_rename()
        .withf(|id, name| (*id, name) == (7, "ADA"))
        .once()
        .in_sequence(&mut sequence)
        .returning(|_, _| Call::ready(Ok(())));
    assert_eq!(shout(Arc::new(users), 7).await.unwrap(), "ADA");
}

#[tokio::test]
async fn a_failure_is_made_by_the_rules_of_the_error_type() {
    let mut users = MockDirectory::new();
    users.expect_name().returning(|_| Call::ready(Err(testing::error(404, "").into())));
    users.expect_rename().once().returning(|_, _| Call::ready(Err(testing::error(503, "").into())));
    let error = shout(Arc::new(users), 7).await.unwrap_err();
    assert!(matches!(&error, UsersError::Other(e) if e.is_server_error()), "{error}");
}

#[api_client(base_url = "https://api.example.com")]
#[automock]
trait Teams {
    #[get("/teams/{id}/name")]
    async fn name(&self, id: u64) -> Result<String, UsersError>;

    #[get("/teams/{id}/members")]
    #[allow(
        clippy::needless_lifetimes,
        reason = "`automock` wants the lifetime within a type to have a name"
    )]
    fn members<'a>(&self, id: u64, #[query] role: Option<&'a str>) -> Call<Vec<String>, UsersError>;
}

#[tokio::test]
async fn automock_below_api_client() {
    let mut teams = MockTeams::new();
    teams.expect_name().with(eq(3)).once().returning(|_| Call::ready(Ok("red".into())));
    teams
        .expect_members()
        .withf(|id, role| (*id, *role) == (3, Some("admin")))
        .once()
        .returning(|_, _| Call::ready(Ok(vec!["ada".into()])));
    let teams: Arc<dyn Teams> = Arc::new(teams);
    assert_eq!(teams.name(3).await.unwrap(), "red");
    assert_eq!(teams.members(3, Some("admin")).await.unwrap(), ["ada"]);
}
