//! What people are called.

use std::fmt;

use docket_text::{is_visible, overrides_direction};

use super::normalized;

const MAX_LENGTH: usize = 100;

/// A name for people to read: trimmed, in NFC, 1 to 100 code points of any script, one of them visible, no control
/// characters and none that turn the direction of writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

/// Why a text is no display name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisplayNameError {
    /// There is nothing but white space.
    #[error("is required")]
    Missing,
    /// It has more than 100 code points.
    #[error("must have at most {MAX_LENGTH} characters")]
    TooLong,
    /// It has a line break, a zero byte or the like.
    #[error("must not have control characters")]
    Control,
    /// Nothing of it can be seen.
    #[error("must have at least one visible character")]
    Invisible,
    /// It would be shown in another order than it is written.
    #[error("must not have characters that turn the direction of writing")]
    Direction,
}

impl DisplayName {
    /// Reads a name.
    ///
    /// # Errors
    /// See [`DisplayNameError`].
    pub fn parse(text: &str) -> Result<Self, DisplayNameError> {
        let name = Self::stored(text)?;
        if !is_visible(&name.0) {
            return Err(DisplayNameError::Invisible);
        }
        if overrides_direction(&name.0) {
            return Err(DisplayNameError::Direction);
        }
        Ok(name)
    }

    /// Reads a name that was stored, by the rules that every release had.
    ///
    /// # Errors
    /// See [`DisplayNameError`].
    pub fn stored(text: &str) -> Result<Self, DisplayNameError> {
        let name = normalized(text);
        if name.is_empty() {
            return Err(DisplayNameError::Missing);
        }
        if name.chars().count() > MAX_LENGTH {
            return Err(DisplayNameError::TooLong);
        }
        if name.contains(char::is_control) {
            return Err(DisplayNameError::Control);
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Result<String, DisplayNameError> {
        DisplayName::parse(text).map(|name| name.to_string())
    }

    #[test]
    fn a_name_is_trimmed_and_composed() {
        assert_eq!(parsed("  Ame\u{301}lie  "), Ok("Amélie".into()));
    }

    #[test]
    fn any_script_will_do() {
        for name in ["李小龍", "عائشة", "Ναταλία", "O'Neil-Smith Jr.", "👩‍👩‍👧"] {
            assert_eq!(parsed(name), Ok(name.into()));
        }
    }

    #[test]
    fn space_alone_is_no_name() {
        for text in ["", "   ", "\u{3000}\n"] {
            assert_eq!(parsed(text), Err(DisplayNameError::Missing), "{text:?}");
        }
    }

    #[test]
    fn code_points_are_counted_after_composing() {
        assert!(parsed(&"e\u{301}".repeat(100)).is_ok());
        assert!(parsed(&"𝕏".repeat(100)).is_ok());
        assert_eq!(parsed(&"a".repeat(101)), Err(DisplayNameError::TooLong));
    }

    #[test]
    fn control_characters_are_refused() {
        for text in ["a\nb", "a\0b", "a\u{7f}b", "a\u{85}b"] {
            assert_eq!(parsed(text), Err(DisplayNameError::Control), "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_seen_or_turns_the_text_is_refused_but_reads_back_where_it_was_stored() {
        for (text, error) in [
            ("\u{200b}\u{2060}", DisplayNameError::Invisible),
            ("\u{3164}", DisplayNameError::Invisible),
            ("ada\u{202e}nimda", DisplayNameError::Direction),
            ("\u{2067}ada\u{2069}", DisplayNameError::Direction),
        ] {
            assert_eq!(parsed(text), Err(error), "{text:?}");
            assert_eq!(DisplayName::stored(text).map(|name| name.to_string()), Ok(text.into()));
        }
    }

    proptest! {
        #[test]
        fn reading_what_was_read_changes_nothing(text in "\\PC{0,110}") {
            if let Ok(name) = DisplayName::parse(&text) {
                prop_assert!((1..=100).contains(&name.as_str().chars().count()));
                prop_assert_eq!(DisplayName::parse(name.as_str()), Ok(name));
            }
        }
    }
}
