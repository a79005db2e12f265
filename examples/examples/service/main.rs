//! A program as it is operated: settings from a file and from variables, logs as JSON, metrics for Prometheus, health, and a batch of
//! 10,000 calls against a service that fails now and then, which this program brings along.
//!
//! ```text
//! cargo run --release --example service
//! APICLIENT_INVENTORY__RATE_LIMIT__RATE=1000/s cargo run --release --example service
//! cargo run --release --example service -- --listen 127.0.0.1:9464 --stay 60
//! ```
//!
//! `dashboard.json` beside it is a dashboard for Grafana over these metrics, `prometheus.yml` scrapes them.

mod log;
mod ops;

use apiclient::{
    BatchProgress, Error, batch, config::Config, indicatif::ProgressBar, metrics::Metrics,
    observe::RequestId, prelude::*, stats::Tally,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde::Deserialize;
use std::{error, sync::Arc, time::Duration};

#[derive(Debug, Deserialize)]
pub struct Item {
    pub id: u64,
    pub stock: u32,
}

#[api_client(name = "Inventory")]
#[auth(oauth2)]
pub trait Inventory {
    #[get("/items/{id}")]
    fn item(&self, id: u64) -> Call<Item>;

    #[health]
    #[get("/health")]
    #[auth(none)]
    fn health(&self) -> Call<()>;
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn error::Error>> {
    let options = Options::read()?;
    let (api, token_url) = apiclient_examples::inventory::serve().await?;

    // Logs go where the bar is not.
    let bar = ProgressBar::no_length();
    log::begin(bar.clone());

    let prometheus = recorder()?;
    let metrics = Arc::new(Metrics::new());

    // The file, and over it the environment: where the service is, and its secret, are not in a file.
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/service/apiclient.toml");
    let of_environment = [
        ("APICLIENT_INVENTORY__BASE_URL", api.as_str()),
        ("APICLIENT_INVENTORY__AUTH__CLIENT_CREDENTIALS__TOKEN_URL", &token_url),
        ("INVENTORY_SECRET", "not so secret"),
    ];
    let of_environment = of_environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Config::builder().file(here).variables(of_environment.into_iter().chain(std::env::vars()));
    let config = settings.clone().load()?;
    println!("{}", config.explain());

    let inventory = InventoryClient::builder()
        .config(&config, "inventory")
        .hook(metrics.clone())
        .hook(RequestId::new("X-Request-Id"))
        .build()?;
    let client = inventory.client();

    let health = client.wait_until_healthy(Duration::from_secs(5), Duration::from_millis(100)).await?;
    println!("{health}: {:?}", health.checks()[0].latency());
    let ops = ops::Ops { client: client.clone(), config: settings, metrics, prometheus };
    let url = ops::serve(&options.listen, ops.clone()).await?;
    println!("{url}/metrics, {url}/health, {url}/stats, and {url}/reload for other settings");

    let progress = BatchProgress::with_bar(client, bar);
    let calls = batch(1..=options.calls, |id| inventory.item(*id)).concurrency(256).progress(progress);
    let mut stock = 0_u64;
    let summary = calls
        .run(|_, item| {
            if let Ok(item) = item {
                stock += u64::from(item.stock);
            }
        })
        .await;
    println!("\n{summary}; {stock} in stock");
    print(&client.stats().total());
    println!("{}", client.health().await);
    for line in
        ops.metrics().lines().filter(|line| line.contains("_count{") || line.contains("breaker_state{"))
    {
        println!("{line}");
    }

    stay(&inventory, options.stay).await?;
    Ok(())
}

/// Works on, for those who look at it.
async fn stay(inventory: &InventoryClient, stay: Duration) -> Result<(), Error> {
    let mut since = tokio::time::interval(Duration::from_millis(250));
    let until = tokio::time::Instant::now() + stay;
    while tokio::time::Instant::now() < until {
        since.tick().await;
        // More than there are places for: some wait.
        batch(1..=100_u64, |id| inventory.item(*id * 25)).concurrency(100).run(|_, _| {}).await;
    }
    Ok(())
}

/// What there is to say about the calls.
fn print(total: &Tally) {
    let times = total.latency();
    println!(
        "{} calls, {:.2} % well, {} attempts",
        total.calls(),
        total.success_rate() * 100.0,
        total.attempts()
    );
    println!("{} retries, {} waits for limits", total.retries(), total.waits());
    println!("p50 {:?}, p95 {:?}, p99 {:?}, max {:?}", times.p50, times.p95, times.p99, times.max);
    for (kind, count) in total.failures_by_kind() {
        println!("failed: {count} {kind}");
    }
}

/// Names as Prometheus has them, with units; times and lengths as histograms whose buckets can be added up.
fn recorder() -> Result<PrometheusHandle, Box<dyn error::Error>> {
    let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
    let bytes = [100.0, 1e3, 1e4, 1e5, 1e6, 1e7];
    let builder = PrometheusBuilder::new()
        .with_recommended_naming(true)
        .set_buckets_for_metric(Matcher::Suffix("_bytes".into()), &bytes)?
        .set_buckets(&seconds)?;
    Ok(builder.install_recorder()?)
}

struct Options {
    listen: String,
    calls: u64,
    stay: Duration,
}

impl Options {
    fn read() -> Result<Self, String> {
        let mut options = Options { listen: "127.0.0.1:0".into(), calls: 10_000, stay: Duration::ZERO };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().ok_or(format!("{word} needs a value"))?;
            let number = || value.parse().map_err(|e| format!("{word} {value}: {e}"));
            match word.as_str() {
                "--listen" => options.listen = value,
                "--calls" => options.calls = number()?,
                "--stay" => options.stay = Duration::from_secs(number()?),
                _ => return Err(format!("{word} is not known; there is --listen, --calls and --stay")),
            }
        }
        Ok(options)
    }
}
