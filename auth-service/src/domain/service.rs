//! Docket's own services, as the auth service knows them.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use uuid::Uuid;

const MAX_LENGTH: usize = 64;

/// The name of a service's credential, by which an operator replaces and revokes it: 1 to 64 lower-case letters, digits
/// and hyphens of ASCII, no hyphen at either end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceName(String);

/// The text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to {MAX_LENGTH} lower-case letters, digits and hyphens, and no hyphen at its ends")]
pub struct BadServiceName;

impl ServiceName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ServiceName {
    type Err = BadServiceName;

    fn from_str(text: &str) -> Result<Self, BadServiceName> {
        let allowed = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
        let good = (1..=MAX_LENGTH).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if good { Ok(Self(text.to_owned())) } else { Err(BadServiceName) }
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What is kept of a service's credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownService {
    /// The credential's own id.
    pub id: Uuid,
    /// As the operator named it. Earlier releases took any text.
    pub name: String,
    /// Ed25519, 32 bytes.
    pub public_key: Vec<u8>,
    /// When the credential was made.
    pub create_time: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_letters_digits_and_hyphens() {
        for name in ["task-service", "a", "7", "task-service-2", &"a".repeat(64)] {
            assert_eq!(name.parse::<ServiceName>().map(|name| name.to_string()), Ok(name.to_owned()));
        }
    }

    #[test]
    fn anything_else_is_no_name() {
        for text in ["", " ", "a b", "-a", "a-", "-", "Task", "a_b", "tâche", "a\nb", &"a".repeat(65)] {
            assert_eq!(text.parse::<ServiceName>(), Err(BadServiceName), "{text:?}");
        }
    }
}
