//! The record of each call when it ends: a line of the log, a count in the metrics, and the end of its span.

use std::sync::{Arc, OnceLock};

use docket_identity::UserId;
use http::{HeaderMap, Response};
use opentelemetry::trace::Status as SpanStatus;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use tracing::{Level, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::HEALTH_PATH;
use crate::{CallMetrics, Reason};

/// The caller's account. [`AuthenticateLayer`](crate::AuthenticateLayer) sets it, behind the shield.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallerSlot(Arc<OnceLock<UserId>>);

impl CallerSlot {
    pub(crate) fn set(&self, caller: UserId) {
        // A call has one caller.
        let _: Result<(), UserId> = self.0.set(caller);
    }
}

/// A call that has not ended. Dropped before its [end](Self::end), it is recorded as cancelled.
#[derive(Debug)]
pub(super) struct CallRecord {
    start: Instant,
    span: Span,
    traced: bool,
    is_health: bool,
    caller: CallerSlot,
    /// With the label of the method.
    metrics: Option<(CallMetrics, &'static str)>,
    ended: bool,
}

/// How a call ended.
struct Outcome {
    code: Code,
    /// Empty for OK, and for statuses that are none of the table's.
    reason: String,
}

impl CallRecord {
    pub(super) fn begin(path: &str, span: Span, traced: bool, metrics: Option<&CallMetrics>) -> Self {
        let metrics = metrics.map(|metrics| (metrics.clone(), metrics.method(path)));
        Self {
            start: Instant::now(),
            span,
            traced,
            is_health: path.starts_with(HEALTH_PATH),
            caller: CallerSlot::default(),
            metrics,
            ended: false,
        }
    }

    pub(super) fn start(&self) -> Instant {
        self.start
    }

    pub(super) fn caller(&self) -> &CallerSlot {
        &self.caller
    }

    /// The call ends with the status in `headers` (or trailers); nothing happens where there is none.
    pub(super) fn end(&mut self, headers: &HeaderMap) {
        match headers.get(Status::GRPC_STATUS) {
            None => {}
            Some(code) if code == "0" => self.record(&Outcome { code: Code::Ok, reason: String::new() }),
            Some(_) => {
                let status = Status::from_header_map(headers).unwrap_or_else(|| Reason::Internal.status());
                let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
                self.record(&Outcome { code: status.code(), reason });
            }
        }
    }

    /// The call ends with `reason`, before its handler was called or had answered.
    pub(super) fn refuse(mut self, reason: Reason) -> Response<Body> {
        let response = reason.status().into_http();
        self.end(response.headers());
        response
    }

    fn record(&mut self, outcome: &Outcome) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let (code, duration) = (code_name(outcome.code), self.start.elapsed());
        if let Some((metrics, method)) = &self.metrics {
            metrics.count(method, code, duration);
        }
        if self.traced {
            self.span.set_attribute("rpc.response.status_code", code);
            if is_ours(outcome.code) {
                self.span.set_status(SpanStatus::error(outcome.reason.clone()));
            }
        }
        let duration_ms = duration.as_micros() as f64 / 1000.0;
        let account = self.caller.0.get().map(|id| tracing::field::display(*id));
        let reason = Some(outcome.reason.as_str()).filter(|reason| !reason.is_empty());
        self.span.in_scope(|| match level_of(outcome.code, self.is_health) {
            Level::ERROR => tracing::error!(code, reason, duration_ms, account, "call"),
            Level::WARN => tracing::warn!(code, reason, duration_ms, account, "call"),
            Level::INFO => tracing::info!(code, reason, duration_ms, account, "call"),
            _ => tracing::debug!(code, reason, duration_ms, account, "call"),
        });
    }
}

impl Drop for CallRecord {
    /// The client has gone, or cancelled the call.
    fn drop(&mut self) {
        self.record(&Outcome { code: Code::Cancelled, reason: String::new() });
    }
}

/// The level of the line of a call that ended with `code`.
fn level_of(code: Code, is_health: bool) -> Level {
    match code {
        failure if is_ours(failure) => Level::ERROR,
        // Balancers ask every few seconds.
        _ if is_health => Level::DEBUG,
        Code::ResourceExhausted | Code::Unavailable | Code::DeadlineExceeded => Level::WARN,
        _ => Level::INFO,
    }
}

/// Whether the code says that the fault is ours.
fn is_ours(code: Code) -> bool {
    matches!(code, Code::Internal | Code::Unknown | Code::DataLoss)
}

/// As the contracts and the documents of gRPC write it ("Status codes and their use in gRPC").
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::prometheus_text;
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn a_call_that_is_dropped_counts_as_cancelled_and_a_method_that_is_made_up_as_other() {
        let mut registry = Registry::default();
        let metrics = CallMetrics::register(&mut registry);
        let begin = |path| CallRecord::begin(path, Span::none(), false, Some(&metrics));
        drop(begin("/docket.task.v1.TaskService/GetTask"));
        drop(begin("/docket.task.v1.TaskService/made-up"));
        begin("/made.up.Service/Method").refuse(Reason::Unimplemented);
        let mut told = String::new();
        prometheus_text::encode(&mut told, &registry).unwrap();
        for (method, code) in
            [("docket.task.v1.TaskService/GetTask", "CANCELLED"), ("other", "CANCELLED"), ("other", "UNIMPLEMENTED")]
        {
            let line = format!("docket_call_duration_seconds_count{{method=\"{method}\",code=\"{code}\"}} 1");
            assert!(told.lines().any(|found| found == line), "{line}\n{told}");
        }
    }

    #[test]
    fn the_level_follows_the_code_and_calls_for_health_are_quiet() {
        let codes = (0..17).map(Code::from);
        let levels: Vec<_> = codes.clone().map(|code| (code_name(code), level_of(code, false))).collect();
        let of = |level| levels.iter().filter(|(_, of)| *of == level).map(|(code, _)| *code).collect::<Vec<_>>();
        assert_eq!(of(Level::ERROR), ["UNKNOWN", "INTERNAL", "DATA_LOSS"]);
        assert_eq!(of(Level::WARN), ["DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "UNAVAILABLE"]);
        assert_eq!(of(Level::INFO).len(), 11);
        for code in codes {
            let level = if is_ours(code) { Level::ERROR } else { Level::DEBUG };
            assert_eq!(level_of(code, true), level, "{code:?}");
        }
    }
}
