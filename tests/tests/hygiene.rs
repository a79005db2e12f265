//! The macro in a crate that does everything to trip it: no prelude, names of the language and of ours taken, lints denied.
#![no_implicit_prelude]
#![deny(warnings, missing_docs, unused, rust_2018_idioms, unreachable_pub, missing_debug_implementations)]
#![deny(clippy::all, clippy::pedantic)]

#[allow(
    dead_code,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::all,
    clippy::pedantic
)]
mod taken {
    pub struct Option;
    pub struct Vec;
    pub struct String;
    pub struct Box;
    pub struct Client;
    pub struct Endpoint;
    pub struct Error;
    pub struct Response;
    pub trait Send {}
    pub trait Sync {}
    pub trait Sized {}
    pub trait Clone {}
    pub trait Debug {}
    pub trait Into {}
    pub trait IntoIterator {}
    pub trait Iterator {}
    pub mod core {}
    pub mod std {}
    pub mod alloc {}
    pub mod http {}
    pub mod serde {}
    pub mod apiclient {}
    pub const BASE: &str = "http://taken.test";
    pub fn call() {}
    pub fn finish() {}
    pub fn builder() {}
    pub fn get() {}
    pub fn query() {}
    pub fn header() {}
    pub fn lit() {}
    pub fn var() {}
    #[macro_export]
    macro_rules! concat {
        ($($t:tt)*) => {
            compile_error!("not yours")
        };
    }
}

#[allow(unused_imports)]
use taken::*;

/// The user's own names for the two types of a signature.
pub type Result<T> = ::std::result::Result<T, ::apiclient::Error>;
/// A call.
pub type Call<T> = ::apiclient::Call<T>;

/// Arguments and methods called like ours.
#[::apiclient::api_client(base_url = "http://hygiene.test", mock)]
#[timeout("10s", attempt = "5s")]
#[header("X-Trait", "1")]
pub trait Hygiene {
    /// Arguments called like ours.
    #[get("/{request}/{self_}/{client}/{call}/{endpoint}")]
    #[header("X-Method", "1")]
    fn arguments(
        &self,
        request: u8,
        self_: u8,
        client: u8,
        call: u8,
        endpoint: u8,
        #[query] values: u8,
        #[header("X-A")] rt: u8,
    ) -> Call<u8>;
    /// A method called like ours.
    #[post("/finish")]
    async fn finish(&self, #[body(json)] json: &[u8]) -> Result<u8>;
    /// Another.
    #[get("/call/{fmt}")]
    async fn fmt(&self, fmt: &str) -> Result<u8>;
    /// Another.
    #[get("/clone")]
    async fn clone(&self) -> Result<u8>;
    /// Another.
    #[get("/json/{type}")]
    async fn json(&self, r#type: u8) -> Result<u8>;
    /// Generic names.
    #[get("/generic/{t}")]
    fn generic<T, Rt>(&self, t: Rt, #[query] u: T) -> Call<u8>
    where
        T: ::serde::Serialize,
        Rt: ::serde::Serialize;
    /// A helper.
    async fn helper(&self) -> Result<u8> {
        self.finish(&[1]).await
    }
}

/// A second one in the same module.
#[::apiclient::api_client(base_url = BASE, name = "Second", client = Another, mock)]
pub trait Second {
    /// x
    #[get("/x")]
    fn arguments(&self) -> Call<u8>;
}

macro_rules! produced {
    ($(#[$meta:meta])* $vis:vis $name:ident, $verb:ident $path:literal, $arg:ident: $ty:ty => $ret:ty) => {
        $(#[$meta])*
        #[::apiclient::api_client(base_url = "http://produced.test", mock)]
        $vis trait $name {
            /// By a macro.
            #[$verb($path)]
            fn one(&self, $arg: $ty, #[query] inner: u8) -> $ret;
            /// By a macro, too.
            #[$verb($path)]
            async fn two(&self, $arg: $ty) -> Result<u8>;
        }
    };
}

produced!(
    /// Comes out of a `macro_rules!`.
    pub Produced, get "/p/{id}", id: &str => Call<u8>
);

macro_rules! whole {
    ($($t:tt)*) => {
        #[::apiclient::api_client(base_url = "http://whole.test", mock)]
        $($t)*
    };
}

whole! {
    /// Goes through a macro as a whole, `self` and all.
    pub trait Whole {
        /// x
        #[get("/x/{id}")]
        fn x(&self, id: u8) -> Call<u8>;
        /// What the user allows here holds for what is made of it.
        #[get("/y/{userId}")]
        #[allow(non_snake_case)]
        fn getUser(&self, userId: u8) -> Call<u8>;
    }
}

/// Old, and still declared.
#[::apiclient::api_client(base_url = "http://old.test", mock)]
#[deprecated]
pub trait Old {
    /// x
    #[get("/x")]
    fn x(&self) -> Call<u8>;
}

mod sdk {
    //! What an SDK crate does: it hands out this crate under its own roof.
    pub(crate) use ::apiclient as inner;
}

/// Through a re-export.
#[sdk::inner::api_client(base_url = "http://sdk.test", crate = crate::sdk::inner, mock)]
pub trait Reexported {
    /// x
    #[get("/x")]
    #[timeout(crate::LIMIT)]
    fn x(&self) -> Call<u8>;
}

const LIMIT: ::core::time::Duration = ::core::time::Duration::from_secs(3);

#[test]
fn everything_still_works() {
    // tokio's own macro needs the prelude.
    let runtime = ::tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(calls());
}

async fn calls() {
    use ::std::{assert_eq, format, vec::Vec};
    let stub = ::apiclient::testing::Stub::json("7");
    let client = ::apiclient::Client::builder().transport(::std::clone::Clone::clone(&stub)).build().unwrap();
    let of = || ::std::clone::Clone::clone(&client);
    let hygiene = HygieneClient::from_client(of());
    hygiene.arguments(1, 2, 3, 4, 5, 6, 7).await.unwrap();
    hygiene.finish(&[]).await.unwrap();
    hygiene.fmt("x").await.unwrap();
    Hygiene::clone(&hygiene).await.unwrap();
    hygiene.generic('a', "b").await.unwrap();
    hygiene.helper().await.unwrap();
    hygiene.json(3).await.unwrap();
    Another::from_client(of()).arguments().await.unwrap();
    let produced = ProducedClient::from_client(of());
    produced.one("a", 1).await.unwrap();
    produced.two("b").await.unwrap();
    ReexportedClient::from_client(of()).x().await.unwrap();
    WholeClient::from_client(of()).getUser(1).await.unwrap();
    let urls: Vec<_> = ::std::iter::Iterator::collect(::std::iter::Iterator::map(
        ::std::iter::IntoIterator::into_iter(stub.requests()),
        |r| format!("{}", r.url()),
    ));
    assert_eq!(urls[0], "http://hygiene.test/1/2/3/4/5?values=6");
    assert_eq!(urls[4], "http://hygiene.test/generic/a?u=b");
    assert_eq!(urls[6], "http://hygiene.test/json/3");
    assert_eq!(urls[7], "http://taken.test/x");
    assert_eq!(urls[8], "http://produced.test/p/a?inner=1");
    assert_eq!(urls[10], "http://sdk.test/x");
    assert_eq!(urls[11], "http://whole.test/y/1");
}

#[test]
fn mocks_do_as_well() {
    use ::std::{assert_eq, vec};
    let runtime = ::tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mock = HygieneMock::new();
    mock.arguments.returns(1);
    mock.finish.returns(2);
    mock.fmt.returns(3);
    mock.clone.returns(4);
    mock.generic.returns(5);
    mock.json.returns(6);
    runtime.block_on(async {
        assert_eq!(mock.arguments(1, 2, 3, 4, 5, 6, 7).await.unwrap(), 1);
        assert_eq!(mock.helper().await.unwrap(), 2);
        assert_eq!(mock.fmt("x").await.unwrap(), 3);
        assert_eq!(Hygiene::clone(&mock).await.unwrap(), 4);
        assert_eq!(mock.generic('a', "b").await.unwrap(), 5);
        assert_eq!(mock.json(9).await.unwrap(), 6);
    });
    assert_eq!(mock.arguments.calls(), [(1, 2, 3, 4, 5, 6, 7)]);
    assert_eq!(mock.finish.calls(), [vec![1]]);
    assert_eq!(mock.json.calls(), [9]);
    mock.verify();
    let whole = WholeMock::new();
    whole.getUser.returns(1).times(0..);
    whole.verify();
    ReexportedMock::new().verify();
}
