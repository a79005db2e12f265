//! Where libraries differ: what we chose, recognised by what a case is made of. The guide has the same table.

use super::{
    Json,
    case::{Case, Param},
    compare,
    declare::{base_path, variables},
    naive,
    requests::Outcome,
};

/// One choice, or one option that we do not have.
#[derive(Debug)]
pub struct Choice {
    /// What it is about.
    pub about: &'static str,
    /// What we chose.
    pub says: &'static str,
    applies: fn(&Case) -> bool,
    ours: Ours,
}

/// What our choice makes of the case.
#[derive(Debug, Clone, Copy)]
enum Ours {
    /// A compile error with this word in it.
    Refused(&'static str),
    /// An error before anything is sent.
    Fails,
    /// A request, by the simple rules of [`naive`].
    Sent,
}

impl Choice {
    /// Is it what happened?
    pub fn explains(&self, case: &Case, outcome: &Outcome) -> bool {
        (self.applies)(case) && self.ours.is(case, outcome)
    }
}

impl Ours {
    fn is(self, case: &Case, outcome: &Outcome) -> bool {
        match (self, outcome) {
            (Ours::Refused(word), Outcome::NotCompiled(error)) => error.contains(word),
            (Ours::Fails, Outcome::NotCompiled(_)) => true,
            (Ours::Fails, Outcome::Ran(trial)) => trial.result.is_err() && trial.sent.is_empty(),
            (Ours::Sent, Outcome::Ran(trial)) => {
                compare::differences(case, &naive::expected(case), &trial.sent).is_empty()
            }
            _ => false,
        }
    }
}

/// The choice that a case follows.
pub fn of(case: &Case, outcome: &Outcome) -> Option<&'static Choice> {
    CHOICES.iter().find(|choice| choice.explains(case, outcome))
}

/// The option that a case needs and that we do not have.
pub fn missing(case: &Case, outcome: &Outcome) -> Option<&'static Choice> {
    MISSING.iter().find(|choice| choice.explains(case, outcome))
}

const MAPS: [&str; 5] = ["query_map", "query_object", "header_map", "field_map", "part_map"];

fn any(case: &Case, of: impl Fn(&Param) -> bool) -> bool {
    case.params.iter().any(of)
}

fn is_map(param: &Param) -> bool {
    MAPS.iter().any(|kind| param.is(kind))
}

fn is_no_map(param: &Param) -> bool {
    is_map(param) && param.0.get("entries").is_none() && !param.value().is_object()
}

/// The place of the first argument with one of these kinds.
fn first(case: &Case, kinds: &[&str]) -> Option<usize> {
    case.params.iter().position(|p| kinds.iter().any(|k| p.is(k)))
}

fn expects_value(case: &Case, values: &[&str]) -> bool {
    let decoded = case.expected.as_ref().and_then(|e| e.decoded.as_ref());
    decoded.is_some_and(|d| d.query.iter().any(|(_, v)| v.as_deref().is_some_and(|v| values.contains(&v))))
}

fn header_names(case: &Case) -> Vec<String> {
    let name = |p: &Param| match p.kinds().as_slice() {
        ["header"] => p.name().map(str::to_ascii_lowercase),
        ["static_header"] => {
            p.value().text().and_then(|l| l.split_once(':')).map(|(n, _)| n.trim().to_ascii_lowercase())
        }
        _ => None,
    };
    case.params.iter().filter_map(name).collect()
}

/// Those of the template too.
fn query_names(case: &Case) -> Vec<String> {
    let (_, written) = case.template().split_once('?').unwrap_or_default();
    let written = written.split('&').filter_map(|pair| pair.split('=').next());
    let declared = case.params.iter().filter(|p| p.is("query")).filter_map(Param::name);
    written.chain(declared).filter(|n| !n.is_empty()).map(str::to_owned).collect()
}

fn has_content_type(case: &Case) -> bool {
    header_names(case).iter().any(|n| n == "content-type")
}

/// Variables of the template that no argument is for.
fn is_unbound(case: &Case) -> bool {
    variables(case.template()).iter().any(|v| {
        let name = v.trim_start_matches('*');
        !any(case, |p| p.is("path") && p.name().is_some_and(|n| n.eq_ignore_ascii_case(name)))
    })
}

/// What we chose where the libraries contradict each other.
pub const CHOICES: &[Choice] = &[
    Choice {
        about: "a null value in a map",
        says: "it is left out, as a `None` argument is",
        applies: |c| {
            any(c, |p| p.entries().is_some_and(|es| es.iter().any(|e| e.value.is_null() && !e.key.is_null())))
        },
        ours: Ours::Sent,
    },
    Choice {
        about: "a null in place of a map",
        says: "nothing is sent for it",
        applies: |c| any(c, |p| p.0.get("entries").is_some_and(Json::is_null)),
        ours: Ours::Sent,
    },
    Choice {
        about: "fields or parts without a declared encoding",
        says: "the roles of the arguments decide the encoding: fields make a form, parts a multipart body, neither makes none",
        applies: |c| {
            let declared = c.encoding.text().is_some();
            let has_any = ["field", "field_map", "part", "part_map"].iter().any(|k| c.has(k));
            c.fails() && declared != has_any
        },
        ours: Ours::Sent,
    },
    Choice {
        about: "a map of headers that is no map",
        says: "it is an error of the call",
        applies: |c| any(c, |p| p.is("header_map") && is_no_map(p)),
        ours: Ours::Fails,
    },
    Choice {
        about: "a query, field or part map that is no map",
        says: "the role takes any shape: a list repeats the name of the argument",
        applies: |c| any(c, |p| !p.is("header_map") && is_no_map(p)),
        ours: Ours::Sent,
    },
    Choice {
        about: "a placeholder in the query of a template",
        says: "it is expanded like any other",
        applies: |c| c.fails() && c.template().split_once('?').is_some_and(|(_, q)| q.contains('{')),
        ours: Ours::Sent,
    },
    Choice {
        about: "the order of the arguments",
        says: "any order will do",
        applies: |c| {
            let late = first(c, &["path", "url"]);
            c.fails()
                && first(c, &["query", "query_name", "query_map", "query_object"])
                    .is_some_and(|q| late > Some(q))
        },
        ours: Ours::Sent,
    },
    Choice {
        about: "HEAD with a type of answer that needs a body",
        says: "it may be declared; the answer is decoded from an empty body",
        applies: |c| c.fails() && c.methods() == ["HEAD"],
        ours: Ours::Sent,
    },
    Choice {
        about: "a part without a name",
        says: "the name of the argument is its name",
        applies: |c| any(c, |p| p.is("part") && p.name().is_none() && p.value().scalar().is_some()),
        ours: Ours::Sent,
    },
    Choice {
        about: "a name for parts that come with names of their own",
        says: "their own names are sent",
        applies: |c| any(c, |p| p.is("part") && p.name().is_some() && p.value().list().is_some()),
        ours: Ours::Sent,
    },
    Choice {
        about: "a Content-Type header on a multipart method",
        says: "it is a compile error, since the boundary would be lost",
        applies: |c| c.is_multipart() && has_content_type(c),
        ours: Ours::Refused("Content-Type"),
    },
    Choice {
        about: "braces that are no placeholder, and placeholders without an argument",
        says: "braces are always an expression of RFC 6570; another use is a compile error",
        applies: is_unbound,
        ours: Ours::Refused(""),
    },
    Choice {
        about: "a pattern in a placeholder, or braces within braces",
        says: "it is a compile error",
        applies: |c| c.template().split('{').skip(1).any(|p| p.contains(":[") || !p.contains('}')),
        ours: Ours::Refused(""),
    },
    Choice {
        about: "an argument for a placeholder that is not there",
        says: "it is a compile error: the argument has no role",
        applies: |c| {
            let all = variables(c.template());
            let is_there = |n: &str| all.iter().any(|v| v.trim_start_matches('*').eq_ignore_ascii_case(n));
            any(c, |p| p.kinds() == ["path"] && !p.name().is_some_and(is_there))
        },
        ours: Ours::Refused(""),
    },
    Choice {
        about: "a null for a plain placeholder",
        says: "it is an error of the call: the URL would be another one",
        applies: |c| any(c, |p| p.is("path") && p.value().is_null()),
        ours: Ours::Fails,
    },
    Choice {
        about: "the spelling of a bool",
        says: "`true` and `false`, as in JSON",
        applies: |c| expects_value(c, &["True", "False", "TRUE", "FALSE"]),
        ours: Ours::Sent,
    },
    Choice {
        about: "a template that begins with its query",
        says: "one slash stands between base URL and template, also here",
        applies: |c| c.template().starts_with(['?', '&']) || c.path_template.as_deref() == Some(""),
        ours: Ours::Sent,
    },
    Choice {
        about: "an empty value of a header",
        says: "it is sent: `None` is what leaves a header out",
        applies: |c| any(c, |p| p.is("header") && p.value().text() == Some("")),
        ours: Ours::Sent,
    },
    Choice {
        about: "the same header from two arguments or two attributes of one method",
        says: "it is a compile error; a list sends one header several times",
        applies: |c| {
            let names = header_names(c);
            names.iter().enumerate().any(|(i, n)| names[..i].contains(n))
        },
        ours: Ours::Refused("twice"),
    },
    Choice {
        about: "a fragment in a template",
        says: "it is a compile error: a fragment never goes over the wire",
        applies: |c| c.template().contains('#'),
        ours: Ours::Refused("fragment"),
    },
    Choice {
        about: "the same query parameter from two arguments, or from the template and an argument",
        says: "it is a compile error; a list sends one parameter several times",
        applies: |c| {
            let names = query_names(c);
            names.iter().enumerate().any(|(i, n)| names[..i].contains(n))
        },
        ours: Ours::Refused("twice"),
    },
    Choice {
        about: "a null argument for a header that the method or the trait declares",
        says: "the declared value is sent; `#[header(\"Name\", none)]` takes it away",
        applies: |c| any(c, |p| p.is("header") && p.value().is_null()),
        ours: Ours::Sent,
    },
    Choice {
        about: "a null body",
        says: "none is sent",
        applies: |c| any(c, |p| p.is("body") && p.value().is_null()),
        ours: Ours::Sent,
    },
    Choice {
        about: "a Content-Type that is no media type",
        says: "it is sent as it is written",
        applies: |c| c.fails() && has_content_type(c),
        ours: Ours::Sent,
    },
    Choice {
        about: "a URL argument that is no text",
        says: "a compile error: a URL is a text, an `http::Uri` or a `reqwest::Url`",
        applies: |c| any(c, |p| p.is("url") && p.value().text().is_none()),
        ours: Ours::Refused("is no URL"),
    },
    Choice {
        about: "a template with a slash in front, and a base URL with a path",
        says: "the path of the base URL stays",
        applies: |c| c.template().starts_with('/') && !base_path(&c.base_url).is_empty(),
        ours: Ours::Sent,
    },
    Choice {
        about: "two values of one type for the transport",
        says: "the later one replaces the earlier",
        applies: |c| c.fails() && c.params.iter().filter(|p| p.is("tag")).count() > 1,
        ours: Ours::Sent,
    },
];

/// Options that other libraries have and we do not.
pub const MISSING: &[Choice] = &[
    Choice {
        about: "header values that are not ASCII",
        says: "refused: no two servers agree on how to read them",
        applies: |c| any(c, |p| p.flag("allow_non_ascii")),
        ours: Ours::Fails,
    },
    Choice {
        about: "dots beside a backslash in a path value that is encoded already",
        says: "refused: some servers take a backslash for a slash, and the dots for steps upwards",
        applies: |c| any(c, |p| p.is("path") && p.flag("encoded") && p.value().text().is_some_and(climbs)),
        ours: Ours::Fails,
    },
];

fn climbs(value: &str) -> bool {
    value.contains('\\') && value.split(['\\', '/']).any(|part| matches!(part, "." | ".."))
}
