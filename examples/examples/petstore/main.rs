//! Asks a pet store with an API key.
//!
//! ```text
//! cargo run --example petstore -- http://127.0.0.1:18011
//! ```

mod api;

use api::{Order, PetStatus, PetStore, PetStoreApi};
use apiclient::auth::ApiKey;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut builder = PetStore::builder().auth(ApiKey::new("special-key"));
    if let Some(url) = std::env::args().nth(1) {
        builder = builder.base_url(url);
    }
    let store = builder.build()?;
    println!("inventory: {:?}", store.inventory().await?);
    for pet in store.pets_by_status(&[PetStatus::Available, PetStatus::Pending]).await? {
        println!("{} {:?} {:?}, {} photos", pet.name, pet.id, pet.status, pet.photo_urls.len());
    }
    let order = store.order(&Order { pet_id: 7, quantity: 1, ..Order::default() }).await?;
    println!("order: {order:?}");
    println!("user: {:?}", store.user("ada").await?);
    Ok(())
}
