//! How a mock keeps an argument: as what it owns. Types are read as they are written, since a macro sees no more of them.

use super::{cfgs, ends, mock::names_any, respan, value};
use crate::model::{Argument, Codec, Role, Word};
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::{GenericArgument, PathArguments, Type};

/// The type and the expression of an argument as it is kept; none for one that has no value of its own which could be kept.
pub(super) fn kept(
    argument: &Argument<'_>,
    generics: &[String],
    rt: &TokenStream,
) -> Option<(TokenStream, TokenStream)> {
    // No element of a tuple can be compiled or not.
    if !cfgs(&argument.attrs).is_empty() {
        return None;
    }
    let ident = argument.ident;
    let keeping = Keeping { generics, rt };
    let owned = match argument.ty {
        Type::Reference(reference) if !keeping.is_free(argument.ty) => {
            keeping.owned(&reference.elem, &quote!(#ident))
        }
        ty => keeping.owned(ty, &value(argument)),
    };
    owned.or_else(|| is_json(argument).then(|| (quote!(#rt::Value), quote!(#rt::AsJson(&#ident).keep()))))
}

/// Whether the argument can be written as JSON whatever its type is: then it is `Serialize`.
fn is_json(argument: &Argument<'_>) -> bool {
    let tuned = argument.tuning.with.is_some() || argument.tuning.is(Word::Display);
    let is_serialize = match &argument.role {
        Role::Template
        | Role::Value
        | Role::Query { .. }
        | Role::Header { .. }
        | Role::Headers
        | Role::Cookie { .. }
        | Role::IdempotencyKey { .. }
        | Role::Field { .. } => true,
        Role::Body { codec, .. } => !matches!(codec, Codec::Bytes),
        Role::Part { json, .. } => *json,
        Role::Url { .. } | Role::Extension | Role::Params { .. } | Role::Timeout { .. } => false,
    };
    is_serialize && !tuned
}

struct Keeping<'a> {
    generics: &'a [String],
    rt: &'a TokenStream,
}

impl Keeping<'_> {
    /// The type that `ty` is kept as, and how it is made of `value`, which is a reference to it. None if `ty` has a lifetime in a
    /// place that is not known.
    fn owned(&self, ty: &Type, value: &TokenStream) -> Option<(TokenStream, TokenStream)> {
        let rt = self.rt;
        if self.is_free(ty) {
            // What the type lacks is reported at the type.
            let keep = respan(quote!(#rt::Keep), ends(ty).0);
            return Some((quote!(<#ty as #rt::Owned>::Owned), quote!(#keep::keep(#value))));
        }
        match ty {
            Type::Reference(reference) => self.owned(&reference.elem, &quote!(*#value)),
            Type::Paren(paren) => self.owned(&paren.elem, value),
            Type::Group(group) => self.owned(&group.elem, value),
            Type::Slice(slice) => {
                let (ty, item) = self.owned(&slice.elem, &quote!(__item))?;
                let items = quote!(<[_]>::iter(#value));
                Some((vec_of(&ty), collected(&items, &item)))
            }
            Type::Path(path) if path.qself.is_none() => self.owned_path(&path.path, value),
            _ => None,
        }
    }

    /// `Option<&str>`, `Vec<&str>`, `Cow<'_, str>`
    fn owned_path(&self, path: &syn::Path, value: &TokenStream) -> Option<(TokenStream, TokenStream)> {
        let last = path.segments.last()?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
        let inner = arguments
            .args
            .iter()
            .find_map(|a| if let GenericArgument::Type(ty) = a { Some(ty) } else { None })?;
        match last.ident.to_string().as_str() {
            "Option" => {
                let (ty, item) = self.owned(inner, &quote!(__item))?;
                let map = quote!(::core::option::Option::map(::core::option::Option::as_ref(#value), |__item| #item));
                Some((quote!(::core::option::Option<#ty>), map))
            }
            "Vec" => {
                let (ty, item) = self.owned(inner, &quote!(__item))?;
                let items = quote!(<[_]>::iter(#value));
                Some((vec_of(&ty), collected(&items, &item)))
            }
            "Cow" if self.is_free(inner) => self.owned(inner, &quote!(&**#value)),
            _ => None,
        }
    }

    /// No lifetime but `'static`, nothing generic: the type can stand in a field.
    fn is_free(&self, ty: &Type) -> bool {
        let tokens = quote!(#ty);
        !super::has_impl(ty)
            && !names_any(&tokens, self.generics)
            && !super::names_self(&tokens)
            && !is_bound(tokens)
    }
}

fn vec_of(ty: &TokenStream) -> TokenStream {
    quote!(::std::vec::Vec<#ty>)
}

fn collected(items: &TokenStream, item: &TokenStream) -> TokenStream {
    quote!(::core::iter::Iterator::collect(::core::iter::Iterator::map(#items, |__item| #item)))
}

/// Whether a reference or a lifetime other than `'static` stands in the tokens.
fn is_bound(tokens: TokenStream) -> bool {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let found = match token {
            TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                !matches!(tokens.peek(), Some(TokenTree::Ident(name)) if name == "static")
            }
            // `&'static str` is bound to nothing.
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                !matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '\'')
            }
            TokenTree::Group(group) => is_bound(group.stream()),
            _ => false,
        };
        if found {
            return true;
        }
    }
    false
}
