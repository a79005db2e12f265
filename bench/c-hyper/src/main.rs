//! Ours over the lean transport: a trait, the default settings, and no reqwest in the tree.
use apiclient::prelude::*;
use common::{ACCEPT, AUTH, BASE, NewUser, Res, USER_AGENT, User, UserFull, driver};

#[api_client]
trait Bench {
    #[get("/users/{id}")]
    fn user(&self, id: u64) -> Call<User>;
    #[get("/users{?page,per_page}")]
    fn users(&self, page: u32, per_page: u32) -> Call<Vec<UserFull>>;
    #[post("/users")]
    fn create(&self, #[body] user: &NewUser) -> Call<User>;
    #[get("/large")]
    fn all(&self) -> Call<Vec<User>>;
}

struct Ours(BenchClient);

impl common::Api for Ours {
    async fn connect() -> Res<Self> {
        let builder = BenchClient::builder().base_url(BASE).user_agent(USER_AGENT);
        Ok(Ours(builder.header("accept", ACCEPT).header("authorization", AUTH).build()?))
    }
    async fn get_user(&self, id: u64) -> Res<User> {
        Ok(self.0.user(id).await?)
    }
    async fn list_users(&self, page: u32, per_page: u32) -> Res<Vec<UserFull>> {
        Ok(self.0.users(page, per_page).await?)
    }
    async fn create_user(&self, body: &NewUser) -> Res<User> {
        Ok(self.0.create(body).await?)
    }
    async fn large(&self) -> Res<Vec<User>> {
        Ok(self.0.all().await?)
    }
}

fn main() {
    driver::main::<Ours>()
}
