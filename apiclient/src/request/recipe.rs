//! One call as it was asked for, encoded once. Each attempt is built from it.

use super::{
    Base, Body, JsonBody, Multipart, Param, PartMeta, PartValue, header,
    link::{self, Link},
    param::{ParamError, scalar},
    target::{self, Held, Writing},
    template,
};
use crate::{
    answer::Place,
    endpoint::{Endpoint, Op, Piece, Policies, Statuses, Style, Var},
    error::{Error, ErrorKind},
    origin::Origin,
    random::Random,
};
use http::{Extensions, HeaderName, HeaderValue, Method};
use std::{borrow::Cow, sync::Arc};

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// A parameter of an untyped call.
pub(crate) type Named<'a> = (Cow<'a, str>, Box<dyn Param + 'a>);

/// A request as data: method, target below the base URL, headers of its own, replayable body, options.
pub(crate) struct Recipe {
    pub(crate) endpoint: Option<&'static Endpoint>,
    pub(crate) method: Method,
    pub(crate) template: Cow<'static, str>,
    /// Where it goes, if not to the base URL's.
    pub(crate) origin: Option<Arc<Origin>>,
    pub(crate) writing: Writing,
    pub(crate) body: Body,
    parts: Option<Multipart>,
    /// Its type holds the boundary, so that no other will do.
    pub(crate) is_multipart: bool,
    /// For a body whose type no level has said.
    pub(crate) content_type: Option<HeaderValue>,
    /// Boxed, since most calls say nothing, and a recipe is moved.
    pub(crate) policies: Option<Box<Policies>>,
    /// What the type of the answer takes for a success.
    pub(crate) statuses: Option<Statuses>,
    pub(crate) extensions: Extensions,
    /// An idempotency key of the caller's own.
    pub(crate) key: Option<String>,
    /// It carries one, whether the caller says which or not.
    pub(crate) wants_key: bool,
    /// It carries an idempotency key.
    pub(crate) is_keyed: bool,
    /// The first thing wrong with an argument; it waits here until the call is awaited.
    pub(crate) problem: Option<Error>,
}

/// Among the extensions of a call: it asks whether the service is well, and passes no limits and no breaker.
#[derive(Clone, Copy)]
pub(crate) struct Probe;

/// What a call stands on: the base URL, and the values that the client holds.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) base: Option<&'a Base>,
    pub(crate) held: &'a Held,
}

impl Ground<'_> {
    fn prefix(&self) -> &str {
        self.base.map_or("", |base| &base.prefix)
    }
}

impl Recipe {
    /// Writes the target; `values` in the order of the endpoint's pieces.
    // Into a recipe that lies where it will stay: half a kilobyte is dear to move.
    pub(crate) fn write(&mut self, ground: Ground<'_>, endpoint: &'static Endpoint, values: &[&dyn Param]) {
        match endpoint.origin {
            None => self.writing = Writing::below(ground.prefix()),
            Some(text) => match ground.base.and_then(|base| base.find(text)) {
                Some(origin) => self.origin = Some(origin),
                None => self.fail(format!("the origin {text} is not allowed here")),
            },
        }
        self.more(endpoint.pieces, values, Some(ground.held));
    }

    /// A call of an endpoint that is given its URL.
    pub(crate) fn at(
        ground: Ground<'_>,
        endpoint: &'static Endpoint,
        (argument, link): (&str, &dyn Link),
        values: &[&dyn Param],
    ) -> Self {
        let mut recipe = Recipe::of(endpoint);
        let at_home = recipe.go(ground, argument, &link.text());
        // Wherever a link leads, what the client holds stays at home.
        recipe.more(endpoint.pieces, values, Some(ground.held).filter(|_| at_home));
        recipe
    }

    /// Goes where a link leads. Whether that is the base URL's origin.
    fn go(&mut self, ground: Ground<'_>, argument: &str, link: &str) -> bool {
        // Without a base URL the call fails anyway, and says so.
        let Some(base) = ground.base else { return true };
        match link::resolve(link, base) {
            Ok(resolved) => {
                let at_home = resolved.origin == base.origin;
                self.origin = Some(resolved.origin);
                self.writing = Writing::at(resolved.target);
                at_home
            }
            Err(why) => {
                self.fail(format!("the argument `{argument}` {why}"));
                true
            }
        }
    }

    /// A call of a URL that no trait declares.
    pub(crate) fn untyped_at(ground: Ground<'_>, method: Method, url: &str, values: &[Named<'_>]) -> Self {
        let mut recipe = Recipe::empty(None, method, Cow::Borrowed("{+url}"));
        recipe.go(ground, "url", url);
        if let Some((name, _)) = values.first() {
            recipe.fail(format!("a URL has no variables, so the parameter `{name}` has no place"));
        }
        recipe
    }

    /// A call of `endpoint`, nothing written yet.
    pub(crate) fn of(endpoint: &'static Endpoint) -> Self {
        Recipe::empty(Some(endpoint), endpoint.method(), endpoint.template().into())
    }

    /// More pieces with their values.
    pub(crate) fn more(&mut self, pieces: &[Piece<'_>], values: &[&dyn Param], held: Option<&Held>) {
        let written = self.writing.expand(pieces, values, held);
        self.note(written);
    }

    /// One more part, as JSON; `None` makes none.
    pub(crate) fn json_part(
        &mut self,
        name: &str,
        meta: &PartMeta,
        json: Result<Vec<u8>, serde_json::Error>,
    ) {
        let parts = self.parts.get_or_insert_default();
        let written = match json {
            Ok(json) if json == b"null" => Ok(()),
            Ok(json) => parts.text(name, &json, meta),
            Err(e) => Err(format!("the part `{name}` cannot be written as JSON: {e}")),
        };
        if let Err(e) = written {
            self.fail(e);
        }
    }

    /// Fields and parts become the body.
    pub(crate) fn finish(&mut self, random: &dyn Random) {
        if let Some(form) = self.writing.form.take() {
            self.say_body(form.into(), FORM);
        }
        if let Some(parts) = self.parts.take() {
            self.multipart(parts, random);
        }
    }

    /// A body and its media type, of which a request has one.
    fn say_body(&mut self, body: Body, media_type: HeaderValue) {
        if self.content_type.replace(media_type).is_some() {
            self.fail("two arguments are the body, and a request has one".into());
        }
        self.body = body;
    }

    /// A call that no trait declares.
    pub(crate) fn untyped(
        ground: Ground<'_>,
        method: Method,
        template: String,
        values: &[Named<'_>],
    ) -> Self {
        let mut recipe = Recipe::empty(None, method, Cow::Borrowed(""));
        recipe.writing = Writing::below(ground.prefix());
        let written = recipe.expand_untyped(&template, values, ground.held);
        recipe.note(written);
        recipe.template = template.into();
        recipe
    }

    fn expand_untyped(
        &mut self,
        template: &str,
        values: &[Named<'_>],
        held: &Held,
    ) -> Result<(), ParamError> {
        if self.method == Method::CONNECT {
            return Err(ParamError::whole("CONNECT opens a tunnel and has no path"));
        }
        let parts = template::parse_path(template)
            .map_err(|flaw| ParamError::whole(format!("this is no template: {flaw}")))?;
        let literals = target::literals(&parts);
        let pieces = target::pieces(&parts, &literals);
        let names = pieces.iter().filter_map(|p| if let Piece::Var(var) = p { Some(var.name) } else { None });
        let mut ordered: Vec<&dyn Param> = Vec::new();
        for wanted in names.clone() {
            let Some((_, value)) = values.iter().find(|(name, _)| name == wanted) else {
                let extra = values.iter().find(|(name, _)| !names.clone().any(|n| n == name));
                let extra = extra.map(|(name, _)| format!("; `{name}` is not in it")).unwrap_or_default();
                return Err(ParamError::whole(format!(
                    "the template has `{{{wanted}}}`, but no such parameter was given{extra}"
                )));
            };
            ordered.push(&**value);
        }
        if let Some((extra, _)) = values.iter().find(|(name, _)| !names.clone().any(|n| n == name)) {
            return Err(ParamError::whole(format!("the parameter `{extra}` is not in the template")));
        }
        self.writing.expand(&pieces, &ordered, Some(held))
    }

    fn empty(endpoint: Option<&'static Endpoint>, method: Method, template: Cow<'static, str>) -> Self {
        Recipe {
            endpoint,
            method,
            template,
            origin: None,
            writing: Writing::default(),
            body: Body::default(),
            parts: None,
            is_multipart: false,
            content_type: None,
            policies: None,
            statuses: None,
            extensions: Extensions::new(),
            key: None,
            wants_key: false,
            is_keyed: false,
            problem: None,
        }
    }

    /// What this call alone says about its limits.
    pub(crate) fn tune(&mut self) -> &mut Policies {
        self.policies.get_or_insert_with(|| Box::new(Policies::NONE))
    }

    /// What is no error.
    pub(crate) fn successes(&self) -> Statuses {
        let otherwise = || self.statuses.unwrap_or(Statuses::SUCCESS);
        self.endpoint.map_or_else(otherwise, |endpoint| endpoint.successes(self.statuses))
    }

    /// Where an error of this call happened.
    pub(crate) fn place(&self) -> Place {
        Place { endpoint: self.endpoint, method: self.method.clone(), template: self.template.clone() }
    }

    /// The same, of a recipe that is used up.
    pub(crate) fn take_place(&mut self) -> Place {
        let template = std::mem::take(&mut self.template);
        Place { endpoint: self.endpoint, method: std::mem::take(&mut self.method), template }
    }

    /// Keeps the first problem only: the others often follow from it.
    fn note(&mut self, result: Result<(), ParamError>) {
        if let Err(e) = result {
            self.problem.get_or_insert_with(|| Error::new(ErrorKind::Argument, e.into_message()));
        }
    }

    pub(crate) fn query(&mut self, name: &str, value: &dyn Param) {
        let written = self.writing.query(name, value);
        self.note(written);
    }

    /// Same-name headers replace each other: the last one counts.
    pub(crate) fn header(&mut self, name: HeaderName, value: HeaderValue) {
        self.writing.headers.retain(|(other, _)| *other != name);
        self.writing.headers.push((name, value));
    }

    pub(crate) fn header_text(&mut self, name: &str, value: &[u8]) {
        match header::parse(name, value) {
            Ok((name, value)) => self.header(name, value),
            Err(e) => self.fail(e),
        }
    }

    pub(crate) fn fail(&mut self, message: String) {
        self.note(Err(ParamError::whole(message)));
    }

    /// A scalar as it is.
    pub(crate) fn text(&mut self, name: &str, value: &dyn Param) {
        match scalar(value).map_err(|e| e.named(name)) {
            Ok(None) => {}
            Ok(Some(text)) => self.bytes(text.into(), "text/plain; charset=utf-8"),
            Err(e) => self.note(Err(e)),
        }
    }

    pub(crate) fn bytes(&mut self, body: Body, media_type: &'static str) {
        self.say_body(body, HeaderValue::from_static(media_type));
    }

    /// A struct or a map as a form.
    pub(crate) fn form_of(&mut self, name: &str, style: Style, value: &dyn Param) {
        let mut form = Writing::default();
        let piece = Piece::Var(Var { explode: true, style, argument: name, ..Var::new(Op::Field, "") });
        let written = form.expand(&[piece], &[value], None);
        self.note(written);
        self.say_body(form.form.unwrap_or_default().into(), FORM);
    }

    /// One more part, or several.
    pub(crate) fn part(&mut self, name: &str, meta: &PartMeta, value: &dyn PartValue) {
        let parts = self.parts.get_or_insert_default();
        if let Err(e) = value.add(name, meta, parts) {
            self.fail(e);
        }
    }

    /// A multipart body. Its type has the boundary, so no lower level replaces it.
    pub(crate) fn multipart(&mut self, parts: Multipart, random: &dyn Random) {
        let (body, content_type) = parts.finish(random);
        self.say_body(body, content_type);
        self.is_multipart = true;
    }

    pub(crate) fn json(&mut self, body: &dyn JsonBody) {
        self.json_bytes(body.to_json());
    }

    /// A JSON body. `None` (and whatever else is written as `null`) sends none.
    pub(crate) fn json_bytes(&mut self, json: Result<Vec<u8>, serde_json::Error>) {
        match json {
            Ok(json) if json == b"null" => {}
            Ok(json) => {
                self.say_body(json.into(), HeaderValue::from_static("application/json"));
            }
            Err(e) => self.fail(format!("the body cannot be written as JSON: {e}")),
        }
    }
}
