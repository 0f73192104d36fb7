//! What goes on on one connection: since when nothing does, and whether answers are not taken.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

/// What is known about one connection without a lock: each call touches it.
#[derive(Debug)]
pub(super) struct Activity {
    start: Instant,
    /// Calls whose answers have not ended.
    calls: AtomicUsize,
    /// Of these, answers of which there is more than was taken.
    untaken: AtomicUsize,
    /// When a call came, went on or ended, in milliseconds since the start.
    last: AtomicU64,
}

impl Activity {
    /// `start` is the same for all connections of a server.
    pub(super) fn new(start: Instant) -> Arc<Self> {
        let activity =
            Self { start, calls: AtomicUsize::new(0), untaken: AtomicUsize::new(0), last: AtomicU64::new(0) };
        activity.touch();
        Arc::new(activity)
    }

    /// Notes that a call has begun.
    pub(super) fn begin(self: &Arc<Self>) -> Call {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.touch();
        Call(Arc::clone(self))
    }

    /// When the last call ended, or the connection came, in milliseconds since the server's start; `None` while there
    /// is a call.
    pub(super) fn idle_since(&self) -> Option<u64> {
        (self.calls.load(Ordering::Relaxed) == 0).then(|| self.last.load(Ordering::Relaxed))
    }

    /// Returns once there was no call for `time`.
    pub(super) async fn idle_for(&self, time: Duration) {
        self.unchanged_for(time, || self.calls.load(Ordering::Relaxed) == 0).await;
    }

    /// Returns once there were answers to take for `time`, and nothing of any was taken.
    pub(super) async fn stalled_for(&self, time: Duration) {
        self.unchanged_for(time, || self.untaken.load(Ordering::Relaxed) > 0).await;
    }

    async fn unchanged_for(&self, time: Duration, holds: impl Fn() -> bool) {
        loop {
            let last = self.start + Duration::from_millis(self.last.load(Ordering::Relaxed));
            let now = Instant::now();
            // Where it does not hold now, it can't have held for `time` before that time has passed.
            let until = if holds() { last + time } else { now + time };
            if until <= now {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }

    fn touch(&self) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
    }
}

/// A call of a connection, until its answer has ended or nobody waits for it any more.
#[derive(Debug)]
pub(super) struct Call(Arc<Activity>);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.touch();
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The body of an answer that tells the connection's activity of itself.
pub(super) struct ObservedBody<B> {
    inner: B,
    call: Call,
    untaken: bool,
}

impl<B> ObservedBody<B> {
    pub(super) fn new(inner: B, call: Call) -> Self {
        let mut body = Self { inner, call, untaken: false };
        body.set_untaken(true);
        body
    }

    fn set_untaken(&mut self, untaken: bool) {
        let count = &self.call.0.untaken;
        match (std::mem::replace(&mut self.untaken, untaken), untaken) {
            (false, true) => drop(count.fetch_add(1, Ordering::Relaxed)),
            (true, false) => drop(count.fetch_sub(1, Ordering::Relaxed)),
            _ => {}
        }
    }
}

impl<B> Drop for ObservedBody<B> {
    fn drop(&mut self) {
        self.set_untaken(false);
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for ObservedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        self.call.0.touch();
        let frame = Pin::new(&mut self.inner).poll_frame(context);
        self.set_untaken(frame.is_ready());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
