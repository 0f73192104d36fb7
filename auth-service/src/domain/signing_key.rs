//! Keys that sign access tokens, and the states that they go through.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use docket_identity::Algorithm;
use uuid::Uuid;

/// A signing key as it is stored. Its secret is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The `kid` of the tokens that it signs.
    pub id: Uuid,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// Encrypted under the master key.
    pub sealed_secret: Vec<u8>,
    /// Since when it is listed.
    pub create_time: DateTime<Utc>,
    /// From when it signs.
    pub activate_time: DateTime<Utc>,
    /// From when it signs no more.
    pub retire_time: Option<DateTime<Utc>>,
    /// When the operator declared it unsafe.
    pub revoke_time: Option<DateTime<Utc>>,
}

/// Where a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Listed, not signing yet.
    Pending,
    /// Signing.
    Active,
    /// Listed until the last token signed with it has expired.
    Retiring,
    /// No living token is signed with it.
    Gone,
    /// Not to be trusted.
    Revoked,
}

impl KeyRecord {
    /// Where the key stands at `now`, where its tokens are good for `token_life` (leeway included).
    pub fn state(&self, now: DateTime<Utc>, token_life: TimeDelta) -> KeyState {
        match self.retire_time {
            _ if self.revoke_time.is_some() => KeyState::Revoked,
            Some(retired) if retired + token_life <= now => KeyState::Gone,
            Some(retired) if retired <= now => KeyState::Retiring,
            _ if now < self.activate_time => KeyState::Pending,
            _ => KeyState::Active,
        }
    }
}

impl KeyState {
    /// Whether verifiers are to know the key.
    pub fn is_listed(self) -> bool {
        matches!(self, Self::Pending | Self::Active | Self::Retiring)
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Gone => "gone",
            Self::Revoked => "revoked",
        })
    }
}

#[cfg(test)]
mod tests {
    use docket_testkit::FakeClock;

    use super::*;

    #[test]
    fn a_key_is_pending_then_active_then_retiring_then_gone() {
        let start = FakeClock::default().now();
        let key = KeyRecord {
            id: Uuid::nil(),
            algorithm: Algorithm::EdDsa,
            sealed_secret: Vec::new(),
            create_time: start,
            activate_time: start + TimeDelta::minutes(5),
            retire_time: Some(start + TimeDelta::days(30)),
            revoke_time: None,
        };
        let state = |key: &KeyRecord, after: TimeDelta| key.state(start + after, TimeDelta::minutes(10));
        let minutes = |minutes: i64| state(&key, TimeDelta::minutes(minutes));
        assert_eq!((minutes(0), minutes(5)), (KeyState::Pending, KeyState::Active));
        let month = 30 * 24 * 60;
        assert_eq!((minutes(month), minutes(month + 10)), (KeyState::Retiring, KeyState::Gone));
        let revoked = KeyRecord { revoke_time: Some(start), ..key };
        assert_eq!(state(&revoked, TimeDelta::minutes(7)), KeyState::Revoked);
        assert!(!KeyState::Revoked.is_listed() && !KeyState::Gone.is_listed() && KeyState::Pending.is_listed());
    }
}
