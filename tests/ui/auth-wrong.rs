use apiclient::prelude::*;

#[api_client(base_url = "http://api.test")]
#[auth(baerer)]
#[auth]
#[auth(none)]
#[auth(jwt)]
#[auth(bearer, basic)]
#[auth(admin = bearer("token"))]
#[auth(key = api_key(place = "x"))]
#[auth(key2 = api_key("X Key"))]
#[auth(key3 = api_key("a", "b"))]
#[auth(key4 = api_key(query = ""))]
#[auth(key5 = api_key(7))]
#[auth(none = bearer)]
#[auth(one = bearer, two = basic)]
#[auth("token")]
#[auth(s = bearer, scopes = "repo")]
#[auth(t = bearer, scopes = ["a b", 7])]
#[auth = "bearer"]
trait OnTheTrait {
    #[get("/x")]
    fn x(&self) -> Call<()>;
}

#[api_client(base_url = "http://api.test")]
#[auth(bearer)]
#[auth(admin = basic)]
#[auth(admin = bearer)]
trait Twice {
    #[get("/x")]
    fn x(&self) -> Call<()>;
}

#[api_client(base_url = "http://api.test")]
#[auth(bearer)]
#[auth(admin = basic)]
trait OnMethods {
    #[get("/a")]
    #[auth(amdin)]
    fn near(&self) -> Call<()>;
    #[get("/b")]
    #[auth(something)]
    fn far(&self) -> Call<()>;
    #[get("/c")]
    #[auth]
    fn nothing(&self) -> Call<()>;
    #[get("/d")]
    #[auth(other = basic)]
    fn declares(&self) -> Call<()>;
    #[get("/e")]
    #[auth(api_key("X-Key"))]
    fn kind(&self) -> Call<()>;
    #[get("/f")]
    #[auth(none, scopes = ["a"])]
    fn none_with_scopes(&self) -> Call<()>;
    #[get("/g")]
    #[auth(admin)]
    #[auth(bearer)]
    fn twice(&self) -> Call<()>;
}

#[api_client(base_url = "http://api.test")]
trait DeclaresNone {
    #[get("/a")]
    #[auth(basic)]
    fn a(&self) -> Call<()>;
    #[get("/b")]
    #[auth(scopes = ["x"])]
    fn b(&self) -> Call<()>;
}

fn main() {}
