//! Collects the message of a request before the call starts, so that a call in hand never waits for its client.

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
    /// Reads `body` to its end. While the client sends nothing, the request counts as an open stream of `network`.
    ///
    /// An incomplete message is left to the decoder.
    ///
    /// # Errors
    /// BUSY where a limit of streams or bytes is reached, MESSAGE_TOO_LARGE, and MALFORMED_MESSAGE where the body fails
    /// or continues after the message.
    pub(super) async fn collect<B>(body: B, network: Option<SourceNetwork>, in_hand: &InHand) -> Result<Self, Reason>
    where
        B: http_body::Body<Data = Bytes>,
    {
        let mut body = pin!(body);
        let (mut waiting, mut collected) = (None, Collected::default());
        while !body.is_end_stream() {
            let frame = poll_fn(|context| {
                let frame = body.as_mut().poll_frame(context);
                if frame.is_pending() && waiting.is_none() {
                    match in_hand.streams.take(network, 1) {
                        Ok(held) => waiting = Some(held),
                        Err(_) => return Poll::Ready(Err(Reason::Busy)),
                    }
                }
                frame.map(Ok)
            });
            let Some(frame) = frame.await? else { break };
            // Requests of gRPC have no trailers; they are ignored.
            let Ok(data) = frame.map_err(|_| Reason::MalformedMessage)?.into_data() else { break };
            collected.add(data, || in_hand.bytes.hold(network))?;
        }
        Ok(collected.finish())
    }
}

/// What was received so far.
#[derive(Default)]
struct Collected {
    /// Most messages arrive in one frame, which is not copied.
    first: Bytes,
    rest: BytesMut,
    held: Option<Held>,
    counted: usize,
}

impl Collected {
    fn bytes(&self) -> &[u8] {
        if self.rest.is_empty() { &self.first } else { &self.rest }
    }

    /// Adds a frame's data. `hold` gives what counts the bytes of a longer message.
    fn add(&mut self, data: Bytes, hold: impl FnOnce() -> Held) -> Result<(), Reason> {
        let length = self.bytes().len() + data.len();
        if length > SMALL {
            let held = self.held.get_or_insert_with(hold);
            held.grow(length - self.counted).map_err(|_| Reason::Busy)?;
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

    /// Checks the prefix, so that a message that will be refused is not collected first.
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
        Message { body: Body::new(Full::new(bytes)), held: self.held }
    }
}
