//! `#[auth(..)]`: on a trait which credentials there are and how they are sent, on a method which of them it uses.

use crate::{
    args::{Attr, is_word, shown, text},
    errors::{Errors, hint, list},
    lower::header_name,
    model::{AuthChoice, Named, Place, Scheme, SchemeKind, plain},
};
use syn::{Expr, ExprCall, Ident, LitStr};

const KINDS: [&str; 8] = ["bearer", "basic", "digest", "api_key", "oauth2", "session", "cookie", "custom"];
const EXAMPLES: &str =
    "help: write `#[auth(bearer)]`, `#[auth(basic)]`, `#[auth(api_key(\"X-Key\"))]` or `#[auth(custom)]`";

/// `#[auth(bearer)]`, `#[auth(admin = basic, scopes = ["repo"])]` on a trait.
pub(crate) fn scheme(attr: &Attr, node: &str, errors: &Errors) -> Option<Scheme> {
    let before = errors.count();
    let scopes = scopes(attr, node, errors);
    let named: Vec<_> = attr.options.iter().filter(|option| option.key != "scopes").collect();
    let scheme = match (&attr.bare[..], &named[..]) {
        ([kind], []) => {
            let (word, kind) = self::kind(kind, node, errors)?;
            Scheme { attribute: attr.word.clone(), name: plain(&word), span: word.span(), word, kind, scopes }
        }
        ([], [named]) => {
            let name = plain(&named.key);
            if name == "none" {
                errors.at(
                    &named.key,
                    format!(
                        "no `#[auth]` can be called `none` (in `{node}`): a method says it for no credentials"
                    ),
                );
                return None;
            }
            let (word, kind) = kind(&named.value, node, errors)?;
            Scheme { attribute: attr.word.clone(), name, span: named.key.span(), word, kind, scopes }
        }
        ([], []) => {
            errors.at_span(
                attr.span(),
                format!("`#[auth]` of `{node}` says how credentials are sent\n{EXAMPLES}"),
            );
            return None;
        }
        ([first, ..], [_, ..]) | ([_, first, ..], []) => {
            errors.at(first, format!("an `#[auth]` of `{node}` says one thing\nhelp: another one is an attribute of its own, and needs a name: `#[auth(admin = basic)]`"));
            return None;
        }
        ([], [_, second, ..]) => {
            errors.at(&second.key, format!("`#[auth]` of `{node}` has no option `{}`\nhelp: there is `scopes`; another name is an attribute of its own", second.key));
            return None;
        }
    };
    (errors.count() == before).then_some(scheme)
}

/// Two of a name.
pub(crate) fn check_names(schemes: &[Scheme], node: &str, errors: &Errors) {
    for (at, scheme) in schemes.iter().enumerate() {
        if schemes[..at].iter().any(|other| other.name == scheme.name) {
            let name = &scheme.name;
            errors.at_span(
                scheme.span,
                format!("`{node}` has two `#[auth]` called `{name}`\nhelp: give it another name: `#[auth(other = {})]`", scheme.word),
            );
        }
    }
}

/// `bearer`, `api_key("X-Key")`, with the user's token.
fn kind(kind: &Expr, node: &str, errors: &Errors) -> Option<(Ident, SchemeKind)> {
    match kind {
        Expr::Path(path) => {
            let Some(word) = path.path.get_ident() else {
                errors.at(
                    kind,
                    format!("`{}` is no kind of credentials (in `{node}`)\n{EXAMPLES}", shown(kind)),
                );
                return None;
            };
            let made = match plain(word).as_str() {
                // A token of OAuth 2.0 goes as any other.
                "bearer" | "oauth2" => SchemeKind::Bearer,
                "basic" => SchemeKind::Basic,
                "digest" => SchemeKind::Digest,
                "api_key" => SchemeKind::Key(Place::Header, LitStr::new("X-API-Key", word.span())),
                // Where a session goes says who gives it.
                "custom" | "session" | "cookie" => SchemeKind::Custom,
                other => {
                    unknown(word, other, node, errors);
                    return None;
                }
            };
            Some((word.clone(), made))
        }
        Expr::Call(call) => api_key(call, node, errors),
        _ => {
            errors.at(kind, format!("`{}` is no kind of credentials (in `{node}`)\n{EXAMPLES}", shown(kind)));
            None
        }
    }
}

fn unknown(word: &Ident, other: &str, node: &str, errors: &Errors) {
    let message = match other {
        "none" => format!(
            "`#[auth(none)]` stands on methods: a trait without credentials says nothing (in `{node}`)"
        ),
        _ => format!("`{other}` is no kind of credentials (in `{node}`){}", hint(other, &KINDS)),
    };
    errors.at(word, message);
}

/// `api_key("X-Key")`, `api_key(query = "key")`, `api_key(cookie = "k")`
fn api_key(call: &ExprCall, node: &str, errors: &Errors) -> Option<(Ident, SchemeKind)> {
    let help = "help: write `api_key(\"X-Key\")`, `api_key(query = \"key\")` or `api_key(cookie = \"k\")`";
    let word = match &*call.func {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    };
    let Some(word) = word.filter(|word| **word == "api_key") else {
        let message = match word {
            Some(word) if KINDS.contains(&plain(word).as_str()) => format!(
                "`{word}` takes nothing (in `{node}`): the credentials themselves are given on the builder"
            ),
            _ => format!("`{}` is no kind of credentials (in `{node}`)\n{EXAMPLES}", shown(&call.func)),
        };
        errors.at(&call.func, message);
        return None;
    };
    let args: Vec<&Expr> = call.args.iter().collect();
    let (place, name) = match &args[..] {
        [Expr::Assign(assign)] => {
            let place = match () {
                () if is_word(&assign.left, "query") => Place::Query,
                () if is_word(&assign.left, "cookie") => Place::Cookie,
                () if is_word(&assign.left, "header") => Place::Header,
                () => {
                    errors.at(
                        &assign.left,
                        format!("`api_key` of `{node}` has no option `{}`\n{help}", shown(&assign.left)),
                    );
                    return None;
                }
            };
            (place, &*assign.right)
        }
        [name] => (Place::Header, *name),
        _ => {
            errors.at(call, format!("`api_key` of `{node}` takes one name\n{help}"));
            return None;
        }
    };
    let Some(name) = text(name) else {
        errors.at(name, format!("the name of an `api_key` is a text (in `{node}`)\n{help}"));
        return None;
    };
    match place {
        Place::Header => header_name(name, node, errors)?,
        Place::Query | Place::Cookie if name.value().is_empty() => {
            errors.at(name, format!("the name of an `api_key` cannot be empty (in `{node}`)"));
            return None;
        }
        Place::Query | Place::Cookie => {}
    }
    Some((word.clone(), SchemeKind::Key(place, name.clone())))
}

/// `scopes = ["repo", "user"]`
fn scopes(attr: &Attr, node: &str, errors: &Errors) -> Option<Vec<LitStr>> {
    let option = attr.options.iter().find(|option| option.key == "scopes")?;
    let help = "help: write `scopes = [\"repo\", \"user\"]`";
    let Expr::Array(array) = &option.value else {
        errors.at(&option.value, format!("`scopes` of `#[auth]` of `{node}` is a list of texts\n{help}"));
        return None;
    };
    let mut scopes = Vec::new();
    for element in &array.elems {
        match text(element) {
            // RFC 6749, section 3.3.
            Some(scope)
                if !scope.value().is_empty()
                    && scope.value().bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\') =>
            {
                scopes.push(scope.clone());
            }
            Some(scope) => errors.at(
                scope,
                format!(
                    "{:?} is no scope (in `{node}`): it has no space, no quote and nothing beyond ASCII",
                    scope.value()
                ),
            ),
            None => {
                errors.at(element, format!("`scopes` of `#[auth]` of `{node}` is a list of texts\n{help}"));
            }
        }
    }
    Some(scopes)
}

/// `#[auth(admin)]`, `#[auth(none)]`, `#[auth(admin, scopes = ["repo"])]` on a method.
pub(crate) fn choice(attr: &Attr, node: &str, errors: &Errors) -> Option<AuthChoice> {
    let before = errors.count();
    let help =
        "help: declare them on the trait, `#[auth(admin = basic)]`, and name them here: `#[auth(admin)]`";
    let scopes = scopes(attr, node, errors);
    if let Some(option) = attr.options.iter().find(|option| option.key != "scopes") {
        errors.at(
            &option.key,
            format!("a method names credentials that its trait declares (in `{node}`)\n{help}"),
        );
        return None;
    }
    let named = match &attr.bare[..] {
        [] if scopes.is_some() => Named::First,
        [] => {
            errors.at_span(attr.span(), format!("`#[auth]` of `{node}` names credentials of its trait\nhelp: write `#[auth(admin)]`, or `#[auth(none)]` for none"));
            return None;
        }
        [Expr::Path(path)] if path.path.get_ident().is_some() => match path.path.get_ident() {
            Some(word) if word == "none" && scopes.is_some() => {
                errors.at(
                    word,
                    format!("`none` of `#[auth]` of `{node}` stands alone: nothing is left to say"),
                );
                return None;
            }
            Some(word) if word == "none" => Named::None,
            Some(word) => Named::Name(word.clone()),
            None => return None,
        },
        [other, ..] => {
            errors.at(
                other,
                format!("a method names credentials that its trait declares (in `{node}`)\n{help}"),
            );
            return None;
        }
    };
    (errors.count() == before).then(|| AuthChoice { word: attr.word.clone(), named, scopes })
}

/// A method names what its trait declares.
pub(crate) fn check(choice: &AuthChoice, schemes: &[Scheme], node: &str, errors: &Errors) {
    let names: Vec<&str> = schemes.iter().map(|scheme| scheme.name.as_str()).collect();
    let (span, said) = match &choice.named {
        Named::None => return,
        Named::First => (choice.word.span(), None),
        Named::Name(name) => (name.span(), Some(plain(name))),
    };
    let message = match said {
        _ if names.is_empty() => {
            let kind = said.as_deref().filter(|said| KINDS.contains(said)).unwrap_or("bearer");
            format!(
                "the trait of `{node}` declares no credentials\nhelp: declare them there: `#[auth({kind})]`"
            )
        }
        Some(said) if names.contains(&said.as_str()) => return,
        Some(said) => {
            let near = crate::errors::nearest(&said, &names).map(|near| format!("did you mean `{near}`?"));
            let near = near.unwrap_or_else(|| {
                format!("there {} {}", if names.len() == 1 { "is" } else { "are" }, list(&names))
            });
            format!("the trait of `{node}` declares no `#[auth]` called `{said}`\nhelp: {near}")
        }
        None => return,
    };
    errors.at_span(span, message);
}
