//! All that can be said about a service: each setting of the builder that a text can be.

use super::{
    layers::Table,
    read::{Row, Section, Sink},
    secret::Reference,
    value,
};
use crate::{
    address::Addresses,
    client::{check_pointer, shown_name},
    endpoint::{Breaker, Concurrency, Full, Hedge, IdempotencyKey, Policies, RateLimit, Redirects, Retry},
    request::{is_secret, is_secret_name, parse_base_url, parse_name, parse_value},
};
use http::{HeaderName, HeaderValue, header};
use std::{collections::BTreeMap, time::Duration};

/// A service as files and variables describe it.
#[derive(Debug, Default, Clone)]
pub(super) struct Service {
    pub(super) base_urls: Vec<String>,
    pub(super) weights: Option<Vec<u32>>,
    pub(super) user_agent: Option<HeaderValue>,
    pub(super) headers: Vec<(HeaderName, Text)>,
    pub(super) values: Vec<(String, Text)>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) retry_budget: Option<u32>,
    pub(super) decompress: Option<bool>,
    pub(super) addresses: Option<Addresses>,
    pub(super) allow_origins: Vec<String>,
    pub(super) auth_origins: Vec<String>,
    pub(super) anonymous: bool,
    pub(super) cookies: Option<(bool, String)>,
    pub(super) stats: Option<(bool, String)>,
    pub(super) show: Show,
    pub(super) auth: Option<Login>,
    pub(super) auth_for: BTreeMap<String, Login>,
    pub(super) policies: Policies,
    pub(super) endpoints: BTreeMap<String, (Policies, String)>,
    pub(super) rows: Vec<Row>,
}

/// What may be printed.
#[derive(Debug, Default, Clone)]
pub(super) struct Show {
    pub(super) headers: Vec<String>,
    pub(super) query: Vec<String>,
    pub(super) body: Vec<String>,
    pub(super) message: Option<bool>,
}

/// A text that stands there, or that is a secret.
#[derive(Debug, Clone)]
pub(super) enum Text {
    Plain(String),
    Secret(Reference),
}

/// Credentials.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) kind: LoginKind,
    pub(super) place: String,
}

#[derive(Debug, Clone)]
pub(super) enum LoginKind {
    Bearer(Reference),
    Basic(Option<String>, Option<Reference>),
    #[cfg_attr(
        not(feature = "digest"),
        expect(dead_code, reason = "its name is not looked at where it cannot be sent")
    )]
    Digest(Option<String>, Option<Reference>),
    ApiKey(Reference, Option<(KeyPlace, String)>),
    ClientCredentials(Box<ClientCredentials>),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum KeyPlace {
    Header,
    Query,
    Cookie,
}

#[derive(Debug, Clone)]
pub(super) struct ClientCredentials {
    pub(super) token_url: String,
    pub(super) id: String,
    pub(super) secret: Reference,
    pub(super) scopes: Vec<String>,
    pub(super) in_body: bool,
}

const FULLS: [(&str, Full); 2] = [("wait", Full::Wait), ("reject", Full::Reject)];

impl Service {
    /// What a table says; what is wrong with it is in the sink.
    pub(super) fn read(table: Table, sink: &mut Sink) -> Self {
        let mut service = Service::default();
        let mut section = Section::new("", table, sink);
        service.read_section(&mut section);
        section.end();
        service.rows = std::mem::take(&mut sink.rows);
        service
    }

    /// What can be said of one: what is asked for.
    pub(super) fn settings() -> Vec<&'static str> {
        let mut sink = Sink::default();
        let mut section = Section::new("", Table::new(), &mut sink);
        Service::default().read_section(&mut section);
        section.asked
    }

    /// All secrets.
    pub(super) fn references(&self) -> impl Iterator<Item = &Reference> {
        let texts = self.headers.iter().map(|(_, text)| text).chain(self.values.iter().map(|(_, text)| text));
        let texts =
            texts.filter_map(|text| if let Text::Secret(secret) = text { Some(secret) } else { None });
        let logins = self.auth.iter().chain(self.auth_for.values());
        texts.chain(logins.filter_map(|login| match &login.kind {
            LoginKind::Bearer(secret) | LoginKind::ApiKey(secret, _) => Some(secret),
            LoginKind::Basic(_, secret) | LoginKind::Digest(_, secret) => secret.as_ref(),
            LoginKind::ClientCredentials(all) => Some(&all.secret),
        }))
    }

    fn read_section(&mut self, section: &mut Section<'_>) {
        self.read_base_urls(section);
        self.user_agent = section
            .read("user_agent", "a user agent", |text| parse_value(&header::USER_AGENT, text.as_bytes()));
        self.read_headers(section);
        for (name, entry) in section.entries("values") {
            let text = match entry.is_table() || entry.is_variable() || is_secret_name(&name) {
                true => section.secret_of(entry).map(Text::Secret),
                false => section.value(&entry, "a text", |text| Ok(Text::Plain(text.to_owned()))),
            };
            self.values.extend(text.map(|text| (name, text)));
        }
        self.connect_timeout = section.duration("connect_timeout");
        self.retry_budget = section.number("retry_budget");
        self.decompress = section.flag("decompress");
        self.addresses = section.word(
            "addresses",
            &[
                ("any", Addresses::Any),
                ("public_elsewhere", Addresses::PublicElsewhere),
                ("public", Addresses::Public),
            ],
        );
        self.allow_origins = section.origins("allow_origins");
        self.auth_origins = section.origins("auth_origins");
        self.anonymous = section.flag("anonymous").unwrap_or_default();
        self.cookies = section.placed_flag("cookies");
        self.stats = section.placed_flag("stats");
        section.section("show", |section| {
            self.show.headers = section.list("headers", "a list of names").unwrap_or_default();
            section.each(&self.show.headers, |name| shown_name(name).map(drop));
            self.show.query = section.list("query", "a list of names").unwrap_or_default();
            self.show.body = section.list("body", "a list of JSON pointers").unwrap_or_default();
            section.each(&self.show.body, check_pointer);
            self.show.message = section.flag("message");
        });
        section.section("auth", |section| self.auth = login(section));
        section.sections("auth_for", |name, section| {
            self.auth_for.extend(login(section).map(|login| (name.to_owned(), login)));
        });
        self.policies = policies(section);
        section.sections("endpoints", |name, section| {
            let place = section.place();
            self.endpoints.insert(name.to_owned(), (policies(section), place));
        });
    }

    /// One, several, or several with weights.
    fn read_base_urls(&mut self, section: &mut Section<'_>) {
        const WANTS: &str = "a base URL";
        let check = |url: &str| match parse_base_url(url) {
            Ok(_) => Ok(url.to_owned()),
            Err(e) => Err(e),
        };
        let Some(items) = section.items("base_url") else {
            self.base_urls.extend(section.unechoed("base_url", WANTS, check));
            return;
        };
        let (mut weights, mut is_weighted) = (Vec::new(), false);
        let place = section.last_place();
        if items.is_empty() {
            section.problem(&place, "there is no base URL in the list");
        }
        for item in items {
            if item.is_table() {
                section.item(item, |section| {
                    let url = section.unechoed("url", WANTS, check);
                    let weight = section.number("weight");
                    is_weighted |= weight.is_some();
                    let weight = weight.unwrap_or(1);
                    if let Some(url) = url {
                        self.base_urls.push(url);
                        weights.push(weight);
                    }
                });
            } else if let Some(url) = section.value(&item, WANTS, check) {
                self.base_urls.push(url);
                weights.push(1);
            }
        }
        if !weights.is_empty() && weights.iter().all(|weight| *weight == 0) {
            section.problem(&place, "all weights are 0: no call would go anywhere");
        }
        self.weights = is_weighted.then_some(weights);
    }

    fn read_headers(&mut self, section: &mut Section<'_>) {
        for (name, entry) in section.entries("headers") {
            let place = entry.place();
            let name = match parse_name(&name) {
                Ok(name) => name,
                Err(e) => {
                    section.problem(&place, e);
                    continue;
                }
            };
            let text = if entry.is_table() || entry.is_variable() || is_secret(&name) {
                section.secret_of(entry).map(Text::Secret)
            } else {
                section.value(&entry, "the value of a header", |text| {
                    parse_value(&name, text.as_bytes()).map(|_| Text::Plain(text.to_owned()))
                })
            };
            self.headers.extend(text.map(|text| (name, text)));
        }
    }
}

/// Kinds of credentials, of which there is one.
pub(super) const KINDS: [&str; 5] = ["bearer", "basic", "digest", "api_key", "client_credentials"];

/// Where a key goes.
pub(super) const PLACES: [&str; 3] = ["header", "query", "cookie"];

/// Credentials of one kind.
fn login(section: &mut Section<'_>) -> Option<Login> {
    let place = section.place();
    let mut found = Vec::new();
    if let Some(token) = section.secret("bearer") {
        found.push(LoginKind::Bearer(token));
    }
    for (key, make) in
        [("basic", LoginKind::Basic as fn(_, _) -> _), ("digest", LoginKind::Digest as fn(_, _) -> _)]
    {
        section.section(key, |section| {
            let user = section.text("user");
            let password = section.secret("password");
            section.needs(&[("user", user.is_some()), ("password", password.is_some())]);
            found.push(make(user, password));
        });
    }
    if section.table_has("api_key", "key") {
        section.section("api_key", |section| {
            let key = section.secret("key");
            let places =
                [("header", KeyPlace::Header), ("query", KeyPlace::Query), ("cookie", KeyPlace::Cookie)];
            let mut named: Vec<(KeyPlace, String)> = places
                .into_iter()
                .filter_map(|(word, at)| section.text(word).map(|name| (at, name)))
                .collect();
            if named.len() > 1 {
                let place = section.place();
                section.problem(&place, "a key goes to one place: a header, the query or a cookie");
            }
            section.needs(&[("key", key.is_some())]);
            found.extend(key.map(|key| LoginKind::ApiKey(key, named.pop())));
        });
    } else if let Some(key) = section.secret("api_key") {
        found.push(LoginKind::ApiKey(key, None));
    }
    let mut place = place;
    section.section("client_credentials", |section| {
        let token_url = section.text("token_url");
        place = section.last_place();
        let id = section.text("id");
        let secret = section.secret("secret");
        let scopes = section.list("scopes", "a list of scopes").unwrap_or_default();
        let in_body = section.flag("in_body").unwrap_or_default();
        section.needs(&[
            ("token_url", token_url.is_some()),
            ("id", id.is_some()),
            ("secret", secret.is_some()),
        ]);
        if let (Some(token_url), Some(id), Some(secret)) = (token_url, id, secret) {
            let all = ClientCredentials { token_url, id, secret, scopes, in_body };
            found.push(LoginKind::ClientCredentials(Box::new(all)));
        }
    });
    if found.len() > 1 {
        section.problem(&place, "there are credentials of several kinds: one is enough");
    }
    found.pop().map(|kind| Login { kind, place })
}

/// What can be said about a service and about each of its methods.
fn policies(section: &mut Section<'_>) -> Policies {
    let mut policies = Policies::NONE;
    section.section("timeout", |section| {
        policies.timeout.total = section.duration("total");
        policies.timeout.attempt = section.duration("attempt");
        policies.timeout.idle = section.duration("idle");
        policies.timeout.forward = section.header_name("forward");
    });
    policies.max_body = section.read("max_body", "a size such as \"64MiB\"", value::size);
    policies.retry = retry(section);
    takes_back(section, "rate_limit");
    section.section("rate_limit", |section| {
        let mut limit = RateLimit::new();
        limit.rate = section.read("rate", "a rate such as \"5000/h\"", value::rate);
        limit.burst = section.positive("burst");
        limit.cost = section.positive("cost");
        if let Some(full) = section.word("full", &FULLS) {
            limit = limit.full(full);
        }
        if let Some(dialect) = section.word("headers", &value::DIALECTS) {
            limit = limit.headers(dialect);
        }
        limit.warn_below = section.number("warn_below");
        policies.rate_limit = Some(limit);
    });
    takes_back(section, "concurrency");
    section.section("concurrency", |section| {
        let most = section.read("most", "a whole number or \"adaptive\"", |text| match text {
            "adaptive" => Ok(None),
            "0" => Err("nothing would be sent".into()),
            _ => text.parse().map(Some).map_err(|_| "write 8, for instance".to_owned()),
        });
        let full = section.word("full", &FULLS);
        section.needs(&[("most", most.is_some())]);
        policies.concurrency = most.map(|most| {
            let concurrency = most.map_or(Concurrency::adaptive(), Concurrency::new);
            full.map_or(concurrency, |full| concurrency.full(full))
        });
    });
    policies.breaker = match section.is_none("breaker") {
        true => Some(Breaker::none()),
        false => breaker(section),
    };
    match section.is_none("hedge") {
        true => policies.hedge = Some(Hedge::none()),
        false => section.section("hedge", |section| {
            let after = section.read("after", "a duration or a place such as \"p95\"", value::after);
            policies.hedge = Some(after.map_or(Hedge::new(), |after| Hedge::new().after(after)));
        }),
    }
    policies.redirects = redirects(section);
    takes_back(section, "idempotency_key");
    section.section("idempotency_key", |section| {
        let header = section.header_name("header");
        let quoted = section.flag("quoted").unwrap_or_default();
        section.needs(&[("header", header.is_some())]);
        policies.idempotency_key = header.map(|header| IdempotencyKey::new(header).quoted(quoted));
    });
    policies.is_silent = policies == Policies::NONE;
    policies
}

/// `none`: what was said about it below is as if it had not been said.
fn takes_back(section: &mut Section<'_>, key: &'static str) {
    section.is_none(key);
}

fn retry(section: &mut Section<'_>) -> Option<Retry> {
    let mut said = None;
    section.section("retry", |section| {
        let mut retry = Retry::new();
        retry.attempts = section.positive("attempts");
        retry.base = section.duration("base");
        retry.cap = section.duration("cap");
        retry.max_retry_after = section.duration("max_retry_after");
        if let Some(words) = section.list("on", "a list of statuses, \"connect\" and \"timeout\"") {
            match value::retry_on(&words) {
                Ok(on) => retry.on = Some(on),
                Err(why) => {
                    let place = section.last_place();
                    section.problem(&place, why);
                }
            }
        }
        retry.should_retry = section.header_name("should_retry");
        retry.retry_after_ms = section.header_name("retry_after_ms");
        retry.attempt_header = section.header_name("attempt_header");
        said = Some(retry);
    });
    said
}

fn breaker(section: &mut Section<'_>) -> Option<Breaker> {
    let mut said = None;
    section.section("breaker", |section| {
        let mut breaker = Breaker::new();
        if let Some(ratio) = section.read("ratio", "a share such as 0.1", value::ratio) {
            breaker = breaker.ratio(ratio);
        }
        breaker.min = section.positive("min");
        breaker.window = section.duration("window");
        breaker.open = section.duration("open");
        breaker.probes = section.positive("probes");
        breaker.per = section.word("per", &value::PERS);
        said = Some(breaker);
    });
    said
}

fn redirects(section: &mut Section<'_>) -> Redirects {
    let mut redirects = Redirects::new();
    section.section("redirects", |section| {
        redirects.most = section.number("most");
        redirects.same_origin = section.flag("same_origin");
    });
    redirects
}

impl Section<'_> {
    fn duration(&mut self, key: &'static str) -> Option<Duration> {
        self.read(key, "a duration such as \"10s\"", value::duration)
    }

    fn text(&mut self, key: &'static str) -> Option<String> {
        self.read(key, "a text", |text| match text.is_empty() {
            true => Err("it is empty".into()),
            false => Ok(text.to_owned()),
        })
    }

    /// A whole number that is not zero.
    fn positive(&mut self, key: &'static str) -> Option<u32> {
        self.read(key, "a whole number from 1", |text| match text.parse() {
            Ok(0) => Err("nothing would be sent".into()),
            number => number.map_err(|_| "write one, such as 4".to_owned()),
        })
    }

    fn header_name(&mut self, key: &'static str) -> Option<&'static str> {
        self.read(key, "the name of a header", |text| {
            parse_name(text).map(|name| value::kept(name.as_str().to_owned()))
        })
    }

    fn origins(&mut self, key: &'static str) -> Vec<String> {
        let origins = self.list(key, "a list of origins").unwrap_or_default();
        self.each(&origins, |origin| match parse_base_url(origin) {
            Ok(_) => Ok(()),
            Err(e) => Err(format!("an origin cannot be used: {e}")),
        });
        origins
    }

    /// What is wrong in the list that was read last.
    fn each(&mut self, all: &[String], check: impl Fn(&str) -> Result<(), String>) {
        for problem in all.iter().filter_map(|one| check(one).err()) {
            let place = self.last_place();
            self.problem(&place, problem);
        }
    }
}
