//! 68 of the hostile cases, and T7: what a file may be, and what is left of it by whom dies while writing.

use super::{Change, FileStore, Step};
use crate::auth::{TokenEntry, TokenKey};
use std::{
    env,
    fs::{self, Permissions},
    io,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, symlink},
        process::ExitStatusExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

const STEPS: [Step; 6] =
    [Step::Create, Step::Write, Step::Sync, Step::PutAside, Step::Rename, Step::SyncDirectory];

/// A directory of its own, which goes with it.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("apiclient-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("tokens.json")
    }

    fn store(&self) -> FileStore {
        FileStore::new(self.file())
    }

    /// A file of this content, for the owner only.
    fn with(name: &str, content: &[u8]) -> Self {
        let directory = Directory::new(name);
        fs::write(directory.file(), content).unwrap();
        fs::set_permissions(directory.file(), Permissions::from_mode(0o600)).unwrap();
        directory
    }

    fn names(&self) -> Vec<String> {
        let all = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = all.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn key() -> TokenKey {
    TokenKey::new("shop").subject("ada").scopes(["b", "a"])
}

fn put(store: &FileStore, version: u64, replaces: Option<u64>) -> io::Result<bool> {
    put_but(store, version, replaces, &mut |_| Ok(()))
}

fn put_but(
    store: &FileStore,
    version: u64,
    replaces: Option<u64>,
    step: super::Steps<'_>,
) -> io::Result<bool> {
    let entry = TokenEntry::new(version, format!("canary-{version}"));
    store.change(&key(), &Change::Put(entry, replaces), step)
}

fn version(store: &FileStore) -> io::Result<Option<u64>> {
    let content = store.read()?;
    for kept in &content.tokens {
        assert_eq!(kept.data.expose(), format!("canary-{}", kept.version));
    }
    Ok(content.tokens.into_iter().find(|kept| kept.is_of(&key())).map(|kept| kept.version))
}

#[test]
fn what_is_put_is_read_and_only_the_next_version_replaces_it() {
    let directory = Directory::new("put");
    let store = FileStore::new(directory.0.join("new").join("deep").join("tokens.json"));
    assert_eq!(version(&store).unwrap(), None);
    assert!(!store.change(&key(), &Change::Remove, &mut |_| Ok(())).unwrap());
    assert!(!put(&store, 2, Some(1)).unwrap());
    assert!(put(&store, 1, None).unwrap());
    assert!(!put(&store, 9, None).unwrap() && !put(&store, 9, Some(2)).unwrap());
    assert!(put(&store, 2, Some(1)).unwrap());
    assert_eq!(version(&store).unwrap(), Some(2));
    assert_eq!(fs::metadata(directory.0.join("new")).unwrap().mode() & 0o777, 0o700);
    assert!(!format!("{store:?}").contains("canary"));
    assert!(store.change(&key(), &Change::Remove, &mut |_| Ok(())).unwrap());
    assert_eq!(version(&store).unwrap(), None);
}

#[test]
fn a_file_of_others_is_refused_and_left() {
    for mode in [0o644, 0o640, 0o604, 0o660, 0o602] {
        let directory = Directory::with("mode", br#"{"schema":1,"tokens":[]}"#);
        fs::set_permissions(directory.file(), Permissions::from_mode(mode)).unwrap();
        let e = version(&directory.store()).unwrap_err();
        assert!(e.to_string().contains("chmod 600"), "{e}");
        assert!(put(&directory.store(), 1, None).is_err());
        assert_eq!(fs::read(directory.file()).unwrap(), br#"{"schema":1,"tokens":[]}"#);
    }
    let directory = Directory::with("owner", b"{}");
    // Whoever is root gives it away; everybody else looks at one of root's.
    let path = match std::os::unix::fs::chown(directory.file(), Some(65534), None) {
        Ok(()) => directory.file(),
        Err(_) => PathBuf::from("/etc/passwd"),
    };
    assert!(version(&FileStore::new(path)).unwrap_err().to_string().contains("belongs to somebody else"));
}

#[test]
fn symbolic_links_and_directories_are_refused() {
    for planted in ["tokens.json", "tokens.json.lock"] {
        let directory = Directory::new("link");
        let victim = directory.0.join("victim");
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, directory.0.join(planted)).unwrap();
        assert!(put(&directory.store(), 1, None).is_err(), "{planted}");
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
    }
    // One that does not exist yet would be made, in a place that somebody else has chosen.
    let directory = Directory::new("dangling");
    symlink(directory.0.join("nothing"), directory.file()).unwrap();
    assert!(put(&directory.store(), 1, None).is_err() && !directory.0.join("nothing").exists());
    let directory = Directory::new("directory");
    fs::create_dir(directory.file()).unwrap();
    assert!(version(&directory.store()).is_err() && put(&directory.store(), 1, None).is_err());
}

#[test]
fn a_damaged_file_is_put_aside_and_one_of_another_version_left() {
    let whole = {
        let directory = Directory::new("whole");
        put(&directory.store(), 1, None).unwrap();
        fs::read(directory.file()).unwrap()
    };
    let mut damaged: Vec<Vec<u8>> =
        vec![b"[]".into(), b"\xff\xfe".into(), b"{\"tokens\":[]}".into(), br#"{"schema":1}"#.into()];
    damaged.push(br#"{"schema":1,"tokens":[{"service":"shop"}]}"#.into());
    damaged.extend((0..whole.len() - 2).map(|length| whole[..length].to_vec()));
    for content in damaged {
        let directory = Directory::with("damaged", &content);
        assert_eq!(version(&directory.store()).unwrap(), None);
        assert!(put(&directory.store(), 7, None).unwrap());
        assert_eq!(version(&directory.store()).unwrap(), Some(7));
        assert_eq!(fs::read(directory.0.join("tokens.json.damaged1")).unwrap(), content);
        assert_eq!(directory.names(), ["tokens.json", "tokens.json.damaged1", "tokens.json.lock"]);
    }
    let other = br#"{"schema":2,"tokens":{"of":"a later version"}}"#;
    let directory = Directory::with("schema", other);
    assert!(version(&directory.store()).unwrap_err().to_string().contains("another version"));
    assert!(put(&directory.store(), 1, None).is_err());
    assert_eq!(fs::read(directory.file()).unwrap(), other);
    let directory = Directory::with("long", &vec![b' '; (4 << 20) + 1]);
    assert!(version(&directory.store()).unwrap_err().to_string().contains("4 MiB"));
}

#[test]
fn a_disk_that_refuses_leaves_the_old_token() {
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::ReadOnlyFilesystem, io::ErrorKind::Other] {
        for at in STEPS {
            let directory = Directory::new("full");
            put(&directory.store(), 1, None).unwrap();
            let mut refuse = |step: Step| if step == at { Err(kind.into()) } else { Ok(()) };
            let result = put_but(&directory.store(), 2, Some(1), &mut refuse);
            // Nothing was to be put aside; and once it is renamed it is the new one.
            let kept = match at {
                Step::PutAside => result.map(|_| 2).unwrap(),
                Step::SyncDirectory => result.map_or(2, |_| 0),
                _ => result.map_or(1, |_| 0),
            };
            assert_eq!(version(&directory.store()).unwrap(), Some(kept), "{at:?}");
            assert_eq!(directory.names(), ["tokens.json", "tokens.json.lock"], "{at:?}");
        }
    }
}

#[test]
fn sixteen_writers_lose_nothing() {
    let directory = Directory::new("writers");
    let one = || {
        let store = directory.store();
        let mut done = 0;
        while done < 10 {
            let last = version(&store).unwrap();
            done += u32::from(put(&store, last.unwrap_or(0) + 1, last).unwrap());
        }
    };
    thread::scope(|scope| (0..16).for_each(|_| drop(scope.spawn(one))));
    assert_eq!(version(&directory.store()).unwrap(), Some(160));
    assert_eq!(directory.names(), ["tokens.json", "tokens.json.lock"]);
}

/// The test itself once more, in a process of its own that does `what` and may die of it.
fn child(directory: &Path, what: &str) -> std::process::ExitStatus {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "auth::store::file::tests::in_a_process_of_its_own", "--ignored"]);
    command.env("TOKEN_FILE", directory).env("TOKEN_FILE_DIES_AT", what);
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap()
}

#[test]
#[ignore = "is run by the tests below, in another process"]
fn in_a_process_of_its_own() {
    let Some(path) = env::var_os("TOKEN_FILE") else { return };
    let store = FileStore::new(path);
    let what = env::var("TOKEN_FILE_DIES_AT").unwrap();
    let was = rustix::process::umask(rustix::fs::Mode::empty());
    let last = version(&store).unwrap();
    let mut step = |step: Step| {
        if format!("{step:?}") == what {
            let me = std::process::id().to_string();
            let _ = Command::new("kill").args(["-9", &me]).status();
            thread::park();
        }
        Ok(())
    };
    assert!(put_but(&store, last.unwrap_or(0) + 1, last, &mut step).unwrap());
    rustix::process::umask(was);
}

/// Killed at each step, with a file that is whole and with one that is damaged: the old token or the new one is there, nobody else
/// ever can read it, no lock stays, and nothing is left lying about.
#[test]
fn killed_while_writing() {
    for damaged in [false, true] {
        for at in STEPS {
            let directory = Directory::new("killed");
            put(&directory.store(), 1, None).unwrap();
            if damaged {
                fs::write(directory.file(), "{\"schema\":1,").unwrap();
            }
            let status = child(&directory.file(), &format!("{at:?}"));
            let is_killed = at != Step::PutAside || damaged;
            assert_eq!(status.signal(), is_killed.then_some(9), "{at:?}: {status}");
            for name in directory.names() {
                let mode = fs::metadata(directory.0.join(&name)).unwrap().mode();
                assert_eq!(mode & 0o777, 0o600, "{name} at {at:?}");
            }
            let kept = match (damaged, at) {
                (true, Step::SyncDirectory) => Some(1),
                (true, _) => None,
                (false, Step::SyncDirectory | Step::PutAside) => Some(2),
                (false, _) => Some(1),
            };
            assert_eq!(version(&directory.store()).unwrap(), kept, "{at:?}, damaged: {damaged}");
            assert!(put(&directory.store(), 9, kept).unwrap());
            assert_eq!(version(&directory.store()).unwrap(), Some(9));
            let aside = directory.names().into_iter().filter(|name| name.contains("damaged")).count();
            assert_eq!(directory.names().len() - aside, 2, "{:?}", directory.names());
            assert_eq!(aside > 0, damaged, "{at:?}");
        }
    }
}
