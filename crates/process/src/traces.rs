//! Traces, sent by OTLP over gRPC to the collector that `OTEL_EXPORTER_OTLP_ENDPOINT` names (OpenTelemetry, "Environment
//! Variable Specification"). Without it there are none.

use std::time::Duration;

use opentelemetry::global;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{Targets, dynamic_filter_fn};
use tracing_subscriber::registry::LookupSpan;

use crate::Fault;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// Crates whose spans are sent. Those of libraries would tell of each frame and statement.
const TRACED: [&str; 5] = ["docket_rpc", "docket_storage", "auth_service", "task_service", "gateway"];
/// The span of a call (docket-rpc).
const CALL: &str = "call";
/// Time for spans to be sent when the process ends.
const FLUSH_TIMEOUT: Duration = Duration::from_millis(500);

/// Sends the spans of this process. To be [stopped](Self::stop) when the process ends.
#[derive(Debug)]
pub(crate) struct Traces(SdkTracerProvider);

impl Traces {
    /// `None` where no collector is named. `name` is that of the process, unless `OTEL_SERVICE_NAME` says another. Has to
    /// be called inside the runtime.
    pub(crate) fn start(name: &str) -> Result<Option<Self>, Fault> {
        if std::env::var_os(ENDPOINT).is_none_or(|endpoint| endpoint.is_empty()) {
            return Ok(None);
        }
        let exporter = SpanExporter::builder().with_tonic().build();
        // The error repeats what the variables hold, and headers may carry a credential.
        let exporter = exporter.map_err(|_: ExporterBuildError| {
            Fault::text(format!("{ENDPOINT} or another variable of OTEL_EXPORTER_OTLP is not one that is understood"))
        })?;
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource(name)).build();
        global::set_text_map_propagator(TraceContextPropagator::new());
        Ok(Some(Self(provider)))
    }

    /// Turns spans of Docket's crates into spans of traces.
    pub(crate) fn layer<S>(&self) -> impl Layer<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let targets = Targets::new().with_targets(TRACED.map(|target| (target, LevelFilter::DEBUG)));
        // Events are the log's. What a service does by itself, twice a second and oftener, makes no traces: a trace begins
        // with a call.
        let spans = dynamic_filter_fn(|metadata, context| {
            metadata.is_span() && (metadata.name() == CALL || context.lookup_current().is_some())
        });
        let layer = tracing_opentelemetry::layer().with_tracer(self.0.tracer("docket"));
        layer
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(targets)
            .with_filter(spans)
    }

    /// Sends what has not been sent. Gives up after half a second.
    pub(crate) fn stop(&self) {
        if let Err(error) = self.0.shutdown_with_timeout(FLUSH_TIMEOUT) {
            tracing::warn!(error = &error as &dyn std::error::Error, "failed to send the last spans");
        }
    }
}

fn resource(name: &str) -> Resource {
    let resource = Resource::builder();
    // The builder's own default is "unknown_service".
    match std::env::var_os("OTEL_SERVICE_NAME") {
        Some(_) => resource.build(),
        None => resource.with_service_name(name.to_owned()).build(),
    }
}
