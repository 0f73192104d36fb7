//! What an operator's programs ask a process: metrics, and whether it lives and can work. On an address of its own, which
//! clients don't reach.

mod call_metrics;
mod jobs;
mod observed;
mod services;

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{ConnectionCount, Health, Load, ServerSettings, serve};
pub use call_metrics::CallMetrics;
pub use jobs::Job;
use observed::Observed;
pub use observed::{Labels, Metric};

/// A monitoring system or two, and a person with curl.
const MAX_CONNECTIONS: usize = 32;

const CALLS: Metric = Metric::gauge("docket_calls_in_hand", "Calls that have not begun to answer");
const STREAMS: Metric = Metric::gauge("docket_streams_open", "Streams that wait for more");
const BYTES: Metric = Metric::gauge("docket_message_bytes_in_hand", "Bytes of messages above 16 KiB");
const CONNECTIONS: Metric = Metric::gauge("docket_connections_open", "Open connections");

/// The metrics of a process, and the address where they are served. Without an address nothing is counted.
#[derive(Debug)]
pub struct Admin {
    listener: Option<TcpListener>,
    metrics: Registry,
    observed: Observed,
}

impl Admin {
    /// Metrics for `listener` that tell the `version` of the program.
    pub fn new(listener: Option<TcpListener>, version: &'static str) -> Self {
        let mut metrics = Registry::default();
        metrics.register("docket_build", "The running program", Info::new([("version", version)]));
        Self { listener, metrics, observed: Observed::default() }
    }

    /// Counts of calls; `None` where nobody can ask for them.
    pub fn call_metrics(&mut self) -> Option<CallMetrics> {
        self.listener.is_some().then(|| CallMetrics::register(&mut self.metrics))
    }

    /// Tells `value` as a series of `metric` whenever somebody asks for metrics; `None` is not told.
    pub fn observe(&mut self, metric: Metric, labels: Labels, value: impl Fn() -> Option<f64> + Send + Sync + 'static) {
        self.observed.add(metric, labels, value);
    }

    /// Tells what is in hand, and how many connections are open.
    pub fn observe_load(
        &mut self,
        load: impl Fn() -> Load + Clone + Send + Sync + 'static,
        connections: ConnectionCount,
    ) {
        let (calls, streams, bytes) = (load.clone(), load.clone(), load);
        self.observe(CALLS, vec![], move || Some(calls().calls as f64));
        self.observe(STREAMS, vec![], move || Some(streams().streams as f64));
        self.observe(BYTES, vec![], move || Some(bytes().bytes as f64));
        self.observe(CONNECTIONS, vec![], move || Some(connections.get() as f64));
    }

    /// Does `work`, and serves until it is done: `/metrics`; `/healthz`, which answers 200 as long as the process runs;
    /// and `/readyz`, which answers 200 while every service of `health` can do its work, else 503.
    pub async fn serve_during<T>(mut self, health: &Health, work: impl Future<Output = T>) -> T {
        let Some(listener) = self.listener else { return work.await };
        self.metrics.register_collector(Box::new(self.observed));
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
    match prometheus_text::encode(&mut text, metrics) {
        Ok(()) => ([(header::CONTENT_TYPE, prometheus_text::CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "failed to encode the metrics");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn ready(health: &Health) -> (StatusCode, &'static str) {
    if health.is_serving() { (StatusCode::OK, "ready\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready\n") }
}
