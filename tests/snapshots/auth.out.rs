/// [`SecuredClient`] sends requests. A fake for tests implements the trait by hand: each endpoint returns
/// `Call::ready(Ok(..))` or `Call::from_future(async { .. })`, also where it was declared as an `async fn`.
trait Secured: ::core::marker::Send + ::core::marker::Sync {
    /// `GET /a`
    fn a(&self) -> Call<()>;
    /// `GET /b`
    fn b(&self) -> Call<()>;
    /// `GET /c`
    fn c(&self) -> Call<()>;
    /// `GET /d`
    fn d(&self) -> Call<()>;
}
/// The client of the [`Secured`] API.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
struct SecuredClient {
    client: ::apiclient::__private::Client,
}
const _: () = {
    use ::apiclient::__private as __rt;
    static __API: __rt::Api = __rt::Api::new("Secured", "apiclient-macros/0.1.0")
        .base_url("https://api.example.com")
        .auth(
            &[
                __rt::Scheme::bearer("bearer").scopes(&["read"]),
                __rt::Scheme::basic("admin"),
                __rt::Scheme::api_key("key", "X-Key"),
                __rt::Scheme::query_key("q", "key"),
                __rt::Scheme::cookie_key("c", "k"),
            ],
        )
        .endpoints(__ALL);
    /// The endpoints of [`Secured`] as data.
    #[derive(::core::fmt::Debug)]
    #[allow(dead_code)]
    pub struct __Endpoints {
        /// `a`
        pub a: __rt::Endpoint,
        /// `b`
        pub b: __rt::Endpoint,
        /// `c`
        pub c: __rt::Endpoint,
        /// `d`
        pub d: __rt::Endpoint,
    }
    static __ENDPOINTS: __Endpoints = __Endpoints {
        a: __rt::Endpoint::get(&__API, "a", "/a", &[__rt::lit("/a")]),
        b: __rt::Endpoint::get(&__API, "b", "/b", &[__rt::lit("/b")])
            .auth(__rt::AuthChoice::scheme(1usize).scopes(&["all", "users"])),
        c: __rt::Endpoint::get(&__API, "c", "/c", &[__rt::lit("/c")])
            .auth(__rt::AuthChoice::none()),
        d: __rt::Endpoint::get(&__API, "d", "/d", &[__rt::lit("/d")])
            .auth(__rt::AuthChoice::scheme(0).scopes(&["write"])),
    };
    static __ALL: &[&__rt::Endpoint] = &[
        &__ENDPOINTS.a,
        &__ENDPOINTS.b,
        &__ENDPOINTS.c,
        &__ENDPOINTS.d,
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
    impl SecuredClient {
        /// The endpoints as data: verb, template, name.
        const ENDPOINTS: &'static __Endpoints = &__ENDPOINTS;
        /// A client with the default settings.
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
        /// Settings for a client of [`Secured`].
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
    impl __rt::ApiClient for SecuredClient {
        const API: ::core::option::Option<&'static __rt::Api> = ::core::option::Option::Some(
            &__API,
        );
        fn from_client(client: __rt::Client) -> Self {
            SecuredClient::from_client(client)
        }
    }
    #[automatically_derived]
    #[allow(deprecated)]
    impl Secured for SecuredClient {
        fn a(&self) -> Call<()> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.a, &[]))
        }
        fn b(&self) -> Call<()> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.b, &[]))
        }
        fn c(&self) -> Call<()> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.c, &[]))
        }
        fn d(&self) -> Call<()> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.d, &[]))
        }
    }
};
