use apiclient::prelude::*;


#[api_client(base_url = "https://api.example.com")]
#[rate_limit("5/s", key = "everybody")]
#[breaker(ratio = 1.5, per = host)]
trait Api {
    #[get("/a")]
    #[rate_limit("5/s", key = 5, headers = gitlab)]
    fn a(&self) -> Call<String>;

    #[get("/b")]
    #[concurrency(0)]
    fn b(&self) -> Call<String>;

    #[get("/c")]
    #[concurrency]
    fn c(&self) -> Call<String>;

    #[get("/d")]
    #[concurrency(none)]
    fn d(&self) -> Call<String>;

    #[get("/e")]
    #[hedge("50ms")]
    fn e(&self) -> Call<String>;

    #[get("/f")]
    #[hedge(after = "50")]
    fn f(&self) -> Call<String>;

    #[get("/g")]
    #[fallback]
    fn g(&self) -> Call<String>;

    #[get("/h")]
    #[breaker(none, min = 5)]
    fn h(&self) -> Call<String>;

    #[get("/i")]
    #[breaker(minimum = 5)]
    fn i(&self) -> Call<String>;

    #[get("/j/{owner}")]
    #[rate_limit("5/s", key = "{owner")]
    fn j(&self, owner: &str) -> Call<String>;

    #[get("/k")]
    #[rate_limit(burst = 3)]
    fn k(&self) -> Call<String>;

    #[get("/l")]
    #[concurrency(8, full = throw)]
    fn l(&self) -> Call<String>;
}

fn main() {}
