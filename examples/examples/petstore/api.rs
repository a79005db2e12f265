//! The pet store of the OpenAPI examples: an API key in a header, and arguments of several kinds.

use apiclient::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Every failure. The store answers `{"code": 1, "type": "error", "message": "Pet not found"}`.
#[derive(Debug, thiserror::Error, ApiError)]
#[non_exhaustive]
pub enum PetStoreError {
    /// The key is missing or wrong.
    #[error("the store wants a key")]
    #[api(status = 401)]
    Unauthorized {
        #[api(error)]
        source: apiclient::Error,
    },
    /// There is no such pet, order or user.
    #[error("the store does not have that")]
    #[api(status = 404)]
    NotFound {
        #[api(error)]
        source: apiclient::Error,
    },
    /// An argument is refused. An answer without a message is `Other`.
    #[error("the store refuses that: {message}")]
    #[api(status = 400 | 405)]
    Invalid {
        /// In the store's words.
        #[api(pointer("/message"))]
        message: String,
        #[api(error)]
        source: apiclient::Error,
    },
    /// Everything else.
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

/// What every endpoint returns.
pub type Result<T> = std::result::Result<T, PetStoreError>;

/// Pets, orders, users.
#[api_client(base_url = "http://petstore.swagger.io/v2", name = "PetStore", client = PetStore)]
#[timeout("10s")]
#[auth(api_key("api_key"))]
pub trait PetStoreApi {
    /// Pets of any of these states: `status=available&status=sold`.
    #[get("/pet/findByStatus{?status*}")]
    async fn pets_by_status(&self, status: &[PetStatus]) -> Result<Vec<Pet>>;

    /// Pets with any of these tags.
    #[get("/pet/findByTags")]
    async fn pets_by_tags(&self, #[query] tags: &[&str]) -> Result<Vec<Pet>>;

    /// One pet.
    #[get("/pet/{id}")]
    async fn pet(&self, id: u64) -> Result<Pet>;

    /// How many pets there are of each state.
    #[get("/store/inventory")]
    async fn inventory(&self) -> Result<BTreeMap<String, i64>>;

    /// Orders a pet.
    #[post("/store/order")]
    async fn order(&self, #[body] order: &Order) -> Result<Order>;

    /// One order.
    #[get("/store/order/{id}")]
    async fn find_order(&self, id: u64) -> Result<Order>;

    /// Logs in: the answer is a text, with its limits in headers.
    #[get("/user/login{?username,password}")]
    async fn log_in(&self, username: &str, password: &str) -> Result<Response<String>>;

    /// One user.
    #[get("/user/{name}")]
    async fn user(&self, name: &str) -> Result<User>;

    /// Makes a user.
    #[post("/user")]
    async fn create_user(&self, #[body] user: &User) -> Result<()>;

    /// Makes several at once.
    #[post("/user/createWithList")]
    async fn create_users(&self, #[body] users: &[User]) -> Result<()>;
}

/// A pet.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pet {
    pub id: Option<u64>,
    pub name: String,
    pub photo_urls: Vec<String>,
    pub status: Option<PetStatus>,
}

/// Where a pet is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PetStatus {
    Available,
    Pending,
    Sold,
}

/// An order.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Order {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    pub pet_id: i64,
    pub quantity: i32,
    pub complete: bool,
}

/// A user.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct User {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    pub username: String,
    pub first_name: String,
    pub email: String,
}
