//! Errors by attribute: one `match` per type, the rules as data; a method's own rules go before those of the trait.

#[derive(Debug, thiserror::Error, ApiError)]
#[api(code_at = "/error/code")]
pub enum ShopError {
    #[error("declined: {message}")]
    #[api(status = 402, code = "card_declined" | 7, header("x-a", "b*"))]
    Declined {
        #[api(pointer("/error/message"))]
        message: String,
        #[api(header = "x-attempts")]
        attempts: Option<u8>,
        #[api(error)]
        source: apiclient::Error,
    },
    #[error("no such thing")]
    #[api(code = "*#NotFound")]
    #[api(status = 404 | 410)]
    Missing,
    #[error("invalid: {0}")]
    #[api(status = 4xx)]
    Invalid(Problem),
    #[error("too slow")]
    #[api(kind = timeout, when = is_far)]
    Slow,
    #[error("made by hand")]
    Stopped,
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

#[api_client(base_url = "https://shop.test", show_query = ["page"], show_message = false)]
#[errors(404 | 410 => ShopError::Missing, 409 => ShopError::Conflict(body, error), _ if kind = timeout => ShopError::Slow)]
#[error_body(code = "/error", fail_if("/ok", false), fail_if("/errors"))]
#[envelope("/data")]
pub trait Shop {
    #[get("/a")]
    async fn a(&self) -> Result<u64, ShopError>;
    #[get("/b")]
    #[errors(402 if code = "x" && header("a", "b") => ShopError::Declined { message: pointer("/m"), status }, 5xx => with(other))]
    #[envelope(none)]
    fn b(&self) -> Call<u64, ShopError>;
    #[get("/c")]
    #[errors(none)]
    #[none_on(404)]
    async fn c(&self) -> Result<Option<u64>, apiclient::Error>;
    #[get("/d")]
    #[errors(none, 404 => Own::Gone, _ => Own::Other(error))]
    #[success(200..=299 | 304)]
    async fn d(&self) -> Result<Cached, Own>;
}

#[derive(Debug, FromStatus)]
pub enum Cached {
    #[api(status = 200 | 203)]
    Fresh {
        #[api(header("etag"))]
        etag: Option<String>,
        note: Note,
    },
    #[api(status = 304)]
    Same,
    #[api(status = 2xx)]
    Rest(#[api(status)] u16),
}

#[derive(Debug, FromHeaders)]
pub struct Meta {
    content_length: u64,
    #[api(header = "ETag")]
    tag: Option<String>,
    #[api(status)]
    status: u16,
}
