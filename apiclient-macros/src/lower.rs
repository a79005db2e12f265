//! Syntax to model, one function per node. Whatever is wrong is reported here or in `check`.

use crate::{
    args::{ApiArgs, Attr, Keyed, shown, text},
    base_url,
    errors::{Errors, list, nearest},
    model::{Api, Broken, Constant, Endpoint, Item, Mock, Policies, Returns, Template, Verb, plain},
    parse::{self, MethodDef, TraitDef},
    policy::policies,
    role,
    rules::check_pointer,
    template,
    words::{self, Place, VERBS},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use std::ops::Range;
use syn::{
    Attribute, Expr, FnArg, LitStr, Meta, ReturnType, Token, Type, parse_quote, punctuated::Punctuated,
    spanned::Spanned,
};

pub(crate) fn api<'a>(definition: &'a TraitDef, args: ApiArgs, errors: &Errors) -> Api<'a> {
    errors.enter(0);
    check_trait(definition, errors);
    let show = show(&args, errors);
    let name = args.name.as_ref().map_or_else(|| plain(&definition.ident), |name| name.value.value());
    let client = client(definition, args.client, errors);
    let krate = args.krate.map_or_else(|| parse_quote!(::apiclient), |krate| krate.value);
    let (ours, attrs) = split(&definition.attrs, &[Place::Both], "trait", errors);
    let policies = policies(&ours, &plain(&definition.ident), false, errors);
    Api {
        attrs,
        name,
        client,
        krate,
        base_url: args.base_url.and_then(|url| base_url(url, errors)),
        base_path: args.base_path.and_then(|path| base_path(path, errors)),
        allow_origins: args
            .allow_origins
            .map_or_else(|| Some(Vec::new()), |list| allow_origins(&list, errors)),
        show,
        mock: args.mock.map(|Keyed { key, value }| Mock {
            word: key,
            ident: format_ident!("{}Mock", definition.ident),
            cfgs: value,
        }),
        items: items(definition, &policies, errors),
        policies,
        definition,
    }
}

/// `allow_origins = ["https://uploads.example.com"]`
fn allow_origins(list: &Keyed<Expr>, errors: &Errors) -> Option<Vec<LitStr>> {
    let Expr::Array(array) = &list.value else {
        errors.at(&list.value, "`allow_origins` takes a list: `allow_origins = [\"https://..\"]`");
        return None;
    };
    let origins = array.elems.iter().filter_map(|element| {
        let Some(literal) = text(element) else {
            errors.at(element, "an allowed origin is a string: `\"https://uploads.example.com\"`");
            return None;
        };
        match base_url::parse(&literal.value()) {
            Ok(parts) if parts.path.trim_matches('/').is_empty() => Some(literal.clone()),
            Ok(_) => {
                errors.at(literal, "an origin has no path: scheme, host and port are all of it");
                None
            }
            Err(e) => {
                errors.at(literal, format!("this is no origin: {e}"));
                None
            }
        }
    });
    Some(origins.collect())
}

/// What may be printed: `show_headers = ["x-plan"]` and its like.
fn show(args: &ApiArgs, errors: &Errors) -> Vec<(Ident, TokenStream)> {
    let lists = [(&args.show_headers, "header"), (&args.show_query, "key"), (&args.show_body, "pointer")];
    let lists = lists.into_iter().filter_map(|(keyed, what)| {
        let Keyed { key, value } = keyed.as_ref()?;
        let names = show_list(key, value, what, errors)?;
        Some((key.clone(), quote!(&[#(#names),*])))
    });
    let mut show: Vec<(Ident, TokenStream)> = lists.collect();
    show.extend(args.show_message.as_ref().map(|Keyed { key, value }| (key.clone(), quote!(#value))));
    show
}

fn show_list(key: &Ident, list: &Expr, what: &str, errors: &Errors) -> Option<Vec<LitStr>> {
    let Expr::Array(array) = list else {
        errors.at(list, format!("`{key}` takes a list of texts: `{key} = [\"..\"]`"));
        return None;
    };
    let names = array.elems.iter().map(|element| {
        let Some(name) = text(element) else {
            errors.at(element, format!("a {what} of `{key}` is a text"));
            return None;
        };
        let good = match what {
            "header" if is_secret(&name.value()) => {
                errors.at(
                    name,
                    format!("the header `{}` is a secret by its name: it is never shown", name.value()),
                );
                None
            }
            "header" if !is_token(&name.value()) => {
                errors.at(name, format!("{:?} is no header name", name.value()));
                None
            }
            "pointer" => errors.ok(check_pointer(name)),
            _ => Some(()),
        };
        good.map(|()| name.clone())
    });
    names.collect::<Vec<_>>().into_iter().collect()
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

fn items<'a>(definition: &'a TraitDef, of_trait: &Policies, errors: &Errors) -> Vec<Item<'a>> {
    let numbered = definition.items.iter().enumerate();
    let lowered = numbered.map(|(i, item)| {
        errors.enter(i + 1);
        self::item(item, of_trait, errors)
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

fn item<'a>(item: &'a parse::Item, of_trait: &Policies, errors: &Errors) -> Item<'a> {
    match item {
        parse::Item::Method(method) => self::method(method, of_trait, errors),
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
pub(crate) fn split<'a>(
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
                    let help = match alias(&word) {
                        Some(role) => format!("write `{role}`"),
                        None => format!("there are {}", list(&words::built_for(places))),
                    };
                    let message = format!("there is no role `{word}` for an argument\nhelp: {help}");
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

/// What other libraries call a role.
fn alias(word: &str) -> Option<&'static str> {
    match word {
        "json" => Some("#[body]"),
        "form" => Some("#[body(form)]` or `#[field]"),
        "file" | "multipart" => Some("#[part]"),
        "text" | "bytes" => Some("#[body(text)]` or `#[body(bytes)]"),
        "flag" => Some("#[query(flag)]"),
        "link" | "uri" => Some("#[url]"),
        _ => None,
    }
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

fn method<'a>(method: &'a MethodDef, of_trait: &Policies, errors: &Errors) -> Item<'a> {
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
            endpoint(method, verb, (&ours, of_trait), attrs.clone(), errors)
                .map(|endpoint| Item::Endpoint(Box::new(endpoint)))
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
    (ours, of_trait): (&[Attr], &Policies),
    attrs: Vec<&'a Attribute>,
    errors: &Errors,
) -> Option<Endpoint<'a>> {
    let sig = &method.sig;
    let name = plain(&sig.ident);
    if let Some(body) = &method.body {
        errors.at(body, format!("`{name}` has a verb and a body: an endpoint's body is written by the macro\nhelp: end it with `;`"));
    }
    check_signature(sig, &name, errors);
    let has_url = sig.inputs.iter().any(role::is_url);
    let (verb, template) = request_line(verb, has_url, &name, errors)?;
    let policies = policies(ours, &name, true, errors);
    let constants = [&policies.headers, &policies.queries, &of_trait.headers, &of_trait.queries];
    let named: Vec<&str> = constants.into_iter().flatten().flat_map(Constant::names).collect();
    let arguments = role::arguments(sig, &template, &named, &name, errors);
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
fn request_line(attr: &Attr, has_url: bool, name: &str, errors: &Errors) -> Option<(Verb, Template)> {
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
        (false, []) if has_url => {
            let verb = Verb { method: plain(&word).to_uppercase(), custom: None, word };
            Some((verb, Template::new(LitStr::new("", attr.span()), None, &[], |_| attr.span())))
        }
        (true, [method]) if has_url => {
            let template = Template::new(LitStr::new("", attr.span()), None, &[], |_| attr.span());
            let token = method_token(method, name, errors);
            token.map(|()| (Verb { method: method.value(), custom: Some((*method).clone()), word }, template))
        }
        (_, []) => {
            wrong(attr.span(), "needs a path, or an argument with `#[url]`");
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
pub(crate) fn is_token(text: &str) -> bool {
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
    let (origin, path) = text.split_at(origin_length(&text));
    let at = |range: &Range<usize>| range.start + origin.len()..range.end + origin.len();
    if let Err(e) = if origin.is_empty() { Ok(()) } else { base_url::parse(origin).map(|_| ()) } {
        errors.at(literal, format!("the URL of `{name}` leads nowhere: {e}"));
        return None;
    }
    match template::parse_path(path) {
        Ok(parts) => {
            let origin = (!origin.is_empty()).then(|| origin.to_owned());
            Some(Template::new(literal.clone(), origin, &parts, |range| inside(literal, &at(&range))))
        }
        Err(flaw) => {
            let here = inside(literal, &at(&flaw.at));
            errors.at_span(here, format!("the path of `{name}` is no template: {flaw}"));
            None
        }
    }
}

/// How much of an absolute template is scheme and authority.
fn origin_length(text: &str) -> usize {
    let scheme = ["http://", "https://"]
        .into_iter()
        .find(|scheme| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)));
    scheme.map_or(0, |scheme| {
        let rest = &text[scheme.len()..];
        scheme.len() + rest.find(['/', '?', '#', '{']).unwrap_or(rest.len())
    })
}

/// A header that is never shown; the runtime has the same list.
fn is_secret(name: &str) -> bool {
    const SECRETS: [&str; 10] =
        ["key", "token", "secret", "password", "signature", "session", "auth", "credential", "jwt", "cookie"];
    let name = name.to_ascii_lowercase();
    SECRETS.iter().any(|word| name.contains(word))
}

/// What the runtime refuses as well, said at compile time.
pub(crate) fn header_name(header: &LitStr, name: &str, errors: &Errors) -> Option<()> {
    const RESERVED: [&str; 11] = [
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
        "te",
        "trailer",
        "keep-alive",
        "proxy-connection",
        "expect",
        "http2-settings",
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

/// Why a text cannot be the value of a header, or a part of one; the runtime has the same rules.
pub(crate) fn is_header_value(content: &str, whole: bool) -> Result<(), &'static str> {
    if whole && content.trim() != content {
        return Err("has white space around it");
    }
    match content.bytes().all(|b| b == b'\t' || (b' '..=b'~').contains(&b)) {
        true => Ok(()),
        false => Err("holds a character that is not visible ASCII"),
    }
}
