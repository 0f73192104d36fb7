//! Carries the trace that a call belongs to from process to process (W3C Trace Context, `traceparent`).

use http::HeaderMap;
use opentelemetry::global::get_text_map_propagator;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Whether this process takes part in traces: whether it was started with a place to send them to.
pub(crate) fn is_traced() -> bool {
    get_text_map_propagator(|propagator| propagator.fields().next().is_some())
}

/// Makes `span` a part of the trace that `headers` name, where they name one.
pub(crate) fn join_trace(span: &Span, headers: &HeaderMap) {
    let parent = get_text_map_propagator(|propagator| propagator.extract(&HeaderExtractor(headers)));
    if parent.span().span_context().is_valid() {
        // It fails only for a span that has a parent already.
        drop(span.set_parent(parent));
    }
}

/// Names the trace of the current span in the headers of a call to another process. Without traces the headers stay as
/// they are.
pub fn pass_trace(headers: &mut HeaderMap) {
    let context = Span::current().context();
    if context.span().span_context().is_valid() {
        get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut HeaderInjector(headers)));
    }
}
