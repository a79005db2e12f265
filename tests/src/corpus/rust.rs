//! Values as Rust: their types, the items those need, and the expressions.

use super::{
    Json,
    case::{Entry, members_of},
};
use std::fmt::Write as _;

/// A type and an expression of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    pub ty: String,
    pub expr: String,
}

fn typed(ty: impl Into<String>, expr: impl Into<String>) -> Typed {
    Typed { ty: ty.into(), expr: expr.into() }
}

/// Where the items of a case's module come together.
#[derive(Debug, Default)]
pub struct Items {
    pub text: String,
    count: usize,
    /// Bodies of types, and what those are called: the same type twice is one type.
    types: Vec<(String, String)>,
}

/// A literal of this text.
pub fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// A name of an argument for a name on the wire: what no identifier has becomes `_`, a leading digit gets one in front.
pub fn identifier(name: &str) -> String {
    let mut out: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if out.is_empty() || out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert(0, '_');
    }
    if ["_", "self", "Self", "super", "crate"].contains(&out.as_str()) {
        return format!("{out}_");
    }
    if KEYWORDS.contains(&out.as_str()) { format!("r#{out}") } else { out }
}

/// Is the name one that an argument can have as it is?
pub fn is_plain(name: &str) -> bool {
    identifier(name) == name && !name.starts_with('_')
}

const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

impl Items {
    /// A name that is not taken yet.
    pub fn fresh(&mut self, stem: &str) -> String {
        self.count += 1;
        format!("{stem}{}", self.count)
    }

    /// A function; `body` may use `value`.
    pub fn function(&mut self, ty: &str, output: &str, body: &str) -> String {
        let name = self.fresh("with_");
        let _ = writeln!(self.text, "fn {name}(value: &{ty}) -> {output} {{ {body} }}");
        name
    }

    /// A value by its JSON type.
    pub fn value(&mut self, value: &Json) -> Typed {
        match value {
            Json::Null => typed("Option<&'static str>", "None"),
            Json::Bool(v) => typed("bool", v.to_string()),
            Json::Int(v) => typed("i64", v.to_string()),
            Json::Float(v) => typed("f64", format!("{v:?}")),
            Json::Text(v) => typed("&'static str", literal(v)),
            Json::List(list) => self.list(list),
            Json::Object(_) if value.variant().is_some() => self.variant(value),
            Json::Object(members) => self.structure(&members_of(members), None),
        }
    }

    fn list(&mut self, list: &[Json]) -> Typed {
        let some: Vec<_> = list.iter().filter(|v| !v.is_null()).map(|v| self.value(v)).collect();
        let ty = some.first().map_or("&'static str".to_owned(), |v| v.ty.clone());
        if some.iter().any(|v| v.ty != ty) {
            let text = Json::List(list.to_vec()).to_string();
            return typed(
                "Vec<serde_json::Value>",
                format!("serde_json::from_str({}).unwrap()", literal(&text)),
            );
        }
        if some.len() == list.len() {
            let exprs: Vec<_> = some.into_iter().map(|v| v.expr).collect();
            return typed(format!("Vec<{ty}>"), format!("vec![{}]", exprs.join(", ")));
        }
        let mut some = some.into_iter();
        let mut expr = |v: &Json| match v {
            Json::Null => "None".to_owned(),
            _ => some.next().map_or_else(String::new, |v| format!("Some({})", v.expr)),
        };
        let exprs: Vec<_> = list.iter().map(&mut expr).collect();
        typed(format!("Vec<Option<{ty}>>"), format!("vec![{}]", exprs.join(", ")))
    }

    /// An enum with its names on the wire.
    fn variant(&mut self, value: &Json) -> Typed {
        let Some(Json::Object(names)) = value.get("enum") else { return typed("()", "()") };
        let mut chosen = String::new();
        let mut variants = String::new();
        for (i, (variant, wire)) in names.iter().enumerate() {
            let _ =
                write!(variants, "#[serde(rename = {})] V{i}, ", literal(wire.text().unwrap_or_default()));
            if value.get("variant").and_then(Json::text) == Some(variant) {
                chosen = format!("V{i}");
            }
        }
        let name = self.declared("enum", &variants);
        typed(&name, format!("{name}::{chosen}"))
    }

    /// A struct with its names on the wire; `separator` joins the lists in it.
    pub fn structure(&mut self, entries: &[Entry], separator: Option<&str>) -> Typed {
        let (mut fields, mut values) = (String::new(), String::new());
        for (i, entry) in entries.iter().enumerate() {
            let value = self.value(&entry.value);
            let helper = self.field_helper(entry, &value.ty, separator);
            let wire = entry.key.scalar().unwrap_or_default();
            let serde = helper.unwrap_or_else(|| format!("rename = {}", literal(&wire)));
            let _ = write!(fields, "#[serde({serde})] f{i}: {}, ", value.ty);
            let _ = write!(values, "f{i}: {}, ", value.expr);
        }
        let name = self.declared("struct", &fields);
        typed(&name, format!("{name} {{ {values}}}"))
    }

    fn declared(&mut self, keyword: &str, body: &str) -> String {
        if let Some((_, name)) = self.types.iter().find(|(known, _)| known == body) {
            return name.clone();
        }
        let name = self.fresh("Type");
        let _ = writeln!(self.text, "#[derive(Debug, Clone, Serialize)] pub {keyword} {name} {{ {body}}}");
        self.types.push((body.to_owned(), name.clone()));
        name
    }

    /// What serde is told about a field that is written in a way of its own.
    fn field_helper(&mut self, entry: &Entry, ty: &str, separator: Option<&str>) -> Option<String> {
        let wire = entry.key.scalar().unwrap_or_default();
        if entry.options.get("delimiter").is_some() || entry.options.get("prefix").is_some() {
            let delimiter = entry.options.get("delimiter").and_then(Json::text).unwrap_or(".");
            let prefix = entry.options.get("prefix").and_then(Json::text);
            let name = prefix.map_or(wire.clone(), |prefix| format!("{prefix}{delimiter}{wire}"));
            let body = format!("flat(value, {}, {}).serialize(out)", literal(&name), literal(delimiter));
            return Some(format!("flatten, serialize_with = \"{}\"", self.serializer(ty, &body)));
        }
        let own = entry.options.get("collection_format").and_then(Json::text).and_then(separator_of);
        let separator = own.or(separator).filter(|_| entry.value.list().is_some())?;
        let body = format!("joined(value, {}).serialize(out)", literal(separator));
        Some(format!("rename = {}, serialize_with = \"{}\"", literal(&wire), self.serializer(ty, &body)))
    }

    fn serializer(&mut self, ty: &str, body: &str) -> String {
        let name = self.fresh("serialize_");
        let head =
            format!("fn {name}<S: serde::Serializer>(value: &{ty}, out: S) -> Result<S::Ok, S::Error>");
        let _ = writeln!(self.text, "{head} {{ {body} }}");
        name
    }

    /// A map, where its keys and its values are of one type each.
    pub fn map(&mut self, entries: &[Entry]) -> Option<Typed> {
        let keys = self.list(&entries.iter().map(|e| e.key.clone()).collect::<Vec<_>>());
        let values = self.list(&entries.iter().map(|e| e.value.clone()).collect::<Vec<_>>());
        let scalar =
            |e: &Entry| e.value.is_null() || e.value.scalar().is_some() && e.value.variant().is_none();
        if !entries.iter().all(scalar) || !entries.iter().all(|e| e.options.is_null()) {
            return None;
        }
        let of = |ty: &str| ty.strip_prefix("Vec<").and_then(|t| t.strip_suffix('>')).map(str::to_owned);
        let inner = |e: &str| e.strip_prefix("vec![").is_some();
        let (key, value) = (of(&keys.ty)?, of(&values.ty)?);
        if !inner(&keys.expr) || !inner(&values.expr) {
            return None;
        }
        let pairs: Vec<_> = entries.iter().map(|e| self.pair(e, &key, &value)).collect();
        Some(typed(format!("Map<{key}, {value}>"), format!("Map(vec![{}])", pairs.join(", "))))
    }

    fn pair(&mut self, entry: &Entry, key: &str, value: &str) -> String {
        let wrapped = |value: Typed, ty: &str| match ty.starts_with("Option") && value.expr != "None" {
            true => format!("Some({})", value.expr),
            false => value.expr,
        };
        let (k, v) = (self.value(&entry.key), self.value(&entry.value));
        format!("({}, {})", wrapped(k, key), wrapped(v, value))
    }
}

/// What stands between the values of a list in one parameter.
pub fn separator_of(format: &str) -> Option<&'static str> {
    match format {
        "csv" => Some(","),
        "ssv" => Some(" "),
        "tsv" => Some("\t"),
        "pipes" => Some("|"),
        _ => None,
    }
}
