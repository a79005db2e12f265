//! Tokens in a file, which the processes of a machine share.

#[cfg(test)]
mod tests;

use super::{TokenEntry, TokenKey, TokenStore, record::taken};
use crate::{auth::AuthError, secret::Secret, time::BoxFuture};
use rustix::{
    fs::{FlockOperation, OFlags, flock},
    io::Errno,
};
use serde_json::{Value, json};
use std::{
    ffi::OsString,
    fmt,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};
use zeroize::Zeroizing;

/// Tokens in a file that nobody but its owner can read, and that all processes of a machine may share.
///
/// The file is replaced as a whole, so that a crash leaves the old one or the new one, and has mode 0600 from the beginning; a lock file
/// beside it, of the same name with `.lock`, is held while it is written. A file that others can read, that belongs to somebody else or
/// is a symbolic link is refused. One that cannot be read as JSON is put aside (`.damaged` and a number behind its name) and counts as empty; one of another
/// version is left as it is. Directories that are missing are made, for the owner only.
///
/// In a Tokio runtime its work is done beside the calls; elsewhere it takes the time of the call that needs a token.
///
/// ```
/// use apiclient::auth::{FileStore, Renewing, Token, TokenKey};
///
/// # let directory = std::env::temp_dir().join(format!("apiclient-doc-{}", std::process::id()));
/// let store = FileStore::new(directory.join("tokens.json"));
/// let session = Renewing::by(|_| async { Ok(Token::new("s-1")) }).stored(store, TokenKey::new("shop").subject("ada"));
/// # let _ = session;
/// ```
#[derive(Clone)]
pub struct FileStore {
    path: PathBuf,
}

/// A longer one is none of ours.
const LONGEST: u64 = 4 << 20;
const SCHEMA: u64 = 1;
/// Whoever writes holds the lock for some milliseconds: two seconds are too long.
const TRIES: u32 = 400;
const LOOK: Duration = Duration::from_millis(5);
/// Only the owner.
const PRIVATE: u32 = 0o600;

impl FileStore {
    /// The file at this path, which is made when the first token is kept.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        FileStore { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Work with the disk, beside the calls where that is possible. Once it has begun it is done, whatever becomes of who waits.
    fn work<'a, T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> io::Result<T> + Send + 'static,
    ) -> BoxFuture<'a, Result<T, AuthError>> {
        let store = self.clone();
        let work = move || {
            work(&store).map_err(|e| {
                AuthError::new(format!("the token file `{}`: {e}", store.path.display())).with_source(e)
            })
        };
        #[cfg(feature = "tokio")]
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let work = runtime.spawn_blocking(work);
            return Box::pin(async {
                work.await.unwrap_or_else(|e| Err(AuthError::new("the token file").with_source(e)))
            });
        }
        Box::pin(async { work() })
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push(suffix);
        name.into()
    }

    #[expect(clippy::disallowed_methods, reason = "for milliseconds, on a thread for such work")]
    /// Nobody else changes anything meanwhile. The lock file stays, since somebody may be waiting for it.
    fn lock(&self) -> io::Result<File> {
        if let Some(directory) = self.path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        }
        let lock =
            options().read(true).write(true).create(true).truncate(false).open(self.beside(".lock"))?;
        check(&lock)?;
        for _ in 0..TRIES {
            match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(lock),
                Err(Errno::INTR) => {}
                Err(Errno::WOULDBLOCK) => thread::sleep(LOOK),
                Err(e) => return Err(e.into()),
            }
        }
        Err(other("is locked by another process, which may have been stopped"))
    }

    /// All entries; none where there is no file, or a damaged one.
    fn read(&self) -> io::Result<Content> {
        let file = match options().read(true).open(&self.path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Content::default()),
            Err(e) => return Err(e),
        };
        check(&file)?;
        let mut text = Zeroizing::new(String::new());
        let damaged = Content { is_damaged: true, ..Content::default() };
        match file.take(LONGEST + 1).read_to_string(&mut text) {
            Ok(_) if text.len() as u64 > LONGEST => return Err(other("is longer than 4 MiB")),
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::InvalidData => return Ok(damaged),
            Err(e) => return Err(e),
        }
        let Ok(mut json) = serde_json::from_str::<Value>(&text) else { return Ok(damaged) };
        match json.get("schema").and_then(Value::as_u64) {
            Some(SCHEMA) => {}
            None => return Ok(damaged),
            Some(_) => return Err(other("is of another version, and is left as it is")),
        }
        let tokens = json.get_mut("tokens").and_then(Value::as_array_mut);
        let tokens = tokens.and_then(|tokens| tokens.iter_mut().map(Kept::read).collect());
        Ok(tokens.map_or(damaged, |tokens| Content { tokens, is_damaged: false }))
    }

    /// Puts this content in the place of the file's; `step` is asked before each thing that is done to the disk.
    fn write(&self, content: &Content, step: Steps<'_>) -> io::Result<()> {
        let text = content.text();
        if text.len() as u64 > LONGEST {
            return Err(other("would be longer than 4 MiB"));
        }
        self.sweep();
        let temporary = self.beside(&format!(".{}.tmp", std::process::id()));
        let done = (|| {
            step(Step::Create)?;
            let mut file = options().write(true).create_new(true).open(&temporary)?;
            step(Step::Write)?;
            file.write_all(text.as_bytes())?;
            step(Step::Sync)?;
            file.sync_all()?;
            if content.is_damaged {
                step(Step::PutAside)?;
                self.put_aside()?;
            }
            step(Step::Rename)?;
            fs::rename(&temporary, &self.path)?;
            step(Step::SyncDirectory)?;
            let directory = self.path.parent().filter(|directory| !directory.as_os_str().is_empty());
            File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
        })();
        if done.is_err() {
            // It may be there or not.
            let _ = fs::remove_file(&temporary);
        }
        done
    }

    /// What crashes have left: whoever holds the lock has none of its own yet.
    fn sweep(&self) {
        let (Some(directory), Some(name)) = (self.path.parent(), self.path.file_name()) else { return };
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        let name = format!("{}.", name.to_string_lossy());
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let other = entry.file_name();
            let other = other.to_string_lossy();
            let number = other.strip_prefix(&name).and_then(|rest| rest.strip_suffix(".tmp"));
            if number.is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit())) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Nothing is lost: somebody may want to look at it.
    fn put_aside(&self) -> io::Result<()> {
        let free =
            (1..1000).map(|number| self.beside(&format!(".damaged{number}"))).find(|path| !path.exists());
        match free {
            Some(path) => fs::rename(&self.path, path),
            None => Err(other("is damaged, and so are a thousand before it")),
        }
    }

    fn change(&self, key: &TokenKey, change: &Change, step: Steps<'_>) -> io::Result<bool> {
        let _lock = self.lock()?;
        let mut content = self.read()?;
        let at = content.tokens.iter().position(|kept| kept.is_of(key));
        let version = at.map(|at| content.tokens[at].version);
        match (change, at) {
            (Change::Put(_, replaces), _) if *replaces != version => return Ok(false),
            (Change::Put(entry, _), Some(at)) => content.tokens[at] = Kept::new(key, entry),
            (Change::Put(entry, _), None) => content.tokens.push(Kept::new(key, entry)),
            (Change::Remove, Some(at)) => drop(content.tokens.remove(at)),
            (Change::Remove, None) => return Ok(false),
        }
        self.write(&content, step)?;
        Ok(true)
    }
}

/// Things that are done to the disk, for tests that stop between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Create,
    Write,
    Sync,
    PutAside,
    Rename,
    SyncDirectory,
}

type Steps<'a> = &'a mut dyn FnMut(Step) -> io::Result<()>;

/// What becomes of an entry.
enum Change {
    /// It is put in the place of that which has this version.
    Put(TokenEntry, Option<u64>),
    Remove,
}

/// Symbolic links are not followed, and what is made is for the owner only.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or_default();
    options.mode(PRIVATE).custom_flags(flags);
    options
}

/// That nobody else can have written or read it.
fn check(file: &File) -> io::Result<()> {
    let known = file.metadata()?;
    if !known.is_file() {
        return Err(other("is no file"));
    }
    if known.uid() != rustix::process::geteuid().as_raw() {
        return Err(other("belongs to somebody else"));
    }
    match known.mode() & 0o077 {
        0 => Ok(()),
        _ => Err(other("can be read by others than its owner; `chmod 600` it, and renew what it holds")),
    }
}

fn other(what: &str) -> io::Error {
    io::Error::other(what.to_owned())
}

/// All of a file.
#[derive(Default)]
struct Content {
    tokens: Vec<Kept>,
    is_damaged: bool,
}

struct Kept {
    service: String,
    subject: String,
    scopes: Vec<String>,
    version: u64,
    data: Secret,
}

impl Content {
    fn text(&self) -> Zeroizing<String> {
        let tokens: Vec<Value> = self.tokens.iter().map(Kept::json).collect();
        Zeroizing::new(format!("{:#}\n", json!({ "schema": SCHEMA, "tokens": tokens })))
    }
}

impl Kept {
    fn new(key: &TokenKey, entry: &TokenEntry) -> Self {
        Kept {
            service: key.service.clone(),
            subject: key.subject.clone(),
            scopes: key.scopes.clone(),
            version: entry.version,
            data: entry.data.clone(),
        }
    }

    fn read(json: &mut Value) -> Option<Self> {
        let text = |json: &Value, name| Some(json.get(name)?.as_str()?.to_owned());
        let scopes = json.get("scopes")?.as_array()?.iter();
        Some(Kept {
            service: text(json, "service")?,
            subject: text(json, "subject")?,
            scopes: scopes.map(|scope| scope.as_str().map(ToOwned::to_owned)).collect::<Option<_>>()?,
            version: json.get("version")?.as_u64()?,
            data: taken(json, "data")?,
        })
    }

    fn is_of(&self, key: &TokenKey) -> bool {
        self.service == key.service && self.subject == key.subject && self.scopes == key.scopes
    }

    fn key(&self) -> TokenKey {
        TokenKey::new(&self.service).subject(&self.subject).scopes(self.scopes.iter().cloned())
    }

    fn json(&self) -> Value {
        json!({
            "service": self.service,
            "subject": self.subject,
            "scopes": self.scopes,
            "version": self.version,
            "data": self.data.expose(),
        })
    }
}

impl TokenStore for FileStore {
    fn get<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<TokenEntry>, AuthError>> {
        let key = key.clone();
        self.work(move |store| {
            let kept = store.read()?.tokens.into_iter().find(|kept| kept.is_of(&key));
            Ok(kept.map(|kept| TokenEntry::new(kept.version, kept.data)))
        })
    }

    fn set<'a>(
        &'a self,
        key: &'a TokenKey,
        entry: &'a TokenEntry,
        replaces: Option<u64>,
    ) -> BoxFuture<'a, Result<bool, AuthError>> {
        let (key, change) = (key.clone(), Change::Put(entry.clone(), replaces));
        self.work(move |store| store.change(&key, &change, &mut |_| Ok(())))
    }

    fn remove<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<bool, AuthError>> {
        let key = key.clone();
        self.work(move |store| store.change(&key, &Change::Remove, &mut |_| Ok(())))
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<TokenKey>, AuthError>> {
        self.work(|store| Ok(store.read()?.tokens.iter().map(Kept::key).collect()))
    }

    fn shares_clock(&self) -> bool {
        true
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FileStore").field(&self.path).finish()
    }
}
