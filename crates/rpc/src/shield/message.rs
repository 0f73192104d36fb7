//! Gathers the message of a request before anything is done about it: a call that has begun waits for nobody.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use http_body_util::Full;
use tonic::body::Body;

use super::in_hand::{InHand, SMALL};
use crate::quota::Held;
use crate::{Reason, SourceNetwork};

/// The longest message that any service takes.
const MAX_MESSAGE: usize = 5 * 1024 * 1024;
/// A byte of flags and four of length (gRPC over HTTP/2, Length-Prefixed-Message).
const PREFIX: usize = 5;

/// A request's message as it came, and what is held for it until the call is answered.
pub(super) struct Message {
    pub(super) body: Body,
    pub(super) held: Option<Held>,
}

impl Message {
    /// Reads `body` to its end. While it does not come, it counts as an open stream of `network`.
    ///
    /// Whether it is a whole message is for the decoder to tell.
    ///
    /// # Errors
    /// BUSY where no stream or not as many bytes can be had, MESSAGE_TOO_LARGE, and MALFORMED_MESSAGE where it breaks
    /// off or goes on after the message.
    pub(super) async fn gather<B>(body: B, network: Option<SourceNetwork>, in_hand: &InHand) -> Result<Self, Reason>
    where
        B: http_body::Body<Data = Bytes>,
    {
        let mut body = pin!(body);
        let (mut waits, mut gathered) = (None, Gathered::new(in_hand.bytes.hold(network)));
        while !body.is_end_stream() {
            let frame = poll_fn(|context| {
                let frame = body.as_mut().poll_frame(context);
                if frame.is_pending() && waits.is_none() {
                    match in_hand.streams.take(network, 1) {
                        Ok(held) => waits = Some(held),
                        Err(_) => return Poll::Ready(Err(Reason::Busy)),
                    }
                }
                frame.map(Ok)
            });
            let Some(frame) = frame.await? else { break };
            // Requests of gRPC have no trailers; what comes there is not looked at.
            let Ok(data) = frame.map_err(|_| Reason::MalformedMessage)?.into_data() else { break };
            gathered.add(data)?;
        }
        Ok(gathered.finish())
    }
}

/// What has come so far.
struct Gathered {
    /// Most messages come in one piece, which is not copied.
    first: Bytes,
    rest: BytesMut,
    held: Held,
    counted: usize,
}

impl Gathered {
    fn new(held: Held) -> Self {
        Self { first: Bytes::new(), rest: BytesMut::new(), held, counted: 0 }
    }

    fn bytes(&self) -> &[u8] {
        if self.rest.is_empty() { &self.first } else { &self.rest }
    }

    fn add(&mut self, data: Bytes) -> Result<(), Reason> {
        let length = self.bytes().len() + data.len();
        if length > SMALL {
            self.held.grow(length - self.counted).map_err(|_| Reason::Busy)?;
            self.counted = length;
        }
        if self.bytes().is_empty() {
            self.first = data;
        } else {
            if self.rest.is_empty() {
                self.rest.extend_from_slice(&std::mem::take(&mut self.first));
            }
            self.rest.extend_from_slice(&data);
        }
        self.check()
    }

    /// Refuses by the prefix alone what would be refused in the end.
    fn check(&self) -> Result<(), Reason> {
        let bytes = self.bytes();
        let Some(&[flags, ref length @ ..]) = bytes.first_chunk::<PREFIX>() else { return Ok(()) };
        let length = u32::from_be_bytes(*length) as usize;
        if flags > 1 || bytes.len() > PREFIX.saturating_add(length) {
            return Err(Reason::MalformedMessage);
        }
        if length > MAX_MESSAGE { Err(Reason::MessageTooLarge) } else { Ok(()) }
    }

    fn finish(self) -> Message {
        let bytes = if self.rest.is_empty() { self.first } else { self.rest.freeze() };
        Message { body: Body::new(Full::new(bytes)), held: (self.counted > 0).then_some(self.held) }
    }
}
