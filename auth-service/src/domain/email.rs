//! E-mail addresses.

use std::fmt;

use email_address::{EmailAddress, Options};
use unicode_normalization::UnicodeNormalization as _;

use super::normalized;

/// RFC 5321, 4.5.3.1.3, less the angle brackets.
const MAX_LENGTH: usize = 254;

/// An address (RFC 5322, addr-spec) in lower case and NFC: equal addresses are one account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

/// Why a text is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// There is nothing but white space.
    #[error("is required")]
    Missing,
    /// It has more than 254 characters.
    #[error("must have at most {MAX_LENGTH} characters")]
    TooLong,
    /// It is not of the form local@domain.
    #[error("must be an email address such as ada@example.org")]
    Malformed,
}

impl Email {
    /// Reads an address. White space around it and letter case do not matter.
    ///
    /// # Errors
    /// See [`EmailError`].
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let address: String = normalized(text).to_lowercase().nfc().collect();
        if address.is_empty() {
            return Err(EmailError::Missing);
        }
        if address.chars().count() > MAX_LENGTH {
            return Err(EmailError::TooLong);
        }
        let options = Options::default().without_display_text();
        // The library lets control characters stand between quotes; PostgreSQL can't even store a zero byte.
        if address.contains(char::is_control) || EmailAddress::parse_with_options(&address, options).is_err() {
            return Err(EmailError::Malformed);
        }
        Ok(Self(address))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_of_rfc_5322_are_taken() {
        let longest =
            format!("{}@{}.example", "a".repeat(64), ["b".repeat(63), "c".repeat(63), "d".repeat(53)].join("."));
        assert_eq!(longest.len(), 254);
        for text in [
            "ada@example.org",
            "a+b@example.org",
            "o'neil@example.co.uk",
            "ada@localhost",
            "\"a b\"@example.org",
            "дарья@пример.рф",
            &longest,
        ] {
            assert!(Email::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "ada",
            "ada@",
            "@example.org",
            "a b@example.org",
            "ada@exa mple.org",
            "a@b@c",
            "Ada <ada@example.org>",
            "<ada@example.org>",
            "ada@example..org",
            "ada.@example.org",
            "\"a\0b\"@example.org",
            "ada@example.org\nbcc: x@y",
        ] {
            assert_eq!(Email::parse(text), Err(EmailError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn an_empty_address_is_missing() {
        assert_eq!(Email::parse(" \t"), Err(EmailError::Missing));
    }

    #[test]
    fn more_than_254_characters_are_too_long() {
        assert_eq!(Email::parse(&format!("{}@example.org", "a".repeat(243))), Err(EmailError::TooLong));
    }

    #[test]
    fn case_space_and_composition_do_not_matter() {
        assert_eq!(Email::parse(" ADA@Example.Org ").map(|email| email.to_string()), Ok("ada@example.org".into()));
        assert_eq!(Email::parse("ame\u{301}lie@example.org"), Email::parse("AMÉLIE@example.org"));
    }

    proptest! {
        #[test]
        fn reading_what_was_read_changes_nothing(text in "\\PC{0,20}@\\PC{0,20}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = Email::parse(&text);
        }
    }
}
