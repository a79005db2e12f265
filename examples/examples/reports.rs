//! A program that asks in its own name (OAuth 2.0 client credentials), of a service that this program brings along.
//!
//! ```text
//! cargo run --example reports
//! ```
//!
//! The token lives for a second. It is asked for when the first call needs it, and again before it is over, once for all calls; nothing
//! below the builder knows that there is one.

use apiclient::{Secret, oauth2::ClientCredentials, prelude::*};
use serde::Deserialize;
use std::{error::Error, time::Duration};

#[derive(Debug, Deserialize)]
pub struct Report {
    pub name: String,
    /// The how many-th token it was asked for with.
    pub token: u32,
}

#[api_client]
#[auth(bearer)]
pub trait Reports {
    #[get("/reports/{name}")]
    fn report(&self, name: &str) -> Call<Report>;
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (api, token_endpoint) = apiclient_examples::reports::serve().await?;
    // Out of the environment or a vault, where it is one.
    let secret = Secret::from("not so secret");
    let token = ClientCredentials::new(token_endpoint, "reports", secret).scopes(["reports:read"]).build()?;
    let reports = ReportsClient::builder().base_url(api).auth(token).build()?;

    for day in ["monday", "tuesday", "wednesday"] {
        let all = (0..20).map(|_| tokio::spawn(reports.report(day)));
        let mut tokens = Vec::new();
        for call in all.collect::<Vec<_>>() {
            tokens.push(call.await??.token);
        }
        tokens.dedup();
        println!("{day}: 20 reports with token {tokens:?}");
        tokio::time::sleep(Duration::from_millis(1_100)).await;
    }

    // Whoever asks without it is told so.
    let error = reports.report("thursday").no_auth().await.expect_err("nobody knows who that is");
    println!("without credentials: {error}");
    Ok(())
}
