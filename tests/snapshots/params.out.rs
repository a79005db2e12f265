/// [`TrackerClient`] sends requests. A fake for tests implements the trait by hand: each endpoint returns
/// `Call::ready(Ok(..))` or `Call::from_future(async { .. })`, also where it was declared as an `async fn`.
trait Tracker: ::core::marker::Send + ::core::marker::Sync {
    /// `GET /repos/{owner}/{repo}/issues{?page}`
    fn issues(&self, owner: &str, rest: &Rest<'_>) -> Call<()>;
}
/// The client of the [`Tracker`] API.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
struct TrackerClient {
    client: ::apiclient::__private::Client,
}
const _: () = {
    use ::apiclient::__private as __rt;
    static __API: __rt::Api = __rt::Api::new("Tracker", "apiclient-macros/0.1.0")
        .base_url("https://api.example.com")
        .endpoints(__ALL);
    /// The endpoints of [`Tracker`] as data.
    #[derive(::core::fmt::Debug)]
    #[allow(dead_code)]
    pub struct __Endpoints {
        /// `issues`
        pub issues: __rt::Endpoint,
    }
    static __ENDPOINTS: __Endpoints = __Endpoints {
        issues: __rt::Endpoint::get(
            &__API,
            "issues",
            "/repos/{owner}/{repo}/issues{?page}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/issues"),
                __rt::query("page"),
            ],
        ),
    };
    static __ALL: &[&__rt::Endpoint] = &[&__ENDPOINTS.issues];
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
    impl TrackerClient {
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
        /// Settings for a client of [`Tracker`].
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
    impl __rt::ApiClient for TrackerClient {
        const API: ::core::option::Option<&'static __rt::Api> = ::core::option::Option::Some(
            &__API,
        );
        fn from_client(client: __rt::Client) -> Self {
            TrackerClient::from_client(client)
        }
    }
    const _: () = {
        use __rt::Anything as _;
        const VARIABLES: ::core::option::Option<&'static [&'static str]> = __rt::Asked::<
            Rest<'static>,
        >::VARIABLES;
        const SENDS: ::core::option::Option<&'static [&'static str]> = __rt::Asked::<
            Rest<'static>,
        >::SENDS;
        const _: () = ::core::assert!(
            __rt::has_variable(VARIABLES, "repo"),
            "the path of `issues` has `{{repo}}`, but no argument is called `repo`, and no field of `Rest` with `#[api(param)]`"
        );
        const _: () = ::core::assert!(
            __rt::has_variable(VARIABLES, "page"),
            "the path of `issues` has `{{page}}`, but no argument is called `page`, and no field of `Rest` with `#[api(param)]`"
        );
        const _: () = ::core::assert!(
            __rt::has_no_other(VARIABLES, & ["repo", "page"]),
            "a field of `Rest` has `#[api(param)]`, and the path of `issues` has no variable of its name"
        );
        const _: () = ::core::assert!(
            __rt::is_free(SENDS, "query page"),
            "a field of `Rest` sends the query parameter `page` once more than `issues` does"
        );
        const _: () = ::core::assert!(
            __rt::is_free(SENDS, "body"),
            "a field of `Rest` is a `body`, and `issues` is a GET request, which has no body"
        );
        const _: () = ::core::assert!(
            __rt::is_free(SENDS, "field "),
            "a field of `Rest` is a `field`, and `issues` is a GET request, which has no body"
        );
        const _: () = ::core::assert!(
            __rt::is_free(SENDS, "part"),
            "a field of `Rest` is a `part`, and `issues` is a GET request, which has no body"
        );
    };
    #[automatically_derived]
    #[allow(deprecated)]
    impl Tracker for TrackerClient {
        fn issues(&self, owner: &str, rest: &Rest<'_>) -> Call<()> {
            let __params = __rt::params(&rest);
            __rt::finish(
                __rt::call(
                        &self.client,
                        &__ENDPOINTS.issues,
                        &[&owner, &__params.variable("repo"), &__params.variable("page")],
                    )
                    .params(&__params),
            )
        }
    }
};
