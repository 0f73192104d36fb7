//! Closes connections that send nothing. HTTP libraries start their timers only after the preface.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// As long as the preface of HTTP/2 (RFC 9113, 3.4), and shorter than any request of HTTP/1.1 that is of use.
const FIRST_BYTES: usize = 24;

/// A stream on which reading fails where the first bytes do not all come in time.
pub(super) struct FirstBytes<T> {
    stream: T,
    waiting: Option<Waiting>,
}

struct Waiting {
    missing: usize,
    too_late: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl<T> FirstBytes<T> {
    /// `too_late` ends when the time is up.
    pub(super) fn new(stream: T, too_late: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { stream, waiting: Some(Waiting { missing: FIRST_BYTES, too_late: Box::pin(too_late) }) }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for FirstBytes<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        let Some(waiting) = &mut this.waiting else { return read };
        waiting.missing = waiting.missing.saturating_sub(buffer.filled().len() - before);
        if waiting.missing == 0 {
            this.waiting = None;
        } else if read.is_pending() && waiting.too_late.as_mut().poll(context).is_ready() {
            this.waiting = None; // done: it must not be polled again
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for FirstBytes<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}
