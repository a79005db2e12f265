/// Everything that trait and method can both say.
#[must_use]
///
/// [`MyClient`] sends requests. A fake for tests implements the trait by hand: each endpoint returns
/// `Call::ready(Ok(..))` or `Call::from_future(async { .. })`, also where it was declared as an `async fn`.
pub(crate) trait Api: ::core::marker::Send + ::core::marker::Sync + Clone + 'static {
    #[deprecated(note = "use y")]
    #[cfg(feature = "x")]
    /// `POST /x`
    fn x(&self, #[cfg(feature = "y")] y: u8) -> Call<()>;
    /// `GET `
    fn y(&self) -> Call<()>;
}
/// The client of the [`Api`] API.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub(crate) struct MyClient {
    client: my_sdk::apiclient::__private::Client,
}
const _: () = {
    use my_sdk::apiclient::__private as __rt;
    static __API: __rt::Api = __rt::Api::new("Policies", "apiclient-macros/0.1.0")
        .base_url(BASE)
        .base_path("/v2")
        .headers({
            static __HEADERS: [__rt::StaticHeader; 1usize] = [
                (
                    __rt::HeaderName::from_static("accept"),
                    ::core::option::Option::Some(
                        __rt::HeaderValue::from_static("text/plain"),
                    ),
                ),
            ];
            &__HEADERS
        })
        .timeout(
            __rt::Timeout::new()
                .total(__rt::Duration::from_millis(60000))
                .attempt(__rt::Duration::from_millis(10000)),
        )
        .retry(__rt::Retry::new().attempts(4).base(__rt::Duration::from_millis(50)))
        .rate_limit(
            __rt::RateLimit::new()
                .rate(__rt::Rate::new(5000, __rt::Duration::from_secs(3600)))
                .burst(20),
        )
        .max_body(67108864)
        .endpoints(__ALL);
    /// The endpoints of [`Api`] as data.
    #[derive(::core::fmt::Debug)]
    #[allow(dead_code)]
    pub struct __Endpoints {
        #[cfg(feature = "x")]
        /// `x`
        pub x: __rt::Endpoint,
        /// `y`
        pub y: __rt::Endpoint,
    }
    static __ENDPOINTS: __Endpoints = __Endpoints {
        #[cfg(feature = "x")]
        x: __rt::Endpoint::post(
                &__API,
                "x",
                "/x",
                &[__rt::lit("/x"), #[cfg(feature = "y")] __rt::query("y").explode()],
            )
            .headers({
                static __HEADERS: [__rt::StaticHeader; 2usize] = [
                    (
                        __rt::HeaderName::from_static("accept"),
                        ::core::option::Option::None,
                    ),
                    (
                        __rt::HeaderName::from_static("x-version"),
                        ::core::option::Option::Some(__rt::HeaderValue::from_static("7")),
                    ),
                ];
                &__HEADERS
            })
            .timeout(__rt::Timeout::new().total(LIMIT).attempt(self::limit()))
            .retry(__rt::Retry::none())
            .idempotent()
            .idempotency_key(__rt::IdempotencyKey::new("idempotency-key")),
        y: __rt::Endpoint::get(&__API, "y", "", &[])
            .timeout(__rt::Timeout::new().attempt(__rt::Duration::from_millis(50))),
    };
    static __ALL: &[&__rt::Endpoint] = &[
        #[cfg(feature = "x")]
        &__ENDPOINTS.x,
        &__ENDPOINTS.y,
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
    impl MyClient {
        /// The endpoints as data: verb, template, name.
        pub(crate) const ENDPOINTS: &'static __Endpoints = &__ENDPOINTS;
        /// A client with the default settings.
        ///
        /// # Errors
        ///
        /// If the base URL is missing or wrong, or if the transport cannot be made.
        pub(crate) fn new() -> ::core::result::Result<Self, __rt::Error> {
            Self::builder().build()
        }
        my_sdk::apiclient::__from_config! {
            pub (crate) fn from_config
        }
        /// Settings for a client of [`Api`].
        pub(crate) fn builder() -> __rt::ClientBuilder<Self> {
            __rt::builder()
        }
        /// A client on connections, clock and settings that others share.
        #[must_use]
        pub(crate) fn from_client(client: __rt::Client) -> Self {
            Self {
                client: __rt::bind(&client, &__API),
            }
        }
        /// What this client stands on.
        #[must_use]
        pub(crate) fn client(&self) -> &__rt::Client {
            &self.client
        }
    }
    #[automatically_derived]
    impl __rt::ApiClient for MyClient {
        const API: ::core::option::Option<&'static __rt::Api> = ::core::option::Option::Some(
            &__API,
        );
        fn from_client(client: __rt::Client) -> Self {
            MyClient::from_client(client)
        }
    }
    #[automatically_derived]
    #[allow(deprecated)]
    impl Api for MyClient {
        #[cfg(feature = "x")]
        fn x(&self, #[cfg(feature = "y")] y: u8) -> Call<()> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.x, &[#[cfg(feature = "y")] &y]),
            )
        }
        fn y(&self) -> Call<()> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.y, &[]))
        }
    }
};
