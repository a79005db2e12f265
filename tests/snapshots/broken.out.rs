/// [`BrokenClient`] sends requests. A fake for tests implements the trait by hand: each endpoint returns
/// `Call::ready(Ok(..))` or `Call::from_future(async { .. })`, also where it was declared as an `async fn`.
pub trait Broken: ::core::marker::Send + ::core::marker::Sync {
    /// `GET /good/{id}`
    fn good(&self, id: u64) -> ::apiclient::__private::CallOf<Result<User>>;
    fn bad(&self, id: u64) -> ::apiclient::__private::CallOf<Result<User>>;
    fn slip(&self) -> Call<User>;
    fn nothing(&self) -> ::apiclient::__private::Call<()>;
}
/// The client of the [`Broken`] API.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct BrokenClient {
    client: ::apiclient::__private::Client,
}
const _: () = {
    use ::apiclient::__private as __rt;
    static __API: __rt::Api = __rt::Api::new("Broken", "apiclient-macros/0.1.0")
        .endpoints(__ALL);
    /// The endpoints of [`Broken`] as data.
    #[derive(::core::fmt::Debug)]
    #[allow(dead_code)]
    pub struct __Endpoints {
        /// `good`
        pub good: __rt::Endpoint,
        /// `bad`
        pub bad: __rt::Endpoint,
        /// `slip`
        pub slip: __rt::Endpoint,
        /// `nothing`
        pub nothing: __rt::Endpoint,
    }
    static __ENDPOINTS: __Endpoints = __Endpoints {
        good: __rt::Endpoint::get(
            &__API,
            "good",
            "/good/{id}",
            &[__rt::lit("/good/"), __rt::var("id")],
        ),
        bad: __rt::Endpoint::get(&__API, "bad", "", &[]),
        slip: __rt::Endpoint::get(&__API, "slip", "", &[]),
        nothing: __rt::Endpoint::get(&__API, "nothing", "", &[]),
    };
    static __ALL: &[&__rt::Endpoint] = &[
        &__ENDPOINTS.good,
        &__ENDPOINTS.bad,
        &__ENDPOINTS.slip,
        &__ENDPOINTS.nothing,
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
    impl BrokenClient {
        /// The endpoints as data: verb, template, name.
        pub const ENDPOINTS: &'static __Endpoints = &__ENDPOINTS;
        /// A client with the default settings. The trait declares no base URL, so this is an error: use the builder.
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
        /// Settings for a client of [`Broken`].
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
    impl __rt::ApiClient for BrokenClient {
        const API: ::core::option::Option<&'static __rt::Api> = ::core::option::Option::Some(
            &__API,
        );
        fn from_client(client: __rt::Client) -> Self {
            BrokenClient::from_client(client)
        }
    }
    #[automatically_derived]
    #[allow(deprecated)]
    impl Broken for BrokenClient {
        fn good(&self, id: u64) -> __rt::CallOf<Result<User>> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.good, &[&id]))
        }
        #[allow(unused_variables)]
        fn bad(&self, id: u64) -> ::apiclient::__private::CallOf<Result<User>> {
            ::core::unreachable!()
        }
        #[allow(unused_variables)]
        fn slip(&self) -> Call<User> {
            ::core::unreachable!()
        }
        #[allow(unused_variables)]
        fn nothing(&self) -> ::apiclient::__private::Call<()> {
            ::core::unreachable!()
        }
    }
};
::core::compile_error! {
    "`#[api_client]` has no option `nmae`\nhelp: did you mean `name`?"
}
::core::compile_error! {
    "this is no base URL: it holds credentials before an `@`; send them as an `authorization` header"
}
::core::compile_error! {
    "the path of `bad` has `{idd}`, but no argument is called `idd`\nhelp: did you mean `{id}`?"
}
::core::compile_error! {
    "there is no attribute `pots` for this method\nhelp: did you mean `#[post]`?"
}
::core::compile_error! {
    "`nothing` has to return a call\nhelp: write `-> Call<T, E>`, or `async fn` and `-> Result<T, E>`"
}
