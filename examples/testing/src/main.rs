//! Pays one order: `cargo run -- ORDER CENTS [BASE_URL]`; the URL may also stand in `PAYMENTS_URL`.

use apiclient_example_testing::{
    Checkout, Order,
    payments::{Payments, PaymentsClient},
};
use std::{env, error::Error, sync::Arc};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let id = arguments.next().ok_or("which order?")?;
    let amount = arguments.next().ok_or("how many cents?")?.parse()?;
    let base_url = arguments.next().or_else(|| env::var("PAYMENTS_URL").ok());

    let builder = PaymentsClient::builder();
    let builder = match base_url {
        Some(base_url) => builder.base_url(base_url),
        None => builder,
    };
    let payments: Arc<dyn Payments> = Arc::new(builder.build()?);

    let mut order = Order::new(id, amount);
    Checkout::new(payments.clone()).pay(&mut order).await?;
    println!("{order:?}");
    println!("{} cents are there", payments.balance().await?.available);
    Ok(())
}
