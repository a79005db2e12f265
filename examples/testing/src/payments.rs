//! The payments API, as a trait.

use apiclient::prelude::*;
use serde::{Deserialize, Serialize};

/// What a call of the API ends with.
pub type Result<T> = std::result::Result<T, PaymentError>;

/// The API of a payment service. In unit tests, `PaymentsMock` stands for it.
#[api_client(base_url = "https://api.payments.example", base_path = "/v1", mock(cfg(test)))]
#[timeout("10s")]
pub trait Payments {
    /// Takes the money for an order. The service takes it once for each order: then it is [`PaymentError::AlreadyCharged`].
    #[post("/charges")]
    async fn charge(&self, #[body] charge: &NewCharge) -> Result<Charge>;

    /// Gives the money back.
    #[post("/charges/{id}/refund")]
    async fn refund(&self, id: &str) -> Result<()>;

    /// What was charged, perhaps only for one order.
    #[get("/charges")]
    async fn charges(&self, #[query] order: Option<&str>, #[query] limit: Option<u8>) -> Result<Vec<Charge>>;

    /// What the shop has with the service.
    #[get("/balance")]
    async fn balance(&self) -> Result<Balance>;
}

/// Money to be taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewCharge {
    /// The order that it is for.
    pub order: String,
    /// In cents.
    pub amount: u64,
}

/// Money that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Charge {
    /// Of the service.
    pub id: String,
    /// The order that it is for.
    pub order: String,
    /// In cents.
    pub amount: u64,
}

/// What the shop has with the service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// In cents.
    pub available: i64,
}

/// What can go wrong with a payment.
#[derive(Debug, thiserror::Error, ApiError)]
pub enum PaymentError {
    /// The card was refused.
    #[error("declined: {code}")]
    #[api(status = 402)]
    Declined {
        /// Why, in the service's words: `insufficient_funds`.
        #[api(pointer("/error/code"))]
        code: String,
    },
    /// There is no such charge.
    #[error("there is no such charge")]
    #[api(status = 404)]
    NotFound,
    /// The order was charged before.
    #[error("this order was charged before")]
    #[api(status = 409)]
    AlreadyCharged,
    /// No answer came in time: nobody knows whether the money was taken.
    #[error("the payment service did not answer in time")]
    #[api(kind = timeout)]
    TooSlow,
    /// Everything else.
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}
