/// [`MethodsClient`] sends requests. A fake for tests implements the trait by hand: each endpoint returns
/// `Call::ready(Ok(..))` or `Call::from_future(async { .. })`, also where it was declared as an `async fn`.
pub trait Methods: ::core::marker::Send + ::core::marker::Sync {
    /// `GET /{kind}`
    fn generic<'a, T: Decode, const N: usize>(
        &'a self,
        kind: impl Serialize,
        n: [u8; N],
    ) -> ::apiclient::__private::CallOf<Result<T>>
    where
        T: Send,
        Self: ::core::marker::Sized;
    /// `DELETE /{type}`
    fn r#type(&self, r#type: &str) -> Call<()>;
    /// A helper.
    fn helper(&self) -> u8 {
        1
    }
    #[allow(clippy::manual_async_fn)]
    fn waits<T: Send>(
        &self,
        t: T,
    ) -> impl ::core::future::Future<Output = T> + ::core::marker::Send
    where
        Self: ::core::marker::Sized,
    {
        async move {
            self.r#type("a").await.ok();
            t
        }
    }
    fn new() -> Self
    where
        Self: ::core::marker::Sized,
    {
        todo!()
    }
}
/// The client of the [`Methods`] API.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct MethodsClient {
    client: ::apiclient::__private::Client,
}
const _: () = {
    use ::apiclient::__private as __rt;
    static __API: __rt::Api = __rt::Api::new("Methods", "apiclient-macros/0.1.0")
        .base_url("http://127.0.0.1:8080/")
        .endpoints(__ALL);
    /// The endpoints of [`Methods`] as data.
    #[derive(::core::fmt::Debug)]
    #[allow(dead_code)]
    pub struct __Endpoints {
        /// `generic`
        pub generic: __rt::Endpoint,
        /// `r#type`
        pub r#type: __rt::Endpoint,
    }
    static __ENDPOINTS: __Endpoints = __Endpoints {
        generic: __rt::Endpoint::get(
            &__API,
            "generic",
            "/{kind}",
            &[__rt::lit("/"), __rt::var("kind"), __rt::query("n").explode()],
        ),
        r#type: __rt::Endpoint::delete(
            &__API,
            "type",
            "/{type}",
            &[__rt::lit("/"), __rt::var("type")],
        ),
    };
    static __ALL: &[&__rt::Endpoint] = &[&__ENDPOINTS.generic, &__ENDPOINTS.r#type];
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
    impl MethodsClient {
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
        /// Settings for a client of [`Methods`].
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
    impl __rt::ApiClient for MethodsClient {
        const API: ::core::option::Option<&'static __rt::Api> = ::core::option::Option::Some(
            &__API,
        );
        fn from_client(client: __rt::Client) -> Self {
            MethodsClient::from_client(client)
        }
    }
    #[automatically_derived]
    #[allow(deprecated)]
    impl Methods for MethodsClient {
        fn generic<'a, T: Decode, const N: usize>(
            &'a self,
            kind: impl Serialize,
            n: [u8; N],
        ) -> __rt::CallOf<Result<T>>
        where
            T: Send,
        {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.generic, &[&kind, &n]))
        }
        fn r#type(&self, r#type: &str) -> Call<()> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.r#type, &[&r#type]))
        }
    }
};
