//! What stands in the brackets of an attribute: a value bare, options as `key = value`. Tolerant: whatever cannot be
//! read is reported, and the rest is used.

use crate::errors::{Errors, hint};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Expr, ExprLit, Ident, Lit, LitBool, LitStr, Meta, Path, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
    punctuated::Punctuated,
    spanned::Spanned,
    token,
};

/// A value with the token that names it.
#[derive(Clone)]
pub(crate) struct Keyed<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

/// The options of `#[api_client(..)]`.
#[derive(Default)]
pub(crate) struct ApiArgs {
    pub(crate) base_url: Option<Keyed<Expr>>,
    pub(crate) base_path: Option<Keyed<LitStr>>,
    pub(crate) name: Option<Keyed<LitStr>>,
    pub(crate) client: Option<Keyed<Ident>>,
    pub(crate) krate: Option<Keyed<Path>>,
    pub(crate) allow_origins: Option<Keyed<Expr>>,
    pub(crate) show_headers: Option<Keyed<Expr>>,
    pub(crate) show_query: Option<Keyed<Expr>>,
    pub(crate) show_body: Option<Keyed<Expr>>,
    pub(crate) show_message: Option<Keyed<LitBool>>,
    /// With the `#[cfg(..)]`s that it is for.
    pub(crate) mock: Option<Keyed<Vec<Meta>>>,
}

impl ApiArgs {
    const KEYS: [&str; 11] = [
        "base_url",
        "base_path",
        "name",
        "client",
        "crate",
        "allow_origins",
        "show_headers",
        "show_query",
        "show_body",
        "show_message",
        "mock",
    ];

    pub(crate) fn parse(tokens: TokenStream, errors: &Errors) -> Self {
        let mut args = ApiArgs::default();
        for item in split(tokens) {
            match errors.ok(syn::parse2::<Item>(item)) {
                Some(Item::Value { key, value }) => drop(errors.ok(args.take(&key, value))),
                Some(Item::Mock { key, options }) => drop(errors.ok(args.take_mock(&key, options))),
                None => {}
            }
        }
        args
    }

    fn take(&mut self, key: &Ident, value: Option<TokenStream>) -> syn::Result<()> {
        match key.to_string().as_str() {
            "base_url" => set(&mut self.base_url, key, value, "an expression: `base_url = \"https://..\"`"),
            "base_path" => set(&mut self.base_path, key, value, "a string: `base_path = \"/v2\"`"),
            "name" => set(&mut self.name, key, value, "a string: `name = \"GitHub\"`"),
            "client" => set(&mut self.client, key, value, "a name: `client = GitHubClient`"),
            "crate" => set(&mut self.krate, key, value, "a path: `crate = ::my_sdk::apiclient`"),
            "allow_origins" => {
                set(&mut self.allow_origins, key, value, "a list: `allow_origins = [\"https://..\"]`")
            }
            "show_headers" => {
                set(&mut self.show_headers, key, value, "a list: `show_headers = [\"x-plan\"]`")
            }
            "show_query" => set(&mut self.show_query, key, value, "a list: `show_query = [\"page\"]`"),
            "show_body" => set(&mut self.show_body, key, value, "a list: `show_body = [\"/error/param\"]`"),
            "show_message" => {
                set(&mut self.show_message, key, value, "`true` or `false`: `show_message = false`")
            }
            "url" | "base" | "endpoint" => {
                let message =
                    format!("`#[api_client]` has no option `{key}`\nhelp: did you mean `base_url`?");
                Err(syn::Error::new(key.span(), message))
            }
            word => {
                let help = hint(word, &Self::KEYS);
                Err(syn::Error::new(key.span(), format!("`#[api_client]` has no option `{word}`{help}")))
            }
        }
    }
}

impl ApiArgs {
    /// `mock`, `mock(cfg(test))`
    fn take_mock(&mut self, key: &Ident, options: Option<TokenStream>) -> syn::Result<()> {
        let wrong = |span: Span, what: &str| {
            let message =
                format!("{what}\nhelp: write `mock`, or `mock(cfg(test))` for a mock that only tests have");
            syn::Error::new(span, message)
        };
        let metas = match options {
            None => Vec::new(),
            Some(tokens) => {
                let span = tokens.span();
                let metas = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(tokens);
                metas.map_err(|_| wrong(span, "`mock` takes a `cfg`"))?.into_iter().collect()
            }
        };
        if let Some(other) = metas.iter().find(|meta| !is_cfg(meta)) {
            return Err(wrong(other.span(), &format!("`mock` has no option `{}`", shown(other.path()))));
        }
        if self.mock.is_some() {
            return Err(syn::Error::new(key.span(), "`mock` is said twice"));
        }
        self.mock = Some(Keyed { key: key.clone(), value: metas });
        Ok(())
    }
}

/// `cfg(..)`
fn is_cfg(meta: &Meta) -> bool {
    matches!(meta, Meta::List(list) if list.path.is_ident("cfg") && !list.tokens.is_empty())
}

fn set<T: Parse>(
    slot: &mut Option<Keyed<T>>,
    key: &Ident,
    value: Option<TokenStream>,
    takes: &str,
) -> syn::Result<()> {
    let wrong = |span: Span| syn::Error::new(span, format!("`{key}` takes {takes}"));
    let Some(value) = value.filter(|v| !v.is_empty()) else { return Err(wrong(key.span())) };
    let span = value.span();
    let value = syn::parse2(value).map_err(|_| wrong(span))?;
    if slot.is_some() {
        return Err(syn::Error::new(key.span(), format!("`{key}` is said twice")));
    }
    *slot = Some(Keyed { key: key.clone(), value });
    Ok(())
}

/// The tokens between commas.
fn split(tokens: TokenStream) -> Vec<TokenStream> {
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let items = tokens.split(is_comma).filter(|item| !item.is_empty());
    items.map(|item| item.iter().cloned().collect()).collect()
}

/// `key`, `key = tokens`, `mock(tokens)`
enum Item {
    Value { key: Ident, value: Option<TokenStream> },
    Mock { key: Ident, options: Option<TokenStream> },
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(Ident::peek_any) {
            let message =
                "an option of `#[api_client]` begins with its name\nhelp: write `base_url = \"https://..\"`";
            return Err(input.error(message));
        }
        // `crate` is a keyword.
        let key = input.call(Ident::parse_any)?;
        if key == "mock" {
            return Self::mock(key, input);
        }
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse()?),
            None if input.is_empty() => None,
            None => return Err(input.error(format!("expected `{key} = ..`"))),
        };
        Ok(Item::Value { key, value })
    }
}

impl Item {
    fn mock(key: Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            return Ok(Item::Mock { key, options: None });
        }
        if !input.peek(token::Paren) {
            let rest: TokenStream = input.parse()?;
            let message = "`mock` takes no value\nhelp: write `mock`, or `mock(cfg(test))`";
            return Err(syn::Error::new(rest.span(), message));
        }
        let options;
        syn::parenthesized!(options in input);
        let options = options.parse()?;
        match input.is_empty() {
            true => Ok(Item::Mock { key, options: Some(options) }),
            false => Err(input.error("expected a comma")),
        }
    }
}

/// One of our attributes on a trait, a method or an argument.
pub(crate) struct Attr {
    pub(crate) word: Ident,
    pub(crate) bare: Vec<Expr>,
    pub(crate) options: Vec<Keyed<Expr>>,
    /// All of it, for a word with a language of its own: then nothing else is read.
    pub(crate) tokens: TokenStream,
    /// It stands on a field: `#[api(query = "name")]`.
    pub(crate) is_field: bool,
}

impl Attr {
    /// As the user writes it: `query`, and on a field `api(query)`.
    pub(crate) fn called(&self) -> String {
        if self.is_field { format!("api({})", self.word) } else { self.word.to_string() }
    }

    /// An example for an argument, `#[query("name", style = form)]`, as it stands on this node.
    pub(crate) fn example(&self, of_argument: &str) -> String {
        let inner = of_argument.strip_prefix("#[").and_then(|rest| rest.strip_suffix(']'));
        let Some(inner) = inner.filter(|_| self.is_field) else { return of_argument.to_owned() };
        match inner.split_once('(').map(|(word, rest)| (word, rest.strip_suffix(')').unwrap_or(rest))) {
            None => format!("#[api({inner})]"),
            Some((word, rest)) if rest.starts_with('"') => format!("#[api({word} = {rest})]"),
            Some((word, rest)) => format!("#[api({word}, {rest})]"),
        }
    }

    /// Words with a language of their own.
    const OWN: [&str; 5] = ["success", "none_on", "envelope", "error_body", "errors"];

    /// Reads an attribute of the form `#[word]` or `#[word(..)]`.
    pub(crate) fn parse(attribute: &Attribute, errors: &Errors) -> Option<Self> {
        let word = attribute.path().get_ident()?.clone();
        let own = Self::OWN.contains(&word.to_string().as_str());
        let mut tokens = TokenStream::new();
        let items = match &attribute.meta {
            Meta::Path(_) => Punctuated::new(),
            Meta::List(list) if own => {
                tokens = list.tokens.clone();
                Punctuated::new()
            }
            Meta::List(list) => {
                errors.ok(Punctuated::<Value, Token![,]>::parse_terminated.parse2(list.tokens.clone()))?
            }
            Meta::NameValue(pair) => {
                let example = Self::example_of_own(&word.to_string());
                let example = example.map_or_else(|| format!("#[{word}(\"..\")]"), str::to_owned);
                errors
                    .at(pair, format!("a value of `#[{word}]` stands in brackets\nhelp: write `{example}`"));
                return None;
            }
        };
        let mut attr = Attr { word, bare: Vec::new(), options: Vec::new(), tokens, is_field: false };
        for item in items {
            match item {
                Value::Bare(value) => attr.bare.push(value),
                Value::Keyed(keyed) => attr.option(keyed, errors),
            }
        }
        Some(attr)
    }

    fn example_of_own(word: &str) -> Option<&'static str> {
        match word {
            "auth" => Some("#[auth(bearer)]"),
            "success" => Some("#[success(200..=299 | 304)]"),
            "none_on" => Some("#[none_on(404)]"),
            "errors" => Some("#[errors(404 => E::NotFound)]"),
            "error_body" => Some("#[error_body(code = \"/error/code\")]"),
            _ => None,
        }
    }

    fn option(&mut self, keyed: Keyed<Expr>, errors: &Errors) {
        match self.options.iter().any(|o| o.key == keyed.key) {
            true => errors.at(&keyed.key, format!("`{}` of `#[{}]` is said twice", keyed.key, self.word)),
            false => self.options.push(keyed),
        }
    }

    /// Where an error about the attribute as a whole belongs: its word.
    pub(crate) fn span(&self) -> Span {
        self.word.span()
    }
}

enum Value {
    Bare(Expr),
    Keyed(Keyed<Expr>),
}

impl Parse for Value {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Ident::peek_any)
            && input.peek2(Token![=])
            && !input.peek2(Token![==])
            && !input.peek2(Token![=>])
        {
            let key = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            return Ok(Value::Keyed(Keyed { key, value: input.parse()? }));
        }
        input.parse().map(Value::Bare)
    }
}

/// The text of a string literal.
pub(crate) fn text(expr: &Expr) -> Option<&LitStr> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
        // Out of a `macro_rules!` fragment.
        Expr::Group(group) => text(&group.expr),
        _ => None,
    }
}

/// Whether the expression is this bare word.
pub(crate) fn is_word(expr: &Expr, word: &str) -> bool {
    matches!(expr, Expr::Path(path) if path.path.is_ident(word))
}

/// What a user sees of an expression in a message.
pub(crate) fn shown(expr: &impl ToTokens) -> String {
    expr.to_token_stream().to_string()
}
