//! How errors read: in a line, in a chain, and in the reports of `anyhow`, `miette` and `color-eyre`.

use apiclient::{
    Error, ErrorKind, HeaderValue, Sending,
    prelude::*,
    testing::{self, Stub},
    transport::{Reply, TransportError, TransportErrorKind},
};
use apiclient_tests::Nobody;
use miette::IntoDiagnostic;
use std::{error::Error as StdError, io, sync::Once};

#[derive(Debug, thiserror::Error, ApiError)]
pub enum ShopError {
    /// Words of its own, and the error behind them.
    #[error("the shop is closed")]
    #[api(kind = connect)]
    Closed(
        #[api(error)]
        #[source]
        Error,
    ),
    #[error("there is no item {id}")]
    #[api(status = 404)]
    Missing {
        #[api(header("x-item"))]
        id: u64,
        #[api(error)]
        source: Box<Error>,
    },
    /// Shows its error, and says so instead of having it as a cause.
    #[error("the shop is slow: {0}")]
    #[api(kind = timeout)]
    Late(#[api(error)] Error),
    #[error(transparent)]
    #[api(other)]
    Other(Error),
}

#[api_client(base_url = "http://shop.test")]
#[retry(none)]
pub trait Shop {
    #[get("/items/{id}")]
    fn item(&self, id: u64) -> Call<u64>;
    #[get("/items/{id}")]
    fn sorted(&self, id: u64) -> Call<u64, ShopError>;
}

fn shop(answer: impl Fn() -> Result<Reply, TransportError> + Send + Sync + 'static) -> ShopClient {
    ShopClient::builder().transport(Stub::with(move |_| answer())).build().unwrap()
}

/// No connection, said in three layers, as transports do.
fn closed() -> ShopClient {
    #[derive(Debug, thiserror::Error)]
    #[error("error sending request")]
    struct Outer(#[source] Middle);
    #[derive(Debug, thiserror::Error)]
    #[error("client error (Connect)")]
    struct Middle(#[source] io::Error);
    let io = || io::Error::new(io::ErrorKind::ConnectionRefused, "os error 111");
    shop(move || Err(TransportError::new(TransportErrorKind::Connect, Outer(Middle(io())))))
}

fn missing() -> ShopClient {
    shop(|| {
        let mut reply = Reply::new(404, "nobody\nhas it");
        reply.headers_mut().insert("x-item", HeaderValue::from_static("7"));
        Ok(reply)
    })
}

const CLOSED: [&str; 5] = [
    "the shop is closed",
    "GET /items/{id}: no connection to http://shop.test (it was refused)",
    "error sending request",
    "client error (Connect)",
    "os error 111",
];
const MISSING: [&str; 2] = ["there is no item 7", "GET /items/{id}: 404 Not Found: nobody"];
const OTHER: [&str; 1] = ["GET /items/{id}: 500 Internal Server Error: oops"];
const LATE: [&str; 1] =
    ["the shop is slow: GET /items/{id}: the transport gave up waiting for http://shop.test (slow)"];

/// Each with the lines that a report of it has.
async fn errors() -> Vec<(ShopError, &'static [&'static str])> {
    let oops = shop(|| Ok(Reply::new(500, "oops")));
    let late = shop(|| Err(TransportError::new(TransportErrorKind::Timeout, "slow")));
    vec![
        (closed().sorted(7).await.unwrap_err(), &CLOSED),
        (missing().sorted(7).await.unwrap_err(), &MISSING),
        (oops.sorted(7).await.unwrap_err(), &OTHER),
        (late.sorted(7).await.unwrap_err(), &LATE),
    ]
}

fn causes(error: &(dyn StdError + 'static)) -> Vec<String> {
    std::iter::successors(Some(error), |error: &&(dyn StdError + 'static)| (*error).source())
        .map(ToString::to_string)
        .collect()
}

/// Each line of the chain once, in this order.
fn assert_whole(report: &str, chain: &[&str]) {
    let mut rest = report;
    for line in chain {
        assert_eq!(report.matches(line).count(), 1, "{line:?} once:\n{report}");
        rest = rest.split_once(line).unwrap_or_else(|| panic!("{line:?} in its place:\n{report}")).1;
    }
}

/// Without what `RUST_BACKTRACE` adds.
fn without_trace(report: &str) -> &str {
    report.split("\n\nStack backtrace:").next().unwrap_or_default()
}

// ---- our own formats

#[tokio::test]
async fn a_line_is_one_and_a_chain_is_another() {
    let error = closed().item(7).await.unwrap_err();
    let (line, chain) = (CLOSED[1], CLOSED[1..].join(": "));
    assert_eq!(error.to_string(), line);
    assert_eq!(format!("{error:#}"), chain);
    assert_eq!(format!("{error:?}"), format!("Connect({chain})"));
    assert_eq!(causes(&error), CLOSED[1..]);
    let fields = format!("{error:#?}");
    let expected = [
        "Error {\n    kind: Connect,\n    call: GET /items/{id},\n    origin: http://shop.test,\n",
        "    what: \"no connection to http://shop.test (it was refused)\",\n    attempts: 1,\n    elapsed: ",
        ",\n    source: error sending request,\n}",
    ];
    assert_whole(&fields, &expected);
}

/// What the line says already is not said again behind it.
#[tokio::test]
async fn nothing_is_said_twice_in_a_chain() {
    let slow = || TransportError::new(TransportErrorKind::Timeout, "slow");
    let error = shop(move || Err(slow())).item(7).await.unwrap_err();
    let line = "GET /items/{id}: the transport gave up waiting for http://shop.test (slow)";
    assert_eq!((error.to_string(), format!("{error:#}")), (line.to_owned(), line.to_owned()));

    let error = shop(|| Ok(Reply::new(200, "{\"a\":"))).item(7).await.unwrap_err();
    let line = "GET /items/{id}: 200 OK, but the body could not be read: invalid type: map, expected u64";
    assert_eq!((format!("{error:#}"), causes(&error)), (line.to_owned(), vec![line.to_owned()]));
}

/// Whatever failed and whatever the server says.
#[tokio::test]
async fn each_kind_is_one_line() {
    let said = "one\r\ntwo\u{2028}three\u{1b}[2J";
    let json = serde_json::json!({"message": said, "code": said.replace(' ', "")}).to_string();
    let mut errors = vec![
        ShopClient::builder().base_url("ftp://a\nb").user_agent("a\nb").build().map(drop).unwrap_err(),
        Client::builder()
            .retry(apiclient::Retry::none())
            .base_url("http://shop.test")
            .transport(Stub::json("1"))
            .build()
            .unwrap()
            .call(apiclient::Method::GET, "/a\nb{")
            .fetch::<()>()
            .await
            .unwrap_err(),
    ];
    for status in [200, 302, 404, 500, 999] {
        for body in [said, &json, "<title>\none\n</title>", ""] {
            let body = body.to_owned();
            errors.push(shop(move || Ok(Reply::new(status, body.clone()))).item(7).await.unwrap_err());
        }
    }
    use TransportErrorKind::{Broken, Connect, Request, Timeout, TooLarge};
    for kind in [Broken, Connect, Request, Timeout, TooLarge] {
        errors.push(shop(move || Err(TransportError::new(kind, "it broke"))).item(7).await.unwrap_err());
    }
    for error in errors {
        for line in [format!("{error}"), format!("{error:#}"), format!("{error:?}")] {
            assert!(
                !line.contains(|c: char| c.is_control() || c == '\u{2028}') && !line.is_empty(),
                "{line:?}"
            );
        }
    }
}

/// Of the default transport, whose causes are others' words: the line alone says what happened.
#[tokio::test]
async fn a_refused_connection_reads_well() {
    let nobody = Nobody::new();
    let shop = ShopClient::builder().base_url(&nobody.url).build().unwrap();
    let line = format!("GET /items/{{id}}: no connection to {} (it was refused)", nobody.url);
    let error = shop.item(7).await.unwrap_err();
    let chain = causes(&error);
    assert_eq!((error.to_string(), &chain[0]), (line.clone(), &line));
    assert!(chain.len() >= 3 && chain.last().unwrap().contains("refused"), "{chain:?}");
    for (n, cause) in chain.iter().enumerate() {
        assert!(chain[..n].iter().all(|above| !above.contains(&**cause)), "{cause:?} twice: {chain:?}");
    }
    let report = anyhow::Error::from(shop.sorted(7).await.unwrap_err());
    let chain: Vec<_> = std::iter::once("the shop is closed").chain(chain.iter().map(|c| &**c)).collect();
    assert_eq!(report.chain().map(ToString::to_string).collect::<Vec<_>>(), chain);
    assert_eq!(format!("{report:#}"), chain.join(": "));
}

// ---- others' reports

#[tokio::test]
async fn anyhow_shows_the_whole_chain() {
    let report = anyhow::Error::from(closed().sorted(7).await.unwrap_err());
    let shown = format!("{report:?}");
    let [first, causes @ ..] = CLOSED;
    let numbered: Vec<_> = causes.iter().enumerate().map(|(n, cause)| format!("    {n}: {cause}")).collect();
    assert_eq!(without_trace(&shown), format!("{first}\n\nCaused by:\n{}", numbered.join("\n")));
    for (error, chain) in errors().await {
        let report = anyhow::Error::from(error);
        assert_whole(&format!("{report:#}"), chain);
        assert_whole(without_trace(&format!("{report:?}")), chain);
    }
    let plain = anyhow::Error::from(closed().item(7).await.unwrap_err()).context("no shopping today");
    let chain: Vec<_> = std::iter::once("no shopping today").chain(CLOSED[1..].iter().copied()).collect();
    assert_whole(without_trace(&format!("{plain:?}")), &chain);
}

/// Back from a report to what programs ask.
#[tokio::test]
async fn anyhow_gives_the_error_back() {
    let report = anyhow::anyhow!(testing::error(404, "")).context("no shopping today");
    assert!(report.downcast_ref::<Error>().unwrap().is_not_found());
    assert!(report.downcast::<Error>().unwrap().is_not_found());

    let report = anyhow::Error::from(closed().sorted(7).await.unwrap_err());
    assert!(matches!(report.downcast_ref(), Some(ShopError::Closed(e)) if e.is_connect()));
    let of_chain = report.chain().find_map(|cause| cause.downcast_ref::<Error>());
    assert_eq!(of_chain.map(Error::kind), Some(ErrorKind::Connect));

    let boxed: Box<dyn StdError + Send + Sync> = testing::failure(ErrorKind::Timeout).into();
    assert!(boxed.downcast_ref::<Error>().unwrap().is_timeout());
}

/// `miette` without its fancy features, by the handler that it has for readers of text.
#[tokio::test]
async fn miette_shows_the_whole_chain() {
    let narrate = || Box::new(miette::NarratableReportHandler::new()) as Box<dyn miette::ReportHandler>;
    static HOOK: Once = Once::new();
    HOOK.call_once(|| miette::set_hook(Box::new(move |_| narrate())).unwrap());
    for (error, chain) in errors().await {
        let report = Err::<(), _>(error).into_diagnostic().unwrap_err();
        assert_whole(&format!("{report:?}"), chain);
        assert_eq!(report.to_string(), chain[0]);
        assert_eq!(report.chain().map(ToString::to_string).collect::<Vec<_>>(), chain);
    }
}

/// Its reports alone: its hook for panics is for programs.
#[tokio::test]
async fn color_eyre_shows_the_whole_chain() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let hooks = color_eyre::config::HookBuilder::new().theme(color_eyre::config::Theme::new());
        let (_, eyre) = hooks.display_env_section(false).into_hooks();
        eyre.install().unwrap();
    });
    for (error, chain) in errors().await {
        let report = color_eyre::Report::from(error);
        assert_whole(&format!("{report:#}"), chain);
        let numbered: Vec<_> =
            chain.iter().enumerate().map(|(n, line)| format!("   {n}: {line}\n")).collect();
        let shown = format!("{report:?}\n");
        assert!(shown.contains(&format!("\n{}", numbered.concat())), "{shown}");
        let of_chain = report.chain().find_map(|cause| cause.downcast_ref::<ShopError>());
        assert!(of_chain.is_some());
    }
    let report = color_eyre::eyre::eyre!(testing::error(404, ""));
    assert!(report.downcast_ref::<Error>().unwrap().is_not_found());
}

// ---- what an error is to the compiler

const _: () = {
    const fn sent<T: Send + Sync + Unpin + 'static>() {}
    const fn error<T: StdError + Send + Sync + 'static>() {}
    sent::<Error>();
    sent::<ErrorKind>();
    sent::<Response<Vec<u8>>>();
    sent::<Problem>();
    error::<Error>();
    error::<ShopError>();
    error::<apiclient::DecodeError>();
    error::<TransportError>();
    const fn awaited<T: Send + Unpin + 'static>() {}
    awaited::<Call<u64, ShopError>>();
    awaited::<Sending<u64, ShopError>>();
    const WORD: usize = size_of::<usize>();
    assert!(size_of::<Error>() == WORD && size_of::<Option<Error>>() == WORD);
    assert!(size_of::<Result<(), Error>>() == WORD && size_of::<Result<u64, Error>>() <= 2 * WORD);
    // What it keeps, an item and what tells the variants apart: none of them is made bigger by ours.
    assert!(size_of::<ShopError>() <= 3 * WORD);
    assert!(size_of::<ErrorKind>() == 1);
};
