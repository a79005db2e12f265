//! hyper-util's pooled client by hand: requests built directly from ready parts of a URL, no TLS; with a time limit for the whole
//! call, as all the other clients have it, or without any.
use bytes::Bytes;
use common::*;
use http::header::{ACCEPT as H_ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT as H_UA};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Method, Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::time::Duration;

/// `LIMITED`: with a time limit.
pub struct Bare<const LIMITED: bool> {
    http: Client<HttpConnector, Full<Bytes>>,
    scheme: Scheme,
    authority: Authority,
}

async fn body(r: Response<Incoming>) -> Res<Bytes> {
    let len = r.headers().get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok()).unwrap_or(0);
    let mut b = r.into_body();
    let mut first = Bytes::new();
    let mut all: Vec<u8> = Vec::new();
    while let Some(f) = b.frame().await {
        if let Ok(d) = f?.into_data() {
            if first.is_empty() && all.is_empty() {
                first = d;
                if first.len() == len {
                    break;
                }
            } else {
                if all.is_empty() {
                    all.reserve_exact(len.max(first.len() + d.len()));
                    all.extend_from_slice(&first);
                }
                all.extend_from_slice(&d);
            }
        }
    }
    // Let hyper see the end of the body, or the connection is not kept.
    if !b.is_end_stream() {
        while let Some(f) = b.frame().await {
            f?;
        }
    }
    Ok(if all.is_empty() { first } else { all.into() })
}

impl<const LIMITED: bool> Bare<LIMITED> {
    fn request(&self, m: Method, path: String, body: Option<Vec<u8>>) -> Request<Full<Bytes>> {
        let mut r = Request::new(Full::new(body.map(Bytes::from).unwrap_or_default()));
        let post = m == Method::POST;
        *r.method_mut() = m;
        *r.uri_mut() = {
            let mut p = http::uri::Parts::default();
            p.scheme = Some(self.scheme.clone());
            p.authority = Some(self.authority.clone());
            p.path_and_query = Some(PathAndQuery::from_maybe_shared(Bytes::from(path)).expect("path"));
            Uri::from_parts(p).expect("uri")
        };
        let h = r.headers_mut();
        h.reserve(8);
        h.insert(H_UA, HeaderValue::from_static(USER_AGENT));
        h.insert(H_ACCEPT, HeaderValue::from_static(ACCEPT));
        h.insert(AUTHORIZATION, HeaderValue::from_static(AUTH));
        if post {
            h.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        r
    }

    async fn send(&self, r: Request<Full<Bytes>>) -> Res<Response<Incoming>> {
        let r = self.http.request(r).await?;
        if !r.status().is_success() {
            return Err(r.status().to_string().into());
        }
        Ok(r)
    }

    async fn json<T: serde::de::DeserializeOwned>(&self, r: Request<Full<Bytes>>) -> Res<T> {
        let whole = async { body(self.send(r).await?).await };
        let bytes = match LIMITED {
            true => tokio::time::timeout(Duration::from_secs(60), whole).await??,
            false => whole.await?,
        };
        Ok(serde_json::from_slice(&bytes)?)
    }
}

impl<const LIMITED: bool> Api for Bare<LIMITED> {
    async fn connect() -> Res<Self> {
        let mut c = HttpConnector::new();
        c.set_nodelay(true);
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(usize::MAX)
            .build(c);
        Ok(Bare { http, scheme: Scheme::HTTP, authority: Authority::from_static(ADDR) })
    }
    async fn get_user(&self, id: u64) -> Res<User> {
        self.json(self.request(Method::GET, format!("/users/{id}"), None)).await
    }
    async fn list_users(&self, page: u32, per_page: u32) -> Res<Vec<UserFull>> {
        self.json(self.request(Method::GET, format!("/users?page={page}&per_page={per_page}"), None)).await
    }
    async fn create_user(&self, body: &NewUser) -> Res<User> {
        self.json(self.request(Method::POST, "/users".into(), Some(serde_json::to_vec(body)?))).await
    }
    async fn large(&self) -> Res<Vec<User>> {
        self.json(self.request(Method::GET, "/large".into(), None)).await
    }
}
