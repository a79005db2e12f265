//! One call as it was asked for, encoded once. Each attempt is built from it.

use super::{
    Body, JsonBody, Multipart, Param, header,
    param::ParamError,
    target::{self, Writing},
    template,
};
use crate::{
    endpoint::{Endpoint, Piece, Policies},
    error::{Error, ErrorKind, Place},
    random::Random,
};
use http::{Extensions, HeaderName, HeaderValue, Method, header::CONTENT_TYPE};
use std::borrow::Cow;

/// A parameter of an untyped call.
pub(crate) type Named<'a> = (Cow<'a, str>, Box<dyn Param + 'a>);

/// A request as data: method, target below the base URL, headers of its own, replayable body, options.
pub(crate) struct Recipe {
    pub(crate) endpoint: Option<&'static Endpoint>,
    pub(crate) method: Method,
    pub(crate) template: Cow<'static, str>,
    pub(crate) writing: Writing,
    pub(crate) body: Body,
    /// For a body whose type no level has said.
    pub(crate) content_type: Option<HeaderValue>,
    pub(crate) policies: Policies,
    pub(crate) extensions: Extensions,
    /// The first thing wrong with an argument; it waits here until the call is awaited.
    pub(crate) problem: Option<Error>,
}

impl Recipe {
    /// A call of `endpoint`; `values` in the order of its pieces.
    pub(crate) fn new(prefix: &str, endpoint: &'static Endpoint, values: &[&dyn Param]) -> Self {
        let mut recipe = Recipe::empty(prefix, Some(endpoint), endpoint.method(), endpoint.template().into());
        let written = recipe.writing.expand(endpoint.pieces, values);
        recipe.note(written);
        recipe
    }

    /// A call that no trait declares.
    pub(crate) fn untyped(prefix: &str, method: Method, template: String, values: &[Named<'_>]) -> Self {
        let mut recipe = Recipe::empty(prefix, None, method, Cow::Borrowed(""));
        let written = recipe.expand_untyped(&template, values);
        recipe.note(written);
        recipe.template = template.into();
        recipe
    }

    fn expand_untyped(&mut self, template: &str, values: &[Named<'_>]) -> Result<(), ParamError> {
        let refused = |what: String| ParamError(what.into());
        if self.method == Method::CONNECT {
            return Err(refused("CONNECT opens a tunnel and has no path".into()));
        }
        let parts =
            template::parse(template).map_err(|flaw| refused(format!("the template is none: {flaw}")))?;
        let literals = target::literals(&parts);
        let pieces = target::pieces(&parts, &literals);
        let names = pieces.iter().filter_map(|p| if let Piece::Var(var) = p { Some(var.name) } else { None });
        let mut ordered: Vec<&dyn Param> = Vec::new();
        for wanted in names.clone() {
            let Some((_, value)) = values.iter().find(|(name, _)| name == wanted) else {
                return Err(refused(format!(
                    "the template has `{{{wanted}}}`, but no such parameter was given"
                )));
            };
            ordered.push(&**value);
        }
        if let Some((extra, _)) = values.iter().find(|(name, _)| !names.clone().any(|n| n == name)) {
            return Err(refused(format!("the parameter `{extra}` is not in the template")));
        }
        self.writing.expand(&pieces, &ordered)
    }

    fn empty(
        prefix: &str,
        endpoint: Option<&'static Endpoint>,
        method: Method,
        template: Cow<'static, str>,
    ) -> Self {
        Recipe {
            endpoint,
            method,
            template,
            writing: Writing::below(prefix),
            body: Body::default(),
            content_type: None,
            policies: Policies::NONE,
            extensions: Extensions::new(),
            problem: None,
        }
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
        if let Err(ParamError(message)) = result {
            self.problem.get_or_insert_with(|| Error::new(ErrorKind::Argument, message));
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
        self.note(Err(ParamError(message.into())));
    }

    /// A multipart body. Its type has the boundary, so no lower level replaces it.
    pub(crate) fn multipart(&mut self, parts: Multipart, random: &dyn Random) {
        let (body, content_type) = parts.finish(random);
        self.body = body;
        self.header(CONTENT_TYPE, content_type);
    }

    pub(crate) fn json(&mut self, body: &dyn JsonBody) {
        self.json_bytes(body.to_json());
    }

    /// A JSON body. `None` (and whatever else is written as `null`) sends none.
    pub(crate) fn json_bytes(&mut self, json: Result<Vec<u8>, serde_json::Error>) {
        match json {
            Ok(json) if json == b"null" => {}
            Ok(json) => {
                self.body = json.into();
                self.content_type = Some(HeaderValue::from_static("application/json"));
            }
            Err(e) => self.fail(format!("the body cannot be written as JSON: {e}")),
        }
    }
}
