//! Whose limit it is: what all clones of a client, and all traits on it, find by the same name.

use crate::{
    endpoint::{Api, Endpoint},
    origin::Origin,
};
use std::{
    collections::HashMap,
    fmt,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

/// Whose limit it is.
#[derive(Clone, Copy)]
pub(crate) enum Whose {
    Client,
    Trait(&'static Api),
    Endpoint(&'static Endpoint),
}

impl Whose {
    pub(crate) fn name(self) -> String {
        match self {
            Whose::Client => "client".to_owned(),
            Whose::Trait(api) => api.name().to_owned(),
            Whose::Endpoint(endpoint) => format!("{}::{}", endpoint.api().name(), endpoint.name()),
        }
    }

    /// By identity: both are statics.
    fn address(self) -> usize {
        match self {
            Whose::Client => 0,
            Whose::Trait(api) => std::ptr::from_ref(api).addr(),
            Whose::Endpoint(endpoint) => std::ptr::from_ref(endpoint).addr(),
        }
    }
}

impl fmt::Debug for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl PartialEq for Whose {
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

impl Eq for Whose {}

impl Hash for Whose {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

/// Under which name a limit is found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    pub(crate) whose: Whose,
    /// Where it goes, for what is kept for each origin.
    pub(crate) origin: Option<Arc<Origin>>,
    /// For whom, in words of `key = ".."`.
    pub(crate) key: Vec<u8>,
}

impl Name {
    pub(crate) fn new(whose: Whose) -> Self {
        Name { whose, origin: None, key: Vec::new() }
    }

    pub(crate) fn at(whose: Whose, origin: &Arc<Origin>) -> Self {
        Name { origin: Some(origin.clone()), ..Name::new(whose) }
    }

    pub(crate) fn keyed(mut self, key: Option<&Vec<u8>>) -> Self {
        self.key = key.cloned().unwrap_or_default();
        self
    }

    /// As people read it.
    pub(crate) fn text(&self) -> String {
        self.with_key(self.whose.name())
    }

    /// The same of a server.
    pub(crate) fn server(&self) -> String {
        self.with_key(self.origin.as_ref().map(ToString::to_string).unwrap_or_default())
    }

    fn with_key(&self, mut text: String) -> String {
        if !self.key.is_empty() {
            text.push('[');
            text.push_str(&String::from_utf8_lossy(&self.key));
            text.push(']');
        }
        text
    }
}

/// Everything of one kind. What nobody needs any more is forgotten, so that keys that come and go do not pile up.
pub(crate) struct Registry<K, V> {
    all: Mutex<All<K, V>>,
}

struct All<K, V> {
    known: HashMap<K, Known<V>>,
    sweep_at: usize,
    /// How often what is said about them was replaced.
    age: u64,
}

struct Known<V> {
    it: Arc<V>,
    /// When it was asked for last.
    age: u64,
}

/// Fewer than these are not worth a look.
const FEW: usize = 256;

impl<K, V> Default for Registry<K, V> {
    fn default() -> Self {
        Registry { all: Mutex::new(All { known: HashMap::new(), sweep_at: FEW, age: 0 }) }
    }
}

impl<K: Eq + Hash, V> Registry<K, V> {
    /// The one of this name; `make` makes it, `is_free` says that one can be made anew without a difference.
    pub(crate) fn of(&self, name: K, make: impl FnOnce(&K) -> V, is_free: impl Fn(&V) -> bool) -> Arc<V> {
        let mut swept = Vec::new();
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let age = all.age;
        if let Some(known) = all.known.get_mut(&name) {
            known.age = age;
            return known.it.clone();
        }
        if all.known.len() >= all.sweep_at {
            // Whoever holds one may be about to use it.
            all.known.retain(|_, known| {
                let keeps = Arc::strong_count(&known.it) > 1 || !is_free(&known.it);
                if !keeps {
                    swept.push(known.it.clone());
                }
                keeps
            });
            all.sweep_at = FEW.max(all.known.len() * 2);
        }
        let new = Arc::new(make(&name));
        all.known.insert(name, Known { it: new.clone(), age });
        new
    }

    /// Something else is said from now on: what nobody asks for any more is shown no longer. It stays for those calls that have it.
    #[cfg(feature = "config")]
    pub(crate) fn renew(&self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).age += 1;
    }

    /// All of them that somebody still asks for, in no order.
    pub(crate) fn all(&self) -> Vec<(K, Arc<V>)>
    where
        K: Clone,
    {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let current = all.known.iter().filter(|(_, known)| known.age == all.age);
        current.map(|(name, known)| (name.clone(), known.it.clone())).collect()
    }
}
