//! The model of an API: after lowering, what is wrong cannot be written down. Types and small accessors, no parsing.

use crate::{
    parse::{MethodDef, TraitDef},
    rules::{Rule, Set},
    template::Part,
};
use proc_macro2::{Span, TokenStream};
use syn::{Attribute, Expr, Ident, LitStr, Meta, Path, Signature, Type};

/// One trait.
pub(crate) struct Api<'a> {
    pub(crate) definition: &'a TraitDef,
    /// Attributes of the trait that are not ours.
    pub(crate) attrs: Vec<&'a Attribute>,
    pub(crate) name: String,
    pub(crate) client: Ident,
    /// The crate, without `__private`.
    pub(crate) krate: Path,
    pub(crate) base_url: Option<Expr>,
    pub(crate) base_path: Option<LitStr>,
    /// As they were written; none if they could not be read.
    pub(crate) allow_origins: Option<Vec<LitStr>>,
    /// `show_headers = [..]` and the like, with the user's tokens.
    pub(crate) show: Vec<(Ident, TokenStream)>,
    pub(crate) policies: Policies,
    pub(crate) mock: Option<Mock>,
    pub(crate) items: Vec<Item<'a>>,
}

/// `mock`, `mock(cfg(test))`
pub(crate) struct Mock {
    /// The user's token.
    pub(crate) word: Ident,
    pub(crate) ident: Ident,
    /// What it is compiled for.
    pub(crate) cfgs: Vec<Meta>,
}

pub(crate) enum Item<'a> {
    Endpoint(Box<Endpoint<'a>>),
    /// A method with a body and no verb, and its attributes that are not ours.
    Helper(&'a MethodDef, Vec<&'a Attribute>),
    /// A method that was reported: it keeps its signature, and is never called.
    Broken(Broken<'a>),
    /// A type, a const, a macro call: reported as well.
    Other,
}

pub(crate) struct Broken<'a> {
    pub(crate) method: &'a MethodDef,
    pub(crate) attrs: Vec<&'a Attribute>,
}

/// One method that sends a request.
pub(crate) struct Endpoint<'a> {
    pub(crate) sig: &'a Signature,
    /// Attributes of the method that are not ours.
    pub(crate) attrs: Vec<&'a Attribute>,
    pub(crate) verb: Verb,
    pub(crate) template: Template,
    pub(crate) arguments: Vec<Argument<'a>>,
    pub(crate) returns: Returns<'a>,
    pub(crate) policies: Policies,
}

impl Endpoint<'_> {
    /// As the user calls it, without `r#`.
    pub(crate) fn name(&self) -> String {
        plain(&self.sig.ident)
    }

    /// The template as data and in docs: of a URL that an argument gives, a template that is all of it.
    pub(crate) fn label(&self) -> String {
        let url = self.arguments.iter().find(|a| matches!(a.role, Role::Url { .. }));
        url.map_or_else(|| self.template.literal.value(), |url| format!("{{+{}}}", url.name()))
    }

    /// The argument that a variable of the template takes.
    pub(crate) fn argument(&self, variable: &str) -> Option<&Argument<'_>> {
        self.arguments.iter().find(|a| matches!(a.role, Role::Template) && a.name() == variable)
    }

    /// The struct of arguments, which takes the variables that no other argument takes.
    pub(crate) fn params(&self) -> Option<&Argument<'_>> {
        self.arguments.iter().find(|a| matches!(a.role, Role::Params { .. }))
    }

    /// The argument of this name that a composed value can take.
    pub(crate) fn value(&self, name: &str) -> Option<&Argument<'_>> {
        self.arguments.iter().find(|a| a.name() == name && a.role.has_value())
    }
}

/// The verb with the user's token, which becomes the constructor of the endpoint.
pub(crate) struct Verb {
    pub(crate) word: Ident,
    /// The method as it is sent.
    pub(crate) method: String,
    /// Said by `#[http("METHOD", ..)]`.
    pub(crate) custom: Option<LitStr>,
}

/// A template that is well-formed. Empty where an argument is the URL.
pub(crate) struct Template {
    pub(crate) literal: LitStr,
    /// Scheme and authority of an absolute one.
    pub(crate) origin: Option<String>,
    /// One slash has to stand before it.
    pub(crate) slash: bool,
    pub(crate) pieces: Vec<Piece>,
}

/// One part of a template, without borrowing from it.
pub(crate) enum Piece {
    Literal(String),
    Variable(Variable),
}

pub(crate) struct Variable {
    pub(crate) operator: Option<char>,
    /// As it is sent, where the operator writes names.
    pub(crate) wire: String,
    /// The argument that it takes: the wire name with `_` for what no name of an argument holds.
    pub(crate) argument: String,
    pub(crate) span: Span,
    pub(crate) first: bool,
    pub(crate) explode: bool,
    pub(crate) prefix: Option<u16>,
}

impl Template {
    pub(crate) fn new(
        literal: LitStr,
        origin: Option<String>,
        parts: &[Part<'_>],
        span: impl Fn(std::ops::Range<usize>) -> Span,
    ) -> Self {
        let mut pieces = Vec::new();
        for part in parts {
            match part {
                Part::Literal(text) => pieces.push(Piece::Literal((*text).to_owned())),
                Part::Expression { operator, variables } => {
                    for (i, v) in variables.iter().enumerate() {
                        pieces.push(Piece::Variable(Variable {
                            operator: *operator,
                            wire: v.name.to_owned(),
                            argument: identifier(v.name),
                            span: span(v.at.clone()),
                            first: i == 0,
                            explode: v.explode,
                            prefix: v.prefix,
                        }));
                    }
                }
            }
        }
        let slash = crate::template::needs_slash(parts);
        Template { literal, origin, slash, pieces }
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.pieces
            .iter()
            .filter_map(|piece| if let Piece::Variable(variable) = piece { Some(variable) } else { None })
    }
}

/// What an argument has to be called that takes a variable.
fn identifier(variable: &str) -> String {
    let name = variable.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_");
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// One argument of an endpoint.
pub(crate) struct Argument<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    /// `#[cfg]`s and lints.
    pub(crate) attrs: Vec<&'a Attribute>,
    pub(crate) role: Role,
    pub(crate) tuning: Tuning,
    /// It stands in a struct with `derive(Params)`.
    pub(crate) is_field: bool,
}

impl Argument<'_> {
    pub(crate) fn name(&self) -> String {
        plain(self.ident)
    }
}

/// What an argument becomes.
pub(crate) enum Role {
    /// Its name stands in the template.
    Template,
    /// Its name stands in the value of a declared header or query parameter, and nowhere else.
    Value,
    Query {
        wire: String,
        span: Span,
    },
    Header {
        name: LitStr,
    },
    Headers,
    Cookie {
        wire: String,
        span: Span,
    },
    Body {
        span: Span,
        codec: Codec,
    },
    Field {
        wire: String,
        span: Span,
    },
    Part {
        wire: String,
        span: Span,
        file_name: Option<LitStr>,
        mime: Option<LitStr>,
        json: bool,
    },
    Url {
        span: Span,
    },
    Extension,
    Params {
        span: Span,
    },
    Timeout {
        span: Span,
    },
    IdempotencyKey {
        span: Span,
    },
}

impl Role {
    /// Whether the argument is a value that can also stand in another one.
    fn has_value(&self) -> bool {
        matches!(
            self,
            Role::Template
                | Role::Value
                | Role::Query { .. }
                | Role::Header { .. }
                | Role::Cookie { .. }
                | Role::Field { .. }
        )
    }

    /// Whether it is written by one of the endpoint's pieces, behind those of the template.
    pub(crate) fn is_piece(&self) -> bool {
        matches!(
            self,
            Role::Query { .. }
                | Role::Header { .. }
                | Role::Headers
                | Role::Cookie { .. }
                | Role::Field { .. }
        )
    }
}

/// How a body is written.
pub(crate) enum Codec {
    /// Whether that was said.
    Json(Option<Ident>),
    Text,
    Bytes,
    Form(Option<Style>),
}

/// `style = ..`, with the user's token.
#[derive(Clone)]
pub(crate) struct Style {
    pub(crate) word: Ident,
    /// The variant of the runtime's.
    pub(crate) variant: &'static str,
}

/// The options of a role.
#[derive(Default)]
pub(crate) struct Tuning {
    pub(crate) style: Option<Style>,
    /// `explode = false`
    pub(crate) joined: bool,
    pub(crate) default: Option<Expr>,
    pub(crate) with: Option<Expr>,
    pub(crate) words: Vec<Word>,
    /// Its name on the wire was said.
    pub(crate) named: bool,
}

/// An option without a value.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Word {
    Display,
    Encoded,
    Flag,
    AllowEmpty,
}

impl Tuning {
    pub(crate) fn is(&self, word: Word) -> bool {
        self.words.contains(&word)
    }
}

/// What a method returns.
#[derive(Clone, Copy)]
pub(crate) enum Returns<'a> {
    /// `async fn .. -> R`, read through `AsyncReturn`.
    Async(&'a Type),
    /// `fn .. -> C`, made through `FromCall`.
    Lazy(&'a Type),
}

impl<'a> Returns<'a> {
    pub(crate) fn ty(self) -> &'a Type {
        match self {
            Returns::Async(ty) | Returns::Lazy(ty) => ty,
        }
    }
}

/// What trait and method can both say. A method's wins, key by key.
#[derive(Default)]
pub(crate) struct Policies {
    pub(crate) settings: Vec<Setting>,
    pub(crate) headers: Vec<Constant>,
    pub(crate) queries: Vec<Constant>,
    /// `key` of `#[rate_limit]`; its name is the whole text.
    pub(crate) limit_key: Option<Constant>,
    pub(crate) fallback: Option<Fallback>,
    /// Of a trait.
    pub(crate) schemes: Vec<Scheme>,
    /// Of a method.
    pub(crate) auth: Option<AuthChoice>,
    pub(crate) answers: Answers,
}

/// `#[auth(admin = basic, scopes = ["repo"])]` of a trait.
pub(crate) struct Scheme {
    /// The user's `auth`.
    pub(crate) attribute: Ident,
    pub(crate) name: String,
    /// Where that stands.
    pub(crate) span: Span,
    /// The user's token for the kind.
    pub(crate) word: Ident,
    pub(crate) kind: SchemeKind,
    pub(crate) scopes: Option<Vec<LitStr>>,
}

pub(crate) enum SchemeKind {
    Bearer,
    Basic,
    Digest,
    Key(Place, LitStr),
    Custom,
}

/// Where a key is sent.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Header,
    Query,
    Cookie,
}

/// `#[auth(admin)]` of a method.
pub(crate) struct AuthChoice {
    /// The user's `auth`.
    pub(crate) word: Ident,
    pub(crate) named: Named,
    pub(crate) scopes: Option<Vec<LitStr>>,
}

pub(crate) enum Named {
    /// No credentials.
    None,
    /// Those of the trait, with other scopes.
    First,
    Name(Ident),
}

/// `#[fallback]`; without a function it is switched off.
pub(crate) struct Fallback {
    pub(crate) with: Option<Expr>,
}

/// What is said about answers, beyond what the settings hold.
#[derive(Default)]
pub(crate) struct Answers {
    pub(crate) success: Option<Set>,
    pub(crate) none_on: Option<Set>,
    pub(crate) envelope: Option<Envelope>,
    pub(crate) errors: Option<Errors>,
}

/// `#[envelope]` with the user's token; without a pointer it is switched off.
pub(crate) struct Envelope {
    pub(crate) word: Ident,
    pub(crate) pointer: Option<LitStr>,
}

/// `#[errors]`
pub(crate) struct Errors {
    pub(crate) rules: Vec<Rule>,
    /// `none` in front: those of the trait do not count here.
    pub(crate) alone: bool,
}

/// What makes a failure of a success.
pub(crate) struct FailIf {
    pub(crate) pointer: LitStr,
    /// What is compared with; none for anything that says something.
    pub(crate) value: Option<TokenStream>,
    /// Whether it is a failure if that holds, or if it does not.
    pub(crate) holds: bool,
}

impl Policies {
    pub(crate) fn find(&self, word: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| plain(&setting.word) == word)
    }
}

/// One policy: a method of the endpoint's data, called with a value.
pub(crate) struct Setting {
    /// The user's token.
    pub(crate) word: Ident,
    pub(crate) value: TokenStream,
    /// It switches off what it is about.
    pub(crate) off: bool,
}

/// `#[header("Accept", "text/plain")]` or `#[query("v", "{version}")]`
pub(crate) struct Constant {
    pub(crate) name: LitStr,
    /// `None` removes it.
    pub(crate) value: Option<Vec<Bit>>,
}

impl Constant {
    /// As headers are compared.
    pub(crate) fn lower(&self) -> String {
        self.name.value().to_ascii_lowercase()
    }

    /// The names in its value.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.value.iter().flatten().filter_map(|bit| match bit {
            Bit::Name(name) => Some(name.as_str()),
            Bit::Text(_) => None,
        })
    }

    /// The value, if it is known at compile time.
    pub(crate) fn text(&self) -> Option<String> {
        let text = self.value.as_ref()?.iter().map(|bit| match bit {
            Bit::Text(text) => Some(text.as_str()),
            Bit::Name(_) => None,
        });
        text.collect()
    }
}

/// A bit of the value of a constant.
pub(crate) enum Bit {
    Text(String),
    /// An argument, else a value that the client holds.
    Name(String),
}

/// An identifier without `r#`.
pub(crate) fn plain(ident: &Ident) -> String {
    use syn::ext::IdentExt;
    ident.unraw().to_string()
}
