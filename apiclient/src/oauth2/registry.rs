//! Tokens that a registry of container images asks for, one for each repository.

use super::endpoint;
use crate::{
    auth::{
        Auth, AuthError, Authorizing, Basic, Outgoing, Refusal, Renewing, Token, TokenRequest, TokenSource,
        Verdict,
    },
    call::Call,
    request::encode,
    response::head::Challenge,
    secret::Secret,
    time::BoxFuture,
};
use bytes::Bytes;
use http::{Method, StatusCode};
use std::{
    collections::BTreeSet,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Tokens of a registry of container images (the Distribution project's "token authentication"): a 401 names a realm that issues them,
/// the service, and the scope that the request needs. There is one for each repository, which is used for all that is done there, renewed
/// before it is over, and replaced by one that is good for more where the registry asks for that.
///
/// ```
/// use apiclient::{oauth2::RegistryToken, prelude::*};
///
/// #[api_client(base_url = "https://registry.example.com/v2")]
/// #[auth(custom)]
/// trait Registry {
///     #[get("/{+name}/tags/list")]
///     fn tags(&self, name: &str) -> Call<String>;
/// }
///
/// let token = RegistryToken::new("ada", "correct horse").realm("https://login.example.com/token");
/// let registry = RegistryClient::builder().auth(token).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
pub struct RegistryToken {
    account: Option<(String, Secret)>,
    /// Where name and password may go beside the registry's own host.
    realms: Vec<String>,
    known: Mutex<Vec<Repository>>,
}

/// A part of a registry, and the token for it.
struct Repository {
    origin: String,
    /// What the paths of its requests have in them: `/a/b/`.
    path: String,
    realm: String,
    service: String,
    scopes: BTreeSet<String>,
    token: Renewing,
}

/// More repositories than that are asked for anew.
const MOST: usize = 1024;
/// What the specification says where nothing is said.
const LIFE: Duration = Duration::from_secs(60);

impl RegistryToken {
    /// For somebody of this name, with this password. They go to realms at the registry's own host, and to those that
    /// [`realm`](Self::realm) names.
    pub fn new(name: impl Into<String>, password: impl Into<Secret>) -> Self {
        RegistryToken { account: Some((name.into(), password.into())), ..RegistryToken::anonymous() }
    }

    /// For nobody: tokens for what everybody may see.
    pub fn anonymous() -> Self {
        RegistryToken { account: None, realms: Vec::new(), known: Mutex::default() }
    }

    /// A realm that name and password may go to, without its query: `https://auth.docker.io/token`.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realms.push(realm.into());
        self
    }

    fn known(&self) -> MutexGuard<'_, Vec<Repository>> {
        // Nothing in here is half done when something panics.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token for a request, where there is one.
    fn find(&self, origin: &str, target: &str) -> Option<Renewing> {
        let known = self.known();
        let fits = known.iter().filter(|one| one.origin == origin && is_in(target, &one.path));
        fits.max_by_key(|one| one.path.len()).map(|one| one.token.clone())
    }

    /// The token that a challenge asks for, and whether it is another one than was sent.
    fn learn(&self, refusal: &Refusal<'_>, challenge: &Challenge) -> Result<(Renewing, bool), AuthError> {
        let text = |name: &str| challenge.param(name).unwrap_or_default().to_owned();
        let (realm, service) = (text("realm"), text("service"));
        let asked: BTreeSet<String> =
            text("scope").split(' ').filter(|s| !s.is_empty()).map(str::to_owned).collect();
        let path = path(&asked);
        let mut known = self.known();
        let at = known.iter().position(|one| {
            one.origin == refusal.origin() && one.path == path && one.realm == realm && one.service == service
        });
        if let Some(one) = at.map(|at| &known[at]) {
            if asked.iter().all(|scope| covers(&one.scopes, scope)) {
                return Ok((one.token.clone(), false));
            }
        }
        // As much as before, and what is asked for now.
        let mut scopes = asked;
        scopes.extend(at.into_iter().flat_map(|at| known[at].scopes.iter().cloned()));
        let source = self.source(&realm, &service, &scopes, refusal.origin())?;
        let token = Renewing::new(source);
        let new = Repository {
            origin: refusal.origin().to_owned(),
            path,
            realm,
            service,
            scopes,
            token: token.clone(),
        };
        match at {
            Some(at) => known[at] = new,
            None => {
                if known.len() >= MOST {
                    known.clear();
                }
                known.push(new);
            }
        }
        Ok((token, true))
    }

    fn source(
        &self,
        realm: &str,
        service: &str,
        scopes: &BTreeSet<String>,
        registry: &str,
    ) -> Result<Source, AuthError> {
        let origin = endpoint::origin(realm)
            .map_err(|why| AuthError::new(format!("the realm of the registry cannot be used: {why}")))?;
        let without_query = realm.split(['?', '#']).next().unwrap_or_default();
        // Whoever answers for the registry must not choose who is told the password.
        let is_trusted =
            host(&origin) == host(registry) || self.realms.iter().any(|own| own == without_query);
        if self.account.is_some() && !is_trusted {
            let message = format!(
                "the registry names a realm at another host, {origin}: if name and password may go there, say it with `.realm(..)`"
            );
            return Err(AuthError::new(message));
        }
        let mut url = realm.to_owned().into_bytes();
        let mut add = |name: &str, value: &str| {
            url.push(if url.contains(&b'?') { b'&' } else { b'?' });
            url.extend_from_slice(name.as_bytes());
            url.push(b'=');
            encode(&mut url, value.as_bytes(), false);
        };
        if !service.is_empty() {
            add("service", service);
        }
        for scope in scopes {
            add("scope", scope);
        }
        let url = String::from_utf8(url).unwrap_or_default();
        Ok(Source { origin, url, account: self.account.clone() })
    }
}

/// Whether the path of a request has these segments in it.
fn is_in(target: &str, path: &str) -> bool {
    let own = target.split('?').next().unwrap_or_default();
    path == "/" || own.contains(path)
}

/// Of `repository:a/b:pull` the part of a path that its requests have, `/a/b/`.
fn path(scopes: &BTreeSet<String>) -> String {
    let name = scopes.iter().find_map(|scope| {
        let rest = scope.strip_prefix("repository:")?;
        rest.rsplit_once(':').map(|(name, _)| name)
    });
    name.map_or_else(|| "/".to_owned(), |name| format!("/{name}/"))
}

/// Whether what is asked for is among what was granted: each of its actions, for the same thing.
fn covers(granted: &BTreeSet<String>, asked: &str) -> bool {
    let Some((what, actions)) = asked.rsplit_once(':') else { return granted.contains(asked) };
    let has = |action: &str| {
        let of =
            granted.iter().filter_map(|scope| scope.rsplit_once(':')).filter(|(other, _)| *other == what);
        of.flat_map(|(_, actions)| actions.split(',')).any(|other| other == action)
    };
    actions.split(',').all(has)
}

fn host(origin: &str) -> &str {
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

impl Auth for RegistryToken {
    fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        match self.find(&request.origin().to_string(), request.target()) {
            None => Authorizing::done(),
            Some(token) => token.authorize_owned(request),
        }
    }

    fn challenged<'a>(&'a self, refusal: Refusal<'a>) -> BoxFuture<'a, Result<Verdict, AuthError>> {
        Box::pin(async move {
            if refusal.status() != StatusCode::UNAUTHORIZED {
                return Ok(Verdict::Refused);
            }
            let challenges = refusal.challenges();
            let Some(challenge) =
                challenges.iter().find(|one| one.is_scheme("bearer") && one.realm().is_some())
            else {
                return Ok(Verdict::Refused);
            };
            match self.learn(&refusal, challenge)? {
                (_, true) => Ok(Verdict::Again),
                // It is the one that was sent, or one that somebody else has got since.
                (token, false) => token.challenged(refusal).await,
            }
        })
    }
}

impl fmt::Debug for RegistryToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryToken").field("realms", &self.realms).finish_non_exhaustive()
    }
}

/// A realm, asked for one kind of tokens.
struct Source {
    origin: String,
    url: String,
    account: Option<(String, Secret)>,
}

impl TokenSource for Source {
    fn token<'a>(&'a self, asked: TokenRequest<'a>) -> BoxFuture<'a, Result<Token, AuthError>> {
        Box::pin(async move {
            let client = endpoint::client(self.origin.clone(), asked)?;
            let call: Call<Bytes> = client.call_url(Method::GET, &*self.url).fetch();
            let answer = match &self.account {
                Some((name, password)) => call.auth(Basic::new(name, password.clone())).await,
                None => call.await,
            };
            let answer = answer.map_err(|e| endpoint::refused(&e))?;
            let token = endpoint::read(&answer)?.token;
            Ok(if token.life().is_some() { token } else { token.expires_in(LIFE) })
        })
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("origin", &self.origin).finish_non_exhaustive()
    }
}
