//! One request for a token among all who share a store.
//!
//! Whoever asks says so in the entry first: since when, and until when nobody else does. All of it is compare-and-set, so a
//! holder that was stopped for longer than that finds another version when it comes back, and its token is dropped. A lease is over
//! once it has been seen for its whole time without a change, by the clock of the one who looks: clocks of machines differ. Only one
//! that is long past by everybody's clock is over at once.

use super::{
    TokenEntry, TokenKey, TokenStore,
    record::{Lease, Record, millis},
};
use crate::auth::{AuthError, Token, TokenRequest, TokenSource, token::Means};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A store, and the entry in it.
#[derive(Clone)]
pub(crate) struct Kept {
    store: Arc<dyn TokenStore>,
    key: TokenKey,
    /// What could not be stored, and what it replaces.
    unsaved: Arc<Mutex<Option<Unsaved>>>,
}

#[derive(Clone)]
struct Unsaved {
    entry: TokenEntry,
    replaces: u64,
}

/// A token, and since when it has lived.
pub(crate) struct Found {
    pub(crate) token: Token,
    pub(crate) since: Instant,
    /// It is not in the store yet.
    pub(crate) is_unsaved: bool,
}

/// How long somebody waits before looking again.
const LOOK: Duration = Duration::from_millis(50);
/// How much clocks of machines may differ.
const SKEW: Duration = Duration::from_secs(60);
/// Beyond the time in which a source has to answer: for the store.
const MARGIN: Duration = Duration::from_secs(2);
/// Shorter lives are over.
const SHORTEST: Duration = Duration::from_millis(1);

impl Kept {
    pub(crate) fn new(store: Arc<dyn TokenStore>, key: TokenKey) -> Self {
        Kept { store, key, unsaved: Arc::default() }
    }

    /// How long it may take until there is a token: somebody else may be asking, and may die.
    pub(crate) fn patience(source: &dyn TokenSource) -> Duration {
        source.patience() * 2 + MARGIN * 4
    }

    /// The token that somebody else has stored, or the next one of the source, which is stored before anybody has it. `is_refused`: that a
    /// server takes `last` no longer.
    pub(crate) async fn next(
        &self,
        source: &dyn TokenSource,
        last: Option<&Token>,
        is_refused: bool,
        means: &Means,
    ) -> Result<Found, AuthError> {
        if let Some(saved) = self.save_again(last, is_refused, means).await {
            match saved {
                Ok(found) => return Ok(found),
                Err(e) => return self.without(source, last, means, e).await,
            }
        }
        let mut seen: Option<(u64, Instant)> = None;
        let mut has_asked = false;
        loop {
            let since = means.clock.now();
            let now = means.clock.unix_time();
            let entry = match self.store.get(&self.key).await {
                Ok(entry) => entry,
                Err(e) => return self.without(source, last, means, e).await,
            };
            if entry.is_none() && has_asked {
                return Err(AuthError::new("the token was taken from the store while it was asked for"));
            }
            let record = entry.as_ref().map(Record::read).transpose()?.unwrap_or_default();
            if let Some(token) = usable(&record, last, now) {
                return Ok(Found { token, since, is_unsaved: false });
            }
            let version = entry.as_ref().map(TokenEntry::version);
            let presented = match &record.lease {
                None => 0,
                Some(lease) if is_over(lease, version.unwrap_or_default(), &mut seen, (since, now)) => {
                    may_present(lease, &record, source, now)?
                }
                Some(_) => {
                    self.wait(means).await;
                    continue;
                }
            };
            let until = now.saturating_add(source.patience()).saturating_add(MARGIN);
            let leased = record.with_lease(Some(Lease {
                taken: millis(now),
                since: record
                    .lease
                    .as_ref()
                    .filter(|_| presented > 0)
                    .map_or(millis(now), |lease| lease.since),
                until: millis(until),
                presented: presented + 1,
            }));
            // The first version is the time: one that was removed does not come again.
            let mine = version.map_or(millis(now), |version| version.saturating_add(1));
            match self.store.set(&self.key, &leased.entry(mine), version).await {
                Ok(true) => {}
                Ok(false) => {
                    self.wait(means).await;
                    continue;
                }
                Err(e) => return self.without(source, last, means, e).await,
            }
            has_asked = true;
            // None: somebody else has stored another one meanwhile, and this one came too late.
            if let Some(found) = self.ask(source, &record, &leased, mine, last, means).await? {
                return Ok(found);
            }
        }
    }

    /// Asks the source, and stores what it says. None where that came too late.
    async fn ask(
        &self,
        source: &dyn TokenSource,
        record: &Record,
        leased: &Record,
        mine: u64,
        last: Option<&Token>,
        means: &Means,
    ) -> Result<Option<Found>, AuthError> {
        let (since, received) = (means.clock.now(), means.clock.unix_time());
        let stored = record.token(received);
        let refused = stored.as_ref().filter(|_| record.is_refused);
        let of_store = stored.as_ref().filter(|_| !record.is_refused);
        let asked = TokenRequest { last: of_store.or(last.filter(|_| stored.is_none())), refused, means };
        let due = since.checked_add(source.patience()).unwrap_or(since);
        let answer = crate::time::within(&*means.clock, due, source.token(asked)).await;
        let (next, result) = match answer.unwrap_or_else(|| Err(AuthError::late(source.patience()).lost())) {
            Ok(token) => {
                let mut next = Record::of(&token, received);
                let had = of_store.filter(|token| token.refresh_token().is_some());
                next.rotates = had.map(|_| !record.is_refresh(&token));
                (next, Ok(token))
            }
            Err(e) if e.is_reauth_required() => {
                let mut over = record.with_lease(None);
                over.is_refused = stored.is_some();
                (over, Err(e))
            }
            // The answer is lost, and that of the second try, which a source makes by itself.
            Err(e) if e.is_lost() => {
                let over = leased.lease.clone().map(|lease| Lease { until: 0, presented: 2, ..lease });
                (record.with_lease(over), Err(e))
            }
            Err(e) => (record.with_lease(None), Err(e)),
        };
        let entry = next.entry(mine.saturating_add(1));
        match (self.store.set(&self.key, &entry, Some(mine)).await, result) {
            (Ok(true), Ok(token)) => Ok(Some(Found { token, since, is_unsaved: false })),
            (Ok(false), _) => Ok(None),
            // It is not lost as long as this process lives, and is stored as soon as that is possible.
            (Err(_), Ok(token)) => {
                self.set_unsaved(Some(Unsaved { entry, replaces: mine }));
                Ok(Some(Found { token, since, is_unsaved: true }))
            }
            (_, Err(e)) => Err(e),
        }
    }

    /// The store fails: who may ask as often as it likes does without it.
    async fn without(
        &self,
        source: &dyn TokenSource,
        last: Option<&Token>,
        means: &Means,
        error: AuthError,
    ) -> Result<Found, AuthError> {
        if source.grace().is_some() {
            return Err(AuthError::new(format!("the token store fails: {error}")).with_source(error));
        }
        let since = means.clock.now();
        let asked = TokenRequest { last, refused: None, means };
        let token = source.token(asked).await?;
        Ok(Found { token, since, is_unsaved: false })
    }

    /// Stores what could not be stored before. None where that is done or nothing was left: then the store is looked at.
    async fn save_again(
        &self,
        last: Option<&Token>,
        is_refused: bool,
        means: &Means,
    ) -> Option<Result<Found, AuthError>> {
        let Unsaved { entry, replaces } =
            self.unsaved.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let since = means.clock.now();
        let problem = self.store.set(&self.key, &entry, Some(replaces)).await.err();
        if problem.is_none() {
            self.set_unsaved(None);
        }
        let record = Record::read(&entry).ok()?;
        let token = record.token(means.clock.unix_time())?;
        let is_good = token.life().is_none_or(|life| life >= SHORTEST * 2);
        let is_last = last.is_some_and(|last| record.is_access(last));
        match problem {
            // Nobody wants another one: it was only to be stored.
            problem if is_good && is_last && !is_refused => {
                Some(Ok(Found { token, since, is_unsaved: problem.is_some() }))
            }
            problem => problem.map(Err),
        }
    }

    fn set_unsaved(&self, unsaved: Option<Unsaved>) {
        *self.unsaved.lock().unwrap_or_else(PoisonError::into_inner) = unsaved;
    }

    /// Takes the entry away; the token that it held.
    pub(crate) async fn forget(&self) -> Result<Option<Token>, AuthError> {
        self.set_unsaved(None);
        let entry = self.store.get(&self.key).await?;
        self.store.remove(&self.key).await?;
        Ok(entry.and_then(|entry| Record::read(&entry).ok()?.token(Duration::ZERO)))
    }

    /// A while, by chance between a half and one and a half of it: not all look at once.
    async fn wait(&self, means: &Means) {
        let chance = u32::try_from(means.random.next_u64() >> 54).unwrap_or(0);
        means.clock.sleep(LOOK / 2 + LOOK / 1024 * chance).await;
    }
}

/// What the store has, if it is another one than the last and still good.
fn usable(record: &Record, last: Option<&Token>, now: Duration) -> Option<Token> {
    let token = record.token(now).filter(|_| !record.is_refused)?;
    let is_new = last.is_none_or(|last| !record.is_access(last));
    (is_new && token.life().is_none_or(|life| life >= SHORTEST)).then_some(token)
}

/// Whether nobody holds it any more.
fn is_over(
    lease: &Lease,
    version: u64,
    seen: &mut Option<(u64, Instant)>,
    (now, unix): (Instant, Duration),
) -> bool {
    if lease.until == 0 || lease.until.saturating_add(millis(SKEW)) < millis(unix) {
        return true;
    }
    let (_, first) = *match seen {
        Some(known) if known.0 == version => known,
        seen => seen.insert((version, now)),
    };
    let whole = Duration::from_millis(lease.until.saturating_sub(lease.taken));
    now.saturating_duration_since(first) >= whole
}

/// How often the refresh token may have been presented by those who have died; an error where it must not be presented again.
fn may_present(
    lease: &Lease,
    record: &Record,
    source: &dyn TokenSource,
    now: Duration,
) -> Result<u32, AuthError> {
    let Some(grace) = source.grace().filter(|_| record.rotates != Some(false)) else { return Ok(0) };
    let age = millis(now).saturating_sub(lease.since);
    if lease.presented >= 2 || age > millis(grace) {
        return Err(AuthError::reauth_required(
            "the refresh token may have been used already, and the answer was lost",
        ));
    }
    Ok(lease.presented)
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept")
            .field("store", &self.store)
            .field("key", &self.key.to_string())
            .finish_non_exhaustive()
    }
}
