//! Bounds the body of an answer: how long it goes on, how much of it is in hand, and how it ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;

use super::in_hand::AnswerInHand;
use super::record::CallRecord;
use super::{ShieldSettings, normalize};
use crate::{Reason, SourceNetwork};

/// What the connection is given at once. It takes the next piece when the client has room for it, so that what is in
/// hand is known here.
const PIECE: usize = 16 * 1024;

/// An answer that always ends with a status of the table: at the client's deadline, when the server stops, after a
/// panic.
pub(super) struct GuardedBody {
    inner: Body,
    /// Of the data that came last, what was not taken yet.
    data: Bytes,
    in_hand: AnswerInHand,
    record: CallRecord,
    deadline: Option<Instant>,
    settings: Arc<ShieldSettings>,
    /// Ends a body that has to wait; most never do.
    end: Option<Pin<Box<dyn Future<Output = Reason> + Send>>>,
    ended: bool,
}

impl GuardedBody {
    /// `body`, guarded and counted.
    pub(super) fn wrap(
        body: Body,
        network: Option<SourceNetwork>,
        deadline: Option<Instant>,
        settings: Arc<ShieldSettings>,
        record: CallRecord,
    ) -> Body {
        let (data, in_hand) = (Bytes::new(), AnswerInHand::new(network));
        Body::new(Self { inner: body, data, in_hand, record, deadline, settings, end: None, ended: false })
    }

    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<Reason> {
        let (deadline, shutdown) = (self.deadline, &self.settings.shutdown);
        let end = self.end.get_or_insert_with(|| Box::pin(end(deadline, shutdown.clone())));
        end.as_mut().poll(context)
    }

    /// The next piece of the data that came last.
    fn piece(&mut self) -> Frame<Bytes> {
        let piece = self.data.split_to(self.data.len().min(PIECE));
        if self.data.is_empty() {
            self.in_hand.release_bytes();
        }
        Frame::data(piece)
    }

    fn pass(&mut self, frame: Frame<Bytes>) -> Frame<Bytes> {
        match frame.into_data() {
            Ok(data) => {
                self.in_hand.hold_bytes(&self.settings.in_hand, data.len());
                self.data = data;
                self.piece()
            }
            Err(mut frame) => {
                if let Some(trailers) = frame.trailers_mut() {
                    normalize::normalize(trailers);
                    self.record.end(trailers);
                    // tonic would go on with what it had encoded of a message that is too large.
                    self.ended = true;
                }
                frame
            }
        }
    }

    fn end_with(&mut self, reason: Reason) -> Option<Result<Frame<Bytes>, Status>> {
        self.ended = true;
        let mut trailers = HeaderMap::new();
        normalize::write(reason, &mut trailers);
        self.record.end(&trailers);
        Some(Ok(Frame::trailers(trailers)))
    }
}

async fn end(deadline: Option<Instant>, shutdown: CancellationToken) -> Reason {
    let passed = async {
        match deadline {
            Some(deadline) => tokio::time::sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = passed => Reason::Deadline,
        () = shutdown.cancelled() => Reason::ShuttingDown,
    }
}

impl http_body::Body for GuardedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if this.ended {
            return Poll::Ready(None);
        }
        if !this.data.is_empty() {
            return Poll::Ready(Some(Ok(this.piece())));
        }
        match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut this.inner).poll_frame(context))) {
            Ok(Poll::Pending) if this.in_hand.open_stream(&this.settings.in_hand).is_err() => {
                Poll::Ready(this.end_with(Reason::Busy))
            }
            Ok(Poll::Pending) => this.poll_end(context).map(|reason| this.end_with(reason)),
            Ok(Poll::Ready(Some(Ok(frame)))) => Poll::Ready(Some(Ok(this.pass(frame)))),
            Ok(Poll::Ready(None)) => Poll::Ready(None),
            Ok(Poll::Ready(Some(Err(error)))) => {
                tracing::error!(error = &error as &dyn std::error::Error, "answer body failed");
                Poll::Ready(this.end_with(Reason::Internal))
            }
            Err(_panic) => {
                tracing::error!("answer stream panicked");
                Poll::Ready(this.end_with(Reason::Internal))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended || (self.data.is_empty() && self.inner.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        if self.data.is_empty() { self.inner.size_hint() } else { SizeHint::default() }
    }
}
