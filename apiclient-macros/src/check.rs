//! Rules that need more than one node. One function per rule.

use crate::{
    errors::{Errors, nearest},
    model::{Api, Broken, Endpoint, Item, Piece, Policies, Role},
    parse,
};
use std::collections::BTreeSet;

/// Checks everything; what fails becomes [`Item::Broken`].
pub(crate) fn run(api: &mut Api<'_>, errors: &Errors) {
    let definition = api.definition;
    for (i, (item, source)) in api.items.iter_mut().zip(&definition.items).enumerate() {
        errors.enter(i + 1);
        let (Item::Endpoint(endpoint), parse::Item::Method(method)) = (&*item, source) else { continue };
        let before = errors.count();
        check_endpoint(endpoint, &api.policies, errors);
        if errors.count() > before {
            *item = Item::Broken(Broken { method, attrs: endpoint.attrs.clone() });
        }
    }
    check_names(api, errors);
}

fn check_endpoint(endpoint: &Endpoint<'_>, of_trait: &Policies, errors: &Errors) {
    check_name(endpoint, errors);
    check_variables(endpoint, errors);
    check_repeated_variables(endpoint, errors);
    check_wire_names(endpoint, errors);
    check_bodies(endpoint, errors);
    check_timeouts(endpoint, errors);
    check_retry(endpoint, of_trait, errors);
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

/// One variable stands once: what it means twice is nobody's guess.
fn check_repeated_variables(endpoint: &Endpoint<'_>, errors: &Errors) {
    let mut seen = BTreeSet::new();
    for variable in endpoint.template.variables() {
        if !seen.insert(&variable.argument) {
            errors.at_span(
                variable.span,
                format!("the path of `{}` has `{{{}}}` twice", endpoint.name(), variable.wire),
            );
        }
    }
}

/// Two arguments cannot be the same parameter, nor the same header.
fn check_wire_names(endpoint: &Endpoint<'_>, errors: &Errors) {
    let name = endpoint.name();
    let named = |op: Option<char>| matches!(op, Some('?' | '&'));
    let mut queries: BTreeSet<String> =
        endpoint.template.variables().filter(|v| named(v.operator)).map(|v| v.wire.clone()).collect();
    queries.extend(constant_queries(endpoint));
    let mut headers = BTreeSet::new();
    for argument in &endpoint.arguments {
        match &argument.role {
            Role::Query { wire, span } if !queries.insert(wire.clone()) => {
                let message = format!(
                    "`{name}` sends the query parameter `{wire}` twice\nhelp: take it out of the path, or take this attribute away"
                );
                errors.at_span(*span, message);
            }
            Role::Header { name: header } if !headers.insert(header.value().to_ascii_lowercase()) => {
                errors.at(header, format!("`{name}` sets the header `{}` twice", header.value()));
            }
            _ => {}
        }
    }
}

/// At most one body, and none where it means nothing (RFC 9110, sections 9.3.1 and 9.3.2).
fn check_bodies(endpoint: &Endpoint<'_>, errors: &Errors) {
    let name = endpoint.name();
    let bodies = endpoint
        .arguments
        .iter()
        .filter_map(|a| if let Role::Body { span } = a.role { Some(span) } else { None });
    for (i, span) in bodies.enumerate() {
        if i > 0 {
            errors.at_span(span, format!("`{name}` has two bodies: a request has one"));
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

/// A request that is sent twice may act twice: whoever asks for it says why that is safe. (A retry that the trait declares is
/// for those of its methods that are safe.)
fn check_retry(endpoint: &Endpoint<'_>, of_trait: &Policies, errors: &Errors) {
    let Some(retry) = endpoint.policies.find("retry") else { return };
    let verb = endpoint.verb.method.as_str();
    let safe = matches!(verb, "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE" | "TRACE");
    let said = |word| endpoint.policies.find(word).is_some() || of_trait.find(word).is_some();
    if safe || said("idempotent") || said("idempotency_key") || retry.off {
        return;
    }
    let name = endpoint.name();
    let message = format!(
        "`{name}` is a {verb} request: sent again, it may act twice\nhelp: write `#[idempotency_key(\"Idempotency-Key\")]` if the server knows keys, or `#[idempotent]` if acting twice does no harm"
    );
    errors.at(&retry.word, message);
}

/// The names of `?kind=user&lang=en` in the literal parts of a template.
fn constant_queries(endpoint: &Endpoint<'_>) -> Vec<String> {
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
