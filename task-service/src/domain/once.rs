//! Requests that may arrive twice and count once.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// The request id of a write, and what it was sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once {
    /// Chosen by the client (AIP-155).
    pub request_id: Uuid,
    /// SHA-256 of the call's name and message: tells a retry from another request under the same id.
    pub fingerprint: [u8; 32],
}

impl Once {
    /// Requests that were answered at this time or before are forgotten.
    pub fn forgotten_by(now: DateTime<Utc>) -> DateTime<Utc> {
        now - TimeDelta::hours(24)
    }
}

/// The request id was used for another request within the last 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request id was used for another request")]
pub struct RequestIdReused;
