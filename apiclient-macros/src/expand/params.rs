//! `#[derive(Params)]`: what the fields write, and how a struct is made.

use super::endpoint::{expand_piece, expand_step, expand_value};
use crate::{
    model::plain,
    params::{Member, Presence, Struct},
};
use proc_macro2::TokenStream;
use quote::quote;

pub(crate) fn expand(definition: &Struct<'_>) -> TokenStream {
    let krate = &definition.krate;
    let implementation = expand_implementation(definition);
    let builder = definition.builder.then(|| expand_builder(definition));
    quote! {
        #builder
        const _: () = {
            use #krate::__private as __rt;
            #implementation
        };
    }
}

fn expand_implementation(definition: &Struct<'_>) -> TokenStream {
    let (ident, fields) = (definition.ident, &definition.fields);
    let (impl_generics, ty_generics, where_clause) = definition.generics.split_for_impl();
    let names: Vec<String> = definition.variables().map(|member| member.argument.name()).collect();
    let sends: Vec<String> =
        fields.iter().flat_map(|member| crate::params::sends(&member.argument)).collect();
    let values = definition.variables().map(|member| expand_value(&member.argument));
    let pieces = fields.iter().filter_map(|member| expand_piece(&member.argument));
    let written = fields.iter().filter(|member| member.argument.role.is_piece());
    let written = written.map(|member| expand_value(&member.argument));
    let steps = fields.iter().filter_map(|member| expand_step(&member.argument));
    quote! {
        #[automatically_derived]
        impl #impl_generics __rt::Params for #ident #ty_generics #where_clause {
            const VARIABLES: &'static [&'static str] = &[#(#names),*];
            const SENDS: &'static [&'static str] = &[#(#sends),*];
            fn variable(
                &self,
                name: &str,
                out: &mut __rt::Expander<'_>,
            ) -> ::core::result::Result<(), __rt::ParamError> {
                match name {
                    #(#names => __rt::Param::expand(#values, out),)*
                    _ => __rt::no_variable(),
                }
            }
            fn apply(&self, call: __rt::RawCall) -> __rt::RawCall {
                call.more(const { &[#(#pieces),*] }, &[#(#written),*]) #(#steps)*
            }
        }
    }
}

/// `new` with what must be there, and a setter for each of the others.
fn expand_builder(definition: &Struct<'_>) -> TokenStream {
    let Struct { ident, vis, generics, fields, .. } = definition;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let required = fields.iter().filter(|member| matches!(member.presence, Presence::Required));
    let required: Vec<TokenStream> = required
        .map(|Member { argument, .. }| {
            let (field, ty) = (argument.ident, argument.ty);
            quote!(#field: #ty)
        })
        .collect();
    let values = fields.iter().map(|Member { argument, presence, .. }| {
        let field = argument.ident;
        match presence {
            Presence::Required => quote!(#field),
            Presence::Optional(_) => quote!(#field: ::core::option::Option::None),
            Presence::Default => quote!(#field: ::core::default::Default::default()),
        }
    });
    let setters = fields.iter().filter_map(|member| expand_setter(definition, member));
    let many = (required.len() > 7).then(|| quote!(#[allow(clippy::too_many_arguments)]));
    let what = match required.len() == fields.len() {
        true => " All fields, in the order of the struct.".to_owned(),
        false => " The fields that must be there. The others have a method each that sets them.".to_owned(),
    };
    quote! {
        #[automatically_derived]
        #[allow(dead_code)]
        impl #impl_generics #ident #ty_generics #where_clause {
            #[doc = #what]
            #many
            #vis fn new(#(#required),*) -> Self {
                Self { #(#values),* }
            }
            #(#setters)*
        }
    }
}

fn expand_setter(definition: &Struct<'_>, member: &Member<'_>) -> Option<TokenStream> {
    let (field, vis, docs) = (member.argument.ident, definition.vis, &member.docs);
    let (ty, value) = match member.presence {
        Presence::Required => return None,
        Presence::Optional(inner) => (inner, quote!(::core::option::Option::Some(#field))),
        Presence::Default => (member.argument.ty, quote!(#field)),
    };
    let what = docs.is_empty().then(|| {
        let what = format!(" Sets `{}`.", plain(field));
        quote!(#[doc = #what])
    });
    Some(quote! {
        #(#docs)*
        #what
        #[must_use]
        #vis fn #field(mut self, #field: #ty) -> Self {
            self.#field = #value;
            self
        }
    })
}
