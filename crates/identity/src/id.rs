//! The ids of accounts and sessions.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Random;

/// A new UUIDv7 (RFC 9562, 5.7): ids sort by the millisecond that they were made in.
pub fn new_uuid_v7(now: DateTime<Utc>, random: &Random) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random.bytes::<10>()).into_uuid()
}

/// Reads an id in the one form that Docket writes: 36 characters, hyphenated; either case.
///
/// # Errors
/// Anything else, also the other forms that UUID libraries read (braces, URN, without hyphens): one id has one text.
pub fn parse_uuid(text: &str) -> Result<Uuid, ParseIdError> {
    if text.len() != 36 {
        return Err(ParseIdError);
    }
    Uuid::try_parse(text).map_err(|_| ParseIdError)
}

/// The text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hyphenated UUID")]
pub struct ParseIdError;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(into = "Uuid", try_from = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// A new one, which sorts by `now`.
            pub fn new(now: DateTime<Utc>, random: &Random) -> Self {
                Self(new_uuid_v7(now, random))
            }

            /// The UUID in it, as stored.
            pub fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseIdError;

            fn try_from(text: String) -> Result<Self, ParseIdError> {
                text.parse()
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse_uuid(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

id! {
    /// An account: the `sub` of its tokens, and the owner of its data.
    UserId
}

id! {
    /// A signed-in device: the `sid` of its tokens.
    SessionId
}
