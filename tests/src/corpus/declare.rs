//! A case as a module: a trait with one method, and a function that calls it.

use super::{
    Json,
    case::{Case, Param},
    rust::{Items, Typed, identifier, is_plain, literal, separator_of},
};
use std::fmt::Write as _;

/// What every module begins with.
pub const HEAD: &str = "#![allow(dead_code, unused_imports, non_snake_case, clippy::all)]\n\
    use apiclient::prelude::*;\n\
    use apiclient_tests::corpus::lab::{Lab, Map, flat, joined};\n\
    use serde::Serialize;\n\
    use std::sync::Arc;\n";

const RUN: &str = "pub fn run(lab: Arc<Lab>) -> apiclient::transport::BoxFuture<'static, Result<String, apiclient::Error>> {\n    \
     Box::pin(async move {\n        ";

struct Argument {
    attributes: Vec<String>,
    name: String,
    value: Typed,
}

struct Declaration<'a> {
    case: &'a Case,
    items: Items,
    template: Option<String>,
    on_trait: Vec<String>,
    on_method: Vec<String>,
    arguments: Vec<Argument>,
}

/// The module of a case.
///
/// # Errors
///
/// What cannot be said in this language.
pub fn module(case: &Case) -> Result<String, String> {
    let mut it = Declaration {
        case,
        items: Items::default(),
        template: case.path_template.as_deref().map(insecure),
        on_trait: Vec::new(),
        on_method: Vec::new(),
        arguments: Vec::new(),
    };
    it.timeouts();
    for param in &case.params {
        it.param(param)?;
    }
    it.encodings();
    Ok(it.text())
}

/// TLS is not what this is about.
pub fn insecure(url: &str) -> String {
    match url.strip_prefix("https://") {
        Some(rest) => format!("http://{rest}"),
        None => url.to_owned(),
    }
}

/// The variables of a template, by a reader that takes everything.
pub fn variables(template: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for piece in template.split('{').skip(1) {
        let inner = piece.split('}').next().unwrap_or_default();
        let inner =
            inner.trim_start_matches(['+', '#', '.', '/', ';', '?', '&', '*', '|', '!', '@', '=', '$']);
        for name in inner.split(',') {
            let name = name.split(':').next().unwrap_or_default().trim_end_matches('*');
            if !name.is_empty() && !out.iter().any(|n| n == name) {
                out.push(name.to_owned());
            }
        }
    }
    out
}

/// Scheme and authority of an absolute URL.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    Some(format!("{scheme}://{authority}"))
}

/// The path of an absolute URL, without the slash at its end.
pub fn base_path(url: &str) -> String {
    let start = origin(url).map_or(0, |o| o.len());
    url[start..].split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_owned()
}

fn attribute(word: &str, first: Option<String>, options: &[String]) -> String {
    let inside: Vec<_> = first.into_iter().chain(options.iter().cloned()).collect();
    if inside.is_empty() { format!("#[{word}]") } else { format!("#[{word}({})]", inside.join(", ")) }
}

impl Declaration<'_> {
    fn timeouts(&mut self) {
        let Some(timeouts) = self.case.settings.get("timeout_s") else { return };
        let limit = |scope: &str| {
            let seconds = timeouts.get(scope).and_then(Json::scalar)?.parse::<f64>().ok()?;
            Some(format!("#[timeout(\"{}ms\")]", seconds * 1000.0))
        };
        self.on_trait.extend(limit("interface"));
        self.on_method.extend(limit("method"));
    }

    /// The roles say the encoding, so that two encodings are two roles.
    fn encodings(&mut self) {
        for encoding in self.case.encoding.list().unwrap_or_default().iter().filter_map(Json::text) {
            let word = if encoding == "multipart" { "part" } else { "field" };
            let value = self.items.value(&Json::Text(encoding.to_owned()));
            let attributes = vec![attribute(word, None, &[])];
            self.arguments.push(Argument { attributes, name: identifier(encoding), value });
        }
    }

    fn param(&mut self, param: &Param) -> Result<(), String> {
        match param.kinds().as_slice() {
            [] => self.roleless(param),
            ["path"] => self.path(param)?,
            [first, others @ ..] if *first == "path" && !self.case.fails() => {
                self.path(param)?;
                self.more_roles(param, others)?;
            }
            ["query" | "query_map" | "query_object" | "field" | "field_map"] => self.pairs(param)?,
            ["query_name"] => {
                let value = self.items.value(param.value());
                let mut options = vec!["flag".to_owned()];
                options.extend(param.flag("encoded").then(|| "encoded".to_owned()));
                self.argument(param, attribute("query", param.name().map(literal), &options), value);
            }
            ["header"] => {
                let mut options = self.format(param)?;
                let value = self.items.value(param.value());
                let separator = param.text("collection_format").and_then(separator_of);
                if let Some(separator) = separator.filter(|_| param.value().list().is_some()) {
                    options.push(self.joined(&value.ty, separator));
                }
                self.argument(param, attribute("header", param.name().map(literal), &options), value);
            }
            ["header_map"] => {
                let value = self.shape(param, None);
                self.argument(param, "#[headers]".into(), value);
            }
            ["static_header"] => self.static_header(param),
            ["part" | "part_map"] => self.part(param),
            ["body"] => self.body(param)?,
            ["url"] => self.url(param),
            ["tag"] => {
                let value = self.items.value(param.value());
                self.argument(param, "#[extension]".into(), value);
            }
            [kind] => return Err(format!("the kind `{kind}` is not known")),
            kinds => self.too_many_roles(param, kinds),
        }
        Ok(())
    }

    /// An argument with the name that fits.
    fn argument(&mut self, param: &Param, attribute: String, value: Typed) {
        let name = self.free_name(param);
        self.arguments.push(Argument { attributes: vec![attribute], name, value });
    }

    fn free_name(&self, param: &Param) -> String {
        let name = identifier(param.name().or_else(|| param.kinds().first().copied()).unwrap_or("value"));
        match self.arguments.iter().any(|a| a.name == name) {
            true => format!("{name}_{}", self.arguments.len()),
            false => name,
        }
    }

    fn roleless(&mut self, param: &Param) {
        let (name, value) = (self.free_name(param), self.items.value(param.value()));
        self.arguments.push(Argument { attributes: Vec::new(), name, value });
    }

    fn too_many_roles(&mut self, param: &Param, kinds: &[&str]) {
        let wire = param.name().or(param.text("header_name")).map(literal);
        let attributes = kinds.iter().filter(|k| **k != "path").map(|k| attribute(k, wire.clone(), &[]));
        let attributes = attributes.collect();
        let (name, value) = (self.free_name(param), self.items.value(param.value()));
        self.arguments.push(Argument { attributes, name, value });
    }

    /// The other roles of a template's argument: a header or a parameter of the method that takes its value.
    fn more_roles(&mut self, param: &Param, others: &[&str]) -> Result<(), String> {
        let argument = self.arguments.last().map_or("", |a| a.name.as_str()).to_owned();
        for other in others {
            let wire = param.text(&format!("{other}_name")).or(param.name()).unwrap_or_default();
            match *other {
                "header" | "query" => {
                    self.on_method.push(format!("#[{other}({}, \"{{{argument}}}\")]", literal(wire)));
                }
                other => return Err(format!("`path` together with `{other}`")),
            }
        }
        Ok(())
    }

    fn path(&mut self, param: &Param) -> Result<(), String> {
        let name = param.name().ok_or("a path argument without a name")?;
        let variables = self.template.as_deref().map(variables).unwrap_or_default();
        let stars = format!("**{name}");
        let same = |v: &&String| **v == name || **v == stars;
        let variable = variables.iter().find(same);
        let variable = variable.or_else(|| variables.iter().find(|v| v.eq_ignore_ascii_case(name)));
        let variable = variable.map_or(name, |v| v.trim_start_matches('*')).to_owned();
        let mut value = param.value().clone();
        if param.flag("segments") {
            self.rewrite(
                &[format!("/{{**{variable}}}"), format!("/{{{variable}}}")],
                &format!("{{/{variable}*}}"),
            );
            value = segments_of(&value);
        } else if param.flag("encoded") {
            self.rewrite(&[format!("{{{variable}}}")], &format!("{{+{variable}}}"));
        }
        let mut options = self.format(param)?;
        if value.text() == Some("") && !self.case.fails() {
            options.insert(0, "allow_empty".into());
        }
        let attributes = if options.is_empty() { vec![] } else { vec![attribute("param", None, &options)] };
        let value = self.items.value(&value);
        self.arguments.push(Argument { attributes, name: identifier(&variable), value });
        Ok(())
    }

    fn rewrite(&mut self, from: &[String], to: &str) {
        if let Some(template) = &mut self.template {
            for text in from {
                *template = template.replace(text, to);
            }
        }
    }

    /// `with = f` for a value that is written in a format.
    fn format(&mut self, param: &Param) -> Result<Vec<String>, String> {
        let Some(format) = param.text("format") else { return Ok(Vec::new()) };
        let (whole, decimals) = format.split_once('.').unwrap_or((format, ""));
        if !whole.chars().chain(decimals.chars()).all(|c| c == '0') {
            return Err(format!("the format `{format}` is not known"));
        }
        let point = usize::from(!decimals.is_empty());
        let width = whole.len() + point + decimals.len();
        let body = format!("format!(\"{{:0{width}.{}}}\", *value as f64)", decimals.len());
        let ty = self.items.value(param.value()).ty;
        Ok(vec![format!("with = {}", self.items.function(&ty, "String", &body))])
    }

    /// Query parameters and form fields: one value, or all of a struct or a map.
    fn pairs(&mut self, param: &Param) -> Result<(), String> {
        let word = if param.is("field") || param.is("field_map") { "field" } else { "query" };
        let format = param.text("collection_format");
        let format = format.or_else(|| self.case.settings.get("collection_format").and_then(Json::text));
        let mut options = self.format(param)?;
        options.extend(param.flag("encoded").then(|| "encoded".to_owned()));
        let value = self.shape(param, format.and_then(separator_of));
        options.extend(self.collection(param, format, &value.ty));
        let nested = param.entries().is_some_and(|entries| {
            entries.iter().any(|e| e.value.is_object() && e.options.get("delimiter").is_none())
        });
        let mut wire = param.name().filter(|n| !is_plain(n) || self.is_taken(n)).map(literal);
        if param.text("prefix").is_some() || param.text("delimiter").is_some() {
            let (prefix, delimiter) =
                (param.text("prefix").unwrap_or(""), param.text("delimiter").unwrap_or("."));
            let body = format!("flat(value, {}, {})", literal(prefix), literal(delimiter));
            let function = self.items.function(&value.ty, "apiclient_tests::corpus::Json", &body);
            options.push(format!("with = {function}"));
        } else if nested {
            wire = wire.or_else(|| Some(literal("")));
            options.push(format!("style = {}", self.nested_style()));
        }
        self.argument(param, attribute(word, wire, &options), value);
        Ok(())
    }

    fn is_taken(&self, name: &str) -> bool {
        self.arguments.iter().any(|a| a.name == name)
    }

    /// How a list is written.
    fn collection(&mut self, param: &Param, format: Option<&str>, ty: &str) -> Option<String> {
        param.value().list()?;
        match format? {
            "csv" => Some("explode = false".into()),
            "ssv" => Some("style = space".into()),
            "pipes" => Some("style = pipe".into()),
            "tsv" => Some(self.joined(ty, "\t")),
            _ => None,
        }
    }

    fn joined(&mut self, ty: &str, separator: &str) -> String {
        let body = format!("joined(value, {})", literal(separator));
        format!("with = {}", self.items.function(ty, "String", &body))
    }

    /// The style that what is expected is written in.
    fn nested_style(&self) -> &'static str {
        let expected = self.case.expected.as_ref();
        let body = expected.and_then(|e| e.body.text()).unwrap_or_default();
        let url = expected.and_then(|e| e.url.clone()).unwrap_or_default();
        let text = format!("{body}{url}");
        if text.contains("%5B") || text.contains('[') { "brackets" } else { "dots" }
    }

    /// A map or a struct, or whatever value stands in its place.
    fn shape(&mut self, param: &Param, separator: Option<&str>) -> Typed {
        let Some(entries) = param.entries() else {
            if param.0.get("entries").is_some() {
                return Typed { ty: "Option<Map<&'static str, &'static str>>".into(), expr: "None".into() };
            }
            return self.items.value(param.value());
        };
        let map = if param.is("query_object") { None } else { self.items.map(&entries) };
        map.unwrap_or_else(|| self.items.structure(&entries, separator))
    }

    fn static_header(&mut self, param: &Param) {
        let line = param.value().text().unwrap_or_default();
        let text = match line.split_once(':') {
            Some((name, value)) => {
                let value = self.escaped(value.trim_start());
                format!("#[header({}, {})]", literal(name.trim()), literal(&value))
            }
            None if self.case.fails() => format!("#[header({})]", literal(line)),
            None => format!("#[header({}, none)]", literal(line.trim())),
        };
        match param.text("scope") {
            Some("interface") => self.on_trait.push(text),
            _ => self.on_method.push(text),
        }
    }

    /// `{name}` is an argument; where there is none of that name, it is meant as text.
    fn escaped(&self, value: &str) -> String {
        let is_name = |n: &str| !n.is_empty() && n.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let mut out = value.to_owned();
        for name in variables(value).iter().filter(|n| is_name(n)) {
            if !self.case.params.iter().any(|p| p.name() == Some(name)) {
                out = out.replace(&format!("{{{name}}}"), &format!("{{{{{name}}}}}"));
            }
        }
        out
    }

    fn part(&mut self, param: &Param) {
        let named = |v: &Json| v.get("name").is_some();
        if param.value().list().is_some_and(|list| list.iter().any(named)) {
            let value = parts(param.value().list().unwrap_or_default());
            return self.argument(param, attribute("part", param.name().map(literal), &[]), value);
        }
        let option = |word: &str, key: &str| param.text(key).map(|v| format!("{word} = {}", literal(v)));
        let options: Vec<_> =
            option("file_name", "filename").into_iter().chain(option("mime", "content_type")).collect();
        let value = self.shape(param, None);
        let mut options = options;
        if param.text("serialize") == Some("json") {
            options.extend(
                param.text("content_type").is_none().then(|| "mime = \"application/json\"".to_owned()),
            );
            let body = "serde_json::to_string(value).unwrap()";
            options.push(format!("with = {}", self.items.function(&value.ty, "String", body)));
        }
        let wire = param.name().filter(|n| !is_plain(n) || self.is_taken(n)).map(literal);
        self.argument(param, attribute("part", wire, &options), value);
    }

    fn body(&mut self, param: &Param) -> Result<(), String> {
        let kind = match param.text("serialize") {
            Some(kind @ ("json" | "form" | "text")) => kind,
            Some(kind) => return Err(format!("a body serialized as `{kind}`")),
            None if param.entries().is_some() || param.value().list().is_some() => "json",
            None => "text",
        };
        let usual = match kind {
            "json" => "application/json",
            "form" => "application/x-www-form-urlencoded",
            _ => "text/plain",
        };
        let value = self.shape(param, None);
        let attribute = if kind == "json" { "#[body]".to_owned() } else { format!("#[body({kind})]") };
        self.argument(param, attribute, value);
        let is_said = |p: &Param| {
            p.value().text().is_some_and(|line| line.to_ascii_lowercase().starts_with("content-type:"))
        };
        let other = param.text("content_type").filter(|t| !t.starts_with(usual));
        if let Some(content_type) = other.filter(|_| !self.case.params.iter().any(is_said)) {
            self.on_method.push(format!("#[header(\"Content-Type\", {})]", literal(content_type)));
        }
        Ok(())
    }

    fn url(&mut self, param: &Param) {
        let value = match param.value() {
            Json::Text(url) => Json::Text(insecure(url)),
            other => other.clone(),
        };
        let value = self.items.value(&value);
        self.argument(param, "#[url]".into(), value);
    }

    /// The origins that the case goes to besides its base.
    fn origins(&self) -> Vec<String> {
        if self.case.fails() {
            return Vec::new();
        }
        let urls = self.case.params.iter().filter(|p| p.is("url")).filter_map(|p| p.value().text());
        let all = self.template.as_deref().into_iter().chain(urls).filter_map(origin);
        let own = origin(&insecure(&self.case.base_url));
        all.map(|o| insecure(&o)).filter(|o| Some(o) != own.as_ref()).collect()
    }

    fn verb(&self, method: &str) -> String {
        let template = self.template.as_deref().map(literal);
        let word = method.to_ascii_lowercase();
        let known = ["get", "post", "put", "patch", "delete", "head", "options"].contains(&word.as_str());
        let has_body = ["body", "field", "field_map", "part", "part_map"].iter().any(|k| self.case.has(k));
        let refused = matches!(method, "GET" | "HEAD") && has_body && !self.case.fails();
        if known && !refused && method == method.to_ascii_uppercase() {
            return attribute(&word, template, &[]);
        }
        attribute("http", Some(literal(method)), &template.into_iter().collect::<Vec<_>>())
    }

    fn text(&self) -> String {
        let base = insecure(&self.case.base_url);
        let mut options = vec![format!("base_url = {}", literal(&base))];
        let origins: Vec<_> = self.origins().iter().map(|o| literal(o)).collect();
        if !origins.is_empty() {
            options.push(format!("allow_origins = [{}]", origins.join(", ")));
        }
        let verbs = self.case.methods().into_iter().map(|m| self.verb(m));
        let on_method: Vec<_> = verbs.chain(self.on_method.iter().cloned()).collect();
        let arguments = self.arguments.iter();
        let declared: Vec<_> = arguments
            .clone()
            .map(|a| format!(", {} {}: {}", a.attributes.join(" "), a.name, a.value.ty))
            .collect();
        let given: Vec<_> = arguments.map(|a| a.value.expr.clone()).collect();
        format!(
            "//! {id}\n{HEAD}\n{items}\n#[api_client({options})]\n{on_trait}\npub trait Declared {{\n    {on_method}\n    \
             fn call(&self{declared}) -> Call<String>;\n}}\n\n\
             {RUN}let api = lab.fit(DeclaredClient::builder(), {path})?;\n        \
             api.call({given}).await\n    }})\n}}\n",
            id = self.case.id.replace(['\n', '\r'], " "),
            items = self.items.text,
            options = options.join(", "),
            on_trait = self.on_trait.join("\n"),
            on_method = on_method.join("\n    "),
            declared = declared.concat(),
            path = literal(&base_path(&base)),
            given = given.join(", "),
        )
    }
}

/// A method without roles: every argument stands in the template.
#[derive(Debug)]
pub struct Prepared<'a> {
    pub base: &'a str,
    pub template: &'a str,
    pub arguments: &'a [(String, Json)],
}

/// The module that gives the URL of such a method.
pub fn prepared(method: &Prepared<'_>) -> String {
    let mut items = Items::default();
    let mut declared = String::new();
    let mut given = Vec::new();
    for (name, value) in method.arguments {
        let value = items.value(value);
        let _ = write!(declared, ", {}: {}", identifier(name), value.ty);
        given.push(value.expr);
    }
    format!(
        "{HEAD}\n{items}\n#[api_client(base_url = {base})]\npub trait Declared {{\n    #[get({template})]\n    \
         fn call(&self{declared}) -> Call<String>;\n}}\n\n{RUN}\
         let request = DeclaredClient::new()?.call({given}).into_request()?;\n        \
         Ok(request.url().to_string())\n    }})\n}}\n",
        items = items.text,
        base = literal(method.base),
        template = literal(method.template),
        given = given.join(", "),
    )
}

fn segments_of(value: &Json) -> Json {
    match value {
        Json::Text(text) => Json::List(text.split('/').map(|s| Json::Text(s.to_owned())).collect()),
        other => other.clone(),
    }
}

/// Parts that come with their names.
fn parts(list: &[Json]) -> Typed {
    let text = |part: &Json, key: &str| part.get(key).and_then(Json::scalar);
    let part = |part: &Json| {
        let file = text(part, "filename").map(|f| format!(".file_name({})", literal(&f))).unwrap_or_default();
        let value = literal(&text(part, "value").unwrap_or_default());
        let name = literal(&text(part, "name").unwrap_or_default());
        format!("apiclient::Part::text({value}).name({name}){file}")
    };
    let parts: Vec<_> = list.iter().map(part).collect();
    Typed { ty: "Vec<apiclient::Part>".into(), expr: format!("vec![{}]", parts.join(", ")) }
}
