//! What stands between a client and every handler, the same over a socket and in process.
//!
//! From outside in: the request id and its span, the method and content type, the client's address, the number of
//! calls in hand, the deadline, panics, and the statuses that the framework makes by itself.

mod admission;
mod body;
mod normalize;
mod timeout;

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use docket_identity::{Clock, Random, new_uuid_v7};
use futures_util::FutureExt as _;
use http::{HeaderValue, Request, Response};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::service::Routes;
use tower::Service;
use tracing::Instrument as _;

use crate::{Reason, TrustedProxies};
use body::GuardedBody;

/// Names a call in the log. Made where a client sends none, and always echoed.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

/// Load balancers ask how the server is, above all when it has too much to do.
const HEALTH_PATH: &str = "/grpc.health.v1.Health/";

/// How calls are kept in bounds. Clones share the count of calls in hand.
#[derive(Clone, Debug)]
pub struct ShieldSettings {
    clock: Clock,
    random: Random,
    shutdown: CancellationToken,
    proxies: TrustedProxies,
    call_timeout: Duration,
    calls: Arc<Semaphore>,
}

impl ShieldSettings {
    /// The longest that a call may take until its answer begins.
    pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);
    /// How many calls may be in hand at once. A stream counts until it begins to answer.
    pub const MAX_CALLS: usize = 1024;

    /// The usual bounds. Clock and randomness make request ids; `shutdown` ends open streams.
    pub fn new(clock: Clock, random: Random, shutdown: CancellationToken) -> Self {
        Self {
            clock,
            random,
            shutdown,
            proxies: TrustedProxies::default(),
            call_timeout: Self::CALL_TIMEOUT,
            calls: Arc::new(Semaphore::new(Self::MAX_CALLS)),
        }
    }

    /// Believes these proxies where they say on whose behalf they call.
    #[must_use]
    pub fn proxies(self, proxies: TrustedProxies) -> Self {
        Self { proxies, ..self }
    }

    /// Another longest time for a call.
    #[must_use]
    pub fn call_timeout(self, call_timeout: Duration) -> Self {
        Self { call_timeout, ..self }
    }

    /// Another number of calls in hand.
    #[must_use]
    pub fn max_calls(self, calls: usize) -> Self {
        Self { calls: Arc::new(Semaphore::new(calls)), ..self }
    }
}

/// Puts the shield before `routes`.
pub fn shield(routes: Routes, settings: ShieldSettings) -> Shielded {
    Shielded { routes: routes.prepare(), settings: Arc::new(settings) }
}

/// Routes that wear the shield. Whatever happens, the answer to a gRPC call is a gRPC status with one `ErrorInfo`.
#[derive(Clone, Debug)]
pub struct Shielded {
    routes: Routes,
    settings: Arc<ShieldSettings>,
}

impl<B> Service<Request<B>> for Shielded
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tonic::codegen::StdError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Routes are always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let id = self.settings.request_id(&request);
        let span = tracing::info_span!(
            "call",
            method = request.uri().path(),
            request_id = id.to_str().unwrap_or_default() // made of visible ASCII
        );
        request.headers_mut().insert(REQUEST_ID_HEADER, id.clone());
        let this = self.clone();
        let answer = async move {
            let mut response = this.answer(request).await;
            response.headers_mut().insert(REQUEST_ID_HEADER, id);
            Ok(response)
        };
        Box::pin(answer.instrument(span))
    }
}

impl Shielded {
    async fn answer<B>(self, mut request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<tonic::codegen::StdError>,
    {
        let Self { mut routes, settings } = self;
        if let Some(refused) = admission::refuse(&request) {
            return refused;
        }
        settings.proxies.settle(&mut request);
        let start = Instant::now();
        let Ok(client_timeout) = timeout::of_client(request.headers()) else {
            return Reason::MalformedMessage.status().into_http();
        };
        let permit = settings.calls.try_acquire();
        if permit.is_err() && !request.uri().path().starts_with(HEALTH_PATH) {
            return Reason::Busy.status().into_http();
        }
        let limit = client_timeout.map_or(settings.call_timeout, |timeout| timeout.min(settings.call_timeout));
        let handled = AssertUnwindSafe(async { routes.call(request).await }).catch_unwind();
        // What nobody waits for any more ends in the database, too.
        #[cfg(feature = "storage")]
        let handled = docket_storage::until(start + limit, handled);
        let Ok(mut response) = match tokio::time::timeout_at(start + limit, handled).await {
            Ok(Ok(answered)) => answered,
            Ok(Err(_panic)) => {
                // The panic hook has said where and why.
                tracing::error!("a handler panicked");
                return Reason::Internal.status().into_http();
            }
            Err(_elapsed) => return Reason::Deadline.status().into_http(),
        };
        normalize::normalize(response.headers_mut());
        let deadline = client_timeout.map(|timeout| start + timeout);
        response.map(|body| GuardedBody::wrap(body, deadline, &settings.shutdown))
    }
}

impl ShieldSettings {
    /// The client's, where it is short and can't break a line of the log; else a new one.
    fn request_id<B>(&self, request: &Request<B>) -> HeaderValue {
        let given = request.headers().get(REQUEST_ID_HEADER);
        let good = |id: &&HeaderValue| (1..=128).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic);
        given.filter(good).cloned().unwrap_or_else(|| {
            let id = new_uuid_v7(self.clock.now(), &self.random).to_string();
            HeaderValue::try_from(id).expect("a UUID's text is visible ASCII")
        })
    }
}
