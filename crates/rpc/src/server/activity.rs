//! The activity of one connection: whether it is idle, and whether its client takes its answers.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

/// How often a connection is checked for answers that are not taken, in parts of the time limit.
const STALL_CHECKS: u32 = 4;

/// The activity of one connection. Calls update it without a lock, and read the clock only when the last one ends.
#[derive(Debug)]
pub(super) struct Activity {
    start: Instant,
    /// Calls whose answers have not ended.
    calls: AtomicUsize,
    /// Of these, answers of which there is more than was taken.
    untaken: AtomicUsize,
    /// How often a client took something of an answer.
    takes: AtomicUsize,
    /// When the last call ended, or the connection was accepted, in milliseconds since the start.
    idle_since: AtomicU64,
}

impl Activity {
    /// `start` is the same for all connections of a server.
    pub(super) fn new(start: Instant) -> Arc<Self> {
        let activity = Self {
            start,
            calls: AtomicUsize::new(0),
            untaken: AtomicUsize::new(0),
            takes: AtomicUsize::new(0),
            idle_since: AtomicU64::new(0),
        };
        activity.set_idle();
        Arc::new(activity)
    }

    /// Records the start of a call.
    pub(super) fn begin(self: &Arc<Self>) -> Call {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Call(Arc::clone(self))
    }

    /// When the last call ended, or the connection was accepted, in milliseconds since the server's start; `None` while
    /// there is a call.
    pub(super) fn idle_since(&self) -> Option<u64> {
        (self.calls.load(Ordering::Relaxed) == 0).then(|| self.idle_since.load(Ordering::Relaxed))
    }

    /// Returns once there was no call for `time`.
    pub(super) async fn idle_for(&self, time: Duration) {
        loop {
            let now = Instant::now();
            let since = self.idle_since().map_or(now, |since| self.start + Duration::from_millis(since));
            if since + time <= now {
                return;
            }
            tokio::time::sleep_until(since + time).await;
        }
    }

    /// Returns once there were answers to take for `time`, and the client took nothing of any.
    pub(super) async fn stalled_for(&self, time: Duration) {
        let (mut takes, mut since) = (None, Instant::now());
        loop {
            let before = takes;
            takes = (self.untaken.load(Ordering::Relaxed) > 0).then(|| self.takes.load(Ordering::Relaxed));
            if takes.is_none() || takes != before {
                since = Instant::now();
            } else if since.elapsed() >= time {
                return;
            }
            tokio::time::sleep(time / STALL_CHECKS).await;
        }
    }

    fn set_idle(&self) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.idle_since.store(now, Ordering::Relaxed);
    }
}

/// A call of a connection, until its answer has ended or nobody waits for it any more.
#[derive(Debug)]
pub(super) struct Call(Arc<Activity>);

impl Drop for Call {
    fn drop(&mut self) {
        // Who reads in between sees an older time, and ends the connection too early at worst: with GOAWAY, without a call.
        if self.0.calls.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.set_idle();
        }
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
        self.call.0.takes.fetch_add(1, Ordering::Relaxed);
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
