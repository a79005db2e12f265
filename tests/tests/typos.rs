//! Forty slips of one character in programs that are right: each is one error, in the trait, and none in callers.

use apiclient_tests::root;
use std::{collections::BTreeMap, fs, path::Path, process::Command};

const PROGRAM: &str = r#"use apiclient::prelude::*;

#[derive(serde::Serialize, serde::Deserialize)]
pub struct User {
    pub id: u64,
}

#[api_client(base_url = "https://api.example.com", base_path = "/v2", name = "Users", client = UsersClient)]
#[timeout("20s", attempt = "5s")]
#[retry(attempts = 4, base = "50ms")]
#[rate_limit("10/s", burst = 20)]
#[max_body("1MiB")]
#[header("X-Version", "7")]
pub trait Users {
    /// One.
    #[get("/users/{id}")]
    async fn user(&self, id: u64) -> Result<User, apiclient::Error>;
    /// Several.
    #[get("/users{?page,per_page}")]
    fn users(&self, page: u32, per_page: u32, #[query] filter: &str, #[header("X-Tag")] tag: &str) -> Call<Vec<User>>;
    /// New.
    #[post("/users/{team}/members")]
    #[idempotency_key("Idempotency-Key")]
    #[retry(attempts = 2, cap = "1s")]
    fn create(&self, team: &str, #[body] user: &User, #[timeout] limit: std::time::Duration) -> Call<User>;
    /// Any.
    #[http("PURGE", "/cache/{+path}")]
    #[timeout(attempt = "500ms")]
    fn purge(&self, path: &str) -> Call<()>;
}

pub async fn caller(users: &UsersClient) {
    let _: Result<User, apiclient::Error> = users.user(7).await;
    let _: Result<Vec<User>, apiclient::Error> = users.users(1, 2, "a", "b").await;
    let limit = std::time::Duration::from_secs(1);
    let _: Result<User, apiclient::Error> = users.create("red", &User { id: 7 }, limit).await;
    let _: Result<(), apiclient::Error> = users.purge("a/b").await;
    let _ = UsersClient::ENDPOINTS.user.name();
    let _ = UsersClient::builder().build();
}

fn main() {}
"#;

/// What stands in the program, and what was typed instead.
const TYPOS: [(&str, &str); 40] = [
    ("base_url =", "base_ur ="),
    ("base_url =", "bas_url ="),
    ("base_path =", "base_paht ="),
    ("name =", "nam ="),
    ("client =", "clint ="),
    ("\"https://api", "\"htps://api"),
    ("\"https://api", "\"https:/api"),
    ("example.com\"", "example.com?\""),
    ("\"/v2\"", "\"/v2?\""),
    ("#[timeout(\"20s\"", "#[timeut(\"20s\""),
    ("\"20s\"", "\"20x\""),
    ("\"20s\"", "\"20\""),
    (", attempt = \"5s\")", ", atempt = \"5s\")"),
    ("attempts = 4", "attempst = 4"),
    ("attempts = 4", "attempts = 0"),
    ("base = \"50ms\"", "bsae = \"50ms\""),
    ("base = \"50ms\"", "base = \"50m s\""),
    ("#[rate_limit", "#[rate_limt"),
    ("\"10/s\"", "\"10/x\""),
    ("burst = 20", "burts = 20"),
    ("\"1MiB\"", "\"1MB\""),
    ("#[header(\"X-Version\"", "#[haeder(\"X-Version\""),
    ("\"X-Version\"", "\"X Version\""),
    ("#[get(\"/users/{id}\")]", "#[gte(\"/users/{id}\")]"),
    ("\"/users/{id}\"", "\"/users/{idd}\""),
    ("\"/users/{id}\"", "\"/users/{id\""),
    ("\"/users/{id}\"", "\"/users/{}\""),
    ("\"/users/{id}\"", "\"/users/:id\""),
    ("{?page,per_page}", "{?page,perpage}"),
    ("{?page,per_page}", "{?page,per_page,}"),
    ("#[query] filter", "#[qurey] filter"),
    ("#[header(\"X-Tag\")]", "#[header(\"X-Tag \")]"),
    ("#[header(\"X-Tag\")]", "#[heder(\"X-Tag\")]"),
    ("{team}", "{taem}"),
    ("#[idempotency_key(", "#[idempotency_kye("),
    ("cap = \"1s\"", "cap = \"0s\""),
    ("#[body] user", "#[bdy] user"),
    ("#[timeout] limit", "#[timeot] limit"),
    ("\"PURGE\"", "\"PUR GE\""),
    ("{+path}", "{+pth}"),
];

/// A crate with one program per slip, and one without any.
fn write_crate(folder: &Path) {
    let bins = folder.join("src/bin");
    fs::create_dir_all(&bins).unwrap();
    let apiclient = root().join("apiclient").canonicalize().unwrap();
    let manifest = format!(
        "[package]\nname = \"typos\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
         apiclient = {{ path = {apiclient:?}, default-features = false, features = [\"tokio\"] }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    fs::write(bins.join("right.rs"), PROGRAM).unwrap();
    for (i, (right, wrong)) in TYPOS.iter().enumerate() {
        assert!(PROGRAM.contains(right), "{right}");
        fs::write(bins.join(format!("t{i:02}.rs")), PROGRAM.replacen(right, wrong, 1)).unwrap();
    }
}

/// The errors of each program: message and line.
fn check(folder: &Path) -> BTreeMap<String, Vec<(String, u64)>> {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--bins", "--keep-going", "--message-format=json", "--quiet"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .output()
        .unwrap();
    let mut found: BTreeMap<String, Vec<(String, u64)>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(said) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let name = said["target"]["name"].as_str().unwrap_or_default().to_owned();
        let message = &said["message"];
        // What rustc adds at the end has no place in the source.
        if said["reason"] == "compiler-message"
            && message["level"] == "error"
            && message["spans"][0].is_object()
        {
            let text = message["message"].as_str().unwrap_or_default().to_owned();
            found
                .entry(name)
                .or_default()
                .push((text, message["spans"][0]["line_start"].as_u64().unwrap_or(0)));
        } else if said["reason"] == "compiler-artifact" && name == "right" {
            found.entry(name).or_default();
        }
    }
    found
}

#[test]
fn a_slip_is_one_error_and_none_in_callers() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("typos");
    write_crate(&folder);
    let found = check(&folder);
    assert_eq!(found.get("right"), Some(&Vec::new()), "the program itself is right");
    let caller = PROGRAM.lines().position(|l| l.starts_with("pub async fn caller")).unwrap() as u64;
    let mut wrong = Vec::new();
    for (i, (right, typed)) in TYPOS.iter().enumerate() {
        match found.get(&format!("t{i:02}")).map(Vec::as_slice) {
            Some([(text, line)]) if *line < caller => {
                println!("{typed:28} {}", text.lines().next().unwrap_or_default())
            }
            other => wrong.push(format!("{right} -> {typed}: {other:#?}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), TYPOS.len(), wrong.join("\n"));
}
