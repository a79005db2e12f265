//! `#[derive(ApiError)]`: an enum whose variants say when an error is theirs.

use crate::{
    args::text,
    errors::{Errors, hint},
    expand,
    model::plain,
    rules::{self, Conditions, Reach, Source},
};
use proc_macro2::{Ident, Span, TokenStream};
use syn::{
    Attribute, Data, DeriveInput, Expr, Field, Generics, LitStr, Meta, Path, Token, Variant,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    parse_quote,
};

/// An enum whose variants are chosen by rules.
pub(crate) struct Enum<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) krate: Path,
    pub(crate) code_at: Option<LitStr>,
    pub(crate) variants: Vec<Choice<'a>>,
    /// Variants without a rule that keep the error.
    pub(crate) by_hand: Vec<Shape<'a>>,
    /// The variant that takes the rest.
    pub(crate) other: Option<Shape<'a>>,
}

/// A variant with its rules; without any it is never chosen.
pub(crate) struct Choice<'a> {
    pub(crate) shape: Shape<'a>,
    pub(crate) rules: Vec<(Conditions, Span)>,
}

/// A variant and where its fields come from.
pub(crate) struct Shape<'a> {
    pub(crate) variant: &'a Variant,
    pub(crate) fields: Vec<(&'a Field, Source)>,
}

/// The derive itself, callable outside of a compiler.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let read = |input: &DeriveInput, errors: &Errors| read(input, errors).map(|e| expand::api_error(&e));
    derive(item, read, expand::broken_api_error)
}

/// What a derive makes of an item, and after an error `broken` of it: so that nobody who uses the type sees a second error.
pub(crate) fn derive(
    item: TokenStream,
    read: impl Fn(&DeriveInput, &Errors) -> Option<TokenStream>,
    broken: impl Fn(&DeriveInput, &Path) -> TokenStream,
) -> TokenStream {
    let errors = Errors::default();
    let input = match syn::parse2::<DeriveInput>(item) {
        Ok(input) => input,
        Err(e) => return e.to_compile_error(),
    };
    let expanded = read(&input, &errors);
    let found = errors.into_inner();
    let mut out = match expanded {
        Some(expanded) if found.is_empty() => expanded,
        _ => broken(&input, &krate(&input.attrs)),
    };
    out.extend(found.iter().map(syn::Error::to_compile_error));
    out
}

fn read<'a>(input: &'a DeriveInput, errors: &Errors) -> Option<Enum<'a>> {
    let name = plain(&input.ident);
    let Data::Enum(data) = &input.data else {
        let message = format!(
            "`ApiError` is derived for an enum, whose variants are the kinds of failure: `{name}` is none\nhelp: for a struct write `impl From<apiclient::Error> for {name}`"
        );
        errors.at(&input.ident, message);
        return None;
    };
    let code_at = container(input, &name, errors);
    let (mut variants, mut by_hand, mut other) = (Vec::new(), Vec::new(), None);
    for variant in &data.variants {
        let (rules, is_other) = attributes(variant, errors);
        if let Some(at) = is_other {
            let shape = other_shape(variant, &name, errors);
            if other.is_some() {
                errors.at_span(
                    at,
                    format!("`{name}` has two variants with `#[api(other)]`: the rest can go to one only"),
                );
            }
            if !rules.is_empty() {
                errors.at_span(at, "`other` stands alone: it takes whatever no other variant takes");
            }
            other = other.or(shape);
        } else if rules.is_empty() {
            by_hand.extend(keeper(variant));
            stray_sources(variant, errors);
        } else if let Some(fields) = fields(variant, &SOURCES, errors) {
            variants.push(Choice { shape: Shape { variant, fields }, rules });
        }
    }
    if other.is_none() && errors.count() == 0 {
        let message = format!(
            "`{name}` has no variant for what no other takes\nhelp: add `#[error(transparent)] #[api(other)] Other(apiclient::Error)`"
        );
        errors.at(&input.ident, message);
    }
    let all = variants.iter().flat_map(|Choice { shape, rules }| {
        let certain = shape.fields.iter().all(|(_, source)| source.is_certain());
        rules.iter().map(move |(conditions, span)| Reach {
            conditions,
            span: *span,
            name: format!("`{}`", shape.variant.ident),
            certain,
        })
    });
    rules::check_reach(all, "", errors);
    let krate = krate(&input.attrs);
    Some(Enum { ident: &input.ident, generics: &input.generics, krate, code_at, variants, by_hand, other })
}

/// What `#[api(crate = path)]` says, as far as it can be read.
pub(crate) fn krate(attrs: &[Attribute]) -> Path {
    let mut krate: Path = parse_quote!(::apiclient);
    for attribute in attrs.iter().filter(|a| a.path().is_ident("api")) {
        let _ = attribute.parse_args_with(|input: ParseStream<'_>| {
            while !input.is_empty() {
                let key = input.call(Ident::parse_any)?;
                input.parse::<Token![=]>()?;
                match key == "crate" {
                    true => krate = input.parse()?,
                    false => drop(input.parse::<Expr>()?),
                }
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(())
        });
    }
    krate
}

/// `#[api(code_at = "/error/code", crate = path)]` on the enum.
fn container(input: &DeriveInput, name: &str, errors: &Errors) -> Option<LitStr> {
    let mut code_at = None;
    for attribute in input.attrs.iter().filter(|a| a.path().is_ident("api")) {
        let parse = |input: ParseStream<'_>| {
            while !input.is_empty() {
                let key = input.call(Ident::parse_any)?;
                let word = plain(&key);
                if !matches!(word.as_str(), "code_at" | "crate") {
                    let help = hint(&word, &["code_at", "crate"]);
                    return Err(syn::Error::new(
                        key.span(),
                        format!("`#[api]` of `{name}` has no option `{word}`{help}"),
                    ));
                }
                input
                    .parse::<Token![=]>()
                    .map_err(|e| syn::Error::new(e.span(), format!("expected `{word} = ..`")))?;
                if word == "crate" {
                    input.parse::<Path>()?;
                } else {
                    let wrong = |e: syn::Error| {
                        syn::Error::new(
                            e.span(),
                            "`code_at` takes a JSON pointer: `code_at = \"/error/code\"`",
                        )
                    };
                    let pointer = input.parse::<LitStr>().map_err(wrong)?;
                    rules::check_pointer(&pointer)?;
                    if code_at.replace(pointer).is_some() {
                        return Err(syn::Error::new(key.span(), "`code_at` is said twice"));
                    }
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        errors.ok(arguments(attribute).and_then(|tokens| parse.parse2(tokens)));
    }
    code_at
}

/// What stands in the brackets.
pub(crate) fn arguments(attribute: &Attribute) -> syn::Result<TokenStream> {
    match &attribute.meta {
        Meta::List(list) if !list.tokens.is_empty() => Ok(list.tokens.clone()),
        other => Err(syn::Error::new_spanned(
            other,
            "`#[api]` says nothing here\nhelp: write `#[api(status = 404)]`",
        )),
    }
}

/// The rules of a variant, and where `other` is said.
fn attributes(variant: &Variant, errors: &Errors) -> (Vec<(Conditions, Span)>, Option<Span>) {
    let (mut rules, mut other) = (Vec::new(), None);
    for attribute in variant.attrs.iter().filter(|a| a.path().is_ident("api")) {
        let parse = |input: ParseStream<'_>| {
            let span = input.span();
            if input.fork().parse::<Ident>().is_ok_and(|word| word == "other") {
                input.parse::<Ident>()?;
                other = Some(span);
                return match input.is_empty() {
                    true => Ok(()),
                    false => {
                        Err(input.error("`other` stands alone: it takes whatever no other variant takes"))
                    }
                };
            }
            let mut conditions = Conditions::default();
            while !input.is_empty() {
                conditions.take(input, false)?;
                if !input.is_empty() {
                    let message = "conditions are separated by commas, and all of them have to hold";
                    input.parse::<Token![,]>().map_err(|e| syn::Error::new(e.span(), message))?;
                }
            }
            rules::check_possible(&conditions)?;
            rules.push((conditions, span));
            Ok(())
        };
        errors.ok(arguments(attribute).and_then(|tokens| parse.parse2(tokens)));
    }
    (rules, other)
}

/// The sources that a field can have here.
const SOURCES: [&str; 5] = ["body", "status", "error", "header", "pointer"];

/// Where each field of a variant comes from; one may leave it open, and is the body.
pub(crate) fn fields<'a>(
    variant: &'a Variant,
    allowed: &[&str],
    errors: &Errors,
) -> Option<Vec<(&'a Field, Source)>> {
    let before = errors.count();
    let mut out = Vec::new();
    let mut bodies = 0;
    for field in &variant.fields {
        if let Some(from) = field.attrs.iter().find(|a| a.path().is_ident("from")) {
            errors.at(from, "`#[from]` has nothing to do here: `ApiError` makes the variant\nhelp: take `#[from]` away, or write `#[source]`");
            continue;
        }
        let source = match source(field, allowed, errors) {
            Some(Ok(source)) => source,
            Some(Err(())) => continue,
            None => Source::Body,
        };
        bodies += usize::from(matches!(source, Source::Body));
        if matches!(source, Source::Body) && bodies > 1 {
            let variant = &variant.ident;
            let message = format!(
                "two fields of `{variant}` would be the body\nhelp: say where each other one comes from: `#[api(status)]`, `#[api(header(\"name\"))]`, `#[api(pointer(\"/a\"))]`, `#[api(error)]`"
            );
            errors.at(field, message);
        }
        out.push((field, source));
    }
    let kept = out.iter().filter(|(_, source)| matches!(source, Source::Error)).nth(1);
    if let Some((field, _)) = kept {
        errors.at(field, format!("two fields of `{}` would keep the error: it is there once", variant.ident));
    }
    (errors.count() == before).then_some(out)
}

/// `#[api(header("name"))]` on a field. `Some(Err)` was reported.
fn source(field: &Field, allowed: &[&str], errors: &Errors) -> Option<Result<Source, ()>> {
    let mut ours = field.attrs.iter().filter(|a| a.path().is_ident("api"));
    let attribute = ours.next()?;
    if let Some(second) = ours.next() {
        errors.at(second, "a field comes from one place: `#[api]` stands here twice");
        return Some(Err(()));
    }
    let read = arguments(attribute).and_then(|tokens| named_source.parse2(tokens)).and_then(|source| {
        let word = source.word();
        match allowed.contains(&word) {
            true => Ok(source),
            false => {
                let message = format!(
                    "`{word}` is nothing that this field can come from\nhelp: there are {}",
                    crate::errors::list(allowed)
                );
                Err(syn::Error::new_spanned(&attribute.meta, message))
            }
        }
    });
    Some(errors.ok(read).ok_or(()))
}

/// `header = "name"` beside `header("name")`.
fn named_source(input: ParseStream<'_>) -> syn::Result<Source> {
    let ahead = input.fork();
    let key = ahead.parse::<Ident>().map(|word| plain(&word)).unwrap_or_default();
    if matches!(key.as_str(), "header" | "pointer") && ahead.peek(Token![=]) {
        input.parse::<Ident>()?;
        input.parse::<Token![=]>()?;
        let value: Expr = input.parse()?;
        let text = text(&value).ok_or_else(|| {
            syn::Error::new_spanned(&value, format!("`{key}` takes a text: `{key} = \"..\"`"))
        })?;
        return Source::named(&key, text);
    }
    Source::of(&input.parse()?)
}

/// A variant that no rule chooses can say which field keeps the error.
fn keeper(variant: &Variant) -> Option<Shape<'_>> {
    let keeps = |field: &Field| field.attrs.iter().any(|a| a.path().is_ident("api") && is_error(a));
    let source = |field| if keeps(field) { Source::Error } else { Source::Body };
    let fields = variant.fields.iter().map(|field| (field, source(field))).collect();
    variant.fields.iter().any(keeps).then_some(Shape { variant, fields })
}

/// It has no other sources.
fn stray_sources(variant: &Variant, errors: &Errors) {
    let attrs = variant.fields.iter().flat_map(|field| &field.attrs);
    let stray = attrs.into_iter().find(|a| a.path().is_ident("api") && !is_error(a));
    let tried = variant.attrs.iter().any(|a| a.path().is_ident("api"));
    if let Some(stray) = stray.filter(|_| !tried) {
        let message = format!(
            "no rule leads to `{}`, so nothing is read for its fields\nhelp: write `#[api(status = 404)]` above the variant",
            variant.ident
        );
        errors.at(stray, message);
    }
}

/// One field, which is the error.
fn other_shape<'a>(variant: &'a Variant, name: &str, errors: &Errors) -> Option<Shape<'a>> {
    let form = "help: write `Other(apiclient::Error)`";
    let [field] = &variant.fields.iter().collect::<Vec<_>>()[..] else {
        let message = format!(
            "`{}` takes whatever no other variant of `{name}` takes: its one field is the `apiclient::Error`\n{form}",
            variant.ident
        );
        errors.at(&variant.ident, message);
        return None;
    };
    if let Some(from) = field.attrs.iter().find(|a| a.path().is_ident("from")) {
        let message = "`#[from]` writes `From<apiclient::Error>`, and `ApiError` writes it as well\nhelp: take `#[from]` away; `#[error(transparent)]` or `#[source]` keep the chain of causes";
        errors.at(from, message);
        return None;
    }
    if let Some(stray) = field.attrs.iter().find(|a| a.path().is_ident("api") && !is_error(a)) {
        let message = format!(
            "`{}` takes the error itself: what no other variant takes may have no answer\n{form}",
            variant.ident
        );
        errors.at(&stray.meta, message);
        return None;
    }
    match source(field, &["error"], errors) {
        Some(Err(())) => None,
        _ => Some(Shape { variant, fields: vec![(field, Source::Error)] }),
    }
}

fn is_error(attribute: &Attribute) -> bool {
    arguments(attribute).is_ok_and(|tokens| tokens.to_string() == "error")
}

/// Whether `thiserror` writes a `From` that was reported.
pub(crate) fn has_from(input: &DeriveInput) -> bool {
    let Data::Enum(data) = &input.data else { return false };
    let ruled = data.variants.iter().filter(|v| v.attrs.iter().any(|a| a.path().is_ident("api")));
    ruled.flat_map(|v| &v.fields).flat_map(|field| &field.attrs).any(|a| a.path().is_ident("from"))
}

impl Source {
    /// As the user writes it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Source::Body => "body",
            Source::Status => "status",
            Source::Error => "error",
            Source::Header(_) => "header",
            Source::Pointer(_) => "pointer",
        }
    }
}
