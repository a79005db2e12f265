//! The macros of `apiclient`.
/// stub
#[proc_macro_attribute]
pub fn api_client(_: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream { item }
