//! The first line as a base URL, the second as a link: refused, or where they may lead.
#![no_main]

use apiclient::{
    Client, ErrorKind, Method,
    testing::{ManualClock, Stub},
};
use apiclient_fuzz::{
    must,
    roles::{RolesClient, check_link, client},
    tree::is_dots,
};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static CLIENT: LazyLock<RolesClient> = LazyLock::new(client);

fuzz_target!(|input: &str| {
    let (base, link) = input.split_once('\n').unwrap_or((input, input));
    must(check_link(&CLIENT, link));
    let builder = Client::builder().base_url(base).transport(Stub::json("null")).clock(ManualClock::new());
    match builder.build() {
        Err(e) => {
            assert!(e.kind() == ErrorKind::Config && !e.to_string().contains(['\r', '\n', '\0']), "{e}")
        }
        Ok(client) => {
            let request =
                client.call(Method::GET, "/x{?link}").param("link", link).fetch::<()>().into_request();
            let Ok(request) = request else { return };
            let (url, lower) = (request.url(), base.to_ascii_lowercase());
            let scheme = url.scheme_str().expect("it is absolute");
            assert!(lower.starts_with(&format!("{scheme}://")), "{url} of {base:?}");
            let host = url.host().expect("it is absolute");
            assert!(
                host.starts_with('[') || lower[scheme.len() + 3..].starts_with(host),
                "{url} of {base:?}"
            );
            assert!(!url.authority().expect("it is absolute").as_str().contains('@'), "{url} of {base:?}");
            assert!(url.path().ends_with("/x") && !url.path().split('/').any(is_dots), "{url} of {base:?}");
            assert!(
                url.to_string().bytes().all(|b| b.is_ascii_graphic() && b != b'#' && b != b'\\'),
                "{url} of {base:?}"
            );
        }
    }
});
