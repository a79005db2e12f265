//! What is said about the limits of a client's calls, and may be said anew while it is in use.

use crate::endpoint::Policies;
#[cfg(feature = "config")]
use {
    crate::endpoint::{Api, Endpoint},
    std::{collections::BTreeMap, ptr},
};

/// What is said about all calls of a client, and about those of single methods.
pub(crate) struct Levels {
    /// The builder's over what files and variables say.
    pub(crate) policies: Policies,
    /// Each that comes later has another one.
    #[cfg(feature = "config")]
    pub(crate) number: u64,
    /// What the builder itself says.
    #[cfg(feature = "config")]
    pub(crate) of_builder: Policies,
    /// What files and variables say about methods of this name.
    #[cfg(feature = "config")]
    pub(crate) endpoints: BTreeMap<String, Policies>,
}

impl Levels {
    /// The builder alone.
    pub(crate) fn new(of_builder: &Policies) -> Self {
        Levels {
            policies: *of_builder,
            #[cfg(feature = "config")]
            number: 0,
            #[cfg(feature = "config")]
            of_builder: *of_builder,
            #[cfg(feature = "config")]
            endpoints: BTreeMap::new(),
        }
    }

    /// What files and variables say about the methods of a trait, over what these say themselves.
    #[cfg(feature = "config")]
    pub(crate) fn of(&self, api: Option<&'static Api>) -> Option<Box<OfMethods>> {
        if self.endpoints.is_empty() {
            return None;
        }
        let said = api?.iter().filter_map(|endpoint| {
            let policies = self.endpoints.get(endpoint.name())?;
            Some((ptr::from_ref(endpoint).addr(), policies.over(&endpoint.policies)))
        });
        let all: BTreeMap<_, _> = said.collect();
        (!all.is_empty()).then(|| Box::new(OfMethods(all)))
    }
}

/// By the address of the endpoint.
#[cfg(feature = "config")]
pub(crate) struct OfMethods(BTreeMap<usize, Policies>);

#[cfg(feature = "config")]
impl OfMethods {
    pub(crate) fn of(&self, endpoint: &'static Endpoint) -> Option<&Policies> {
        self.0.get(&ptr::from_ref(endpoint).addr())
    }
}
