//! Which version of a thing a client saw.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A strong entity tag (AIP-154): the number of the write that made the thing what it is, in a form that invites
/// nobody to count with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Etag(i64);

impl Etag {
    /// The tag of what write number `change` of its account made.
    pub fn new(change: i64) -> Self {
        Self(change)
    }

    /// The number in it, as stored.
    pub fn change(self) -> i64 {
        self.0
    }

    /// Whether a client that sent `text` may write: it saw this version, or (empty) does not mind which it was. A
    /// text that was never a tag matches nothing.
    pub fn permits(self, text: &str) -> bool {
        text.is_empty() || text == self.to_string()
    }
}

impl fmt::Display for Etag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&URL_SAFE_NO_PAD.encode(self.0.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_version_seen_may_be_written_over() {
        let etag = Etag::new(7);
        assert!(etag.permits(&etag.to_string()));
        assert!(etag.permits(""));
        for text in [Etag::new(8).to_string().as_str(), "7", "*", "\0"] {
            assert!(!etag.permits(text), "{text}");
        }
    }
}
