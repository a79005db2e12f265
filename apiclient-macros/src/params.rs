//! `#[derive(Params)]`: the arguments of a call as the fields of a struct.

use crate::{
    args::{Attr, is_word},
    errors::{Errors, hint},
    expand,
    model::{Argument, Role, plain},
    role,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use std::collections::BTreeSet;
use syn::{Attribute, Data, DeriveInput, Expr, Field, Fields, Generics, Path, Type, Visibility, parse_quote};

/// A struct of arguments.
pub(crate) struct Struct<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) generics: &'a Generics,
    pub(crate) krate: Path,
    /// Constructor and setters are wanted.
    pub(crate) builder: bool,
    pub(crate) fields: Vec<Member<'a>>,
}

/// One of its fields.
pub(crate) struct Member<'a> {
    pub(crate) argument: Argument<'a>,
    /// What the user says about it.
    pub(crate) docs: Vec<&'a Attribute>,
    pub(crate) presence: Presence<'a>,
}

/// Whether a field has to be there.
pub(crate) enum Presence<'a> {
    /// An argument of `new`.
    Required,
    /// `Option<T>`: absent until it is set to a `T`.
    Optional(&'a Type),
    /// `default`: the default of its type until it is set.
    Default,
}

const WORDS: [&str; 12] = [
    "param",
    "query",
    "header",
    "headers",
    "cookie",
    "body",
    "field",
    "part",
    "url",
    "extension",
    "timeout",
    "params",
];

/// The derive itself, callable outside of a compiler.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let errors = Errors::default();
    let input = match syn::parse2::<DeriveInput>(item) {
        Ok(input) => input,
        Err(e) => return e.to_compile_error(),
    };
    let expanded = read(&input, &errors).map(|definition| expand::params(&definition));
    let mut out = TokenStream::new();
    let found = errors.into_inner();
    if found.is_empty() {
        out.extend(expanded);
    }
    out.extend(found.iter().map(syn::Error::to_compile_error));
    out
}

fn read<'a>(input: &'a DeriveInput, errors: &Errors) -> Option<Struct<'a>> {
    let name = plain(&input.ident);
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => &fields.named,
            _ => {
                errors.at(
                    &input.ident,
                    format!("`{name}` has to have fields with names: they are those of the arguments"),
                );
                return None;
            }
        },
        _ => {
            errors.at(&input.ident, format!("`Params` is derived for a struct: `{name}` is none"));
            return None;
        }
    };
    let (krate, builder) = container(input, &name, errors);
    let fields = fields.iter().filter_map(|field| member(field, &name, errors)).collect();
    let out =
        Struct { ident: &input.ident, vis: &input.vis, generics: &input.generics, krate, builder, fields };
    check(&out, &name, errors);
    Some(out)
}

/// `#[api(crate = path, no_builder)]`
fn container(input: &DeriveInput, name: &str, errors: &Errors) -> (Path, bool) {
    let (mut krate, mut builder): (Path, bool) = (parse_quote!(::apiclient), true);
    for attribute in input.attrs.iter().filter(|a| a.path().is_ident("api")) {
        let Some(attr) = Attr::parse(attribute, errors) else { continue };
        for bare in &attr.bare {
            match bare {
                Expr::Path(path) if path.path.is_ident("no_builder") => builder = false,
                other => {
                    errors.at(other, format!("`#[api]` of `{name}` takes `no_builder` and `crate = path`"));
                }
            }
        }
        for option in &attr.options {
            match (plain(&option.key).as_str(), &option.value) {
                ("crate", Expr::Path(path)) => krate = path.path.clone(),
                ("crate", other) => errors.at(other, "`crate` takes a path: `crate = my_sdk::apiclient`"),
                (key, _) => {
                    let help = hint(key, &["no_builder", "crate"]);
                    errors.at(&option.key, format!("`#[api]` of `{name}` has no option `{key}`{help}"));
                }
            }
        }
    }
    (krate, builder)
}

fn member<'a>(field: &'a Field, name: &str, errors: &Errors) -> Option<Member<'a>> {
    let ident = field.ident.as_ref()?;
    let argument = plain(ident);
    let mut ours = field.attrs.iter().filter(|a| a.path().is_ident("api"));
    let Some(attribute) = ours.next() else {
        errors.at(ident, format!("nothing says what the field `{argument}` of `{name}` is for\nhelp: write `#[api(param)]` for a variable of the path, `#[api(query)]`, `#[api(header = \"X-Name\")]` or `#[api(body)]` above it"));
        return None;
    };
    if let Some(second) = ours.next() {
        errors.at(second, format!("`#[api]` stands twice on `{argument}` of `{name}`"));
        return None;
    }
    let mut attr = role_of(&Attr::parse(attribute, errors)?, &argument, errors)?;
    let before = attr.bare.len();
    attr.bare.retain(|bare| !is_word(bare, "default"));
    let presence = match optional(&field.ty) {
        Some(inner) => Presence::Optional(inner),
        None if attr.bare.len() < before => Presence::Default,
        None => Presence::Required,
    };
    let (role, tuning) = match plain(&attr.word).as_str() {
        "param" => role::param(&attr, &argument, errors)?,
        _ => role::explicit(&attr, &argument, name, errors)?,
    };
    let docs = field.attrs.iter().filter(|a| a.path().is_ident("doc")).collect();
    let argument = Argument { ident, ty: &field.ty, attrs: Vec::new(), role, tuning, is_field: true };
    Some(Member { argument, docs, presence })
}

/// `#[api(query)]`, `#[api(query = "wire", style = form)]` as the `#[query("wire", style = form)]` that an argument has.
fn role_of(attr: &Attr, argument: &str, errors: &Errors) -> Option<Attr> {
    // `default` belongs to the builder, wherever it stands.
    let place = attr.bare.iter().position(|bare| !is_word(bare, "default"));
    let word = place.map(|place| &attr.bare[place]).and_then(|bare| match bare {
        Expr::Path(path) => path.path.get_ident().cloned(),
        _ => None,
    });
    let others = || {
        let numbered = attr.bare.iter().enumerate();
        numbered.filter(|(i, _)| Some(*i) != place).map(|(_, bare)| bare.clone()).collect::<Vec<_>>()
    };
    let named = attr.options.first().filter(|o| WORDS.contains(&plain(&o.key).as_str()));
    let (word, bare, options) = match (word, named) {
        (Some(word), None) => (word, others(), attr.options.clone()),
        (word, Some(named)) => {
            let mut bare = vec![named.value.clone()];
            bare.extend(attr.bare.iter().cloned());
            if let Some(word) = word.filter(|word| WORDS.contains(&plain(word).as_str())) {
                errors
                    .at(&word, format!("the field `{argument}` has two roles, `{word}` and `{}`", named.key));
                return None;
            }
            (named.key.clone(), bare, attr.options[1..].to_vec())
        }
        (None, None) => {
            errors.at_span(attr.span(), format!("`#[api]` of the field `{argument}` begins with its role\nhelp: write `#[api(query)]` or `#[api(query = \"name\")]`"));
            return None;
        }
    };
    let said = plain(&word);
    if matches!(said.as_str(), "url" | "params") {
        errors.at(&word, format!("`{said}` cannot be a field: it is an argument of its own"));
        return None;
    }
    if !WORDS.contains(&said.as_str()) {
        errors.at(
            &word,
            format!("there is no role `{said}` for the field `{argument}`{}", hint(&said, &WORDS)),
        );
        return None;
    }
    Some(Attr { word, bare, options, tokens: TokenStream::new(), is_field: true })
}

/// The `T` of an `Option<T>`, as it is written.
fn optional(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Option")?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(inner)) => Some(inner),
        _ => None,
    }
}

/// One body of one kind, each name once, and no setter that is called like the constructor.
fn check(definition: &Struct<'_>, name: &str, errors: &Errors) {
    let mut body: Option<&str> = None;
    let mut seen = BTreeSet::new();
    for Member { argument, presence, .. } in &definition.fields {
        let (kind, span): (_, Span) = match argument.role {
            Role::Body { span, .. } => ("body", span),
            Role::Field { span, .. } => ("field", span),
            Role::Part { span, .. } => ("part", span),
            _ => ("", Span::call_site()),
        };
        if !kind.is_empty() && body.is_some_and(|other| other != kind || kind == "body") {
            errors.at_span(span, format!("`{name}` has two bodies: a request has one"));
        }
        body = if kind.is_empty() { body } else { Some(kind) };
        for sent in sends(argument).filter(|sent| sent != "part" && sent != "body") {
            if !seen.insert(sent.clone()) {
                errors.at(argument.ident, format!("`{name}` says the {} twice", told(&sent)));
            }
        }
        let setter = !matches!(presence, Presence::Required);
        if setter && definition.builder && *argument.ident == "new" {
            let message = format!(
                "the setter of `new` would be called like the constructor of `{name}`\nhelp: rename the field (its name on the wire follows the role: `query = \"new\"`), or write `#[api(no_builder)]` above the struct"
            );
            errors.at(argument.ident, message);
        }
    }
}

/// What an argument sends, as a kind and a name: `query page`, `header x-tag`. Two of the same are one too many.
pub(crate) fn sends(argument: &Argument<'_>) -> impl Iterator<Item = String> + use<> {
    let one = match &argument.role {
        Role::Query { wire, .. } if !wire.is_empty() => Some(format!("query {wire}")),
        Role::Field { wire, .. } if !wire.is_empty() => Some(format!("field {wire}")),
        Role::Cookie { wire, .. } => Some(format!("cookie {wire}")),
        Role::Header { name } => Some(format!("header {}", name.value().to_ascii_lowercase())),
        Role::Body { .. } => Some("body".to_owned()),
        Role::Part { .. } => Some("part".to_owned()),
        Role::Timeout { .. } => Some("timeout".to_owned()),
        _ => None,
    };
    one.into_iter()
}

/// The same in words.
pub(crate) fn told(sent: &str) -> String {
    match sent.split_once(' ') {
        Some(("query", name)) => format!("query parameter `{name}`"),
        Some((kind, name)) => format!("{kind} `{name}`"),
        None if sent == "timeout" => "time limit".to_owned(),
        None => sent.to_owned(),
    }
}

impl Struct<'_> {
    /// The fields that are variables of a template.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &Member<'_>> {
        self.fields.iter().filter(|member| matches!(member.argument.role, Role::Template))
    }
}

/// The type without its reference and with `'static` for every lifetime, for a constant; none where it depends on the
/// generics of its method.
pub(crate) fn constant_type(ty: &Type, generics: &Generics) -> Option<TokenStream> {
    let ty = match ty {
        Type::Reference(reference) => &*reference.elem,
        other => other,
    };
    let parameters: Vec<String> = generics.type_params().map(|p| p.ident.to_string()).collect();
    fixed(quote!(#ty), &parameters)
}

fn fixed(tokens: TokenStream, parameters: &[String]) -> Option<TokenStream> {
    let mut out = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            proc_macro2::TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                let lifetime = tokens.next();
                let span = lifetime.map_or(punct.span(), |l| l.span());
                let lifetime = syn::Lifetime::new("'static", span);
                out.extend(quote!(#lifetime));
            }
            proc_macro2::TokenTree::Ident(ident) if ident == "impl" || ident == "Self" => return None,
            proc_macro2::TokenTree::Ident(ident) if parameters.iter().any(|p| ident == p) => return None,
            proc_macro2::TokenTree::Group(group) => {
                let inner = fixed(group.stream(), parameters)?;
                out.extend([proc_macro2::TokenTree::Group(proc_macro2::Group::new(
                    group.delimiter(),
                    inner,
                ))]);
            }
            other => out.extend([other]),
        }
    }
    Some(out)
}
