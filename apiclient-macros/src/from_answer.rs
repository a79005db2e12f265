//! `#[derive(FromStatus)]` and `#[derive(FromHeaders)]`: types that are read from more of an answer than its body.

use crate::{
    api_error::{Shape, arguments, derive, fields, krate},
    errors::Errors,
    expand,
    model::plain,
    rules::{self, Conditions, Keyed, Reach, Set, Source},
};
use proc_macro2::{Ident, Span, TokenStream};
use syn::{
    Data, DeriveInput, Expr, Field, Fields, Generics, LitStr, Path, Token, Variant,
    parse::{ParseStream, Parser},
};

/// An enum whose variants are statuses.
pub(crate) struct Statuses<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) krate: Path,
    pub(crate) variants: Vec<(Shape<'a>, Set)>,
}

/// A struct whose fields are headers.
pub(crate) struct Headers<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) krate: Path,
    pub(crate) fields: Vec<(&'a Field, Source)>,
}

/// The derives themselves, callable outside of a compiler.
pub(crate) fn from_status(item: TokenStream) -> TokenStream {
    let read =
        |input: &DeriveInput, errors: &Errors| statuses(input, errors).map(|s| expand::from_status(&s));
    derive(item, read, expand::broken_decode)
}

pub(crate) fn from_headers(item: TokenStream) -> TokenStream {
    let read =
        |input: &DeriveInput, errors: &Errors| headers(input, errors).map(|h| expand::from_headers(&h));
    derive(item, read, expand::broken_decode)
}

/// Nothing but `crate = path` can be said on the type itself.
fn container(input: &DeriveInput, name: &str, errors: &Errors) {
    for attribute in input.attrs.iter().filter(|a| a.path().is_ident("api")) {
        let parse = |input: ParseStream<'_>| {
            let wrong = |span| {
                syn::Error::new(
                    span,
                    format!("`#[api]` of `{name}` can say `crate = path`, and nothing else"),
                )
            };
            input.parse::<Token![crate]>().map_err(|e| wrong(e.span()))?;
            input.parse::<Token![=]>()?;
            input.parse::<Path>().map(drop)
        };
        errors.ok(arguments(attribute).and_then(|tokens| parse.parse2(tokens)));
    }
}

fn statuses<'a>(input: &'a DeriveInput, errors: &Errors) -> Option<Statuses<'a>> {
    let name = plain(&input.ident);
    let Data::Enum(data) = &input.data else {
        let message =
            format!("`FromStatus` is derived for an enum, a variant for each status: `{name}` is none");
        errors.at(&input.ident, message);
        return None;
    };
    container(input, &name, errors);
    if data.variants.is_empty() {
        errors.at(&input.ident, format!("`{name}` has no variant, so that no answer could become one"));
    }
    let variants: Vec<(Shape<'_>, Set, Span)> =
        data.variants.iter().filter_map(|v| variant(v, errors)).collect();
    let conditions: Vec<Conditions> = variants
        .iter()
        .map(|(_, set, _)| Conditions {
            statuses: Some(Keyed { key: None, value: set.clone() }),
            ..Conditions::default()
        })
        .collect();
    let named = variants.iter().zip(&conditions).map(|((shape, _, span), conditions)| Reach {
        conditions,
        span: *span,
        name: format!("`{}`", shape.variant.ident),
        certain: true,
    });
    rules::check_reach(named, "", errors);
    let variants = variants.into_iter().map(|(shape, set, _)| (shape, set)).collect();
    let krate = krate(&input.attrs);
    Some(Statuses { ident: &input.ident, generics: &input.generics, krate, variants })
}

/// `#[api(status = 202)]`, and the fields of such an answer.
fn variant<'a>(variant: &'a Variant, errors: &Errors) -> Option<(Shape<'a>, Set, Span)> {
    let name = &variant.ident;
    let mut ours = variant.attrs.iter().filter(|a| a.path().is_ident("api"));
    let Some(attribute) = ours.next() else {
        errors.at(
            name,
            format!("nothing says which status `{name}` is\nhelp: write `#[api(status = 200)]` above it"),
        );
        return None;
    };
    if let Some(second) = ours.next() {
        errors
            .at(second, "`#[api]` stands here twice\nhelp: join the statuses: `#[api(status = 200 | 201)]`");
        return None;
    }
    let mut conditions = Conditions::default();
    let parse = |input: ParseStream<'_>| {
        let at = input.span();
        if input.fork().parse::<Ident>().is_ok_and(|word| word == "other") {
            return Err(syn::Error::new(
                at,
                "there is no `other` here: a status that no variant has is an error of the call\nhelp: `#[api(status = 2xx)]` on the last variant takes the rest",
            ));
        }
        conditions.take(input, false)?;
        match conditions.statuses.is_some() && input.is_empty() {
            true => Ok(at),
            false => Err(syn::Error::new(
                at,
                format!(
                    "a variant of an answer is chosen by its status alone\nhelp: write `#[api(status = 200)]` above `{name}`"
                ),
            )),
        }
    };
    let span = errors.ok(arguments(attribute).and_then(|tokens| parse.parse2(tokens)))?;
    let set = conditions.statuses?.value;
    let fields = fields(variant, &["body", "status", "header"], errors)?;
    Some((Shape { variant, fields }, set, span))
}

fn headers<'a>(input: &'a DeriveInput, errors: &Errors) -> Option<Headers<'a>> {
    let name = plain(&input.ident);
    let Data::Struct(data) = &input.data else {
        let message =
            format!("`FromHeaders` is derived for a struct, a field for each header: `{name}` is none");
        errors.at(&input.ident, message);
        return None;
    };
    let Fields::Named(named) = &data.fields else {
        errors.at(
            &input.ident,
            format!("`{name}` has to have fields with names: they are those of the headers"),
        );
        return None;
    };
    container(input, &name, errors);
    let fields = named.named.iter().filter_map(|field| Some((field, header(field, errors)?))).collect();
    Some(Headers { ident: &input.ident, generics: &input.generics, krate: krate(&input.attrs), fields })
}

/// `#[api(header = "etag")]`; without it the name of the field is that of the header, `_` for `-`.
fn header(field: &Field, errors: &Errors) -> Option<Source> {
    let ident = field.ident.as_ref()?;
    let mut ours = field.attrs.iter().filter(|a| a.path().is_ident("api"));
    let Some(attribute) = ours.next() else {
        let name = plain(ident).replace('_', "-");
        return errors.ok(Source::named("header", &LitStr::new(&name, ident.span())));
    };
    if let Some(second) = ours.next() {
        errors.at(second, "a field is one header: `#[api]` stands here twice");
        return None;
    }
    let form =
        "a field is a header or the status\nhelp: write `#[api(header = \"etag\")]` or `#[api(status)]`";
    let parse = |input: ParseStream<'_>| {
        let at = input.span();
        let wrong = || syn::Error::new(at, form);
        let word: Ident = input.parse().map_err(|_| wrong())?;
        let source = match plain(&word).as_str() {
            "status" => Source::Status,
            "header" if input.peek(Token![=]) => {
                input.parse::<Token![=]>()?;
                let value: Expr = input.parse()?;
                Source::named("header", crate::args::text(&value).ok_or_else(wrong)?)?
            }
            "header" if input.peek(syn::token::Paren) => {
                let content;
                syn::parenthesized!(content in input);
                Source::named("header", &content.parse().map_err(|_| wrong())?)?
            }
            _ => return Err(wrong()),
        };
        if input.is_empty() { Ok(source) } else { Err(wrong()) }
    };
    errors.ok(arguments(attribute).and_then(|tokens| parse.parse2(tokens)))
}
