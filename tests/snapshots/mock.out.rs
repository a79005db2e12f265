/// [`GitHubClient`] sends requests. A fake for tests implements the trait by hand: each endpoint returns
/// `Call::ready(Ok(..))` or `Call::from_future(async { .. })`, also where it was declared as an `async fn`.
/// `GitHubMock` is one whose answers a test sets.
pub trait GitHub: ::core::marker::Send + ::core::marker::Sync {
    /// `GET /repos/{owner}/{repo}`
    fn repo(
        &self,
        owner: &str,
        repo: &str,
    ) -> ::apiclient::__private::CallOf<Result<Repo, GhError>>;
    /// `GET /user`
    fn me(&self) -> Call<User, GhError>;
    #[cfg(feature = "issues")]
    /// `GET /issues/{id}`
    fn issue(&self, id: u64) -> ::apiclient::__private::CallOf<Result<Issue, GhError>>;
    /// `GET /search{?labels*}`
    fn search(
        &self,
        labels: Option<&[&str]>,
        sort: Option<Sort>,
        a: Cow<'_, str>,
    ) -> Call<Vec<Issue>, GhError>;
    /// `POST /issues`
    fn create(
        &self,
        new: &NewIssue<'_>,
        limit: Option<Duration>,
    ) -> ::apiclient::__private::CallOf<Result<Issue, GhError>>;
    /// `POST /any`
    fn any<B: Serialize>(
        &self,
        body: B,
        q: impl Serialize,
    ) -> ::apiclient::__private::CallOf<Result<(), GhError>>
    where
        Self: ::core::marker::Sized;
    /// `GET /{path}`
    fn read<T: Decode>(
        &self,
        path: &str,
    ) -> ::apiclient::__private::CallOf<Result<T, apiclient::Error>>
    where
        Self: ::core::marker::Sized;
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
        /// `me`
        pub me: __rt::Endpoint,
        #[cfg(feature = "issues")]
        /// `issue`
        pub issue: __rt::Endpoint,
        /// `search`
        pub search: __rt::Endpoint,
        /// `create`
        pub create: __rt::Endpoint,
        /// `any`
        pub any: __rt::Endpoint,
        /// `read`
        pub read: __rt::Endpoint,
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
        me: __rt::Endpoint::get(&__API, "me", "/user", &[__rt::lit("/user")]),
        #[cfg(feature = "issues")]
        issue: __rt::Endpoint::get(
            &__API,
            "issue",
            "/issues/{id}",
            &[__rt::lit("/issues/"), __rt::var("id")],
        ),
        search: __rt::Endpoint::get(
            &__API,
            "search",
            "/search{?labels*}",
            &[
                __rt::lit("/search"),
                __rt::query("labels").explode(),
                __rt::query("sort").explode(),
                __rt::header("x-a", "a"),
            ],
        ),
        create: __rt::Endpoint::post(
            &__API,
            "create",
            "/issues",
            &[__rt::lit("/issues")],
        ),
        any: __rt::Endpoint::post(
            &__API,
            "any",
            "/any",
            &[__rt::lit("/any"), __rt::query("q").explode()],
        ),
        read: __rt::Endpoint::get(
            &__API,
            "read",
            "/{path}",
            &[__rt::lit("/"), __rt::var("path")],
        ),
    };
    static __ALL: &[&__rt::Endpoint] = &[
        &__ENDPOINTS.repo,
        &__ENDPOINTS.me,
        #[cfg(feature = "issues")]
        &__ENDPOINTS.issue,
        &__ENDPOINTS.search,
        &__ENDPOINTS.create,
        &__ENDPOINTS.any,
        &__ENDPOINTS.read,
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
    #[allow(clippy::needless_return)]
    fn __errors(
        __error: __rt::Error,
    ) -> <__rt::CallOf<Result<Repo, GhError>> as __rt::FromCall>::Error {
        #[allow(unused_mut)]
        let mut __error = __error;
        let mut __rules = __rt::Matching::new(
            const { &[__rt::Rule::any().status(__rt::Statuses::new(&[(404, 404)]))] },
            ::core::option::Option::None,
        );
        while let ::core::option::Option::Some(__rule) = __rules.next(&__error) {
            match __rule {
                0 => return GhError::NotFound,
                _ => {}
            }
        }
        __rt::FromError::from_error(__error)
    }
    #[automatically_derived]
    #[allow(deprecated)]
    impl GitHub for GitHubClient {
        fn repo(&self, owner: &str, repo: &str) -> __rt::CallOf<Result<Repo, GhError>> {
            __rt::finish_with(
                __rt::call(&self.client, &__ENDPOINTS.repo, &[&owner, &repo]),
                __rt::whole(),
                __errors,
            )
        }
        fn me(&self) -> Call<User, GhError> {
            __rt::finish_with(
                __rt::call(&self.client, &__ENDPOINTS.me, &[]),
                __rt::whole(),
                __errors,
            )
        }
        #[cfg(feature = "issues")]
        fn issue(&self, id: u64) -> __rt::CallOf<Result<Issue, GhError>> {
            __rt::finish_with(
                __rt::call(&self.client, &__ENDPOINTS.issue, &[&id]),
                __rt::whole(),
                __errors,
            )
        }
        fn search(
            &self,
            labels: Option<&[&str]>,
            sort: Option<Sort>,
            a: Cow<'_, str>,
        ) -> Call<Vec<Issue>, GhError> {
            __rt::finish_with(
                __rt::call(&self.client, &__ENDPOINTS.search, &[&labels, &sort, &a]),
                __rt::whole(),
                __errors,
            )
        }
        fn create(
            &self,
            new: &NewIssue<'_>,
            limit: Option<Duration>,
        ) -> __rt::CallOf<Result<Issue, GhError>> {
            __rt::finish_with(
                __rt::call(&self.client, &__ENDPOINTS.create, &[])
                    .json(&new)
                    .timeout(&limit),
                __rt::whole(),
                |__error: __rt::Error| {
                    #[allow(unused_mut)]
                    let mut __error = __error;
                    let mut __rules = __rt::Matching::new(
                        const {
                            &[
                                __rt::Rule::any().status(__rt::Statuses::new(&[(422, 422)])),
                            ]
                        },
                        ::core::option::Option::None,
                    );
                    while let ::core::option::Option::Some(__rule) = __rules
                        .next(&__error)
                    {
                        match __rule {
                            0 => {
                                if let ::core::option::Option::Some(__0) = __rt::body(
                                    &mut __error,
                                ) {
                                    return GhError::Invalid(__0);
                                }
                            }
                            _ => {}
                        }
                    }
                    __rt::hand_over(__errors(__error))
                },
            )
        }
        fn any<B: Serialize>(
            &self,
            body: B,
            q: impl Serialize,
        ) -> __rt::CallOf<Result<(), GhError>> {
            __rt::finish_with(
                __rt::call(&self.client, &__ENDPOINTS.any, &[&q]).json(&body),
                __rt::whole(),
                __errors,
            )
        }
        fn read<T: Decode>(
            &self,
            path: &str,
        ) -> __rt::CallOf<Result<T, apiclient::Error>> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.read, &[&path]))
        }
    }
    #[cfg(test)]
    #[allow(dead_code)]
    impl GitHubMock {
        /// A mock without answers.
        #[must_use]
        pub fn new() -> Self {
            #[allow(unused_imports)]
            use __rt::NoMap as _;
            Self {
                repo: __rt::Mocked::new(&__ENDPOINTS.repo, __errors),
                me: __rt::Mocked::new(&__ENDPOINTS.me, __errors),
                #[cfg(feature = "issues")]
                issue: __rt::Mocked::new(&__ENDPOINTS.issue, __errors),
                search: __rt::Mocked::new(&__ENDPOINTS.search, __errors),
                create: __rt::Mocked::new(
                    &__ENDPOINTS.create,
                    |__error: __rt::Error| {
                        #[allow(unused_mut)]
                        let mut __error = __error;
                        let mut __rules = __rt::Matching::new(
                            const {
                                &[
                                    __rt::Rule::any().status(__rt::Statuses::new(&[(422, 422)])),
                                ]
                            },
                            ::core::option::Option::None,
                        );
                        while let ::core::option::Option::Some(__rule) = __rules
                            .next(&__error)
                        {
                            match __rule {
                                0 => {
                                    if let ::core::option::Option::Some(__0) = __rt::body(
                                        &mut __error,
                                    ) {
                                        return GhError::Invalid(__0);
                                    }
                                }
                                _ => {}
                            }
                        }
                        __rt::hand_over(__errors(__error))
                    },
                ),
                any: __rt::Mocked::new(&__ENDPOINTS.any, __errors),
            }
        }
        /// Whether all is as expected: every call got an answer, each method was called as often as its `times` says, and those
        /// with an answer at least once.
        ///
        /// # Panics
        ///
        /// If not, with a list of what is not.
        #[track_caller]
        pub fn verify(&self) {
            __rt::verify(
                &[
                    &self.repo,
                    &self.me,
                    #[cfg(feature = "issues")]
                    &self.issue,
                    &self.search,
                    &self.create,
                    &self.any,
                ],
            );
        }
    }
    #[cfg(test)]
    #[automatically_derived]
    impl ::core::default::Default for GitHubMock {
        fn default() -> Self {
            Self::new()
        }
    }
    #[cfg(test)]
    #[automatically_derived]
    impl ::core::ops::Drop for GitHubMock {
        fn drop(&mut self) {
            __rt::end(
                &[
                    &self.repo,
                    &self.me,
                    #[cfg(feature = "issues")]
                    &self.issue,
                    &self.search,
                    &self.create,
                    &self.any,
                ],
            );
        }
    }
    #[cfg(test)]
    #[automatically_derived]
    #[allow(deprecated)]
    impl GitHub for GitHubMock {
        #[allow(unused_variables)]
        fn repo(&self, owner: &str, repo: &str) -> __rt::CallOf<Result<Repo, GhError>> {
            __rt::mocked(&self.repo, (__rt::Keep::keep(owner), __rt::Keep::keep(repo)))
        }
        #[allow(unused_variables)]
        fn me(&self) -> Call<User, GhError> {
            __rt::mocked(&self.me, ())
        }
        #[cfg(feature = "issues")]
        #[allow(unused_variables)]
        fn issue(&self, id: u64) -> __rt::CallOf<Result<Issue, GhError>> {
            __rt::mocked(&self.issue, __rt::Keep::keep(&id))
        }
        #[allow(unused_variables)]
        fn search(
            &self,
            labels: Option<&[&str]>,
            sort: Option<Sort>,
            a: Cow<'_, str>,
        ) -> Call<Vec<Issue>, GhError> {
            __rt::mocked(
                &self.search,
                (
                    ::core::option::Option::map(
                        ::core::option::Option::as_ref(&labels),
                        |__item| ::core::iter::Iterator::collect(
                            ::core::iter::Iterator::map(
                                <[_]>::iter(*__item),
                                |__item| __rt::Keep::keep(*__item),
                            ),
                        ),
                    ),
                    __rt::Keep::keep(&sort),
                    __rt::Keep::keep(&**&a),
                ),
            )
        }
        #[allow(unused_variables)]
        fn create(
            &self,
            new: &NewIssue<'_>,
            limit: Option<Duration>,
        ) -> __rt::CallOf<Result<Issue, GhError>> {
            #[allow(unused_imports)]
            use __rt::NoJson as _;
            __rt::mocked(
                &self.create,
                (__rt::AsJson(&new).keep(), __rt::Keep::keep(&limit)),
            )
        }
        #[allow(unused_variables)]
        fn any<B: Serialize>(
            &self,
            body: B,
            q: impl Serialize,
        ) -> __rt::CallOf<Result<(), GhError>>
        where
            Self: ::core::marker::Sized,
        {
            #[allow(unused_imports)]
            use __rt::NoJson as _;
            __rt::mocked(
                &self.any,
                (__rt::AsJson(&body).keep(), __rt::AsJson(&q).keep()),
            )
        }
        #[allow(unused_variables)]
        fn read<T: Decode>(
            &self,
            path: &str,
        ) -> __rt::CallOf<Result<T, apiclient::Error>>
        where
            Self: ::core::marker::Sized,
        {
            __rt::unmocked(&__ENDPOINTS.read, __rt::FromError::from_error)
        }
    }
};
#[cfg(test)]
/// A mock of [`GitHub`]: a field per method, each with its answers and its calls.
///
/// When it is dropped, it panics if a method was called that has no answer, or not as often as its `times` says.
#[derive(::core::fmt::Debug)]
#[allow(dead_code, clippy::type_complexity)]
pub struct GitHubMock {
    /// `GET /repos/{owner}/{repo}`, called with `(owner, repo)`
    pub repo: ::apiclient::__private::MockOf<
        (
            <str as ::apiclient::__private::Owned>::Owned,
            <str as ::apiclient::__private::Owned>::Owned,
        ),
        ::apiclient::__private::CallOf<Result<Repo, GhError>>,
    >,
    /// `GET /user`
    pub me: ::apiclient::__private::MockOf<(), Call<User, GhError>>,
    #[cfg(feature = "issues")]
    /// `GET /issues/{id}`, called with `id`
    pub issue: ::apiclient::__private::MockOf<
        <u64 as ::apiclient::__private::Owned>::Owned,
        ::apiclient::__private::CallOf<Result<Issue, GhError>>,
    >,
    /// `GET /search{?labels*}`, called with `(labels, sort, a)`
    pub search: ::apiclient::__private::MockOf<
        (
            ::core::option::Option<
                ::std::vec::Vec<<str as ::apiclient::__private::Owned>::Owned>,
            >,
            <Option<Sort> as ::apiclient::__private::Owned>::Owned,
            <str as ::apiclient::__private::Owned>::Owned,
        ),
        Call<Vec<Issue>, GhError>,
    >,
    /// `POST /issues`, called with `(new, limit)`
    pub create: ::apiclient::__private::MockOf<
        (
            ::apiclient::__private::Value,
            <Option<Duration> as ::apiclient::__private::Owned>::Owned,
        ),
        ::apiclient::__private::CallOf<Result<Issue, GhError>>,
    >,
    /// `POST /any`, called with `(body, q)`
    pub any: ::apiclient::__private::MockOf<
        (::apiclient::__private::Value, ::apiclient::__private::Value),
        ::apiclient::__private::CallOf<Result<(), GhError>>,
    >,
}
