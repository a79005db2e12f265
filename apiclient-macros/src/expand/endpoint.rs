//! One endpoint: its data, and the method that makes a call of it.

use super::{cfgs, ends, lints, respan, signature, value};
use crate::model::{Api, Argument, Endpoint, Piece, Policies, Role, Setting, Variable};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::quote;

/// `__rt::Api::new(..).base_url(..)`
pub(crate) fn expand_api(api: &Api<'_>) -> TokenStream {
    let (name, user_agent) = (&api.name, user_agent());
    let base_url = api.base_url.as_ref().map(|url| quote!(.base_url(#url)));
    let base_path = api.base_path.as_ref().map(|path| quote!(.base_path(#path)));
    let policies = expand_policies(&api.policies);
    quote!(__rt::Api::new(#name, #user_agent) #base_url #base_path #policies)
}

/// The crate that is being compiled, which is the user's.
fn user_agent() -> String {
    let of = |name: &str, or: &str| {
        std::env::var(name).ok().filter(|v| !v.is_empty()).unwrap_or_else(|| or.to_owned())
    };
    format!("{}/{}", of("CARGO_PKG_NAME", "apiclient"), of("CARGO_PKG_VERSION", "0"))
}

/// `__rt::Endpoint::get(&__API, "repo", "/repos/{owner}", &[..]).timeout(..)`: verb and keys are the user's tokens.
pub(crate) fn expand_data(endpoint: &Endpoint<'_>) -> TokenStream {
    let (name, template) = (endpoint.name(), endpoint.template.literal.value());
    let word = &endpoint.verb.word;
    let custom = endpoint.verb.custom.as_ref().map(|method| quote!(#method,));
    let pieces = expand_pieces(endpoint);
    let policies = expand_policies(&endpoint.policies);
    quote!(__rt::Endpoint::#word(&__API, #name, #custom #template, &[#(#pieces),*]) #policies)
}

/// Stands for a method that was reported.
pub(crate) fn expand_broken_data(name: &str) -> TokenStream {
    quote!(__rt::Endpoint::get(&__API, #name, "", &[]))
}

fn expand_policies(policies: &Policies) -> TokenStream {
    let settings = policies.settings.iter().map(|Setting { word, value, .. }| quote!(.#word(#value)));
    let headers = (!policies.headers.is_empty()).then(|| {
        let headers = policies.headers.iter().map(|header| {
            let name = header.name.value().to_ascii_lowercase();
            let value = match &header.value {
                Some(value) => quote!(::core::option::Option::Some(__rt::HeaderValue::from_static(#value))),
                None => quote!(::core::option::Option::None),
            };
            quote!((__rt::HeaderName::from_static(#name), #value))
        });
        let count = policies.headers.len();
        quote! {
            .headers({
                static __HEADERS: [__rt::StaticHeader; #count] = [#(#headers),*];
                &__HEADERS
            })
        }
    });
    quote!(#headers #(#settings)*)
}

/// The template's pieces, then the arguments that stand outside of it.
fn expand_pieces(endpoint: &Endpoint<'_>) -> Vec<TokenStream> {
    let template = endpoint.template.pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => expand_literal(text),
        Piece::Variable(variable) => expand_variable(variable),
    });
    let outside = endpoint.arguments.iter().filter_map(|argument| {
        let cfgs = cfgs(&argument.attrs);
        match &argument.role {
            Role::Query { wire, .. } => Some(quote!(#(#cfgs)* __rt::query(#wire).explode())),
            Role::Header { name } => {
                let name = name.value().to_ascii_lowercase();
                Some(quote!(#(#cfgs)* __rt::header(#name)))
            }
            Role::Template | Role::Body { .. } | Role::Timeout { .. } => None,
        }
    });
    template.chain(outside).collect()
}

fn expand_literal(text: &str) -> TokenStream {
    let encoded: String = text.chars().map(encoded).collect();
    match encoded.contains('?') {
        true => quote!(__rt::lit_query(#encoded)),
        false => quote!(__rt::lit(#encoded)),
    }
}

/// RFC 6570, section 3.1: a literal is copied, and percent-encoded where no URL can hold it.
fn encoded(c: char) -> String {
    match c.is_ascii() {
        true => c.into(),
        false => c.encode_utf8(&mut [0; 4]).bytes().map(|b| format!("%{b:02X}")).collect::<Vec<_>>().concat(),
    }
}

fn expand_variable(variable: &Variable) -> TokenStream {
    let wire = &variable.wire;
    let kind = match variable.operator {
        Some('+') => "reserved",
        Some('.') => "label",
        Some('/') => "segment",
        Some(';') => "matrix",
        Some('?') => "query",
        Some('&') => "continuation",
        _ => "var",
    };
    let kind = Ident::new(kind, Span::call_site());
    let next = (!variable.first).then(|| quote!(.next()));
    let explode = variable.explode.then(|| quote!(.explode()));
    let prefix = variable.prefix.map(|n| {
        let n = proc_macro2::Literal::u16_unsuffixed(n);
        quote!(.prefix(#n))
    });
    quote!(__rt::#kind(#wire) #next #explode #prefix)
}

/// `fn repo(..) -> .. { __rt::finish(__rt::call(&#this.client, &__ENDPOINTS.repo, &[&owner]).json(body)) }`
pub(crate) fn expand_method(endpoint: &Endpoint<'_>) -> TokenStream {
    let sig = signature(endpoint.sig, Some(endpoint.returns), &quote!(__rt));
    let (cfgs, lints) = (cfgs(&endpoint.attrs), lints(&endpoint.attrs));
    // The user's token: a trait that went through `macro_rules!` has a `self` of its own.
    let this = endpoint.sig.receiver().map(|receiver| receiver.self_token);
    let field = super::client::field(&endpoint.sig.ident);
    let inside = endpoint.template.variables().filter_map(|v| endpoint.argument(&v.argument)).map(value);
    let outside =
        endpoint.arguments.iter().filter(|a| matches!(a.role, Role::Query { .. } | Role::Header { .. })).map(
            |a| {
                let (cfgs, value) = (super::cfgs(&a.attrs), value(a));
                quote!(#(#cfgs)* #value)
            },
        );
    let values = inside.chain(outside);
    let steps = endpoint.arguments.iter().filter_map(expand_step);
    let body =
        finish(endpoint, &quote!(__rt::call(&#this.client, &__ENDPOINTS.#field, &[#(#values),*]) #(#steps)*));
    quote! {
        #(#cfgs)*
        #(#lints)*
        #sig #body
    }
}

/// `{ __rt::finish(call) }` at the place of the return type: what that lacks is reported there.
fn finish(endpoint: &Endpoint<'_>, call: &TokenStream) -> Group {
    let (first, last) = ends(endpoint.returns.ty());
    let finish = respan(quote!(__rt::finish), first);
    let mut call = Group::new(Delimiter::Parenthesis, call.clone());
    call.set_span(last);
    let mut body = Group::new(Delimiter::Brace, quote!(#finish #call));
    body.set_span(last);
    body
}

fn expand_step(argument: &Argument<'_>) -> Option<TokenStream> {
    let value = value(argument);
    match &argument.role {
        Role::Body { .. } => Some(quote!(.json(#value))),
        Role::Timeout { .. } => Some(quote!(.timeout(#value))),
        Role::Template | Role::Query { .. } | Role::Header { .. } => None,
    }
}
