//! What a client calls the device that it runs on.

use std::fmt;

use docket_text::{is_visible, overrides_direction};

use super::normalized;

const MAX_LENGTH: usize = 100;

/// A name shown in the list of sessions: trimmed, in NFC, at most 100 code points, one of them visible, no control
/// characters and none that turn the direction of writing. May be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceName(String);

/// Why a text is no device name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceNameError {
    /// It has more than 100 code points.
    #[error("must have at most {MAX_LENGTH} characters")]
    TooLong,
    /// It has a line break, a zero byte or the like.
    #[error("must not have control characters")]
    Control,
    /// It is not empty, and nothing of it can be seen.
    #[error("must have at least one visible character")]
    Invisible,
    /// It would be shown in another order than it is written.
    #[error("must not have characters that turn the direction of writing")]
    Direction,
}

impl DeviceName {
    /// Reads a name.
    ///
    /// # Errors
    /// See [`DeviceNameError`].
    pub fn parse(text: &str) -> Result<Self, DeviceNameError> {
        let name = Self::stored(text)?;
        if !name.0.is_empty() && !is_visible(&name.0) {
            return Err(DeviceNameError::Invisible);
        }
        if overrides_direction(&name.0) {
            return Err(DeviceNameError::Direction);
        }
        Ok(name)
    }

    /// Reads a name that was stored, by the rules that every release had.
    ///
    /// # Errors
    /// See [`DeviceNameError`].
    pub fn stored(text: &str) -> Result<Self, DeviceNameError> {
        let name = normalized(text);
        if name.chars().count() > MAX_LENGTH {
            return Err(DeviceNameError::TooLong);
        }
        if name.contains(char::is_control) {
            return Err(DeviceNameError::Control);
        }
        Ok(Self(name))
    }

    /// This name, or where it is empty as much of `user_agent` as a name may have.
    #[must_use]
    pub fn or_user_agent(self, user_agent: &str) -> Self {
        if !self.0.is_empty() {
            return self;
        }
        let name: String = user_agent.chars().filter(|letter| !letter.is_control()).take(MAX_LENGTH).collect();
        Self(normalized(&name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_101_code_points_is_too_long() {
        assert!(DeviceName::parse(&"𝕏".repeat(100)).is_ok());
        assert_eq!(DeviceName::parse(&"𝕏".repeat(101)), Err(DeviceNameError::TooLong));
    }

    #[test]
    fn control_characters_are_refused() {
        assert_eq!(DeviceName::parse("my\nphone"), Err(DeviceNameError::Control));
    }

    #[test]
    fn what_cannot_be_seen_or_turns_the_text_is_refused_but_reads_back_where_it_was_stored() {
        for (text, error) in [("\u{200b}", DeviceNameError::Invisible), ("phone\u{202e}", DeviceNameError::Direction)] {
            assert_eq!(DeviceName::parse(text), Err(error), "{text:?}");
            assert_eq!(DeviceName::stored(text).map(|name| name.to_string()), Ok(text.into()));
        }
    }

    #[test]
    fn the_user_agent_stands_in_for_an_empty_name() {
        let name = |text: &str| DeviceName::parse(text).unwrap().or_user_agent(&"x".repeat(300)).to_string();
        assert_eq!(name(" phone "), "phone");
        assert_eq!(name("  "), "x".repeat(100));
    }

    #[test]
    fn whatever_the_user_agent_is_the_name_reads_back() {
        for user_agent in ["", " \t ", "a\tb", &format!("{} x", "x".repeat(99)), &"e\u{301}".repeat(200)] {
            let name = DeviceName::default().or_user_agent(user_agent);
            assert_eq!(DeviceName::parse(name.as_str()), Ok(name), "{user_agent:?}");
        }
    }
}
