//! What a process has in hand at once, each with its limit.

use std::sync::Arc;

use crate::SourceNetwork;
use crate::quota::{Held, Quota};

/// Up to this length messages are not counted by their bytes: the limits of calls and streams bound them.
pub(super) const SMALL: usize = 16 * 1024;

/// Counts of calls, streams and bytes. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct InHand {
    pub(super) calls: Arc<Quota>,
    pub(super) streams: Arc<Quota>,
    pub(super) bytes: Arc<Quota>,
}

/// How much is in hand at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Calls whose message is there and whose answer has not begun.
    pub calls: usize,
    /// Requests that wait for their message, and answers that wait for more to say.
    pub streams: usize,
    /// Bytes of longer messages: of requests until they are answered, of answers until they are taken.
    pub bytes: usize,
}

impl InHand {
    pub(super) fn load(&self) -> Load {
        Load { calls: self.calls.in_use(), streams: self.streams.in_use(), bytes: self.bytes.in_use() }
    }
}

/// What one call holds while its answer is sent.
#[derive(Debug)]
pub(super) struct AnswerInHand {
    network: Option<SourceNetwork>,
    stream: Option<Held>,
    bytes: Option<Held>,
}

/// The limit of open streams is reached.
pub(super) struct TooManyStreams;

impl AnswerInHand {
    pub(super) fn new(network: Option<SourceNetwork>) -> Self {
        Self { network, stream: None, bytes: None }
    }

    /// Counts the answer as an open stream. Called when it has to wait for more data; counts once.
    pub(super) fn open_stream(&mut self, in_hand: &InHand) -> Result<(), TooManyStreams> {
        if self.stream.is_none() {
            self.stream = Some(in_hand.streams.take(self.network, 1).map_err(|_| TooManyStreams)?);
        }
        Ok(())
    }

    /// Counts `length` bytes until they are [released](Self::release_bytes). It can't fail: the work is done already.
    pub(super) fn hold_bytes(&mut self, in_hand: &InHand, length: usize) {
        if length > SMALL {
            let mut held = in_hand.bytes.hold(self.network);
            held.grow_beyond(length);
            self.bytes = Some(held);
        }
    }

    /// The connection has taken all bytes.
    pub(super) fn release_bytes(&mut self) {
        self.bytes = None;
    }
}
