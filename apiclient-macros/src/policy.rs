//! Policies: the words that trait and method share. Each becomes one call on the endpoint's data, with the user's token as
//! its name.

use crate::{
    answers,
    args::{Attr, Keyed, is_word, shown, text},
    auth, constant,
    errors::{Errors, hint},
    lower::header_name,
    model::{Constant, Fallback, Policies, Setting, plain},
    words::VERBS,
};
use proc_macro2::{Ident, Literal, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use std::collections::BTreeSet;
use syn::{Expr, ExprLit, Lit, LitStr};

/// What a value is, and how a literal of it is read.
#[derive(Clone, Copy)]
enum Unit {
    Duration,
    Rate,
    Size,
    Count,
    /// The name of a header.
    Header,
    /// What is worth another try.
    On,
    /// Anything that implements `RetryPolicy`.
    Policy,
    /// What becomes of a call that a limit has no room for.
    Full,
    /// A share of one.
    Ratio,
    /// `origin` or `endpoint`
    Per,
    /// Who says it how.
    Dialect,
    /// A duration, or the place in the order of all durations.
    After,
}

/// A word with a bare value, options, or both.
struct Form {
    /// The specification that the options build; none where the bare value is all.
    spec: &'static str,
    essential: Option<(&'static str, Unit)>,
    required: bool,
    options: &'static [(&'static str, Unit)],
    example: &'static str,
}

const TIMEOUT: Form = Form {
    spec: "Timeout",
    essential: Some(("total", Unit::Duration)),
    required: false,
    options: &[("attempt", Unit::Duration), ("idle", Unit::Duration), ("forward", Unit::Header)],
    example: "#[timeout(\"30s\", attempt = \"10s\")]",
};

const RETRY: Form = Form {
    spec: "Retry",
    essential: None,
    required: false,
    options: &[
        ("attempts", Unit::Count),
        ("base", Unit::Duration),
        ("cap", Unit::Duration),
        ("max_retry_after", Unit::Duration),
        ("on", Unit::On),
        ("policy", Unit::Policy),
        ("should_retry", Unit::Header),
        ("retry_after_ms", Unit::Header),
        ("attempt_header", Unit::Header),
    ],
    example: "#[retry(attempts = 4)]",
};

const RATE_LIMIT: Form = Form {
    spec: "RateLimit",
    essential: Some(("rate", Unit::Rate)),
    required: true,
    options: &[
        ("burst", Unit::Count),
        ("key", Unit::Header),
        ("cost", Unit::Count),
        ("full", Unit::Full),
        ("headers", Unit::Dialect),
        ("warn_below", Unit::Count),
    ],
    example: "#[rate_limit(\"5000/h\", burst = 20)]",
};

const CONCURRENCY: Form = Form {
    spec: "Concurrency",
    essential: None,
    required: false,
    options: &[("full", Unit::Full)],
    example: "#[concurrency(8)]",
};

const BREAKER: Form = Form {
    spec: "Breaker",
    essential: None,
    required: false,
    options: &[
        ("ratio", Unit::Ratio),
        ("min", Unit::Count),
        ("window", Unit::Duration),
        ("open", Unit::Duration),
        ("probes", Unit::Count),
        ("per", Unit::Per),
    ],
    example: "#[breaker(ratio = 0.1, min = 100)]",
};

const HEDGE: Form = Form {
    spec: "Hedge",
    essential: None,
    required: false,
    options: &[("after", Unit::After)],
    example: "#[hedge(after = \"50ms\")]",
};

/// Reads the policies among our attributes of `node`: the trait or a method.
pub(crate) fn policies(ours: &[Attr], node: &str, is_method: bool, errors: &Errors) -> Policies {
    let mut policies = Policies::default();
    let mut seen = BTreeSet::new();
    for attr in ours {
        let word = plain(&attr.word);
        let repeats = matches!(word.as_str(), "header" | "query") || (word == "auth" && !is_method);
        if !repeats && !VERBS.contains(&word.as_str()) && !seen.insert(word.clone()) {
            errors.at_span(attr.span(), format!("`#[{word}]` stands twice on `{node}`"));
            continue;
        }
        match word.as_str() {
            "timeout" => policies.settings.extend(setting(attr, &TIMEOUT, node, errors)),
            "retry" => policies.settings.extend(retry(attr, node, errors)),
            "rate_limit" => {
                policies.limit_key = limit_key(attr, node, errors);
                policies.settings.extend(rate_limit(attr, node, errors));
            }
            "concurrency" => policies.settings.extend(concurrency(attr, node, errors)),
            "breaker" => policies.settings.extend(bare_or(attr, &BREAKER, node, errors)),
            "hedge" => policies.settings.extend(bare_or(attr, &HEDGE, node, errors)),
            "auth" if is_method => policies.auth = auth::choice(attr, node, errors),
            "auth" => policies.schemes.extend(auth::scheme(attr, node, errors)),
            "fallback" => policies.fallback = fallback(attr, node, errors),
            "max_body" => policies.settings.extend(max_body(attr, node, errors)),
            "idempotent" | "health" => policies.settings.extend(marker(attr, node, errors)),
            "redirects" => policies.settings.extend(redirects(attr, node, errors)),
            "idempotency_key" => policies.settings.extend(idempotency_key(attr, node, errors)),
            "success" => {
                if let Some((setting, set)) = answers::statuses(attr, node, errors) {
                    policies.settings.push(setting);
                    policies.answers.success = set;
                }
            }
            "none_on" => {
                if let Some((setting, set)) = answers::statuses(attr, node, errors) {
                    policies.settings.push(setting);
                    policies.answers.none_on = set;
                }
            }
            "envelope" => policies.answers.envelope = answers::envelope(attr, node, errors),
            "error_body" => policies.settings.extend(answers::error_body(attr, node, errors)),
            "errors" => policies.answers.errors = answers::errors(attr, node, errors),
            "header" => constant::header(attr, &mut policies.headers, node, errors),
            "query" => constant::query(attr, &mut policies.queries, node, errors),
            _ => {}
        }
    }
    auth::check_names(&policies.schemes, node, errors);
    answers::check(&policies.answers, node, is_method, errors);
    policies
}

/// `.timeout(__rt::Timeout::new().total(..).attempt(..))`
fn setting(attr: &Attr, form: &Form, node: &str, errors: &Errors) -> Option<Setting> {
    let steps = steps(attr, &attr.bare, form, node, errors)?;
    let spec = Ident::new(form.spec, proc_macro2::Span::call_site());
    Some(Setting { word: attr.word.clone(), value: quote!(__rt::#spec::new() #steps), off: false })
}

/// `.total(..).attempt(..)`
fn steps(attr: &Attr, bare: &[Expr], form: &Form, node: &str, errors: &Errors) -> Option<TokenStream> {
    let word = plain(&attr.word);
    let before = errors.count();
    let mut steps = TokenStream::new();
    let (bare, extra) = match (&form.essential, bare) {
        (Some(_), [bare, extra @ ..]) => (Some(bare), extra),
        (_, extra) => (None, extra),
    };
    for extra in extra {
        let message = format!(
            "`#[{word}]` of `{node}` has a value too many: `{}`\nhelp: write `{}`",
            shown(extra),
            form.example
        );
        errors.at(extra, message);
    }
    match (&form.essential, bare) {
        (Some((name, unit)), Some(bare)) => {
            let name = Ident::new(name, attr.span());
            steps.extend(value(bare, *unit, node, errors).map(|value| quote!(.#name(#value))));
        }
        _ if form.required || (attr.bare.is_empty() && attr.options.is_empty()) => {
            errors.at_span(
                attr.span(),
                format!("`#[{word}]` of `{node}` needs a value\nhelp: write `{}`", form.example),
            );
        }
        _ => {}
    }
    for option in &attr.options {
        let name = plain(&option.key);
        match form.options.iter().find(|(key, _)| *key == name) {
            // Read by `limit_key`.
            Some(_) if name == "key" => steps.extend(quote!(.keyed())),
            Some((_, unit)) => {
                let key = &option.key;
                steps.extend(value(&option.value, *unit, node, errors).map(|value| quote!(.#key(#value))));
            }
            None => {
                let keys: Vec<&str> = form.options.iter().map(|(key, _)| *key).collect();
                errors.at(
                    &option.key,
                    format!("`#[{word}]` of `{node}` has no option `{name}`{}", hint(&name, &keys)),
                );
            }
        }
    }
    (errors.count() == before).then_some(steps)
}

/// `#[rate_limit("5000/h")]`, and `#[rate_limit(cost = 5)]` for what a method counts for in the trait's.
fn rate_limit(attr: &Attr, node: &str, errors: &Errors) -> Option<Setting> {
    const BESIDE: Form = Form { required: false, ..RATE_LIMIT };
    let needs_no_rate = |option: &Keyed<Expr>| plain(&option.key) != "burst";
    let is_beside =
        attr.bare.is_empty() && !attr.options.is_empty() && attr.options.iter().all(needs_no_rate);
    setting(attr, if is_beside { &BESIDE } else { &RATE_LIMIT }, node, errors)
}

/// `key = "{owner}"`
fn limit_key(attr: &Attr, node: &str, errors: &Errors) -> Option<Constant> {
    let key = attr.options.iter().find(|option| plain(&option.key) == "key")?;
    let help = "help: name an argument, or a value of the client: `key = \"{owner}\"`";
    let Some(written) = text(&key.value) else {
        errors.at(&key.value, format!("`key` of `#[rate_limit]` of `{node}` is a text\n{help}"));
        return None;
    };
    if constant::unclosed(written, node, errors) {
        return None;
    }
    let key = Constant { name: written.clone(), value: Some(constant::bits(written)) };
    if key.names().next().is_none() {
        errors.at(
            written,
            format!(
                "`key` of `#[rate_limit]` of `{node}` names nothing: all calls would have the same\n{help}"
            ),
        );
        return None;
    }
    Some(key)
}

/// `#[concurrency(8)]`, `#[concurrency(adaptive)]`
fn concurrency(attr: &Attr, node: &str, errors: &Errors) -> Option<Setting> {
    let help = "help: write `#[concurrency(8)]` or `#[concurrency(adaptive)]`";
    let [most] = &attr.bare[..] else {
        errors.at_span(attr.span(), format!("`#[concurrency]` of `{node}` takes one number\n{help}"));
        return None;
    };
    let made = match most {
        word if is_word(word, "adaptive") => {
            quote_spanned!(syn::spanned::Spanned::span(word)=> __rt::Concurrency::adaptive())
        }
        word if is_word(word, "none") => {
            errors.at(word, format!("`none` is not available in `#[concurrency]` (of `{node}`): a limit of the trait holds for all of its methods"));
            return None;
        }
        most => {
            let most = value(most, Unit::Count, node, errors)?;
            quote!(__rt::Concurrency::new(#most))
        }
    };
    let steps = match attr.options.is_empty() {
        true => TokenStream::new(),
        false => steps(attr, &[], &CONCURRENCY, node, errors)?,
    };
    Some(Setting { word: attr.word.clone(), value: quote!(#made #steps), off: false })
}

/// `#[breaker]`, `#[breaker(none)]`, `#[breaker(ratio = 0.5)]`
fn bare_or(attr: &Attr, form: &Form, node: &str, errors: &Errors) -> Option<Setting> {
    let spec = Ident::new(form.spec, proc_macro2::Span::call_site());
    let made = |value| Some(Setting { word: attr.word.clone(), value, off: false });
    match &attr.bare[..] {
        [] if attr.options.is_empty() => made(quote!(__rt::#spec::new())),
        [off] if is_word(off, "none") && attr.options.is_empty() => made(quote!(__rt::#spec::none())),
        [off] if is_word(off, "none") => {
            let message =
                format!("`none` of `#[{}]` of `{node}` stands alone: nothing is left to say", attr.word);
            errors.at(off, message);
            None
        }
        _ => setting(attr, form, node, errors),
    }
}

/// `#[fallback(path::to::fn)]`
fn fallback(attr: &Attr, node: &str, errors: &Errors) -> Option<Fallback> {
    let help = "help: name a function that makes a value of an error: `#[fallback(cached)]`, or `none` to switch that of the trait off";
    match (&attr.bare[..], &attr.options[..]) {
        ([off], []) if is_word(off, "none") => Some(Fallback { with: None }),
        ([with @ (Expr::Path(_) | Expr::Closure(_))], []) => Some(Fallback { with: Some(with.clone()) }),
        _ => {
            errors.at_span(attr.span(), format!("`#[fallback]` of `{node}` takes one function\n{help}"));
            None
        }
    }
}

/// `#[retry(..)]`, and `#[retry(none)]` to switch it off.
fn retry(attr: &Attr, node: &str, errors: &Errors) -> Option<Setting> {
    match &attr.bare[..] {
        [off] if is_word(off, "none") && attr.options.is_empty() => {
            Some(Setting { word: attr.word.clone(), value: quote!(__rt::Retry::none()), off: true })
        }
        [off] if is_word(off, "none") => {
            let message = format!("`none` of `#[retry]` of `{node}` stands alone: nothing is left to say");
            errors.at(off, message);
            None
        }
        _ => {
            let once = |o: &Keyed<Expr>| plain(&o.key) == "attempts" && shown(&o.value) == "1";
            let off = attr.options.iter().any(once);
            setting(attr, &RETRY, node, errors).map(|setting| Setting { off, ..setting })
        }
    }
}

/// `#[max_body("64MiB")]`
fn max_body(attr: &Attr, node: &str, errors: &Errors) -> Option<Setting> {
    let ([size], []) = (&attr.bare[..], &attr.options[..]) else {
        errors.at_span(
            attr.span(),
            format!("`#[max_body]` of `{node}` takes one size\nhelp: write `#[max_body(\"64MiB\")]`"),
        );
        return None;
    };
    value(size, Unit::Size, node, errors).map(|value| Setting { word: attr.word.clone(), value, off: false })
}

/// `#[idempotent]`, `#[health]`
fn marker(attr: &Attr, node: &str, errors: &Errors) -> Option<Setting> {
    if !attr.bare.is_empty() || !attr.options.is_empty() {
        errors.at_span(attr.span(), format!("`#[{}]` of `{node}` takes nothing", attr.word));
        return None;
    }
    Some(Setting { word: attr.word.clone(), value: TokenStream::new(), off: false })
}

/// `#[idempotency_key("Idempotency-Key")]`
fn idempotency_key(attr: &Attr, node: &str, errors: &Errors) -> Option<Setting> {
    let before = errors.count();
    let quoted = attr.options.iter().map(|option| quoted(option, node, errors)).collect::<TokenStream>();
    if errors.count() > before {
        return None;
    }
    let [name] = &attr.bare[..] else {
        let message = format!(
            "`#[idempotency_key]` of `{node}` takes the name of a header\nhelp: write `#[idempotency_key(\"Idempotency-Key\")]`"
        );
        errors.at_span(attr.span(), message);
        return None;
    };
    let Some(name) = text(name) else {
        errors.at(name, format!("`#[idempotency_key]` of `{node}` takes the name of a header as a string"));
        return None;
    };
    header_name(name, node, errors)?;
    let name = name.value().to_ascii_lowercase();
    let value = quote!(__rt::IdempotencyKey::new(#name) #quoted);
    Some(Setting { word: attr.word.clone(), value, off: false })
}

/// `quoted = true`
fn quoted(option: &Keyed<Expr>, node: &str, errors: &Errors) -> TokenStream {
    let key = &option.key;
    match &option.value {
        Expr::Lit(ExprLit { lit: Lit::Bool(bool), .. }) if key == "quoted" => quote!(.#key(#bool)),
        value if key == "quoted" => {
            errors.at(value, format!("`quoted` of `#[idempotency_key]` of `{node}` is `true` or `false`"));
            TokenStream::new()
        }
        _ => {
            let near = hint(&plain(key), &["quoted"]);
            errors.at(key, format!("`#[idempotency_key]` of `{node}` has no option `{key}`{near}"));
            TokenStream::new()
        }
    }
}

/// `#[redirects(10)]`, `#[redirects(none)]`, `#[redirects(same_origin)]`, `#[redirects(5, same_origin)]`
fn redirects(attr: &Attr, node: &str, errors: &Errors) -> Option<Setting> {
    let help =
        "help: write `#[redirects(10)]`, `#[redirects(same_origin)]`, both of them, or `#[redirects(none)]`";
    if let Some(option) = attr.options.first() {
        errors.at(&option.key, format!("`#[redirects]` of `{node}` has no option `{}`\n{help}", option.key));
        return None;
    }
    let setting = |value| Some(Setting { word: attr.word.clone(), value, off: false });
    let (mut most, mut same_origin) = (None, None);
    for bare in &attr.bare {
        match bare {
            off if is_word(off, "none") && attr.bare.len() == 1 => {
                return setting(quote!(__rt::Redirects::none()));
            }
            word if is_word(word, "same_origin") && same_origin.is_none() => {
                same_origin = Some(quote_spanned!(syn::spanned::Spanned::span(word)=> .same_origin()));
            }
            Expr::Lit(ExprLit { lit: count @ Lit::Int(_), .. }) if most.is_none() => {
                let count = number(count, Unit::Count, node, errors)?;
                most = Some(quote!(.most(#count)));
            }
            other => {
                let message =
                    format!("`{}` is not what `#[redirects]` of `{node}` takes\n{help}", shown(other));
                errors.at(other, message);
                return None;
            }
        }
    }
    if attr.bare.is_empty() {
        errors.at_span(attr.span(), format!("`#[redirects]` of `{node}` needs a value\n{help}"));
        return None;
    }
    setting(quote!(__rt::Redirects::new() #most #same_origin))
}

/// `on = 409 | 5xx | connect | timeout`
fn retry_on(value: &Expr, node: &str, errors: &Errors) -> Option<TokenStream> {
    let (mut statuses, mut steps) = (Vec::new(), TokenStream::new());
    for part in split_at_bars(value.to_token_stream()) {
        match syn::parse2::<Ident>(part.clone()) {
            Ok(word) if word == "connect" || word == "timeout" => steps.extend(quote!(.#word())),
            Ok(word) => {
                let near = hint(&plain(&word), &["connect", "timeout"]);
                let message = format!(
                    "`{word}` is nothing that is tried again (of `{node}`){near}\nhelp: write statuses, `connect` and `timeout`: `on = 409 | 5xx | connect`"
                );
                errors.at(&word, message);
                return None;
            }
            Err(_) => statuses.push(part),
        }
    }
    let set = match statuses.is_empty() {
        true => quote!(__rt::Statuses::new(&[])),
        false => crate::expand::statuses(&answers::set(quote!(#(#statuses)|*), errors)?),
    };
    Some(quote!(__rt::RetryOn::new(#set) #steps))
}

fn split_at_bars(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    for token in tokens {
        match (&token, parts.last_mut()) {
            (TokenTree::Punct(bar), _) if bar.as_char() == '|' => parts.push(TokenStream::new()),
            (_, Some(part)) => part.extend([token]),
            (_, None) => {}
        }
    }
    parts
}

/// The name of a header, in lower case.
fn header_option(value: &Expr, node: &str, errors: &Errors) -> Option<TokenStream> {
    let Some(name) = text(value) else {
        errors.at(value, format!("`{}` is no name of a header (of `{node}`): it is a string", shown(value)));
        return None;
    };
    header_name(name, node, errors)?;
    let lower = LitStr::new(&name.value().to_ascii_lowercase(), name.span());
    Some(quote!(#lower))
}

/// `wait` or `reject`
fn full(value: &Expr, node: &str, errors: &Errors) -> Option<TokenStream> {
    let name = match value {
        wait if is_word(wait, "wait") => "Wait",
        reject if is_word(reject, "reject") => "Reject",
        other => {
            let message = format!(
                "`{}` is not what `full` of `{node}` takes\nhelp: write `full = wait`, which is the default, or `full = reject`",
                shown(other)
            );
            errors.at(other, message);
            return None;
        }
    };
    let name = Ident::new(name, syn::spanned::Spanned::span(value));
    Some(quote!(__rt::Full::#name))
}

/// `ratio = 0.1`
fn ratio(value: &Expr, node: &str, errors: &Errors) -> Option<TokenStream> {
    let wrong = || {
        let message = format!(
            "`{}` is no ratio (of `{node}`): it is a number above 0 and at most 1\nhelp: write `0.1` for a tenth",
            shown(value)
        );
        errors.at(value, message);
    };
    let number = match value {
        Expr::Lit(ExprLit { lit: Lit::Float(float), .. }) => float.base10_parse::<f64>().ok(),
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => int.base10_parse::<u32>().ok().map(f64::from),
        Expr::Lit(_) | Expr::Unary(_) => None,
        other => return Some(quote!(#other)),
    };
    // A millionth is the least that is told from nothing.
    let Some(number) = number.filter(|number| (1e-6..=1.0).contains(number)) else {
        wrong();
        return None;
    };
    let number = Literal::f64_unsuffixed(number);
    Some(quote_spanned!(syn::spanned::Spanned::span(value)=> #number))
}

/// One of some words, as a variant of the runtime's enum.
fn one_of(
    value: &Expr,
    of: &str,
    words: &[(&str, &str)],
    what: &str,
    node: &str,
    errors: &Errors,
) -> Option<TokenStream> {
    if let Some((_, variant)) = words.iter().find(|(word, _)| is_word(value, word)) {
        let of: TokenStream = of.parse().ok()?;
        let variant = Ident::new(variant, syn::spanned::Spanned::span(value));
        return Some(quote!(__rt::#of::#variant));
    }
    let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let written = shown(value);
    let near = hint(&written, &all);
    let message = format!("`{written}` is not what `{what}` of `{node}` takes{near}");
    errors.at(value, message);
    None
}

/// `headers = github`, `headers = none`
fn dialect(value: &Expr, node: &str, errors: &Errors) -> Option<TokenStream> {
    const WORDS: [(&str, &str); 9] = [
        ("guess", "Guess"),
        ("ietf", "Ietf"),
        ("github", "GitHub"),
        ("x", "X"),
        ("discord", "Discord"),
        ("openai", "OpenAi"),
        ("shopify", "Shopify"),
        ("slack", "Slack"),
        ("none", "None"),
    ];
    if is_word(value, "none") {
        return Some(quote!(::core::option::Option::None));
    }
    let dialect = one_of(value, "RateLimitDialect", &WORDS, "headers", node, errors)?;
    Some(quote!(::core::option::Option::Some(#dialect)))
}

/// `after = "50ms"`, `after = p95`
fn after(value_of: &Expr, node: &str, errors: &Errors) -> Option<TokenStream> {
    let written = shown(value_of);
    let place = written.strip_prefix('p').filter(|digits| matches!(digits.len(), 2 | 3));
    if let Some(permille) = place.and_then(|digits| Some((digits.len(), digits.parse::<u16>().ok()?))) {
        let permille = if permille.0 == 2 { permille.1 * 10 } else { permille.1 };
        let (permille, at) = (Literal::u16_unsuffixed(permille), syn::spanned::Spanned::span(value_of));
        return Some(quote_spanned!(at=> __rt::HedgeAfter::Permille(#permille)));
    }
    let after = value(value_of, Unit::Duration, node, errors)?;
    Some(quote!(__rt::HedgeAfter::Fixed(#after)))
}

/// A literal with its unit, or any constant expression of the type.
fn value(value: &Expr, unit: Unit, node: &str, errors: &Errors) -> Option<TokenStream> {
    match unit {
        Unit::Header => return header_option(value, node, errors),
        Unit::On => return retry_on(value, node, errors),
        Unit::Full => return full(value, node, errors),
        Unit::Ratio => return ratio(value, node, errors),
        Unit::Per => {
            return one_of(
                value,
                "Per",
                &[("origin", "Origin"), ("endpoint", "Endpoint")],
                "per",
                node,
                errors,
            );
        }
        Unit::Dialect => return dialect(value, node, errors),
        Unit::After => return after(value, node, errors),
        // In a block of its own, so that the reference lives for ever, whatever makes the policy.
        Unit::Policy => {
            let by = quote_spanned!(syn::spanned::Spanned::span(value)=> __rt::By(&#value));
            return Some(quote!(__rt::PolicyRef::new(const { &#by })));
        }
        _ => {}
    }
    if let Expr::Lit(ExprLit { lit: lit @ (Lit::Int(_) | Lit::Float(_)), .. }) = value {
        return number(lit, unit, node, errors);
    }
    if is_word(value, "none") {
        errors.at(value, format!("`none` is not available here (of `{node}`) in this version of apiclient"));
        return None;
    }
    let Some(literal) = text(value) else { return Some(quote!(#value)) };
    let (written, at) = (literal.value(), literal.span());
    let read = match unit {
        Unit::Duration => milliseconds(&written).map(|ms| {
            let ms = Literal::u64_unsuffixed(ms);
            quote_spanned!(at=> __rt::Duration::from_millis(#ms))
        }),
        Unit::Rate => rate(&written).map(|(count, seconds)| {
            let (count, seconds) = (Literal::u32_unsuffixed(count), Literal::u64_unsuffixed(seconds));
            quote_spanned!(at=> __rt::Rate::new(#count, __rt::Duration::from_secs(#seconds)))
        }),
        Unit::Size => bytes(&written).map(|bytes| {
            let bytes = Literal::u64_unsuffixed(bytes);
            quote_spanned!(at=> #bytes)
        }),
        _ => Err("it is a text"),
    };
    let (what, examples) = words(unit);
    let wrong = |why| {
        errors.at(literal, format!("{written:?} is no {what} (of `{node}`): {why}\nhelp: write {examples}"));
    };
    read.map_err(wrong).ok()
}

/// A bare number has no unit; where none is wanted, it is a count.
fn number(lit: &Lit, unit: Unit, node: &str, errors: &Errors) -> Option<TokenStream> {
    let (what, examples) = words(unit);
    match (unit, lit) {
        (Unit::Count, Lit::Int(int))
            if int.suffix().is_empty() && matches!(int.base10_parse::<u32>(), Ok(1..)) =>
        {
            Some(quote!(#int))
        }
        (Unit::Count, _) => {
            errors.at(lit, format!("`{}` is no {what} (of `{node}`)\nhelp: write {examples}", shown(lit)));
            None
        }
        _ => {
            errors.at(lit, format!("`{}` of `{node}` has no unit\nhelp: write {examples}", shown(lit)));
            None
        }
    }
}

/// What to call it, and how it is written.
fn words(unit: Unit) -> (&'static str, &'static str) {
    match unit {
        Unit::Duration => ("duration", "a number and a unit: `\"30s\"`, `\"50ms\"`, `\"2m\"`, `\"1h\"`"),
        Unit::Rate => ("rate", "a number per unit: `\"10/s\"`, `\"600/m\"`, `\"5000/h\"`"),
        Unit::Size => ("size", "a number and a unit: `\"512B\"`, `\"64KiB\"`, `\"64MiB\"`, `\"1GiB\"`"),
        // The others are read elsewhere.
        _ => ("count", "a whole number from 1 on: `4`"),
    }
}

/// The number before the unit.
fn split(text: &str) -> (Result<u64, &'static str>, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = text[..digits].parse().map_err(|_| match digits {
        0 => "it begins with no number",
        _ => "its number is too large",
    });
    (number, &text[digits..])
}

fn scaled(number: Result<u64, &'static str>, factor: u64) -> Result<u64, &'static str> {
    match number?.checked_mul(factor) {
        None => Err("it is too large"),
        Some(0) => Err("it is zero"),
        Some(scaled) => Ok(scaled),
    }
}

fn milliseconds(text: &str) -> Result<u64, &'static str> {
    let (number, unit) = split(text);
    let factor = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "" => return number.and(Err("it has no unit")),
        _ => return number.and(Err("its unit is none of ms, s, m and h")),
    };
    scaled(number, factor)
}

/// A count, and the seconds that it is for.
fn rate(text: &str) -> Result<(u32, u64), &'static str> {
    let (number, unit) = split(text);
    let seconds = match unit {
        "/s" => 1,
        "/m" => 60,
        "/h" => 3600,
        "/d" => 86_400,
        "" => return number.and(Err("it has no `/` with a unit behind it")),
        _ => return number.and(Err("its unit is none of /s, /m, /h and /d")),
    };
    let count = u32::try_from(scaled(number, 1)?).map_err(|_| "it is too large")?;
    Ok((count, seconds))
}

fn bytes(text: &str) -> Result<u64, &'static str> {
    let (number, unit) = split(text);
    let factor = match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "" => return number.and(Err("it has no unit")),
        "KB" | "kB" | "MB" | "GB" => {
            return Err("its unit is a decimal one; the binary ones are KiB, MiB and GiB");
        }
        _ => return number.and(Err("its unit is none of B, KiB, MiB and GiB")),
    };
    // What a 32-bit machine can hold.
    scaled(number, factor).and_then(|bytes| if bytes < 1 << 32 { Ok(bytes) } else { Err("it is too large") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read() {
        assert_eq!(milliseconds("50ms"), Ok(50));
        assert_eq!(milliseconds("2m"), Ok(120_000));
        assert_eq!(rate("5000/h"), Ok((5000, 3600)));
        assert_eq!(bytes("64MiB"), Ok(64 << 20));
        for bad in
            ["", "s", "5", "5 s", "-5s", "1.5s", "0s", "99999999999999999999s", "18446744073709551615h", "5ß"]
        {
            assert!(milliseconds(bad).is_err(), "{bad}");
        }
        for bad in ["", "10", "10/", "/s", "0/s", "10/y", "5000000000/s", "10 / s"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
        for bad in ["", "64", "64MB", "64mib", "0B", "4GiB", "-1B"] {
            assert!(bytes(bad).is_err(), "{bad}");
        }
    }
}
