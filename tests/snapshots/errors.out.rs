const _: () = {
    use ::apiclient::__private as __rt;
    static __RULES: &[__rt::Rule] = &[
        __rt::Rule::any()
            .status(__rt::Statuses::new(&[(402, 402)]))
            .code(&[__rt::Literal::Text("card_declined"), __rt::Literal::Integer(7)])
            .header(&[("x-a", "b*")]),
        __rt::Rule::any().code(&[__rt::Literal::Text("*#NotFound")]),
        __rt::Rule::any().status(__rt::Statuses::new(&[(404, 404), (410, 410)])),
        __rt::Rule::any().status(__rt::Statuses::new(&[(400, 499)])),
        __rt::Rule::any().kind(__rt::ErrorKind::Timeout).when(is_far),
    ];
    #[automatically_derived]
    #[allow(clippy::match_same_arms, clippy::needless_return)]
    impl ::core::convert::From<__rt::Error> for ShopError {
        fn from(__error: __rt::Error) -> Self {
            #[allow(unused_mut)]
            let mut __error = __error;
            let mut __rules = __rt::Matching::new(
                __RULES,
                ::core::option::Option::Some("/error/code"),
            );
            while let ::core::option::Option::Some(__rule) = __rules.next(&__error) {
                match __rule {
                    0 => {
                        if let (
                            ::core::option::Option::Some(__0),
                            ::core::option::Option::Some(__1),
                        ) = (
                            __rt::pointer(&mut __error, "/error/message"),
                            __rt::header_of(&mut __error, "x-attempts"),
                        ) {
                            return Self::Declined {
                                message: __0,
                                attempts: __1,
                                source: __rt::KeepsError::keep(__error),
                            };
                        }
                    }
                    1 | 2 => return Self::Missing {},
                    3 => {
                        if let ::core::option::Option::Some(__0) = __rt::body(
                            &mut __error,
                        ) {
                            return Self::Invalid { 0: __0 };
                        }
                    }
                    4 => return Self::Slow {},
                    _ => {}
                }
            }
            Self::Other {
                0: __rt::KeepsError::keep(__error),
            }
        }
    }
    #[automatically_derived]
    #[allow(clippy::match_same_arms)]
    impl __rt::ApiError for ShopError {
        fn error(&self) -> ::core::option::Option<&__rt::Error> {
            #[allow(unreachable_patterns)]
            match self {
                Self::Declined { source: __error, .. } => {
                    ::core::option::Option::Some(__rt::KeepsError::kept(__error))
                }
                Self::Other { 0: __error, .. } => {
                    ::core::option::Option::Some(__rt::KeepsError::kept(__error))
                }
                _ => ::core::option::Option::None,
            }
        }
        fn rules(&self) -> &'static [__rt::Rule] {
            match self {
                Self::Declined { .. } => &__RULES[0..1],
                Self::Missing { .. } => &__RULES[1..3],
                Self::Invalid { .. } => &__RULES[3..4],
                Self::Slow { .. } => &__RULES[4..5],
                _ => &[],
            }
        }
    }
};
/// [`ShopClient`] sends requests. A fake for tests implements the trait by hand: each endpoint returns
/// `Call::ready(Ok(..))` or `Call::from_future(async { .. })`, also where it was declared as an `async fn`.
pub trait Shop: ::core::marker::Send + ::core::marker::Sync {
    /// `GET /a`
    fn a(&self) -> ::apiclient::__private::CallOf<Result<u64, ShopError>>;
    /// `GET /b`
    fn b(&self) -> Call<u64, ShopError>;
    /// `GET /c`
    fn c(&self) -> ::apiclient::__private::CallOf<Result<Option<u64>, apiclient::Error>>;
    /// `GET /d`
    fn d(&self) -> ::apiclient::__private::CallOf<Result<Cached, Own>>;
}
/// The client of the [`Shop`] API.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct ShopClient {
    client: ::apiclient::__private::Client,
}
const _: () = {
    use ::apiclient::__private as __rt;
    static __API: __rt::Api = __rt::Api::new("Shop", "apiclient-macros/0.1.0")
        .base_url("https://shop.test")
        .show(__rt::Show::new().show_query(&["page"]).show_message(false))
        .error_body(
            __rt::ErrorBody::new()
                .code("/error")
                .fail_if(
                    &[
                        (
                            "/ok",
                            ::core::option::Option::Some(__rt::Literal::Bool(false)),
                            true,
                        ),
                        ("/errors", ::core::option::Option::None, true),
                    ],
                ),
        )
        .envelope("/data")
        .endpoints(__ALL);
    /// The endpoints of [`Shop`] as data.
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
        b: __rt::Endpoint::get(&__API, "b", "/b", &[__rt::lit("/b")]),
        c: __rt::Endpoint::get(&__API, "c", "/c", &[__rt::lit("/c")])
            .none_on(__rt::Statuses::new(&[(404, 404)])),
        d: __rt::Endpoint::get(&__API, "d", "/d", &[__rt::lit("/d")])
            .success(__rt::Statuses::new(&[(200, 299), (304, 304)])),
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
    impl ShopClient {
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
        /// Settings for a client of [`Shop`].
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
    impl __rt::ApiClient for ShopClient {
        const API: ::core::option::Option<&'static __rt::Api> = ::core::option::Option::Some(
            &__API,
        );
        fn from_client(client: __rt::Client) -> Self {
            ShopClient::from_client(client)
        }
    }
    #[allow(clippy::needless_return)]
    fn __errors(
        __error: __rt::Error,
    ) -> <__rt::CallOf<Result<u64, ShopError>> as __rt::FromCall>::Error {
        #[allow(unused_mut)]
        let mut __error = __error;
        let mut __rules = __rt::Matching::new(
            const {
                &[
                    __rt::Rule::any()
                        .status(__rt::Statuses::new(&[(404, 404), (410, 410)])),
                    __rt::Rule::any().status(__rt::Statuses::new(&[(409, 409)])),
                    __rt::Rule::any().kind(__rt::ErrorKind::Timeout),
                ]
            },
            ::core::option::Option::None,
        );
        while let ::core::option::Option::Some(__rule) = __rules.next(&__error) {
            match __rule {
                0 => return ShopError::Missing,
                1 => {
                    if let ::core::option::Option::Some(__0) = __rt::body(&mut __error) {
                        return ShopError::Conflict(__0, __rt::KeepsError::keep(__error));
                    }
                }
                2 => return ShopError::Slow,
                _ => {}
            }
        }
        __rt::FromError::from_error(__error)
    }
    #[automatically_derived]
    #[allow(deprecated)]
    impl Shop for ShopClient {
        fn a(&self) -> __rt::CallOf<Result<u64, ShopError>> {
            __rt::finish_with(
                __rt::call(&self.client, &__ENDPOINTS.a, &[]),
                __rt::within(),
                __errors,
            )
        }
        fn b(&self) -> Call<u64, ShopError> {
            __rt::finish_with(
                __rt::call(&self.client, &__ENDPOINTS.b, &[]),
                __rt::whole(),
                |__error: __rt::Error| {
                    #[allow(unused_mut)]
                    let mut __error = __error;
                    let mut __rules = __rt::Matching::new(
                        const {
                            &[
                                __rt::Rule::any()
                                    .status(__rt::Statuses::new(&[(402, 402)]))
                                    .code(&[__rt::Literal::Text("x")])
                                    .header(&[("a", "b")]),
                                __rt::Rule::any().status(__rt::Statuses::new(&[(500, 599)])),
                            ]
                        },
                        ::core::option::Option::None,
                    );
                    while let ::core::option::Option::Some(__rule) = __rules
                        .next(&__error)
                    {
                        match __rule {
                            0 => {
                                if let (
                                    ::core::option::Option::Some(__0),
                                    ::core::option::Option::Some(__1),
                                ) = (
                                    __rt::pointer(&mut __error, "/m"),
                                    __rt::status(&mut __error),
                                ) {
                                    return ShopError::Declined {
                                        message: __0,
                                        status: __1,
                                    };
                                }
                            }
                            1 => return other(__error),
                            _ => {}
                        }
                    }
                    __rt::hand_over(__errors(__error))
                },
            )
        }
        fn c(&self) -> __rt::CallOf<Result<Option<u64>, apiclient::Error>> {
            __rt::finish_with(
                __rt::none_on::<
                    __rt::CallOf<Result<Option<u64>, apiclient::Error>>,
                >(__rt::call(&self.client, &__ENDPOINTS.c, &[])),
                __rt::within(),
                __rt::FromError::from_error,
            )
        }
        fn d(&self) -> __rt::CallOf<Result<Cached, Own>> {
            __rt::finish_with(
                __rt::call(&self.client, &__ENDPOINTS.d, &[]),
                __rt::within(),
                |__error: __rt::Error| {
                    #[allow(unused_mut)]
                    let mut __error = __error;
                    let mut __rules = __rt::Matching::new(
                        const {
                            &[
                                __rt::Rule::any().status(__rt::Statuses::new(&[(404, 404)])),
                            ]
                        },
                        ::core::option::Option::None,
                    );
                    while let ::core::option::Option::Some(__rule) = __rules
                        .next(&__error)
                    {
                        match __rule {
                            0 => return Own::Gone,
                            _ => {}
                        }
                    }
                    Own::Other(__rt::KeepsError::keep(__error))
                },
            )
        }
    }
};
const _: () = {
    use ::apiclient::__private as __rt;
    #[automatically_derived]
    impl __rt::Decode for Cached {
        const STATUSES: ::core::option::Option<__rt::Statuses> = ::core::option::Option::Some(
            __rt::Statuses::new(&[(200, 200), (203, 203), (304, 304), (200, 299)]),
        );
        fn decode(
            __answer: &mut __rt::Answer,
        ) -> ::core::result::Result<Self, __rt::DecodeError> {
            match __answer.status().as_u16() {
                200 | 203 => {
                    ::core::result::Result::Ok(Self::Fresh {
                        etag: __rt::answer_header(__answer, "etag")?,
                        note: __rt::Decode::decode(__answer)?,
                    })
                }
                304 => ::core::result::Result::Ok(Self::Same {}),
                200..=299 => {
                    ::core::result::Result::Ok(Self::Rest {
                        0: ::core::convert::From::from(__answer.status()),
                    })
                }
                _ => ::core::result::Result::Err(__rt::no_variant()),
            }
        }
    }
};
const _: () = {
    use ::apiclient::__private as __rt;
    #[automatically_derived]
    impl __rt::Decode for Meta {
        fn decode(
            __answer: &mut __rt::Answer,
        ) -> ::core::result::Result<Self, __rt::DecodeError> {
            ::core::result::Result::Ok(Self {
                content_length: __rt::answer_header(__answer, "content-length")?,
                tag: __rt::answer_header(__answer, "ETag")?,
                status: ::core::convert::From::from(__answer.status()),
            })
        }
    }
};
