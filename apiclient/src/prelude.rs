//! What a file that declares or calls an API needs: `use apiclient::prelude::*;`. Never `Result`.

pub use crate::{ApiClient as _, Call, Client, Json, Params, Response, api_client};
