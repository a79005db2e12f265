//! Reading one service's settings: each key is asked for, and what nobody has asked for is unknown.

use super::{layers::Table, nearest, secret::Reference};
use config::{Value, ValueKind};
use std::collections::BTreeMap;

/// What was found wrong, and what was read.
#[derive(Debug, Default)]
pub(super) struct Sink {
    /// Of whom it is.
    pub(super) service: String,
    pub(super) problems: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// A setting that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Below the service.
    pub(super) key: String,
    pub(super) shown: String,
    pub(super) place: String,
}

/// A table whose keys are known.
pub(super) struct Section<'a> {
    path: String,
    /// Of its first value.
    place: String,
    /// That of the value that was read last.
    last: String,
    table: BTreeMap<String, Value>,
    pub(super) asked: Vec<&'static str>,
    /// What was wrong of that.
    failed: Vec<String>,
    pub(super) sink: &'a mut Sink,
}

/// One value.
pub(super) struct Entry {
    /// Below the service.
    path: String,
    value: Value,
}

/// How a file says where a secret is.
const FORMS: &str =
    "write { env = \"VARIABLE\" }, { file = \"path\" } or { command = [\"program\", \"argument\"] }";

impl Entry {
    /// File and key, or the variable.
    pub(super) fn place(&self) -> String {
        self.value.origin().map_or_else(|| self.path.clone(), str::to_owned)
    }

    /// Whether it is a variable of the environment, and no file.
    pub(super) fn is_variable(&self) -> bool {
        self.value.origin().is_some_and(|place| !place.contains(": "))
    }

    /// A number, a text, or `true` and `false`.
    fn scalar(&self) -> Option<String> {
        match &self.value.kind {
            ValueKind::String(text) => Some(text.clone()),
            ValueKind::I64(number) => Some(number.to_string()),
            ValueKind::U64(number) => Some(number.to_string()),
            ValueKind::I128(number) => Some(number.to_string()),
            ValueKind::U128(number) => Some(number.to_string()),
            ValueKind::Float(number) => Some(number.to_string()),
            ValueKind::Boolean(flag) => Some(flag.to_string()),
            ValueKind::Nil | ValueKind::Table(_) | ValueKind::Array(_) => None,
        }
    }

    pub(super) fn is_table(&self) -> bool {
        matches!(self.value.kind, ValueKind::Table(_))
    }

    fn kind(&self) -> &'static str {
        match &self.value.kind {
            ValueKind::Nil => "there is nothing",
            ValueKind::Table(_) => "there is a table",
            ValueKind::Array(_) => "there is a list",
            ValueKind::Boolean(_) => "there is true or false",
            ValueKind::String(_) => "there is a text",
            _ => "there is a number",
        }
    }
}

/// The place of the first value in a table, which has none itself.
fn place_of(value: &Value) -> Option<String> {
    if let Some(place) = value.origin() {
        return Some(place.to_owned());
    }
    match &value.kind {
        ValueKind::Table(table) => {
            let all: BTreeMap<_, _> = table.iter().collect();
            all.into_values().find_map(place_of)
        }
        _ => None,
    }
}

impl<'a> Section<'a> {
    pub(super) fn new(path: &str, table: Table, sink: &'a mut Sink) -> Self {
        let table: BTreeMap<String, Value> = table.into_iter().collect();
        let place = table.values().find_map(place_of);
        let place = place.unwrap_or_else(|| format!("services.{}.{path}", sink.service));
        Section {
            path: path.to_owned(),
            place,
            last: String::new(),
            table,
            asked: Vec::new(),
            failed: Vec::new(),
            sink,
        }
    }

    pub(super) fn place(&self) -> String {
        self.place.clone()
    }

    /// An empty table has no place itself.
    fn place_of(&self, entry: &Entry) -> String {
        let place = place_of(&entry.value);
        place.unwrap_or_else(|| format!("services.{}.{}", self.sink.service, entry.path))
    }

    pub(super) fn last_place(&self) -> String {
        self.last.clone()
    }

    /// What has to be there.
    pub(super) fn needs(&mut self, keys: &[(&str, bool)]) {
        for (key, _) in keys.iter().filter(|(_, is_there)| !is_there) {
            // One that is there and wrong was found already.
            let was_there =
                self.asked.iter().any(|asked| asked == key) && self.failed.iter().any(|failed| failed == key);
            if !was_there {
                let place = self.place();
                let path = if self.path.is_empty() { String::new() } else { format!(" in `{}`", self.path) };
                self.problem(&place, format_args!("`{key}` is missing{path}"));
            }
        }
    }

    /// Whether the table of this key has that key.
    pub(super) fn table_has(&self, key: &str, sub: &str) -> bool {
        match self.table.get(key).map(|value| &value.kind) {
            Some(ValueKind::Table(table)) => table.contains_key(sub),
            _ => false,
        }
    }

    fn below(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn problem(&mut self, place: &str, problem: impl std::fmt::Display) {
        self.sink.problems.push(format!("{place}: {problem}"));
    }

    fn row(&mut self, key: &str, shown: impl Into<String>, place: String) {
        let key = self.below(key);
        self.sink.rows.push(Row { key, shown: shown.into(), place });
    }

    pub(super) fn take(&mut self, key: &'static str) -> Option<Entry> {
        self.asked.push(key);
        let path = self.below(key);
        let entry = self.table.remove(key).map(|value| Entry { path, value })?;
        self.last = entry.place();
        Some(entry)
    }

    /// Reads a value that is a word, a number, or whatever stands in quotes.
    pub(super) fn read<T>(
        &mut self,
        key: &'static str,
        wants: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let entry = self.take(key)?;
        self.read_entry(key, &entry, wants, true, parse)
    }

    /// The same without repeating a value that is wrong: there may be a secret in it.
    pub(super) fn unechoed<T>(
        &mut self,
        key: &'static str,
        wants: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let entry = self.take(key)?;
        self.read_entry(key, &entry, wants, false, parse)
    }

    /// The same of an entry of a list, or of a table whose keys are anybody's.
    pub(super) fn value<T>(
        &mut self,
        entry: &Entry,
        wants: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let key = self.key_of(&entry.path);
        self.read_entry(&key, entry, wants, false, parse)
    }

    fn read_entry<T>(
        &mut self,
        key: &str,
        entry: &Entry,
        wants: &str,
        echoes: bool,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let place = entry.place();
        let Some(text) = entry.scalar() else {
            self.failed.push(key.to_owned());
            self.problem(&place, format_args!("it is {wants}, and {}", entry.kind()));
            return None;
        };
        match parse(text.trim()) {
            Ok(value) => {
                self.row(key, text.trim(), place);
                Some(value)
            }
            Err(why) => {
                self.failed.push(key.to_owned());
                match echoes {
                    true => self.problem(&place, format_args!("{:?} is not {wants}: {why}", text.trim())),
                    false => self.problem(&place, format_args!("it is not {wants}: {why}")),
                }
                None
            }
        }
    }

    pub(super) fn number(&mut self, key: &'static str) -> Option<u32> {
        self.read(key, "a whole number", |text| text.parse().map_err(|_| "write one, such as 4".to_owned()))
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        self.read(key, "true or false", |text| text.parse().map_err(|_| "write one of them".to_owned()))
    }

    pub(super) fn word<T: Copy>(&mut self, key: &'static str, all: &[(&str, T)]) -> Option<T> {
        let words: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
        let wants =
            format!("one of {}", words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", "));
        self.read(key, &wants, |text| {
            let found = all.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
            found.ok_or_else(|| match nearest::of(text, &words) {
                Some(near) => format!("did you mean {near:?}?"),
                None => "nothing is called so".to_owned(),
            })
        })
    }

    /// Whether a setting is switched off: `retry = "none"`.
    pub(super) fn is_none(&mut self, key: &'static str) -> bool {
        self.is_word(key, "none")
    }

    /// Whether a setting is this word, where it is a table otherwise.
    pub(super) fn is_word(&mut self, key: &'static str, word: &str) -> bool {
        let value = self.table.get(key).map(|value| &value.kind);
        let is_word = matches!(value, Some(ValueKind::String(text)) if text == word);
        if is_word {
            let place = self.take(key).map(|entry| entry.place()).unwrap_or_default();
            self.row(key, word, place);
        }
        is_word
    }

    /// The same with the place that it is from.
    pub(super) fn placed_flag(&mut self, key: &'static str) -> Option<(bool, String)> {
        let flag = self.flag(key)?;
        Some((flag, self.last_place()))
    }

    /// A table below this one.
    pub(super) fn section(&mut self, key: &'static str, read: impl FnOnce(&mut Section<'_>)) {
        let Some(entry) = self.take(key) else { return };
        self.inside(entry, read);
    }

    /// Each of its tables by name, which may be any.
    pub(super) fn sections(&mut self, key: &'static str, mut read: impl FnMut(&str, &mut Section<'_>)) {
        for (name, entry) in self.entries(key) {
            self.inside(entry, |section| read(&name, section));
        }
    }

    fn inside(&mut self, entry: Entry, read: impl FnOnce(&mut Section<'_>)) {
        let (place, kind) = (entry.place(), entry.kind());
        match entry.value.kind {
            ValueKind::Table(table) => {
                let mut section = Section::new(&entry.path, table, self.sink);
                read(&mut section);
                section.end();
            }
            _ => self.problem(&place, format_args!("it is a table, and {kind}")),
        }
    }

    /// All of a table whose keys are anybody's.
    pub(super) fn entries(&mut self, key: &'static str) -> Vec<(String, Entry)> {
        let Some(entry) = self.take(key) else { return Vec::new() };
        let (place, kind) = (entry.place(), entry.kind());
        match entry.value.kind {
            ValueKind::Table(table) => {
                let all: BTreeMap<String, Value> = table.into_iter().collect();
                let path = entry.path;
                let named = |(name, value)| {
                    let path = format!("{path}.{name}");
                    (name, Entry { path, value })
                };
                all.into_iter().map(named).collect()
            }
            _ => {
                self.problem(&place, format_args!("it is a table, and {kind}"));
                Vec::new()
            }
        }
    }

    /// One text or several: a list in a file, commas in a variable.
    pub(super) fn list(&mut self, key: &'static str, wants: &str) -> Option<Vec<String>> {
        let entry = self.take(key)?;
        let place = entry.place();
        let texts = match &entry.value.kind {
            ValueKind::Array(all) => all
                .iter()
                .map(|value| Entry { path: entry.path.clone(), value: value.clone() }.scalar())
                .collect::<Option<Vec<_>>>(),
            _ if entry.is_variable() => {
                entry.scalar().map(|text| text.split(',').map(|word| word.trim().to_owned()).collect())
            }
            _ => entry.scalar().map(|text| vec![text]),
        };
        match texts {
            Some(texts) => {
                self.row(key, texts.join(", "), place);
                Some(texts)
            }
            None => {
                self.problem(&place, format_args!("it is {wants}, and {}", entry.kind()));
                None
            }
        }
    }

    /// A list of tables, or of texts; in a variable texts with commas between them.
    pub(super) fn items(&mut self, key: &'static str) -> Option<Vec<Entry>> {
        let is_list = match self.table.get(key).map(|value| (&value.kind, value.origin())) {
            Some((ValueKind::Array(_), _)) => true,
            Some((ValueKind::String(text), Some(place))) => text.contains(',') && !place.contains(": "),
            _ => false,
        };
        if !is_list {
            return None;
        }
        let entry = self.take(key)?;
        let all: Vec<Value> = match &entry.value.kind {
            ValueKind::Array(all) => all.clone(),
            _ => {
                let place = entry.place();
                let texts = entry.scalar().unwrap_or_default();
                let texts = texts.split(',').map(|text| ValueKind::String(text.trim().to_owned()));
                texts.map(|text| Value::new(Some(&place), text)).collect()
            }
        };
        let path = entry.path;
        let entries = all.into_iter().enumerate();
        Some(entries.map(|(i, value)| Entry { path: format!("{path}[{i}]"), value }).collect())
    }

    /// A table among others in a list.
    pub(super) fn item(&mut self, entry: Entry, read: impl FnOnce(&mut Section<'_>)) {
        self.inside(entry, read);
    }

    /// A path below this section.
    fn key_of(&self, path: &str) -> String {
        path.strip_prefix(&format!("{}.", self.path)).unwrap_or(path).to_owned()
    }

    /// Something that is never printed: a variable has it itself, and a file says where it is.
    pub(super) fn secret(&mut self, key: &'static str) -> Option<Reference> {
        let entry = self.take(key)?;
        self.secret_of(entry)
    }

    pub(super) fn secret_of(&mut self, entry: Entry) -> Option<Reference> {
        self.failed.push(entry.path.rsplit('.').next().unwrap_or_default().to_owned());
        let (place, is_variable) = (self.place_of(&entry), entry.is_variable());
        let below = self.key_of(&entry.path);
        if let ValueKind::Table(_) = entry.value.kind {
            let mut found = Vec::new();
            self.inside(entry, |section| {
                for key in Reference::WORDS {
                    let Some(entry) = section.take(key) else { continue };
                    let place = entry.place();
                    let words = match (&entry.value.kind, key) {
                        (ValueKind::Array(all), "command") => all
                            .iter()
                            .map(|value| Entry { path: String::new(), value: value.clone() }.scalar())
                            .collect::<Option<Vec<_>>>(),
                        (ValueKind::String(text), "command") => {
                            Some(text.split_whitespace().map(str::to_owned).collect())
                        }
                        (ValueKind::String(text), _) => Some(vec![text.clone()]),
                        _ => None,
                    };
                    match words.filter(|words| words.first().is_some_and(|word| !word.is_empty())) {
                        Some(words) => found.push(Reference::new(key, words, place)),
                        None => section.problem(
                            &place,
                            format_args!(
                                "it is a text{}",
                                if key == "command" { " or a list of them" } else { "" }
                            ),
                        ),
                    }
                }
            });
            return match found.len() {
                1 => {
                    let reference = found.pop()?;
                    self.row(&below, reference.to_string(), reference.place.clone());
                    Some(reference)
                }
                0 => {
                    self.problem(&place, format_args!("it does not say where the secret is: {FORMS}"));
                    None
                }
                _ => {
                    let place = found.pop().map_or(place, |last| last.place);
                    self.problem(&place, "there is more than one place for the secret");
                    None
                }
            };
        }
        match entry.scalar() {
            Some(text) if is_variable => {
                self.row(&below, "***", place.clone());
                Some(Reference::given(text, place))
            }
            Some(_) => {
                self.problem(&place, format_args!("a secret does not stand in a file: {FORMS}"));
                None
            }
            None => {
                self.problem(&place, format_args!("{} where a secret should be: {FORMS}", entry.kind()));
                None
            }
        }
    }

    /// What nobody has asked for.
    pub(super) fn end(mut self) {
        for (key, value) in std::mem::take(&mut self.table) {
            let place = place_of(&value)
                .unwrap_or_else(|| format!("services.{}.{}", self.sink.service, self.below(&key)));
            self.problem(
                &place,
                format_args!("nothing is called `{key}` here{}", nearest::among(&key, &self.asked)),
            );
        }
    }
}
