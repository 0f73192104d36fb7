//! What a shield allows.

use std::time::Duration;

use docket_identity::{Clock, Random, new_uuid_v7};
use http::{HeaderValue, Request};
use tokio_util::sync::CancellationToken;
use tracing::{Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::REQUEST_ID_HEADER;
use super::in_hand::InHand;
use super::record::CallRecord;
use crate::quota::Quota;
use crate::tracing_context::{is_traced, join_trace};
use crate::{CallMetrics, TrustedProxies};

/// How calls are kept in bounds. Clones share the counts of what is in hand.
///
/// One source network can hold a quarter of each of these limits.
#[derive(Clone, Debug)]
pub struct ShieldSettings {
    pub(super) clock: Clock,
    pub(super) random: Random,
    pub(super) shutdown: CancellationToken,
    pub(super) proxies: TrustedProxies,
    pub(super) call_timeout: Duration,
    pub(super) in_hand: InHand,
    pub(super) metrics: Option<CallMetrics>,
    pub(super) traced: bool,
}

impl ShieldSettings {
    /// The longest that a call may take until its answer begins.
    pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);
    /// How many calls may be in hand at once: from when their message is there until their answer begins. At 10 ms
    /// each, a quarter of them is 25 600 calls a second.
    pub const MAX_CALLS: usize = 1024;
    /// How many streams may be open at once: answers that wait for more to say, and requests that wait for their
    /// message. A page that is open holds one.
    pub const MAX_STREAMS: usize = 10_000;
    /// How many bytes of messages above 16 KiB may be in hand at once: of requests until they are answered, of answers
    /// until they are taken. A quarter is three of the longest messages that any service takes.
    pub const MAX_BYTES: usize = 64 * 1024 * 1024;

    /// The usual bounds. Clock and randomness make request ids; `shutdown` ends open streams.
    pub fn new(clock: Clock, random: Random, shutdown: CancellationToken) -> Self {
        Self {
            clock,
            random,
            shutdown,
            proxies: TrustedProxies::default(),
            call_timeout: Self::CALL_TIMEOUT,
            in_hand: InHand {
                calls: Quota::new(Self::MAX_CALLS),
                streams: Quota::new(Self::MAX_STREAMS),
                bytes: Quota::new(Self::MAX_BYTES),
            },
            metrics: None,
            traced: is_traced(),
        }
    }

    /// Counts calls in `metrics`, where there are any.
    #[must_use]
    pub fn metrics(self, metrics: Option<CallMetrics>) -> Self {
        Self { metrics, ..self }
    }

    /// Settings for another service of the same process. It counts its calls separately, so that slow calls of one
    /// service don't use up the limit of the other. Streams and bytes are counted together.
    #[must_use]
    pub fn separate_calls(self) -> Self {
        self.max_calls(Self::MAX_CALLS)
    }

    /// Trusts these proxies about the address of the client. Calls for which they name no client are bound by the limits
    /// alone, not by a share of them.
    #[must_use]
    pub fn proxies(self, proxies: TrustedProxies) -> Self {
        Self { proxies, ..self }
    }

    /// Another longest time for a call.
    #[must_use]
    pub fn call_timeout(self, call_timeout: Duration) -> Self {
        Self { call_timeout, ..self }
    }

    /// Another number of calls in hand, with a count of its own.
    #[must_use]
    pub fn max_calls(mut self, calls: usize) -> Self {
        self.in_hand.calls = Quota::new(calls);
        self
    }

    /// Another number of open streams, with a count of its own.
    #[must_use]
    pub fn max_streams(mut self, streams: usize) -> Self {
        self.in_hand.streams = Quota::new(streams);
        self
    }

    /// Another number of bytes in hand, with a count of its own.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.in_hand.bytes = Quota::new(bytes);
        self
    }

    /// The span of a call. Every line that the call causes in the log names its method and request id.
    pub(super) fn span<B>(&self, request: &Request<B>, id: &HeaderValue) -> Span {
        let method = request.uri().path();
        let span = tracing::error_span!(
            "call",
            method,
            request_id = id.to_str().unwrap_or_default(), // made of visible ASCII
            otel.name = field::Empty,
            otel.kind = field::Empty,
        );
        if self.traced {
            join_trace(&span, request.headers());
            span.record("otel.name", method.trim_start_matches('/')).record("otel.kind", "server");
            span.set_attribute("rpc.system.name", "grpc");
        }
        span
    }

    /// The record of a call in whose span this is called.
    pub(super) fn record(&self, path: &str) -> CallRecord {
        CallRecord::begin(path, Span::current(), self.traced, self.metrics.as_ref())
    }

    /// The client's, where it is short and can't break a line of the log; else a new one.
    pub(super) fn request_id<B>(&self, request: &Request<B>) -> HeaderValue {
        let given = request.headers().get(REQUEST_ID_HEADER);
        let good = |id: &&HeaderValue| (1..=128).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic);
        given.filter(good).cloned().unwrap_or_else(|| {
            let id = new_uuid_v7(self.clock.now(), &self.random).to_string();
            HeaderValue::try_from(id).expect("a UUID's text is visible ASCII")
        })
    }
}
