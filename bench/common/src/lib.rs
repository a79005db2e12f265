//! What every client under test shares: the types, the endpoints' trait, the driver and the counters.
pub mod alloc;
pub mod driver;
pub mod types;
pub use types::*;

/// By name: URL parsers treat IP literals specially, and users have names.
pub const ADDR: &str = "localhost:18931";
pub const BASE: &str = "http://localhost:18931";
pub const USER_AGENT: &str = "apiclient-bench/1.0";
pub const ACCEPT: &str = "application/json";
pub const TOKEN: &str = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
pub const AUTH: &str = "Bearer ghp_0123456789abcdefghijklmnopqrstuvwxyz";

pub type Res<T> = Result<T, Box<dyn std::error::Error>>;

/// The four endpoints. A client under test implements this on its client and calls `driver::main`.
#[allow(async_fn_in_trait)]
pub trait Api: Sized + 'static {
    async fn connect() -> Res<Self>;
    async fn get_user(&self, id: u64) -> Res<User>;
    async fn list_users(&self, page: u32, per_page: u32) -> Res<Vec<UserFull>>;
    async fn create_user(&self, body: &NewUser) -> Res<User>;
    async fn large(&self) -> Res<Vec<User>>;
    /// Whether calls may overlap (more than one connection).
    const CONCURRENT: bool = true;
}
