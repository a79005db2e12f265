/// [`RolesClient`] sends requests. A fake for tests implements the trait by hand: each endpoint returns
/// `Call::ready(Ok(..))` or `Call::from_future(async { .. })`, also where it was declared as an `async fn`.
trait Roles: ::core::marker::Send + ::core::marker::Sync {
    /// `GET /a/{id}{/rest*}{?page,tags*}{&x:3}`
    fn template(
        &self,
        id: u64,
        rest: &[&str],
        page: Option<u32>,
        tags: &[&str],
        x: &str,
    ) -> Call<User>;
    /// `GET /search?kind=user&q={q}`
    fn query(&self, q: &str, page: u32, per_page: Option<u8>) -> Call<User, MyError>;
    /// `POST /users`
    fn body(&self, tag: &str, user: &NewUser<'_>, wait: Duration) -> Call<User>;
    /// `PROPFIND /ünder`
    fn custom(&self) -> ::apiclient::__private::CallOf<house::Result<String>>;
}
/// The client of the [`Roles`] API.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
struct RolesClient {
    client: ::apiclient::__private::Client,
}
const _: () = {
    use ::apiclient::__private as __rt;
    static __API: __rt::Api = __rt::Api::new("Roles", "apiclient-macros/0.1.0")
        .endpoints(__ALL);
    /// The endpoints of [`Roles`] as data.
    #[derive(::core::fmt::Debug)]
    #[allow(dead_code)]
    pub struct __Endpoints {
        /// `template`
        pub template: __rt::Endpoint,
        /// `query`
        pub query: __rt::Endpoint,
        /// `body`
        pub body: __rt::Endpoint,
        /// `custom`
        pub custom: __rt::Endpoint,
    }
    static __ENDPOINTS: __Endpoints = __Endpoints {
        template: __rt::Endpoint::get(
            &__API,
            "template",
            "/a/{id}{/rest*}{?page,tags*}{&x:3}",
            &[
                __rt::lit("/a/"),
                __rt::var("id"),
                __rt::segment("rest").explode(),
                __rt::query("page"),
                __rt::query("tags").next().explode(),
                __rt::continuation("x").prefix(3),
            ],
        ),
        query: __rt::Endpoint::get(
            &__API,
            "query",
            "/search?kind=user&q={q}",
            &[
                __rt::lit_query("/search?kind=user&q="),
                __rt::var("q"),
                __rt::query("page").explode(),
                __rt::query("per-page").explode().named().argument("per_page"),
            ],
        ),
        body: __rt::Endpoint::post(
            &__API,
            "body",
            "/users",
            &[__rt::lit("/users"), __rt::header("x-tag", "tag")],
        ),
        custom: __rt::Endpoint::http(
            &__API,
            "custom",
            "PROPFIND",
            "/ünder",
            &[__rt::lit("/%C3%BCnder")],
        ),
    };
    static __ALL: &[&__rt::Endpoint] = &[
        &__ENDPOINTS.template,
        &__ENDPOINTS.query,
        &__ENDPOINTS.body,
        &__ENDPOINTS.custom,
    ];
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
    impl RolesClient {
        /// The endpoints as data: verb, template, name.
        const ENDPOINTS: &'static __Endpoints = &__ENDPOINTS;
        /// A client with the default settings. The trait declares no base URL, so this is an error: use the builder.
        ///
        /// # Errors
        ///
        /// If the base URL is missing or wrong, or if the transport cannot be made.
        fn new() -> ::core::result::Result<Self, __rt::Error> {
            Self::builder().build()
        }
        ::apiclient::__from_config! {
            fn from_config
        }
        /// Settings for a client of [`Roles`].
        fn builder() -> __rt::ClientBuilder<Self> {
            __rt::builder()
        }
        /// A client on connections, clock and settings that others share.
        #[must_use]
        fn from_client(client: __rt::Client) -> Self {
            Self {
                client: __rt::bind(&client, &__API),
            }
        }
        /// What this client stands on.
        #[must_use]
        fn client(&self) -> &__rt::Client {
            &self.client
        }
    }
    #[automatically_derived]
    impl __rt::ApiClient for RolesClient {
        const API: ::core::option::Option<&'static __rt::Api> = ::core::option::Option::Some(
            &__API,
        );
        fn from_client(client: __rt::Client) -> Self {
            RolesClient::from_client(client)
        }
    }
    #[automatically_derived]
    #[allow(deprecated)]
    impl Roles for RolesClient {
        fn template(
            &self,
            id: u64,
            rest: &[&str],
            page: Option<u32>,
            tags: &[&str],
            x: &str,
        ) -> Call<User> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.template,
                    &[&id, &rest, &page, &tags, &x],
                ),
            )
        }
        fn query(
            &self,
            q: &str,
            page: u32,
            per_page: Option<u8>,
        ) -> Call<User, MyError> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.query, &[&q, &page, &per_page]),
            )
        }
        fn body(&self, tag: &str, user: &NewUser<'_>, wait: Duration) -> Call<User> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.body, &[&tag])
                    .json(&user)
                    .timeout(&wait),
            )
        }
        fn custom(&self) -> __rt::CallOf<house::Result<String>> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.custom, &[]))
        }
    }
};
