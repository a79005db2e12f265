//! The trait: what the user wrote, with the return types of calls.

use super::{needs_sized, private, require_sized, signature};
use crate::{
    model::{Api, Broken, Endpoint, Item, Returns},
    parse::{MethodDef, TraitDef},
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, FnArg, Pat, ReturnType, Signature};

pub(crate) fn expand(api: &Api<'_>) -> TokenStream {
    let TraitDef { vis, trait_token, ident, generics, supertraits, .. } = api.definition;
    let attrs = &api.attrs;
    let where_clause = &generics.where_clause;
    let supertraits = supertraits.iter();
    let items = api.items.iter().map(|item| expand_item(api, item));
    let docs = docs(api);
    quote! {
        #(#attrs)*
        #docs
        #vis #trait_token #ident #generics: ::core::marker::Send + ::core::marker::Sync #(+ #supertraits)* #where_clause {
            #(#items)*
        }
    }
}

/// Behind the user's own words: who implements it, and how to.
fn docs(api: &Api<'_>) -> TokenStream {
    let has_docs = api.attrs.iter().any(|a| a.path().is_ident("doc"));
    let gap = has_docs.then(|| quote!(#[doc = ""]));
    let client = format!(
        " [`{}`] sends requests. A fake for tests implements the trait by hand: each endpoint returns",
        api.client
    );
    let mock = api.mock.as_ref().map(|mock| {
        let line = format!(" `{}` is one whose answers a test sets.", mock.ident);
        quote!(#[doc = #line])
    });
    quote! {
        #gap
        #[doc = #client]
        #[doc = " `Call::ready(Ok(..))` or `Call::from_future(async { .. })`, also where it was declared as an `async fn`."]
        #mock
    }
}

fn expand_item(api: &Api<'_>, item: &Item<'_>) -> TokenStream {
    match item {
        Item::Endpoint(endpoint) => expand_endpoint(api, endpoint),
        Item::Helper(method, attrs) => expand_helper(method, attrs),
        Item::Broken(broken) => expand_broken(api, broken),
        // Reported; a client could not give them a value.
        Item::Other => TokenStream::new(),
    }
}

fn expand_endpoint(api: &Api<'_>, endpoint: &Endpoint<'_>) -> TokenStream {
    let attrs = &endpoint.attrs;
    let line = format!(" `{} {}`", endpoint.verb.method, endpoint.label());
    let has_docs = attrs.iter().any(|a| a.path().is_ident("doc"));
    let gap = has_docs.then(|| quote!(#[doc = ""]));
    // An API has as many parameters as it has.
    let many = (endpoint.sig.inputs.len() > 7).then(|| quote!(#[allow(clippy::too_many_arguments)]));
    let mut sig = signature(endpoint.sig, Some(endpoint.returns), &private(api));
    if needs_sized(endpoint.sig) {
        require_sized(&mut sig);
    }
    quote! {
        #(#attrs)*
        #gap
        #[doc = #line]
        #many
        #sig;
    }
}

/// The same signature, so that callers stay green.
fn expand_broken(api: &Api<'_>, broken: &Broken<'_>) -> TokenStream {
    let attrs = &broken.attrs;
    let mut sig = broken_signature(api, broken);
    if needs_sized(&broken.method.sig) {
        require_sized(&mut sig);
    }
    quote!(#(#attrs)* #sig;)
}

pub(super) fn broken_signature(api: &Api<'_>, broken: &Broken<'_>) -> Signature {
    let sig = &mendable(&broken.method.sig);
    let returns = match (&sig.asyncness, &sig.output) {
        (_, ReturnType::Default) => None,
        (Some(_), ReturnType::Type(_, ty)) => Some(Returns::Async(ty)),
        (None, ReturnType::Type(_, ty)) => Some(Returns::Lazy(ty)),
    };
    signature(sig, returns, &private(api))
}

/// What rustc would report a second time is taken away: qualifiers, patterns, attributes that nobody knows.
fn mendable(sig: &Signature) -> Signature {
    let mut sig = sig.clone();
    (sig.constness, sig.safety, sig.abi) = (None, syn::Safety::Default, None);
    for (i, input) in sig.inputs.iter_mut().enumerate() {
        let FnArg::Typed(input) = input else { continue };
        input.attrs.retain(|a| a.path().is_ident("cfg"));
        let name = match &*input.pat {
            Pat::Ident(pattern) => pattern.ident.clone(),
            _ => format_ident!("__argument{i}"),
        };
        *input.pat = syn::parse_quote!(#name);
    }
    sig
}

/// A helper passes as it is, as long as the trait stays fit for `dyn`.
///
/// in:  `async fn h(&self) -> R { .. }`
/// out: `fn h(&self) -> impl Future<Output = R> + Send where Self: Sized { async move { .. } }`
///
/// An `async fn` is not fit for `dyn`, and its future is not `Send` in generic code.
fn expand_helper(method: &MethodDef, attrs: &[&Attribute]) -> TokenStream {
    let MethodDef { sig, body, .. } = method;
    let mut out = sig.clone();
    if sig.asyncness.is_none() {
        if needs_sized(sig) {
            require_sized(&mut out);
        }
        return quote!(#(#attrs)* #out #body);
    }
    let output = match &sig.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, ty) => quote!(#ty),
    };
    out.asyncness = None;
    out.output = syn::parse_quote!(-> impl ::core::future::Future<Output = #output> + ::core::marker::Send);
    require_sized(&mut out);
    quote! {
        #(#attrs)*
        #[allow(clippy::manual_async_fn)]
        #out { async move #body }
    }
}
