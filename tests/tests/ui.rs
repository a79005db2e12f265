//! One mistake per file of `ui/`, named after it: each message is product. `TRYBUILD=overwrite` writes them anew.
//!
//! (Hostile case 96, the parts that are refused: `placeholder-twice`, `template-unclosed`, `placeholder-without-argument`.)
//!
//! What rustc prints changes with its version, so this runs with the one that the expected messages are from, and is
//! skipped with a word otherwise. `APICLIENT_REQUIRE=1` makes a skip an error.

const VERSION: &str = "rustc 1.95.";

#[test]
fn every_mistake_has_its_message() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = std::process::Command::new(rustc).arg("--version").output().expect("rustc is here");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if !version.starts_with(VERSION) {
        let required = std::env::var("APICLIENT_REQUIRE").is_ok_and(|v| v == "1");
        assert!(!required, "the messages are those of {VERSION}x, not of {version}");
        println!("skipped: the messages are those of {VERSION}x, not of {version}");
        return;
    }
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
