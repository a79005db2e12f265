//! What comes out when something is wrong: as much of the trait and its client as there is, the errors behind it, so that
//! callers see no second error.

use crate::errors::Errors;
use proc_macro2::TokenStream;

/// The expansion, and behind it every error.
pub(crate) fn with_errors(expanded: TokenStream, errors: Errors) -> TokenStream {
    let mut out = expanded;
    out.extend(errors.into_inner().iter().map(syn::Error::to_compile_error));
    out
}

/// What is no trait comes out as it was: what it defines stays defined.
pub(crate) fn echo(item: TokenStream, error: &syn::Error) -> TokenStream {
    let mut out = item;
    out.extend(error.to_compile_error());
    out
}
