//! Rules for answers and failures, as attributes write them: sets of statuses, conditions, and where a value comes from.

use crate::{
    args::{shown, text},
    errors::{Errors, hint, list},
    glob::glob,
    lower::is_token,
    model::plain,
};
use proc_macro2::{Ident, Span, TokenStream};
use syn::{
    Expr, ExprCall, ExprPath, Lit, LitInt, LitStr, Path, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
    spanned::Spanned,
};

/// `404 | 4xx | 500..=599`
#[derive(Clone)]
pub(crate) struct Set {
    /// Both ends included.
    pub(crate) ranges: Vec<(u16, u16)>,
    pub(crate) span: Span,
}

const STATUSES: &str =
    "help: a status is a number, a class or a range: `404`, `4xx`, `500..=599`, joined by `|`";

impl Parse for Set {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let span = input.span();
        let mut set = Set { ranges: Vec::new(), span };
        loop {
            let at = input.span();
            let range = range(input)?;
            if set.contains(range) {
                return Err(syn::Error::new(at, "this stands in the set already"));
            }
            set.ranges.push(range);
            if input.parse::<Option<Token![|]>>()?.is_none() {
                return Ok(set);
            }
        }
    }
}

/// One number, one class or one range.
fn range(input: ParseStream<'_>) -> syn::Result<(u16, u16)> {
    let at = input.span();
    let (first, last) = status(input)?;
    if input.peek(Token![..=]) {
        input.parse::<Token![..=]>()?;
        let (begin, end) = status(input)?;
        return match first == last && begin == end {
            false => Err(syn::Error::new(at, format!("a range goes from one number to another\n{STATUSES}"))),
            true if first > end => {
                Err(syn::Error::new(at, format!("this range is turned round\nhelp: write `{end}..={first}`")))
            }
            true => Ok((first, end)),
        };
    }
    if input.peek(Token![..]) {
        let message = "a range of statuses has both its ends\nhelp: write `500..=599`";
        return Err(input.error(message));
    }
    Ok((first, last))
}

fn status(input: ParseStream<'_>) -> syn::Result<(u16, u16)> {
    let wrong = |span: Span, what: &str| syn::Error::new(span, format!("{what}\n{STATUSES}"));
    let Ok(Lit::Int(number)) = input.fork().parse::<Lit>() else {
        let found = input.cursor().token_tree().map(|(token, _)| token.to_string());
        let found = found.map_or_else(|| "nothing".to_owned(), |found| format!("`{found}`"));
        return Err(wrong(input.span(), &format!("{found} is no status")));
    };
    input.parse::<LitInt>()?;
    let digits: Result<u16, _> = number.base10_parse();
    match (digits, number.suffix()) {
        (Ok(class @ 1..=9), "xx") => Ok((class * 100, class * 100 + 99)),
        (Ok(code @ 100..=999), "") => Ok((code, code)),
        _ => Err(wrong(number.span(), &format!("`{number}` is no status"))),
    }
}

impl Set {
    /// Whether a range is within the set.
    pub(crate) fn contains(&self, (first, last): (u16, u16)) -> bool {
        (first..=last).all(|code| self.has(code))
    }

    fn has(&self, code: u16) -> bool {
        self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&code))
    }

    pub(crate) fn covers(&self, other: &Set) -> bool {
        other.ranges.iter().all(|range| self.contains(*range))
    }

    /// The statuses in both.
    pub(crate) fn common(&self, other: &Set) -> Vec<u16> {
        (100..=999).filter(|code| self.has(*code) && other.has(*code)).collect()
    }

    /// What a range of this set and one of the other share, if neither is within the other.
    fn shared_by_halves(&self, other: &Set) -> Option<(u16, u16)> {
        let pairs =
            self.ranges.iter().flat_map(|ours| other.ranges.iter().map(move |theirs| (*ours, *theirs)));
        let shared = |((a, b), (c, d)): ((u16, u16), (u16, u16))| {
            let (first, last) = (a.max(c), b.min(d));
            (first <= last && (first, last) != (a, b) && (first, last) != (c, d)).then_some((first, last))
        };
        pairs.into_iter().find_map(shared)
    }
}

/// Statuses in the words of a message: `404`, or `400..=410`.
pub(crate) fn told(codes: &[u16]) -> String {
    match codes {
        [] => "none".into(),
        [one] => one.to_string(),
        [first, .., last] if usize::from(last - first) + 1 == codes.len() => format!("{first}..={last}"),
        [first, .., last] => format!("{first} .. {last}"),
    }
}

/// What has to hold, all of it.
#[derive(Clone, Default)]
pub(crate) struct Conditions {
    pub(crate) statuses: Option<Keyed<Set>>,
    pub(crate) codes: Option<Keyed<Vec<Code>>>,
    pub(crate) headers: Vec<Keyed<(LitStr, LitStr)>>,
    pub(crate) kind: Option<Keyed<Kind>>,
    pub(crate) when: Option<Keyed<Path>>,
}

/// A value with the user's token that names it; none where the grammar has none.
#[derive(Clone)]
pub(crate) struct Keyed<T> {
    pub(crate) key: Option<Ident>,
    pub(crate) value: T,
}

/// A code in JSON.
#[derive(Clone, PartialEq)]
pub(crate) enum Code {
    Text(String),
    Integer(i128),
}

/// A kind of failure.
#[derive(Clone)]
pub(crate) struct Kind {
    pub(crate) word: Ident,
    /// The variant of `ErrorKind`.
    pub(crate) variant: &'static str,
    /// It comes with an answer, so that a status can be asked for beside it.
    pub(crate) answered: bool,
}

/// Word, variant, whether there is an answer.
const KINDS: [(&str, &str, bool); 13] = [
    ("timeout", "Timeout", false),
    ("connect", "Connect", false),
    ("transport", "Transport", false),
    ("rate_limited", "RateLimited", false),
    ("circuit_open", "CircuitOpen", false),
    ("auth", "Auth", true),
    ("decode", "Decode", true),
    ("content_type", "ContentType", true),
    ("too_large", "TooLarge", false),
    ("redirect", "Redirect", true),
    ("error_body", "ErrorBody", true),
    ("config", "Config", false),
    ("argument", "Argument", false),
];
const KINDS_LATER: [&str; 1] = ["cancelled"];
const CONDITIONS: [&str; 5] = ["status", "code", "header", "kind", "when"];

impl Conditions {
    /// Takes one condition: `code = "x"`, `header("a", "b")`. `at_rule`: a status stands in front there.
    pub(crate) fn take(&mut self, input: ParseStream<'_>, at_rule: bool) -> syn::Result<()> {
        let known: &[&str] = if at_rule { &CONDITIONS[1..] } else { &CONDITIONS };
        if !input.peek(Ident::peek_any) {
            let help = match input.peek(LitInt) {
                true => "statuses are joined by `|`: `status = 404 | 410`".to_owned(),
                false => format!("there are {}", list(known)),
            };
            return Err(input.error(format!("a condition begins with its name\nhelp: {help}")));
        }
        let key = input.call(Ident::parse_any)?;
        let word = plain(&key);
        if !known.contains(&word.as_str()) {
            return Err(syn::Error::new(key.span(), unknown(&word, known, at_rule)));
        }
        if word == "header" {
            return self.header(key, input);
        }
        if input.parse::<Option<Token![=]>>()?.is_none() || input.is_empty() {
            let message = format!("`{word}` needs a value\nhelp: write `{}`", example(&word));
            return Err(syn::Error::new(key.span(), message));
        }
        match word.as_str() {
            "status" => set(&mut self.statuses, key, input.parse()?),
            "code" => set(&mut self.codes, key, codes(input)?),
            "kind" => set(&mut self.kind, key, kind(input)?),
            _ => {
                let wrong = |e: syn::Error| {
                    syn::Error::new(
                        e.span(),
                        "`when` takes the path of a function: `fn(&apiclient::Error) -> bool`",
                    )
                };
                let path: Path = input.parse().map_err(wrong)?;
                if let Some(first) = path.segments.first().filter(|first| first.ident == "Self") {
                    let message = "`Self` has no meaning here: the rules stand beside the type\nhelp: write the path of a function: `when = is_late`";
                    return Err(syn::Error::new(first.ident.span(), message));
                }
                set(&mut self.when, key, path)
            }
        }
    }

    /// `header("name", "value")`
    fn header(&mut self, key: Ident, input: ParseStream<'_>) -> syn::Result<()> {
        let form = "`header` takes a name and a value\nhelp: write `header(\"X-Reason\", \"quota*\")`";
        let wrong = |span: Span| syn::Error::new(span, form);
        if !input.peek(syn::token::Paren) {
            return Err(wrong(key.span()));
        }
        let content;
        syn::parenthesized!(content in input);
        let texts = content
            .parse_terminated(|input: ParseStream<'_>| input.parse::<LitStr>(), Token![,])
            .map_err(|e| wrong(e.span()))?;
        let [name, value] = &texts.iter().collect::<Vec<_>>()[..] else { return Err(wrong(key.span())) };
        check_header_name(name)?;
        self.headers.push(Keyed { key: Some(key), value: ((*name).clone(), (*value).clone()) });
        Ok(())
    }

    /// Whether whatever meets `other` meets these, too.
    pub(crate) fn covers(&self, other: &Conditions) -> bool {
        self.beside_statuses_covers(other)
            && match (&self.statuses, &other.statuses) {
                (None, _) => self.takes_failures() || other.is_of_answer(),
                (Some(ours), None) => other.is_redirect() && ours.value.contains((300, 399)),
                (Some(ours), Some(theirs)) => ours.value.covers(&theirs.value),
            }
    }

    fn is_redirect(&self) -> bool {
        self.kind.as_ref().is_some_and(|kind| kind.value.variant == "Redirect")
    }

    /// Without statuses, codes and headers a rule takes failures that have no answer as well.
    fn takes_failures(&self) -> bool {
        self.codes.is_none() && self.headers.is_empty()
    }

    fn is_of_answer(&self) -> bool {
        self.statuses.is_some() || !self.takes_failures()
    }

    fn beside_statuses_covers(&self, other: &Conditions) -> bool {
        let codes = match (&self.codes, &other.codes) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(ours), Some(theirs)) => {
                theirs.value.iter().all(|code| ours.value.iter().any(|ours| ours.covers(code)))
            }
        };
        let has = |one: &Keyed<(LitStr, LitStr)>| {
            other.headers.iter().any(|theirs| same_header(&one.value, &theirs.value))
        };
        let kind = match (&self.kind, &other.kind) {
            (None, None) => true,
            // A rule about answers takes no failure of our own.
            (None, Some(kind)) => !self.is_of_answer() || kind.value.is_refusal(),
            (Some(_), None) => false,
            (Some(ours), Some(theirs)) => {
                ours.value.variant == theirs.value.variant
                    || (ours.value.variant == "Decode" && theirs.value.variant == "ContentType")
            }
        };
        codes && self.headers.iter().all(has) && kind && self.when.is_none()
    }

    /// Every error meets them.
    pub(crate) fn is_any(&self) -> bool {
        self.statuses.is_none() && self.kind.is_none() && self.when.is_none() && self.takes_failures()
    }

    /// Nothing but a set of statuses.
    pub(crate) fn only_statuses(&self) -> Option<&Set> {
        let alone =
            self.codes.is_none() && self.headers.is_empty() && self.kind.is_none() && self.when.is_none();
        self.statuses.as_ref().filter(|_| alone).map(|keyed| &keyed.value)
    }
}

impl Kind {
    /// The server answered, and said no.
    fn is_refusal(&self) -> bool {
        matches!(self.variant, "Redirect" | "ErrorBody")
    }
}

impl Code {
    fn covers(&self, other: &Code) -> bool {
        match (self, other) {
            (Code::Text(ours), Code::Text(theirs)) => glob_covers(ours, theirs),
            _ => self == other,
        }
    }
}

/// Whether each text that fits `theirs` fits `ours`; where that is hard to say, no. A `*` of theirs is read as text: whatever it
/// stands for is within the run of ours that takes it.
fn glob_covers(ours: &str, theirs: &str) -> bool {
    ours == theirs || (!ours.is_empty() && ours.bytes().all(|b| b == b'*')) || glob(ours, theirs)
}

fn same_header((name, value): &(LitStr, LitStr), (other, theirs): &(LitStr, LitStr)) -> bool {
    name.value().eq_ignore_ascii_case(&other.value()) && glob_covers(&value.value(), &theirs.value())
}

/// A condition as it is written.
fn example(word: &str) -> &'static str {
    match word {
        "status" => "status = 404",
        "code" => "code = \"card_declined\"",
        "kind" => "kind = timeout",
        _ => "when = path::to::function",
    }
}

fn unknown(word: &str, known: &[&str], at_rule: bool) -> String {
    match word {
        "status" if at_rule => "the status stands in front: `404 if ..`, and `_` for any".into(),
        "not_found" | "error" => format!("there is no condition `{word}`\nhelp: write `status = 404`"),
        _ => format!("there is no condition `{word}`{}", hint(word, known)),
    }
}

fn set<T>(slot: &mut Option<Keyed<T>>, key: Ident, value: T) -> syn::Result<()> {
    if slot.is_some() {
        return Err(syn::Error::new(
            key.span(),
            format!("`{key}` is said twice: alternatives are joined by `|`"),
        ));
    }
    *slot = Some(Keyed { key: Some(key), value });
    Ok(())
}

/// `"x" | 5 | "*#Glob"`
fn codes(input: ParseStream<'_>) -> syn::Result<Vec<Code>> {
    let wrong = |span: Span| {
        syn::Error::new(
            span,
            "a code is a text or a whole number\nhelp: write `code = \"card_declined\"`, `code = 7` or `code = \"*#NotFound\"`",
        )
    };
    let mut codes = Vec::new();
    loop {
        let negative = input.parse::<Option<Token![-]>>()?.is_some();
        let at = input.span();
        let code = match input.parse::<Lit>().map_err(|_| wrong(at))? {
            Lit::Str(text) if !negative => Code::Text(text.value()),
            Lit::Int(number) if number.suffix().is_empty() => {
                let number: i128 = number.base10_parse()?;
                Code::Integer(if negative { -number } else { number })
            }
            other => return Err(wrong(other.span())),
        };
        if codes.contains(&code) {
            return Err(syn::Error::new(at, "this code stands here already"));
        }
        codes.push(code);
        if input.parse::<Option<Token![|]>>()?.is_none() {
            return Ok(codes);
        }
    }
}

fn kind(input: ParseStream<'_>) -> syn::Result<Kind> {
    let known: Vec<&str> = KINDS.iter().map(|(word, ..)| *word).collect();
    if !input.peek(Ident::peek_any) {
        return Err(input.error(format!("a kind is one of the words {}", list(&known))));
    }
    let word = input.call(Ident::parse_any)?;
    let said = plain(&word);
    match KINDS.iter().find(|(known, ..)| *known == said) {
        Some((_, variant, answered)) => Ok(Kind { word, variant, answered: *answered }),
        None if KINDS_LATER.contains(&said.as_str()) => Err(syn::Error::new(
            word.span(),
            format!("the kind `{said}` is not available in this version of apiclient"),
        )),
        None => {
            Err(syn::Error::new(word.span(), format!("there is no kind `{said}`{}", hint(&said, &known))))
        }
    }
}

fn check_header_name(name: &LitStr) -> syn::Result<()> {
    match is_token(&name.value()) {
        true => Ok(()),
        false => Err(syn::Error::new(name.span(), format!("{:?} is no header name", name.value()))),
    }
}

/// RFC 6901: empty, or every token behind a slash, and `~` as `~0` or `~1` only.
pub(crate) fn check_pointer(pointer: &LitStr) -> syn::Result<()> {
    let text = pointer.value();
    let why = if !text.is_empty() && !text.starts_with('/') {
        let slashed: String = text.trim_start_matches('$').trim_start_matches('.').replace('.', "/");
        format!("it begins with a slash\nhelp: write {:?}", format!("/{slashed}"))
    } else if text.split('~').skip(1).any(|rest| !rest.starts_with(['0', '1'])) {
        "`~` is written `~0` there, and a slash in a name `~1`".to_owned()
    } else {
        return Ok(());
    };
    Err(syn::Error::new(pointer.span(), format!("{text:?} is no JSON pointer (RFC 6901): {why}")))
}

/// Where the value of a field comes from.
#[derive(Clone)]
pub(crate) enum Source {
    Body,
    Status,
    Error,
    Header(LitStr),
    Pointer(LitStr),
}

const SOURCES: [&str; 5] = ["body", "status", "error", "header", "pointer"];

impl Source {
    /// `body`, `header("name")`, `pointer("/a")`
    pub(crate) fn of(expr: &Expr) -> syn::Result<Self> {
        match expr {
            Expr::Path(path) => match path.path.get_ident().map(plain).as_deref() {
                Some("body") => Ok(Source::Body),
                Some("status") => Ok(Source::Status),
                Some("error") => Ok(Source::Error),
                Some(word @ ("header" | "pointer")) => Err(Self::wrong(expr, &Self::form(word))),
                _ => Err(Self::unknown(expr)),
            },
            Expr::Call(call) => Self::of_call(call),
            Expr::Group(group) => Self::of(&group.expr),
            _ => Err(Self::unknown(expr)),
        }
    }

    fn of_call(call: &ExprCall) -> syn::Result<Self> {
        let word = match &*call.func {
            Expr::Path(path) => path.path.get_ident().map(plain).unwrap_or_default(),
            _ => String::new(),
        };
        let argument = call.args.first().filter(|_| call.args.len() == 1).and_then(text);
        match (word.as_str(), argument) {
            ("header" | "pointer", Some(value)) => Self::named(&word, value),
            ("header" | "pointer", None) => Err(Self::wrong(call, &Self::form(&word))),
            _ => Err(Self::unknown(call)),
        }
    }

    /// `header = "name"`, `pointer = "/a"`
    pub(crate) fn named(word: &str, value: &LitStr) -> syn::Result<Self> {
        match word {
            "header" => check_header_name(value).map(|()| Source::Header(value.clone())),
            _ => check_pointer(value).map(|()| Source::Pointer(value.clone())),
        }
    }

    fn form(word: &str) -> String {
        let example = if word == "header" { "x-reason" } else { "/error/code" };
        format!("`{word}` takes one text\nhelp: write `{word}(\"{example}\")`")
    }

    fn wrong(at: &impl Spanned, message: &str) -> syn::Error {
        syn::Error::new(at.span(), message)
    }

    fn unknown(expr: &impl quote::ToTokens) -> syn::Error {
        let said = shown(expr);
        let message = format!("`{said}` is no source of a value{}", hint(&said, &SOURCES));
        syn::Error::new(expr.span(), message)
    }
}

/// One rule of `#[errors(..)]`.
pub(crate) struct Rule {
    pub(crate) conditions: Conditions,
    pub(crate) target: Target,
    pub(crate) span: Span,
}

impl Source {
    /// It is there whenever a rule about answers matches.
    pub(crate) fn is_certain(&self) -> bool {
        matches!(self, Source::Error | Source::Status)
    }
}

impl Target {
    pub(crate) fn is_certain(&self) -> bool {
        match self {
            Target::Unit(_) | Target::With(_) => true,
            Target::Tuple(_, sources) => sources.iter().all(|(source, _)| source.is_certain()),
            Target::Struct(_, fields) => fields.iter().all(|(_, source, _)| source.is_certain()),
        }
    }
}

/// What a rule makes.
pub(crate) enum Target {
    /// `E::NotFound`
    Unit(ExprPath),
    /// `E::Conflict(body)`
    Tuple(ExprPath, Vec<(Source, Span)>),
    /// `E::Conflict { status, detail: body }`
    Struct(Path, Vec<(syn::Member, Source, Span)>),
    /// `with(path::to::function)`
    With(ExprPath),
}

/// `404 if code = "x" => E::NotFound, _ => E::Other(error)`: what can be read of it.
pub(crate) fn rules(tokens: TokenStream, errors: &Errors) -> Vec<Rule> {
    let parse = |input: ParseStream<'_>| {
        let mut rules = Vec::new();
        while !input.is_empty() {
            match rule(input) {
                Ok(rule) => rules.push(rule),
                Err(e) => {
                    errors.push(e);
                    skip(input)?;
                }
            }
            if !input.is_empty() {
                let next = input.span();
                if input.parse::<Token![,]>().is_err() {
                    errors.at_span(
                        next,
                        "rules are separated by commas: `404 => E::NotFound, 409 => E::Conflict`",
                    );
                    skip(input)?;
                }
            }
        }
        Ok(rules)
    };
    errors.ok(parse.parse2(tokens)).unwrap_or_default()
}

/// To the next comma.
fn skip(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

fn rule(input: ParseStream<'_>) -> syn::Result<Rule> {
    let span = input.span();
    let mut conditions = Conditions::default();
    if input.parse::<Option<Token![_]>>()?.is_none() {
        conditions.statuses = Some(Keyed { key: None, value: input.parse()? });
    }
    if input.parse::<Option<Token![if]>>()?.is_some() {
        loop {
            conditions.take(input, true)?;
            if input.parse::<Option<Token![&&]>>()?.is_some() {
                continue;
            }
            if input.peek(Token![,]) {
                let message =
                    "conditions are joined by `&&`: `402 if code = \"x\" && header(\"a\", \"b\") => ..`";
                let error = input.error(message);
                to_target(input)?;
                return Err(error);
            }
            break;
        }
    }
    check_possible(&conditions)?;
    if input.is_empty() {
        return Err(syn::Error::new(span, "a rule says what the error becomes: `404 => E::NotFound`"));
    }
    if !input.peek(Token![=>]) {
        return Err(input.error("a rule goes on with `=>` and what the error becomes: `404 => E::NotFound`"));
    }
    input.parse::<Token![=>]>()?;
    let target = target(&input.parse()?)?;
    Ok(Rule { conditions, target, span })
}

/// Behind the `=>` of the rule, if it has one.
fn to_target(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        if input.parse::<Option<Token![=>]>>()?.is_some() {
            return Ok(());
        }
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

/// A failure of our own has no status, no code and no header.
pub(crate) fn check_possible(conditions: &Conditions) -> syn::Result<()> {
    if let (Some(set), true) = (&conditions.statuses, conditions.is_redirect()) {
        if !set.value.ranges.iter().any(|(first, last)| *first <= 399 && *last >= 300) {
            return Err(syn::Error::new(
                set.value.span,
                "this can never match: a redirect has a status of 3xx",
            ));
        }
    }
    let Some(kind) = conditions.kind.as_ref().map(|kind| &kind.value).filter(|kind| !kind.answered) else {
        return Ok(());
    };
    if !conditions.is_of_answer() {
        return Ok(());
    }
    let message = format!(
        "this can never match: a failure of the kind `{}` has no answer, and so no status, code or header",
        kind.word
    );
    Err(syn::Error::new(kind.word.span(), message))
}

fn target(expr: &Expr) -> syn::Result<Target> {
    match expr {
        Expr::Path(path) => Ok(Target::Unit(path.clone())),
        Expr::Group(group) => target(&group.expr),
        Expr::Call(call) => {
            let Expr::Path(path) = &*call.func else { return Err(no_target(expr)) };
            if path.path.is_ident("with") {
                return match call.args.iter().collect::<Vec<_>>()[..] {
                    [Expr::Path(function)] => Ok(Target::With(function.clone())),
                    _ => Err(syn::Error::new(
                        call.span(),
                        "`with` takes the path of a function: `fn(apiclient::Error) -> E`",
                    )),
                };
            }
            let sources = call.args.iter().map(|arg| Ok((Source::of(arg)?, arg.span())));
            let sources = sources.collect::<syn::Result<Vec<_>>>()?;
            Ok(Target::Tuple(path.clone(), sources))
        }
        Expr::Struct(made) if made.rest.is_none() && made.qself.is_none() => {
            let fields = made
                .fields
                .iter()
                .map(|field| Ok((field.member.clone(), Source::of(&field.expr)?, field.expr.span())));
            Ok(Target::Struct(made.path.clone(), fields.collect::<syn::Result<Vec<_>>>()?))
        }
        other => Err(no_target(other)),
    }
}

fn no_target(expr: &Expr) -> syn::Error {
    let message = "a rule makes a variant: `E::NotFound`, `E::Conflict(body)`, `E::Conflict { detail: body }`, or `with(path::to::function)`";
    syn::Error::new(expr.span(), message)
}

/// A rule among others.
pub(crate) struct Reach<'a> {
    pub(crate) conditions: &'a Conditions,
    pub(crate) span: Span,
    pub(crate) name: String,
    /// Whatever it matches, it takes: nothing of what it makes can be missing.
    pub(crate) certain: bool,
}

/// No rule can be dead, and no two may leave it open whose an answer is. Each with its name, and together with `of` what they
/// belong to.
pub(crate) fn check_reach<'a>(rules: impl IntoIterator<Item = Reach<'a>>, of: &str, errors: &Errors) {
    let mut before: Vec<Reach<'_>> = Vec::new();
    for rule in rules {
        let Reach { conditions, span, ref name, .. } = rule;
        let taken = before.iter().find(|earlier| earlier.certain && earlier.conditions.covers(conditions));
        if let Some(Reach { conditions: earlier, name: other, .. }) = taken {
            let help = match conditions.covers(earlier) {
                true => "take one of them away, or give it a condition more",
                false => "put the narrower one first",
            };
            let message = format!("{name}{of} can never match: {other} takes all of it before\nhelp: {help}");
            errors.at_span(span, message);
        } else if is_shared_out(conditions, &before) {
            errors.at_span(
                span,
                format!("{name}{of} can never match: those before it take all of it together"),
            );
        } else if let Some(((first, last), other)) = halves(conditions, &before) {
            let message = format!(
                "{name}{of} and {other} both have {first}..={last}, and neither range is within the other\nhelp: give {first}..={last} to one of them"
            );
            errors.at_span(span, message);
        }
        before.push(rule);
    }
}

/// Whether several sets together take all of this one.
fn is_shared_out(conditions: &Conditions, before: &[Reach<'_>]) -> bool {
    let Some(set) = conditions.statuses.as_ref().filter(|_| conditions.kind.is_none()) else { return false };
    let certain = before.iter().filter(|earlier| earlier.certain);
    let sets: Vec<&Set> = certain.filter_map(|earlier| earlier.conditions.only_statuses()).collect();
    let taken = |code: u16| sets.iter().any(|set| set.has(code));
    set.value.ranges.iter().all(|(first, last)| (*first..=*last).all(taken))
}

/// The statuses that ranges of two bare sets share by halves. A number, a class or a range within another is narrower, and
/// no accident.
fn halves(conditions: &Conditions, before: &[Reach<'_>]) -> Option<((u16, u16), String)> {
    let set = conditions.only_statuses()?;
    before.iter().find_map(|Reach { conditions: earlier, name, .. }| {
        let shared = earlier.only_statuses()?.shared_by_halves(set)?;
        Some((shared, name.clone()))
    })
}
