//! Properties of what is sent, for arbitrary values; the same ones each time.

use apiclient::UriTemplate;
use apiclient_tests::{
    roles::{Mixed, ROLES, check, check_link, check_mixed, client},
    tree::{FIELDS, Tree},
};
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    sample::select,
    test_runner::{Config, RngSeed},
};
use std::collections::BTreeMap;

fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(0x6570), ..Config::default() }
}

/// What means something somewhere.
const ODD: [&str; 40] = [
    "", ".", "..", "/", "//", "\\", "?", "#", "&", "=", ";", ",", "+", " ", "%", "%2e", "%2F", "%zz", ":",
    "@", "[", "]", "[]", "[0]", "|", "\"", "'", "<", "{", "}", "\r\n", "\0", "\t", "\u{7f}", "~", "*",
    "http://", "\u{fc}", "\u{202e}", "v",
];

/// A text of odd pieces and of any characters.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => select(&ODD[..]).prop_map(str::to_owned),
        2 => any::<char>().prop_map(String::from),
        2 => select(&["a", "B", "7", "-", "_", "x y"][..]).prop_map(str::to_owned),
    ];
    vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

/// A text that most roles hold.
fn plain_text() -> impl Strategy<Value = String> {
    vec(select(&["a", "B", "7", "-", "_", "~", "!", "$", "."][..]), 1..5).prop_map(|pieces| pieces.concat())
}

fn some_text() -> impl Strategy<Value = String> {
    prop_oneof![text(), plain_text()]
}

fn tree(text: BoxedStrategy<String>) -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        4 => text.clone().prop_map(Tree::Text),
        1 => any::<i128>().prop_map(Tree::Int),
        1 => any::<bool>().prop_map(Tree::Bool),
    ];
    leaf.prop_recursive(4, 12, 3, move |inner| {
        prop_oneof![
            vec(inner.clone(), 1..4).prop_map(Tree::List),
            btree_map(text.clone(), inner.clone(), 1..4).prop_map(Tree::Map),
            vec(inner, 1..=FIELDS.len()).prop_map(Tree::Struct),
        ]
    })
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn what_is_written_reads_back(value in prop_oneof![tree(text().boxed()), tree(plain_text().boxed())]) {
        let client = client();
        for role in ROLES {
            prop_assert!(check(&client, role, &value).is_ok(), "{:?}", check(&client, role, &value));
        }
    }

    #[test]
    fn no_argument_moves_another(
        path in some_text(),
        rest in some_text(),
        query in text(),
        list in vec(text(), 0..3),
        header in some_text(),
        cookie in plain_text(),
        fields in [text(), text()],
    ) {
        let mixed = Mixed { path, rest, query, list, header, cookie, fields };
        prop_assert_eq!(check_mixed(&client(), &mixed), Ok(()));
    }

    #[test]
    fn a_link_stays_where_it_may_lead(
        begin in select(&["", "/", "/base/v1", "/base/v1/", "http://api.test/base/v1", "http://api.test", "HTTP://API.TEST:80/base/v1/",
            "http://files.test:8080", "http://files.test:8080/", "http://files.test", "//api.test/base/v1", "https://api.test/base/v1"][..]),
        end in text(),
    ) {
        prop_assert_eq!(check_link(&client(), &format!("{begin}{end}")), Ok(()));
    }
}

/// A template, more or less.
fn template() -> impl Strategy<Value = String> {
    let name = select(
        &["a", "b", "list", "last.name", "%41", "", "a-b", "\u{fc}", "c:3", "a*", "list*", "b:0", "a,b"][..],
    );
    let operator = select(&["", "+", "#", ".", "/", ";", "?", "&", "=", "!"][..]);
    let expression = (operator, name).prop_map(|(operator, name)| format!("{{{operator}{name}}}"));
    let piece = prop_oneof![
        3 => expression,
        2 => select(&["/", "x", "a b", "\u{fc}", "?", "&y=1", "%20", "http://h"][..]).prop_map(str::to_owned),
        1 => select(&["{", "}", "%", "\r", "\"", "#"][..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// The literals as they are sent: what is no ASCII, and a space, percent-encoded.
fn literals(template: &str) -> Vec<String> {
    let sent = |c: char| match c.is_ascii() && c != ' ' {
        true => c.to_string(),
        false => c.to_string().bytes().map(|b| format!("%{b:02X}")).collect(),
    };
    let outside = template.split('{').enumerate();
    let outside = outside
        .map(|(i, part)| if i == 0 { part } else { part.split_once('}').map_or("", |(_, rest)| rest) });
    outside.map(|text| text.chars().map(sent).collect()).collect()
}

proptest! {
    #![proptest_config(config(4000))]

    #[test]
    fn a_template_expands_to_a_uri_or_says_why_not(
        template in template(),
        values in btree_map(select(&["a", "b", "list", "last.name", "%41", "c"][..]), tree(text().boxed()), 0..4),
    ) {
        let Ok(parsed) = UriTemplate::parse(template.as_str()) else { return Ok(()) };
        let values: BTreeMap<&str, Tree> = values;
        let Ok(uri) = parsed.expand(&values) else { return Ok(()) };
        prop_assert!(uri.bytes().all(|b| b.is_ascii_graphic()), "{}", uri);
        let mut rest = uri.as_str();
        for literal in literals(&template) {
            let at = rest.find(&literal);
            prop_assert!(at.is_some(), "{} lacks {}", uri, literal);
            rest = &rest[at.unwrap_or_default() + literal.len()..];
        }
    }
}

/// What finds nothing proves nothing: each role holds something, and refuses something.
#[test]
fn the_properties_look_at_something() {
    let client = client();
    let map = |value: Tree| Tree::Map(BTreeMap::from([("k".to_owned(), value)]));
    let one = || Tree::Text("a".into());
    let deep = Tree::List(vec![map(Tree::List(vec![Tree::List(vec![one()])]))]);
    let keyed = Tree::Map(BTreeMap::from([("a[b].\r".to_owned(), Tree::List(vec![map(one())]))]));
    for role in ROLES {
        let found = |value: &Tree| check(&client, role, value).unwrap();
        assert!(found(&one()) || found(&map(one())), "{role:?}");
        assert!(!found(&deep) || !found(&keyed), "{role:?}");
    }
    assert_eq!(
        check_mixed(&client, &Mixed { path: "a".into(), rest: "b/c".into(), ..Mixed::default() }),
        Ok(())
    );
}

#[test]
fn a_list_in_a_matrix_parameter_keeps_its_equals_sign() {
    let template = UriTemplate::parse("{;v}").unwrap();
    let expand = |items: &[&str]| template.expand(&BTreeMap::from([("v", items)])).unwrap();
    assert_eq!((expand(&["", ""]), expand(&["", "a"])), (";v=,".to_owned(), ";v=,a".to_owned()));
}
