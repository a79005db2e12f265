//! Expansions as they are, pretty-printed: `tests/snapshots/NAME.in.rs` gives `NAME.out.rs`. A reviewer reads the second
//! before the code. `APICLIENT_BLESS=1 cargo test -p apiclient-macros` writes them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{fs, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/snapshots")
}

/// The first item of a file as the macro sees it: its attribute's tokens, and the item without it.
fn expand(source: &str) -> String {
    let file = syn::parse_file(source).expect("an input is a file of Rust");
    let mut out = proc_macro2::TokenStream::new();
    for item in file.items {
        out.extend(derived(&item));
        let syn::Item::Trait(mut item) = item else { continue };
        let at = item.attrs.iter().position(|a| a.path().is_ident("api_client")).expect("an API");
        let args = match item.attrs.remove(at).meta {
            syn::Meta::List(list) => list.tokens,
            _ => proc_macro2::TokenStream::new(),
        };
        out.extend(crate::expand_api(args, quote::quote!(#item)));
    }
    prettyplease::unparse(&syn::parse2(out).expect("an expansion is a file of Rust"))
}

type Derive = fn(proc_macro2::TokenStream) -> proc_macro2::TokenStream;

/// What our derives make of a type.
fn derived(item: &syn::Item) -> proc_macro2::TokenStream {
    let attrs = match item {
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        _ => return proc_macro2::TokenStream::new(),
    };
    let derives = attrs.iter().filter(|a| a.path().is_ident("derive")).map(|a| quote::quote!(#a).to_string());
    let derives: String = derives.collect();
    let mut out = proc_macro2::TokenStream::new();
    let ours: [(&str, Derive); 3] = [
        ("ApiError", crate::api_error::expand),
        ("FromStatus", crate::from_answer::from_status),
        ("FromHeaders", crate::from_answer::from_headers),
    ];
    for (name, expand) in ours {
        if derives.contains(name) {
            out.extend(expand(quote::quote!(#item)));
        }
    }
    out
}

/// The client that people are told to copy.
#[test]
fn the_github_client_expands_readably() {
    let source = fs::read_to_string(folder().join("../../examples/examples/github/api.rs")).unwrap();
    let expanded = expand(&source);
    assert_eq!(expanded, expand(&source), "an expansion is the same every time");
    let output = folder().join("github.out.rs");
    if std::env::var_os("APICLIENT_BLESS").is_some() {
        fs::write(&output, &expanded).unwrap();
    }
    assert!(fs::read_to_string(&output).unwrap() == expanded, "it differs; APICLIENT_BLESS=1 writes it anew");
    for (name, lines) in lines_per_endpoint(&expanded) {
        assert!(lines < 40, "`{name}` is {lines} lines");
    }
}

/// What stands for each endpoint, together: its data, its method in the trait and the one of the client.
fn lines_per_endpoint(expanded: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = expanded.lines().collect();
    let names = lines
        .iter()
        .filter_map(|line| line.split_once(": __rt::Endpoint::").map(|(name, _)| name.trim().to_owned()));
    let names: Vec<String> = names.collect();
    assert!(names.len() >= 30, "{names:?}");
    let block = |start: usize| {
        let indent = lines[start].len() - lines[start].trim_start().len();
        let inside = |line: &&&str| {
            line.starts_with(&" ".repeat(indent + 1)) || line.trim_start().starts_with([')', '}'])
        };
        1 + lines[start + 1..].iter().take_while(inside).count()
    };
    let of = |name: &str| {
        let begins = |line: &str| {
            let line = line.trim_start();
            line.starts_with(&format!("fn {name}(")) || line.starts_with(&format!("{name}: __rt::Endpoint::"))
        };
        let starts = (0..lines.len()).filter(|i| begins(lines[*i]));
        starts.map(block).sum()
    };
    names.iter().map(|name| (name.clone(), of(name))).collect()
}

#[test]
fn expansions_are_as_reviewed() {
    let mut inputs: Vec<_> = fs::read_dir(folder()).unwrap().map(|e| e.unwrap().path()).collect();
    inputs.retain(|path| path.to_string_lossy().ends_with(".in.rs"));
    inputs.sort();
    assert!(inputs.len() >= 5, "the inputs are there");
    let mut differ = Vec::new();
    for input in inputs {
        let source = fs::read_to_string(&input).unwrap();
        let expanded = expand(&source);
        assert_eq!(expanded, expand(&source), "an expansion is the same every time");
        let output = PathBuf::from(input.to_string_lossy().replace(".in.rs", ".out.rs"));
        if std::env::var_os("APICLIENT_BLESS").is_some() {
            fs::write(&output, &expanded).unwrap();
        } else if fs::read_to_string(&output).unwrap_or_default() != expanded {
            differ.push(format!("{}\n{expanded}", output.display()));
        }
    }
    assert!(
        differ.is_empty(),
        "{} differ; APICLIENT_BLESS=1 writes them anew:\n{}",
        differ.len(),
        differ.join("\n")
    );
}

/// The strings of the list that follows `start`.
fn strings(file: &str, start: &str) -> std::collections::BTreeSet<String> {
    let text = fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let list = text.split_once(start).unwrap().1.split_once("];").unwrap().0;
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn reserved_headers_are_the_runtimes() {
    let ours = strings("src/lower.rs", "const RESERVED");
    assert_eq!(ours, strings("../apiclient/src/request/header.rs", "const RESERVED"));
    assert!(ours.len() > 5, "{ours:?}");
    let secrets = strings("src/lower.rs", "const SECRETS: [&str; 10]");
    assert_eq!(secrets, strings("../apiclient/src/request/header.rs", "const SECRETS: [&str; 10]"));
    assert!(secrets.len() > 5, "{secrets:?}");
}

#[test]
fn what_stands_twice_is_the_same() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    for (room, name) in [("request", "template.rs"), ("request", "base_url.rs"), ("json", "glob.rs")] {
        let ours = fs::read_to_string(root.join("src").join(name)).unwrap();
        let theirs = fs::read_to_string(root.join("../apiclient/src").join(room).join(name)).unwrap();
        assert!(ours == theirs, "{name} differs between the crates: copy the newer over the older");
    }
}
