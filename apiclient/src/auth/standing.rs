//! Headers that have their credentials already.

use super::{Ready, fill};
use arc_swap::{ArcSwapOption, Guard};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

/// A map of headers with credentials in it: as long as they are good, the headers of a request are one copy of it.
pub(crate) struct Standing {
    number: u64,
    until: Option<Instant>,
    value: HeaderValue,
    pub(crate) headers: HeaderMap,
}

impl Standing {
    /// None where somebody has to be asked. What `headers` say of it is replaced.
    #[cold]
    fn new(ready: &Ready, headers: &HeaderMap, now: Instant) -> Option<Arc<Self>> {
        // The number first: credentials that come in between are newer than it says, and are made once more.
        let number = ready.number();
        let (value, until) = ready.authorization(now)?;
        let mut headers = headers.clone();
        fill(&mut headers, AUTHORIZATION, value.clone());
        Some(Arc::new(Standing { number, until, value, headers }))
    }

    #[inline]
    fn is_good(&self, ready: &Ready, now: Instant) -> bool {
        self.number == ready.number() && self.until.is_none_or(|until| now < until)
    }

    pub(crate) fn value(&self) -> &HeaderValue {
        &self.value
    }
}

/// The one of some credentials.
pub(crate) enum Stand {
    /// They stay as they are.
    Fixed(OnceLock<Arc<Standing>>),
    Renewed(ArcSwapOption<Standing>),
}

impl Stand {
    pub(crate) fn new(ready: &Ready) -> Self {
        match ready {
            Ready::Bearer(_) => Stand::Fixed(OnceLock::new()),
            Ready::Renewing(_) => Stand::Renewed(ArcSwapOption::empty()),
        }
    }

    /// None where somebody has to be asked. `headers` are always the same.
    #[inline]
    pub(crate) fn get(&self, ready: &Ready, headers: &HeaderMap, now: Instant) -> Option<Arc<Standing>> {
        match self {
            Stand::Fixed(standing) => match standing.get() {
                Some(standing) => Some(standing.clone()),
                None => {
                    let made = Standing::new(ready, headers, now)?;
                    Some(standing.get_or_init(|| made).clone())
                }
            },
            Stand::Renewed(standing) => {
                let last = standing.load();
                if last.as_ref().is_some_and(|last| last.is_good(ready, now)) {
                    return Guard::into_inner(last);
                }
                let made = Standing::new(ready, headers, now)?;
                standing.store(Some(made.clone()));
                Some(made)
            }
        }
    }
}
