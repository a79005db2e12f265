/// [`GitHubClient`] sends requests. A fake for tests implements the trait by hand: each endpoint returns
/// `Call::ready(Ok(..))` or `Call::from_future(async { .. })`, also where it was declared as an `async fn`.
pub trait GitHub: ::core::marker::Send + ::core::marker::Sync {
    /// One repository.
    ///
    /// `GET /repos/{owner}/{repo}`
    fn repo(
        &self,
        owner: &str,
        repo: &str,
    ) -> ::apiclient::__private::CallOf<Result<Repo>>;
}
/// The client of the [`GitHub`] API.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct GitHubClient {
    client: ::apiclient::__private::Client,
}
const _: () = {
    use ::apiclient::__private as __rt;
    static __API: __rt::Api = __rt::Api::new("GitHub", "apiclient-macros/0.1.0")
        .base_url("https://api.github.com")
        .endpoints(__ALL);
    /// The endpoints of [`GitHub`] as data.
    #[derive(::core::fmt::Debug)]
    #[allow(dead_code)]
    pub struct __Endpoints {
        /// `repo`
        pub repo: __rt::Endpoint,
    }
    static __ENDPOINTS: __Endpoints = __Endpoints {
        repo: __rt::Endpoint::get(
            &__API,
            "repo",
            "/repos/{owner}/{repo}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
            ],
        ),
    };
    static __ALL: &[&__rt::Endpoint] = &[&__ENDPOINTS.repo];
    #[automatically_derived]
    #[allow(dead_code)]
    impl __Endpoints {
        /// All of them, in the order of the trait.
        pub fn iter(
            &self,
        ) -> impl ::core::iter::Iterator<Item = &'static __rt::Endpoint> {
            ::core::iter::Iterator::copied(__ALL.iter())
        }
    }
    #[allow(dead_code)]
    impl GitHubClient {
        /// The endpoints as data: verb, template, name.
        pub const ENDPOINTS: &'static __Endpoints = &__ENDPOINTS;
        /// A client with the default settings.
        ///
        /// # Errors
        ///
        /// If the base URL is missing or wrong, or if the transport cannot be made.
        pub fn new() -> ::core::result::Result<Self, __rt::Error> {
            Self::builder().build()
        }
        ::apiclient::__from_config! {
            pub fn from_config
        }
        /// Settings for a client of [`GitHub`].
        pub fn builder() -> __rt::ClientBuilder<Self> {
            __rt::builder()
        }
        /// A client on connections, clock and settings that others share.
        #[must_use]
        pub fn from_client(client: __rt::Client) -> Self {
            Self {
                client: __rt::bind(&client, &__API),
            }
        }
        /// What this client stands on.
        #[must_use]
        pub fn client(&self) -> &__rt::Client {
            &self.client
        }
    }
    #[automatically_derived]
    impl __rt::ApiClient for GitHubClient {
        const API: ::core::option::Option<&'static __rt::Api> = ::core::option::Option::Some(
            &__API,
        );
        fn from_client(client: __rt::Client) -> Self {
            GitHubClient::from_client(client)
        }
    }
    #[automatically_derived]
    #[allow(deprecated)]
    impl GitHub for GitHubClient {
        fn repo(&self, owner: &str, repo: &str) -> __rt::CallOf<Result<Repo>> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.repo, &[&owner, &repo]))
        }
    }
};
