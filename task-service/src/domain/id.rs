//! The ids of tasks and lists.

use std::fmt;

use chrono::{DateTime, Utc};
use docket_identity::{Random, new_uuid_v7, parse_uuid};
use uuid::Uuid;

/// The text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    /// It is not 36 characters of hexadecimal digits and hyphens.
    #[error("must be a UUID with hyphens")]
    NoUuid,
    /// It is a UUID, and not one that sorts by time.
    #[error("must be a UUIDv7")]
    NoUuidV7,
}

/// Reads a UUID of any version: what a client refers to by it may or may not exist.
fn referred(text: &str) -> Result<Uuid, BadId> {
    parse_uuid(text).map_err(|_| BadId::NoUuid)
}

/// Reads a UUID that a client gives to something new.
fn chosen(text: &str) -> Result<Uuid, BadId> {
    let uuid = referred(text)?;
    let is_v7 = uuid.get_version_num() == 7 && uuid.get_variant() == uuid::Variant::RFC4122;
    if is_v7 { Ok(uuid) } else { Err(BadId::NoUuidV7) }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// A new one, which sorts by `now`.
            pub fn new(now: DateTime<Utc>, random: &Random) -> Self {
                Self(new_uuid_v7(now, random))
            }

            /// Reads the id of something that may exist.
            ///
            /// # Errors
            /// Anything but a hyphenated UUID.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                referred(text).map(Self)
            }

            /// Reads the id that a client chose for something new.
            ///
            /// # Errors
            /// Anything but a hyphenated UUIDv7 (RFC 9562, 5.7).
            pub fn parse_chosen(text: &str) -> Result<Self, BadId> {
                chosen(text).map(Self)
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

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

id! {
    /// A task of an account. Two accounts may have tasks of the same id.
    TaskId
}

id! {
    /// A list of an account. Two accounts may have lists of the same id.
    TaskListId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_id_has_one_text() {
        let text = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
        assert_eq!(TaskId::parse(&text.to_uppercase()).unwrap().to_string(), text);
        for text in ["", "x", "0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "{0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b}"] {
            assert_eq!(TaskId::parse(text), Err(BadId::NoUuid), "{text}");
        }
    }

    #[test]
    fn only_version_7_can_be_chosen() {
        assert!(TaskId::parse_chosen("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b").is_ok());
        for text in ["0193a1b2-c3d4-4e5f-8a9b-0c1d2e3f4a5b", "0193a1b2-c3d4-7e5f-0a9b-0c1d2e3f4a5b"] {
            assert_eq!(TaskId::parse_chosen(text), Err(BadId::NoUuidV7), "{text}");
            assert!(TaskId::parse(text).is_ok(), "{text}");
        }
    }
}
