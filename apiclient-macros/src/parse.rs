//! Tokens to syntax: the trait with its default bodies unparsed, so that a half-typed body breaks nothing but itself.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    AttrStyle, Attribute, Generics, Ident, Signature, Token, TraitItem, TypeParamBound, Visibility, braced,
    parse::{Parse, ParseStream, discouraged::Speculative},
    punctuated::Punctuated,
    token,
};

/// A trait as it was written.
pub(crate) struct TraitDef {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) unsafety: Option<Token![unsafe]>,
    pub(crate) trait_token: Token![trait],
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) supertraits: Punctuated<TypeParamBound, Token![+]>,
    pub(crate) items: Vec<Item>,
    /// What could not be read; the items around it could.
    pub(crate) errors: Vec<(usize, syn::Error)>,
}

pub(crate) enum Item {
    Method(Box<MethodDef>),
    /// A type, a const, a macro call.
    Other(Box<TraitItem>),
}

/// A method, its body as it came.
pub(crate) struct MethodDef {
    pub(crate) attrs: Vec<Attribute>,
    /// Which no method of a trait has: reported, and forgotten.
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: Option<TokenStream>,
}

impl Parse for TraitDef {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let unsafety = input.parse()?;
        if !input.peek(Token![trait]) {
            let found = input.cursor().token_tree().map(|(token, _)| token.to_string()).unwrap_or_default();
            let message = format!(
                "`#[api_client]` stands on a trait, not on `{found}`: its methods become the endpoints of a client"
            );
            return Err(input.error(message));
        }
        let trait_token = input.parse()?;
        let ident = input.parse()?;
        let mut generics: Generics = input.parse()?;
        let mut supertraits = Punctuated::new();
        if input.parse::<Option<Token![:]>>()?.is_some() {
            while !input.peek(token::Brace) && !input.peek(Token![where]) {
                supertraits.push_value(input.parse()?);
                match input.parse()? {
                    Some(plus) => supertraits.push_punct(plus),
                    None => break,
                }
            }
        }
        generics.where_clause = input.parse()?;
        let content;
        braced!(content in input);
        let inner = content.call(Attribute::parse_inner)?;
        attrs.extend(inner.into_iter().map(|a| Attribute { style: AttrStyle::Outer, ..a }));
        let (mut items, mut errors) = (Vec::new(), Vec::new());
        while !content.is_empty() {
            match item(&content) {
                Ok(item) => items.push(item),
                Err(e) => {
                    errors.push((items.len(), e));
                    skip_item(&content);
                }
            }
        }
        Ok(TraitDef { attrs, vis, unsafety, trait_token, ident, generics, supertraits, items, errors })
    }
}

/// To the end of an item that cannot be read: behind a semicolon or a block, or in front of what begins another item.
fn skip_item(input: ParseStream<'_>) {
    let (mut some, mut method) = (false, false);
    loop {
        let another = (some && input.peek(Token![#]))
            || (method && (input.peek(Token![fn]) || input.peek(Token![async])));
        if another {
            return;
        }
        // The attributes of the item itself.
        while !some
            && input.peek(Token![#])
            && input.call(Attribute::parse_outer).is_ok_and(|attrs| !attrs.is_empty())
        {}
        method |= input.peek(Token![fn]);
        some = true;
        match input.parse::<TokenTree>() {
            Ok(TokenTree::Punct(punct)) if punct.as_char() == ';' => return,
            Ok(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => return,
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

fn item(input: ParseStream<'_>) -> syn::Result<Item> {
    let ahead = input.fork();
    let attrs = ahead.call(Attribute::parse_outer)?;
    let vis = ahead.parse()?;
    let constant = ahead.peek(Token![const])
        && !(ahead.peek2(Token![fn])
            || ahead.peek2(Token![async])
            || ahead.peek2(Token![unsafe])
            || ahead.peek2(Token![extern]));
    let method = ahead.peek(Token![fn])
        || ahead.peek(Token![async])
        || ahead.peek(Token![unsafe])
        || ahead.peek(Token![extern])
        || ahead.peek(Token![const]);
    if constant || !method {
        return input.parse().map(|item| Item::Other(Box::new(item)));
    }
    let sig = ahead.parse()?;
    let body = if ahead.peek(token::Brace) {
        let content;
        let brace = braced!(content in ahead);
        let inner: TokenStream = content.parse()?;
        let mut body = TokenStream::new();
        brace.surround(&mut body, |tokens| inner.to_tokens(tokens));
        Some(body)
    } else {
        // A missing semicolon is no reason to lose the method, nor the next one. rustc has reported it already.
        let _: Option<Token![;]> = ahead.parse()?;
        None
    };
    input.advance_to(&ahead);
    Ok(Item::Method(Box::new(MethodDef { attrs, vis, sig, body })))
}
