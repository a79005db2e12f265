//! Every other kind of bad base URL.
use apiclient::prelude::*;

#[api_client(base_url = "ftp://example.com")]
trait A {}

#[api_client(base_url = "https://example.com/?key=1")]
trait B {}

#[api_client(base_url = "http://[fe80::1%25eth0]")]
trait C {}

#[api_client(base_url = 5)]
trait D {}

#[api_client(base_path = "/a/../b")]
trait E {}

#[api_client(base_url)]
trait F {}

fn main() {
    let _ = (AClient::new(), BClient::new(), CClient::new(), DClient::new(), EClient::new(), FClient::new());
}
