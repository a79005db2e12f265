//! Settings that are not in the program: files, profiles and variables, by the name of a service.
//!
//! ```toml
//! # apiclient.toml
//! [defaults]                                  # of all services
//! timeout = "20s"
//!
//! [services.github]
//! base_url = "https://api.github.com"
//! rate_limit = "5000/h"
//! auth.bearer = { env = "GITHUB_TOKEN" }      # where a secret is, never the secret
//!
//! [services.github.retry]
//! attempts = 5
//!
//! [services.github.endpoints.search]          # a method of the trait
//! timeout = "5s"
//!
//! [profiles.dev.services.github]              # APICLIENT_PROFILE=dev
//! base_url = "http://localhost:8080"
//! ```
//!
//! ```no_run
//! use apiclient::{config::Config, prelude::*};
//!
//! #[api_client(base_url = "https://api.github.com")]
//! #[auth(bearer)]
//! trait GitHub {
//!     #[get("/search/repositories")]
//!     fn search(&self, #[query] q: &str) -> Call<String>;
//! }
//!
//! // In a line, or with more to say:
//! let github = GitHubClient::from_config("github")?;
//!
//! let config = Config::load()?;
//! print!("{}", config.explain());
//! let github = GitHubClient::builder().config(&config, "github").build()?;
//! # Ok::<_, apiclient::Error>(())
//! ```
//!
//! # Where it is looked for
//!
//! Each of these wins over those above it, key by key:
//!
//! 1. `apiclient.toml`, `.json`, `.yaml` or `.yml` in the folder `apiclient` of the user's configuration: `$XDG_CONFIG_HOME` or `~/.config`,
//!    `%APPDATA%` on Windows;
//! 2. the same in the folder that the program works in. (Or, in the place of both: the file that [`ConfigBuilder::file`] or the variable
//!    `APICLIENT_CONFIG` names.)
//! 3. the profile: what stands below `profiles.<name>` in these files, in the same form. [`ConfigBuilder::profile`], `APICLIENT_PROFILE` or
//!    `profile = ".."` in a file says which one; by default there is none;
//! 4. variables: `APICLIENT_GITHUB__TIMEOUT=10s`, `APICLIENT_GITHUB__RETRY__ATTEMPTS=5`, `APICLIENT_DEFAULTS__TIMEOUT=10s`. Two underscores stand between
//!    the words; a hyphen in the name of a service is an underscore, and commas stand between the parts of a list.
//!
//! What a service says wins over the defaults of all services. In all: a call wins over the configuration of its endpoint, that over the method's
//! attributes, those over the builder, that over the configuration of the service, and that over the trait's attributes.
//!
//! A program that runs in folders of others, as a command line tool does, should read files of its own: [`ConfigBuilder::name`], and
//! [`ConfigBuilder::without_working_folder`]. What the file of the working folder says is not trusted with everything, unless
//! [`ConfigBuilder::trust_working_folder`] says so: commands that print a secret are not run for it, and it does not say where credentials of the user's configuration
//! go.
//!
//! # Settings
//!
//! They have the names and the units of the attributes and of the builder. `"none"` switches off.
//!
#![doc = include_str!("settings.md")]

mod apply;
mod explain;
mod layers;
mod nearest;
mod read;
mod secret;
mod service;
mod value;

pub use self::{apply::Reloaded, explain::Explanation};

use self::{read::Sink, service::Service};
use crate::error::{Error, ErrorKind};
use std::{
    collections::BTreeMap,
    env, fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The settings of all services that files and variables know, read and checked; see [the module](self).
#[derive(Clone)]
pub struct Config {
    profile: Option<String>,
    files: Vec<String>,
    searched: Vec<String>,
    prefix: String,
    services: BTreeMap<String, Arc<Service>>,
    variables: Variables,
}

impl Config {
    /// Reads what is where [the module](self) says.
    ///
    /// # Errors
    ///
    /// One, of kind [`Config`](ErrorKind::Config), that says what is wrong in all the files and variables, with file, key, and what may have been meant.
    /// That there is nothing is no error.
    pub fn load() -> Result<Config, Error> {
        Config::builder().load()
    }

    /// The same with files, variables or a profile of one's own.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder {
            name: "apiclient".into(),
            prefix: "APICLIENT".into(),
            file: None,
            profile: None,
            working: Some(PathBuf::from(".")),
            user: User::Own,
            variables: Variables::Environment,
            trusts: false,
        }
    }

    /// The names of the services that there is something about.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.services.keys().map(String::as_str)
    }

    /// The profile that was chosen.
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// What would be used, and where each value is from, in lines to be printed. There is no secret in it, but where each is.
    pub fn explain(&self) -> Explanation<'_> {
        Explanation(self)
    }

    /// What there is about a service.
    fn service(&self, name: &str) -> Result<&Arc<Service>, String> {
        // Variables have no hyphens.
        let spelled = |known: &&String| layers::variable_name(known) == layers::variable_name(name);
        let found = self.services.get(name);
        found.or_else(|| self.services.get(self.services.keys().find(spelled)?)).ok_or_else(|| {
            let known: Vec<&str> = self.services().collect();
            let looked: Vec<&str> = match self.files.is_empty() {
                true => self.searched.iter().map(String::as_str).collect(),
                false => self.files.iter().map(String::as_str).collect(),
            };
            let near = if known.is_empty() { String::new() } else { nearest::among(name, &known) };
            format!("there is no `services.{name}` in {}{near}", looked.join(" or "))
        })
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Config");
        out.field("files", &self.files).field("profile", &self.profile);
        out.field("services", &self.services.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

/// Where [`Config`] is read from; from [`Config::builder`].
#[derive(Debug, Clone)]
#[must_use = "nothing is read until `.load()`"]
pub struct ConfigBuilder {
    name: String,
    prefix: String,
    file: Option<PathBuf>,
    profile: Option<String>,
    working: Option<PathBuf>,
    user: User,
    variables: Variables,
    trusts: bool,
}

/// The folder of the user's configuration.
#[derive(Debug, Clone)]
enum User {
    /// Where the platform has it.
    Own,
    Given(PathBuf),
    None,
}

impl ConfigBuilder {
    /// The name of the files, of their folder in the user's configuration, and in upper case the beginning of variables: `acme` is `acme.toml`,
    /// `~/.config/acme/acme.toml` and `ACME_GITHUB__TIMEOUT`. Default: `apiclient`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self.prefix = self.name.replace(['-', '.', ' '], "_").to_uppercase();
        self
    }

    /// What variables begin with, without the underscore behind it. Default: `APICLIENT`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// This file, which has to be there, and no other. Default: those of [the module](self).
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// The profile, whatever variables and files say.
    pub fn profile(mut self, profile: impl Into<String>) -> Self {
        self.profile = Some(profile.into());
        self
    }

    /// Another folder than the one that the program works in.
    pub fn working_folder(mut self, path: impl Into<PathBuf>) -> Self {
        self.working = Some(path.into());
        self
    }

    /// No file of the folder that the program works in: for programs that are run in folders of others.
    pub fn without_working_folder(mut self) -> Self {
        self.working = None;
        self
    }

    /// Another folder than that of the user's configuration: the file is `<path>/<name>/<name>.toml`.
    pub fn user_folder(mut self, path: impl Into<PathBuf>) -> Self {
        self.user = User::Given(path.into());
        self
    }

    /// No file of the user's configuration.
    pub fn without_user_folder(mut self) -> Self {
        self.user = User::None;
        self
    }

    /// These variables in the place of the environment's, for settings and for secrets.
    pub fn variables<K, V>(mut self, variables: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<String>,
        V: Into<String>,
    {
        let all = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        self.variables = Variables::Given(Arc::new(all.collect()));
        self
    }

    /// The file of the working folder may say what that of the user's configuration may: commands that print a secret, and where the credentials go that the
    /// user's configuration gives (`base_url`, `auth_origins`, `token_url`). Default: these are errors, since anybody may have put the file there.
    pub fn trust_working_folder(mut self) -> Self {
        self.trusts = true;
        self
    }

    /// Reads and checks all of it. No secret is read yet: that is done for the services that are used.
    ///
    /// # Errors
    ///
    /// As [`Config::load`].
    pub fn load(self) -> Result<Config, Error> {
        let mut problems = Vec::new();
        let found = layers::find(&self, &mut problems);
        let mut services = BTreeMap::new();
        for (name, table) in found.services {
            let mut sink = Sink { service: name.clone(), ..Sink::default() };
            let service = Service::read(table, &mut sink);
            problems.extend(sink.problems);
            if !self.trusts && !found.is_named {
                problems.extend(self.of_strangers(&service));
            }
            services.insert(name, Arc::new(service));
        }
        // What is wrong with the defaults is wrong with each service.
        let mut said = Vec::new();
        for problem in problems {
            if !said.contains(&problem) {
                said.push(problem);
            }
        }
        match said.is_empty() {
            true => Ok(Config {
                profile: found.profile,
                files: found.files,
                searched: found.searched,
                prefix: self.prefix,
                services,
                variables: self.variables,
            }),
            false => Err(Error::new(ErrorKind::Config, said.join("; "))),
        }
    }

    /// What a file asks for that anybody may have put into the working folder.
    fn of_strangers(&self, service: &Service) -> Vec<String> {
        let Some(working) = self.working.as_deref() else { return Vec::new() };
        let file_in = |folder: &Path| format!("{}/{}.", shown(folder), self.name);
        let is_strange = |place: &str| place.starts_with(&file_in(working));
        let commands = service.references().filter(|secret| secret.is_command() && is_strange(&secret.place));
        let mut problems: Vec<String> = commands.map(|secret| format!(
            "{}: a command of the working folder is not run: put it into the user's configuration, or say `.trust_working_folder()`", secret.place
        )).collect();
        let own = self.folders().into_iter().map(|(folder, _)| folder).find(|folder| folder != working);
        let is_own = |place: &str| own.as_deref().is_some_and(|own| place.starts_with(&file_in(own)));
        if service.references().any(|secret| is_own(&secret.place)) {
            let leads = |row: &&read::Row| {
                row.key.starts_with("base_url")
                    || row.key == "auth_origins"
                    || row.key.ends_with(".token_url")
            };
            problems.extend(service.rows.iter().filter(leads).filter(|row| is_strange(&row.place)).map(|row| format!(
                "{}: the working folder does not say where credentials of the user's configuration go: put it there, or say `.trust_working_folder()`", row.place
            )));
        }
        problems
    }

    /// Each folder, and how it is called.
    fn folders(&self) -> Vec<(PathBuf, String)> {
        let user = match &self.user {
            User::Own => user_folder(&self.variables),
            User::Given(path) => Some(path.clone()),
            User::None => None,
        };
        let user = user.map(|user| user.join(&self.name));
        let all = [user, self.working.clone()].into_iter().flatten();
        all.map(|path| (path.clone(), shown(&path))).collect()
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// That of the platform; none where variables are given, as in a test.
fn user_folder(variables: &Variables) -> Option<PathBuf> {
    use etcetera::base_strategy::{BaseStrategy, choose_base_strategy};
    match variables {
        Variables::Environment => choose_base_strategy().ok().map(|platform| platform.config_dir()),
        Variables::Given(_) => None,
    }
}

/// Variables of the environment, or others in their place. They may hold secrets.
#[derive(Clone)]
enum Variables {
    Environment,
    Given(Arc<BTreeMap<String, String>>),
}

impl Variables {
    fn get(&self, name: &str) -> Option<String> {
        match self {
            Variables::Environment => env::var(name).ok(),
            Variables::Given(all) => all.get(name).cloned(),
        }
    }

    fn starting_with(&self, prefix: &str) -> BTreeMap<String, String> {
        match self {
            Variables::Environment => env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .filter(|(name, _)| name.starts_with(prefix))
                .collect(),
            Variables::Given(all) => {
                let all = all.iter().filter(|(name, _)| name.starts_with(prefix));
                all.map(|(name, value)| (name.clone(), value.clone())).collect()
            }
        }
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Variables::Environment => "Environment",
            Variables::Given(_) => "Given(..)",
        })
    }
}
