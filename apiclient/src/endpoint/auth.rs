//! `#[auth(..)]` as data: which credentials a call carries, and how.

/// Credentials that a trait declares: their name, how they are sent, and what they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheme {
    name: &'static str,
    kind: SchemeKind,
    scopes: &'static [&'static str],
}

/// How credentials are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemeKind {
    /// `Authorization: Bearer ..` (RFC 6750).
    Bearer,
    /// `Authorization: Basic ..` (RFC 7617).
    Basic,
    /// `Authorization: Digest ..` (RFC 7616).
    Digest,
    /// A key in a header of this name.
    HeaderKey(&'static str),
    /// A key in the query, by this name.
    QueryKey(&'static str),
    /// A key in a cookie of this name.
    CookieKey(&'static str),
    /// Whatever is given on the builder knows how.
    Custom,
}

impl Scheme {
    const fn new(name: &'static str, kind: SchemeKind) -> Self {
        Scheme { name, kind, scopes: &[] }
    }

    /// `#[auth(bearer)]`: `Authorization: Bearer ..`.
    pub const fn bearer(name: &'static str) -> Self {
        Scheme::new(name, SchemeKind::Bearer)
    }

    /// `#[auth(basic)]`: `Authorization: Basic ..`.
    pub const fn basic(name: &'static str) -> Self {
        Scheme::new(name, SchemeKind::Basic)
    }

    /// `#[auth(digest)]`: `Authorization: Digest ..`.
    pub const fn digest(name: &'static str) -> Self {
        Scheme::new(name, SchemeKind::Digest)
    }

    /// `#[auth(api_key("X-Key"))]`: a key in a header, `X-API-Key` where no name is said.
    pub const fn api_key(name: &'static str, header: &'static str) -> Self {
        Scheme::new(name, SchemeKind::HeaderKey(header))
    }

    /// `#[auth(api_key(query = "key"))]`: a key in the query.
    pub const fn query_key(name: &'static str, key: &'static str) -> Self {
        Scheme::new(name, SchemeKind::QueryKey(key))
    }

    /// `#[auth(api_key(cookie = "k"))]`: a key in a cookie.
    pub const fn cookie_key(name: &'static str, cookie: &'static str) -> Self {
        Scheme::new(name, SchemeKind::CookieKey(cookie))
    }

    /// `#[auth(oauth2)]`: a token of OAuth 2.0, which goes as [`bearer`](Self::bearer) does.
    pub const fn oauth2(name: &'static str) -> Self {
        Scheme::new(name, SchemeKind::Bearer)
    }

    /// `#[auth(session)]`: whatever a login gives; the credentials say where it goes.
    pub const fn session(name: &'static str) -> Self {
        Scheme::new(name, SchemeKind::Custom)
    }

    /// `#[auth(cookie)]`: the cookies of a session.
    pub const fn cookie(name: &'static str) -> Self {
        Scheme::new(name, SchemeKind::Custom)
    }

    /// `#[auth(custom)]`: an [`Auth`](crate::auth::Auth) of your own.
    pub const fn custom(name: &'static str) -> Self {
        Scheme::new(name, SchemeKind::Custom)
    }

    /// `scopes = ["repo"]`: what the credentials have to be good for.
    pub const fn scopes(mut self, scopes: &'static [&'static str]) -> Self {
        self.scopes = scopes;
        self
    }

    /// Its name: that of its kind where the trait says no other.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// How it is sent.
    pub const fn kind(&self) -> SchemeKind {
        self.kind
    }

    /// What it has to be good for, where the method does not say.
    pub(crate) const fn asks(&self) -> &'static [&'static str] {
        self.scopes
    }

    /// As it is declared: `#[auth(admin = basic)]`.
    pub(crate) fn declared(&self) -> String {
        let word = match self.kind {
            SchemeKind::Bearer if self.name == "oauth2" => "oauth2".to_owned(),
            SchemeKind::Custom if matches!(self.name, "session" | "cookie") => self.name.to_owned(),
            SchemeKind::Bearer => "bearer".to_owned(),
            SchemeKind::Basic => "basic".to_owned(),
            SchemeKind::Digest => "digest".to_owned(),
            SchemeKind::HeaderKey("X-API-Key") => "api_key".to_owned(),
            SchemeKind::HeaderKey(header) => format!("api_key(\"{header}\")"),
            SchemeKind::QueryKey(key) => format!("api_key(query = \"{key}\")"),
            SchemeKind::CookieKey(cookie) => format!("api_key(cookie = \"{cookie}\")"),
            SchemeKind::Custom => "custom".to_owned(),
        };
        let own = word.split('(').next() == Some(self.name);
        if own { format!("#[auth({word})]") } else { format!("#[auth({} = {word})]", self.name) }
    }
}

/// Which of the trait's schemes a method uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthChoice {
    /// None: no credentials at all.
    pub(crate) scheme: Option<usize>,
    pub(crate) scopes: Option<&'static [&'static str]>,
}

impl AuthChoice {
    /// `#[auth(none)]`: no credentials.
    pub const fn none() -> Self {
        AuthChoice { scheme: None, scopes: None }
    }

    /// `#[auth(admin)]`: the one that the trait declares at this place, counted from 0.
    pub const fn scheme(at: usize) -> Self {
        AuthChoice { scheme: Some(at), scopes: None }
    }

    /// `scopes = ["repo"]`: in the place of the scheme's own.
    pub const fn scopes(mut self, scopes: &'static [&'static str]) -> Self {
        self.scopes = Some(scopes);
        self
    }
}
