//! The checks between a client and every handler, the same over a socket and in process.
//!
//! From outside in: the request id and its span, the method and content type, the client's address, the message as a
//! whole, the number of calls in hand, the deadline, panics, and the statuses that the framework makes by itself.

mod admission;
mod body;
mod in_hand;
mod message;
mod normalize;
mod record;
mod settings;
mod timeout;

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Request, Response};
use tokio::time::{Instant, timeout_at};
use tonic::body::Body;
use tonic::service::Routes;
use tower::Service;
use tracing::Instrument as _;

use crate::{Reason, SourceNetwork};
use body::GuardedBody;
pub use in_hand::Load;
use message::Message;
pub(crate) use record::CallerSlot;
pub use settings::ShieldSettings;

/// Identifies a call in the log. Generated where the client sends none; always returned.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

/// Load balancers must get an answer also while the server is busy.
const HEALTH_PATH: &str = "/grpc.health.v1.Health/";
/// The only methods that take a stream of messages: their answer begins at once, and each message is answered by itself.
const REFLECTION_PATH: &str = "/grpc.reflection.";

/// Puts the shield before `routes`.
pub fn shield(routes: Routes, settings: ShieldSettings) -> Shielded {
    Shielded { routes: routes.prepare(), settings: Arc::new(settings) }
}

/// Routes behind the shield. Every failed gRPC call is answered with a gRPC status with one `ErrorInfo`.
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
        let span = self.settings.span(&request, &id);
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
    /// How much is in hand at this moment.
    pub fn load(&self) -> Load {
        self.settings.in_hand.load()
    }

    async fn answer<B>(self, mut request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<tonic::codegen::StdError>,
    {
        if let Some(refused) = admission::refuse(&request) {
            return refused;
        }
        let mut record = self.settings.record(request.uri().path());
        request.extensions_mut().insert(record.caller().clone());
        let start = record.start();
        let Ok(client_timeout) = timeout::of_client(request.headers()) else {
            return record.refuse(Reason::MalformedMessage);
        };
        let settings = Arc::clone(&self.settings);
        let network = settings.proxies.record_client(&mut request);
        let longest = client_timeout.map_or(settings.call_timeout, |timeout| timeout.min(settings.call_timeout));
        let mut response = match self.call_within(request, network, start + longest).await {
            Ok(response) => response,
            Err(reason) => return record.refuse(reason),
        };
        normalize::normalize(response.headers_mut());
        record.end(response.headers());
        let deadline = client_timeout.map(|timeout| start + timeout);
        response.map(|body| GuardedBody::wrap(body, network, deadline, settings, record))
    }

    /// Collects the message, and calls the handler if the limits allow it.
    async fn call_within<B>(
        self,
        request: Request<B>,
        network: Option<SourceNetwork>,
        deadline: Instant,
    ) -> Result<Response<Body>, Reason>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<tonic::codegen::StdError>,
    {
        let Self { mut routes, settings } = self;
        let (head, body) = request.into_parts();
        let path = head.uri.path();
        let Message { body, held: _bytes } = if path.starts_with(REFLECTION_PATH) {
            Message { body: Body::new(body), held: None }
        } else {
            let collect = Message::collect(body, network, &settings.in_hand);
            timeout_at(deadline, collect).await.map_err(|_elapsed| Reason::Deadline)??
        };
        let permit = settings.in_hand.calls.take(network, 1);
        if permit.is_err() && !path.starts_with(HEALTH_PATH) {
            return Err(Reason::Busy);
        }
        let request = Request::from_parts(head, body);
        let handled = AssertUnwindSafe(async { routes.call(request).await }).catch_unwind();
        // The database gives up a statement together with the call.
        #[cfg(feature = "storage")]
        let handled = docket_storage::until(deadline, handled);
        match timeout_at(deadline, handled).await {
            Ok(Ok(Ok(response))) => Ok(response),
            Ok(Err(_panic)) => {
                // The panic hook has logged where and why.
                tracing::error!("handler panicked");
                Err(Reason::Internal)
            }
            Err(_elapsed) => Err(Reason::Deadline),
        }
    }
}
