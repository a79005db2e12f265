//! What is for those who operate it: metrics, health, statistics, other settings.

use apiclient::{Client, config::ConfigBuilder, metrics::Metrics};
use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    header::HeaderValue,
};
use metrics_exporter_prometheus::PrometheusHandle;
use std::{convert::Infallible, io, sync::Arc};

#[derive(Clone)]
pub struct Ops {
    pub client: Client,
    pub config: ConfigBuilder,
    pub metrics: Arc<Metrics>,
    pub prometheus: PrometheusHandle,
}

impl Ops {
    /// In the format of Prometheus, with the limits as they are now.
    pub fn metrics(&self) -> String {
        self.metrics.record(&self.client);
        self.prometheus.run_upkeep();
        self.prometheus.render()
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let json = |value: serde_json::Result<String>| value.unwrap_or_else(|e| e.to_string());
        let (status, media_type, text) = match request.uri().path() {
            "/metrics" => (200, "text/plain; version=0.0.4", self.metrics()),
            "/health" => {
                let health = self.client.health().await;
                let status = if health.is_healthy() { 200 } else { 503 };
                (status, "application/json", json(serde_json::to_string_pretty(&health)))
            }
            "/stats" => {
                (200, "application/json", json(serde_json::to_string_pretty(&self.client.stats().total())))
            }
            // The file once more: policies that differ are those of the next call.
            "/reload" => match self.config.load().and_then(|config| self.client.reload(&config)) {
                Ok(reloaded) => (200, "text/plain", reloaded.to_string()),
                Err(e) => (500, "text/plain", e.to_string()),
            },
            _ => (404, "text/plain", "no such page".to_owned()),
        };
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
        response.headers_mut().insert("content-type", HeaderValue::from_static(media_type));
        Ok(response)
    }
}

/// The URL by which it is reached.
pub async fn serve(listen: &str, ops: Ops) -> io::Result<String> {
    let at = apiclient_examples::listen(listen, move |request| ops.clone().answer(request)).await?;
    Ok(format!("http://{at}"))
}
