//! A bar that shows how far a batch is.

use crate::{client::Client, stats::Stats, time::Clock};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    fmt::{self, Write},
    sync::Arc,
    time::{Duration, Instant},
};

/// A bar that shows how far a batch is: how many calls are done and how many there will be, how many a second, retries and waits for limits, failures, and how
/// long it will take; [`Batch::progress`](super::Batch::progress).
///
/// ```text
/// ━━━━━━━━━━━━━━╸───────────── 5,123/10,000  812/s, 12 retries, 30 waits, 4 failed, 6s left
/// ```
///
/// It is drawn on standard error where that is a terminal, and nowhere else. Retries and waits are those of all calls of the client, as its
/// [`stats`](Client::stats) count them: none are shown for a client that [does not](crate::ClientBuilder::without_stats).
///
/// ```
/// use apiclient::{BatchProgress, batch, prelude::*};
/// # use apiclient::testing::{ManualClock, Stub};
///
/// # #[api_client(base_url = "https://api.example.com")]
/// # trait Users { #[get("/users/{id}")] fn user(&self, id: u64) -> Call<String>; }
/// # let (stub, clock) = (Stub::json("\"ada\""), ManualClock::new());
/// # let users = UsersClient::builder().transport(stub).clock(clock.clone()).build()?;
/// # clock.run(async {
/// let names = batch(1..=1_000, |id| users.user(*id)).progress(BatchProgress::of(users.client()));
/// let summary = names.run(|_, _| {}).await;
/// # assert_eq!(summary.calls(), 1_000);
/// # });
/// # Ok::<_, apiclient::Error>(())
/// ```
pub struct BatchProgress {
    bar: ProgressBar,
    stats: Stats,
    clock: Arc<dyn Clock>,
    /// What there was before this batch.
    before: (u64, u64),
    run: Option<Run>,
    done: u64,
    failed: u64,
}

#[derive(Clone, Copy)]
struct Run {
    began: Instant,
    drawn: Instant,
    all: Option<u64>,
}

/// Nobody reads faster.
const EACH: Duration = Duration::from_millis(100);

impl BatchProgress {
    /// For calls of this client, which counts their retries and waits, and whose clock says how many there are in a second.
    pub fn of(client: &Client) -> Self {
        Self::with_bar(client, ProgressBar::no_length())
    }

    /// The same on a bar of one's own: one of several ([`MultiProgress`](indicatif::MultiProgress)), with another style, or drawn elsewhere. It shows
    /// what it does not say itself as its message.
    pub fn with_bar(client: &Client, bar: ProgressBar) -> Self {
        let stats = client.stats().clone();
        let (before, clock) = (stats.again_and_waits(), client.bound().core.clock.clone());
        BatchProgress { bar, stats, clock, before, run: None, done: 0, failed: 0 }
    }

    /// The first call is about to begin; how many there will be, if that is known.
    pub(super) fn begin(&mut self, all: impl FnOnce() -> Option<usize>) {
        if self.run.is_some() {
            return;
        }
        let (began, all) = (self.clock.now(), all().and_then(|all| u64::try_from(all).ok()));
        self.run = Some(Run { began, drawn: began, all });
        let template = match all {
            Some(all) => {
                self.bar.set_length(all);
                "{bar:28} {human_pos}/{human_len}  {msg}"
            }
            None => "{spinner} {human_pos}  {msg}",
        };
        // A template that is wrong would be a bar in the style of others.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("━╸─"));
        }
        self.draw(began);
    }

    pub(super) fn done(&mut self, is_success: bool) {
        self.done += 1;
        self.failed += u64::from(!is_success);
        let now = self.clock.now();
        if self.run.is_some_and(|run| now.saturating_duration_since(run.drawn) >= EACH) {
            self.draw(now);
        }
    }

    /// There are no more.
    pub(super) fn end(&mut self) {
        if self.run.is_some() && !self.bar.is_finished() {
            self.draw(self.clock.now());
            self.bar.abandon();
        }
    }

    fn draw(&mut self, now: Instant) {
        let Some(run) = &mut self.run else { return };
        run.drawn = now;
        let elapsed = now.saturating_duration_since(run.began).as_secs_f64();
        // Exact up to 2^53 calls.
        #[expect(clippy::cast_precision_loss)]
        let (done, left) = (self.done as f64, run.all.map(|all| all.saturating_sub(self.done) as f64));
        let rate = if elapsed > 0.0 { done / elapsed } else { 0.0 };
        let (retries, waits) = self.stats.again_and_waits();
        // Somebody may have reset them.
        let (retries, waits) = (retries.saturating_sub(self.before.0), waits.saturating_sub(self.before.1));
        let mut message = format!("{rate:.0}/s");
        let mut say = |count: u64, what: &str| {
            if count > 0 {
                let _ = write!(message, ", {count} {what}");
            }
        };
        say(retries, if retries == 1 { "retry" } else { "retries" });
        say(waits, if waits == 1 { "wait" } else { "waits" });
        say(self.failed, "failed");
        match left {
            Some(left) if left > 0.0 && rate > 0.0 => {
                let _ = write!(message, ", {:.0}s left", (left / rate).ceil());
            }
            _ => {}
        }
        self.bar.set_message(message);
        self.bar.set_position(self.done);
    }
}

/// What was drawn stays.
impl Drop for BatchProgress {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for BatchProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchProgress").field("done", &self.done).finish_non_exhaustive()
    }
}
