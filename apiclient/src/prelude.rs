//! What a file that declares or calls an API needs: `use apiclient::prelude::*;`. Never `Result`.

pub use crate::{
    ApiClient as _, ApiError, Call, Client, FromHeaders, FromStatus, Json, Params, Problem, Response,
    api_client,
};
