//! The client: a struct with one field, and beside it the endpoints as data.

use super::{cfgs, definition::broken_signature, endpoint, lints, mock};
use crate::model::{Api, Item, plain};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

pub(crate) fn expand(api: &Api<'_>) -> TokenStream {
    let (krate, client, vis) = (&api.krate, &api.client, &api.definition.vis);
    let what = format!(" The client of the [`{}`] API.", api.definition.ident);
    let cfgs = cfgs(&api.attrs);
    let data = expand_data(api);
    let inherent = expand_inherent(api);
    let implementation = expand_implementation(api);
    let mock = api.mock.as_ref().map(|mock| mock::expand(api, mock));
    quote! {
        #(#cfgs)*
        #[doc = #what]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #vis struct #client {
            client: #krate::__private::Client,
        }
        #(#cfgs)*
        const _: () = {
            use #krate::__private as __rt;
            #data
            #inherent
            #implementation
            #mock
        };
    }
}

/// The trait and its endpoints as statics.
fn expand_data(api: &Api<'_>) -> TokenStream {
    let info = endpoint::expand_api(api);
    let what = format!(" The endpoints of [`{}`] as data.", api.definition.ident);
    let (fields, values, names): (Vec<_>, Vec<_>, Vec<_>) = per_endpoint(api);
    quote! {
        static __API: __rt::Api = #info;
        #[doc = #what]
        #[derive(::core::fmt::Debug)]
        #[allow(dead_code)]
        pub struct __Endpoints { #(#fields)* }
        static __ENDPOINTS: __Endpoints = __Endpoints { #(#values)* };
        static __ALL: &[&__rt::Endpoint] = &[#(#names)*];
        #[automatically_derived]
        #[allow(dead_code)]
        impl __Endpoints {
            /// All of them, in the order of the trait.
            pub fn iter(&self) -> impl ::core::iter::Iterator<Item = &'static __rt::Endpoint> {
                ::core::iter::Iterator::copied(__ALL.iter())
            }
        }
    }
}

/// Per endpoint: the field, its value, and the field in a list.
fn per_endpoint(api: &Api<'_>) -> (Vec<TokenStream>, Vec<TokenStream>, Vec<TokenStream>) {
    let (mut fields, mut values, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for item in &api.items {
        let (attrs, ident, value) = match item {
            Item::Endpoint(e) => (&e.attrs, &e.sig.ident, endpoint::expand_data(api, e)),
            Item::Broken(b) => {
                (&b.attrs, &b.method.sig.ident, endpoint::expand_broken_data(&plain(&b.method.sig.ident)))
            }
            Item::Helper(..) | Item::Other => continue,
        };
        let cfgs = cfgs(attrs);
        // Not the user's token: a rename of the method must not take the field for a variable.
        let field = field(ident);
        let what = format!(" `{field}`");
        fields.push(quote!(#(#cfgs)* #[doc = #what] pub #field: __rt::Endpoint,));
        values.push(quote!(#(#cfgs)* #field: #value,));
        names.push(quote!(#(#cfgs)* &__ENDPOINTS.#field,));
    }
    (fields, values, names)
}

/// The name of the field for a method.
pub(super) fn field(method: &syn::Ident) -> syn::Ident {
    format_ident!("{method}", span = proc_macro2::Span::call_site())
}

fn expand_inherent(api: &Api<'_>) -> TokenStream {
    let client = &api.client;
    let (trait_ident, vis) = (&api.definition.ident, &api.definition.vis);
    let new = match &api.base_url {
        Some(_) => " A client with the default settings.",
        None => {
            " A client with the default settings. The trait declares no base URL, so this is an error: use the builder."
        }
    };
    // Only the runtime knows whether it has that feature.
    let krate = &api.krate;
    let from_config = quote!(#krate::__from_config! { #vis fn from_config });
    let builder = format!(" Settings for a client of [`{trait_ident}`].");
    quote! {
        #[allow(dead_code)]
        impl #client {
            /// The endpoints as data: verb, template, name.
            #vis const ENDPOINTS: &'static __Endpoints = &__ENDPOINTS;
            #[doc = #new]
            ///
            /// # Errors
            ///
            /// If the base URL is missing or wrong, or if the transport cannot be made.
            #vis fn new() -> ::core::result::Result<Self, __rt::Error> {
                Self::builder().build()
            }
            #from_config
            #[doc = #builder]
            #vis fn builder() -> __rt::ClientBuilder<Self> {
                __rt::builder()
            }
            /// A client on connections, clock and settings that others share.
            #[must_use]
            #vis fn from_client(client: __rt::Client) -> Self {
                Self { client: __rt::bind(&client, &__API) }
            }
            /// What this client stands on.
            #[must_use]
            #vis fn client(&self) -> &__rt::Client {
                &self.client
            }
        }
        #[automatically_derived]
        impl __rt::ApiClient for #client {
            const API: ::core::option::Option<&'static __rt::Api> = ::core::option::Option::Some(&__API);
            fn from_client(client: __rt::Client) -> Self {
                #client::from_client(client)
            }
        }
    }
}

fn expand_implementation(api: &Api<'_>) -> TokenStream {
    let (client, trait_ident) = (&api.client, &api.definition.ident);
    let (impl_generics, ty_generics, where_clause) = api.definition.generics.split_for_impl();
    let lints = lints(&api.attrs);
    let methods = api.items.iter().filter_map(|item| match item {
        Item::Endpoint(e) => Some(endpoint::expand_method(api, e)),
        Item::Broken(broken) => {
            let cfgs = cfgs(&broken.attrs);
            let sig = broken_signature(api, broken);
            Some(quote!(#(#cfgs)* #[allow(unused_variables)] #sig { ::core::unreachable!() }))
        }
        Item::Helper(..) | Item::Other => None,
    });
    let promises = api.items.iter().filter_map(|item| match item {
        Item::Endpoint(e) => endpoint::expand_promises(api, e),
        _ => None,
    });
    let errors = endpoint::expand_shared(api);
    quote! {
        #(#promises)*
        #errors
        #[automatically_derived]
        #[allow(deprecated)]
        #(#lints)*
        impl #impl_generics #trait_ident #ty_generics for #client #where_clause {
            #(#methods)*
        }
    }
}
