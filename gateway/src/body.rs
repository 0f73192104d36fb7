//! Bodies on their way through: nothing is gathered, and what breaks off ends with a status.
//!
//! None tells its length. gRPC-Web changes it, by base64 and by trailers in the body, and tells the length of before.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use docket_rpc::Reason;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame};
use tonic::body::Body;

use crate::connections::Call;

/// A client's body that can be asked, later on, whether it broke.
pub(crate) struct RequestBody {
    inner: Body,
    broken: Broken,
}

/// Whether a request's body broke off, or was no base64.
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
                // Whether it was no base64 or has broken off, it is the client's fault and no INTERNAL error.
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
    reason.status().add_header(&mut trailers).expect("texts and details of our own fit into headers");
    trailers
}

/// A remote service's body. Where the connection breaks, the client still gets a status, in the trailers that a
/// complete body ends with: browsers can't see why a stream was cut.
pub(crate) struct ResponseBody<B> {
    inner: B,
    is_over: bool,
    /// In flight for as long as this body.
    _call: Call,
}

impl<B> ResponseBody<B> {
    pub(crate) fn new(inner: B, call: Call) -> Self {
        Self { inner, is_over: false, _call: call }
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
        if self.is_over {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
            Some(Ok(frame)) => Some(Ok(frame)),
            Some(Err(error)) => {
                tracing::warn!(%error, "a service's answer broke off");
                self.is_over = true;
                Some(Ok(Frame::trailers(trailers(Reason::UpstreamUnavailable))))
            }
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.is_over || self.inner.is_end_stream()
    }
}
