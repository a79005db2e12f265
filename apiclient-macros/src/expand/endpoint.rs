//! One endpoint: its data, and the method that makes a call of it.

use super::{call_of, cfgs, ends, lints, mapping, respan, signature, value};
use crate::{
    model::{
        Api, Argument, AuthChoice, Bit, Codec, Constant, Endpoint, Item, Named, Piece, Place, Policies,
        Returns, Role, Scheme, SchemeKind, Setting, Style, Tuning, Variable, Word, plain,
    },
    rules::Rule,
};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use std::collections::BTreeSet;

/// `__rt::Api::new(..).base_url(..)`
pub(crate) fn expand_api(api: &Api<'_>) -> TokenStream {
    let (name, user_agent) = (&api.name, user_agent());
    let base_url = api.base_url.as_ref().map(|url| quote!(.base_url(#url)));
    let base_path = api.base_path.as_ref().map(|path| quote!(.base_path(#path)));
    let policies = expand_policies(&api.policies);
    let held = expand_held(api);
    let origins = api.allow_origins.as_deref().unwrap_or_default();
    let origins = (!origins.is_empty()).then(|| quote!(.allow_origins(&[#(#origins),*])));
    let show = api.show.iter().map(|(word, value)| quote!(.#word(#value)));
    let show = (!api.show.is_empty()).then(|| quote!(.show(__rt::Show::new() #(#show)*)));
    let auth = expand_schemes(&api.policies.schemes);
    quote!(__rt::Api::new(#name, #user_agent) #base_url #base_path #origins #show #auth #policies #held .endpoints(__ALL))
}

/// `.auth(&[__rt::Scheme::bearer("bearer")])`
fn expand_schemes(schemes: &[Scheme]) -> Option<TokenStream> {
    let attribute = &schemes.first()?.attribute;
    let schemes = schemes.iter().map(|Scheme { name, word, kind, scopes, .. }| {
        let made = match kind {
            SchemeKind::Bearer | SchemeKind::Basic | SchemeKind::Digest | SchemeKind::Custom => {
                quote!(#word(#name))
            }
            SchemeKind::Key(Place::Header, header) => quote!(#word(#name, #header)),
            SchemeKind::Key(Place::Query, key) => {
                quote_spanned!(word.span()=> query_key(#name, #key))
            }
            SchemeKind::Key(Place::Cookie, key) => {
                quote_spanned!(word.span()=> cookie_key(#name, #key))
            }
        };
        let scopes = scopes.as_ref().map(|scopes| quote!(.scopes(&[#(#scopes),*])));
        quote!(__rt::Scheme::#made #scopes)
    });
    Some(quote!(.#attribute(&[#(#schemes),*])))
}

/// `.auth(__rt::AuthChoice::scheme(1))`
fn expand_choice(api: &Api<'_>, endpoint: &Endpoint<'_>) -> Option<TokenStream> {
    let AuthChoice { word, named, scopes } = endpoint.policies.auth.as_ref()?;
    let scopes = scopes.as_ref().map(|scopes| quote!(.scopes(&[#(#scopes),*])));
    let made = match named {
        Named::None => quote!(none()),
        Named::First => quote!(scheme(0)),
        Named::Name(name) => {
            let name = plain(name);
            let at = api.policies.schemes.iter().position(|scheme| scheme.name == name)?;
            quote!(scheme(#at))
        }
    };
    Some(quote!(.#word(__rt::AuthChoice::#made #scopes)))
}

/// The trait's headers with values of the client, and the names of all such values.
fn expand_held(api: &Api<'_>) -> TokenStream {
    let endpoints =
        || api.items.iter().filter_map(|item| if let Item::Endpoint(e) = item { Some(e) } else { None });
    let mut names = BTreeSet::new();
    for endpoint in endpoints() {
        for constant in constants(api, endpoint) {
            names.extend(
                constant.constant.names().filter(|name| endpoint.value(name).is_none()).map(str::to_owned),
            );
        }
    }
    let headers: Vec<TokenStream> = api
        .policies
        .headers
        .iter()
        .filter(|header| header.value.is_some() && header.text().is_none())
        .filter(|header| header.names().all(|name| names.contains(name)))
        .map(|header| {
            let (name, bits) = (header.lower(), expand_bits(header, None));
            quote!((__rt::HeaderName::from_static(#name), &[#(#bits),*]))
        })
        .collect();
    let headers = (!headers.is_empty()).then(|| {
        let count = headers.len();
        quote! {
            .held_headers({
                static __HEADERS: [__rt::HeldHeader; #count] = [#(#headers),*];
                &__HEADERS
            })
        }
    });
    let names = (!names.is_empty()).then(|| {
        let names = names.iter();
        quote!(.values(&[#(#names),*]))
    });
    quote!(#headers #names)
}

/// What trait or method declare for an endpoint.
struct Declared<'a> {
    constant: &'a Constant,
    kind: Kind,
    /// By the method.
    is_own: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Header,
    Query,
    /// The key of a limit.
    Key,
}

/// What is declared for an endpoint: the method's, and the trait's that the method leaves alone.
fn constants<'a>(api: &'a Api<'_>, endpoint: &'a Endpoint<'_>) -> Vec<Declared<'a>> {
    let (own, of_trait) = (&endpoint.policies, &api.policies);
    let declare = |kind, is_own| move |constant| Declared { constant, kind, is_own };
    let (header, query) = (|is_own| declare(Kind::Header, is_own), |is_own| declare(Kind::Query, is_own));
    let keys = of_trait.limit_key.iter().map(declare(Kind::Key, false));
    let keys = keys.chain(own.limit_key.iter().map(declare(Kind::Key, true)));
    let headers = of_trait.headers.iter().filter(|header| !sets_header(endpoint, &header.lower()));
    let queries = of_trait.queries.iter().filter(|query| !sends_query(endpoint, &query.name.value()));
    let of_trait = headers.map(header(false)).chain(queries.map(query(false)));
    let own = own.headers.iter().map(header(true)).chain(own.queries.iter().map(query(true)));
    of_trait.chain(own).chain(keys).collect()
}

/// Whether a method says something itself about a header.
fn sets_header(endpoint: &Endpoint<'_>, lower: &str) -> bool {
    let argument = |a: &Argument<'_>| matches!(&a.role, Role::Header { name } if name.value().to_ascii_lowercase() == lower);
    endpoint.policies.headers.iter().any(|header| header.lower() == lower)
        || endpoint.arguments.iter().any(argument)
}

/// Whether a method says something itself about a parameter of the query. One that is given its URL is given its query, too,
/// and what the trait says about its own origin is nothing for another.
fn sends_query(endpoint: &Endpoint<'_>, wire: &str) -> bool {
    endpoint.template.origin.is_some()
        || endpoint.arguments.iter().any(|a| matches!(a.role, Role::Url { .. }))
        || crate::check::constant_queries(endpoint).iter().any(|name| name == wire)
        || endpoint.policies.queries.iter().any(|query| query.name.value() == wire)
        || endpoint.template.variables().any(|v| matches!(v.operator, Some('?' | '&')) && v.wire == wire)
        || endpoint.arguments.iter().any(|a| matches!(&a.role, Role::Query { wire: own, .. } if own == wire))
}

fn expand_bits(constant: &Constant, endpoint: Option<&Endpoint<'_>>) -> Vec<TokenStream> {
    let bits = constant.value.iter().flatten().map(|bit| match bit {
        Bit::Text(text) => quote!(__rt::Bit::Text(#text)),
        Bit::Name(name) if endpoint.is_some_and(|e| e.value(name).is_some()) => {
            quote!(__rt::Bit::Argument(#name))
        }
        Bit::Name(name) => quote!(__rt::Bit::Held(#name)),
    });
    bits.collect()
}

/// The crate that is being compiled, which is the user's.
fn user_agent() -> String {
    let of = |name: &str, or: &str| {
        std::env::var(name).ok().filter(|v| !v.is_empty()).unwrap_or_else(|| or.to_owned())
    };
    format!("{}/{}", of("CARGO_PKG_NAME", "apiclient"), of("CARGO_PKG_VERSION", "0"))
}

/// `__rt::Endpoint::get(&__API, "repo", "/repos/{owner}", &[..]).timeout(..)`: verb and keys are the user's tokens.
pub(crate) fn expand_data(api: &Api<'_>, endpoint: &Endpoint<'_>) -> TokenStream {
    let (name, template) = (endpoint.name(), endpoint.label());
    let word = &endpoint.verb.word;
    let custom = endpoint.verb.custom.as_ref().map(|method| quote!(#method,));
    let pieces = expand_pieces(api, endpoint);
    let policies = expand_policies(&endpoint.policies);
    let origin = endpoint.template.origin.as_ref().map(|origin| quote!(.origin(#origin)));
    let auth = expand_choice(api, endpoint);
    quote!(__rt::Endpoint::#word(&__API, #name, #custom #template, &[#(#pieces),*]) #origin #auth #policies)
}

/// Stands for a method that was reported.
pub(crate) fn expand_broken_data(name: &str) -> TokenStream {
    quote!(__rt::Endpoint::get(&__API, #name, "", &[]))
}

fn expand_policies(policies: &Policies) -> TokenStream {
    let settings = policies.settings.iter().map(|Setting { word, value, .. }| quote!(.#word(#value)));
    // Those with values in them are pieces of each endpoint, or held.
    let headers = policies.headers.iter().filter(|header| header.value.is_none() || header.text().is_some());
    let headers: Vec<TokenStream> = headers
        .map(|header| {
            let name = header.lower();
            let value = match header.text() {
                Some(value) => quote!(::core::option::Option::Some(__rt::HeaderValue::from_static(#value))),
                None => quote!(::core::option::Option::None),
            };
            quote!((__rt::HeaderName::from_static(#name), #value))
        })
        .collect();
    let headers = (!headers.is_empty()).then(|| {
        let count = headers.len();
        quote! {
            .headers({
                static __HEADERS: [__rt::StaticHeader; #count] = [#(#headers),*];
                &__HEADERS
            })
        }
    });
    let envelope = policies.answers.envelope.as_ref().and_then(|envelope| {
        let (word, pointer) = (&envelope.word, envelope.pointer.as_ref()?);
        Some(quote!(.#word(#pointer)))
    });
    quote!(#headers #(#settings)* #envelope)
}

/// The template's pieces, what trait and method declare, then the arguments that stand outside of both.
fn expand_pieces(api: &Api<'_>, endpoint: &Endpoint<'_>) -> Vec<TokenStream> {
    let slash = endpoint.template.slash.then(|| quote!(__rt::slash()));
    let template = endpoint.template.pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => expand_literal(text),
        Piece::Variable(variable) => expand_variable(endpoint, variable),
    });
    let declared = declared(api, endpoint).into_iter().map(|declared| expand_constant(&declared, endpoint));
    let outside = endpoint.arguments.iter().filter_map(|argument| {
        let (cfgs, piece) = (cfgs(&argument.attrs), expand_piece(argument)?);
        let absent = replaced(api, argument).map(|pair| quote!(.absent(#pair)));
        Some(quote!(#(#cfgs)* #piece #absent))
    });
    slash.into_iter().chain(template).chain(declared).chain(outside).collect()
}

/// The constants that are pieces: all of the query, and the headers with an argument in them.
fn declared<'a>(api: &'a Api<'_>, endpoint: &'a Endpoint<'_>) -> Vec<Declared<'a>> {
    let is_piece = |declared: &Declared<'_>| {
        let Declared { constant, kind, is_own } = declared;
        let is_header = *kind == Kind::Header;
        let bound = constant.names().any(|name| endpoint.value(name).is_some());
        // A header of the trait whose values the client holds is ready before any call.
        constant.value.is_some() && (!is_header || (constant.text().is_none() && (bound || *is_own)))
    };
    constants(api, endpoint).into_iter().filter(is_piece).collect()
}

/// What the trait sends under the name of a query argument: it counts where the argument is `None`, as with headers.
fn replaced(api: &Api<'_>, argument: &Argument<'_>) -> Option<String> {
    let Role::Query { wire, .. } = &argument.role else { return None };
    let constant = api.policies.queries.iter().find(|query| query.name.value() == *wire)?;
    let text = constant.text().filter(|_| argument.tuning.default.is_none())?;
    Some(format!("{}={}", query_name(wire, false), query_name(&text, false)))
}

fn expand_constant(declared: &Declared<'_>, endpoint: &Endpoint<'_>) -> TokenStream {
    let Declared { constant, kind, is_own } = *declared;
    let bits = expand_bits(constant, Some(endpoint));
    let is_header = match kind {
        Kind::Key => {
            let of = Ident::new(if is_own { "Method" } else { "Trait" }, Span::call_site());
            return quote!(__rt::limit_key(__rt::KeyOf::#of, &[#(#bits),*]));
        }
        Kind::Header => true,
        Kind::Query => false,
    };
    let alone = match (constant.value.as_deref(), constant.names().next()) {
        (Some([_]), Some(name)) if endpoint.value(name).is_some() => Some(name),
        _ => None,
    };
    let name = if is_header { constant.lower() } else { query_name(&constant.name.value(), false) };
    match (is_header, alone, constant.text()) {
        (true, Some(argument), _) => quote!(__rt::header(#name, #argument)),
        (true, None, _) => quote!(__rt::composed_header(#name, &[#(#bits),*])),
        (false, _, Some(text)) => {
            let pair = format!("{name}={}", query_name(&text, false));
            quote!(__rt::pair(#pair))
        }
        (false, Some(argument), _) => {
            let argument = (argument != name).then(|| quote!(.argument(#argument)));
            quote!(__rt::query(#name).explode() #argument)
        }
        (false, None, _) => quote!(__rt::composed_query(#name, &[#(#bits),*])),
    }
}

/// The piece of an argument outside of the template.
pub(super) fn expand_piece(argument: &Argument<'_>) -> Option<TokenStream> {
    let name = argument.name();
    let (kind, wire) = match &argument.role {
        Role::Query { wire, .. } => ("query", wire),
        Role::Field { wire, .. } => ("field", wire),
        Role::Cookie { wire, .. } => {
            let said = (*wire != name).then(|| quote!(.argument(#name)));
            return Some(quote!(__rt::cookie(#wire).explode() #said));
        }
        Role::Header { name: header } => {
            let header = header.value().to_ascii_lowercase();
            return Some(quote!(__rt::header(#header, #name)));
        }
        Role::Headers => return Some(quote!(__rt::headers(#name))),
        _ => return None,
    };
    let Tuning { style, joined, .. } = &argument.tuning;
    let (encoded, flag) = (argument.tuning.is(Word::Encoded), argument.tuning.is(Word::Flag));
    let sent = match kind {
        "field" if !encoded => form_name(wire),
        _ => query_name(wire, encoded),
    };
    let kind = Ident::new(kind, Span::call_site());
    let explode = match style {
        _ if *joined || flag => None,
        Some(style) if style.variant != "Form" => None,
        _ => Some(quote!(.explode())),
    };
    let style = match style {
        _ if flag => Some(quote!(.style(__rt::Style::Flag))),
        Some(style) if style.variant != "Form" => {
            Some(expand_style(style)).map(|style| quote!(.style(#style)))
        }
        _ => None,
    };
    let encoded = encoded.then(|| quote!(.encoded()));
    let named = (argument.tuning.named && explode.is_some()).then(|| quote!(.named()));
    let said = (sent != name).then(|| quote!(.argument(#name)));
    Some(quote!(__rt::#kind(#sent) #explode #style #encoded #named #said))
}

/// The variant of the runtime, at the user's word.
fn expand_style(style: &Style) -> TokenStream {
    let variant = Ident::new(style.variant, style.word.span());
    quote!(__rt::Style::#variant)
}

/// A name as a query has it; what is encoded already stays.
fn query_name(name: &str, is_encoded: bool) -> String {
    let bytes = name.as_bytes();
    let passes = |i: usize| {
        let byte = bytes[i];
        byte.is_ascii_alphanumeric()
            || b"-._~".contains(&byte)
            || (is_encoded && b":/?[]@!$'()*+,;".contains(&byte))
            || (is_encoded
                && matches!(bytes[i..], [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
    };
    (0..bytes.len())
        .map(|i| if passes(i) { char::from(bytes[i]).to_string() } else { format!("%{:02X}", bytes[i]) })
        .collect()
}

/// A name as an HTML form has it.
fn form_name(name: &str) -> String {
    let encode = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        b if b.is_ascii_alphanumeric() || b"*-._".contains(&b) => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    name.bytes().map(encode).collect()
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
    match c.is_ascii() && c != ' ' {
        true => c.into(),
        false => c.encode_utf8(&mut [0; 4]).bytes().map(|b| format!("%{b:02X}")).collect::<Vec<_>>().concat(),
    }
}

fn expand_variable(endpoint: &Endpoint<'_>, variable: &Variable) -> TokenStream {
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
    let argument = &variable.argument;
    let said = (argument != wire).then(|| quote!(.argument(#argument)));
    let empty = endpoint
        .argument(argument)
        .is_some_and(|a| a.tuning.is(Word::AllowEmpty))
        .then(|| quote!(.allow_empty()));
    quote!(__rt::#kind(#wire) #next #explode #prefix #said #empty)
}

/// `fn repo(..) -> .. { __rt::finish(__rt::call(&#this.client, &__ENDPOINTS.repo, &[&owner]).json(body)) }`
pub(crate) fn expand_method(api: &Api<'_>, endpoint: &Endpoint<'_>) -> TokenStream {
    let sig = signature(endpoint.sig, Some(endpoint.returns), &quote!(__rt));
    let (cfgs, lints) = (cfgs(&endpoint.attrs), lints(&endpoint.attrs));
    // The user's token: a trait that went through `macro_rules!` has a `self` of its own.
    let this = endpoint.sig.receiver().map(|receiver| receiver.self_token);
    let field = super::client::field(&endpoint.sig.ident);
    let values = expand_values(api, endpoint);
    let steps = endpoint.arguments.iter().filter_map(expand_step);
    let (entry, url) = match endpoint.arguments.iter().find(|a| matches!(a.role, Role::Url { .. })) {
        None => (quote!(__rt::call), None),
        Some(url) => {
            let (name, url) = (url.name(), value(url));
            (quote!(__rt::call_at), Some(quote!(#name, #url,)))
        }
    };
    let call = quote!(#entry(&#this.client, &__ENDPOINTS.#field, #url &[#(#values),*]) #(#steps)*);
    let body = finish(api, endpoint, &call);
    quote! {
        #(#cfgs)*
        #(#lints)*
        #sig #body
    }
}

/// The values in the order of the pieces that take one.
fn expand_values(api: &Api<'_>, endpoint: &Endpoint<'_>) -> Vec<TokenStream> {
    let inside = endpoint.template.variables().filter_map(|v| match endpoint.argument(&v.argument) {
        Some(argument) => Some(expand_value(argument)),
        None => endpoint.params().map(|_| {
            let name = &v.argument;
            quote!(&__params.variable(#name))
        }),
    });
    let declared = declared(api, endpoint).into_iter().flat_map(|declared| {
        declared
            .constant
            .names()
            .filter_map(|name| endpoint.value(name))
            .map(expand_value)
            .collect::<Vec<_>>()
    });
    let outside = endpoint.arguments.iter().filter(|a| a.role.is_piece()).map(|a| {
        let (cfgs, value) = (cfgs(&a.attrs), expand_value(a));
        quote!(#(#cfgs)* #value)
    });
    inside.chain(declared).chain(outside).collect()
}

/// The value of an argument as its options want it.
pub(super) fn expand_value(argument: &Argument<'_>) -> TokenStream {
    let Tuning { with, default, .. } = &argument.tuning;
    let mut out = value(argument);
    if let Some(with) = with {
        out = match with {
            syn::Expr::Closure(_) => quote!(&(#with)(#out)),
            _ => quote!(&#with(#out)),
        };
    }
    if argument.tuning.is(Word::Display) {
        let (first, _) = ends(argument.ty);
        let display = respan(quote!(__rt::display), first);
        out = quote!(&#display(#out));
    }
    if let Some(default) = default {
        let (first, _) = ends(argument.ty);
        let or = respan(quote!(__rt::or), first);
        out = quote!(&#or(#out, #default));
    }
    out
}

/// `{ __rt::finish(call) }` at the place of the return type: what that lacks is reported there.
fn finish(api: &Api<'_>, endpoint: &Endpoint<'_>, call: &TokenStream) -> Group {
    let (first, last) = ends(endpoint.returns.ty());
    let at = |tokens: TokenStream| respan(tokens, first);
    let given = endpoint.params().map(|params| {
        let (take, value) = (respan(quote!(__rt::params), ends(params.ty).0), value(params));
        quote!(let __params = #take(#value);)
    });
    let read = is_enveloped(api, endpoint).then(|| at(quote!(__rt::within())));
    let map = expand_map(api, endpoint);
    let call = match &endpoint.policies.answers.none_on {
        Some(_) => {
            let (none_on, ty) = (at(quote!(__rt::none_on)), call_type(endpoint));
            quote!(#none_on::<#ty>(#call))
        }
        None => call.clone(),
    };
    let (finish, arguments) = match (&read, &map) {
        (None, None) => (at(quote!(__rt::finish)), call),
        _ => {
            let read = read.unwrap_or_else(|| at(quote!(__rt::whole())));
            let map = map.unwrap_or_else(|| at(quote!(__rt::FromError::from_error)));
            (at(quote!(__rt::finish_with)), quote!(#call, #read, #map))
        }
    };
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(last);
    let (finish, arguments) = match expand_fallback(api, endpoint) {
        None => (finish, arguments),
        Some(with) => {
            let mut both = Group::new(Delimiter::Parenthesis, quote!(#finish #arguments, #with));
            both.set_span(last);
            (at(quote!(__rt::fall_back)), both)
        }
    };
    let mut body = Group::new(Delimiter::Brace, quote!(#given #finish #arguments));
    body.set_span(last);
    body
}

/// The method's own, or the trait's.
fn expand_fallback<'a>(api: &'a Api<'_>, endpoint: &'a Endpoint<'_>) -> Option<&'a syn::Expr> {
    endpoint.policies.fallback.as_ref().or(api.policies.fallback.as_ref())?.with.as_ref()
}

/// The method's word counts, and the trait's where it has none.
fn is_enveloped(api: &Api<'_>, endpoint: &Endpoint<'_>) -> bool {
    let said = endpoint.policies.answers.envelope.as_ref().or(api.policies.answers.envelope.as_ref());
    said.is_some_and(|envelope| envelope.pointer.is_some())
}

/// What the method returns.
pub(super) fn call_type(endpoint: &Endpoint<'_>) -> TokenStream {
    call_type_in(endpoint, &quote!(__rt))
}

/// The same where the private module has another name.
pub(super) fn call_type_in(endpoint: &Endpoint<'_>, rt: &TokenStream) -> TokenStream {
    match endpoint.returns {
        Returns::Async(ty) => call_of(ty, rt),
        Returns::Lazy(ty) => quote!(#ty),
    }
}

/// From the runtime's error to the method's: its own rules, then the trait's, then `From`. None where there are no rules.
pub(super) fn expand_map(api: &Api<'_>, endpoint: &Endpoint<'_>) -> Option<TokenStream> {
    let of_trait = shared_rules(api).filter(|_| takes_shared(endpoint));
    let own = endpoint.policies.answers.errors.as_ref().map(|errors| &errors.rules[..]).unwrap_or_default();
    let at = ends(endpoint.returns.ty()).0;
    if own.is_empty() {
        return of_trait.map(|rules| match shared_type(api) {
            Some(_) => respan(quote!(__errors), at),
            None => closure(rules, &respan(quote!(__rt::FromError::from_error(__error)), at)),
        });
    }
    let last = match of_trait {
        None => respan(quote!(__rt::FromError::from_error(__error)), at),
        Some(_) if shared_type(api).is_some() => respan(quote!(__rt::hand_over(__errors(__error))), at),
        Some(rules) => {
            mapping::expand_rules(rules, &respan(quote!(__rt::FromError::from_error(__error)), at))
        }
    };
    Some(closure(own, &last))
}

fn closure(rules: &[Rule], last: &TokenStream) -> TokenStream {
    let body = mapping::expand_rules(rules, last);
    quote!(|__error: __rt::Error| { #body })
}

fn shared_rules<'a>(api: &'a Api<'_>) -> Option<&'a [Rule]> {
    api.policies.answers.errors.as_ref().map(|errors| &errors.rules[..]).filter(|rules| !rules.is_empty())
}

/// Its own rules, if any, go before the trait's and not instead of them.
fn takes_shared(endpoint: &Endpoint<'_>) -> bool {
    let ends = |rules: &[Rule]| {
        rules.last().is_some_and(|rule| rule.conditions.is_any() && rule.target.is_certain())
    };
    endpoint.policies.answers.errors.as_ref().is_none_or(|errors| !errors.alone && !ends(&errors.rules))
}

/// A return type whose error is that of the trait's rules, and which can be named outside of its method.
fn shared_type(api: &Api<'_>) -> Option<TokenStream> {
    let endpoints =
        api.items.iter().filter_map(|item| if let Item::Endpoint(e) = item { Some(&**e) } else { None });
    let fit = |endpoint: &&Endpoint<'_>| {
        takes_shared(endpoint) && endpoint.sig.generics.params.is_empty() && cfgs(&endpoint.attrs).is_empty()
    };
    endpoints.filter(fit).find_map(|endpoint| {
        let ty = call_type(endpoint);
        (!ty.to_string().contains('\'') && !ty.to_string().contains("Self")).then_some(ty)
    })
}

/// The trait's `#[errors]` as one function for all of its methods.
pub(super) fn expand_shared(api: &Api<'_>) -> Option<TokenStream> {
    let (rules, ty) = (shared_rules(api)?, shared_type(api)?);
    let body = mapping::expand_rules(rules, &quote!(__rt::FromError::from_error(__error)));
    Some(quote! {
        #[allow(clippy::needless_return)]
        fn __errors(__error: __rt::Error) -> <#ty as __rt::FromCall>::Error {
            #body
        }
    })
}

pub(super) fn expand_step(argument: &Argument<'_>) -> Option<TokenStream> {
    let (name, value) = (argument.name(), expand_value(argument));
    Some(match &argument.role {
        Role::Body { codec, .. } => match codec {
            Codec::Json(_) => quote!(.json(#value)),
            Codec::Text => quote!(.text(#name, #value)),
            Codec::Bytes => quote!(.bytes(#value)),
            Codec::Form(style) => {
                let style = style.as_ref().map_or_else(|| quote!(__rt::Style::Form), expand_style);
                quote!(.form(#name, #style, #value))
            }
        },
        Role::Part { wire, file_name, mime, json, .. } => {
            let option = |text: &Option<syn::LitStr>| match text {
                Some(text) => quote!(::core::option::Option::Some(#text)),
                None => quote!(::core::option::Option::None),
            };
            let (file_name, mime) = (option(file_name), option(mime));
            let part = if *json { quote!(.json_part) } else { quote!(.part) };
            quote!(#part(#wire, #file_name, #mime, #value))
        }
        Role::Extension => quote!(.extension(#value)),
        Role::Timeout { .. } => quote!(.timeout(#value)),
        Role::IdempotencyKey { .. } => quote!(.idempotency_key(#value)),
        Role::Params { .. } => quote!(.params(&__params)),
        _ => return None,
    })
}

/// The struct of arguments has the variables that nothing else takes, and no others: asked of its type, since the macro does
/// not see its fields.
pub(super) fn expand_promises(api: &Api<'_>, endpoint: &Endpoint<'_>) -> Option<TokenStream> {
    let params = endpoint.params()?;
    let ty = crate::params::constant_type(params.ty, &endpoint.sig.generics)?;
    let (name, shown) = (endpoint.name(), crate::args::shown(&ty).replace(" < 'static >", ""));
    let cfgs = cfgs(&endpoint.attrs);
    let taken: Vec<&Variable> =
        endpoint.template.variables().filter(|v| endpoint.argument(&v.argument).is_none()).collect();
    let lost = taken.iter().map(|variable| {
        let (argument, span) = (&variable.argument, variable.span);
        let message = format!(
            "the path of `{name}` has `{{{{{}}}}}`, but no argument is called `{argument}`, and no field of `{shown}` with `#[api(param)]`",
            variable.wire
        );
        quote_spanned!(span=> const _: () = ::core::assert!(__rt::has_variable(VARIABLES, #argument), #message);)
    });
    let names = taken.iter().map(|v| &v.argument);
    let message = format!(
        "a field of `{shown}` has `#[api(param)]`, and the path of `{name}` has no variable of its name"
    );
    let span = ty.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span());
    let more = quote_spanned!(span=> const _: () = ::core::assert!(__rt::has_no_other(VARIABLES, &[#(#names),*]), #message););
    let clashes = clashes(api, endpoint).into_iter().map(|(sent, why)| {
        let message = format!("a field of `{shown}` {why}");
        quote_spanned!(span=> const _: () = ::core::assert!(__rt::is_free(SENDS, #sent), #message);)
    });
    Some(quote! {
        #(#cfgs)*
        const _: () = {
            use __rt::Anything as _;
            const VARIABLES: ::core::option::Option<&'static [&'static str]> = __rt::Asked::<#ty>::VARIABLES;
            const SENDS: ::core::option::Option<&'static [&'static str]> = __rt::Asked::<#ty>::SENDS;
            #(#lost)*
            #more
            #(#clashes)*
        };
    })
}

/// What a field of a struct of arguments may not send, and why not.
fn clashes(api: &Api<'_>, endpoint: &Endpoint<'_>) -> Vec<(String, String)> {
    let name = endpoint.name();
    let template = endpoint.template.variables().filter(|v| matches!(v.operator, Some('?' | '&')));
    let queries = template.map(|v| v.wire.clone()).chain(crate::check::constant_queries(endpoint));
    let constants =
        constants(api, endpoint).into_iter().filter(|c| c.kind == Kind::Query && c.constant.value.is_some());
    let queries = queries.chain(constants.map(|c| c.constant.name.value())).filter(|wire| !wire.is_empty());
    let arguments = endpoint.arguments.iter().flat_map(crate::params::sends);
    let mut out: Vec<(String, String)> = queries
        .map(|wire| format!("query {wire}"))
        .chain(arguments)
        .map(|sent| {
            let why = format!("sends the {} once more than `{name}` does", crate::params::told(&sent));
            (sent, why)
        })
        .collect();
    let verb = endpoint.verb.method.as_str();
    let bodiless = endpoint.verb.custom.is_none() && matches!(verb, "GET" | "HEAD");
    let has = |kind: fn(&Role) -> bool| endpoint.arguments.iter().any(|a| kind(&a.role));
    let is_body = has(|role| matches!(role, Role::Body { .. }));
    let is_form = has(|role| matches!(role, Role::Field { .. }));
    let is_multipart = has(|role| matches!(role, Role::Part { .. }));
    for (kind, clash) in [
        ("body", bodiless || is_form || is_multipart),
        ("field ", bodiless || is_body || is_multipart),
        ("part", bodiless || is_body || is_form),
    ] {
        let said = kind.trim_end();
        let why = match bodiless {
            true => format!("is a `{said}`, and `{name}` is a {verb} request, which has no body"),
            false => format!("is a `{said}`, and `{name}` has a body of another kind"),
        };
        out.extend(clash.then(|| (kind.to_owned(), why)));
    }
    out.retain({
        let mut seen = BTreeSet::new();
        move |(sent, _)| sent != "part" && seen.insert(sent.clone()) || sent == "part" && bodiless
    });
    out
}
