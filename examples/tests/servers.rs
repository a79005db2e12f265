//! The clients of the examples against prism, which answers from the services' own OpenAPI documents and says what is wrong
//! with a request. Started by `tests/servers/run`; skipped with a word where nothing answers, unless `APICLIENT_REQUIRE=1`.

#![allow(dead_code, reason = "the clients have more than a test looks at")]

#[path = "../examples/github/api.rs"]
mod github;
#[path = "../examples/petstore/api.rs"]
mod petstore;

use apiclient::{
    auth::{ApiKey, Bearer},
    transport::{Attempt, BoxFuture, Reply, Reqwest, Transport, TransportError},
};
use github::{
    GistFile, GitHub, GitHubClient, GitHubError, IssueChange, IssueFilter, Labels, LockReason, Merge,
    NewComment, NewFile, NewGist, NewIssue, NewLabel, NewPull, NewReaction, NewRef, NewRelease, NewReview,
    OldFile, Page, ReactionKind, RefChange, RepoChange, State, Topics,
};
use petstore::{Order, PetStatus, PetStore, PetStoreApi, PetStoreError, User};
use std::{
    collections::BTreeMap,
    net::TcpStream,
    sync::{Arc, Mutex},
};

fn is_up(address: &str) -> bool {
    let up = TcpStream::connect(address).is_ok();
    assert!(up || std::env::var("APICLIENT_REQUIRE").as_deref() != Ok("1"), "nothing answers at {address}");
    if !up {
        println!("skipped: nothing answers at {address}; tests/servers/run starts it");
    }
    up
}

/// Sends by reqwest, and keeps what prism found wrong with the requests.
#[derive(Debug, Clone)]
struct Judged {
    inner: Arc<Reqwest>,
    violations: Arc<Mutex<Vec<String>>>,
}

impl Judged {
    fn new() -> Self {
        Judged {
            inner: Arc::new(Reqwest::from(apiclient::reqwest::Client::new())),
            violations: Arc::default(),
        }
    }

    fn judge(&self, what: &str, reply: &mut Reply) {
        let said =
            reply.headers_mut().get("sl-violations").and_then(|v| v.to_str().ok()).unwrap_or("[]").to_owned();
        let found: Vec<serde_json::Value> = serde_json::from_str(&said).unwrap_or_default();
        let of_request = found.iter().filter(|v| v["location"][0] == "request");
        let mut violations = self.violations.lock().expect("no test panics with it");
        violations.extend(of_request.map(|v| format!("{what}: {v}")));
    }
}

impl Transport for Judged {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        let what = format!("{} {}", attempt.method(), attempt.target());
        Box::pin(async move {
            let mut reply = self.inner.send(attempt).await?;
            self.judge(&what, &mut reply);
            Ok(reply)
        })
    }
}

/// Awaits each call, counts it, and names those that fail.
macro_rules! all {
    ($failed:ident; $($call:expr),* $(,)?) => {{
        let mut count = 0;
        $(
            count += 1;
            if let Err(e) = $call.await {
                $failed.push(format!("{}: {e}", stringify!($call)));
            }
        )*
        count
    }};
}

#[tokio::test]
async fn every_operation_of_the_github_client_is_right() {
    if !is_up("127.0.0.1:18010") {
        return;
    }
    let judged = Judged::new();
    let builder = GitHubClient::builder().base_url("http://127.0.0.1:18010").transport(judged.clone());
    let g = builder.auth(Bearer::new("x")).build().unwrap();
    let (o, r) = ("octocat", "hello-world");
    let mut failed: Vec<String> = Vec::new();
    let files = BTreeMap::from([("a.txt", GistFile { content: "x" })]);
    let filter = IssueFilter {
        state: Some(State::All),
        labels: Some("bug,ui"),
        per_page: Some(2),
        ..IssueFilter::default()
    };
    let change = IssueChange { state: Some(State::Closed), ..IssueChange::default() };
    let two = Page { per_page: Some(2), page: Some(1) };
    let count = all!(failed;
        g.repo(o, r),
        g.update_repo(o, r, &RepoChange { description: Some("x"), ..RepoChange::default() }),
        g.org_repos(o, Some("sources"), Some("full_name"), two),
        g.topics(o, r),
        g.replace_topics(o, r, &Topics { names: vec!["api".into()] }),
        g.languages(o, r),
        g.contributors(o, r, None, two),
        g.issues(o, r, &filter),
        g.create_issue(o, r, &NewIssue { title: "t", body: Some("b"), labels: &["bug"] }),
        g.issue(o, r, 1),
        g.update_issue(o, r, 1, &change),
        g.lock_issue(o, r, 1, Some(&LockReason { lock_reason: "resolved" })),
        g.lock_issue(o, r, 1, None),
        g.unlock_issue(o, r, 1),
        g.comments(o, r, 1, Page::default()),
        g.create_comment(o, r, 1, &NewComment { body: "hi" }),
        g.update_comment(o, r, 1, &NewComment { body: "hi" }),
        g.delete_comment(o, r, 1),
        g.labels(o, r, two),
        g.create_label(o, r, &NewLabel { name: "bug", color: "ff0000", description: None }),
        g.add_labels(o, r, 1, &Labels { labels: &["bug", "help wanted"] }),
        g.remove_label(o, r, 1, "help wanted"),
        g.pulls(o, r, Some(State::Open), Some("main"), two),
        g.pull(o, r, 1),
        g.create_pull(o, r, &NewPull { title: "t", head: "f", base: "main", body: None, draft: true }),
        g.merge_pull(o, r, 1, &Merge { merge_method: Some("squash"), ..Merge::default() }),
        g.pull_files(o, r, 1, two),
        g.reviews(o, r, 1),
        g.create_review(o, r, 1, &NewReview { body: "good", event: "APPROVE" }),
        g.file(o, r, "a.txt", Some("main")),
        g.write_file(o, r, "a.txt", &NewFile { message: "m", content: "eA==", sha: None, branch: None }),
        g.delete_file(o, r, "a.txt", &OldFile { message: "m", sha: "abc" }),
        g.readme(o, r, None),
        g.git_ref(o, r, "main"),
        g.create_ref(o, r, &NewRef { r#ref: "refs/heads/x", sha: "aa218f56b14c9653891f9e74264a383fa43fefbd" }),
        g.update_ref(o, r, "main", &RefChange { sha: "aa218f56b14c9653891f9e74264a383fa43fefbd", force: false }),
        g.delete_ref(o, r, "main"),
        g.search_repos("tetris language:rust", Some("stars"), Some("desc"), two),
        g.search_issues("is:open label:\"help wanted\"", two),
        g.search_code("addClass in:file", Page::default()),
        g.gists(None, two),
        g.gist("aa5a315d61ae9438b18d"),
        g.create_gist(&NewGist { description: "d", public: false, files }),
        g.star_gist("aa5a315d61ae9438b18d"),
        g.delete_gist("aa5a315d61ae9438b18d"),
        g.reactions(o, r, 1, Some(ReactionKind::Heart)),
        g.react(o, r, 1, &NewReaction { content: ReactionKind::PlusOne }),
        g.members(o, Some("admin"), two),
        g.check_member(o, "octocat"),
        g.runs(o, r, Some("main"), Some("success"), two),
        g.run(o, r, 1),
        g.cancel_run(o, r, 1),
        g.releases(o, r, two),
        g.latest_release(o, r),
        g.create_release(o, r, &NewRelease { tag_name: "v1", name: "one", body: "", draft: true }),
        g.delete_release(o, r, 1),
        g.me(),
        g.user(o),
        g.followers(o, two),
        g.zen(),
        g.close_issue(o, r, 1, "done"),
    );
    assert!(count >= 30, "{count}");
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(*judged.violations.lock().unwrap(), [""; 0]);
    println!("{count} calls");

    // A wrong call comes back as an error with the document's own words.
    let e = g
        .update_issue(o, r, 1, &IssueChange { state: Some(State::All), ..IssueChange::default() })
        .await
        .unwrap_err();
    assert!(matches!(&e, GitHubError::Invalid { source, .. } if source.status().unwrap() == 422), "{e:?}");
    let e = g.repo(o, r).header("prefer", "code=404").await.unwrap_err();
    assert!(matches!(&e, GitHubError::NotFound { .. }), "{e:?}");
}

#[tokio::test]
async fn every_operation_of_the_petstore_client_is_right() {
    if !is_up("127.0.0.1:18011") {
        return;
    }
    let judged = Judged::new();
    let builder = PetStore::builder().base_url("http://127.0.0.1:18011").transport(judged.clone());
    let p = builder.auth(ApiKey::new("k")).header("authorization", "Bearer x").build().unwrap();
    let mut failed: Vec<String> = Vec::new();
    let user = User { username: "ada".into(), ..User::default() };
    all!(failed;
        p.pets_by_status(&[PetStatus::Available, PetStatus::Sold]),
        p.pets_by_tags(&["a", "b c"]),
        p.pet(7),
        p.inventory(),
        p.order(&Order { pet_id: 7, quantity: 1, ..Order::default() }),
        p.find_order(7),
        p.log_in("ada", "pass word"),
        p.user("ada"),
        p.create_user(&user),
        p.create_users(std::slice::from_ref(&user)),
    );
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(*judged.violations.lock().unwrap(), [""; 0]);

    let without = PetStore::builder().base_url("http://127.0.0.1:18011").anonymous().build().unwrap();
    let e = without.pet(7).await.unwrap_err();
    assert!(matches!(&e, PetStoreError::Unauthorized { .. }), "{e:?}");
}
