//! Every panel of the dashboard, asked of a real Prometheus that scrapes the example `service`: `tests/servers/run`.

use apiclient::{Call, prelude::*};
use apiclient_tests::{is_up, root};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, fs, time::Duration};
use tokio::time::{Instant, sleep};

const PROMETHEUS: &str = "http://127.0.0.1:18060";

#[derive(Debug, Deserialize)]
struct Data {
    result: Vec<Series>,
}

#[derive(Debug, Deserialize)]
struct Series {
    metric: BTreeMap<String, String>,
    /// When, and what.
    value: (f64, String),
}

#[api_client(base_url = "http://127.0.0.1:18060/api/v1")]
trait Prometheus {
    #[get("/query")]
    #[envelope("/data")]
    fn query(&self, #[query] query: &str) -> Call<Data>;

    #[get("/metadata")]
    #[envelope("/data")]
    fn metadata(&self, #[query] metric: &str) -> Call<BTreeMap<String, Vec<Value>>>;
}

/// What Grafana makes of a query of the dashboard.
fn filled(expression: &str) -> String {
    let filled =
        expression.replace("$__rate_interval", "1m").replace("$api", ".*").replace("$endpoint", ".*");
    assert!(!filled.contains('$'), "a variable that is not known: {filled}");
    filled
}

/// Its panels, each with its queries.
fn panels() -> Vec<(String, Vec<String>)> {
    let file = root().join("examples/examples/service/dashboard.json");
    let dashboard: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let panels = dashboard["panels"].as_array().unwrap().iter().map(|panel| {
        let targets = panel["targets"].as_array().unwrap();
        (text(&panel["title"]), targets.iter().map(|target| filled(&text(&target["expr"]))).collect())
    });
    panels.collect()
}

#[test]
fn the_dashboard_has_queries() {
    let panels = panels();
    assert!(panels.len() >= 12, "{panels:#?}");
    assert!(panels.iter().all(|(_, queries)| !queries.is_empty()), "{panels:#?}");
}

#[tokio::test]
async fn every_panel_has_data() {
    if !is_up(PROMETHEUS) {
        return;
    }
    let prometheus = PrometheusClient::new().unwrap();
    let until = Instant::now() + Duration::from_secs(120);
    let mut missing: Vec<(String, String)> = panels()
        .into_iter()
        .flat_map(|(title, all)| all.into_iter().map(move |query| (title.clone(), query)))
        .collect();
    let all = missing.len();
    // Some are about a rate, which takes two scrapes.
    while !missing.is_empty() && Instant::now() < until {
        let mut still = Vec::new();
        for (title, query) in missing {
            let data = prometheus.query(&query).await.unwrap_or_else(|e| panic!("{title}: {query}: {e}"));
            let is_number =
                |series: &Series| series.value.1.parse::<f64>().is_ok_and(|value| !value.is_nan());
            if !data.result.iter().any(is_number) {
                still.push((title, query));
            }
        }
        missing = still;
        sleep(Duration::from_millis(500)).await;
    }
    assert!(missing.is_empty(), "of {all} queries these have no data: {missing:#?}");
}

/// Names, units and labels as OpenTelemetry has them, seen from the other end.
#[tokio::test]
async fn names_are_those_of_the_conventions() {
    if !is_up(PROMETHEUS) {
        return;
    }
    let prometheus = PrometheusClient::new().unwrap();
    let until = Instant::now() + Duration::from_secs(120);
    let name = "http_client_request_duration_seconds";
    let series = loop {
        let query = format!(r#"{name}_count{{endpoint="item",http_response_status_code="503"}}"#);
        let mut data = prometheus.query(&query).await.unwrap();
        match data.result.pop() {
            Some(series) => break series,
            None => assert!(Instant::now() < until, "nothing is scraped"),
        }
        sleep(Duration::from_millis(500)).await;
    };
    let label = |name: &str| series.metric.get(name).map_or("", String::as_str);
    assert_eq!((label("http_request_method"), label("url_template")), ("GET", "/items/{id}"));
    assert_eq!((label("server_address"), label("error_type")), ("127.0.0.1", "503"));
    assert!(label("server_port").parse::<u16>().is_ok(), "{series:?}");
    let of = prometheus.metadata(name).await.unwrap();
    assert_eq!(of[name][0]["type"], "histogram");
}
