//! The macros of `apiclient`. Use them through that crate, where they are documented.
//!
//! An attribute goes through five stages, a file each:
//!
//! 1. `parse`: tokens to arguments, tolerant; every value keeps its key's token.
//! 2. `lower`, with `role` for arguments, `auth`, `policy`, `constant`, `answers` and `rules` for attributes: syntax to the `model`, in which a wrong
//!    state cannot be written down.
//! 3. `check`: rules that need more than one node of the model.
//! 4. `expand`: model to tokens; cannot fail.
//! 5. `recover`: after an error, the same trait and client still come out, the errors behind them.

mod answers;
mod api_error;
mod args;
mod auth;
mod base_url;
mod check;
mod constant;
mod errors;
mod expand;
mod from_answer;
mod glob;
mod lower;
mod model;
mod params;
mod parse;
mod policy;
mod recover;
mod role;
mod rules;
mod template;
mod words;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

#[allow(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_attribute]
pub fn api_client(args: TokenStream, item: TokenStream) -> TokenStream {
    expand_api(args.into(), item.into()).into()
}

#[allow(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_derive(Params, attributes(api))]
pub fn derive_params(item: TokenStream) -> TokenStream {
    params::expand(item.into()).into()
}

#[allow(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_derive(ApiError, attributes(api))]
pub fn derive_api_error(item: TokenStream) -> TokenStream {
    api_error::expand(item.into()).into()
}

#[allow(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_derive(FromStatus, attributes(api))]
pub fn derive_from_status(item: TokenStream) -> TokenStream {
    from_answer::from_status(item.into()).into()
}

#[allow(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_derive(FromHeaders, attributes(api))]
pub fn derive_from_headers(item: TokenStream) -> TokenStream {
    from_answer::from_headers(item.into()).into()
}

/// The macro itself, callable outside of a compiler.
fn expand_api(args: proc_macro2::TokenStream, item: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let errors = errors::Errors::default();
    let definition = match syn::parse2::<parse::TraitDef>(item.clone()) {
        Ok(definition) => definition,
        Err(e) => return recover::echo(item, &e),
    };
    let args = args::ApiArgs::parse(args, &errors);
    for (item, error) in &definition.errors {
        errors.enter(item + 1);
        errors.push(error.clone());
    }
    let mut api = lower::api(&definition, args, &errors);
    check::run(&mut api, &errors);
    let expanded = expand::api(&api);
    recover::with_errors(expanded, errors)
}
