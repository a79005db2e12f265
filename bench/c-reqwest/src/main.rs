//! Hand-written reqwest, as a careful user writes it: one client, default headers, a total timeout, `.json()`.
use common::*;
use std::time::Duration;
use reqwest::header::{ACCEPT as H_ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};

struct Rq(reqwest::Client);

fn client() -> Res<reqwest::Client> {
    let mut h = HeaderMap::new();
    h.insert(H_ACCEPT, HeaderValue::from_static(ACCEPT));
    let mut a = HeaderValue::from_str(&format!("Bearer {TOKEN}"))?;
    a.set_sensitive(true);
    h.insert(AUTHORIZATION, a);
    Ok(reqwest::Client::builder().user_agent(USER_AGENT).default_headers(h).timeout(Duration::from_secs(60)).build()?)
}

impl Api for Rq {
    async fn connect() -> Res<Self> {
        Ok(Rq(client()?))
    }
    async fn get_user(&self, id: u64) -> Res<User> {
        Ok(self.0.get(format!("{BASE}/users/{id}")).send().await?.error_for_status()?.json().await?)
    }
    async fn list_users(&self, page: u32, per_page: u32) -> Res<Vec<UserFull>> {
        let r = self.0.get(format!("{BASE}/users")).query(&[("page", page), ("per_page", per_page)]);
        Ok(r.send().await?.error_for_status()?.json().await?)
    }
    async fn create_user(&self, body: &NewUser) -> Res<User> {
        Ok(self.0.post(format!("{BASE}/users")).json(body).send().await?.error_for_status()?.json().await?)
    }
    async fn large(&self) -> Res<Vec<User>> {
        Ok(self.0.get(format!("{BASE}/large")).send().await?.error_for_status()?.json().await?)
    }
}

fn main() {
    driver::main::<Rq>()
}
