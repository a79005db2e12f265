//! Syntax to model, one function per node. Whatever is wrong is reported here or in `check`.

use crate::{
    args::{ApiArgs, Attr, Keyed, is_word, shown, text},
    base_url,
    errors::{Errors, list, nearest},
    model::{Api, Argument, Broken, Endpoint, Item, Returns, Role, Template, Variable, Verb, plain},
    parse::{self, MethodDef, TraitDef},
    policy::policies,
    template,
    words::{self, Place, VERBS},
};
use proc_macro2::{Ident, Span};
use quote::format_ident;
use std::ops::Range;
use syn::{
    Attribute, Expr, FnArg, LitStr, Meta, Pat, ReturnType, Token, Type, parse_quote, punctuated::Punctuated,
    spanned::Spanned,
};

pub(crate) fn api<'a>(definition: &'a TraitDef, args: ApiArgs, errors: &Errors) -> Api<'a> {
    errors.enter(0);
    check_trait(definition, errors);
    let name = args.name.as_ref().map_or_else(|| plain(&definition.ident), |name| name.value.value());
    let client = client(definition, args.client, errors);
    let krate = args.krate.map_or_else(|| parse_quote!(::apiclient), |krate| krate.value);
    let (ours, attrs) = split(&definition.attrs, &[Place::Both], "trait", errors);
    Api {
        attrs,
        name,
        client,
        krate,
        base_url: args.base_url.and_then(|url| base_url(url, errors)),
        base_path: args.base_path.and_then(|path| base_path(path, errors)),
        policies: policies(&ours, &plain(&definition.ident), errors),
        items: items(definition, errors),
        definition,
    }
}

/// `<Trait>Client`, or the name that is asked for.
fn client(definition: &TraitDef, asked: Option<Keyed<Ident>>, errors: &Errors) -> Ident {
    let ident = &definition.ident;
    match asked {
        Some(Keyed { value, .. }) if value != *ident => value,
        asked => {
            if let Some(same) = asked {
                let message = format!(
                    "the client cannot be called `{ident}` like its trait\nhelp: leave `client` out for `{ident}Client`"
                );
                errors.at(&same.value, message);
            }
            format_ident!("{ident}Client")
        }
    }
}

fn items<'a>(definition: &'a TraitDef, errors: &Errors) -> Vec<Item<'a>> {
    let numbered = definition.items.iter().enumerate();
    let lowered = numbered.map(|(i, item)| {
        errors.enter(i + 1);
        self::item(item, errors)
    });
    lowered.collect()
}

/// What a trait cannot have.
fn check_trait(definition: &TraitDef, errors: &Errors) {
    if let Some(token) = &definition.unsafety {
        errors.at(token, "an API is no `unsafe trait`: a client implements it safely");
    }
    if let Some(parameter) = definition.generics.params.first() {
        errors.at(
            parameter,
            "the trait of an API cannot be generic yet\nhelp: make the methods generic instead",
        );
    }
}

/// A literal is checked here; any other expression by `build()`.
fn base_url(url: Keyed<Expr>, errors: &Errors) -> Option<Expr> {
    if let Some(literal) = text(&url.value) {
        if let Err(e) = base_url::parse(&literal.value()) {
            errors.at(literal, format!("this is no base URL: {e}"));
            return None;
        }
    } else if let Expr::Lit(literal) = &url.value {
        errors.at(literal, "`base_url` takes a string or a constant: `base_url = \"https://..\"`");
        return None;
    }
    Some(url.value)
}

fn base_path(path: Keyed<LitStr>, errors: &Errors) -> Option<LitStr> {
    match base_url::check_path(&path.value.value()) {
        Ok(()) => Some(path.value),
        Err(e) => {
            errors.at(&path.value, format!("this is no base path: {e}"));
            None
        }
    }
}

fn item<'a>(item: &'a parse::Item, errors: &Errors) -> Item<'a> {
    match item {
        parse::Item::Method(method) => self::method(method, errors),
        parse::Item::Other(other) => {
            errors.at(
                other,
                "the trait of an API can have methods only, for now\nhelp: put constants and types beside the trait",
            );
            Item::Other
        }
    }
}

/// Ours and the others. A word of ours that does not belong here is reported; others pass, unless they look like a slip.
fn split<'a>(
    attributes: &'a [Attribute],
    places: &[Place],
    node: &str,
    errors: &Errors,
) -> (Vec<Attr>, Vec<&'a Attribute>) {
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for attribute in attributes {
        let Some(word) = attribute.path().get_ident().map(plain) else {
            others.push(attribute);
            continue;
        };
        if let Some(hidden) = hidden(attribute) {
            let message = format!(
                "`#[{0}]` within `cfg_attr` is not seen by the macro\nhelp: write two methods, each with its own `#[cfg]` and `#[{0}]`",
                plain(&hidden)
            );
            errors.at(&hidden, message);
            continue;
        }
        match words::find(&word, places) {
            Some(found) if found.built => ours.extend(Attr::parse(attribute, errors)),
            Some(_) => errors.at(
                attribute.path(),
                format!("`#[{word}]` is not available for {node}s in this version of apiclient"),
            ),
            None if words::is_ours(&word) => {
                let allowed = list(&words::built_for(places));
                errors.at(
                    attribute.path(),
                    format!("`#[{word}]` does not belong on this {node}\nhelp: here stand {allowed}"),
                );
            }
            None => {
                let near = nearest(&word, &words::built_for(places)).filter(|_| !is_known(&word));
                if let Some(near) = near {
                    let message = format!(
                        "there is no attribute `{word}` for this {node}\nhelp: did you mean `#[{near}]`?"
                    );
                    errors.at(attribute.path(), message);
                } else if places == [Place::Argument] && !is_known(&word) {
                    let allowed = list(&words::built_for(places));
                    let message =
                        format!("there is no role `{word}` for an argument\nhelp: there are {allowed}");
                    errors.at(attribute.path(), message);
                } else {
                    others.push(attribute);
                }
            }
        }
    }
    (ours, others)
}

/// A word of ours within `#[cfg_attr(.., word)]`, which comes to life only after the macro has run.
fn hidden(attribute: &Attribute) -> Option<Ident> {
    if !attribute.path().is_ident("cfg_attr") {
        return None;
    }
    let metas = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    let mut words = metas.iter().skip(1).filter_map(|meta| meta.path().get_ident());
    words.find(|word| words::is_ours(&plain(word))).cloned()
}

/// Attributes of the language that a word of ours could be taken for.
fn is_known(word: &str) -> bool {
    const KNOWN: [&str; 14] = [
        "doc",
        "cfg",
        "cfg_attr",
        "allow",
        "warn",
        "deny",
        "forbid",
        "expect",
        "deprecated",
        "must_use",
        "inline",
        "cold",
        "test",
        "path",
    ];
    KNOWN.contains(&word)
}

fn method<'a>(method: &'a MethodDef, errors: &Errors) -> Item<'a> {
    if !matches!(method.vis, syn::Visibility::Inherited) {
        let name = plain(&method.sig.ident);
        errors
            .at(&method.vis, format!("`{name}` has no visibility of its own: it is as visible as the trait"));
    }
    let before = errors.count();
    let (ours, attrs) = split(&method.attrs, &[Place::Method, Place::Both], "method", errors);
    let lowered = match verbs(&ours) {
        (None, _) if method.body.is_some() => {
            helper(method, &ours, errors);
            Some(Item::Helper(method, attrs.clone()))
        }
        (None, _) => {
            let name = plain(&method.sig.ident);
            let verbs = list(&VERBS);
            if errors.count() == before {
                let message = format!(
                    "`{name}` has neither a verb nor a body: is it an endpoint or a helper?\nhelp: write a verb above it ({verbs}), or give it a body"
                );
                errors.at(&method.sig.ident, message);
            }
            None
        }
        (Some(verb), second) => {
            if let Some(second) = second {
                errors.at_span(
                    second.span(),
                    format!("`{}` has two verbs: one request has one method", plain(&method.sig.ident)),
                );
            }
            endpoint(method, verb, &ours, attrs.clone(), errors).map(Item::Endpoint)
        }
    };
    match lowered {
        // Its own body is right, whatever stands above it.
        Some(Item::Helper(..)) => Item::Helper(method, attrs),
        Some(item) if errors.count() == before => item,
        _ => Item::Broken(Broken { method, attrs }),
    }
}

/// The first verb, and the second where there is one.
fn verbs(ours: &[Attr]) -> (Option<&Attr>, Option<&Attr>) {
    let mut verbs = ours.iter().filter(|attr| VERBS.contains(&plain(&attr.word).as_str()));
    (verbs.next(), verbs.next())
}

/// A helper sends nothing itself, so none of our words has a meaning on it.
fn helper(method: &MethodDef, ours: &[Attr], errors: &Errors) {
    for attr in ours {
        let name = plain(&method.sig.ident);
        let message =
            format!("`{name}` has a body and no verb, so `#[{}]` has nothing to do here", attr.word);
        errors.at_span(attr.span(), message);
    }
}

fn endpoint<'a>(
    method: &'a MethodDef,
    verb: &Attr,
    ours: &[Attr],
    attrs: Vec<&'a Attribute>,
    errors: &Errors,
) -> Option<Endpoint<'a>> {
    let sig = &method.sig;
    let name = plain(&sig.ident);
    if let Some(body) = &method.body {
        errors.at(body, format!("`{name}` has a verb and a body: an endpoint's body is written by the macro\nhelp: end it with `;`"));
    }
    check_signature(sig, &name, errors);
    let (verb, template) = request_line(verb, &name, errors)?;
    let policies = policies(ours, &name, errors);
    let lost = unbound(sig, &template);
    let scope = Scope { name: &name, template: &template, lost: &lost, errors };
    let arguments = sig.inputs.iter().filter_map(|input| argument(input, &scope)).collect();
    let returns = returns(sig, &name, errors)?;
    Some(Endpoint { sig, attrs, verb, template, arguments, returns, policies })
}

fn check_signature(sig: &syn::Signature, name: &str, errors: &Errors) {
    if let Some(token) = &sig.constness {
        errors.at(token, format!("`{name}` cannot be `const`: it sends a request"));
    }
    if let syn::Safety::Unsafe(token) = &sig.safety {
        errors.at(token, format!("`{name}` cannot be `unsafe`: a client implements it safely"));
    }
    if let Some(abi) = &sig.abi {
        errors.at(abi, format!("`{name}` cannot have another ABI"));
    }
    let good = sig.receiver().is_some_and(is_shared);
    match sig.inputs.first() {
        _ if good => {}
        Some(FnArg::Receiver(receiver)) => {
            errors.at(receiver, format!("`{name}` has to take `&self`: many calls use one client at a time"));
        }
        _ => errors.at(&sig.ident, format!("`{name}` has to take `&self` as its first argument")),
    }
}

/// `&self`, also written out as `self: &Self`.
fn is_shared(receiver: &syn::Receiver) -> bool {
    match &receiver.kind {
        syn::ReceiverKind::Reference(_, _, mutability) => mutability.is_none(),
        syn::ReceiverKind::Typed(_, ty) => {
            matches!(&**ty, Type::Reference(r) if r.mutability.is_none() && matches!(&*r.elem, Type::Path(p) if p.path.is_ident("Self")))
        }
        _ => false,
    }
}

/// `#[get("/t")]` and `#[http("PROPFIND", "/t")]`.
fn request_line(attr: &Attr, name: &str, errors: &Errors) -> Option<(Verb, Template)> {
    let word = attr.word.clone();
    let custom = plain(&word) == "http";
    let form =
        if custom { "#[http(\"PROPFIND\", \"/path\")]".to_owned() } else { format!("#[{word}(\"/path\")]") };
    let wrong = |span: Span, found: &str| {
        errors.at_span(span, format!("`#[{word}]` of `{name}` {found}\nhelp: write `{form}`"));
    };
    for option in &attr.options {
        let key = plain(&option.key);
        let help = match words::find(&key, &[Place::Method, Place::Both]) {
            Some(_) => format!("`{key}` is an attribute of its own: `#[{key}(..)]`"),
            None => format!("write `{form}`"),
        };
        errors.at(&option.key, format!("`#[{word}]` of `{name}` has no option `{key}`\nhelp: {help}"));
    }
    let mut texts = Vec::new();
    for value in &attr.bare {
        match text(value) {
            Some(text) => texts.push(text),
            None => {
                wrong(value.span(), &format!("takes a string, not `{}`", shown(value)));
                return None;
            }
        }
    }
    match (custom, &texts[..]) {
        (false, [path]) => Some((
            Verb { method: plain(&word).to_uppercase(), custom: None, word },
            template(path, name, errors)?,
        )),
        (true, [method, path]) => {
            let token = method_token(method, name, errors);
            let template = template(path, name, errors)?;
            token.map(|()| (Verb { method: method.value(), custom: Some((*method).clone()), word }, template))
        }
        (_, []) if !attr.options.is_empty() => None,
        (_, []) => {
            wrong(attr.span(), "needs a path");
            None
        }
        (true, [_]) => {
            wrong(attr.span(), "needs a method and a path");
            None
        }
        (_, [.., extra]) => {
            wrong(extra.span(), "has a value too many");
            None
        }
    }
}

/// RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn method_token(method: &LitStr, name: &str, errors: &Errors) -> Option<()> {
    if method.value() == "CONNECT" {
        errors
            .at(method, format!("`{name}` cannot be a CONNECT request: that opens a tunnel and has no path"));
        return None;
    }
    if !is_token(&method.value()) {
        errors.at(method, format!("the method of `{name}` is no token: letters, digits and a few signs"));
        return None;
    }
    Some(())
}

/// Where a part of a string literal stands: exact on nightly, the whole literal on stable.
pub(crate) fn inside(literal: &LitStr, range: &Range<usize>) -> Span {
    let token = literal.token();
    let plain = token.to_string().starts_with('"') && !token.to_string().contains('\\');
    let subspan = if plain { token.subspan((range.start + 1)..=range.end) } else { None };
    subspan.unwrap_or_else(|| literal.span())
}

fn template(literal: &LitStr, name: &str, errors: &Errors) -> Option<Template> {
    let text = literal.value();
    match template::parse(&text) {
        Ok(parts) => Some(Template::new(literal.clone(), &parts, |range| inside(literal, &range))),
        Err(flaw) => {
            errors.at_span(inside(literal, &flaw.at), format!("the path of `{name}` is no template: {flaw}"));
            None
        }
    }
}

/// What an argument is read against.
struct Scope<'a> {
    name: &'a str,
    template: &'a Template,
    /// Variables that no argument is called like.
    lost: &'a [&'a Variable],
    errors: &'a Errors,
}

/// Variables of the template that no argument is called like.
fn unbound<'t>(sig: &syn::Signature, template: &'t Template) -> Vec<&'t Variable> {
    let names: Vec<String> = sig.inputs.iter().filter_map(pattern).map(plain).collect();
    template.variables().filter(|v| !names.contains(&v.argument)).collect()
}

/// Without `mut`, `ref` and `@`, which no declaration can have.
fn is_plain(pattern: &syn::PatIdent) -> bool {
    pattern.by_ref.is_none() && pattern.mutability.is_none() && pattern.subpat.is_none()
}

/// The name of an argument.
fn pattern(input: &FnArg) -> Option<&Ident> {
    match input {
        FnArg::Typed(input) => match &*input.pat {
            Pat::Ident(pattern) if is_plain(pattern) => Some(&pattern.ident),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    }
}

fn argument<'a>(input: &'a FnArg, scope: &Scope<'_>) -> Option<Argument<'a>> {
    let ident = pattern(input);
    let FnArg::Typed(input) = input else { return None };
    let Scope { name, errors, .. } = scope;
    let Some(ident) = ident else {
        errors.at(
            &input.pat,
            format!(
                "an argument of `{name}` has to be a plain name, which is what it is called in the template"
            ),
        );
        return None;
    };
    let before = errors.count();
    let (ours, attrs) = split(&input.attrs, &[Place::Argument], "argument", errors);
    if errors.count() > before {
        return None;
    }
    let role = role(ident, &ours, scope)?;
    check_cfg(&attrs, &role, name, errors);
    Some(Argument { ident, ty: &input.ty, attrs, role })
}

/// Only what is data in the endpoint can come and go with a `#[cfg]`.
fn check_cfg(attrs: &[&Attribute], role: &Role, name: &str, errors: &Errors) {
    let Some(cfg) = attrs.iter().find(|a| a.path().is_ident("cfg")) else { return };
    if !matches!(role, Role::Query { .. } | Role::Header { .. }) {
        let message = format!(
            "this argument of `{name}` cannot come and go: the request would not be whole without it\nhelp: put `#[cfg]` on the method"
        );
        errors.at(cfg, message);
    }
}

fn role(ident: &Ident, ours: &[Attr], scope: &Scope<'_>) -> Option<Role> {
    let Scope { name, template, errors, .. } = scope;
    let argument = plain(ident);
    let in_template = template.variables().any(|v| v.argument == argument);
    if let Some(second) = ours.get(1) {
        let message =
            format!("`{argument}` of `{name}` has two roles, `#[{}]` and `#[{}]`", ours[0].word, second.word);
        errors.at_span(second.span(), message);
        return None;
    }
    match ours.first() {
        Some(attr) if in_template => {
            let message = format!(
                "`{argument}` of `{name}` stands in the template already, so `#[{}]` has nothing to do here",
                attr.word
            );
            errors.at_span(attr.span(), message);
            None
        }
        None if in_template => Some(Role::Template),
        Some(attr) => explicit_role(attr, &argument, name, errors),
        None => {
            no_role(ident, scope);
            None
        }
    }
}

/// An argument that nothing claims: most often a slip in the template, and then the error is there.
fn no_role(ident: &Ident, scope: &Scope<'_>) {
    let Scope { name, lost, errors, .. } = scope;
    let argument = plain(ident);
    let names: Vec<&str> = lost.iter().map(|v| v.argument.as_str()).collect();
    let near = nearest(&argument, &names).and_then(|near| lost.iter().find(|v| v.argument == near));
    if let Some(near) = near {
        let help = match near.operator {
            // There the name is what the server sees.
            Some('?' | '&' | ';') => format!(
                "call the argument `{}`, or take `{}` out of the path and write `#[query(\"{1}\")] {argument}`",
                near.argument, near.wire
            ),
            _ => format!("did you mean `{{{argument}}}`?"),
        };
        let (wire, wanted) = (&near.wire, &near.argument);
        let message = format!(
            "the path of `{name}` has `{{{wire}}}`, but no argument is called `{wanted}`\nhelp: {help}"
        );
        return errors.at_span(near.span, message);
    }
    let roles = list(&["#[query]", "#[header(\"X-Name\")]", "#[body]", "#[timeout]"]);
    let message = format!(
        "nothing says what `{argument}` of `{name}` is for\nhelp: write `{{{argument}}}` in the path, or one of {roles} in front of it"
    );
    errors.at(ident, message);
}

fn explicit_role(attr: &Attr, argument: &str, name: &str, errors: &Errors) -> Option<Role> {
    let word = plain(&attr.word);
    let span = attr.span();
    for option in &attr.options {
        let key = plain(&option.key);
        let message = match key.as_str() {
            "style" | "explode" | "default" | "with" | "encoded" | "flag" => {
                format!(
                    "`{key}` of `#[{word}]` of `{argument}` is not available in this version of apiclient"
                )
            }
            _ => format!(
                "`#[{word}]` of `{argument}` has no option `{key}`\nhelp: its name stands bare: `#[{word}(\"name\")]`"
            ),
        };
        errors.at(&option.key, message);
    }
    match (word.as_str(), &attr.bare[..]) {
        ("query", []) => Some(Role::Query { wire: argument.to_owned(), span }),
        ("query", [value]) => {
            let wire = wire_name(value, "query", argument, errors)?;
            Some(Role::Query { wire: wire.value(), span: wire.span() })
        }
        ("header", [value]) => {
            let header = wire_name(value, "header", argument, errors)?;
            header_name(&header, name, errors).map(|()| Role::Header { name: header })
        }
        ("header", []) => {
            errors.at_span(
                span,
                format!("`#[header]` of `{argument}` needs a name\nhelp: write `#[header(\"X-Name\")]`"),
            );
            None
        }
        ("body", []) => Some(Role::Body { span }),
        ("body", [codec]) if is_word(codec, "json") => Some(Role::Body { span }),
        ("body", [codec]) => {
            errors.at(
                codec,
                format!(
                    "a body of `{}` is not available in this version of apiclient: only `json`",
                    shown(codec)
                ),
            );
            None
        }
        ("timeout", []) => Some(Role::Timeout { span }),
        ("timeout", [value]) => {
            errors.at(
                value,
                format!("`{argument}` is the time limit itself, so `#[timeout]` takes no value here"),
            );
            None
        }
        (_, [_, extra, ..]) => {
            errors.at(extra, format!("`#[{word}]` of `{argument}` has a value too many"));
            None
        }
        _ => None,
    }
}

fn wire_name(value: &Expr, word: &str, argument: &str, errors: &Errors) -> Option<LitStr> {
    match text(value) {
        Some(text) if !text.value().is_empty() => Some(text.clone()),
        _ => {
            let message =
                format!("`#[{word}]` of `{argument}` takes a name as a string: `#[{word}(\"name\")]`");
            errors.at(value, message);
            None
        }
    }
}

/// What the runtime refuses as well, said at compile time.
pub(crate) fn header_name(header: &LitStr, name: &str, errors: &Errors) -> Option<()> {
    const RESERVED: [&str; 9] = [
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
        "te",
        "trailer",
        "keep-alive",
        "proxy-connection",
    ];
    let text = header.value();
    if !is_token(&text) {
        errors.at(header, format!("{text:?} is no header name (in `{name}`)\nhelp: letters, digits, `-` and a few other signs make one"));
        return None;
    }
    if RESERVED.contains(&text.to_ascii_lowercase().as_str()) {
        errors.at(header, format!("the header `{text}` is set by the transport (in `{name}`)"));
        return None;
    }
    Some(())
}

fn returns<'a>(sig: &'a syn::Signature, name: &str, errors: &Errors) -> Option<Returns<'a>> {
    match (&sig.asyncness, &sig.output) {
        (Some(_), ReturnType::Type(_, ty)) => Some(Returns::Async(ty)),
        (None, ReturnType::Type(_, ty)) => Some(Returns::Lazy(ty)),
        (Some(_), ReturnType::Default) => {
            errors.at(&sig.ident, format!("`{name}` has to return a `Result`: a request can fail\nhelp: write `-> Result<(), apiclient::Error>`"));
            None
        }
        (None, ReturnType::Default) => {
            errors.at(&sig.ident, format!("`{name}` has to return a call\nhelp: write `-> Call<T, E>`, or `async fn` and `-> Result<T, E>`"));
            None
        }
    }
}

/// Why a text cannot be the value of a header; the runtime has the same rules.
pub(crate) fn is_header_value(content: &str) -> Result<(), &'static str> {
    if content.trim() != content {
        return Err("has white space around it");
    }
    if !content.bytes().all(|b| b == b'\t' || (b' '..=b'~').contains(&b)) {
        return Err("holds a character that is not visible ASCII");
    }
    if content.contains(['{', '}']) {
        return Err("has a variable, which is not available in this version of apiclient");
    }
    Ok(())
}
