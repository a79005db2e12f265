/// Everything that trait and method can both say.
#[api_client(base_url = BASE, base_path = "/v2", name = "Policies", client = MyClient, crate = my_sdk::apiclient)]
#[timeout("1m", attempt = "10s")]
#[retry(attempts = 4, base = "50ms")]
#[rate_limit("5000/h", burst = 20)]
#[max_body("64MiB")]
#[header("Accept", "text/plain")]
#[must_use]
pub(crate) trait Api: Clone + 'static {
    #[post("/x")]
    #[timeout(LIMIT, attempt = self::limit())]
    #[retry(none)]
    #[idempotent]
    #[idempotency_key("Idempotency-Key")]
    #[header("Accept", none)]
    #[header("X-Version", "7")]
    #[deprecated(note = "use y")]
    #[cfg(feature = "x")]
    fn x(&self, #[cfg(feature = "y")] #[query] y: u8) -> Call<()>;
    #[get("")]
    #[timeout(attempt = "50ms")]
    fn y(&self) -> Call<()>;
}
