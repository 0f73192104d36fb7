//! Slows down clients of HTTP/2 that send control frames instead of calls.
//!
//! PING, SETTINGS, WINDOW_UPDATE, PRIORITY, RST_STREAM and unknown frames cost the server time and carry no call. An
//! ordinary client sends few of them, beside its calls and what it receives; more than that is read at a low rate.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// RFC 9113, 3.4.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Length, type, flags and stream (RFC 9113, 4.1).
const HEAD: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;

/// Control frames that a client may send at once.
const BURST: i64 = 1000;
/// Control frames a second that a client may send whatever else it does.
const RATE: i64 = 100;
/// Control frames that each frame of a call, of headers or of data, allows.
const BY_CALL_FRAME: i64 = 4;
/// Sent bytes that allow a control frame: little messages are acknowledged one by one. The answer to a PING has 17.
const BYTES: usize = 64;

/// A stream from which no more control frames are read than there should be.
pub(super) struct ControlFrames<T> {
    stream: T,
    heads: Heads,
    budget: Budget,
    pause: Option<Pin<Box<Sleep>>>,
}

impl<T> ControlFrames<T> {
    pub(super) fn new(stream: T) -> Self {
        Self { stream, heads: Heads::default(), budget: Budget::new(), pause: None }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for ControlFrames<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(pause) = &mut this.pause {
            ready!(pause.as_mut().poll(context));
            this.pause = None;
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        this.pause = this.budget.spend(this.heads.follow(&buffer.filled()[before..])).map(|time| Box::pin(sleep(time)));
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for ControlFrames<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.budget.sent += written;
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, slices))?;
        self.budget.sent += written;
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// How many frames there were of which kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    control: i64,
    of_calls: i64,
}

/// Follows the heads of frames through what is read, in whatever pieces it comes.
#[derive(Default)]
struct Heads {
    /// How much of the preface has come.
    preface: usize,
    is_http1: bool,
    head: [u8; HEAD],
    in_head: usize,
    /// What is missing of the frame.
    payload: usize,
}

impl Heads {
    fn follow(&mut self, mut bytes: &[u8]) -> Counts {
        let mut counts = Counts::default();
        bytes = self.skip_preface(bytes);
        while !bytes.is_empty() {
            let skipped = self.payload.min(bytes.len());
            self.payload -= skipped;
            bytes = &bytes[skipped..];
            let taken = (HEAD - self.in_head).min(bytes.len());
            self.head[self.in_head..self.in_head + taken].copy_from_slice(&bytes[..taken]);
            self.in_head += taken;
            bytes = &bytes[taken..];
            if self.in_head == HEAD {
                self.in_head = 0;
                let [high, middle, low, kind, ..] = self.head;
                self.payload = u32::from_be_bytes([0, high, middle, low]) as usize;
                match kind {
                    HEADERS => counts.of_calls += 1,
                    DATA if self.payload > 0 => counts.of_calls += 1,
                    _ => counts.control += 1,
                }
            }
        }
        counts
    }

    /// What comes behind the preface: nothing where the client speaks HTTP/1.1.
    fn skip_preface<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let expected = &PREFACE[self.preface..];
        let length = expected.len().min(bytes.len());
        self.is_http1 |= bytes[..length] != expected[..length];
        self.preface += length;
        if self.is_http1 { &[] } else { &bytes[length..] }
    }
}

/// How many control frames may still be read.
struct Budget {
    left: i64,
    /// Bytes that were sent and not counted yet.
    sent: usize,
    counted: Instant,
}

impl Budget {
    fn new() -> Self {
        Self { left: BURST, sent: 0, counted: Instant::now() }
    }

    /// Counts what was read; the time to wait until more may be, where it was too much.
    fn spend(&mut self, counts: Counts) -> Option<Duration> {
        let by_sent = i64::try_from(self.sent / BYTES).unwrap_or(i64::MAX);
        self.sent %= BYTES;
        let allowed = (counts.of_calls * BY_CALL_FRAME).saturating_add(by_sent);
        self.left = self.left.saturating_add(allowed).saturating_sub(counts.control).min(BURST);
        if self.left >= 0 {
            return None;
        }
        // The time matters only here: it pays what is owed, and is not saved up.
        let elapsed = self.counted.elapsed();
        self.counted += elapsed;
        let by_time = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX).saturating_mul(RATE) / 1000;
        self.left = self.left.saturating_add(by_time).min(0);
        let missing = u64::try_from(-self.left).ok().filter(|missing| *missing > 0)?;
        Some(Duration::from_millis(missing * 1000 / RATE.unsigned_abs()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    fn frame(kind: u8, payload: usize) -> Vec<u8> {
        let length = u32::try_from(payload).unwrap().to_be_bytes();
        [&length[1..], &[kind, 0, 0, 0, 0, 1], &vec![0xff; payload]].concat()
    }

    #[test]
    fn frames_are_counted_in_whatever_pieces_they_come() {
        let bytes =
            [PREFACE, &frame(4, 0), &frame(HEADERS, 30), &frame(DATA, 300), &frame(DATA, 0), &frame(6, 8)].concat();
        for size in [1, 2, 7, 25, 1000] {
            let mut heads = Heads::default();
            let counts = bytes.chunks(size).map(|piece| heads.follow(piece));
            let sum = |one: Counts, other: Counts| Counts {
                control: one.control + other.control,
                of_calls: one.of_calls + other.of_calls,
            };
            assert_eq!(counts.reduce(sum), Some(Counts { control: 3, of_calls: 2 }), "{size}");
        }
    }

    #[test]
    fn http1_has_no_frames() {
        let mut heads = Heads::default();
        for piece in [b"PRI".as_slice(), b"NT / HTTP/1.1\r\n", &vec![0; 10_000]] {
            assert_eq!(heads.follow(piece), Counts::default());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_beyond_the_burst_is_paid_by_time_calls_or_sent_bytes() {
        let control = |control| Counts { control, of_calls: 0 };
        let mut budget = Budget::new();
        assert_eq!(budget.spend(control(1000)), None);
        assert_eq!(budget.spend(control(100)), Some(Duration::from_secs(1)));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(budget.spend(control(1)), Some(Duration::from_millis(10)), "it has been waited for");
        tokio::time::advance(Duration::from_millis(10)).await;
        assert_eq!(budget.spend(Counts { control: 4, of_calls: 1 }), None);
        budget.sent = 640;
        assert_eq!(budget.spend(control(10)), None);
        assert!(budget.spend(control(1)).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_read_at_a_low_rate_and_calls_are_not() {
        let flood = [PREFACE, &frame(6, 8).repeat(3000)].concat();
        let calls = [PREFACE, &[frame(HEADERS, 30), frame(DATA, 20), frame(8, 4)].concat().repeat(3000)].concat();
        for (bytes, seconds) in [(flood, 15..=20), (calls, 0..=0)] {
            let (mut client, server) = tokio::io::duplex(bytes.len());
            client.write_all(&bytes).await.unwrap();
            drop(client);
            let (start, mut read) = (Instant::now(), Vec::new());
            ControlFrames::new(server).read_to_end(&mut read).await.unwrap();
            assert_eq!(read, bytes, "nothing is lost");
            assert!(seconds.contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_used_is_not_saved_up() {
        let mut budget = Budget::new();
        for _ in 0..10_000 {
            budget.spend(Counts { control: 0, of_calls: 1 });
        }
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(budget.spend(Counts { control: 2000, of_calls: 0 }), None, "those at once, and those by time");
        assert!(budget.spend(Counts { control: 10, of_calls: 0 }).is_some_and(|pause| pause.as_millis() == 100));
    }
}
