//! Arguments: what each of them becomes, and with which options.

use crate::{
    args::{Attr, is_word, shown, text},
    errors::{Errors, hint, list, nearest},
    lower::{header_name, split},
    model::{Argument, Codec, Role, Style, Template, Tuning, Variable, Word, plain},
    words::Place,
};
use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Attribute, Expr, FnArg, LitBool, LitStr, Pat, spanned::Spanned};

/// What an argument is read against.
struct Scope<'a> {
    name: &'a str,
    template: &'a Template,
    /// Names in the values of declared headers and query parameters.
    named: &'a [&'a str],
    /// Variables that no argument is called like.
    lost: &'a [&'a Variable],
    errors: &'a Errors,
}

/// All arguments of an endpoint that could be read.
pub(crate) fn arguments<'a>(
    sig: &'a syn::Signature,
    template: &Template,
    named: &[&str],
    name: &str,
    errors: &Errors,
) -> Vec<Argument<'a>> {
    let all: Vec<String> = sig.inputs.iter().filter_map(pattern).map(plain).collect();
    let lost: Vec<&Variable> = template.variables().filter(|v| !all.contains(&v.argument)).collect();
    let scope = Scope { name, template, named, lost: &lost, errors };
    sig.inputs.iter().filter_map(|input| argument(input, &scope)).collect()
}

/// Whether an argument is the URL of the call.
pub(crate) fn is_url(input: &FnArg) -> bool {
    matches!(input, FnArg::Typed(input) if input.attrs.iter().any(|a| a.path().is_ident("url")))
}

/// Without `mut`, `ref` and `@`, which no declaration can have.
fn is_plain(pattern: &syn::PatIdent) -> bool {
    pattern.by_ref.is_none() && pattern.mutability.is_none() && pattern.subpat.is_none()
}

/// The name of an argument.
fn pattern(input: &FnArg) -> Option<&Ident> {
    match input {
        FnArg::Typed(input) => match &*input.pat {
            Pat::Ident(pattern) if is_plain(pattern) => Some(&pattern.ident),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    }
}

fn argument<'a>(input: &'a FnArg, scope: &Scope<'_>) -> Option<Argument<'a>> {
    let ident = pattern(input);
    let FnArg::Typed(input) = input else { return None };
    let Scope { name, errors, .. } = scope;
    let Some(ident) = ident else {
        errors.at(
            &input.pat,
            format!(
                "an argument of `{name}` has to be a plain name, which is what it is called in the template"
            ),
        );
        return None;
    };
    let before = errors.count();
    let (ours, attrs) = split(&input.attrs, &[Place::Argument], "argument", errors);
    if errors.count() > before {
        return None;
    }
    let (role, tuning) = role(ident, &ours, scope)?;
    check_cfg(&attrs, &role, scope.named.contains(&plain(ident).as_str()), name, errors);
    check_extension(&role, &input.ty, &plain(ident), errors);
    Some(Argument { ident, ty: &input.ty, attrs, role, tuning, is_field: false })
}

/// Only what is data in the endpoint can come and go with a `#[cfg]`.
fn check_cfg(attrs: &[&Attribute], role: &Role, is_named: bool, name: &str, errors: &Errors) {
    let Some(cfg) = attrs.iter().find(|a| a.path().is_ident("cfg")) else { return };
    if !role.is_piece() || is_named {
        let message = format!(
            "this argument of `{name}` cannot come and go: the request would not be whole without it\nhelp: put `#[cfg]` on the method"
        );
        errors.at(cfg, message);
    }
}

/// What a call keeps cannot be borrowed.
fn check_extension(role: &Role, ty: &syn::Type, argument: &str, errors: &Errors) {
    let syn::Type::Reference(reference) = ty else { return };
    let kept = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
    if matches!(role, Role::Extension) && !kept {
        let message =
            format!("`{argument}` is borrowed, but the call keeps an extension\nhelp: take it by value");
        errors.at(ty, message);
    }
}

fn role(ident: &Ident, ours: &[Attr], scope: &Scope<'_>) -> Option<(Role, Tuning)> {
    let Scope { name, template, errors, named, .. } = scope;
    let argument = plain(ident);
    let in_template = template.variables().any(|v| v.argument == argument);
    let is_named = named.contains(&argument.as_str());
    if let Some(second) = ours.get(1) {
        let message =
            format!("`{argument}` of `{name}` has two roles, `#[{}]` and `#[{}]`", ours[0].word, second.word);
        errors.at_span(second.span(), message);
        return None;
    }
    match ours.first() {
        Some(attr) if plain(&attr.word) == "param" && (in_template || is_named) => {
            let role = if in_template { Role::Template } else { Role::Value };
            Some((role, options(attr, &PARAM, &argument, errors)?.tuning))
        }
        Some(attr) if plain(&attr.word) == "param" => {
            let message = format!(
                "`{argument}` does not stand in the path of `{name}`, so `#[param]` has nothing to tune\nhelp: write `{{{argument}}}` in the path, or `#[query]` instead"
            );
            errors.at_span(attr.span(), message);
            None
        }
        Some(attr) if in_template => {
            let message = format!(
                "`{argument}` of `{name}` stands in the template already, so `#[{}]` has nothing to do here",
                attr.word
            );
            errors.at_span(attr.span(), message);
            None
        }
        None if in_template => Some((Role::Template, Tuning::default())),
        None if is_named => Some((Role::Value, Tuning::default())),
        Some(attr) => explicit(attr, &argument, name, errors),
        None => {
            no_role(ident, scope);
            None
        }
    }
}

/// A variable of the template, with what tunes it.
pub(crate) fn param(attr: &Attr, argument: &str, errors: &Errors) -> Option<(Role, Tuning)> {
    Some((Role::Template, options(attr, &PARAM, argument, errors)?.tuning))
}

/// An argument that nothing claims: most often a slip in the template, and then the error is there.
fn no_role(ident: &Ident, scope: &Scope<'_>) {
    let Scope { name, lost, errors, .. } = scope;
    let argument = plain(ident);
    let names: Vec<&str> = lost.iter().map(|v| v.argument.as_str()).collect();
    let near = nearest(&argument, &names).and_then(|near| lost.iter().find(|v| v.argument == near));
    if let Some(near) = near {
        let help = match near.operator {
            // There the name is what the server sees.
            Some('?' | '&' | ';') => format!(
                "call the argument `{}`, or take `{}` out of the path and write `#[query(\"{1}\")] {argument}`",
                near.argument, near.wire
            ),
            _ => format!("did you mean `{{{argument}}}`?"),
        };
        let (wire, wanted) = (&near.wire, &near.argument);
        let message = format!(
            "the path of `{name}` has `{{{wire}}}`, but no argument is called `{wanted}`\nhelp: {help}"
        );
        return errors.at_span(near.span, message);
    }
    if let Some(near) = nearest(&argument, scope.named) {
        let message = format!(
            "nothing says what `{argument}` of `{name}` is for\nhelp: the value of a header or of a query parameter has `{{{near}}}`: did you mean `{{{argument}}}`?"
        );
        return errors.at(ident, message);
    }
    if let [one] = lost[..] {
        let message = format!(
            "nothing says what `{argument}` of `{name}` is for\nhelp: the path has `{{{}}}`, and no argument is called `{}`: give both one name, or write a role in front of this one",
            one.wire, one.argument
        );
        return errors.at(ident, message);
    }
    let roles = list(&["#[query]", "#[header(\"X-Name\")]", "#[body]", "#[field]", "#[part]"]);
    let message = format!(
        "nothing says what `{argument}` of `{name}` is for\nhelp: write `{{{argument}}}` in the path, or a role like {roles} in front of it"
    );
    errors.at(ident, message);
}

/// What the brackets of a role can hold.
struct Form {
    /// A name in quotes: none, if it is wanted, if it must be there.
    name: Name,
    /// Keys with a value.
    keys: &'static [&'static str],
    /// Words without one.
    words: &'static [&'static str],
    example: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum Name {
    None,
    Optional,
    Required,
}

const PARAM: Form = Form {
    name: Name::None,
    keys: &["with"],
    words: &["display", "allow_empty"],
    example: "#[param(display)]",
};
const QUERY: Form = Form {
    name: Name::Optional,
    keys: &["style", "explode", "default", "with"],
    words: &["display", "encoded", "flag"],
    example: "#[query(\"name\", style = form)]",
};
const FIELD: Form = Form {
    name: Name::Optional,
    keys: &["style", "explode", "default", "with"],
    words: &["display", "encoded"],
    example: "#[field(\"name\", style = form)]",
};
const HEADER: Form = Form {
    name: Name::Required,
    keys: &["default", "with"],
    words: &["display"],
    example: "#[header(\"X-Name\")]",
};
const COOKIE: Form = Form {
    name: Name::Optional,
    keys: &["default", "with"],
    words: &["display"],
    example: "#[cookie(\"name\")]",
};
const PART: Form = Form {
    name: Name::Optional,
    keys: &["file_name", "mime", "with"],
    words: &["display", "json"],
    example: "#[part(\"name\", mime = \"image/png\")]",
};
const HEADERS: Form = Form { name: Name::None, keys: &[], words: &[], example: "#[headers]" };
const URL: Form = Form { example: "#[url]", ..HEADERS };
const EXTENSION: Form = Form { example: "#[extension]", ..HEADERS };
const PARAMS: Form = Form { example: "#[params]", ..HEADERS };
const BODY: Form = Form {
    name: Name::None,
    keys: &["style"],
    words: &["json", "text", "bytes", "form"],
    example: "#[body(json)]",
};

/// What the grammar has besides, for a message that says so.
const LATER: [&str; 2] = ["xml", "ndjson"];

/// What was read of the brackets of a role.
struct Options {
    name: Option<LitStr>,
    tuning: Tuning,
    file_name: Option<LitStr>,
    mime: Option<LitStr>,
    /// Words that are no tuning.
    words: Vec<Ident>,
}

pub(crate) fn explicit(attr: &Attr, argument: &str, name: &str, errors: &Errors) -> Option<(Role, Tuning)> {
    let word = plain(&attr.word);
    let span = attr.span();
    if word == "timeout" {
        alone(attr, "time limit", argument, errors)?;
        return Some((Role::Timeout { span }, Tuning::default()));
    }
    if word == "idempotency_key" {
        alone(attr, "key", argument, errors)?;
        return Some((Role::IdempotencyKey { span }, Tuning::default()));
    }
    let form = match word.as_str() {
        "query" => &QUERY,
        "header" => &HEADER,
        "headers" => &HEADERS,
        "cookie" => &COOKIE,
        "body" => &BODY,
        "field" => &FIELD,
        "part" => &PART,
        "url" => &URL,
        "extension" => &EXTENSION,
        "params" => &PARAMS,
        _ => return None,
    };
    let Options { name: wire, tuning, file_name, mime, words } = options(attr, form, argument, errors)?;
    let at = wire.as_ref().map_or(span, LitStr::span);
    let nests = tuning.style.as_ref().is_some_and(|style| NESTING.contains(&style.variant));
    if let Some(empty) = wire.as_ref().filter(|w| w.value().is_empty() && !nests) {
        errors.at(
            empty,
            format!("`#[{word}]` of `{argument}` takes a name as a string: `#[{word}(\"name\")]`"),
        );
        return None;
    }
    let sent = wire.as_ref().map_or_else(|| argument.to_owned(), LitStr::value);
    let role = match word.as_str() {
        "query" => Role::Query { wire: sent, span: at },
        "field" => Role::Field { wire: sent, span: at },
        "cookie" => {
            cookie_name(&sent, at, name, errors)?;
            Role::Cookie { wire: sent, span: at }
        }
        "part" => Role::Part { wire: sent, span: at, file_name, mime, json: !words.is_empty() },
        "headers" => Role::Headers,
        "url" => Role::Url { span },
        "extension" => Role::Extension,
        "params" => Role::Params { span },
        "body" => Role::Body { span, codec: codec(&words, &tuning, argument, errors)? },
        _ => {
            let header = wire.clone()?;
            header_name(&header, name, errors)?;
            Role::Header { name: header }
        }
    };
    Some((role, Tuning { named: wire.is_some_and(|wire| !wire.value().is_empty()), ..tuning }))
}

/// The argument itself is the value of the word.
fn alone(attr: &Attr, what: &str, argument: &str, errors: &Errors) -> Option<()> {
    let extra = attr.bare.first().map(ToTokens::to_token_stream);
    let extra = extra.or_else(|| attr.options.first().map(|o| o.key.to_token_stream()));
    let Some(extra) = extra else { return Some(()) };
    let word = plain(&attr.word);
    errors.at(&extra, format!("`{argument}` is the {what} itself, so `#[{word}]` takes no value here"));
    None
}

fn codec(words: &[Ident], tuning: &Tuning, argument: &str, errors: &Errors) -> Option<Codec> {
    if let Some(second) = words.get(1) {
        errors.at(
            second,
            format!("the body `{argument}` is written in one way: `{}` or `{second}`?", words[0]),
        );
        return None;
    }
    let word = words.first().map_or_else(|| "json".to_owned(), plain);
    if let Some(style) = tuning.style.as_ref().filter(|_| word != "form") {
        let message = format!(
            "a style is for a form, and the body `{argument}` is none\nhelp: write `#[body(form, style = {})]`",
            style.word
        );
        errors.at(&style.word, message);
        return None;
    }
    Some(match word.as_str() {
        "text" => Codec::Text,
        "bytes" => Codec::Bytes,
        "form" => Codec::Form(tuning.style.clone()),
        _ => Codec::Json(words.first().cloned()),
    })
}

/// RFC 6265, section 4.1.1: the name of a cookie is a token.
fn cookie_name(cookie: &str, at: proc_macro2::Span, name: &str, errors: &Errors) -> Option<()> {
    if crate::lower::is_token(cookie) {
        return Some(());
    }
    errors.at_span(
        at,
        format!("{cookie:?} is no name of a cookie (in `{name}`): letters, digits and a few signs"),
    );
    None
}

const STYLES: [(&str, &str); 7] = [
    ("form", "Form"),
    ("space", "Space"),
    ("pipe", "Pipe"),
    ("deep_object", "DeepObject"),
    ("brackets", "Brackets"),
    ("indexed", "Indexed"),
    ("dots", "Dots"),
];
const NESTING: [&str; 4] = ["DeepObject", "Brackets", "Indexed", "Dots"];

fn options(attr: &Attr, form: &Form, argument: &str, errors: &Errors) -> Option<Options> {
    let (word, shown_word) = (plain(&attr.word), attr.called());
    let before = errors.count();
    let mut out =
        Options { name: None, tuning: Tuning::default(), file_name: None, mime: None, words: Vec::new() };
    for bare in &attr.bare {
        match (text(bare), bare) {
            (Some(_), _) if form.name == Name::None => {
                let message = format!(
                    "`#[{shown_word}]` of `{argument}` takes no name: it has none on the wire\nhelp: write `{}`",
                    attr.example(form.example)
                );
                errors.at(bare, message);
            }
            (Some(name), _) if out.name.is_none() => out.name = Some(name.clone()),
            (None, Expr::Path(path)) if path.path.get_ident().is_some() => {
                let ident = path.path.get_ident().cloned();
                if let Some(ident) = ident {
                    bare_word(&ident, form, attr, argument, &mut out, errors);
                }
            }
            (None, Expr::Path(_)) if word == "body" => later(bare, argument, errors),
            (Some(_), _) => {
                errors.at(bare, format!("`#[{shown_word}]` of `{argument}` has a value too many"));
            }
            (None, _) => {
                let message = format!(
                    "`#[{shown_word}]` of `{argument}` does not take `{}`\nhelp: write `{}`",
                    shown(bare),
                    attr.example(form.example)
                );
                errors.at(bare, message);
            }
        }
    }
    for option in &attr.options {
        let key = plain(&option.key);
        match form.keys.contains(&key.as_str()) {
            true => keyed(&option.key, &option.value, &shown_word, argument, &mut out, errors),
            false => misfit(&option.key, form, attr, argument, errors),
        }
    }
    if form.name == Name::Required && out.name.is_none() && errors.count() == before {
        let message = format!(
            "`#[{shown_word}]` of `{argument}` needs a name\nhelp: write `{}`",
            attr.example(form.example)
        );
        errors.at_span(attr.span(), message);
    }
    check_together(attr, &out.tuning, argument, errors);
    (errors.count() == before).then_some(out)
}

fn later(codec: &Expr, argument: &str, errors: &Errors) {
    let message = format!(
        "a body of `{}` is not available in this version of apiclient: there are `json`, `text`, `bytes` and `form` (for `{argument}`)",
        shown(codec)
    );
    errors.at(codec, message);
}

fn bare_word(ident: &Ident, form: &Form, attr: &Attr, argument: &str, out: &mut Options, errors: &Errors) {
    let (said, word) = (plain(ident), attr.called());
    if !form.words.contains(&said.as_str()) {
        if plain(&attr.word) == "body" && LATER.contains(&said.as_str()) {
            return later(&syn::parse_quote!(#ident), argument, errors);
        }
        return misfit(ident, form, attr, argument, errors);
    }
    let tuning = match said.as_str() {
        "display" => Word::Display,
        "encoded" => Word::Encoded,
        "flag" => Word::Flag,
        "allow_empty" => Word::AllowEmpty,
        _ => return out.words.push(ident.clone()),
    };
    match out.tuning.is(tuning) {
        true => errors.at(ident, format!("`{said}` of `#[{word}]` of `{argument}` is said twice")),
        false => out.tuning.words.push(tuning),
    }
}

fn keyed(key: &Ident, value: &Expr, word: &str, argument: &str, out: &mut Options, errors: &Errors) {
    let string = |takes: &str| {
        let found = text(value).cloned();
        if found.is_none() {
            errors.at(value, format!("`{key}` of `#[{word}]` of `{argument}` takes {takes}"));
        }
        found
    };
    match plain(key).as_str() {
        "style" => out.tuning.style = style(value, argument, errors),
        "explode" => match value {
            Expr::Lit(syn::ExprLit { lit: syn::Lit::Bool(LitBool { value, .. }), .. }) => {
                out.tuning.joined = !value;
            }
            other => errors.at(other, format!("`explode` of `{argument}` is `true` or `false`")),
        },
        "default" => out.tuning.default = Some(value.clone()),
        "with" => match value {
            Expr::Path(_) | Expr::Closure(_) => out.tuning.with = Some(value.clone()),
            other => {
                errors.at(other, format!("`with` of `{argument}` takes a function: `with = path::to::f`"));
            }
        },
        "file_name" => out.file_name = string("a string: `file_name = \"cat.png\"`"),
        _ => {
            out.mime = string("a media type: `mime = \"image/png\"`");
            if let Some(mime) = out.mime.as_ref().filter(|mime| !is_media_type(&mime.value())) {
                errors.at(
                    mime,
                    format!("{:?} is no media type (of `{argument}`): `type/subtype`", mime.value()),
                );
            }
        }
    }
}

/// RFC 9110, section 8.3.1, as far as it matters.
fn is_media_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    let good = essence
        .split_once('/')
        .is_some_and(|(kind, sub)| crate::lower::is_token(kind) && crate::lower::is_token(sub));
    good && text.bytes().all(|b| (b' '..=b'~').contains(&b)) && !text.ends_with(' ')
}

fn style(value: &Expr, argument: &str, errors: &Errors) -> Option<Style> {
    let found = STYLES.iter().find(|(word, _)| is_word(value, word));
    let Some((_, variant)) = found else {
        let said = shown(value);
        let names: Vec<&str> = STYLES.iter().map(|(word, _)| *word).collect();
        let help = match said.as_str() {
            "spaceDelimited" | "ssv" => "\nhelp: it is called `space` here".into(),
            "pipeDelimited" | "pipes" => "\nhelp: it is called `pipe` here".into(),
            "deepObject" => "\nhelp: it is called `deep_object` here".into(),
            "csv" | "comma" => "\nhelp: that is `explode = false`".into(),
            "multi" | "repeat" => "\nhelp: that is the default".into(),
            said if names.contains(&said.trim_matches('"')) => {
                "\nhelp: it stands bare, without quotes".into()
            }
            said => hint(said, &names),
        };
        errors.at(value, format!("there is no style `{said}` (of `{argument}`){help}"));
        return None;
    };
    let word = Ident::new(&shown(value), value.span());
    Some(Style { word, variant })
}

fn misfit(word: &Ident, form: &Form, attr: &Attr, argument: &str, errors: &Errors) {
    const ALL: [&str; 11] = [
        "style",
        "explode",
        "default",
        "with",
        "display",
        "encoded",
        "flag",
        "file_name",
        "mime",
        "allow_empty",
        "json",
    ];
    let (said, role) = (plain(word), attr.called());
    let takes: Vec<&str> = form.keys.iter().chain(form.words).copied().collect();
    let other = match said.as_str() {
        "content_type" | "media_type" if takes.contains(&"mime") => Some("write `mime = \"..\"`"),
        "filename" if takes.contains(&"file_name") => Some("write `file_name = \"..\"`"),
        "rename" | "name" if form.name != Name::None => Some("its name stands bare"),
        "explode" if form.keys.contains(&"explode") => Some("it takes a value: `explode = false`"),
        word if form.words.contains(&word) => Some("it stands alone, without a value"),
        word if form.keys.contains(&word) => Some("it takes a value"),
        _ => None,
    };
    if let Some(help) = other {
        return errors.at(
            word,
            format!("`{said}` of `#[{role}]` of `{argument}` is not written like this\nhelp: {help}"),
        );
    }
    let (message, help) = if ALL.contains(&said.as_str()) {
        let help = match &takes[..] {
            [] => format!("`#[{role}]` stands alone"),
            takes => format!("it takes {}", list(takes)),
        };
        (format!("`{said}` does not fit `#[{role}]` of `{argument}`"), help)
    } else if takes.is_empty() {
        (format!("`#[{role}]` of `{argument}` has no option `{said}`"), format!("`#[{role}]` stands alone"))
    } else {
        let near = nearest(&said, &takes).map(|near| format!("did you mean `{near}`?"));
        let help = near.unwrap_or_else(|| match form.name {
            Name::None => format!("it takes {}", list(&takes)),
            _ => format!("it takes {}; its name stands bare: `{}`", list(&takes), attr.example(form.example)),
        });
        (format!("`#[{role}]` of `{argument}` has no option `{said}`"), help)
    };
    errors.at(word, format!("{message}\nhelp: {help}"));
}

/// Options that exclude each other.
fn check_together(attr: &Attr, tuning: &Tuning, argument: &str, errors: &Errors) {
    let other = tuning.style.as_ref().filter(|style| style.variant != "Form");
    let find = |key: &str| attr.options.iter().find(|o| plain(&o.key) == key).map(|o| o.key.span());
    let at = |key: &str| find(key).unwrap_or_else(|| attr.span());
    if tuning.with.is_some() && tuning.is(Word::Display) {
        errors.at_span(at("with"), format!("`{argument}` is written by `with` or by `display`, not by both"));
    }
    if tuning.default.is_some() && tuning.is(Word::Display) {
        let message = format!(
            "`{argument}` has a `default`, so it is an `Option`, which `display` cannot write\nhelp: `with = f` writes whatever `f` makes of it"
        );
        errors.at_span(at("default"), message);
    }
    if let (Some(style), Some(explode)) = (other, find("explode")) {
        let message =
            format!("`explode` does not fit `style = {}` of `{argument}`: it belongs to `form`", style.word);
        errors.at_span(explode, message);
    }
    if tuning.is(Word::Flag)
        && (tuning.style.is_some() || find("explode").is_some() || tuning.default.is_some())
    {
        let message = format!(
            "`{argument}` is a flag, which has no value: `style`, `explode` and `default` do not fit"
        );
        errors.at_span(attr.span(), message);
    }
}
