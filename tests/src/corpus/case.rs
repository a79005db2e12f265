//! A case of the corpus of requests, as its README describes it.

use super::{Json, wire::Pairs};
use serde::Deserialize;
use std::{fmt, fs, path::Path};

/// How binding a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Every sensible client agrees.
    Core,
    /// True once an option is switched on.
    Option,
    /// The libraries contradict each other.
    Dialect,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Core => "core",
            Level::Option => "option",
            Level::Dialect => "dialect",
        })
    }
}

/// One case.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    pub id: String,
    pub level: Level,
    pub method: Json,
    pub base_url: String,
    pub path_template: Option<String>,
    #[serde(default = "null")]
    pub encoding: Json,
    #[serde(default = "null")]
    pub settings: Json,
    pub params: Vec<Param>,
    pub expected: Option<Expected>,
    pub expected_error: Option<ExpectedError>,
}

fn null() -> Json {
    Json::Null
}

/// What must arrive.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Expected {
    pub method: Option<String>,
    pub url: Option<String>,
    pub decoded: Option<Decoded>,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    #[serde(default)]
    pub absent_headers: Vec<String>,
    #[serde(default)]
    pub body: Body,
    pub content_type: Option<String>,
    pub multipart: Option<Vec<ExpectedPart>>,
}

/// The body that must arrive.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(from = "Option<String>")]
pub enum Body {
    #[default]
    Unsaid,
    Text(String),
}

impl From<Option<String>> for Body {
    /// Null says that there is none.
    fn from(text: Option<String>) -> Self {
        Body::Text(text.unwrap_or_default())
    }
}

impl Body {
    pub fn text(&self) -> Option<&str> {
        match self {
            Body::Unsaid => None,
            Body::Text(text) => Some(text),
        }
    }
}

/// A URL, split and decoded.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Decoded {
    #[serde(default)]
    pub path_segments: Vec<String>,
    #[serde(default)]
    pub query: Pairs,
}

/// A part of a multipart body.
#[derive(Debug, Clone, Deserialize)]
pub struct ExpectedPart {
    pub name: String,
    pub value: String,
    pub filename: Option<String>,
}

/// What must fail, and when at the latest.
#[derive(Debug, Clone, Deserialize)]
pub struct ExpectedError {
    pub stage: String,
    pub reason: String,
}

impl Case {
    /// The methods: none, one, or too many.
    pub fn methods(&self) -> Vec<&str> {
        match &self.method {
            Json::List(list) => list.iter().filter_map(Json::text).collect(),
            method => method.text().into_iter().collect(),
        }
    }

    pub fn template(&self) -> &str {
        self.path_template.as_deref().unwrap_or_default()
    }

    pub fn fails(&self) -> bool {
        self.expected_error.is_some()
    }

    pub fn has(&self, kind: &str) -> bool {
        self.params.iter().any(|p| p.is(kind))
    }

    pub fn is_multipart(&self) -> bool {
        self.encoding.text() == Some("multipart") || self.has("part") || self.has("part_map")
    }

    /// Fields make a form; `encoding` only says so again.
    pub fn is_form(&self) -> bool {
        self.encoding.text() == Some("form") || self.has("field") || self.has("field_map")
    }
}

/// An argument. It is read by what is asked of it, so that a key more does no harm.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Param(pub Json);

/// A member of a map or a struct: key, value, options.
#[derive(Debug, Clone)]
pub struct Entry {
    pub key: Json,
    pub value: Json,
    pub options: Json,
}

impl Param {
    /// The roles: none for null.
    pub fn kinds(&self) -> Vec<&str> {
        match self.0.get("kind") {
            Some(Json::List(list)) => list.iter().filter_map(Json::text).collect(),
            kind => kind.and_then(Json::text).into_iter().collect(),
        }
    }

    pub fn is(&self, kind: &str) -> bool {
        self.kinds().contains(&kind)
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(Json::text)
    }

    pub fn flag(&self, key: &str) -> bool {
        self.0.get(key) == Some(&Json::Bool(true))
    }

    pub fn name(&self) -> Option<&str> {
        self.text("name")
    }

    /// Null when it is not said.
    pub fn value(&self) -> &Json {
        self.0.get("value").unwrap_or(&Json::Null)
    }

    /// The members of a map or a struct, `None` where it is another value or null.
    pub fn entries(&self) -> Option<Vec<Entry>> {
        if let Some(entries) = self.0.get("entries") {
            return entries.list().map(|list| list.iter().map(entry).collect());
        }
        match self.value() {
            Json::Object(members) if self.value().is_object() => Some(members_of(members)),
            _ => None,
        }
    }
}

/// A JSON object's members.
pub fn members_of(members: &[(String, Json)]) -> Vec<Entry> {
    let entry = |(key, value): &(String, Json)| Entry {
        key: Json::Text(key.clone()),
        value: value.clone(),
        options: Json::Null,
    };
    members.iter().map(entry).collect()
}

fn entry(pair: &Json) -> Entry {
    let at = |i: usize| pair.list().and_then(|list| list.get(i)).cloned().unwrap_or(Json::Null);
    Entry { key: at(0), value: at(1), options: at(2) }
}

/// A case, or its name and why it cannot be read.
pub type Read = Result<Case, (String, String)>;

/// The cases of a folder.
///
/// # Panics
///
/// Where there is no `cases.json`, or it is no list.
pub fn read(folder: &Path) -> Vec<Read> {
    let text = fs::read_to_string(folder.join("cases.json")).expect("the corpus has its cases");
    let Json::List(cases) = Json::parse(&text).expect("the corpus is JSON") else {
        panic!("the corpus is no list");
    };
    cases.iter().map(read_one).collect()
}

fn read_one(case: &Json) -> Read {
    let id = case.get("id").and_then(Json::text).unwrap_or("a case without an id");
    serde_json::from_str(&case.to_string()).map_err(|e| (id.to_owned(), format!("it cannot be read: {e}")))
}
