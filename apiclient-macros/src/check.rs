//! Rules that need more than one node. One function per rule.

use crate::{
    args::{shown, text},
    auth,
    errors::{Errors, nearest},
    model::{Api, Broken, Codec, Constant, Endpoint, Item, Piece, Policies, Role, Variable},
    parse,
};
use std::collections::BTreeSet;
use syn::LitStr;

/// Checks everything; what fails becomes [`Item::Broken`].
pub(crate) fn run(api: &mut Api<'_>, errors: &Errors) {
    let definition = api.definition;
    for (i, (item, source)) in api.items.iter_mut().zip(&definition.items).enumerate() {
        errors.enter(i + 1);
        let (Item::Endpoint(endpoint), parse::Item::Method(method)) = (&*item, source) else { continue };
        let before = errors.count();
        check_endpoint(endpoint, &api.policies, errors);
        check_taken_away(endpoint, &api.policies, errors);
        check_origin(endpoint, api.base_url.as_ref(), api.allow_origins.as_deref(), errors);
        if errors.count() > before {
            *item = Item::Broken(Broken { method, attrs: endpoint.attrs.clone() });
        }
    }
    check_names(api, errors);
    check_healths(api, errors);
}

fn check_endpoint(endpoint: &Endpoint<'_>, of_trait: &Policies, errors: &Errors) {
    check_name(endpoint, errors);
    check_variables(endpoint, errors);
    check_repeated_variables(endpoint, errors);
    check_wire_names(endpoint, errors);
    check_bodies(endpoint, errors);
    check_content_type(endpoint, errors);
    check_json(endpoint, errors);
    check_url(endpoint, errors);
    check_params(endpoint, errors);
    check_timeouts(endpoint, errors);
    check_keys(endpoint, errors);
    check_retry(endpoint, of_trait, errors);
    check_health(endpoint, errors);
    if let Some(choice) = &endpoint.policies.auth {
        auth::check(choice, &of_trait.schemes, &endpoint.name(), errors);
    }
}

/// The generated client has one method of its own.
fn check_name(endpoint: &Endpoint<'_>, errors: &Errors) {
    if endpoint.name() == "client" {
        let message = "an endpoint cannot be called `client`: the generated client has a method of that name\nhelp: call it `get_client`, for instance";
        errors.at(&endpoint.sig.ident, message);
    }
}

/// Every variable of the template takes the argument of its name.
fn check_variables(endpoint: &Endpoint<'_>, errors: &Errors) {
    let name = endpoint.name();
    let all: Vec<String> = endpoint.arguments.iter().map(super::model::Argument::name).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    // A variable that an argument sends by `#[query]` is reported as sent twice.
    let sent = |wire: &str| {
        endpoint.arguments.iter().any(|a| matches!(&a.role, Role::Query { wire: w, .. } if w == wire))
    };
    if endpoint.params().is_some() {
        return; // asked of its type
    }
    let lost =
        endpoint.template.variables().filter(|v| endpoint.argument(&v.argument).is_none() && !sent(&v.wire));
    for variable in lost {
        let wanted = &variable.argument;
        let help = match nearest(wanted, &all) {
            Some(near) => format!("did you mean `{{{near}}}`?"),
            None => format!("add an argument `{wanted}: ..`"),
        };
        errors.at_span(
            variable.span,
            format!(
                "the path of `{name}` has `{{{}}}`, but no argument is called `{wanted}`\nhelp: {help}",
                variable.wire
            ),
        );
    }
}

/// `/{id}/{id}`: two segments that are the same by declaration are a slip.
fn check_repeated_variables(endpoint: &Endpoint<'_>, errors: &Errors) {
    let mut seen = BTreeSet::new();
    for variable in whole_segments(endpoint) {
        if !seen.insert(&variable.argument) {
            errors.at_span(
                variable.span,
                format!("the path of `{}` has `{{{}}}` twice", endpoint.name(), variable.wire),
            );
        }
    }
}

/// The variables that are a segment of the path each, and nothing beside them.
fn whole_segments<'e>(endpoint: &'e Endpoint<'_>) -> Vec<&'e Variable> {
    let pieces = &endpoint.template.pieces;
    let text = |at: Option<usize>| match at.and_then(|at| pieces.get(at)) {
        Some(Piece::Literal(text)) => Some(text.as_str()),
        Some(Piece::Variable(_)) => None,
        None => Some("/"),
    };
    let mut query = false;
    let mut found = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Literal(text) => query |= text.contains('?'),
            Piece::Variable(variable) => {
                let before = text(i.checked_sub(1)).is_some_and(|text| text.ends_with('/'));
                let after = text(Some(i + 1)).is_some_and(|text| text.starts_with('/'));
                if before && after && !query && variable.operator.is_none() && variable.prefix.is_none() {
                    found.push(variable);
                }
            }
        }
    }
    found
}

/// Two arguments cannot be the same parameter, nor the same header.
fn check_wire_names(endpoint: &Endpoint<'_>, errors: &Errors) {
    let name = endpoint.name();
    let named = |op: Option<char>| matches!(op, Some('?' | '&'));
    let mut queries: BTreeSet<String> = constant_queries(endpoint).into_iter().collect();
    for variable in endpoint.template.variables().filter(|v| named(v.operator)) {
        if !queries.insert(variable.wire.clone()) {
            let wire = &variable.wire;
            errors.at_span(variable.span, format!("`{name}` sends the query parameter `{wire}` twice"));
        }
    }
    for constant in endpoint.policies.queries.iter().filter(|c| c.value.is_some()) {
        if !queries.insert(constant.name.value()) {
            let wire = constant.name.value();
            errors.at(&constant.name, format!("`{name}` sends the query parameter `{wire}` twice"));
        }
    }
    let (mut headers, mut fields, mut cookies) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for argument in &endpoint.arguments {
        match &argument.role {
            Role::Query { wire, span } if !wire.is_empty() && !queries.insert(wire.clone()) => {
                let message = format!(
                    "`{name}` sends the query parameter `{wire}` twice\nhelp: it is in the path, in an attribute of the method or in another argument already"
                );
                errors.at_span(*span, message);
            }
            Role::Header { name: header } if !headers.insert(header.value().to_ascii_lowercase()) => {
                errors.at(header, format!("`{name}` sets the header `{}` twice", header.value()));
            }
            Role::Field { wire, span } if !wire.is_empty() && !fields.insert(wire) => {
                errors.at_span(*span, format!("`{name}` sends the field `{wire}` twice"));
            }
            Role::Cookie { wire, span } if !cookies.insert(wire) => {
                errors.at_span(*span, format!("`{name}` sends the cookie `{wire}` twice"));
            }
            _ => {}
        }
    }
}

/// One body of one kind, and none where it means nothing (RFC 9110, sections 9.3.1 and 9.3.2).
fn check_bodies(endpoint: &Endpoint<'_>, errors: &Errors) {
    let name = endpoint.name();
    let mut first = None;
    for argument in &endpoint.arguments {
        let (kind, span) = match argument.role {
            Role::Body { span, .. } => ("body", span),
            Role::Field { span, .. } => ("field", span),
            Role::Part { span, .. } => ("part", span),
            _ => continue,
        };
        match first {
            None => first = Some(kind),
            Some("body") if kind == "body" => {
                errors.at_span(span, format!("`{name}` has two bodies: a request has one"));
            }
            Some(other) if other != kind => {
                let message = format!(
                    "`{name}` has a `#[{other}]` and a `#[{kind}]`, but a request has one body\nhelp: fields make a form, parts make a multipart body, and `#[body]` is all of it"
                );
                errors.at_span(span, message);
            }
            Some(_) => continue,
        }
        let verb = &endpoint.verb.method;
        if endpoint.verb.custom.is_none() && matches!(verb.as_str(), "GET" | "HEAD") {
            let message = format!(
                "`{name}` is a {verb} request, and its body would mean nothing to the server\nhelp: where a server wants one all the same, write `#[http(\"{verb}\", ..)]`"
            );
            errors.at_span(span, message);
        }
    }
}

/// Bytes as JSON are a list of numbers, which is seldom meant: who means it says `json`.
fn check_json(endpoint: &Endpoint<'_>, errors: &Errors) {
    const BYTES: [&str; 7] =
        ["Bytes", "bytes::Bytes", "Vec<u8>", "&[u8]", "&Vec<u8>", "&Bytes", "apiclient::Bytes"];
    for argument in &endpoint.arguments {
        let Role::Body { codec: Codec::Json(None), .. } = &argument.role else { continue };
        let ty = shown(argument.ty).replace(' ', "");
        if BYTES.contains(&ty.as_str()) {
            let message = format!(
                "`{}` would be sent as JSON, a list of numbers\nhelp: write `#[body(bytes)]` for the bytes themselves, or `#[body(json)]` if the list is meant",
                argument.name()
            );
            errors.at(argument.ty, message);
        }
    }
}

/// RFC 9110, section 8.3.3: the `Content-Type` of a multipart body holds its boundary, which nobody knows here.
fn check_content_type(endpoint: &Endpoint<'_>, errors: &Errors) {
    if !endpoint.arguments.iter().any(|a| matches!(a.role, Role::Part { .. })) {
        return;
    }
    let constants = endpoint.policies.headers.iter().map(|header| &header.name);
    let arguments = endpoint
        .arguments
        .iter()
        .filter_map(|a| if let Role::Header { name } = &a.role { Some(name) } else { None });
    for header in constants.chain(arguments).filter(|h| h.value().eq_ignore_ascii_case("content-type")) {
        let message = format!(
            "`{}` has parts, and their boundary stands in the `Content-Type` that is sent for them\nhelp: take this header away; the media type of one part is `#[part(mime = \"..\")]`",
            endpoint.name()
        );
        errors.at(header, message);
    }
}

/// A path or a URL, not both; and one URL.
fn check_url(endpoint: &Endpoint<'_>, errors: &Errors) {
    let name = endpoint.name();
    let urls = endpoint
        .arguments
        .iter()
        .filter_map(|a| if let Role::Url { span } = a.role { Some(span) } else { None });
    for (i, span) in urls.enumerate() {
        if i > 0 {
            errors.at_span(span, format!("`{name}` has two URLs: a request goes to one"));
        } else if !endpoint.template.literal.value().is_empty() {
            let word = &endpoint.verb.word;
            let bare = match &endpoint.verb.custom {
                Some(method) => format!("#[http(\"{}\")]", method.value()),
                None => format!("#[{word}]"),
            };
            let message = format!(
                "`{name}` has a path and a `#[url]`, but goes to one place\nhelp: write `{bare}` without a path, or give this argument another role"
            );
            errors.at_span(span, message);
        }
    }
}

/// `#[query("v", none)]` takes away what the trait declares, and nothing else does.
fn check_taken_away(endpoint: &Endpoint<'_>, of_trait: &Policies, errors: &Errors) {
    let declared: Vec<String> = of_trait.queries.iter().map(|query| query.name.value()).collect();
    let declared: Vec<&str> = declared.iter().map(String::as_str).collect();
    for constant in endpoint.policies.queries.iter().filter(|query| query.value.is_none()) {
        let wire = constant.name.value();
        if !declared.contains(&wire.as_str()) {
            let help = nearest(&wire, &declared).map(|near| format!("\nhelp: did you mean `{near}`?"));
            let message = format!(
                "the trait declares no query parameter `{wire}` that `{}` could take away{}",
                endpoint.name(),
                help.unwrap_or_default()
            );
            errors.at(&constant.name, message);
        }
    }
    let declared: Vec<String> = of_trait.headers.iter().map(Constant::lower).collect();
    let declared: Vec<&str> = declared.iter().map(String::as_str).collect();
    for constant in endpoint.policies.headers.iter().filter(|header| header.value.is_none()) {
        let lower = constant.lower();
        // Another one may be the builder's, or a default.
        let known = declared.contains(&lower.as_str()) || matches!(lower.as_str(), "accept" | "user-agent");
        if let Some(near) = nearest(&lower, &declared).filter(|_| !known) {
            let message = format!(
                "the trait declares no header `{}` that `{}` could take away\nhelp: did you mean `{near}`?",
                constant.name.value(),
                endpoint.name()
            );
            errors.at(&constant.name, message);
        }
    }
}

/// One struct of arguments is enough, and which of two would give a variable is nobody's guess.
fn check_params(endpoint: &Endpoint<'_>, errors: &Errors) {
    let all = endpoint
        .arguments
        .iter()
        .filter_map(|a| if let Role::Params { span } = a.role { Some(span) } else { None });
    for span in all.skip(1) {
        errors.at_span(
            span,
            format!("`{}` has two structs of arguments: one can hold them all", endpoint.name()),
        );
    }
}

/// An absolute template leads where the trait says that it may.
fn check_origin(
    endpoint: &Endpoint<'_>,
    base_url: Option<&syn::Expr>,
    allowed: Option<&[LitStr]>,
    errors: &Errors,
) {
    let (Some(origin), Some(allowed)) = (&endpoint.template.origin, allowed) else { return };
    let base_url = base_url.and_then(text).map(LitStr::value);
    if base_url.is_some_and(|url| url.to_ascii_lowercase().starts_with(&origin.to_ascii_lowercase())) {
        let message = format!(
            "`{}` repeats the base URL\nhelp: a template is what follows it: `/path`",
            endpoint.name()
        );
        return errors.at(&endpoint.template.literal, message);
    }
    let plain = |text: &str| {
        let text = text.trim_end_matches('/').to_ascii_lowercase();
        let port = if text.starts_with("https") { ":443" } else { ":80" };
        text.strip_suffix(port).map_or(text.clone(), str::to_owned)
    };
    if !allowed.iter().any(|literal| plain(&literal.value()) == plain(origin)) {
        let message = format!(
            "`{}` leads to {origin}, which is not the base URL's\nhelp: write the path alone, or allow the origin: `#[api_client(allow_origins = [\"{origin}\"])]`",
            endpoint.name()
        );
        errors.at(&endpoint.template.literal, message);
    }
}

/// One argument says how long.
fn check_timeouts(endpoint: &Endpoint<'_>, errors: &Errors) {
    let timeouts = endpoint
        .arguments
        .iter()
        .filter_map(|a| if let Role::Timeout { span } = a.role { Some(span) } else { None });
    for span in timeouts.skip(1) {
        errors.at_span(span, format!("`{}` has two time limits", endpoint.name()));
    }
}

fn check_keys(endpoint: &Endpoint<'_>, errors: &Errors) {
    let keys = endpoint
        .arguments
        .iter()
        .filter_map(|a| if let Role::IdempotencyKey { span } = a.role { Some(span) } else { None });
    for span in keys.skip(1) {
        errors.at_span(span, format!("`{}` has two idempotency keys", endpoint.name()));
    }
}

/// A request that is sent twice may act twice: whoever asks for it says why that is safe. (A retry that the trait declares is
/// for those of its methods that are safe.)
fn check_retry(endpoint: &Endpoint<'_>, of_trait: &Policies, errors: &Errors) {
    let Some(retry) = endpoint.policies.find("retry") else { return };
    let verb = endpoint.verb.method.as_str();
    let safe = matches!(verb, "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE" | "TRACE");
    let is_key = |a: &super::model::Argument| matches!(a.role, Role::IdempotencyKey { .. });
    let said = |word| {
        let by_argument = word == "idempotency_key" && endpoint.arguments.iter().any(is_key);
        by_argument || endpoint.policies.find(word).is_some() || of_trait.find(word).is_some()
    };
    if safe || said("idempotent") || said("idempotency_key") || retry.off {
        return;
    }
    let name = endpoint.name();
    let message = format!(
        "`{name}` is a {verb} request: sent again, it may act twice\nhelp: write `#[idempotency_key(\"Idempotency-Key\")]` if the server knows keys, or `#[idempotent]` if acting twice does no harm"
    );
    errors.at(&retry.word, message);
}

/// Whether a service is well is asked without saying anything.
fn check_health(endpoint: &Endpoint<'_>, errors: &Errors) {
    let Some(health) = endpoint.policies.find("health") else { return };
    if !endpoint.arguments.is_empty() {
        let message = format!(
            "`{}` is `#[health]` and takes arguments: a health check has none to give\nhelp: mark a method without arguments",
            endpoint.name()
        );
        errors.at(&health.word, message);
    }
}

/// A service has one method that says whether it is well.
fn check_healths(api: &Api<'_>, errors: &Errors) {
    let all = api.items.iter().enumerate().filter_map(|(i, item)| match item {
        Item::Endpoint(endpoint) => endpoint.policies.find("health").map(|health| (i, endpoint, health)),
        _ => None,
    });
    for (i, endpoint, health) in all.skip(1) {
        errors.enter(i + 1);
        let message = format!(
            "`{}` is the second `#[health]` of its trait: one says whether it is well",
            endpoint.name()
        );
        errors.at(&health.word, message);
    }
}

/// The names of `?kind=user&lang=en` in the literal parts of a template.
pub(crate) fn constant_queries(endpoint: &Endpoint<'_>) -> Vec<String> {
    let literals = endpoint.template.pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => text.as_str(),
        // Stands for a value.
        Piece::Variable(_) => "_",
    });
    let text: String = literals.collect();
    let query = text.split_once('?').map_or("", |(_, query)| query);
    query.split('&').map(|pair| pair.split('=').next().unwrap_or_default().to_owned()).collect()
}

/// Two methods of one name. Where a `#[cfg]` chooses between them, rustc knows better.
fn check_names(api: &mut Api<'_>, errors: &Errors) {
    let mut seen = BTreeSet::new();
    let mut number = 0;
    api.items.retain(|item| {
        number += 1;
        errors.enter(number);
        let (ident, attrs) = match item {
            Item::Endpoint(e) => (&e.sig.ident, &e.attrs),
            Item::Broken(b) => (&b.method.sig.ident, &b.attrs),
            Item::Helper(m, attrs) => (&m.sig.ident, attrs),
            Item::Other => return true,
        };
        let chosen = attrs.iter().any(|a| a.path().is_ident("cfg"));
        let new = chosen || seen.insert(ident.to_string());
        if !new {
            errors.at(ident, format!("`{ident}` is declared twice: each endpoint needs a name of its own"));
        }
        new
    });
}
