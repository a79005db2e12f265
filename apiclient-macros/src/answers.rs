//! The words about answers, on trait and method: what is a success, what is nothing, where the value is, what an error is.

use crate::{
    args::{Attr, shown},
    errors::{Errors, hint},
    model::{Answers, Envelope, Errors as Rules, FailIf, Setting, plain},
    rules::{self, Reach, Set},
};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Expr, Lit, LitStr, Token,
    parse::{ParseStream, Parser},
};

/// `#[success(200..=299 | 304)]` and `#[none_on(404)]`
pub(crate) fn statuses(attr: &Attr, node: &str, errors: &Errors) -> Option<(Setting, Option<Set>)> {
    let word = plain(&attr.word);
    let example = if word == "success" { "#[success(200..=299 | 304)]" } else { "#[none_on(404)]" };
    if attr.tokens.is_empty() {
        let message = format!("`#[{word}]` of `{node}` takes statuses\nhelp: write `{example}`");
        errors.at_span(attr.span(), message);
        return None;
    }
    let setting = |value| Setting { word: attr.word.clone(), value, off: false };
    if is_none(&attr.tokens) {
        // Off: what holds without the word.
        let value = match word.as_str() {
            "success" => quote!(__rt::Statuses::SUCCESS),
            _ => quote!(__rt::Statuses::new(&[])),
        };
        return Some((setting(value), None));
    }
    let set = errors.ok(only::<Set>(attr.tokens.clone()))?;
    Some((setting(crate::expand::statuses(&set)), Some(set)))
}

fn is_none(tokens: &TokenStream) -> bool {
    tokens.to_string() == "none"
}

/// Statuses joined by `|`.
pub(crate) fn set(tokens: TokenStream, errors: &Errors) -> Option<Set> {
    errors.ok(only::<Set>(tokens))
}

/// All of the tokens.
fn only<T: syn::parse::Parse>(tokens: TokenStream) -> syn::Result<T> {
    let parse = |input: ParseStream<'_>| {
        let value = input.parse()?;
        if !input.is_empty() {
            return Err(input.error("this is too much: statuses are joined by `|`"));
        }
        Ok(value)
    };
    parse.parse2(tokens)
}

/// `#[envelope("/data/items")]`
pub(crate) fn envelope(attr: &Attr, node: &str, errors: &Errors) -> Option<Envelope> {
    if is_none(&attr.tokens) {
        return Some(Envelope { word: attr.word.clone(), pointer: None });
    }
    let form = || {
        format!(
            "`#[envelope]` of `{node}` takes one JSON pointer\nhelp: write `#[envelope(\"/data/items\")]`"
        )
    };
    let Ok(pointer) = syn::parse2::<LitStr>(attr.tokens.clone()) else {
        errors.at_span(attr.span(), form());
        return None;
    };
    errors.ok(rules::check_pointer(&pointer))?;
    if pointer.value().is_empty() {
        errors.at(
            &pointer,
            format!("the pointer leads to all of the answer, which is what `{node}` returns without it"),
        );
        return None;
    }
    Some(Envelope { word: attr.word.clone(), pointer: Some(pointer) })
}

/// `#[errors(404 => E::NotFound, _ => E::Other(error))]`
pub(crate) fn errors(attr: &Attr, node: &str, errors: &Errors) -> Option<Rules> {
    let (alone, tokens) = without_none(attr.tokens.clone());
    if alone && tokens.is_empty() {
        return Some(Rules { rules: Vec::new(), alone });
    }
    let before = errors.count();
    let rules = rules::rules(tokens, errors);
    if rules.is_empty() && errors.count() == before {
        let message = format!(
            "`#[errors]` of `{node}` has no rule\nhelp: write `#[errors(404 => E::NotFound)]`, or `#[errors(none)]`"
        );
        errors.at_span(attr.span(), message);
    }
    let named = rules.iter().enumerate().map(|(i, rule)| {
        let (name, certain) = (format!("the {} rule", ordinal(i)), rule.target.is_certain());
        Reach { conditions: &rule.conditions, span: rule.span, name, certain }
    });
    rules::check_reach(named, &format!(" of `{node}`"), errors);
    (errors.count() == before).then_some(Rules { rules, alone })
}

/// `none`, and `none, 404 => ..`
fn without_none(tokens: TokenStream) -> (bool, TokenStream) {
    let mut rest = tokens.clone().into_iter();
    let none = rest.next().is_some_and(|token| token.to_string() == "none");
    let end = rest.next().is_none_or(|token| token.to_string() == ",");
    if none && end { (true, rest.collect()) } else { (false, tokens) }
}

fn ordinal(index: usize) -> String {
    match index + 1 {
        1 => "first".into(),
        2 => "second".into(),
        3 => "third".into(),
        n => format!("{n}th"),
    }
}

/// `#[error_body(code = "/error/code", message = "/error/message", fail_if("/ok", false))]`
pub(crate) fn error_body(attr: &Attr, node: &str, errors: &Errors) -> Option<Setting> {
    let before = errors.count();
    let setting = |value| Setting { word: attr.word.clone(), value, off: false };
    if is_none(&attr.tokens) {
        return Some(setting(quote!(__rt::ErrorBody::none())));
    }
    let mut body = Body::default();
    let parse = |input: ParseStream<'_>| {
        while !input.is_empty() {
            body.take(input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    };
    errors.ok(parse.parse2(attr.tokens.clone()));
    if attr.tokens.is_empty() {
        let message = format!(
            "`#[error_body]` of `{node}` says nothing\nhelp: write `#[error_body(code = \"/error/code\", message = \"/error/message\")]`"
        );
        errors.at_span(attr.span(), message);
    }
    (errors.count() == before).then(|| setting(body.expand()))
}

/// What is said so far.
#[derive(Default)]
struct Body {
    code: Option<(syn::Ident, LitStr)>,
    message: Option<(syn::Ident, LitStr)>,
    fail_if: Vec<FailIf>,
}

const KEYS: [&str; 4] = ["code", "message", "fail_if", "fail_unless"];

impl Body {
    fn take(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let key: syn::Ident = input.parse().map_err(|e| {
            syn::Error::new(
                e.span(),
                "a key of `#[error_body]` is one of `code`, `message`, `fail_if` and `fail_unless`",
            )
        })?;
        let word = plain(&key);
        match word.as_str() {
            "code" | "message" => {
                let slot = if word == "code" { &mut self.code } else { &mut self.message };
                let form = format!("`{word}` takes a JSON pointer\nhelp: write `{word} = \"/error/{word}\"`");
                let pointer = input.parse::<Token![=]>().and_then(|_| input.parse::<LitStr>());
                let pointer = pointer.map_err(|e| syn::Error::new(e.span(), form))?;
                rules::check_pointer(&pointer)?;
                if slot.is_some() {
                    return Err(syn::Error::new(key.span(), format!("`{word}` is said twice")));
                }
                *slot = Some((key, pointer));
                Ok(())
            }
            "fail_if" | "fail_unless" => {
                self.fail_if.push(fail_if(&key, input)?);
                Ok(())
            }
            _ => Err(syn::Error::new(
                key.span(),
                format!("`#[error_body]` has no key `{word}`{}", hint(&word, &KEYS)),
            )),
        }
    }

    fn expand(&self) -> TokenStream {
        let keyed = self.code.iter().chain(&self.message).map(|(key, pointer)| quote!(.#key(#pointer)));
        let conditions = self.fail_if.iter().map(|FailIf { pointer, value, holds }| {
            let value = match value {
                None => quote!(::core::option::Option::None),
                Some(value) => quote!(::core::option::Option::Some(#value)),
            };
            quote!((#pointer, #value, #holds))
        });
        let fail_if = (!self.fail_if.is_empty()).then(|| quote!(.fail_if(&[#(#conditions),*])));
        quote!(__rt::ErrorBody::new() #(#keyed)* #fail_if)
    }
}

/// `fail_if("/ok", false)`, `fail_if("/errors")`, `fail_unless("/result", "success")`
fn fail_if(key: &syn::Ident, input: ParseStream<'_>) -> syn::Result<FailIf> {
    let form = "`fail_if` takes a JSON pointer, and the value that makes it a failure\nhelp: write `fail_if(\"/ok\", false)`, or `fail_if(\"/errors\")` for anything that is there";
    let holds = plain(key) == "fail_if";
    let unless = "`fail_unless` takes a JSON pointer, and the value that stands there in a success\nhelp: write `fail_unless(\"/result\", \"success\")`";
    let form = if holds { form } else { unless };
    let wrong = |span| syn::Error::new(span, form);
    if !input.peek(syn::token::Paren) {
        return Err(wrong(key.span()));
    }
    let content;
    syn::parenthesized!(content in input);
    let pointer: LitStr = content.parse().map_err(|e| wrong(e.span()))?;
    rules::check_pointer(&pointer)?;
    let value = match content.parse::<Option<Token![,]>>()? {
        Some(_) if !content.is_empty() => {
            Some(literal(&content.parse().map_err(|e: syn::Error| wrong(e.span()))?)?)
        }
        _ => None,
    };
    match content.is_empty() && (holds || value.is_some()) {
        true => Ok(FailIf { pointer, value, holds }),
        false => Err(wrong(pointer.span())),
    }
}

fn literal(expr: &Expr) -> syn::Result<TokenStream> {
    let wrong = || {
        let message =
            format!("`{}` is no value in JSON\nhelp: `true`, `false`, a whole number or a text", shown(expr));
        syn::Error::new_spanned(expr, message)
    };
    let (negative, inner) = match expr {
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => (true, &*unary.expr),
        other => (false, other),
    };
    let Expr::Lit(lit) = inner else { return Err(wrong()) };
    match &lit.lit {
        Lit::Bool(value) if !negative => Ok(quote!(__rt::Literal::Bool(#value))),
        Lit::Str(text) if !negative => Ok(quote!(__rt::Literal::Text(#text))),
        Lit::Int(number) if number.suffix().is_empty() => {
            let number: i128 = number.base10_parse()?;
            let number = proc_macro2::Literal::i128_unsuffixed(if negative { -number } else { number });
            Ok(quote!(__rt::Literal::Integer(#number)))
        }
        _ => Err(wrong()),
    }
}

/// What the words of one node say against each other. On a trait `#[none_on]` leaves methods without an `Option` alone, so that
/// its statuses are errors there.
pub(crate) fn check(answers: &Answers, node: &str, is_method: bool, errors: &Errors) {
    if let (Some(success), Some(none_on)) = (&answers.success, &answers.none_on) {
        let common = success.common(none_on);
        if !common.is_empty() {
            let message =
                format!("{} of `{node}` cannot be both a success and nothing", rules::told(&common));
            errors.at_span(none_on.span, message);
        }
    }
    let Some(rules) = &answers.errors else { return };
    for rule in &rules.rules {
        let Some(set) = &rule.conditions.statuses else { continue };
        // A success can be an error by its body, and be sorted by its code.
        let (set, body) = (&set.value, rule.conditions.kind.is_some() || rule.conditions.codes.is_some());
        if is_method && answers.none_on.as_ref().is_some_and(|none_on| none_on.covers(set)) {
            let message = format!(
                "this rule of `{node}` can never match: by `#[none_on]` these statuses are nothing, and no error"
            );
            errors.at_span(rule.span, message);
        } else if !body && answers.success.as_ref().is_some_and(|success| success.covers(set)) {
            let message = format!(
                "this rule of `{node}` can never match: by `#[success]` these statuses are no errors"
            );
            errors.at_span(rule.span, message);
        }
    }
}
