//! Request and response bodies, streamed and never buffered as a whole. A response that breaks off ends with a status.
//!
//! Neither reports its length: gRPC-Web changes it, by base64 and by trailers in the body, and would report the length
//! before the change.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use docket_rpc::Reason;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame};
use tonic::body::Body;

use crate::connections::InFlight;

/// The body that a client sends. It records in a [`Broken`] when reading it fails.
pub(crate) struct RequestBody {
    inner: Body,
    broken: Broken,
}

/// Whether reading a request's body has failed: it broke off, or was not base64.
#[derive(Clone, Default)]
pub(crate) struct Broken(Arc<AtomicBool>);

impl Broken {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl RequestBody {
    pub(crate) fn new(inner: Body) -> (Self, Broken) {
        let broken = Broken::default();
        (Self { inner, broken: broken.clone() }, broken)
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = tonic::Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        Poll::Ready(frame.map(|frame| {
            frame.map_err(|_| {
                self.broken.0.store(true, Ordering::Relaxed);
                // Both are the client's fault, not an INTERNAL error.
                Reason::MalformedMessage.status()
            })
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }
}

fn trailers(reason: Reason) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    reason.status().add_header(&mut trailers).expect("the texts and details of reasons are valid header values");
    trailers
}

/// The body of a remote service's response. Where the connection breaks, the body ends with trailers that carry a
/// status: browsers cannot see why a stream was cut.
pub(crate) struct ResponseBody<B> {
    inner: B,
    has_ended: bool,
    /// Counts the call as in flight until the body is dropped.
    _in_flight: InFlight,
}

impl<B> ResponseBody<B> {
    pub(crate) fn new(inner: B, in_flight: InFlight) -> Self {
        Self { inner, has_ended: false, _in_flight: in_flight }
    }
}

impl<B: HttpBody<Data = Bytes> + Unpin> HttpBody for ResponseBody<B>
where
    B::Error: std::fmt::Display,
{
    type Data = Bytes;
    type Error = tonic::Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
            Some(Ok(frame)) => Some(Ok(frame)),
            Some(Err(error)) => {
                tracing::warn!(%error, "upstream response was interrupted");
                self.has_ended = true;
                Some(Ok(Frame::trailers(trailers(Reason::UpstreamUnavailable))))
            }
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended || self.inner.is_end_stream()
    }
}
