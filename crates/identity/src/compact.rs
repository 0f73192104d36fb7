//! JWS compact serialisation (RFC 7515, 3.1), read strictly.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

/// The longest token that is looked at, in bytes.
const MAX_LENGTH: usize = 4096;

/// A token taken apart, not yet verified.
pub(crate) struct Compact<'a> {
    pub(crate) header: Header,
    /// What the signature is over: the first two parts with their dot.
    pub(crate) message: &'a [u8],
    payload: &'a str,
    /// base64url.
    pub(crate) signature: &'a str,
}

/// The header's members that matter; a member that stands twice is refused.
#[derive(Deserialize)]
pub(crate) struct Header {
    pub(crate) alg: String,
    pub(crate) typ: Option<String>,
    pub(crate) kid: Option<String>,
    /// Extensions and keys brought along by the token itself: none is understood, so none is let through
    /// (RFC 7515, 4.1.11; ASVS v5.0.0-9.1.3).
    #[serde(default, deserialize_with = "present")]
    crit: bool,
    #[serde(default, deserialize_with = "present")]
    jku: bool,
    #[serde(default, deserialize_with = "present")]
    jwk: bool,
    #[serde(default, deserialize_with = "present")]
    x5u: bool,
    #[serde(default, deserialize_with = "present")]
    x5c: bool,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl<'a> Compact<'a> {
    /// `None` for anything but three parts of at most 4 KiB with a plain header.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        if token.len() > MAX_LENGTH {
            return None;
        }
        let (message, signature) = token.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        if payload.contains('.') {
            return None;
        }
        let header: Header = decode(header)?;
        if header.crit || header.jku || header.jwk || header.x5u || header.x5c {
            return None;
        }
        Some(Self { header, message: message.as_bytes(), payload, signature })
    }

    /// The claims. To be read only after the signature was verified.
    pub(crate) fn claims<C: DeserializeOwned>(&self) -> Option<C> {
        decode(self.payload)
    }
}

/// Both parts are JSON objects (RFC 7515, 4; RFC 7519, 4). Serde alone would read the same members out of an array.
fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    if !json.starts_with(b"{") {
        return None;
    }
    serde_json::from_slice(&json).ok()
}
