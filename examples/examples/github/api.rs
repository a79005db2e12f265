//! GitHub's REST API, as far as a tool for maintainers needs it: copy this file and take away what you do not need.
//!
//! Types have the fields that are used, not all that are sent: serde leaves the others alone.

use apiclient::prelude::*;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// Every failure, the common ones as variants. The first variant that fits is it; `Other` has the rest.
///
/// Each keeps the library's error as its source: method and path, status, GitHub's message, its request id.
#[derive(Debug, thiserror::Error, ApiError)]
#[non_exhaustive]
pub enum GitHubError {
    /// The token is missing, wrong or expired.
    #[error("GitHub does not know who is asking: is there a token, and is it still good?")]
    #[api(status = 401)]
    Unauthorized {
        #[api(error)]
        source: apiclient::Error,
    },
    /// The hour's quota is used up. GitHub says so with a 403, and only a header tells it from other refusals.
    #[error("the requests of this hour are used up")]
    #[api(status = 403 | 429, header("x-ratelimit-remaining", "0"))]
    RateLimited {
        /// When there are new ones, in seconds since 1970.
        #[api(header("x-ratelimit-reset"))]
        resets_at: Option<u64>,
        #[api(error)]
        source: apiclient::Error,
    },
    /// Too much at once. [`apiclient::Error::retry_after`] of the source says how long to wait.
    #[error("too many requests at once")]
    #[api(status = 403, header("retry-after", "*"))]
    #[api(status = 429)]
    TooFast {
        #[api(error)]
        source: apiclient::Error,
    },
    /// Taken down: after a complaint, say. A 403 without a `block` goes on to the next variant.
    #[error("access is blocked: {}", .block.reason)]
    #[api(status = 403 | 451)]
    Blocked {
        #[api(pointer("/block"))]
        block: Block,
        #[api(error)]
        source: apiclient::Error,
    },
    /// The token may not do that.
    #[error("this token may not do that")]
    #[api(status = 403)]
    Forbidden {
        #[api(error)]
        source: apiclient::Error,
    },
    /// It is not there, or the token may not see it: GitHub does not tell which.
    #[error("not found, or not for this token to see")]
    #[api(status = 404)]
    NotFound {
        #[api(error)]
        source: apiclient::Error,
    },
    /// It was there: an issue that was deleted, or issues that are switched off.
    #[error("it is gone")]
    #[api(status = 410)]
    Gone {
        #[api(error)]
        source: apiclient::Error,
    },
    /// Not in this state: a pull request that cannot be merged (405), a branch that has moved on (409).
    #[error("not in this state: {message}")]
    #[api(status = 405 | 409)]
    Conflict {
        /// In GitHub's words.
        #[api(pointer("/message"))]
        message: String,
        #[api(error)]
        source: apiclient::Error,
    },
    /// The content of the request is refused, and the answer says why.
    #[error("{}", .refusal)]
    #[api(status = 400 | 422)]
    Invalid {
        #[api(body)]
        refusal: Refusal,
        #[api(error)]
        source: apiclient::Error,
    },
    /// Everything else.
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

/// Why somebody's work is not shown.
#[derive(Debug, Clone, Deserialize)]
pub struct Block {
    pub reason: String,
    pub html_url: Option<String>,
}

/// What GitHub has against a request.
#[derive(Debug, Clone, Deserialize)]
pub struct Refusal {
    pub message: String,
    #[serde(default)]
    pub errors: Vec<Flaw>,
}

/// What is wrong, and where. Some endpoints only send a text.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Flaw {
    Field { resource: Option<String>, field: Option<String>, code: String, message: Option<String> },
    Text(String),
}

/// `Validation Failed (title: missing field)`
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.errors.iter().map(Flaw::to_string).collect::<Vec<_>>() {
            flaws if flaws.is_empty() => Ok(()),
            flaws => write!(f, " ({})", flaws.join("; ")),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::Text(text) | Flaw::Field { message: Some(text), .. } => f.write_str(text),
            Flaw::Field { resource, field, code, .. } => {
                let what = field.as_ref().or(resource.as_ref()).map_or("request", String::as_str);
                write!(f, "{what}: {}", code.replace('_', " "))
            }
        }
    }
}

/// What every endpoint returns.
pub type Result<T> = std::result::Result<T, GitHubError>;

/// Repositories, issues, pull requests and what belongs to them.
#[api_client(base_url = "https://api.github.com")]
#[header("Accept", "application/vnd.github+json, application/json;q=0.9, */*;q=0.5")]
#[header("X-GitHub-Api-Version", "2022-11-28")]
#[timeout("30s", attempt = "10s")]
#[auth(bearer)]
pub trait GitHub {
    // ---- repositories

    /// One repository.
    #[get("/repos/{owner}/{repo}")]
    async fn repo(&self, owner: &str, repo: &str) -> Result<Repo>;

    /// Changes a repository.
    #[patch("/repos/{owner}/{repo}")]
    async fn update_repo(&self, owner: &str, repo: &str, #[body] change: &RepoChange<'_>) -> Result<Repo>;

    /// The repositories of an organization.
    #[get("/orgs/{org}/repos{?type,sort}")]
    async fn org_repos(
        &self,
        org: &str,
        r#type: Option<&str>,
        sort: Option<&str>,
        #[query] page: Page,
    ) -> Result<Vec<Repo>>;

    /// The topics of a repository.
    #[get("/repos/{owner}/{repo}/topics")]
    async fn topics(&self, owner: &str, repo: &str) -> Result<Topics>;

    /// Replaces the topics of a repository.
    #[put("/repos/{owner}/{repo}/topics")]
    async fn replace_topics(&self, owner: &str, repo: &str, #[body] topics: &Topics) -> Result<Topics>;

    /// Bytes of code per language.
    #[get("/repos/{owner}/{repo}/languages")]
    async fn languages(&self, owner: &str, repo: &str) -> Result<BTreeMap<String, u64>>;

    /// Who has contributed, most first.
    #[get("/repos/{owner}/{repo}/contributors{?anon}")]
    async fn contributors(
        &self,
        owner: &str,
        repo: &str,
        anon: Option<bool>,
        #[query] page: Page,
    ) -> Result<Vec<Contributor>>;

    // ---- issues

    /// Issues (and pull requests), newest first. `.send()` shows the `Link` header of the page.
    #[get("/repos/{owner}/{repo}/issues")]
    async fn issues(&self, owner: &str, repo: &str, #[query] filter: &IssueFilter<'_>) -> Result<Vec<Issue>>;

    /// Opens an issue. Not safe to repeat: it is not retried.
    #[post("/repos/{owner}/{repo}/issues")]
    async fn create_issue(&self, owner: &str, repo: &str, #[body] issue: &NewIssue<'_>) -> Result<Issue>;

    /// One issue.
    #[get("/repos/{owner}/{repo}/issues/{number}")]
    async fn issue(&self, owner: &str, repo: &str, number: u64) -> Result<Issue>;

    /// Changes an issue.
    #[patch("/repos/{owner}/{repo}/issues/{number}")]
    async fn update_issue(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        #[body] change: &IssueChange<'_>,
    ) -> Result<Issue>;

    /// Locks the conversation. `None` gives no reason, and sends no body.
    #[put("/repos/{owner}/{repo}/issues/{number}/lock")]
    async fn lock_issue(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        #[body] reason: Option<&LockReason>,
    ) -> Result<()>;

    /// Unlocks it.
    #[delete("/repos/{owner}/{repo}/issues/{number}/lock")]
    async fn unlock_issue(&self, owner: &str, repo: &str, number: u64) -> Result<()>;

    // ---- comments

    /// The comments of an issue.
    #[get("/repos/{owner}/{repo}/issues/{number}/comments")]
    async fn comments(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        #[query] page: Page,
    ) -> Result<Vec<Comment>>;

    /// Comments on an issue.
    #[post("/repos/{owner}/{repo}/issues/{number}/comments")]
    async fn create_comment(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        #[body] comment: &NewComment<'_>,
    ) -> Result<Comment>;

    /// Rewrites a comment.
    #[patch("/repos/{owner}/{repo}/issues/comments/{id}")]
    async fn update_comment(
        &self,
        owner: &str,
        repo: &str,
        id: u64,
        #[body] comment: &NewComment<'_>,
    ) -> Result<Comment>;

    /// Deletes a comment.
    #[delete("/repos/{owner}/{repo}/issues/comments/{id}")]
    async fn delete_comment(&self, owner: &str, repo: &str, id: u64) -> Result<()>;

    // ---- labels

    /// The labels that a repository has.
    #[get("/repos/{owner}/{repo}/labels")]
    async fn labels(&self, owner: &str, repo: &str, #[query] page: Page) -> Result<Vec<Label>>;

    /// Makes a label.
    #[post("/repos/{owner}/{repo}/labels")]
    async fn create_label(&self, owner: &str, repo: &str, #[body] label: &NewLabel<'_>) -> Result<Label>;

    /// Adds labels to an issue.
    #[post("/repos/{owner}/{repo}/issues/{number}/labels")]
    async fn add_labels(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        #[body] labels: &Labels<'_>,
    ) -> Result<Vec<Label>>;

    /// Takes a label off an issue; its name may hold anything.
    #[delete("/repos/{owner}/{repo}/issues/{number}/labels/{name}")]
    async fn remove_label(&self, owner: &str, repo: &str, number: u64, name: &str) -> Result<Vec<Label>>;

    // ---- pull requests and reviews

    /// Pull requests.
    #[get("/repos/{owner}/{repo}/pulls{?state,base}")]
    async fn pulls(
        &self,
        owner: &str,
        repo: &str,
        state: Option<State>,
        base: Option<&str>,
        #[query] page: Page,
    ) -> Result<Vec<Pull>>;

    /// One pull request.
    #[get("/repos/{owner}/{repo}/pulls/{number}")]
    async fn pull(&self, owner: &str, repo: &str, number: u64) -> Result<Pull>;

    /// Opens a pull request.
    #[post("/repos/{owner}/{repo}/pulls")]
    async fn create_pull(&self, owner: &str, repo: &str, #[body] pull: &NewPull<'_>) -> Result<Pull>;

    /// Merges a pull request.
    #[put("/repos/{owner}/{repo}/pulls/{number}/merge")]
    async fn merge_pull(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        #[body] merge: &Merge<'_>,
    ) -> Result<Merged>;

    /// The files that a pull request changes.
    #[get("/repos/{owner}/{repo}/pulls/{number}/files")]
    async fn pull_files(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        #[query] page: Page,
    ) -> Result<Vec<ChangedFile>>;

    /// The reviews of a pull request.
    #[get("/repos/{owner}/{repo}/pulls/{number}/reviews")]
    async fn reviews(&self, owner: &str, repo: &str, number: u64) -> Result<Vec<Review>>;

    /// Reviews a pull request.
    #[post("/repos/{owner}/{repo}/pulls/{number}/reviews")]
    async fn create_review(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        #[body] review: &NewReview<'_>,
    ) -> Result<Review>;

    // ---- contents and refs

    /// A file. Its path has slashes, which `{+path}` lets through.
    #[get("/repos/{owner}/{repo}/contents/{+path}{?ref}")]
    async fn file(&self, owner: &str, repo: &str, path: &str, r#ref: Option<&str>) -> Result<File>;

    /// Writes a file: with the `sha` of what it replaces, or without for a new one.
    #[put("/repos/{owner}/{repo}/contents/{+path}")]
    async fn write_file(
        &self,
        owner: &str,
        repo: &str,
        path: &str,
        #[body] file: &NewFile<'_>,
    ) -> Result<Committed>;

    /// Deletes a file.
    #[delete("/repos/{owner}/{repo}/contents/{+path}")]
    async fn delete_file(
        &self,
        owner: &str,
        repo: &str,
        path: &str,
        #[body] file: &OldFile<'_>,
    ) -> Result<Committed>;

    /// The README, wherever it is.
    #[get("/repos/{owner}/{repo}/readme{?ref}")]
    async fn readme(&self, owner: &str, repo: &str, r#ref: Option<&str>) -> Result<File>;

    /// A branch or a tag: `heads/main`, `tags/v1`.
    #[get("/repos/{owner}/{repo}/git/ref/{+name}")]
    async fn git_ref(&self, owner: &str, repo: &str, name: &str) -> Result<Ref>;

    /// Makes a branch or a tag.
    #[post("/repos/{owner}/{repo}/git/refs")]
    async fn create_ref(&self, owner: &str, repo: &str, #[body] git_ref: &NewRef<'_>) -> Result<Ref>;

    /// Moves a branch.
    #[patch("/repos/{owner}/{repo}/git/refs/{+name}")]
    async fn update_ref(
        &self,
        owner: &str,
        repo: &str,
        name: &str,
        #[body] change: &RefChange<'_>,
    ) -> Result<Ref>;

    /// Deletes a branch or a tag.
    #[delete("/repos/{owner}/{repo}/git/refs/{+name}")]
    async fn delete_ref(&self, owner: &str, repo: &str, name: &str) -> Result<()>;

    // ---- search

    /// Repositories that match.
    #[get("/search/repositories{?q,sort,order}")]
    async fn search_repos(
        &self,
        q: &str,
        sort: Option<&str>,
        order: Option<&str>,
        #[query] page: Page,
    ) -> Result<Found<Repo>>;

    /// Issues that match.
    #[get("/search/issues{?q}")]
    async fn search_issues(&self, q: &str, #[query] page: Page) -> Result<Found<Issue>>;

    /// Code that matches.
    #[get("/search/code{?q}")]
    async fn search_code(&self, q: &str, #[query] page: Page) -> Result<Found<CodeMatch>>;

    // ---- gists

    /// One's own gists.
    #[get("/gists{?since}")]
    async fn gists(&self, since: Option<&str>, #[query] page: Page) -> Result<Vec<Gist>>;

    /// One gist.
    #[get("/gists/{id}")]
    async fn gist(&self, id: &str) -> Result<Gist>;

    /// Writes a gist.
    #[post("/gists")]
    async fn create_gist(&self, #[body] gist: &NewGist<'_>) -> Result<Gist>;

    /// Stars a gist.
    #[put("/gists/{id}/star")]
    async fn star_gist(&self, id: &str) -> Result<()>;

    /// Deletes a gist.
    #[delete("/gists/{id}")]
    async fn delete_gist(&self, id: &str) -> Result<()>;

    // ---- reactions

    /// The reactions to an issue.
    #[get("/repos/{owner}/{repo}/issues/{number}/reactions{?content}")]
    async fn reactions(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        content: Option<ReactionKind>,
    ) -> Result<Vec<Reaction>>;

    /// Reacts to an issue.
    #[post("/repos/{owner}/{repo}/issues/{number}/reactions")]
    async fn react(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        #[body] reaction: &NewReaction,
    ) -> Result<Reaction>;

    // ---- organizations, actions, releases, users

    /// The members of an organization.
    #[get("/orgs/{org}/members{?role}")]
    async fn members(&self, org: &str, role: Option<&str>, #[query] page: Page) -> Result<Vec<User>>;

    /// Whether somebody is a member: an error that `is_not_found` if not.
    #[get("/orgs/{org}/members/{username}")]
    async fn check_member(&self, org: &str, username: &str) -> Result<()>;

    /// Runs of workflows, newest first.
    #[get("/repos/{owner}/{repo}/actions/runs{?branch,status}")]
    async fn runs(
        &self,
        owner: &str,
        repo: &str,
        branch: Option<&str>,
        status: Option<&str>,
        #[query] page: Page,
    ) -> Result<Runs>;

    /// One run.
    #[get("/repos/{owner}/{repo}/actions/runs/{id}")]
    async fn run(&self, owner: &str, repo: &str, id: u64) -> Result<Run>;

    /// Cancels a run.
    #[post("/repos/{owner}/{repo}/actions/runs/{id}/cancel")]
    async fn cancel_run(&self, owner: &str, repo: &str, id: u64) -> Result<()>;

    /// Releases, newest first.
    #[get("/repos/{owner}/{repo}/releases")]
    async fn releases(&self, owner: &str, repo: &str, #[query] page: Page) -> Result<Vec<Release>>;

    /// The newest release that is neither a draft nor a prerelease.
    #[get("/repos/{owner}/{repo}/releases/latest")]
    async fn latest_release(&self, owner: &str, repo: &str) -> Result<Release>;

    /// Makes a release.
    #[post("/repos/{owner}/{repo}/releases")]
    async fn create_release(
        &self,
        owner: &str,
        repo: &str,
        #[body] release: &NewRelease<'_>,
    ) -> Result<Release>;

    /// Deletes a release.
    #[delete("/repos/{owner}/{repo}/releases/{id}")]
    async fn delete_release(&self, owner: &str, repo: &str, id: u64) -> Result<()>;

    /// Who the token belongs to.
    #[get("/user")]
    async fn me(&self) -> Result<User>;

    /// Anybody.
    #[get("/users/{username}")]
    async fn user(&self, username: &str) -> Result<User>;

    /// Who follows somebody.
    #[get("/users/{username}/followers")]
    async fn followers(&self, username: &str, #[query] page: Page) -> Result<Vec<User>>;

    /// A piece of wisdom, as text.
    #[get("/zen")]
    async fn zen(&self) -> Result<String>;

    /// Closes an issue with a last word: a helper of two calls.
    async fn close_issue(&self, owner: &str, repo: &str, number: u64, word: &str) -> Result<Issue> {
        self.create_comment(owner, repo, number, &NewComment { body: word }).await?;
        let change = IssueChange { state: Some(State::Closed), ..IssueChange::default() };
        self.update_issue(owner, repo, number, &change).await
    }
}

/// Which page of a list; the server's defaults are 30 per page and the first.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Page {
    /// At most 100.
    pub per_page: Option<u8>,
    /// From 1 on.
    pub page: Option<u32>,
}

/// A repository.
#[derive(Debug, Clone, Deserialize)]
pub struct Repo {
    pub id: u64,
    pub full_name: String,
    pub description: Option<String>,
    pub private: bool,
    pub html_url: String,
    pub owner: User,
    #[serde(default)]
    pub stargazers_count: u64,
    #[serde(default)]
    pub topics: Vec<String>,
    pub default_branch: Option<String>,
}

/// What to change; what is `None` stays.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RepoChange<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_issues: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_branch: Option<&'a str>,
}

/// The topics of a repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Topics {
    pub names: Vec<String>,
}

/// Somebody, or an organization.
#[derive(Debug, Clone, Deserialize)]
pub struct User {
    pub id: u64,
    pub login: String,
    pub html_url: String,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub public_repos: Option<u64>,
}

/// Somebody with a number of commits; an anonymous one has no login.
#[derive(Debug, Clone, Deserialize)]
pub struct Contributor {
    pub login: Option<String>,
    pub contributions: u64,
}

/// Open or closed. What a later version of the API adds is `Other`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Open,
    Closed,
    All,
    #[serde(other)]
    Other,
}

/// An issue, or a pull request seen as one.
#[derive(Debug, Clone, Deserialize)]
pub struct Issue {
    pub id: u64,
    pub number: u64,
    pub state: State,
    pub title: String,
    pub body: Option<String>,
    pub user: Option<User>,
    #[serde(default)]
    pub labels: Vec<Label>,
    pub comments: u64,
    pub created_at: String,
}

/// Which issues.
#[derive(Debug, Clone, Default, Serialize)]
pub struct IssueFilter<'a> {
    pub state: Option<State>,
    pub assignee: Option<&'a str>,
    /// Names with commas between them.
    pub labels: Option<&'a str>,
    pub since: Option<&'a str>,
    pub per_page: Option<u8>,
    pub page: Option<u32>,
}

/// An issue to open.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewIssue<'a> {
    pub title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub labels: &'a [&'a str],
}

/// What to change; what is `None` stays.
#[derive(Debug, Clone, Default, Serialize)]
pub struct IssueChange<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
}

/// Why a conversation is locked.
#[derive(Debug, Clone, Serialize)]
pub struct LockReason {
    /// `off-topic`, `too heated`, `resolved` or `spam`.
    pub lock_reason: &'static str,
}

/// A comment.
#[derive(Debug, Clone, Deserialize)]
pub struct Comment {
    pub id: u64,
    pub body: Option<String>,
    pub user: Option<User>,
    pub created_at: String,
}

/// A comment to write.
#[derive(Debug, Clone, Serialize)]
pub struct NewComment<'a> {
    pub body: &'a str,
}

/// A label.
#[derive(Debug, Clone, Deserialize)]
pub struct Label {
    pub name: String,
    pub color: Option<String>,
    pub description: Option<String>,
}

/// A label to make.
#[derive(Debug, Clone, Serialize)]
pub struct NewLabel<'a> {
    pub name: &'a str,
    /// Six hexadecimal digits, without `#`.
    pub color: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
}

/// Labels to add.
#[derive(Debug, Clone, Serialize)]
pub struct Labels<'a> {
    pub labels: &'a [&'a str],
}

/// A pull request.
#[derive(Debug, Clone, Deserialize)]
pub struct Pull {
    pub id: u64,
    pub number: u64,
    pub state: State,
    pub title: String,
    pub head: Branch,
    pub base: Branch,
    #[serde(default)]
    pub draft: bool,
    #[serde(default)]
    pub merged: Option<bool>,
}

/// One end of a pull request.
#[derive(Debug, Clone, Deserialize)]
pub struct Branch {
    pub r#ref: String,
    pub sha: String,
}

/// A pull request to open.
#[derive(Debug, Clone, Serialize)]
pub struct NewPull<'a> {
    pub title: &'a str,
    pub head: &'a str,
    pub base: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<&'a str>,
    pub draft: bool,
}

/// How to merge.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Merge<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_title: Option<&'a str>,
    /// Refuses to merge if the head has moved on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha: Option<&'a str>,
    /// `merge`, `squash` or `rebase`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merge_method: Option<&'a str>,
}

/// What came of a merge.
#[derive(Debug, Clone, Deserialize)]
pub struct Merged {
    pub sha: String,
    pub merged: bool,
    pub message: String,
}

/// A file of a pull request.
#[derive(Debug, Clone, Deserialize)]
pub struct ChangedFile {
    pub filename: String,
    pub status: String,
    pub additions: u64,
    pub deletions: u64,
    pub patch: Option<String>,
}

/// A review.
#[derive(Debug, Clone, Deserialize)]
pub struct Review {
    pub id: u64,
    pub user: Option<User>,
    pub body: String,
    pub state: String,
}

/// A review to write.
#[derive(Debug, Clone, Serialize)]
pub struct NewReview<'a> {
    pub body: &'a str,
    /// `APPROVE`, `REQUEST_CHANGES` or `COMMENT`.
    pub event: &'a str,
}

/// A file with its content.
#[derive(Debug, Clone, Deserialize)]
pub struct File {
    pub name: String,
    pub path: String,
    pub sha: String,
    pub size: u64,
    /// In base64, with line breaks.
    #[serde(default)]
    pub content: String,
}

/// A file to write.
#[derive(Debug, Clone, Serialize)]
pub struct NewFile<'a> {
    pub message: &'a str,
    /// In base64.
    pub content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<&'a str>,
}

/// A file to delete.
#[derive(Debug, Clone, Serialize)]
pub struct OldFile<'a> {
    pub message: &'a str,
    pub sha: &'a str,
}

/// The commit of a written file.
#[derive(Debug, Clone, Deserialize)]
pub struct Committed {
    pub commit: Commit,
}

/// A commit.
#[derive(Debug, Clone, Deserialize)]
pub struct Commit {
    pub sha: Option<String>,
    pub message: Option<String>,
}

/// A branch or a tag.
#[derive(Debug, Clone, Deserialize)]
pub struct Ref {
    pub r#ref: String,
    pub object: Object,
}

/// What a ref points at.
#[derive(Debug, Clone, Deserialize)]
pub struct Object {
    pub sha: String,
    pub r#type: String,
}

/// A branch or a tag to make, by its full name: `refs/heads/main`.
#[derive(Debug, Clone, Serialize)]
pub struct NewRef<'a> {
    pub r#ref: &'a str,
    pub sha: &'a str,
}

/// Where to move a branch.
#[derive(Debug, Clone, Serialize)]
pub struct RefChange<'a> {
    pub sha: &'a str,
    pub force: bool,
}

/// A page of what was found.
#[derive(Debug, Clone, Deserialize)]
pub struct Found<T> {
    pub total_count: u64,
    pub incomplete_results: bool,
    pub items: Vec<T>,
}

/// A file with a match.
#[derive(Debug, Clone, Deserialize)]
pub struct CodeMatch {
    pub path: String,
    pub html_url: String,
}

/// A gist.
#[derive(Debug, Clone, Deserialize)]
pub struct Gist {
    pub id: String,
    pub html_url: String,
    pub description: Option<String>,
    pub public: bool,
}

/// A gist to write.
#[derive(Debug, Clone, Serialize)]
pub struct NewGist<'a> {
    pub description: &'a str,
    pub public: bool,
    pub files: BTreeMap<&'a str, GistFile<'a>>,
}

/// A file of a gist.
#[derive(Debug, Clone, Serialize)]
pub struct GistFile<'a> {
    pub content: &'a str,
}

/// What somebody feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReactionKind {
    #[serde(rename = "+1")]
    PlusOne,
    #[serde(rename = "-1")]
    MinusOne,
    Laugh,
    Confused,
    Heart,
    Hooray,
    Rocket,
    Eyes,
}

/// A reaction.
#[derive(Debug, Clone, Deserialize)]
pub struct Reaction {
    pub id: u64,
    pub content: ReactionKind,
    pub user: Option<User>,
}

/// A reaction to give.
#[derive(Debug, Clone, Serialize)]
pub struct NewReaction {
    pub content: ReactionKind,
}

/// A page of runs.
#[derive(Debug, Clone, Deserialize)]
pub struct Runs {
    pub total_count: u64,
    pub workflow_runs: Vec<Run>,
}

/// A run of a workflow.
#[derive(Debug, Clone, Deserialize)]
pub struct Run {
    pub id: u64,
    pub name: Option<String>,
    pub head_branch: Option<String>,
    pub event: String,
    pub status: Option<String>,
    pub conclusion: Option<String>,
}

/// A release.
#[derive(Debug, Clone, Deserialize)]
pub struct Release {
    pub id: u64,
    pub tag_name: String,
    pub name: Option<String>,
    pub draft: bool,
    pub prerelease: bool,
}

/// A release to make.
#[derive(Debug, Clone, Serialize)]
pub struct NewRelease<'a> {
    pub tag_name: &'a str,
    pub name: &'a str,
    pub body: &'a str,
    pub draft: bool,
}
