//! Files, a profile and variables, laid one over the other. Every value keeps the place that it is from.

use super::{
    ConfigBuilder, nearest,
    secret::Reference,
    service::{KINDS, PLACES, Service},
};
use config::{Config as Layered, ConfigError, FileFormat, Format, Map, Source, Value, ValueKind};
use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

pub(super) type Table = Map<String, Value>;

/// What is said, by service, with the defaults below it.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) profile: Option<String>,
    /// Whether the file was named by somebody.
    pub(super) is_named: bool,
    /// Those that were read, and those that would have been.
    pub(super) files: Vec<String>,
    pub(super) searched: Vec<String>,
    pub(super) services: BTreeMap<String, Table>,
}

const EXTENSIONS: [(&str, FileFormat); 4] = [
    ("toml", FileFormat::Toml),
    ("json", FileFormat::Json),
    ("yaml", FileFormat::Yaml),
    ("yml", FileFormat::Yaml),
];

/// What a file may have at its root.
const ROOT: [&str; 4] = ["profile", "defaults", "services", "profiles"];

/// Settings that can be said in a word, and which of their keys that word is.
const SHORT: [(&str, &str); 6] = [
    ("redirects", "most"),
    ("timeout", "total"),
    ("rate_limit", "rate"),
    ("concurrency", "most"),
    ("hedge", "after"),
    ("idempotency_key", "header"),
];

/// Words for what a setting is then, so that each key of it has one name in all layers.
const WORDS: [(&str, &str, &str, ValueKind); 3] = [
    ("redirects", "none", "most", ValueKind::U64(0)),
    ("redirects", "same_origin", "same_origin", ValueKind::Boolean(true)),
    ("retry", "none", "attempts", ValueKind::U64(1)),
];

/// More than any of them needs.
const LONGEST: u64 = 1 << 20;

/// A tree that was read already.
#[derive(Debug, Clone)]
struct Layer(Table);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Table, ConfigError> {
        Ok(self.0.clone())
    }
}

/// The later ones win.
fn layered(layers: impl IntoIterator<Item = Table>) -> Table {
    let mut all: Vec<Table> = Vec::new();
    for layer in layers {
        for below in &mut all {
            give_way(below, &layer, "");
        }
        all.push(layer);
    }
    together(all)
}

/// All that they say, in one level.
fn together(all: impl IntoIterator<Item = Table>) -> Table {
    let all = all.into_iter().fold(Layered::builder(), |all, layer| all.add_source(Layer(layer)));
    all.build().map(|all| table(all.cache)).unwrap_or_default()
}

/// Tables whose keys are names that anybody has given.
const NAMES: [&str; 6] = ["services", "endpoints", "headers", "values", "auth_for", "profiles"];

/// What is said in one way above is not said in another way as well, because somebody has said it so below: other credentials, another place of a secret.
fn give_way(below: &mut Table, above: &Table, parent: &str) {
    for (key, value) in above {
        let (ValueKind::Table(above), Some(Value { kind: ValueKind::Table(below), .. })) =
            (&value.kind, below.get_mut(key))
        else {
            continue;
        };
        let ways: &[&str] = match key.as_str() {
            _ if parent == "auth_for" => &KINDS,
            key if NAMES.contains(&key) && !NAMES.contains(&parent) => &[],
            "auth" => &KINDS,
            "api_key" if above.keys().any(|key| PLACES.contains(&&**key)) => &PLACES,
            _ if is_reference(above) && is_reference(below) => &Reference::WORDS,
            _ => &[],
        };
        if ways.iter().any(|way| above.contains_key(*way)) {
            below.retain(|key, _| !ways.contains(&&**key) || above.contains_key(key));
        }
        give_way(below, above, key);
    }
}

/// Whether it says where a secret is, and nothing else.
fn is_reference(table: &Table) -> bool {
    !table.is_empty() && table.keys().all(|key| Reference::WORDS.contains(&&**key))
}

fn table(value: Value) -> Table {
    match value.kind {
        ValueKind::Table(table) => table,
        _ => Table::new(),
    }
}

fn sub(of: &Table, key: &str) -> Table {
    of.get(key).cloned().map(table).unwrap_or_default()
}

/// A table of one key.
fn only(key: &str, value: Table) -> Table {
    Table::from_iter([(key.to_owned(), Value::new(None, ValueKind::Table(value)))])
}

pub(super) fn find(builder: &ConfigBuilder, problems: &mut Vec<String>) -> Found {
    let mut found = Found::default();
    let prefix = format!("{}_", builder.prefix);
    let variables = builder.variables.starting_with(&prefix);
    // An empty one is one that is not set, as container tools have it.
    let variable = |name: &str| variables.get(&format!("{prefix}{name}")).filter(|value| !value.is_empty());
    let mut files = Vec::new();
    let given = builder.file.clone().or_else(|| variable("CONFIG").map(PathBuf::from));
    match given {
        Some(path) => {
            found.is_named = true;
            let label = path.display().to_string();
            match EXTENSIONS.iter().find(|(extension, _)| path.extension().is_some_and(|e| e == *extension)) {
                Some((_, format)) => files.extend(read(&path, &label, *format, problems)),
                None => problems.push(format!("{label}: it ends with none of .toml, .json, .yaml and .yml")),
            }
            found.files.push(label);
        }
        None => {
            for (folder, shown) in builder.folders() {
                files.extend(search(&folder, &shown, &builder.name, &mut found, problems));
            }
        }
    }
    let of_files = layered(files);
    let named = builder.profile.clone().map(|name| (name, String::new()));
    let named =
        named.or_else(|| variable("PROFILE").map(|name| (name.clone(), format!("{prefix}PROFILE: "))));
    let named = named.or_else(|| {
        let value = of_files.get("profile")?;
        let place = value.origin().map(|place| format!("{place}: ")).unwrap_or_default();
        match &value.kind {
            ValueKind::String(name) => Some((name.clone(), place)),
            _ => {
                problems.push(format!("{place}it is the name of a profile"));
                None
            }
        }
    });
    let profiles = sub(&of_files, "profiles");
    let of_profile = match &named {
        None => Table::new(),
        Some((name, place)) => match profiles.get(name) {
            Some(profile) => table(profile.clone()),
            None => {
                let known: Vec<&str> = profiles.keys().map(String::as_str).collect();
                problems.push(format!("{place}there is no profile `{name}`{}", nearest::among(name, &known)));
                Table::new()
            }
        },
    };
    found.profile = named.map(|(name, _)| name);
    let of_files = layered([of_files, of_profile]);
    let known: Vec<String> = sub(&of_files, "services").keys().cloned().collect();
    let of_variables = from_variables(&variables, &prefix, &known, problems);
    let all = layered([of_files, of_variables]);
    let defaults = sub(&all, "defaults");
    for (name, service) in sub(&all, "services") {
        // Whatever a key looks like, it is no path here.
        let merged = layered([only("it", defaults.clone()), only("it", table(service))]);
        found.services.insert(name, sub(&merged, "it"));
    }
    found
}

/// The file of this name in a folder.
fn search(
    folder: &Path,
    shown: &str,
    name: &str,
    found: &mut Found,
    problems: &mut Vec<String>,
) -> Option<Table> {
    found.searched.push(format!("{shown}/{name}.{{toml,json,yaml}}"));
    let mut there = EXTENSIONS.iter().filter_map(|(extension, format)| {
        let file = format!("{name}.{extension}");
        let path = folder.join(&file);
        path.symlink_metadata().is_ok().then(|| (path, format!("{shown}/{file}"), *format))
    });
    let (path, label, format) = there.next()?;
    if let Some((_, other, _)) = there.next() {
        problems.push(format!("there are both {label} and {other}: one is enough"));
    }
    found.files.push(label.clone());
    read(&path, &label, format, problems)
}

fn read(path: &Path, label: &str, format: FileFormat, problems: &mut Vec<String>) -> Option<Table> {
    let text = match text(path) {
        Ok(text) => text,
        Err(e) => {
            problems.push(format!("{label}: it cannot be read: {e}"));
            return None;
        }
    };
    if matches!(format, FileFormat::Yaml) {
        if let Some(line) = alias(&text) {
            problems.push(format!(
                "{label}: line {line} has an anchor or an alias, which are not read: write it out, or put it in quotes"
            ));
            return None;
        }
    }
    let root = match format.parse(Some(&label.to_owned()), &text) {
        Ok(root) => root,
        Err(e) => {
            problems.push(format!("{label}: {}", syntax(&e.to_string())));
            return None;
        }
    };
    check(&root, label, &ROOT, problems);
    let root = root.into_iter().map(|(key, value)| {
        let value = placed(value, label, &key);
        (key, value)
    });
    Some(short(root.collect()))
}

/// The line of a YAML file in which something is called by a name, or named to be called: a few of these make gigabytes of a short file.
fn alias(text: &str) -> Option<usize> {
    let has = |line: &str| {
        let (mut quote, mut last) = (None, ' ');
        let mut characters = line.chars().peekable();
        while let Some(c) = characters.next() {
            let begins = " \t-:[{,".contains(last);
            match (quote, c) {
                (Some(open), c) if c == open => quote = None,
                (None, '"' | '\'') if begins => quote = Some(c),
                (None, '#') if begins => return false,
                (None, '&' | '*')
                    if begins && characters.peek().is_some_and(|next| !next.is_whitespace()) =>
                {
                    return true;
                }
                _ => {}
            }
            last = c;
        }
        false
    };
    text.lines().position(has).map(|line| line + 1)
}

/// Whatever stands above the settings of a service.
fn check(root: &Table, path: &str, known: &[&str], problems: &mut Vec<String>) {
    let separator = if known.len() == ROOT.len() { ": " } else { "." };
    for (key, value) in root {
        let path = format!("{path}{separator}{key}");
        match (key.as_str(), &value.kind) {
            (word, _) if !known.contains(&word) => {
                let place = path.strip_suffix(&format!("{separator}{key}")).unwrap_or_default();
                problems
                    .push(format!("{place}: nothing is called `{key}` here{}", nearest::among(key, known)));
            }
            ("services" | "profiles", ValueKind::Table(all)) => {
                for (name, value) in all {
                    let path = format!("{path}.{name}");
                    match &value.kind {
                        ValueKind::Table(profile) if key == "profiles" => {
                            check(profile, &path, &ROOT[1..3], problems);
                        }
                        ValueKind::Table(_) => {}
                        _ => problems.push(format!("{path}: it is a table, and there is none")),
                    }
                }
            }
            ("profile", _) | (_, ValueKind::Table(_)) => {}
            _ => problems.push(format!("{path}: it is a table, and there is none")),
        }
    }
}

fn text(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let mut file = File::open(path)?.take(LONGEST + 1);
    file.read_to_string(&mut text)?;
    match text.len() as u64 > LONGEST {
        true => Err(std::io::Error::other("it is longer than a megabyte")),
        false => Ok(text),
    }
}

/// What a parser says, without the lines of the file that some of them repeat: a secret may be in one.
fn syntax(message: &str) -> String {
    let lines = message.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains('|'));
    lines.collect::<Vec<_>>().join(": ")
}

/// The same value, which says where it is from.
fn placed(value: Value, label: &str, path: &str) -> Value {
    let place = format!("{label}: {path}");
    let kind = match value.kind {
        ValueKind::Table(table) => {
            let all = table.into_iter().map(|(key, value)| {
                let value = placed(value, label, &format!("{path}.{key}"));
                (key, value)
            });
            ValueKind::Table(all.collect())
        }
        ValueKind::Array(list) => {
            let all = list.into_iter().enumerate();
            ValueKind::Array(all.map(|(i, value)| placed(value, label, &format!("{path}[{i}]"))).collect())
        }
        kind => kind,
    };
    Value::new(Some(&place), kind)
}

/// `timeout = "10s"` becomes `timeout = { total = "10s" }`, so that each key of it has one name in all layers.
fn short(mut root: Table) -> Table {
    each(&mut root, "defaults", settings);
    each(&mut root, "services", |services| {
        for service in services.values_mut() {
            of(service, settings);
        }
    });
    each(&mut root, "profiles", |profiles| {
        for profile in profiles.values_mut() {
            of(profile, |profile| *profile = short(std::mem::take(profile)));
        }
    });
    root
}

fn of(value: &mut Value, change: impl FnOnce(&mut Table)) {
    if let ValueKind::Table(table) = &mut value.kind {
        change(table);
    }
}

fn each(root: &mut Table, key: &str, change: impl FnOnce(&mut Table)) {
    if let Some(value) = root.get_mut(key) {
        of(value, change);
    }
}

fn settings(service: &mut Table) {
    for (word, said, key, meant) in WORDS {
        let Some(value) = service.get_mut(word) else { continue };
        if matches!(&value.kind, ValueKind::String(text) if text == said) {
            let meant = Value::new(value.origin().map(str::to_owned).as_ref(), meant);
            *value = Value::new(None, ValueKind::Table(Table::from_iter([(key.to_owned(), meant)])));
        }
    }
    each(service, "auth", keyed);
    each(service, "auth_for", |all| {
        for login in all.values_mut() {
            of(login, keyed);
        }
    });
    for (word, key) in SHORT {
        let Some(value) = service.get_mut(word) else { continue };
        let is_said_short = match &value.kind {
            ValueKind::Table(_) | ValueKind::Array(_) | ValueKind::Nil => false,
            ValueKind::String(text) => text != "none",
            _ => true,
        };
        if is_said_short {
            let said = std::mem::take(value);
            *value = Value::new(None, ValueKind::Table(Table::from_iter([(key.to_owned(), said)])));
        }
    }
    each(service, "endpoints", |endpoints| {
        for endpoint in endpoints.values_mut() {
            of(endpoint, settings);
        }
    });
}

/// `api_key = ..` is `api_key = { key = .. }`.
fn keyed(login: &mut Table) {
    let Some(value) = login.get_mut("api_key") else { return };
    let is_key = match &value.kind {
        ValueKind::Table(table) => is_reference(table),
        ValueKind::Array(_) | ValueKind::Nil => false,
        _ => true,
    };
    if is_key {
        let key = std::mem::take(value);
        *value = Value::new(None, ValueKind::Table(Table::from_iter([("key".to_owned(), key)])));
    }
}

/// `APICLIENT_GITHUB__RETRY__ATTEMPTS=5` is `services.github.retry.attempts`.
fn from_variables(
    variables: &BTreeMap<String, String>,
    prefix: &str,
    known: &[String],
    problems: &mut Vec<String>,
) -> Table {
    let mut root = Table::new();
    for (name, value) in variables {
        let words: Vec<&str> = name[prefix.len()..].split("__").collect();
        let [service, keys @ ..] = &words[..] else { continue };
        let spelled = |service: &str| known.iter().find(|known| variable_name(known) == *service);
        if keys.is_empty() {
            // It may be anybody's, unless it looks like one that lacks an underscore.
            let lacks = known.iter().find_map(|known| {
                let rest = service.strip_prefix(&variable_name(known))?.strip_prefix('_')?;
                Some(format!("{prefix}{}__{rest}", variable_name(known)))
            });
            if Service::settings().contains(&&*service.to_lowercase()) {
                let all = format!("{prefix}DEFAULTS__{service}");
                problems.push(format!("{name}: of which service? Of all of them: {all}"));
            } else if let Some(meant) = lacks {
                problems.push(format!("{name}: two underscores stand between service and setting: {meant}"));
            }
            continue;
        }
        if service.is_empty() || keys.iter().any(|key| key.is_empty()) {
            problems.push(format!("{name}: something is missing between its underscores"));
            continue;
        }
        let value = Value::new(Some(name), ValueKind::String(value.clone()));
        let of_headers = keys.first() == Some(&"HEADERS");
        // No variable has a hyphen in its name, and hardly any header an underscore.
        let keys = keys.iter().map(|key| key.to_lowercase()).enumerate();
        let keys = keys.map(|(i, key)| if of_headers && i == 1 { key.replace('_', "-") } else { key });
        let path = match (*service, spelled(service)) {
            ("DEFAULTS", _) => vec!["defaults".to_owned()],
            (_, Some(spelled)) => vec!["services".into(), spelled.clone()],
            (service, None) => {
                let names: Vec<String> = known.iter().map(|known| variable_name(known)).collect();
                // One that has a base URL is one of its own, and so is one whose name is not that near.
                let is_own = variables.contains_key(&format!("{prefix}{service}__BASE_URL"));
                let near = names.iter().find(|name| nearest::is_slip(service, name)).filter(|_| !is_own);
                if let Some(near) = near {
                    let right = name.replacen(service, near, 1);
                    problems.push(format!("{name}: there is no such service; did you mean {right}?"));
                    continue;
                }
                vec!["services".into(), service.to_lowercase()]
            }
        };
        let nested =
            path.into_iter().chain(keys).rev().fold(value, |value, key| {
                Value::new(None, ValueKind::Table(Table::from_iter([(key, value)])))
            });
        let settings = short(table(nested));
        root = together([root, settings]);
    }
    root
}

/// How a service is called in a variable.
pub(super) fn variable_name(service: &str) -> String {
    service.replace(['-', '.', ' '], "_").to_uppercase()
}
