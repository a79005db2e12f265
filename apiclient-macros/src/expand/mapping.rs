//! Errors and answers by rule: the rules as data, and one `match` that builds what a rule stands for.

use super::{ends, respan};
use crate::{
    api_error::{Enum, Shape, has_from},
    from_answer::{Headers, Statuses},
    rules::{Code, Conditions, Keyed, Rule, Set, Source, Target},
};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{DeriveInput, Generics, Path};

/// `__rt::Statuses::new(&[(404, 404), (500, 599)])`
pub(crate) fn statuses(set: &Set) -> TokenStream {
    let ranges = set.ranges.iter().map(|(first, last)| {
        let (first, last) = (Literal::u16_unsuffixed(*first), Literal::u16_unsuffixed(*last));
        quote!((#first, #last))
    });
    quote!(__rt::Statuses::new(&[#(#ranges),*]))
}

/// The user's token, or ours of the same name.
fn key<T>(keyed: &Keyed<T>, word: &str) -> Ident {
    keyed.key.clone().unwrap_or_else(|| Ident::new(word, Span::call_site()))
}

/// `__rt::Rule::any().status(..).code(..)`
fn expand_rule(conditions: &Conditions) -> TokenStream {
    let status = conditions.statuses.iter().map(|keyed| {
        let (key, set) = (key(keyed, "status"), statuses(&keyed.value));
        quote!(.#key(#set))
    });
    let code = conditions.codes.iter().map(|keyed| {
        let (key, codes) = (key(keyed, "code"), keyed.value.iter().map(expand_code));
        quote!(.#key(&[#(#codes),*]))
    });
    let headers = conditions.headers.first().map(|keyed| {
        let key = key(keyed, "header");
        let pairs = conditions.headers.iter().map(|keyed| {
            let (name, value) = (keyed.value.0.value().to_ascii_lowercase(), &keyed.value.1);
            quote!((#name, #value))
        });
        quote!(.#key(&[#(#pairs),*]))
    });
    let kind = conditions.kind.iter().map(|keyed| {
        let (key, variant) = (key(keyed, "kind"), format_ident!("{}", keyed.value.variant));
        quote!(.#key(__rt::ErrorKind::#variant))
    });
    let when = conditions.when.iter().map(|keyed| {
        let (key, path) = (key(keyed, "when"), &keyed.value);
        quote!(.#key(#path))
    });
    quote!(__rt::Rule::any() #(#status)* #(#code)* #headers #(#kind)* #(#when)*)
}

fn expand_code(code: &Code) -> TokenStream {
    match code {
        Code::Text(text) => quote!(__rt::Literal::Text(#text)),
        Code::Integer(number) => {
            let number = Literal::i128_unsuffixed(*number);
            quote!(__rt::Literal::Integer(#number))
        }
    }
}

/// What reads a source that can be missing; the error itself cannot.
fn expand_source(source: &Source, error: &Ident) -> Option<TokenStream> {
    Some(match source {
        Source::Body => quote!(__rt::body(&mut #error)),
        Source::Status => quote!(__rt::status(&mut #error)),
        Source::Header(name) => quote!(__rt::header_of(&mut #error, #name)),
        Source::Pointer(pointer) => quote!(__rt::pointer(&mut #error, #pointer)),
        Source::Error => return None,
    })
}

/// One arm: reads what can be missing, and makes the value if all of it is there. `fields` are `member:`, its source, and where
/// a type that does not fit is reported.
fn expand_arm(path: &TokenStream, fields: &[(TokenStream, Source, Span)], error: &Ident) -> TokenStream {
    let locals: Vec<Ident> = (0..fields.len()).map(|i| format_ident!("__{i}")).collect();
    let made = fields.iter().zip(&locals).map(|((member, source, span), local)| match source {
        Source::Error => {
            let keep = respan(quote!(__rt::KeepsError::keep(#error)), *span);
            quote!(#member #keep)
        }
        _ => quote!(#member #local),
    });
    let made = quote!(return #path { #(#made),* });
    let fallible = fields
        .iter()
        .zip(&locals)
        .filter_map(|((_, source, span), local)| Some((local, respan(expand_source(source, error)?, *span))));
    expand_if_let(&fallible.collect::<Vec<_>>(), &made)
}

/// The same, made by a call: a variant, or a function.
fn expand_call(path: &syn::ExprPath, sources: &[(Source, Span)], error: &Ident) -> TokenStream {
    let locals: Vec<Ident> = sources
        .iter()
        .enumerate()
        .map(|(i, (_, span))| format_ident!("__{i}", span = span.resolved_at(Span::mixed_site())))
        .collect();
    let made = sources.iter().zip(&locals).map(|((source, span), local)| match source {
        Source::Error => respan(quote!(__rt::KeepsError::keep(#error)), *span),
        _ => quote!(#local),
    });
    let made = quote!(return #path(#(#made),*));
    let fallible = sources
        .iter()
        .zip(&locals)
        .filter_map(|((source, span), local)| Some((local, respan(expand_source(source, error)?, *span))));
    let fallible: Vec<_> = fallible.collect();
    expand_if_let(&fallible, &made)
}

/// `if let (Some(__0), Some(__1)) = (.., ..) { made }`
fn expand_if_let(fallible: &[(&Ident, TokenStream)], made: &TokenStream) -> TokenStream {
    let (locals, reads): (Vec<_>, Vec<_>) = fallible.iter().cloned().unzip();
    match &reads[..] {
        [] => quote!(#made,),
        [read] => quote!(if let ::core::option::Option::Some(#(#locals)*) = #read { #made }),
        _ => quote!(if let (#(::core::option::Option::Some(#locals)),*) = (#(#reads),*) { #made }),
    }
}

/// `0 | 1 => ..` for each group of rules.
fn expand_arms(groups: &[(usize, TokenStream)]) -> Vec<TokenStream> {
    let mut number = 0;
    let arms = groups.iter().map(|(rules, arm)| {
        let numbers = (number..number + rules).map(Literal::usize_unsuffixed);
        let arm = quote!(#(#numbers)|* => #arm);
        number += rules;
        arm
    });
    arms.collect()
}

/// Each rule that matches is tried, until one can be built.
fn expand_search(
    rules: &TokenStream,
    code_at: &TokenStream,
    arms: &[TokenStream],
    error: &Ident,
) -> TokenStream {
    quote! {
        #[allow(unused_mut)]
        let mut #error = #error;
        let mut __rules = __rt::Matching::new(#rules, #code_at);
        while let ::core::option::Option::Some(__rule) = __rules.next(&#error) {
            match __rule {
                #(#arms)*
                _ => {}
            }
        }
    }
}

fn error_ident() -> Ident {
    format_ident!("__error")
}

/// The body of a function from the runtime's error to a user's: `#[errors(..)]`, then `last`.
pub(super) fn expand_rules(rules: &[Rule], last: &TokenStream) -> TokenStream {
    let error = error_ident();
    let certain = rules
        .last()
        .filter(|rule| rule.conditions.is_any())
        .and_then(|rule| expand_certain(&rule.target, &error));
    let (rules, last) = match &certain {
        Some(certain) => (&rules[..rules.len() - 1], certain),
        None => (rules, last),
    };
    if rules.is_empty() {
        return last.clone();
    }
    let groups: Vec<(usize, TokenStream)> =
        rules.iter().map(|rule| (1, expand_target(&rule.target, &error))).collect();
    let conditions = rules.iter().map(|rule| expand_rule(&rule.conditions));
    let data = quote!(const { &[#(#conditions),*] });
    let search = expand_search(&data, &quote!(::core::option::Option::None), &expand_arms(&groups), &error);
    quote!(#search #last)
}

/// What can be made of every error: then nothing comes behind it.
fn expand_certain(target: &Target, error: &Ident) -> Option<TokenStream> {
    let keep = quote!(__rt::KeepsError::keep(#error));
    match target {
        Target::Unit(path) => Some(quote!(#path)),
        Target::With(path) => Some(quote!(#path(#error))),
        Target::Tuple(path, sources) => {
            matches!(sources[..], [(Source::Error, _)]).then(|| quote!(#path(#keep)))
        }
        Target::Struct(path, fields) => match &fields[..] {
            [(member, Source::Error, _)] => Some(quote!(#path { #member: #keep })),
            _ => None,
        },
    }
}

fn expand_target(target: &Target, error: &Ident) -> TokenStream {
    match target {
        Target::Unit(path) => quote!(return #path,),
        Target::With(path) => quote!(return #path(#error),),
        Target::Tuple(path, sources) => expand_call(path, sources, error),
        Target::Struct(path, fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(member, source, span)| (quote!(#member:), source.clone(), *span))
                .collect();
            expand_arm(&quote!(#path), &fields, error)
        }
    }
}

/// `member:` for each field, and where it comes from.
fn expand_fields(shape: &Shape<'_>) -> Vec<(TokenStream, Source, Span)> {
    let members = shape.variant.fields.members();
    let fields = members
        .zip(&shape.fields)
        .map(|(member, (field, source))| (quote!(#member:), source.clone(), ends(&field.ty).0));
    fields.collect()
}

/// What comes out of `#[derive(ApiError)]`.
pub(crate) fn api_error(definition: &Enum<'_>) -> TokenStream {
    let error = error_ident();
    let rules: Vec<TokenStream> =
        definition.variants.iter().flat_map(|choice| &choice.rules).map(|(c, _)| expand_rule(c)).collect();
    let groups: Vec<(usize, TokenStream)> = definition
        .variants
        .iter()
        .map(|choice| {
            let variant = &choice.shape.variant.ident;
            (choice.rules.len(), expand_arm(&quote!(Self::#variant), &expand_fields(&choice.shape), &error))
        })
        .collect();
    let code_at = match &definition.code_at {
        Some(pointer) => quote!(::core::option::Option::Some(#pointer)),
        None => quote!(::core::option::Option::None),
    };
    let search =
        (!rules.is_empty()).then(|| expand_search(&quote!(__RULES), &code_at, &expand_arms(&groups), &error));
    let other = definition.other.as_ref().map(|shape| expand_arm_of_other(shape, &error));
    let accessors = expand_accessors(definition);
    let (impl_generics, ty_generics, where_clause) = definition.generics.split_for_impl();
    let ident = definition.ident;
    let conversion = quote! {
        static __RULES: &[__rt::Rule] = &[#(#rules),*];
        #[automatically_derived]
        #[allow(clippy::match_same_arms, clippy::needless_return)]
        impl #impl_generics ::core::convert::From<__rt::Error> for #ident #ty_generics #where_clause {
            fn from(#error: __rt::Error) -> Self {
                #search
                #other
            }
        }
        #[automatically_derived]
        #[allow(clippy::match_same_arms)]
        impl #impl_generics __rt::ApiError for #ident #ty_generics #where_clause {
            #accessors
        }
    };
    within(&definition.krate, &conversion)
}

/// `const _: () = { use path as __rt; .. };`
fn within(krate: &Path, tokens: &TokenStream) -> TokenStream {
    quote! {
        const _: () = {
            use #krate::__private as __rt;
            #tokens
        };
    }
}

fn expand_arm_of_other(shape: &Shape<'_>, error: &Ident) -> TokenStream {
    let variant = &shape.variant.ident;
    let fields = expand_fields(shape).into_iter().map(|(member, _, span)| {
        let keep = respan(quote!(__rt::KeepsError::keep(#error)), span);
        quote!(#member #keep)
    });
    quote!(Self::#variant { #(#fields),* })
}

/// `error()` and `rules()`.
fn expand_accessors(definition: &Enum<'_>) -> TokenStream {
    let shapes = definition
        .variants
        .iter()
        .map(|choice| &choice.shape)
        .chain(&definition.by_hand)
        .chain(&definition.other);
    let kept = shapes.filter_map(|shape| {
        let variant = &shape.variant.ident;
        let members: Vec<_> = shape.variant.fields.members().collect();
        let at = shape.fields.iter().position(|(_, source)| matches!(source, Source::Error))?;
        let member = &members[at];
        let at = Span::call_site().located_at(ends(&shape.fields[at].0.ty).0);
        let local = Ident::new("__error", at);
        let kept = respan(quote!(__rt::KeepsError::kept(#local)), at);
        Some(quote!(Self::#variant { #member: #local, .. } => ::core::option::Option::Some(#kept),))
    });
    let mut number = 0;
    let rules: Vec<TokenStream> = definition
        .variants
        .iter()
        .map(|choice| {
            let variant = &choice.shape.variant.ident;
            let (first, last) = (number, number + choice.rules.len());
            number = last;
            let (first, last) = (Literal::usize_unsuffixed(first), Literal::usize_unsuffixed(last));
            quote!(Self::#variant { .. } => &__RULES[#first..#last],)
        })
        .collect();
    let rules = (!rules.is_empty()).then(|| {
        quote! {
            fn rules(&self) -> &'static [__rt::Rule] {
                match self {
                    #(#rules)*
                    _ => &[],
                }
            }
        }
    });
    quote! {
        fn error(&self) -> ::core::option::Option<&__rt::Error> {
            #[allow(unreachable_patterns)]
            match self {
                #(#kept)*
                _ => ::core::option::Option::None,
            }
        }
        #rules
    }
}

/// What comes out of `#[derive(FromStatus)]`.
pub(crate) fn from_status(definition: &Statuses<'_>) -> TokenStream {
    let ranges: Vec<(u16, u16)> =
        definition.variants.iter().flat_map(|(_, set)| set.ranges.clone()).collect();
    let all = statuses(&Set { ranges, span: Span::call_site() });
    let arms = definition.variants.iter().map(|(shape, set)| {
        let (variant, fields) = (&shape.variant.ident, expand_reads(expand_fields(shape)));
        let patterns = set.ranges.iter().map(|(first, last)| {
            let (from, to) = (Literal::u16_unsuffixed(*first), Literal::u16_unsuffixed(*last));
            if first == last { quote!(#from) } else { quote!(#from..=#to) }
        });
        quote!(#(#patterns)|* => ::core::result::Result::Ok(Self::#variant { #(#fields),* }),)
    });
    let body = quote! {
        const STATUSES: ::core::option::Option<__rt::Statuses> = ::core::option::Option::Some(#all);
        fn decode(__answer: &mut __rt::Answer) -> ::core::result::Result<Self, __rt::DecodeError> {
            match __answer.status().as_u16() {
                #(#arms)*
                _ => ::core::result::Result::Err(__rt::no_variant()),
            }
        }
    };
    within(&definition.krate, &decode(definition.ident, definition.generics, &body))
}

/// What comes out of `#[derive(FromHeaders)]`.
pub(crate) fn from_headers(definition: &Headers<'_>) -> TokenStream {
    let fields = definition.fields.iter().map(|(field, source)| {
        let member = &field.ident;
        (quote!(#member:), source.clone(), ends(&field.ty).0)
    });
    let fields = expand_reads(fields.collect());
    let body = quote! {
        fn decode(__answer: &mut __rt::Answer) -> ::core::result::Result<Self, __rt::DecodeError> {
            ::core::result::Result::Ok(Self { #(#fields),* })
        }
    };
    within(&definition.krate, &decode(definition.ident, definition.generics, &body))
}

/// `member: read?`
fn expand_reads(fields: Vec<(TokenStream, Source, Span)>) -> Vec<TokenStream> {
    let reads = fields.into_iter().map(|(member, source, span)| {
        let read = match source {
            Source::Header(name) => quote!(__rt::answer_header(__answer, #name)?),
            Source::Status => quote!(::core::convert::From::from(__answer.status())),
            _ => quote!(__rt::Decode::decode(__answer)?),
        };
        let read = respan(read, span);
        quote!(#member #read)
    });
    reads.collect()
}

fn decode(ident: &Ident, generics: &Generics, body: &TokenStream) -> TokenStream {
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics __rt::Decode for #ident #ty_generics #where_clause {
            #body
        }
    }
}

/// After an error: the impls that others ask for.
pub(crate) fn broken_api_error(input: &DeriveInput, krate: &Path) -> TokenStream {
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    let ident = &input.ident;
    let conversion = (!has_from(input)).then(|| {
        quote! {
            #[automatically_derived]
            impl #impl_generics ::core::convert::From<__rt::Error> for #ident #ty_generics #where_clause {
                fn from(_: __rt::Error) -> Self { ::core::unreachable!() }
            }
        }
    });
    within(
        krate,
        &quote! {
            #conversion
            #[automatically_derived]
            impl #impl_generics __rt::ApiError for #ident #ty_generics #where_clause {
                fn error(&self) -> ::core::option::Option<&__rt::Error> { ::core::unreachable!() }
            }
        },
    )
}

/// The same for a type that is read from an answer.
pub(crate) fn broken_decode(input: &DeriveInput, krate: &Path) -> TokenStream {
    let body = quote! {
        fn decode(_: &mut __rt::Answer) -> ::core::result::Result<Self, __rt::DecodeError> { ::core::unreachable!() }
    };
    within(krate, &decode(&input.ident, &input.generics, &body))
}
