//! A call of each kind, against a server that this program brings along.
//!
//! ```text
//! cargo run --example quickstart
//! cargo run --example quickstart -- --base-url http://localhost:3000/v1
//! ```

use apiclient::{Bytes, prelude::*};
use serde::{Deserialize, Serialize};
use std::{error::Error, sync::Arc, time::Duration};

/// The signature is the truth: your error type, your alias.
type Result<T> = std::result::Result<T, NotesError>;

#[derive(Debug, thiserror::Error, ApiError)]
pub enum NotesError {
    #[error("there is no such note")]
    #[api(status = 404)]
    NotFound,
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

#[derive(Debug, Deserialize)]
pub struct Note {
    pub id: u64,
    pub text: String,
    #[serde(default)]
    pub tags: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
pub struct Draft<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub tags: &'a [&'a str],
}

#[api_client]
#[timeout("10s", attempt = "5s")]
#[header("X-Client", "quickstart")]
pub trait Notes {
    /// The notes that have all of the tags.
    #[get("/notes")]
    async fn list(
        &self,
        #[query] tag: &[&str],
        #[query("per_page")] page_size: Option<u8>,
    ) -> Result<Vec<Note>>;

    /// One note.
    #[get("/notes/{id}")]
    async fn note(&self, id: u64) -> Result<Note>;

    /// Writes a note. The house form: what `async fn` stands for.
    #[post("/notes")]
    fn create(&self, #[body] draft: &Draft<'_>) -> Call<Note, NotesError>;

    /// Replaces a note.
    #[put("/notes/{id}")]
    async fn replace(&self, id: u64, #[body] draft: &Draft<'_>) -> Result<Note>;

    /// Changes a note.
    #[patch("/notes/{id}")]
    async fn change(
        &self,
        id: u64,
        #[body] draft: &Draft<'_>,
        #[header("If-Match")] version: Option<&str>,
    ) -> Result<Note>;

    /// Throws a note away.
    #[delete("/notes/{id}")]
    async fn delete(&self, id: u64) -> Result<()>;

    /// Is anybody there?
    #[head("/notes")]
    async fn ping(&self) -> Result<()>;

    /// A text.
    #[get("/motd")]
    async fn motto(&self) -> Result<String>;

    /// Bytes.
    #[get("/export")]
    async fn export(&self) -> Result<Bytes>;

    /// An answer that is not what was declared.
    #[get("/maintenance")]
    async fn broken(&self) -> Result<Note>;

    /// No answer at all.
    #[get("/slow")]
    async fn slow(&self, #[timeout] patience: Duration) -> Result<Note>;

    /// A helper of your own passes through.
    async fn say(&self, text: &str) -> Result<u64> {
        Ok(self.create(&Draft { text: Some(text), ..Draft::default() }).await?.id)
    }
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let base_url = match base_url()? {
        Some(url) => url,
        None => apiclient_examples::serve().await?,
    };
    let notes = NotesClient::builder().base_url(&base_url).build()?;
    println!("talking to {base_url}\n");

    calls(&notes).await?;
    at_once(Arc::new(notes.clone())).await?;
    failures(&notes).await;
    without_a_declaration(&notes).await?;
    Ok(())
}

async fn calls(notes: &NotesClient) -> Result<()> {
    let note = notes.create(&Draft { text: Some("buy milk"), tags: &["home", "today"] }).await?;
    println!("POST    {note:?}");
    let note = notes.replace(note.id, &Draft { text: Some("buy oat milk"), tags: &["home"] }).await?;
    println!("PUT     {note:?}");
    let note = notes.change(note.id, &Draft { tags: &["home", "a/b & c"], ..Draft::default() }, None).await?;
    println!("PATCH   {note:?}");
    println!("GET     {:?}", notes.list(&["home", "a/b & c"], Some(10)).await?.len());
    println!("GET     {:?}, a text", notes.motto().await?);
    println!("GET     {:?}, bytes", notes.export().await?);
    notes.ping().await?;
    println!("HEAD    somebody is there");

    // Any call can be tuned before it is awaited, and gives its whole answer to whoever asks.
    let full = notes.note(note.id).timeout(Duration::from_secs(2)).header("x-trace", "1").send().await?;
    println!("GET     {} by {} attempt(s), {} headers", full.status(), full.attempts(), full.headers().len());

    // Or it is not sent at all.
    if let Ok(request) = notes.change(1, &Draft::default(), Some("secret")).into_request() {
        println!("PATCH   {request}");
    }
    notes.delete(note.id).await?;
    println!("DELETE  note {} is gone", note.id);
    Ok(())
}

/// A call owns itself: spawn it, join it, store it. And a client is a trait object where you want one.
async fn at_once(notes: Arc<dyn Notes>) -> std::result::Result<(), Box<dyn Error>> {
    let mut set = tokio::task::JoinSet::new();
    for text in ["one", "two", "three"] {
        set.spawn(notes.create(&Draft { text: Some(text), ..Draft::default() }));
    }
    let written = set.join_all().await.into_iter().collect::<Result<Vec<_>>>()?;
    println!("POST    {} at once\n", written.len());
    Ok(())
}

/// What goes wrong is typed, says what it was, and holds no secret.
async fn failures(notes: &NotesClient) {
    println!("what failures look like:");
    for error in [
        notes.note(404).await.err(),
        notes.say("").await.err(),
        notes.broken().await.err(),
        notes.slow(Duration::from_millis(100)).await.err(),
        notes.note(1).header("x-tag", "two\r\nlines").await.err(),
    ] {
        match error {
            Some(error @ NotesError::NotFound) => println!("  a variant of your own: {error}"),
            Some(error) => println!("  {error}"),
            None => println!("  (this one went well)"),
        }
    }
}

/// The same pipeline for whatever the trait does not have.
async fn without_a_declaration(notes: &NotesClient) -> std::result::Result<(), apiclient::Error> {
    let call = notes.client().call(apiclient::Method::GET, "/notes/{id}").param("id", 2);
    let note: serde_json::Value = call.fetch().await?;
    println!("\nuntyped: {note}");
    println!("declared: {}", NotesClient::ENDPOINTS.iter().map(|e| e.name()).collect::<Vec<_>>().join(", "));
    Ok(())
}

/// `--base-url URL`
fn base_url() -> std::result::Result<Option<String>, String> {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        None => Ok(None),
        Some("--base-url") => args.next().map(Some).ok_or_else(|| "`--base-url` needs a URL".into()),
        Some(other) => Err(format!("`{other}` is no option; there is `--base-url URL`")),
    }
}
