//! Which requests a route takes, and why it does not take others.

use super::pattern::{Pattern, Values, below};
use crate::{
    endpoint::Endpoint,
    testing::{Name, times::Count},
};
use http::Method;
use std::fmt;

/// What can name a route: an endpoint of a trait, `"GET /users/{id}"`, or method and template.
///
/// It cannot be implemented for other types.
pub trait IntoRoute: sealed::IntoRoute {}

impl<R: sealed::IntoRoute> IntoRoute for R {}

mod sealed {
    use super::{Endpoint, Method, Pattern, Target, is_known};

    pub trait IntoRoute {
        /// What is wrong with it, if it names none.
        fn into_route(self) -> Result<Target, String>;
    }

    impl IntoRoute for &'static Endpoint {
        fn into_route(self) -> Result<Target, String> {
            // Of an endpoint that is given its URL, any URL is one.
            let pattern = Pattern::parse(self.template()).unwrap_or_default();
            Ok(Target {
                endpoint: Some(self),
                method: self.method(),
                template: self.template().into(),
                pattern,
            })
        }
    }

    impl IntoRoute for (Method, &str) {
        fn into_route(self) -> Result<Target, String> {
            let (method, template) = self;
            let pattern =
                Pattern::parse(template).map_err(|e| format!("{template:?} is no template: {e}"))?;
            Ok(Target { endpoint: None, method, template: template.into(), pattern })
        }
    }

    impl IntoRoute for &str {
        fn into_route(self) -> Result<Target, String> {
            let wrong = || format!("{self:?} is no route: write method and template, \"GET /users/{{id}}\"");
            let (method, template) = self.split_once(' ').ok_or_else(wrong)?;
            // A method is case-sensitive (RFC 9110, section 9.1), and nobody means `get`.
            let upper = method.to_ascii_uppercase();
            if upper != method && Method::from_bytes(upper.as_bytes()).is_ok_and(|method| is_known(&method)) {
                return Err(format!("{self:?} is no route: write its method as it is sent, `{upper}`"));
            }
            let method = Method::from_bytes(method.as_bytes()).map_err(|_| wrong())?;
            (method, template.trim()).into_route()
        }
    }
}

/// Whether the method is one of those that have an attribute.
fn is_known(method: &Method) -> bool {
    const KNOWN: [Method; 7] = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
    ];
    KNOWN.contains(method)
}

/// What a route takes.
#[derive(Debug)]
pub struct Target {
    pub(super) endpoint: Option<&'static Endpoint>,
    pub(super) method: Method,
    pub(super) template: String,
    pub(super) pattern: Pattern,
}

impl Target {
    pub(super) fn of(route: impl IntoRoute) -> Result<Self, String> {
        sealed::IntoRoute::into_route(route)
    }

    /// The values of the path, if the request is one of this route.
    pub(super) fn find(&self, asked: &super::Asked<'_>) -> Result<Values, Not> {
        let mine = self.endpoint;
        // An endpoint is known by itself, whatever URL its call has.
        let known = mine.zip(asked.endpoint).map(|(mine, other)| std::ptr::eq(mine, other));
        let (path, query) = (asked.request.url().path(), asked.request.url().query().unwrap_or_default());
        let below_base = below(path, asked.base_path);
        let values = match mine {
            // The path of the trait is a part of what a call of it knows as its base.
            Some(mine) if asked.endpoint.is_none() => {
                self.pattern.find(below(below_base, mine.api().base_path), query)
            }
            Some(_) => self.pattern.find(below_base, query),
            // A text may also have the trait's path in front, or be the whole path.
            None => [below_base, asked.below_base_url(), path]
                .iter()
                .find_map(|path| self.pattern.find(path, query)),
        };
        match known {
            Some(true) => Ok(values.unwrap_or_default()),
            Some(false) => Err(Not::Endpoint),
            None if self.method != asked.request.method() && values.is_some() => Err(Not::Method),
            None => values.filter(|_| self.method == asked.request.method()).ok_or(Not::Path),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.endpoint {
            Some(endpoint) => write!(f, "{} ({} {})", Name(endpoint), self.method, self.template),
            None => write!(f, "{} {}", self.method, self.template),
        }
    }
}

/// Why a route does not take a request, the nearest last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Not {
    Endpoint,
    Path,
    Method,
    Condition,
    UsedUp(usize),
}

impl fmt::Display for Not {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Not::Endpoint => f.write_str("another endpoint"),
            Not::Path => f.write_str("another path"),
            Not::Method => f.write_str("another method"),
            Not::Condition => f.write_str("its `when` says no"),
            Not::UsedUp(times) => {
                write!(f, "answered {} already, as often as its `times` allows", Count(*times))
            }
        }
    }
}
