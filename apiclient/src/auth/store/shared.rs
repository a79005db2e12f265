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
use crate::{
    auth::{AuthError, Token, TokenRequest, TokenSource, token::Means},
    secret::Secret,
    time,
};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A store, and the entry in it.
#[derive(Clone)]
pub(crate) struct Kept {
    store: Arc<dyn TokenStore>,
    key: TokenKey,
    own: Arc<Mutex<Own>>,
}

/// What only this process knows of the entry.
#[derive(Default)]
struct Own {
    /// By which it knows a lease of its own; 0 before the first.
    holder: u64,
    /// Nothing was presented under its last lease.
    is_unused: bool,
    /// What could not be stored.
    unsaved: Option<Unsaved>,
    /// The access token that it has stored last.
    wrote: Option<Secret>,
}

#[derive(Clone)]
struct Unsaved {
    entry: TokenEntry,
    replaces: u64,
    /// The refresh token that it was got with.
    from: Option<Secret>,
}

/// How somebody may ask.
struct Turn {
    /// How often the refresh token may have been presented before.
    presented: u32,
    /// Not with what is stored, which is of no use, but with what somebody has logged in with since then.
    is_afresh: bool,
}

/// A token, and since when it has lived.
pub(crate) struct Found {
    pub(crate) token: Token,
    pub(crate) since: Instant,
    /// It is not in the store yet.
    pub(crate) is_unsaved: bool,
}

/// A lease that was taken, and what it is for.
struct Asked<'a> {
    record: &'a Record,
    leased: &'a Record,
    mine: u64,
    due: Instant,
    turn: Turn,
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
        Kept { store, key, own: Arc::default() }
    }

    fn own(&self) -> MutexGuard<'_, Own> {
        // Each change is one step.
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long it may take until there is a token: somebody else may be asking, and may die.
    pub(crate) fn patience(source: &dyn TokenSource) -> Duration {
        source.patience().saturating_mul(2).saturating_add(MARGIN * 4)
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
            let (since, now) = (means.clock.now(), means.clock.unix_time());
            let entry = match self.store.get(&self.key).await {
                Ok(entry) => entry,
                Err(e) => return self.without(source, last, means, e).await,
            };
            if entry.is_none() {
                self.check_gone(source, last, has_asked)?;
            }
            let record = entry.as_ref().map(Record::read).transpose()?.unwrap_or_default();
            if let Some(token) = usable(&record, last, now) {
                return Ok(Found { token, since, is_unsaved: false });
            }
            let version = entry.as_ref().map(TokenEntry::version);
            let Some(turn) = self.turn(&record, version, source, &mut seen, (since, now))? else {
                self.wait(means).await;
                continue;
            };
            let until = now.saturating_add(source.patience()).saturating_add(MARGIN);
            let holder = self.begin(means);
            let before = record.lease.as_ref().filter(|_| turn.presented > 0);
            let mut leased = record.with_lease(Some(Lease {
                holder,
                taken: millis(now),
                since: before.map_or(millis(now), |lease| lease.since),
                until: millis(until),
                presented: turn.presented + 1,
            }));
            if turn.is_afresh || !record.has_token() {
                leased.chain = source.first().cloned();
            }
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
            let due = since.checked_add(source.patience()).unwrap_or(since);
            if means.clock.now() >= due || means.clock.unix_time() >= until {
                // It was stopped in between, and somebody else may be asking.
                continue;
            }
            has_asked = true;
            self.own().is_unused = false;
            let last = last.filter(|_| entry.is_none());
            let asked = Asked { record: &record, leased: &leased, mine, due, turn };
            // None: this one came too late, or its answer was lost and may be asked for once more.
            if let Some(found) = self.ask(source, asked, last, means).await? {
                return Ok(found);
            }
            self.wait(means).await;
        }
    }

    /// There is no entry: whether there was one.
    fn check_gone(
        &self,
        source: &dyn TokenSource,
        last: Option<&Token>,
        has_asked: bool,
    ) -> Result<(), AuthError> {
        if has_asked {
            return Err(AuthError::new("the token was taken from the store while it was asked for"));
        }
        let own = self.own();
        let wrote =
            |last: &Token| own.wrote.as_ref().map(Secret::expose) == Some(last.access_token().expose());
        match last {
            // Others may have presented its refresh token since then, and it may be that somebody has logged out.
            Some(last) if source.grace().is_some() && !wrote(last) => {
                Err(AuthError::reauth_required("the token was taken from the store: somebody has logged out"))
            }
            _ => Ok(()),
        }
    }

    /// Whether this process may ask, and how; none where somebody else does.
    fn turn(
        &self,
        record: &Record,
        version: Option<u64>,
        source: &dyn TokenSource,
        seen: &mut Option<(u64, Instant)>,
        (now, unix): (Instant, Duration),
    ) -> Result<Option<Turn>, AuthError> {
        let own = self.own();
        let is_own = |lease: &Lease| own.holder != 0 && lease.holder == own.holder;
        let skew = if self.store.shares_clock() { Duration::ZERO } else { SKEW };
        let presented = match &record.lease {
            None => Ok(0),
            Some(lease) if is_own(lease) && own.is_unused => Ok(lease.presented.saturating_sub(1)),
            Some(lease) if is_own(lease) || is_over(lease, version, skew, seen, (now, unix)) => {
                may_present(lease, record, source, unix)
            }
            Some(_) => return Ok(None),
        };
        // Whoever has logged in since then has given another first refresh token.
        let is_known = record.chain.is_none()
            || record.chain.as_ref().map(Secret::expose) == source.first().map(Secret::expose);
        let verdict = match presented {
            Ok(_) if record.is_refused && source.grace().is_some() => {
                Err(AuthError::reauth_required("the refresh token is refused, as it was before"))
            }
            presented => presented,
        };
        Ok(Some(match verdict {
            Ok(presented) => Turn { presented, is_afresh: record.is_refused },
            Err(_) if !is_known => Turn { presented: 0, is_afresh: true },
            Err(e) => return Err(e),
        }))
    }

    /// A lease begins, under which nothing was presented yet.
    fn begin(&self, means: &Means) -> u64 {
        let mut own = self.own();
        own.is_unused = true;
        if own.holder == 0 {
            own.holder = means.random.next_u64() | 1;
        }
        own.holder
    }

    /// Asks the source, and stores what it says. None where that came too late, or is to be done once more.
    async fn ask(
        &self,
        source: &dyn TokenSource,
        asked: Asked<'_>,
        last: Option<&Token>,
        means: &Means,
    ) -> Result<Option<Found>, AuthError> {
        let Asked { record, leased, mine, due, turn } = asked;
        let (since, received) = (means.clock.now(), means.clock.unix_time());
        let stored = record.token(received);
        let (of_store, refused) = match turn.is_afresh {
            true => (None, stored.as_ref()),
            false => (stored.as_ref(), None),
        };
        let request = TokenRequest { last: of_store.or(last), refused, means };
        let from = request.last.and_then(Token::refresh_token).cloned();
        let answer = time::within(&*means.clock, due, source.token(request)).await;
        let result = answer.unwrap_or_else(|| Err(AuthError::late(source.patience()).lost()));
        let next = match &result {
            Ok(token) => {
                let mut next = Record::of(token, received);
                next.chain = next.chain.or_else(|| leased.chain.clone());
                let had = of_store.filter(|token| token.refresh_token().is_some());
                // Once is enough: it may give the same one again now and then.
                next.rotates = had.map(|_| record.rotates == Some(true) || !record.is_refresh(token));
                next
            }
            Err(e) if e.is_reauth_required() => {
                let mut over = leased.with_lease(None);
                over.is_refused = stored.is_some() || source.grace().is_some();
                over
            }
            Err(e) => {
                // How often it may have been presented by now.
                let presented = leased.lease.as_ref().map_or(0, |lease| lease.presented);
                let presented = if e.is_lost() { presented } else { presented.saturating_sub(1) };
                let lease = leased.lease.clone().filter(|_| presented > 0);
                leased.with_lease(lease.map(|lease| Lease { until: 0, presented, ..lease }))
            }
        };
        let may_again = result.as_ref().is_err_and(AuthError::is_lost)
            && next.lease.as_ref().is_some_and(|lease| may_present(lease, record, source, received).is_ok());
        let entry = next.entry(mine.saturating_add(1));
        if let Ok(token) = &result {
            let mut own = self.own();
            own.wrote = Some(token.access_token().clone());
            // It is not lost as long as this process lives, and is stored as soon as that is possible.
            own.unsaved = Some(Unsaved { entry: entry.clone(), replaces: mine, from });
        }
        let set = self.store.set(&self.key, &entry, Some(mine)).await;
        if set.is_ok() {
            self.own().unsaved = None;
        }
        match (set, result) {
            (Ok(false), _) => Ok(None),
            (set, Ok(token)) => Ok(Some(Found { token, since, is_unsaved: set.is_err() })),
            (Ok(true), Err(_)) if may_again && source.grace().is_some() => Ok(None),
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
        let Unsaved { entry, replaces, from } = self.own().unsaved.clone()?;
        let since = means.clock.now();
        let problem = match self.store.set(&self.key, &entry, Some(replaces)).await {
            Ok(true) => None,
            Ok(false) => self.put_over(&entry, from.as_ref()).await.err(),
            Err(e) => Some(e),
        };
        if problem.is_none() {
            self.own().unsaved = None;
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

    /// Somebody has looked after the entry meanwhile: what it says is older, if its refresh token is still the one before.
    async fn put_over(&self, entry: &TokenEntry, from: Option<&Secret>) -> Result<(), AuthError> {
        let Some(other) = self.store.get(&self.key).await? else { return Ok(()) };
        let record = Record::read(&other)?;
        if from.is_some() && record.refresh_text() == from.map(Secret::expose) {
            let entry = TokenEntry::new(other.version().saturating_add(1), entry.data().clone());
            self.store.set(&self.key, &entry, Some(other.version())).await?;
        }
        Ok(())
    }

    /// Takes the entry away; the token that it held.
    pub(crate) async fn forget(&self) -> Result<Option<Token>, AuthError> {
        (self.own().unsaved, self.own().wrote) = (None, None);
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
    version: Option<u64>,
    skew: Duration,
    seen: &mut Option<(u64, Instant)>,
    (now, unix): (Instant, Duration),
) -> bool {
    if lease.until == 0 || lease.until.saturating_add(millis(skew)) < millis(unix) {
        return true;
    }
    let version = version.unwrap_or_default();
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
