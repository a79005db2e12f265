//! What a configuration does to a builder, and to a client that is in use.

use super::{
    Config, Variables, nearest,
    read::Row,
    secret::Reference,
    service::{ClientCredentials, KeyPlace, Login, LoginKind, Service, Text},
};
use crate::{
    auth::{ApiKey, Auth, Basic, Bearer, Credentials},
    client::{Client, ClientBuilder, renew},
    endpoint::{Api, Endpoint, Policies},
    error::{Error, ErrorKind},
    oauth2,
    origin::Origin,
    pipeline::Levels,
    request::parse_base_url,
};
use http::HeaderName;
use std::{
    any::Any,
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// What a client is configured with.
struct Configured {
    name: String,
    service: Arc<Service>,
    variables: Variables,
}

/// What the next configuration is compared with.
struct Known {
    name: String,
    /// The trait that it was built for.
    api: Option<&'static Api>,
    rows: Mutex<Vec<Row>>,
}

impl<C> ClientBuilder<C> {
    /// The settings that files and variables have for the service of this name, below those of this builder, whichever come first; see
    /// [`Config`]. It is an error of [`build`](Self::build) if there are none, if a secret is not where they say, or if they name a method
    /// that the trait does not have. Default: none are read.
    pub fn config(mut self, config: &Config, service: &str) -> Self {
        match config.service(service) {
            Ok(found) => {
                let (name, service) = (service.to_owned(), found.clone());
                let configured = Configured { name, service, variables: config.variables.clone() };
                self.configured = Some(Box::new(move |builder, api| builder.configure(configured, api)));
            }
            Err(problem) => {
                self.problems.push(problem);
                // What it might have said is not missing, too.
                self.keys.is_anonymous = true;
            }
        }
        self
    }

    fn configure(
        &mut self,
        configured: Configured,
        api: Option<&'static Api>,
    ) -> (Levels, Box<dyn Any + Send + Sync>) {
        let service = &*configured.service;
        self.problems.extend(strangers(service, api));
        self.fill(service);
        self.fill_texts(&configured);
        self.fill_auth(&configured);
        let levels = levels(0, &self.policies, service);
        let rows = Mutex::new(service.rows.clone());
        (levels, Box::new(Known { name: configured.name, api, rows }))
    }

    fn fill(&mut self, service: &Service) {
        if self.base_urls.is_empty() {
            self.base_urls.clone_from(&service.base_urls);
            self.weights.clone_from(&service.weights);
        }
        self.user_agent = self.user_agent.take().or_else(|| service.user_agent.clone());
        if self.transport.is_none() {
            self.connect_timeout = self.connect_timeout.or(service.connect_timeout);
        }
        self.retry_budget = self.retry_budget.or(service.retry_budget);
        self.decompress = self.decompress.or(service.decompress);
        self.addresses = self.addresses.or(service.addresses);
        self.allow_origins.extend_from_slice(&service.allow_origins);
        for origin in &service.auth_origins {
            if let Ok(parts) = parse_base_url(origin) {
                self.keys.origins.push(Origin::new(parts.scheme, parts.authority));
            }
            self.allow_origins.push(origin.clone());
        }
        for name in &service.show.headers {
            self.show_one_header(name);
        }
        self.safe.query.extend_from_slice(&service.show.query);
        for pointer in &service.show.body {
            self.show_one_body(pointer.clone());
        }
        if let (None, Some(shows)) = (self.shows_message, service.show.message) {
            self.safe.hush = !shows;
        }
        #[cfg(feature = "stats")]
        if let Some((counts, _)) = service.stats {
            self.counts &= counts;
        }
        #[cfg(not(feature = "stats"))]
        if let Some((true, place)) = &service.stats {
            self.problems.push(format!("{place}: this build has no `stats`: enable the feature"));
        }
        #[cfg(feature = "cookies")]
        if let (None, Some((true, _))) = (&self.keys.jar, &service.cookies) {
            self.keys.jar = Some(crate::auth::CookieJar::new());
        }
        #[cfg(not(feature = "cookies"))]
        if let Some((true, place)) = &service.cookies {
            self.problems.push(format!("{place}: this build keeps no cookies: enable the feature `cookies`"));
        }
    }

    /// Headers and values, with their secrets.
    fn fill_texts(&mut self, configured: &Configured) {
        let read = |text: &Text| match text {
            Text::Plain(text) => Ok(text.clone()),
            Text::Secret(secret) => {
                secret.get(&configured.variables).map(|secret| secret.expose().to_owned())
            }
        };
        let said: Vec<HeaderName> = self.headers.iter().map(|(name, _)| name.clone()).collect();
        for (name, text) in configured.service.headers.iter().filter(|(name, _)| !said.contains(name)) {
            let value = read(text).and_then(|text| crate::request::parse_value(name, text.as_bytes()));
            match value {
                Ok(mut value) => {
                    value.set_sensitive(value.is_sensitive() || matches!(text, Text::Secret(_)));
                    self.headers.push((name.clone(), value));
                }
                Err(problem) => self.problems.push(problem),
            }
        }
        for (name, text) in &configured.service.values {
            if self.held.contains_key(name) {
                continue;
            }
            match read(text) {
                Ok(text) => drop(self.held.insert(name.clone(), text)),
                Err(problem) => {
                    self.problems.push(problem);
                    self.held.insert(name.clone(), String::new()); // it was given, if not well
                }
            }
        }
    }

    fn fill_auth(&mut self, configured: &Configured) {
        let service = &configured.service;
        self.keys.is_anonymous |= service.anonymous;
        if let (None, Some(login)) = (&self.keys.default, &service.auth) {
            self.keys.default = self.credentials(login, &configured.variables);
        }
        for (name, login) in &service.auth_for {
            if self.keys.named.iter().all(|(known, _)| known != name) {
                let made = self.credentials(login, &configured.variables);
                self.keys.named.extend(made.map(|made| (name.clone(), made)));
            }
        }
    }

    /// Nothing where they cannot be made, which is a problem then.
    fn credentials(&mut self, login: &Login, variables: &Variables) -> Option<Credentials> {
        let made = self.login(login, variables);
        // They were given, if not well.
        self.keys.is_anonymous |= made.is_none();
        made
    }

    fn login(&mut self, login: &Login, variables: &Variables) -> Option<Credentials> {
        match &login.kind {
            LoginKind::Bearer(token) => {
                let token = self.secret(token, variables)?;
                self.sendable(Bearer::new(token), &login.place)
            }
            LoginKind::Basic(user, password) => {
                let password = self.secret(password.as_ref()?, variables)?;
                self.sendable(Basic::new(user.as_ref()?, password), &login.place)
            }
            #[cfg(feature = "digest")]
            LoginKind::Digest(user, password) => {
                let password = self.secret(password.as_ref()?, variables)?;
                self.sendable(crate::auth::Digest::new(user.as_ref()?, password), &login.place)
            }
            #[cfg(not(feature = "digest"))]
            LoginKind::Digest(..) => {
                self.problems.push(format!(
                    "{}: this build knows no Digest: enable the feature `digest`",
                    login.place
                ));
                None
            }
            LoginKind::ApiKey(key, at) => {
                let key = self.secret(key, variables)?;
                let key = match at {
                    None => ApiKey::new(key),
                    Some((KeyPlace::Header, name)) => ApiKey::header(name, key),
                    Some((KeyPlace::Query, name)) => ApiKey::query(name, key),
                    Some((KeyPlace::Cookie, name)) => ApiKey::cookie(name, key),
                };
                self.sendable(key, &login.place)
            }
            LoginKind::ClientCredentials(all) => {
                let ClientCredentials { token_url, id, secret, scopes, in_body } = &**all;
                let secret = self.secret(secret, variables)?;
                let source = oauth2::ClientCredentials::new(token_url, id, secret).scopes(scopes);
                let source = if *in_body { source.in_body() } else { source };
                // Where nothing is said about scopes, those of the trait and its methods count.
                let made = match scopes.is_empty() {
                    true => source.by_scopes().map(Credentials::new),
                    false => source.build().map(Credentials::new),
                };
                made.map_err(|e| self.problems.push(format!("{}: {e}", login.place))).ok()
            }
        }
    }

    fn sendable(&mut self, auth: impl Auth + 'static, place: &str) -> Option<Credentials> {
        match Credentials::problem(&auth) {
            None => Some(Credentials::new(auth)),
            Some(problem) => {
                self.problems.push(format!("{place}: the credentials cannot be sent: {problem}"));
                None
            }
        }
    }

    fn secret(&mut self, secret: &Reference, variables: &Variables) -> Option<crate::secret::Secret> {
        secret.get(variables).map_err(|problem| self.problems.push(problem)).ok()
    }
}

/// Methods that the trait does not have.
fn strangers(service: &Service, api: Option<&'static Api>) -> Vec<String> {
    let Some(api) = api else { return Vec::new() };
    let known: Vec<&str> = api.iter().map(Endpoint::name).collect();
    let strange = service.endpoints.iter().filter(|(name, _)| !known.contains(&name.as_str()));
    strange
        .map(|(name, (_, place))| {
            format!("{place}: {} has no endpoint `{name}`{}", api.name(), nearest::among(name, &known))
        })
        .collect()
}

fn levels(number: u64, of_builder: &Policies, service: &Service) -> Levels {
    let endpoints: BTreeMap<_, _> =
        service.endpoints.iter().map(|(name, (policies, _))| (name.clone(), *policies)).collect();
    Levels { number, of_builder: *of_builder, policies: of_builder.over(&service.policies), endpoints }
}

impl Client {
    /// Gives this client, all its clones and all traits on it the policies of another configuration, from their next call on: time limits, retries, limits,
    /// breakers, those of single methods. Calls under way end as they have begun. A limit that stays the same keeps its count.
    ///
    /// What else differs, a base URL or credentials, is for another client: [`Reloaded::left`] says it.
    ///
    /// ```no_run
    /// use apiclient::{Client, config::Config};
    ///
    /// let client = Client::builder().config(&Config::load()?, "github").build()?;
    /// // Later, on SIGHUP for instance:
    /// let reloaded = client.reload(&Config::load()?)?;
    /// println!("{reloaded}");
    /// # Ok::<_, apiclient::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the client was made without [`config`](ClientBuilder::config), or if its service is not there any more. Nothing has changed then.
    pub fn reload(&self, config: &Config) -> Result<Reloaded, Error> {
        let wrong = |problem: String| Error::new(ErrorKind::Config, problem);
        let core = &self.bound().core;
        let known = core.known.as_deref().and_then(|known| known.downcast_ref::<Known>());
        let Some(known) = known else {
            return Err(wrong(
                "this client was made without `.config(..)`: there is nothing to be read again".into(),
            ));
        };
        let service = config.service(&known.name).map_err(wrong)?;
        let strangers = strangers(service, known.api);
        if !strangers.is_empty() {
            return Err(wrong(strangers.join("; ")));
        }
        let mut rows = known.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let reloaded = Reloaded::new(&rows, &service.rows);
        rows.clone_from(&service.rows);
        let before = core.levels.load();
        let levels = levels(before.number + 1, &before.of_builder, service);
        core.levels.store(Arc::new(levels));
        core.keeper.renew();
        // What holds now is there to be seen before the next call.
        renew(self.bound());
        Ok(reloaded)
    }
}

/// What is different after [`Client::reload`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reloaded {
    changed: Vec<String>,
    left: Vec<String>,
}

impl Reloaded {
    fn new(before: &[Row], after: &[Row]) -> Self {
        const POLICIES: [&str; 10] = [
            "timeout",
            "max_body",
            "retry",
            "rate_limit",
            "concurrency",
            "breaker",
            "hedge",
            "redirects",
            "idempotency_key",
            "endpoints",
        ];
        let said = |rows: &[Row]| -> BTreeMap<String, String> {
            rows.iter().map(|row| (row.key.clone(), row.shown.clone())).collect()
        };
        let (before, after) = (said(before), said(after));
        let mut all: Vec<&String> = before.keys().chain(after.keys()).collect();
        all.sort();
        all.dedup();
        let mut reloaded = Reloaded::default();
        for key in all.into_iter().filter(|key| before.get(*key) != after.get(*key)) {
            let is_policy = POLICIES.contains(&key.split('.').next().unwrap_or_default());
            match is_policy {
                true => reloaded.changed.push(key.clone()),
                false => reloaded.left.push(key.clone()),
            }
        }
        reloaded
    }

    /// Settings that have changed, and that calls are made with from now on.
    pub fn changed(&self) -> &[String] {
        &self.changed
    }

    /// Settings that have changed, and that only another client would have.
    pub fn left(&self) -> &[String] {
        &self.left
    }
}

/// In a line.
impl fmt::Display for Reloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.changed.is_empty() {
            true => f.write_str("nothing has changed")?,
            false => write!(f, "changed: {}", self.changed.join(", "))?,
        }
        match self.left.is_empty() {
            true => Ok(()),
            false => write!(f, "; for another client: {}", self.left.join(", ")),
        }
    }
}
