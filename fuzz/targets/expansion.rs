//! A template in the first line, a value for each of its variables in the others; a tab makes a list, `=` within an item a map.
#![no_main]

use apiclient::{
    Client, ErrorKind, Method, UriTemplate,
    testing::{ManualClock, Stub},
};
use apiclient_fuzz::{
    holds_literals,
    tree::{Tree, is_dots},
};
use libfuzzer_sys::fuzz_target;
use std::{collections::BTreeMap, sync::LazyLock};

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let builder = Client::builder().base_url("http://api.test/base/v1");
    builder.transport(Stub::json("null")).clock(ManualClock::new()).build().expect("all it needs")
});

fn value(line: &str) -> Tree {
    let text = |text: &str| Tree::Text(text.to_owned());
    match line.split_once('\t') {
        None => text(line),
        Some(_) if line.split('\t').all(|item| item.contains('=')) => Tree::Map(
            line.split('\t')
                .filter_map(|item| item.split_once('='))
                .map(|(k, v)| (k.to_owned(), text(v)))
                .collect(),
        ),
        Some(_) => Tree::List(line.split('\t').map(text).collect()),
    }
}

fuzz_target!(|input: &str| {
    let mut lines = input.split('\n');
    let template = lines.next().unwrap_or_default();
    let Ok(parsed) = UriTemplate::parse(template) else { return };
    let mut values = BTreeMap::new();
    for name in parsed.variables() {
        if !values.contains_key(name) {
            values.insert(name.to_owned(), lines.next().map(value));
        }
    }
    match parsed.expand(&values) {
        Ok(uri) => {
            assert!(uri.bytes().all(|b| b.is_ascii_graphic()), "{uri:?}");
            assert!(holds_literals(&uri, template), "{uri:?} of {template:?}");
        }
        Err(e) => {
            assert!(e.kind() == ErrorKind::Argument && !e.to_string().contains(['\r', '\n', '\0']), "{e}")
        }
    }
    let call = values
        .iter()
        .fold(CLIENT.call(Method::GET, template), |call, (name, value)| call.param(name.clone(), value));
    match call.fetch::<()>().into_request() {
        Ok(request) => {
            let url = request.url();
            let (text, path) = (url.to_string(), url.path());
            assert!(text.starts_with("http://api.test/base/v1"), "{text}");
            assert!(path.len() == "/base/v1".len() || path["/base/v1".len()..].starts_with('/'), "{text}");
            assert!(!path.split('/').any(is_dots), "{text}");
            assert!(text.bytes().all(|b| b.is_ascii_graphic() && !b"#\\\"<>^`{|}".contains(&b)), "{text}");
        }
        Err(e) => {
            assert!(e.kind() == ErrorKind::Argument && !e.to_string().contains(['\r', '\n', '\0']), "{e}")
        }
    }
});
