//! A name and a password that are not sent: HTTP Digest, RFC 7616.

use super::{Auth, AuthError, Authorizing, Outgoing, Refusal, Verdict, from_env};
use crate::{
    error::Error, random::Random, request::encode, response::head::Challenge, secret::Secret, time::BoxFuture,
};
use http::{HeaderValue, StatusCode, header::AUTHORIZATION};
use sha2::{Digest as _, Sha256, Sha512, Sha512_256};
use std::{
    collections::HashMap,
    fmt,
    fmt::Write,
    sync::{Mutex, MutexGuard, PoisonError},
};
use zeroize::Zeroizing;

/// A name and a password by HTTP Digest (RFC 7616): the first call is refused with a challenge, and sent again with an answer to it;
/// those after it bring the answer along. `MD5`, `SHA-256`, `SHA-512-256` and `SHA-512`, each with `-sess`; `auth` and `auth-int`; a nonce that has become
/// stale is replaced. Of several challenges the strongest counts.
///
/// ```
/// use apiclient::{auth::Digest, prelude::*};
///
/// #[api_client(base_url = "http://camera.local")]
/// #[auth(digest)]
/// trait Camera {
///     #[get("/snapshot")]
///     fn snapshot(&self) -> Call<Vec<u8>>;
/// }
///
/// let camera = CameraClient::builder().auth(Digest::new("admin", "correct horse")).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
pub struct Digest {
    name: String,
    password: Secret,
    /// What each origin has asked for.
    known: Mutex<HashMap<String, Asked>>,
}

/// More origins than that are asked anew.
const MOST: usize = 64;

/// A challenge, and how often it was answered.
#[derive(Clone)]
struct Asked {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    is_session: bool,
    quality: Option<Quality>,
    hides_name: bool,
    count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Algorithm {
    Md5,
    Sha256,
    Sha512To256,
    /// In no RFC, and yet there are servers that ask for it.
    Sha512,
}

/// What of a request is protected (`qop`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quality {
    Auth,
    AuthInt,
}

impl Algorithm {
    /// The name, and whether it is a `-sess`.
    fn of(name: &str) -> Option<(Self, bool)> {
        let lower = name.to_ascii_lowercase();
        let (name, is_session) = match lower.strip_suffix("-sess") {
            Some(name) => (name, true),
            None => (&*lower, false),
        };
        let algorithm = match name {
            "md5" => Algorithm::Md5,
            "sha-256" => Algorithm::Sha256,
            "sha-512-256" => Algorithm::Sha512To256,
            "sha-512" => Algorithm::Sha512,
            _ => return None,
        };
        Some((algorithm, is_session))
    }

    fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha512To256 => "SHA-512-256",
            Algorithm::Sha512 => "SHA-512",
        }
    }

    /// The parts with colons between them, as lower-case hex digits.
    fn hash(self, parts: &[&[u8]]) -> String {
        let text = Zeroizing::new(parts.join(&b':'));
        match self {
            Algorithm::Md5 => hex(&md5::Md5::digest(&*text)),
            Algorithm::Sha256 => hex(&Sha256::digest(&*text)),
            Algorithm::Sha512To256 => hex(&Sha512_256::digest(&*text)),
            Algorithm::Sha512 => hex(&Sha512::digest(&*text)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl Asked {
    /// What a challenge asks for; none where that is not known here.
    fn read(challenge: &Challenge) -> Option<Self> {
        if !challenge.is_scheme("digest") {
            return None;
        }
        let (algorithm, is_session) = Algorithm::of(challenge.param("algorithm").unwrap_or("MD5"))?;
        let quality = match challenge.param("qop") {
            // RFC 2069.
            None => None,
            Some(all) => {
                let has = |name: &str| all.split(',').any(|one| one.trim().eq_ignore_ascii_case(name));
                match () {
                    () if has("auth") => Some(Quality::Auth),
                    () if has("auth-int") => Some(Quality::AuthInt),
                    () => return None,
                }
            }
        };
        let text = |name: &str| challenge.param(name).map(str::to_owned);
        Some(Asked {
            realm: text("realm")?,
            nonce: text("nonce")?,
            opaque: text("opaque"),
            algorithm,
            is_session,
            quality,
            hides_name: challenge.param("userhash").is_some_and(|says| says.eq_ignore_ascii_case("true")),
            count: 0,
        })
    }
}

impl Asked {
    /// Whether it is for the same part of the server (RFC 9110, section 11.5).
    fn is_alike(&self, other: &Self) -> bool {
        (&self.realm, self.algorithm, self.is_session, self.quality)
            == (&other.realm, other.algorithm, other.is_session, other.quality)
    }
}

/// A request as its answer protects it.
struct Protected<'a> {
    method: &'a str,
    target: &'a str,
    /// None for one that is not in memory.
    body: Option<&'a [u8]>,
}

impl Digest {
    /// This name and this password.
    pub fn new(name: impl Into<String>, password: impl Into<Secret>) -> Self {
        Digest { name: name.into(), password: password.into(), known: Mutex::default() }
    }

    /// Name and password of two environment variables.
    ///
    /// # Errors
    ///
    /// If one of them is not set or empty.
    pub fn from_env(name: &str, password: &str) -> Result<Self, Error> {
        Ok(Digest::new(from_env(name)?.expose(), from_env(password)?))
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Asked>> {
        // Nothing in here is half done when something panics.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// RFC 7616, section 3.4. `cnonce` is a number that nobody else knows.
    fn answer(&self, asked: &Asked, request: &Protected<'_>, cnonce: &str) -> Result<String, AuthError> {
        let Asked { realm, nonce, algorithm, .. } = asked;
        let hash = |parts: &[&[u8]]| algorithm.hash(parts);
        let mut secret = hash(&[self.name.as_bytes(), realm.as_bytes(), self.password.expose().as_bytes()]);
        if asked.is_session {
            secret = hash(&[secret.as_bytes(), nonce.as_bytes(), cnonce.as_bytes()]);
        }
        let (method, target) = (request.method.as_bytes(), request.target.as_bytes());
        let of_request = match asked.quality {
            Some(Quality::AuthInt) => {
                let Some(body) = request.body else {
                    let message = "the server wants a hash of the body (`auth-int`), which is not in memory";
                    return Err(AuthError::new(message));
                };
                hash(&[method, target, hash(&[body]).as_bytes()])
            }
            _ => hash(&[method, target]),
        };
        let count = format!("{:08x}", asked.count);
        let quality = asked.quality.map(|quality| if quality == Quality::Auth { "auth" } else { "auth-int" });
        let response = match quality {
            None => hash(&[secret.as_bytes(), nonce.as_bytes(), of_request.as_bytes()]),
            Some(quality) => hash(&[
                secret.as_bytes(),
                nonce.as_bytes(),
                count.as_bytes(),
                cnonce.as_bytes(),
                quality.as_bytes(),
                of_request.as_bytes(),
            ]),
        };
        let mut header = String::from("Digest ");
        // RFC 7616, section 3.4.4: hashed, or in a way of its own where it is not ASCII.
        let _ = match (asked.hides_name, self.name.is_ascii()) {
            (true, _) => write!(header, "username=\"{}\"", hash(&[self.name.as_bytes(), realm.as_bytes()])),
            (false, true) => write!(header, "username={}", quoted(&self.name)),
            (false, false) => {
                let mut encoded = Vec::new();
                encode(&mut encoded, self.name.as_bytes(), false);
                write!(header, "username*=UTF-8''{}", String::from_utf8_lossy(&encoded))
            }
        };
        let session = if asked.is_session { "-sess" } else { "" };
        let _ = write!(
            header,
            ", realm={}, uri={}, algorithm={}{session}, nonce={}",
            quoted(realm),
            quoted(request.target),
            algorithm.name(),
            quoted(nonce),
        );
        if let Some(quality) = quality {
            let _ = write!(header, ", nc={count}, cnonce=\"{cnonce}\", qop={quality}");
        } else if asked.is_session {
            let _ = write!(header, ", cnonce=\"{cnonce}\"");
        }
        let _ = write!(header, ", response=\"{response}\"");
        if let Some(opaque) = &asked.opaque {
            let _ = write!(header, ", opaque={}", quoted(opaque));
        }
        if asked.hides_name {
            header.push_str(", userhash=true");
        }
        Ok(header)
    }
}

/// RFC 9110, section 5.6.4.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn cnonce(random: &dyn Random) -> String {
    format!("{:016x}{:016x}", random.next_u64(), random.next_u64())
}

impl Auth for Digest {
    fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        let asked = match self.known().get_mut(&request.origin().to_string()) {
            // The server says what it wants.
            None => return Authorizing::done(),
            Some(asked) => {
                asked.count = asked.count.wrapping_add(1);
                asked.clone()
            }
        };
        let body = request.body().bytes().cloned();
        let protected =
            Protected { method: request.method().as_str(), target: request.target(), body: body.as_deref() };
        let answer = self.answer(&asked, &protected, &cnonce(request.random()));
        let value = answer.and_then(|answer| {
            HeaderValue::from_str(&answer)
                .map_err(|_| AuthError::new("the answer to the server's challenge cannot be sent"))
        });
        match value {
            Ok(mut value) => {
                value.set_sensitive(true);
                request.insert(AUTHORIZATION, value);
                Authorizing::done()
            }
            Err(e) => Authorizing::fail(e),
        }
    }

    fn challenged<'a>(&'a self, refusal: Refusal<'a>) -> BoxFuture<'a, Result<Verdict, AuthError>> {
        Box::pin(std::future::ready(Ok(self.learn(&refusal))))
    }
}

impl Digest {
    fn learn(&self, refusal: &Refusal<'_>) -> Verdict {
        if refusal.status() != StatusCode::UNAUTHORIZED {
            return Verdict::Refused;
        }
        let challenges = refusal.challenges();
        let all = challenges.iter().filter_map(|challenge| Some((Asked::read(challenge)?, challenge)));
        let Some((asked, challenge)) = all.max_by_key(|(asked, _)| asked.algorithm) else {
            return Verdict::Refused;
        };
        let is_stale = challenge.param("stale").is_some_and(|says| says.eq_ignore_ascii_case("true"));
        let mut known = self.known();
        // What was refused although it was an answer is wrong, unless it was one to an old challenge, or to that of another part of
        // the server.
        let has_answered = refusal.sent().is_some();
        let old = known.get(refusal.origin());
        let is_new = old.is_none_or(|old| old.nonce != asked.nonce);
        let is_other = old.is_some_and(|old| !old.is_alike(&asked));
        if has_answered && !(is_new && (is_stale || is_other)) {
            known.remove(refusal.origin());
            return Verdict::Refused;
        }
        if known.len() >= MOST {
            known.clear();
        }
        if is_new {
            known.insert(refusal.origin().to_owned(), asked);
        }
        Verdict::Again
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(algorithm: Algorithm, quality: Option<Quality>) -> Asked {
        Asked {
            realm: "http-auth@example.org".into(),
            nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v".into(),
            opaque: Some("FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS".into()),
            algorithm,
            is_session: false,
            quality,
            hides_name: false,
            count: 1,
        }
    }

    fn response(header: &str) -> &str {
        header.split("response=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a response")
    }

    const CNONCE: &str = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    const GET: Protected<'static> = Protected { method: "GET", target: "/dir/index.html", body: Some(b"") };

    /// RFC 7616, section 3.9.1.
    #[test]
    fn the_first_example() {
        let mufasa = Digest::new("Mufasa", "Circle of Life");
        for (algorithm, expected) in [
            (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
            (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let header = mufasa.answer(&asked(algorithm, Some(Quality::Auth)), &GET, CNONCE).unwrap();
            assert_eq!(response(&header), expected);
            assert_eq!(
                header,
                format!(
                    "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", algorithm={}, \
                     nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, cnonce=\"{CNONCE}\", qop=auth, \
                     response=\"{expected}\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
                    algorithm.name()
                )
            );
        }
    }

    /// RFC 7616, section 3.9.2, with the values of its erratum 4897.
    #[test]
    fn the_second_example() {
        let doe = Digest::new("Jäsøn Doe", "Secret, or not?");
        let asked = Asked {
            realm: "api@example.org".into(),
            nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK".into(),
            opaque: Some("HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS".into()),
            hides_name: true,
            ..asked(Algorithm::Sha512To256, Some(Quality::Auth))
        };
        let request = Protected { method: "GET", target: "/doe.json", body: Some(b"") };
        let header = doe.answer(&asked, &request, "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v").unwrap();
        assert!(
            header.contains("username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b\""),
            "{header}"
        );
        assert_eq!(response(&header), "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5");
        assert!(header.ends_with(", userhash=true"), "{header}");
    }

    /// RFC 2617, section 3.5, and what RFC 2069 makes of it.
    #[test]
    fn older_ones() {
        let mufasa = Digest::new("Mufasa", "Circle Of Life");
        let asked = Asked {
            realm: "testrealm@host.com".into(),
            nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093".into(),
            ..asked(Algorithm::Md5, Some(Quality::Auth))
        };
        let header = mufasa.answer(&asked, &GET, "0a4f113b").unwrap();
        assert_eq!(response(&header), "6629fae49393a05397450978507c4ef1");
        let header = mufasa.answer(&Asked { quality: None, ..asked.clone() }, &GET, "0a4f113b").unwrap();
        assert_eq!(response(&header), "670fd8c2df070c60b045671b8b24ff02");
        assert!(!header.contains("qop") && !header.contains("cnonce"), "{header}");
        // RFC 2069's own kind of body, and a session.
        let whole = Asked { quality: Some(Quality::AuthInt), is_session: true, ..asked };
        let body = |body| Protected { method: "POST", target: "/x", body };
        assert_ne!(
            mufasa.answer(&whole, &body(Some(b"a")), "c").unwrap(),
            mufasa.answer(&whole, &body(Some(b"b")), "c").unwrap()
        );
        assert!(mufasa.answer(&whole, &body(None), "c").unwrap_err().to_string().contains("not in memory"));
    }

    #[test]
    fn names_that_are_odd() {
        let name = |name: &str| {
            let header = Digest::new(name, "p").answer(&asked(Algorithm::Md5, None), &GET, "c").unwrap();
            header.split(", ").next().unwrap_or_default().to_owned()
        };
        assert_eq!(name("a\"b\\c"), r#"Digest username="a\"b\\c""#);
        assert_eq!(name("Jäs"), "Digest username*=UTF-8''J%C3%A4s");
    }
}
