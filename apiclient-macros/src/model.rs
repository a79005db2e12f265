//! The model of an API: after lowering, what is wrong cannot be written down. Types and small accessors, no parsing.

use crate::{
    parse::{MethodDef, TraitDef},
    template::Part,
};
use proc_macro2::{Span, TokenStream};
use syn::{Attribute, Expr, Ident, LitStr, Path, Signature, Type};

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
    pub(crate) policies: Policies,
    pub(crate) items: Vec<Item<'a>>,
}

pub(crate) enum Item<'a> {
    Endpoint(Endpoint<'a>),
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

    pub(crate) fn argument(&self, variable: &str) -> Option<&Argument<'_>> {
        self.arguments.iter().find(|a| matches!(a.role, Role::Template) && a.name() == variable)
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

/// A template that is well-formed.
pub(crate) struct Template {
    pub(crate) literal: LitStr,
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
                            argument: v.name.replace(|c: char| !c.is_alphanumeric() && c != '_', "_"),
                            span: span(v.at.clone()),
                            first: i == 0,
                            explode: v.explode,
                            prefix: v.prefix,
                        }));
                    }
                }
            }
        }
        Template { literal, pieces }
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.pieces
            .iter()
            .filter_map(|piece| if let Piece::Variable(variable) = piece { Some(variable) } else { None })
    }
}

/// One argument of an endpoint.
pub(crate) struct Argument<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    /// `#[cfg]`s and lints.
    pub(crate) attrs: Vec<&'a Attribute>,
    pub(crate) role: Role,
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
    Query {
        wire: String,
        span: Span,
    },
    Header {
        name: LitStr,
    },
    Body {
        span: Span,
    },
    Timeout {
        span: Span,
    },
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
    pub(crate) headers: Vec<StaticHeader>,
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

/// `#[header("Accept", "text/plain")]`
pub(crate) struct StaticHeader {
    pub(crate) name: LitStr,
    /// `None` removes it.
    pub(crate) value: Option<LitStr>,
}

/// An identifier without `r#`.
pub(crate) fn plain(ident: &Ident) -> String {
    use syn::ext::IdentExt;
    ident.unraw().to_string()
}
