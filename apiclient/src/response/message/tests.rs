use super::*;
use http::{HeaderValue, header::CONTENT_TYPE};

fn of(media_type: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if !media_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap());
    }
    headers
}

fn said(media_type: &str, body: &str) -> Option<String> {
    message(&of(media_type), body.as_bytes(), None)
}

/// A service's answer, its message, its code.
type Service = (&'static str, Option<&'static str>, Option<Scalar<'static>>);

#[allow(clippy::unnecessary_wraps, reason = "it is what the tables hold")]
fn text(text: &'static str) -> Option<Scalar<'static>> {
    Some(Scalar::Text(text.into()))
}

#[allow(clippy::unnecessary_wraps, reason = "it is what the tables hold")]
fn number(number: i128) -> Option<Scalar<'static>> {
    Some(Scalar::Integer(number))
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn services() -> Vec<Service> {
    vec![
        // GitHub
        (
            r#"{"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"}"#,
            Some("Not Found"),
            None,
        ),
        // Stripe
        (
            r#"{"error":{"code":"card_declined","decline_code":"generic","message":"Your card was declined.","type":"card_error"}}"#,
            Some("Your card was declined."),
            text("card_declined"),
        ),
        // OpenAI
        (
            r#"{"error":{"message":"You exceeded your quota","type":"insufficient_quota","param":null,"code":null}}"#,
            Some("You exceeded your quota"),
            text("insufficient_quota"),
        ),
        // Anthropic
        (
            r#"{"type":"error","error":{"type":"not_found_error","message":"model: x"}}"#,
            Some("model: x"),
            text("not_found_error"),
        ),
        // Google
        (
            r#"{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"}}"#,
            Some("Requested entity was not found."),
            text("NOT_FOUND"),
        ),
        // Spotify
        (r#"{"error":{"status":404,"message":"invalid id"}}"#, Some("invalid id"), number(404)),
        // AWS
        (
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no table"}"#,
            Some("no table"),
            text("com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"),
        ),
        (r#"{"Message":"User is not authorized"}"#, Some("User is not authorized"), None),
        (r#"{"errorMessage":"oh","errorType":"Error"}"#, Some("oh"), text("Error")),
        // Docker registry
        (
            r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"x"}}]}"#,
            Some("manifest unknown"),
            text("MANIFEST_UNKNOWN"),
        ),
        // etcd
        (
            r#"{"error":"etcdserver: key is not provided","message":"etcdserver: key is not provided","code":3}"#,
            Some("etcdserver: key is not provided"),
            number(3),
        ),
        // Prometheus
        (
            r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\""}"#,
            Some("invalid parameter \"query\""),
            text("bad_data"),
        ),
        // Jupyter
        (r#"{"message":"No such file","reason":null}"#, Some("No such file"), None),
        // verdaccio
        (r#"{"error":"no such package available"}"#, Some("no such package available"), None),
        // Slack
        (r#"{"ok":false,"error":"channel_not_found"}"#, Some("channel_not_found"), text("channel_not_found")),
        // OAuth
        (
            r#"{"error":"invalid_grant","error_description":"The code has expired"}"#,
            Some("The code has expired"),
            text("invalid_grant"),
        ),
        // GraphQL
        (
            r#"{"data":null,"errors":[{"message":"no field","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}"#,
            Some("no field"),
            text("GRAPHQL_VALIDATION_FAILED"),
        ),
        // JSON-RPC
        (
            r#"{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":1}"#,
            Some("Method not found"),
            number(-32601),
        ),
        // JSON:API
        (
            r#"{"errors":[{"status":"422","code":"x1","title":"Invalid","detail":"Too short."}]}"#,
            Some("Too short."),
            text("x1"),
        ),
        // FastAPI
        (r#"{"detail":"Item not found"}"#, Some("Item not found"), None),
        (
            r#"{"detail":[{"loc":["body","price"],"msg":"Field required","type":"missing"}]}"#,
            Some("Field required"),
            None,
        ),
        // Spring
        (
            r#"{"timestamp":"x","status":404,"error":"Not Found","message":"","path":"/x"}"#,
            Some("Not Found"),
            None,
        ),
        // NestJS
        (
            r#"{"statusCode":400,"message":["id must be a number","x"],"error":"Bad Request"}"#,
            Some("id must be a number"),
            None,
        ),
        // ASP.NET
        (
            r#"{"type":"https://x","title":"One or more validation errors occurred.","status":400,"errors":{"a":["b"]}}"#,
            Some("One or more validation errors occurred."),
            None,
        ),
        // CouchDB
        (r#"{"error":"not_found","reason":"missing"}"#, Some("missing"), text("not_found")),
        // Elasticsearch
        (
            r#"{"error":{"root_cause":[],"type":"index_not_found_exception","reason":"no such index [x]"},"status":404}"#,
            Some("no such index [x]"),
            text("index_not_found_exception"),
        ),
        // Kubernetes
        (
            r#"{"kind":"Status","status":"Failure","message":"pods \"x\" not found","reason":"NotFound","code":404}"#,
            Some("pods \"x\" not found"),
            text("NotFound"),
        ),
        // Telegram
        (
            r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#,
            Some("Bad Request: chat not found"),
            number(400),
        ),
        // Salesforce
        (
            r#"[{"message":"Session expired","errorCode":"INVALID_SESSION_ID"}]"#,
            Some("Session expired"),
            text("INVALID_SESSION_ID"),
        ),
        // Vault
        (r#"{"errors":["permission denied"]}"#, Some("permission denied"), None),
        (r#"{"errors":[]}"#, None, None),
        // Jira
        (r#"{"errorMessages":["Issue does not exist"],"errors":{}}"#, Some("Issue does not exist"), None),
        // Shopify
        (r#"{"errors":"Not Found"}"#, Some("Not Found"), None),
        // Apigee
        (
            r#"{"fault":{"faultstring":"Invalid ApiKey","detail":{"errorcode":"oauth.v2.InvalidApiKey"}}}"#,
            Some("Invalid ApiKey"),
            text("oauth.v2.InvalidApiKey"),
        ),
        // Plaid
        (
            r#"{"display_message":null,"error_code":"INVALID_BANK","error_message":"no bank","error_type":"x"}"#,
            Some("no bank"),
            text("INVALID_BANK"),
        ),
        // OData
        (
            r#"{"odata.error":{"code":"Request_Denied","message":{"lang":"en","value":"Denied"}}}"#,
            Some("Denied"),
            text("Request_Denied"),
        ),
        (r#"{"title":"Unauthorized","detail":"No key","msg":"x"}"#, Some("Unauthorized: No key"), None),
        (r#""alone""#, Some("alone"), None),
        (r#"["first"]"#, Some("first"), None),
        ("{}", None, None),
        ("[]", None, None),
        ("null", None, None),
        ("", None, None),
    ]
}

#[test]
fn services_say_it_in_their_way() {
    for (body, message, code_said) in services() {
        assert_eq!(said("application/json", body).as_deref(), message, "{body}");
        assert_eq!(code(&of("application/json"), body.as_bytes(), None), code_said, "{body}");
    }
}

#[test]
fn the_media_type_decides() {
    let json = r#"{"message":"m","code":"c"}"#;
    for (media_type, body, message) in [
        ("Application/JSON; charset=utf-8", json, Some("m")),
        ("application/vnd.api+json", json, Some("m")),
        ("application/x-amz-json-1.1", json, Some("m")),
        ("", json, Some("m")),
        ("", "\u{feff} {\"message\":\"m\"}", Some("m")),
        ("text/plain", json, Some("m")),
        ("text/plain", "{not json}\n", Some("{not json}")),
        ("text/plain", "[12] failed", Some("[12] failed")),
        ("", "{not json}\n", None),
        ("text/html", json, None),
        ("application/octet-stream", json, None),
        ("application/xml", "<Error><Message>m</Message></Error>", None),
        ("image/png", "m", None),
        ("application/json", "no such file", Some("no such file")),
        ("application/json", "<title>m</title>", None),
        ("text/plain; charset=utf-8", " \r\n\n  404 page  not found\nmore", Some("404 page not found")),
        ("text/plain", "<title>m</title>", Some("<title>m</title>")),
        ("", "no healthy upstream", Some("no healthy upstream")),
        ("", "", None),
        ("", "<!doctype html><title>m</title>", Some("m")),
        ("Text/HTML", "<head>\n<TITLE>503 Service\n Unavailable</TITLE>", Some("503 Service Unavailable")),
        ("text/html", "<h1>x</h1>", None),
        ("text/html", "<title> </title>", None),
    ] {
        assert_eq!(said(media_type, body).as_deref(), message, "{media_type} {body}");
    }
    assert!(code(&of("text/plain"), json.as_bytes(), None).is_some());
    assert!(code(&of("text/html"), json.as_bytes(), None).is_none());
}

#[test]
fn problem_documents() {
    let problem = |body: &str| said("application/problem+json", body);
    assert_eq!(problem(r#"{"message":"m","title":"t","detail":"d"}"#).as_deref(), Some("t: d"));
    assert_eq!(problem(r#"{"message":"m","title":"t"}"#).as_deref(), Some("t"));
    assert_eq!(problem(r#"{"message":"m","detail":"d","title":7}"#).as_deref(), Some("d"));
    assert_eq!(problem(r#"{"message":"m"}"#).as_deref(), Some("m"));
    let code_of = |body: &'static str| code(&of("application/problem+json"), body.as_bytes(), None);
    assert_eq!(code_of(r#"{"type":"https://x.test/e#Invalid"}"#), text("https://x.test/e#Invalid"));
    assert_eq!(code_of(r#"{"type":"https://x.test/e","code":"c"}"#), text("c"));
    assert_eq!(code_of(r#"{"type":"about:blank"}"#), None);
}

#[test]
fn a_pointer_comes_first() {
    let body =
        br#"{"message":"m","code":1.5,"e":{"m":" a\nb ","n":7,"o":{},"t":true,"z":""},"s":"two words"}"#;
    let none = HeaderMap::new();
    for (at, message_said, code_said) in [
        ("/e/m", Some("a b"), text(" a\nb ")),
        ("/e/n", Some("7"), number(7)),
        ("/e/o", Some("m"), None),
        ("/e/t", Some("m"), None),
        ("/e/z", Some("m"), text("")),
        ("/x", Some("m"), None),
        ("/code", Some("m"), None),
        ("/s", Some("two words"), text("two words")),
        ("", Some("m"), None),
    ] {
        assert_eq!(message(&none, body, Some(at)).as_deref(), message_said, "{at}");
        assert_eq!(code(&none, body, Some(at)), code_said, "{at}");
    }
    assert_eq!(message(&of("text/html"), br#"{"a":"b"}"#, Some("/a")).as_deref(), Some("b"));
}

#[test]
fn one_line_whatever_it_is() {
    let json = |body: &[u8]| message(&of("application/json"), body, None);
    assert_eq!(json(b"{\"message\":\"a\\u202e\\u001b\\r\\nb\"}").as_deref(), Some("a b"));
    assert_eq!(json(b"{\"message\":\"a\xff\"}").as_deref(), Some("a\u{fffd}"));
    assert_eq!(json(b"{\"message\":\"\\ud800\"}").map(|m| m.contains('\u{fffd}')), Some(true));
    assert_eq!(json(b"{\"message\":\" \",\"error\":\"e\"}").as_deref(), Some("e"));
    assert_eq!(json(b"{\"message\":7,\"error\":\"e\"}").as_deref(), Some("e"));
    let long = said("text/plain", &"ü".repeat(500)).unwrap();
    assert_eq!((long.chars().count(), long.ends_with('…')), (201, true));
    assert_eq!(message(&of("text/plain"), b"\xff\xfe", None).as_deref(), Some("\u{fffd}\u{fffd}"));
}

#[test]
fn a_cut_body_has_what_stands_before_the_cut() {
    assert_eq!(said("application/json", r#"{"error":{"message":"m","stack":"xxx"#).as_deref(), Some("m"));
    assert_eq!(said("application/json", r#"[{"message":"m","stack":["#).as_deref(), Some("m"));
    assert_eq!(said("application/json", r#"{"message":"cut o"#), None);
}

#[test]
fn a_code_is_a_word() {
    let code_of = |body: &'static str| code(&of("application/json"), body.as_bytes(), None);
    assert_eq!(code_of(r#"{"code":"two words","error":"e1"}"#), text("e1"));
    assert_eq!(code_of(r#"{"code":"","errorCode":7}"#), number(7));
    assert_eq!(code_of(r#"{"code":404,"errorCode":500}"#), number(404));
    assert_eq!(code_of(r#"{"code":true,"error":{"code":1.5}}"#), None);
}

#[test]
fn hostile_bodies_end() {
    let pieces = [
        "[",
        "{\"message\":",
        "<title ",
        "<title>",
        "<title \"",
        "\n",
        "&",
        " ",
        "\\",
        "\"",
        "\0",
        "{\"a\":\"",
        "[[],",
    ];
    for piece in pieces {
        let body = piece.repeat(65_536 / piece.len());
        for media_type in ["application/json", "application/problem+json", "text/html", "text/plain", ""] {
            let line = said(media_type, &body);
            assert!(line.is_none_or(|line| line.chars().count() <= 201));
            code(&of(media_type), body.as_bytes(), None);
        }
    }
}
