//! Where a secret is.

use super::Variables;
use crate::secret::Secret;
use std::{
    fmt,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// More than a token has.
const LONGEST: u64 = 64 << 10;

/// How long a program may take that prints a secret.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a secret is, and who says so.
#[derive(Clone)]
pub(super) struct Reference {
    kind: Kind,
    pub(super) place: String,
}

#[derive(Clone)]
enum Kind {
    Given(Secret),
    Variable(String),
    File(String),
    Command(Vec<String>),
}

impl Reference {
    pub(super) const WORDS: [&'static str; 3] = ["env", "file", "command"];

    pub(super) fn given(secret: String, place: String) -> Self {
        Reference { kind: Kind::Given(Secret::new(secret)), place }
    }

    /// `words` are not empty.
    pub(super) fn new(key: &str, mut words: Vec<String>, place: String) -> Self {
        let kind = match key {
            "command" => Kind::Command(words),
            "file" => Kind::File(words.swap_remove(0)),
            _ => Kind::Variable(words.swap_remove(0)),
        };
        Reference { kind, place }
    }

    pub(super) fn is_command(&self) -> bool {
        matches!(self.kind, Kind::Command(_))
    }

    /// The secret itself. A path is one below the file that names it.
    pub(super) fn get(&self, variables: &Variables) -> Result<Secret, String> {
        let secret = match &self.kind {
            Kind::Given(secret) => Ok(secret.clone()),
            Kind::Variable(name) => match variables.get(name) {
                Some(value) => Ok(Secret::new(value)),
                None => Err(format!("the variable {name} is not set, or is no text")),
            },
            Kind::File(path) => {
                let path = self.folder().join(path);
                read(&path).map_err(|e| format!("{} cannot be read: {e}", path.display()))
            }
            Kind::Command(words) => run(words).map_err(|e| format!("`{}` {e}", words[0])),
        };
        match secret {
            Ok(secret) if secret.expose().is_empty() => Err(format!("{}: the secret is empty", self.place)),
            secret => secret.map_err(|e| format!("{}: {e}", self.place)),
        }
    }

    /// That of the file that it stands in.
    fn folder(&self) -> PathBuf {
        let file = self.place.rsplit_once(": ").map_or("", |(file, _)| file);
        Path::new(file).parent().map(Path::to_path_buf).unwrap_or_default()
    }
}

fn read(path: &Path) -> std::io::Result<Secret> {
    // What nobody writes into, a pipe say, would be waited for without an end.
    if !path.metadata()?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    collect(File::open(path)?)
}

fn collect(from: impl Read) -> std::io::Result<Secret> {
    let mut text = String::new();
    from.take(LONGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST {
        return Err(std::io::Error::other("it is longer than 64 KiB"));
    }
    let end = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(end);
    Ok(Secret::new(text))
}

/// What a program prints until it has ended, whoever else has its output then.
fn run(words: &[String]) -> Result<Secret, String> {
    const LOOK: Duration = Duration::from_millis(5);
    let [program, arguments @ ..] = words else { return Err("is no command".into()) };
    let command = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = command.map_err(|e| format!("cannot be run: {e}"))?;
    let Some(output) = child.stdout.take() else { return Err("has no output".into()) };
    let (tell, told) = mpsc::channel();
    // It stays open, so that an output that is closed is no reason to look more often.
    let _open = tell.clone();
    let reader = thread::spawn(move || {
        let mut output = output.take(LONGEST + 1);
        let mut part = [0; 4096];
        // Whoever has read enough, or has given up, listens no longer.
        while let Ok(length @ 1..) = output.read(&mut part) {
            if tell.send(part[..length].to_vec()).is_err() {
                return;
            }
        }
    });
    let mut printed = Vec::new();
    let mut left = PATIENCE;
    let status = loop {
        match child.try_wait().map_err(|e| format!("cannot be waited for: {e}"))? {
            Some(status) => break status,
            None if left.is_zero() => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("has not ended within {PATIENCE:?}"));
            }
            None => {}
        }
        match told.recv_timeout(LOOK) {
            Ok(part) => printed.extend(part),
            Err(_) => left = left.saturating_sub(LOOK),
        }
    };
    // What it had printed when it ended is on its way; others may have its output, and say nothing.
    let mut left = LOOK * 10;
    while !left.is_zero() {
        match told.recv_timeout(LOOK) {
            Ok(part) => printed.extend(part),
            Err(_) if reader.is_finished() => break,
            Err(_) => left = left.saturating_sub(LOOK),
        }
    }
    // Whoever could not print all of it may have failed for that.
    match status.success() || printed.len() as u64 > LONGEST {
        true => collect(&*printed).map_err(|e| format!("cannot be read: {e}")),
        false => Err(format!("has failed: {status}")),
    }
}

/// Where it is, never what it is.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Given(_) => f.write_str("***"),
            Kind::Variable(name) => write!(f, "*** (variable {name})"),
            Kind::File(path) => write!(f, "*** (file {path})"),
            Kind::Command(words) => write!(f, "*** (command {})", words[0]),
        }
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
