//! With a time limit for the whole call.
#[path = "../client.rs"]
mod client;

fn main() {
    common::driver::main::<client::Bare<true>>()
}
