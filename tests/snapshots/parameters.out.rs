/// [`ParametersClient`] sends requests. A fake for tests implements the trait by hand: each endpoint returns
/// `Call::ready(Ok(..))` or `Call::from_future(async { .. })`, also where it was declared as an `async fn`.
trait Parameters: ::core::marker::Send + ::core::marker::Sync {
    /// `GET items/{id}/copies{?last.name,page}`
    fn template(
        &self,
        id: &Id,
        last_name: &str,
        page: Option<u8>,
    ) -> ::apiclient::__private::CallOf<Result<(), E>>;
    /// `GET /search`
    #[allow(clippy::too_many_arguments)]
    fn styles(
        &self,
        filter: &Filter,
        tags: &[&str],
        rest: &Rest,
        dry_run: bool,
        per_page: Option<u32>,
        at: Time,
        raw: &str,
    ) -> Call<()>;
    /// `PUT /x`
    fn headers(
        &self,
        tenant: &str,
        more: &Map,
        session: Option<&str>,
        token: &str,
    ) -> Call<()>;
    /// `POST /form`
    fn form(&self, a: &[u8], b: Option<&str>) -> Call<()>;
    /// `POST /text`
    fn text(&self, text: &str) -> Call<()>;
    /// `POST /bytes`
    fn bytes(&self, bytes: Vec<u8>) -> Call<()>;
    /// `POST /all`
    fn all(&self, all: &Filter) -> Call<()>;
    /// `POST https://uploads.example.com/files/{name}`
    fn upload(&self, name: &str, file: Bytes, note: &str) -> Call<()>;
    /// `GET {+link}`
    fn next(&self, link: &str, more: u8, tag: Tag) -> Call<()>;
}
/// The client of the [`Parameters`] API.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
struct ParametersClient {
    client: ::apiclient::__private::Client,
}
const _: () = {
    use ::apiclient::__private as __rt;
    static __API: __rt::Api = __rt::Api::new("Parameters", "apiclient-macros/0.1.0")
        .base_url("https://api.example.com/v1")
        .allow_origins(&["https://uploads.example.com"])
        .headers({
            static __HEADERS: [__rt::StaticHeader; 1usize] = [
                (
                    __rt::HeaderName::from_static("accept"),
                    ::core::option::Option::Some(
                        __rt::HeaderValue::from_static("application/json"),
                    ),
                ),
            ];
            &__HEADERS
        })
        .held_headers({
            static __HEADERS: [__rt::HeldHeader; 1usize] = [
                (__rt::HeaderName::from_static("x-tenant"), &[__rt::Bit::Held("tenant")]),
            ];
            &__HEADERS
        })
        .values(&["tenant"])
        .endpoints(__ALL);
    /// The endpoints of [`Parameters`] as data.
    #[derive(::core::fmt::Debug)]
    #[allow(dead_code)]
    pub struct __Endpoints {
        /// `template`
        pub template: __rt::Endpoint,
        /// `styles`
        pub styles: __rt::Endpoint,
        /// `headers`
        pub headers: __rt::Endpoint,
        /// `form`
        pub form: __rt::Endpoint,
        /// `text`
        pub text: __rt::Endpoint,
        /// `bytes`
        pub bytes: __rt::Endpoint,
        /// `all`
        pub all: __rt::Endpoint,
        /// `upload`
        pub upload: __rt::Endpoint,
        /// `next`
        pub next: __rt::Endpoint,
    }
    static __ENDPOINTS: __Endpoints = __Endpoints {
        template: __rt::Endpoint::get(
            &__API,
            "template",
            "items/{id}/copies{?last.name,page}",
            &[
                __rt::slash(),
                __rt::lit("items/"),
                __rt::var("id"),
                __rt::lit("/copies"),
                __rt::query("last.name").argument("last_name"),
                __rt::query("page").next(),
                __rt::pair("api-version=2024-01"),
                __rt::composed_query(
                    "q",
                    &[__rt::Bit::Text("a "), __rt::Bit::Argument("id")],
                ),
            ],
        ),
        styles: __rt::Endpoint::get(
            &__API,
            "styles",
            "/search",
            &[
                __rt::lit("/search"),
                __rt::query("filter").style(__rt::Style::DeepObject),
                __rt::query("tag%20s").argument("tags"),
                __rt::query("").style(__rt::Style::Indexed).argument("rest"),
                __rt::query("dry_run").style(__rt::Style::Flag),
                __rt::query("per_page").explode(),
                __rt::query("at").explode(),
                __rt::query("raw%20name").explode().encoded().named().argument("raw"),
            ],
        ),
        headers: __rt::Endpoint::put(
            &__API,
            "headers",
            "/x",
            &[
                __rt::lit("/x"),
                __rt::header("x-tenant", "tenant"),
                __rt::pair("api-version=2024-01"),
                __rt::composed_header(
                    "authorization",
                    &[__rt::Bit::Text("Bearer "), __rt::Bit::Argument("token")],
                ),
                __rt::headers("more"),
                __rt::cookie("sid").explode().argument("session"),
            ],
        ),
        form: __rt::Endpoint::post(
            &__API,
            "form",
            "/form",
            &[
                __rt::lit("/form"),
                __rt::pair("api-version=2024-01"),
                __rt::field("a+b").style(__rt::Style::Brackets).argument("a"),
                __rt::field("b").explode(),
            ],
        ),
        text: __rt::Endpoint::post(
            &__API,
            "text",
            "/text",
            &[__rt::lit("/text"), __rt::pair("api-version=2024-01")],
        ),
        bytes: __rt::Endpoint::post(
            &__API,
            "bytes",
            "/bytes",
            &[__rt::lit("/bytes"), __rt::pair("api-version=2024-01")],
        ),
        all: __rt::Endpoint::post(
            &__API,
            "all",
            "/all",
            &[__rt::lit("/all"), __rt::pair("api-version=2024-01")],
        ),
        upload: __rt::Endpoint::post(
                &__API,
                "upload",
                "https://uploads.example.com/files/{name}",
                &[__rt::lit("/files/"), __rt::var("name")],
            )
            .origin("https://uploads.example.com"),
        next: __rt::Endpoint::get(
            &__API,
            "next",
            "{+link}",
            &[__rt::query("more").explode()],
        ),
    };
    static __ALL: &[&__rt::Endpoint] = &[
        &__ENDPOINTS.template,
        &__ENDPOINTS.styles,
        &__ENDPOINTS.headers,
        &__ENDPOINTS.form,
        &__ENDPOINTS.text,
        &__ENDPOINTS.bytes,
        &__ENDPOINTS.all,
        &__ENDPOINTS.upload,
        &__ENDPOINTS.next,
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
    impl ParametersClient {
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
        /// Settings for a client of [`Parameters`].
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
    impl __rt::ApiClient for ParametersClient {
        const API: ::core::option::Option<&'static __rt::Api> = ::core::option::Option::Some(
            &__API,
        );
        fn from_client(client: __rt::Client) -> Self {
            ParametersClient::from_client(client)
        }
    }
    #[automatically_derived]
    #[allow(deprecated)]
    impl Parameters for ParametersClient {
        fn template(
            &self,
            id: &Id,
            last_name: &str,
            page: Option<u8>,
        ) -> __rt::CallOf<Result<(), E>> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.template,
                    &[&short(&id), &last_name, &page, &short(&id)],
                ),
            )
        }
        fn styles(
            &self,
            filter: &Filter,
            tags: &[&str],
            rest: &Rest,
            dry_run: bool,
            per_page: Option<u32>,
            at: Time,
            raw: &str,
        ) -> Call<()> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.styles,
                    &[
                        &filter,
                        &tags,
                        &rest,
                        &dry_run,
                        &__rt::or(&per_page, 20),
                        &__rt::display(&at),
                        &raw,
                    ],
                ),
            )
        }
        fn headers(
            &self,
            tenant: &str,
            more: &Map,
            session: Option<&str>,
            token: &str,
        ) -> Call<()> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.headers,
                    &[&tenant, &token, &more, &session],
                ),
            )
        }
        fn form(&self, a: &[u8], b: Option<&str>) -> Call<()> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.form, &[&a, &b]))
        }
        fn text(&self, text: &str) -> Call<()> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.text, &[]).text("text", &text),
            )
        }
        fn bytes(&self, bytes: Vec<u8>) -> Call<()> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.bytes, &[]).bytes(&bytes))
        }
        fn all(&self, all: &Filter) -> Call<()> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.all, &[])
                    .form("all", __rt::Style::Brackets, &all),
            )
        }
        fn upload(&self, name: &str, file: Bytes, note: &str) -> Call<()> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.upload, &[&name])
                    .part(
                        "file",
                        ::core::option::Option::Some("a.png"),
                        ::core::option::Option::Some("image/png"),
                        &file,
                    )
                    .part(
                        "note",
                        ::core::option::Option::None,
                        ::core::option::Option::None,
                        &note,
                    ),
            )
        }
        fn next(&self, link: &str, more: u8, tag: Tag) -> Call<()> {
            __rt::finish(
                __rt::call_at(&self.client, &__ENDPOINTS.next, "link", &link, &[&more])
                    .extension(&tag),
            )
        }
    }
};
