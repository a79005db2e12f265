//! Processes that share one token file: T1 to T3 of the plan with real processes, which are this test once more. What a service does to
//! them is decided here and not by the time of day.
#![cfg(unix)]

use apiclient::{
    Client, Method, Retry,
    auth::{AuthError, FileStore, TokenEntry, TokenKey, TokenStore},
    oauth2::RefreshToken,
    time::BoxFuture,
};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    service::service_fn,
};
use std::{
    collections::BTreeMap,
    convert::Infallible,
    env, fs,
    io::{BufRead, BufReader, Write},
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{Notify, Semaphore},
};

const PROCESSES: u32 = 8;
const TASKS: u32 = 1_000;
const SECOND: Duration = Duration::from_secs(1);

/// A service that counts. `t-3` is the access token that came with the refresh token `r-3`; its first one is `r-0`.
#[derive(Debug, Default)]
struct Service {
    number: AtomicU32,
    presented: Mutex<BTreeMap<u32, u32>>,
    /// A refresh token whose answer may have been lost is taken once more.
    has_grace: bool,
    refused: AtomicU32,
    /// Access tokens up to this one are over.
    over: AtomicU32,
    /// How many requests for a token are to wait, and what they wait for.
    holds: AtomicU32,
    holding: Notify,
    go_on: Notify,
}

impl Service {
    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let now = self.number.load(Ordering::SeqCst);
        let (status, text) = match head.uri.path() {
            "/token" => {
                let form = String::from_utf8_lossy(&body).into_owned();
                let last = form.split('&').find_map(|pair| pair.strip_prefix("refresh_token=r-"));
                let last: u32 = last.and_then(|number| number.parse().ok()).expect("one of ours");
                let times = {
                    let mut presented = self.presented.lock().unwrap();
                    let times = presented.entry(last).or_default();
                    *times += 1;
                    *times
                };
                let is_again = self.has_grace && times == 2 && last + 1 == now;
                if last == now {
                    self.number.store(last + 1, Ordering::SeqCst);
                }
                if self.holds.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok() {
                    self.holding.notify_one();
                    self.go_on.notified().await;
                }
                let number = last + 1;
                match last == now || is_again {
                    true => (
                        200,
                        format!(
                            r#"{{"access_token":"t-{number}","refresh_token":"r-{number}","expires_in":3600}}"#
                        ),
                    ),
                    false => (400, r#"{"error":"invalid_grant"}"#.to_owned()),
                }
            }
            _ => {
                let is_over = now <= self.over.load(Ordering::SeqCst);
                let is_good = !is_over
                    && head.headers.get("authorization").is_some_and(|v| *v == format!("Bearer t-{now}"));
                self.refused.fetch_add(u32::from(!is_good), Ordering::Relaxed);
                (if is_good { 200 } else { 401 }, "1".to_owned())
            }
        };
        let response = Response::builder().status(status).header("content-type", "application/json");
        Ok(response.body(Full::from(text)).unwrap())
    }

    /// Where it listens.
    async fn serve(self: &Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                let answer = service_fn(move |request| service.clone().answer(request));
                let io = hyper_util::rt::TokioIo::new(stream);
                tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(io, answer));
            }
        });
        url
    }

    /// How often each refresh token was presented.
    fn presented(&self) -> Vec<u32> {
        self.presented.lock().unwrap().values().copied().collect()
    }
}

/// A token file of its own, which goes with it.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("apiclient-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        File(path)
    }

    fn path(&self) -> PathBuf {
        self.0.join("tokens.json")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A process that makes calls when it is told to.
struct Process {
    child: Child,
    tells: ChildStdin,
    says: BufReader<ChildStdout>,
}

impl Process {
    fn new(file: &File, url: &str, dies: &str) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "a_process", "--ignored", "--nocapture"]);
        command.env("TOKENS_FILE", file.path()).env("TOKENS_URL", url).env("TOKENS_DIES", dies);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let (tells, says) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Process { child, tells, says }
    }

    /// So many calls at a time.
    fn tell(&mut self, calls: u32) {
        let _ = writeln!(self.tells, "{calls}");
    }

    /// How many of them went well; none where it has died.
    async fn result(&mut self) -> Option<String> {
        tokio::task::block_in_place(|| {
            let mut line = String::new();
            loop {
                line.clear();
                if self.says.read_line(&mut line).unwrap() == 0 {
                    return None;
                }
                // The test harness says things, too.
                if let Some((_, result)) = line.split_once("result: ").filter(|(_, it)| it.contains(" of ")) {
                    return Some(result.trim().to_owned());
                }
            }
        })
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    fn end(mut self) -> ExitStatus {
        drop(self.tells);
        self.child.wait().unwrap()
    }
}

/// A store that dies at a step.
#[derive(Debug)]
struct Dying(FileStore, String);

impl Dying {
    fn at(&self, step: &str) {
        if self.1 == step {
            die();
        }
    }
}

fn die() {
    let id = std::process::id().to_string();
    let _ = Command::new("kill").args(["-9", &id]).status();
    std::thread::park();
}

impl TokenStore for Dying {
    fn get<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<TokenEntry>, AuthError>> {
        self.0.get(key)
    }

    fn set<'a>(
        &'a self,
        key: &'a TokenKey,
        entry: &'a TokenEntry,
        replaces: Option<u64>,
    ) -> BoxFuture<'a, Result<bool, AuthError>> {
        Box::pin(async move {
            let what = if entry.data().expose().contains("\"lease\":{") { "the lease" } else { "the token" };
            self.at(&format!("before {what}"));
            let done = self.0.set(key, entry, replaces).await;
            self.at(&format!("after {what}"));
            done
        })
    }

    fn remove<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<bool, AuthError>> {
        self.0.remove(key)
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<TokenKey>, AuthError>> {
        self.0.list()
    }
}

/// For each line as many calls as it says.
#[tokio::test]
#[ignore = "is run by the others, in a process of its own"]
async fn a_process() {
    let (Ok(url), Some(file)) = (env::var("TOKENS_URL"), env::var_os("TOKENS_FILE")) else { return };
    let dies = env::var("TOKENS_DIES").unwrap_or_default();
    let token = RefreshToken::new(format!("{url}/token"), "app", "r-0").patience(SECOND).build().unwrap();
    let token = token.stored(Dying(FileStore::new(file), dies.clone()), TokenKey::new("service"));
    let builder = Client::builder().base_url(url).auth(token).retry(Retry::none());
    let client = builder.timeout(SECOND * 120).attempt_timeout(SECOND * 60).build().unwrap();
    let few = Arc::new(Semaphore::new(32));
    for line in std::io::stdin().lines() {
        let calls: u32 = line.unwrap().parse().unwrap();
        let task = |_| {
            let (client, few) = (client.clone(), few.clone());
            tokio::spawn(async move {
                let _one = few.acquire_owned().await;
                client.call(Method::GET, "/").fetch::<u8>().await
            })
        };
        let tasks: Vec<_> = (0..calls).map(task).collect();
        let mut well = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(_) => well += 1,
                Err(e) => println!("{e}"),
            }
        }
        println!("result: {well} of {calls}");
        if dies == "after a call" {
            die();
        }
    }
}

/// T1: eight processes with a thousand tasks each, and a token that expires three times while all of them use it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_tasks_of_eight_processes() {
    let service = Arc::new(Service::default());
    let (url, file) = (service.serve().await, File::new("eight"));
    let mut processes: Vec<_> = (0..PROCESSES).map(|_| Process::new(&file, &url, "")).collect();
    for round in 1..=4_u32 {
        processes.iter_mut().for_each(|process| process.tell(TASKS));
        for process in &mut processes {
            assert_eq!(process.result().await.unwrap(), format!("{TASKS} of {TASKS}"));
        }
        // The first token, and then three others; no refresh token twice.
        assert_eq!(service.presented(), vec![1; round as usize]);
        if round < 4 {
            service.over.store(round, Ordering::SeqCst);
        }
    }
    for process in processes {
        assert!(process.end().success());
    }
}

/// T2: killed at each of six steps by a signal that nobody can catch. The next process has a token, and presents a refresh token again only
/// where its answer may be lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn killed_at_each_step() {
    let steps = [
        ("before the lease", 1),
        ("after the lease", 1),
        ("while the service answers", 2),
        ("before the token", 2),
        ("after the token", 1),
        ("after a call", 1),
    ];
    let all = steps.map(|(step, presented)| {
        tokio::spawn(async move {
            let service = Arc::new(Service { has_grace: true, ..Service::default() });
            let (url, file) = (service.serve().await, File::new(&step.replace(' ', "-")));
            let is_held = step == "while the service answers";
            service.holds.store(u32::from(is_held), Ordering::SeqCst);
            let mut dying = Process::new(&file, &url, step);
            dying.tell(1);
            if is_held {
                service.holding.notified().await;
                dying.signal("-9");
            }
            let result = dying.result().await;
            assert_eq!(result.is_some(), step == "after a call", "{step}");
            assert_eq!(dying.end().signal(), Some(9), "{step}");
            let mut next = Process::new(&file, &url, "");
            next.tell(10);
            assert_eq!(next.result().await.as_deref(), Some("10 of 10"), "{step}");
            assert_eq!(service.presented(), [presented], "{step}");
            assert!(next.end().success());
        })
    });
    for one in all {
        one.await.unwrap();
    }
}

/// T3: stopped while it asks, for longer than its lease. Another process asks in its place; what the first one comes back with is dropped.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn stopped_for_longer_than_its_lease() {
    let service = Arc::new(Service { has_grace: true, ..Service::default() });
    let (url, file) = (service.serve().await, File::new("stopped"));
    service.holds.store(1, Ordering::SeqCst);
    let mut stopped = Process::new(&file, &url, "");
    stopped.tell(1);
    service.holding.notified().await;
    stopped.signal("-STOP");
    service.go_on.notify_one();
    let mut other = Process::new(&file, &url, "");
    other.tell(10);
    assert_eq!(other.result().await.as_deref(), Some("10 of 10"));
    let stored = fs::read(file.path()).unwrap();
    stopped.signal("-CONT");
    assert_eq!(stopped.result().await.as_deref(), Some("1 of 1"));
    assert_eq!(fs::read(file.path()).unwrap(), stored, "the late answer is dropped");
    assert_eq!(service.presented(), [2], "once each, within the grace");
    for process in [stopped, other] {
        assert!(process.end().success());
    }
}
