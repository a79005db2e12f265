//! Without a time limit.
mod client;

fn main() {
    common::driver::main::<client::Bare<false>>()
}
