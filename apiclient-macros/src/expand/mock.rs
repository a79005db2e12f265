//! The mock: a struct with a field per method, and the trait on it. Next to the client, whose data and rules it shares.

use super::{
    cfgs, client::field, definition::broken_signature, endpoint, ends, kept::kept, lints, needs_sized,
    respan, signature,
};
use crate::model::{Api, Argument, Broken, Endpoint, Item, Mock};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{Attribute, GenericParam};

/// The macro crate is told by the feature of `apiclient`; its own tests see what comes out with it.
const IS_THERE: bool = cfg!(any(feature = "testing", test));

/// `pub struct GitHubMock { pub repo: Mocked<..> }`
pub(crate) fn expand_struct(api: &Api<'_>, mock: &Mock) -> TokenStream {
    let (conditions, ident, vis) = (conditions(api, mock), &mock.ident, &api.definition.vis);
    if !IS_THERE {
        return missing(&conditions, &mock.word);
    }
    let trait_ident = &api.definition.ident;
    let rt = super::private(api);
    let fields = mocked(api).map(|endpoint| {
        let (cfgs, field, ty) =
            (cfgs(&endpoint.attrs), field(&endpoint.sig.ident), field_type(endpoint, &rt));
        let docs = format!(" `{} {}`{}", endpoint.verb.method, endpoint.label(), said_arguments(endpoint));
        quote!(#(#cfgs)* #[doc = #docs] #vis #field: #ty,)
    });
    let what =
        format!(" A mock of [`{trait_ident}`]: a field per method, each with its answers and its calls.");
    quote! {
        #(#conditions)*
        #[doc = #what]
        ///
        /// When it is dropped, it panics if a method was called that has no answer, or not as often as its `times` says.
        #[derive(::core::fmt::Debug)]
        #[allow(dead_code, clippy::type_complexity)]
        #vis struct #ident { #(#fields)* }
    }
}

/// Without the feature there is nothing to make a mock of.
fn missing(conditions: &[TokenStream], word: &Ident) -> TokenStream {
    let message = "`mock` needs the feature `testing` of apiclient\nhelp: in Cargo.toml, under [dev-dependencies]: `apiclient = { version = \"..\", features = [\"testing\"] }`, and here `mock(cfg(test))`";
    let error = quote_spanned!(word.span()=> ::core::compile_error! { #message });
    quote!(#(#conditions)* #error)
}

/// Where the mock is compiled: where the trait is, and what `mock(cfg(..))` says.
fn conditions(api: &Api<'_>, mock: &Mock) -> Vec<TokenStream> {
    let of_trait = cfgs(&api.attrs).into_iter().map(|cfg| quote!(#cfg));
    of_trait.chain(mock.cfgs.iter().map(|cfg| quote!(#[#cfg]))).collect()
}

fn endpoints<'a>(api: &'a Api<'_>) -> impl Iterator<Item = &'a Endpoint<'a>> {
    api.items
        .iter()
        .filter_map(|item| if let Item::Endpoint(endpoint) = item { Some(&**endpoint) } else { None })
}

/// The methods that have a field.
fn mocked<'a>(api: &'a Api<'_>) -> impl Iterator<Item = &'a Endpoint<'a>> {
    endpoints(api).filter(|endpoint| !is_chosen(endpoint))
}

/// Whether the caller chooses what the method returns, so that no field can hold its answers.
fn is_chosen(endpoint: &Endpoint<'_>) -> bool {
    let ty = endpoint.returns.ty();
    super::has_impl(ty) || names_any(&quote!(#ty), &generics(endpoint)) || super::names_self(&quote!(#ty))
}

/// The names of the method's types, constants and lifetimes.
pub(super) fn generics(endpoint: &Endpoint<'_>) -> Vec<String> {
    let names = endpoint.sig.generics.params.iter().map(|parameter| match parameter {
        GenericParam::Type(ty) => ty.ident.to_string(),
        GenericParam::Const(constant) => constant.ident.to_string(),
        GenericParam::Lifetime(lifetime) => lifetime.lifetime.ident.to_string(),
    });
    names.collect()
}

/// Whether one of these names stands in the tokens.
pub(super) fn names_any(tokens: &TokenStream, names: &[String]) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => names.iter().any(|name| ident == name),
        TokenTree::Group(group) => names_any(&group.stream(), names),
        _ => false,
    })
}

/// `MockOf<(String, u64), Call<Repo>>`
fn field_type(endpoint: &Endpoint<'_>, rt: &TokenStream) -> TokenStream {
    let kept = kept_arguments(endpoint, rt).into_iter().map(|(_, ty, _)| ty);
    let arguments = together(kept.collect());
    let call = endpoint::call_type_in(endpoint, rt);
    let first = ends(endpoint.returns.ty()).0;
    let mock_of = respan(quote!(#rt::MockOf), first);
    quote!(#mock_of<#arguments, #call>)
}

/// One argument is itself; several are a tuple.
fn together(mut all: Vec<TokenStream>) -> TokenStream {
    if all.len() == 1 { all.remove(0) } else { quote!((#(#all),*)) }
}

/// The arguments that are kept, with the type and the expression for it.
fn kept_arguments<'a>(
    endpoint: &'a Endpoint<'_>,
    rt: &TokenStream,
) -> Vec<(&'a Argument<'a>, TokenStream, TokenStream)> {
    let generics = generics(endpoint);
    let kept = endpoint.arguments.iter().filter_map(|argument| {
        let (ty, value) = kept(argument, &generics, rt)?;
        Some((argument, ty, value))
    });
    kept.collect()
}

/// What the docs of a field say about its arguments.
fn said_arguments(endpoint: &Endpoint<'_>) -> String {
    let names: Vec<String> =
        kept_arguments(endpoint, &TokenStream::new()).iter().map(|(argument, ..)| argument.name()).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => format!(", called with `{one}`"),
        all => format!(", called with `({})`", all.join(", ")),
    }
}

/// What stands beside the client: `new`, `verify`, the end, the trait.
pub(crate) fn expand(api: &Api<'_>, mock: &Mock) -> TokenStream {
    if !IS_THERE {
        return TokenStream::new();
    }
    let (ident, trait_ident, vis) = (&mock.ident, &api.definition.ident, &api.definition.vis);
    let conditions: Vec<TokenStream> = mock.cfgs.iter().map(|cfg| quote!(#[#cfg])).collect();
    let (fields, names): (Vec<_>, Vec<_>) = mocked(api).map(|endpoint| expand_field(api, endpoint)).unzip();
    let (impl_generics, ty_generics, where_clause) = api.definition.generics.split_for_impl();
    let methods = api.items.iter().filter_map(|item| match item {
        Item::Endpoint(endpoint) => Some(expand_method(api, endpoint)),
        Item::Broken(broken) => Some(expand_broken(api, broken)),
        Item::Helper(..) | Item::Other => None,
    });
    let lints = lints(&api.attrs);
    quote! {
        #(#conditions)*
        #[allow(dead_code)]
        impl #ident {
            /// A mock without answers.
            #[must_use]
            #vis fn new() -> Self {
                #[allow(unused_imports)]
                use __rt::NoMap as _;
                Self { #(#fields)* }
            }
            /// Whether all is as expected: every call got an answer, each method was called as often as its `times` says, and those
            /// with an answer at least once.
            ///
            /// # Panics
            ///
            /// If not, with a list of what is not.
            #[track_caller]
            #vis fn verify(&self) {
                __rt::verify(&[#(#names)*]);
            }
        }
        #(#conditions)*
        #[automatically_derived]
        impl ::core::default::Default for #ident {
            fn default() -> Self {
                Self::new()
            }
        }
        #(#conditions)*
        #[automatically_derived]
        impl ::core::ops::Drop for #ident {
            fn drop(&mut self) {
                __rt::end(&[#(#names)*]);
            }
        }
        #(#conditions)*
        #[automatically_derived]
        #[allow(deprecated)]
        #(#lints)*
        impl #impl_generics #trait_ident #ty_generics for #ident #where_clause {
            #(#methods)*
        }
    }
}

/// A field's first value, and the field in a list.
fn expand_field(api: &Api<'_>, endpoint: &Endpoint<'_>) -> (TokenStream, TokenStream) {
    let (cfgs, field, map) = (cfgs(&endpoint.attrs), field(&endpoint.sig.ident), expand_map(api, endpoint));
    let value = quote!(#(#cfgs)* #field: __rt::Mocked::new(&__ENDPOINTS.#field, #map),);
    (value, quote!(#(#cfgs)* &self.#field,))
}

/// As the client makes its errors.
fn expand_map(api: &Api<'_>, endpoint: &Endpoint<'_>) -> TokenStream {
    endpoint::expand_map(api, endpoint).unwrap_or_else(|| {
        let call = endpoint::call_type(endpoint);
        quote!(__rt::MapOf::<<#call as __rt::FromCall>::Error>::MAP)
    })
}

/// `fn repo(..) -> .. { __rt::mocked(&self.repo, (__rt::Keep::keep(owner), ..)) }`
fn expand_method(api: &Api<'_>, endpoint: &Endpoint<'_>) -> TokenStream {
    let rt = quote!(__rt);
    let mut sig = signature(endpoint.sig, Some(endpoint.returns), &rt);
    let (cfgs, lints) = (cfgs(&endpoint.attrs), lints(&endpoint.attrs));
    if needs_sized(endpoint.sig) {
        super::require_sized(&mut sig);
    }
    let this = endpoint.sig.receiver().map(|receiver| receiver.self_token);
    let field = field(&endpoint.sig.ident);
    let body = if is_chosen(endpoint) {
        let map = endpoint::expand_map(api, endpoint).unwrap_or_else(|| quote!(__rt::FromError::from_error));
        quote!(__rt::unmocked(&__ENDPOINTS.#field, #map))
    } else {
        let kept = kept_arguments(endpoint, &rt).into_iter().map(|(_, _, value)| value);
        let arguments = together(kept.collect());
        let otherwise = names_any(&arguments, &["AsJson".to_owned()]).then(|| {
            quote! {
                #[allow(unused_imports)]
                use __rt::NoJson as _;
            }
        });
        quote!(#otherwise __rt::mocked(&#this.#field, #arguments))
    };
    quote! {
        #(#cfgs)*
        #[allow(unused_variables)]
        #(#lints)*
        #sig { #body }
    }
}

/// It was reported, and is never called.
fn expand_broken(api: &Api<'_>, broken: &Broken<'_>) -> TokenStream {
    let cfgs: Vec<&Attribute> = cfgs(&broken.attrs);
    let sig = broken_signature(api, broken);
    quote!(#(#cfgs)* #[allow(unused_variables)] #sig { ::core::unreachable!() })
}
