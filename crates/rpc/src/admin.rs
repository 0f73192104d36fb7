//! What an operator's programs ask a process: metrics, and whether it lives and can work. On an address of its own, which
//! clients don't reach.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{CallMetrics, ConnectionCount, Health, Load, ServerSettings, serve};

/// A monitoring system or two, and a person with curl.
const MAX_CONNECTIONS: usize = 32;
/// OpenMetrics 1.0, which Prometheus reads.
const METRICS_TYPE: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// The metrics of a process, and the address where they are served. Without an address nothing is counted.
#[derive(Debug)]
pub struct Admin {
    listener: Option<TcpListener>,
    metrics: Registry,
}

impl Admin {
    /// Metrics for `listener` that tell the `version` of the program.
    pub fn new(listener: Option<TcpListener>, version: &'static str) -> Self {
        let mut metrics = Registry::default();
        metrics.register("docket_build", "The running program", Info::new([("version", version)]));
        Self { listener, metrics }
    }

    /// Counts of calls; `None` where nobody can ask for them.
    pub fn call_metrics(&mut self) -> Option<CallMetrics> {
        self.listener.is_some().then(|| CallMetrics::register(&mut self.metrics))
    }

    /// Tells `value` whenever somebody asks for metrics, as the gauge `name`. `help` says what it is.
    pub fn observe(&mut self, name: &'static str, help: &'static str, value: impl Fn() -> f64 + Send + Sync + 'static) {
        self.metrics.register_collector(Box::new(Observed { name, help, value }));
    }

    /// Tells what is in hand, and how many connections are open.
    pub fn observe_load(
        &mut self,
        load: impl Fn() -> Load + Clone + Send + Sync + 'static,
        connections: ConnectionCount,
    ) {
        let (calls, streams, bytes) = (load.clone(), load.clone(), load);
        self.observe("docket_calls_in_hand", "Calls that have not begun to answer", move || calls().calls as f64);
        self.observe("docket_streams_open", "Streams that wait for more", move || streams().streams as f64);
        self.observe("docket_message_bytes_in_hand", "Bytes of messages above 16 KiB", move || bytes().bytes as f64);
        self.observe("docket_connections_open", "Open connections", move || connections.get() as f64);
    }

    /// Does `work`, and serves until it is done: `/metrics`; `/healthz`, which answers 200 as long as the process runs;
    /// and `/readyz`, which answers 200 while every service of `health` can do its work, else 503.
    pub async fn serve_during<T>(self, health: &Health, work: impl Future<Output = T>) -> T {
        let Some(listener) = self.listener else { return work.await };
        let (metrics, health) = (Arc::new(self.metrics), health.clone());
        let router = Router::new()
            .route("/metrics", get(move || async move { encode(&metrics) }))
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(move || async move { ready(&health) }));
        let settings = ServerSettings { max_connections: MAX_CONNECTIONS, http1: true, ..ServerSettings::default() };
        tokio::select! {
            value = work => value,
            // Without a shutdown of its own it ends with the work alone.
            () = serve(listener, router, CancellationToken::new(), settings) => unreachable!("nobody cancels it"),
        }
    }
}

fn encode(metrics: &Registry) -> Response {
    let mut text = String::new();
    match prometheus_client::encoding::text::encode(&mut text, metrics) {
        Ok(()) => ([(header::CONTENT_TYPE, METRICS_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "failed to encode the metrics");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn ready(health: &Health) -> (StatusCode, &'static str) {
    if health.is_serving() { (StatusCode::OK, "ready\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready\n") }
}

/// A gauge whose value is asked for when it is told.
struct Observed<F> {
    name: &'static str,
    help: &'static str,
    value: F,
}

impl<F> fmt::Debug for Observed<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl<F: Fn() -> f64 + Send + Sync + 'static> Collector for Observed<F> {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let gauge = ConstGauge::new((self.value)());
        let descriptor = encoder.encode_descriptor(self.name, self.help, None, gauge.metric_type())?;
        gauge.encode(descriptor)
    }
}
