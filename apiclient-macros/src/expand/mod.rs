//! Model to tokens. Nothing here can fail, and nothing here decides: one `quote!` of at most a screen per function.

mod client;
mod definition;
mod endpoint;
mod kept;
mod mapping;
mod mock;
mod params;

pub(crate) use mapping::{api_error, broken_api_error, broken_decode, from_headers, from_status, statuses};

use crate::{
    model::{Api, Argument, Returns},
    params::Struct,
};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, FnArg, Signature, Type};

pub(crate) fn api(api: &Api<'_>) -> TokenStream {
    let definition = definition::expand(api);
    let mock = api.mock.as_ref().map(|mock| mock::expand_struct(api, mock));
    let client = client::expand(api);
    quote! {
        #definition
        #client
        #mock
    }
}

/// What comes out of `#[derive(Params)]`.
pub(crate) fn params(definition: &Struct<'_>) -> TokenStream {
    params::expand(definition)
}

/// `::apiclient::__private`, for what stands outside of the block that has an alias for it.
fn private(api: &Api<'_>) -> TokenStream {
    let krate = &api.krate;
    quote!(#krate::__private)
}

/// The signature with the return type of a call and without our attributes; `rt` names the private module.
fn signature(sig: &Signature, returns: Option<Returns<'_>>, rt: &TokenStream) -> Signature {
    let mut sig = sig.clone();
    sig.asyncness = None;
    strip(&mut sig);
    let output = match returns {
        Some(Returns::Async(ty)) => call_of(ty, rt),
        Some(Returns::Lazy(ty)) => quote!(#ty),
        None => quote!(#rt::Call<()>),
    };
    sig.output = syn::ReturnType::Type(syn::Token![->](Span::call_site()), Box::new(Type::Verbatim(output)));
    sig
}

/// `CallOf<R>`, from the first token of `R` to its last: what `R` lacks is reported there.
fn call_of(ty: &Type, rt: &TokenStream) -> TokenStream {
    let (first, last) = ends(ty);
    let path = respan(quote!(#rt::CallOf), first);
    let open = quote_spanned!(first=> <);
    let close = quote_spanned!(last=> >);
    quote!(#path #open #ty #close)
}

/// Where the first and the last token of a type stand. (`Span::join` is not stable.)
fn ends(ty: &Type) -> (Span, Span) {
    let tokens: Vec<_> = quote!(#ty).into_iter().collect();
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => (first.span(), last.span()),
        _ => (Span::call_site(), Span::call_site()),
    }
}

/// The same tokens at another place, with their own hygiene.
fn respan(tokens: TokenStream, at: Span) -> TokenStream {
    let respanned = tokens.into_iter().map(|mut token| {
        token.set_span(token.span().located_at(at));
        token
    });
    respanned.collect()
}

/// Takes our attributes off the arguments.
fn strip(sig: &mut Signature) {
    for input in &mut sig.inputs {
        if let FnArg::Typed(input) = input {
            input.attrs.retain(|a| {
                !a.path().get_ident().is_some_and(|word| crate::words::is_ours(&word.to_string()))
            });
        }
    }
}

/// Whether the trait would lose `dyn` with this method: then it is for sized implementors only.
fn needs_sized(sig: &Signature) -> bool {
    let generic = sig.generics.params.iter().any(|p| !matches!(p, syn::GenericParam::Lifetime(_)));
    let returned = matches!(&sig.output, syn::ReturnType::Type(_, ty) if has_impl(ty));
    let taken = sig.inputs.iter().any(|input| matches!(input, FnArg::Typed(input) if has_impl(&input.ty)));
    generic || returned || taken || sig.receiver().is_none()
}

/// Whether `impl Trait` stands in a type. Its tokens tell: no type has the keyword otherwise.
fn has_impl(ty: &Type) -> bool {
    fn any(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => ident == "impl",
            proc_macro2::TokenTree::Group(group) => any(group.stream()),
            _ => false,
        })
    }
    any(quote!(#ty))
}

/// Whether `Self` stands in the tokens.
fn names_self(tokens: &TokenStream) -> bool {
    mock::names_any(tokens, &["Self".to_owned()])
}

fn require_sized(sig: &mut Signature) {
    sig.generics.make_where_clause().predicates.push(syn::parse_quote!(Self: ::core::marker::Sized));
}

/// The `#[cfg]`s, which every item made of a method needs.
fn cfgs<'a>(attrs: &[&'a Attribute]) -> Vec<&'a Attribute> {
    attrs.iter().copied().filter(|a| a.path().is_ident("cfg")).collect()
}

/// What the user allows in the trait holds for what is made of it.
fn lints<'a>(attrs: &[&'a Attribute]) -> Vec<&'a Attribute> {
    attrs.iter().copied().filter(|a| a.path().is_ident("allow")).collect()
}

/// The argument as a value, at the place of its type: that is what a missing impl is about.
fn value(argument: &Argument<'_>) -> TokenStream {
    let (first, last) = ends(argument.ty);
    let borrow = quote_spanned!(first=> &);
    let mut ident = argument.ident.clone();
    ident.set_span(ident.span().located_at(last));
    let this = argument.is_field.then(|| respan(quote!(self.), first));
    quote!(#borrow #this #ident)
}
