//! Passwords on their way to the hash. Printing one shows nothing; dropping one clears it from memory.

use secrecy::{ExposeSecret as _, SecretString};
use unicode_normalization::UnicodeNormalization as _;

/// The longest password in code points: it keeps the cost of a request known.
pub const MAX_PASSWORD_LENGTH: usize = 256;

/// A password that somebody wants to have: long enough. Whether it is strong enough takes time to find out; see
/// [`Weakness`].
#[derive(Clone, Debug)]
pub struct NewPassword(SecretString);

/// Why a text can't become a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewPasswordError {
    /// There is none.
    #[error("is required")]
    Missing,
    /// It has too few code points.
    #[error("must have at least {0} characters")]
    TooShort(usize),
    /// It has more than 256 code points.
    #[error("must have at most {MAX_PASSWORD_LENGTH} characters")]
    TooLong,
}

/// Why a password is too easy to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// It is among those that everybody tries first.
    #[error("is one of the most used passwords")]
    Common,
    /// It is made of the name or the e-mail address.
    #[error("must not be built from your name or email address")]
    Personal,
    /// It follows a pattern that is soon tried.
    #[error("is too easy to guess: use more words, or less usual ones")]
    Guessable,
}

/// A password that somebody gives as their own.
#[derive(Clone, Debug)]
pub struct GivenPassword(SecretString);

/// Why a text is no password that anybody could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GivenPasswordError {
    /// There is none.
    #[error("is required")]
    Missing,
    /// It has more than 256 code points.
    #[error("must have at most {MAX_PASSWORD_LENGTH} characters")]
    TooLong,
}

impl NewPassword {
    /// Takes a password of `min_length` to 256 code points, counted in NFC. Nothing is cut or changed beyond that.
    ///
    /// # Errors
    /// See [`NewPasswordError`].
    pub fn parse(text: &str, min_length: usize) -> Result<Self, NewPasswordError> {
        let (password, length) = composed(text);
        match length {
            0 => Err(NewPasswordError::Missing),
            _ if length < min_length => Err(NewPasswordError::TooShort(min_length)),
            _ if length > MAX_PASSWORD_LENGTH => Err(NewPasswordError::TooLong),
            _ => Ok(Self(password)),
        }
    }

    /// The password itself.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl GivenPassword {
    /// Takes a password as it was typed, in NFC. The rules for new ones may have changed since it was made, so they do
    /// not apply.
    ///
    /// # Errors
    /// See [`GivenPasswordError`].
    pub fn parse(text: &str) -> Result<Self, GivenPasswordError> {
        let (password, length) = composed(text);
        match length {
            0 => Err(GivenPasswordError::Missing),
            _ if length > MAX_PASSWORD_LENGTH => Err(GivenPasswordError::TooLong),
            _ => Ok(Self(password)),
        }
    }

    /// The password itself.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// The text in NFC, and its length in code points.
fn composed(text: &str) -> (SecretString, usize) {
    // NFC is at most three times as long as what it was made of: a buffer that never grows leaves no copy behind.
    let mut composed = String::with_capacity(text.len() * 3);
    composed.extend(text.nfc());
    let length = composed.chars().count();
    (SecretString::from(composed), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(text: &str) -> Result<String, NewPasswordError> {
        NewPassword::parse(text, 8).map(|password| password.expose().to_owned())
    }

    #[test]
    fn eight_to_256_code_points_are_taken_as_they_are() {
        for text in ["12345678", " leading and trailing ", &"𝕏".repeat(256), "ÄÖÜäöü€𝕏"] {
            assert_eq!(new(text), Ok(text.to_owned()));
        }
    }

    #[test]
    fn length_is_counted_in_nfc() {
        assert_eq!(new(&"e\u{301}".repeat(8)), Ok("é".repeat(8)));
        assert_eq!(new(&"e\u{301}".repeat(7)), Err(NewPasswordError::TooShort(8)));
        assert!(new(&"e\u{301}".repeat(256)).is_ok());
    }

    #[test]
    fn seven_and_257_code_points_are_refused() {
        assert_eq!(new("1234567"), Err(NewPasswordError::TooShort(8)));
        assert_eq!(new(&"a".repeat(257)), Err(NewPasswordError::TooLong));
        assert_eq!(new(""), Err(NewPasswordError::Missing));
    }

    #[test]
    fn the_least_length_can_be_raised() {
        assert_eq!(NewPassword::parse("12345678901234", 15).unwrap_err(), NewPasswordError::TooShort(15));
    }

    #[test]
    fn a_given_password_may_be_short_but_not_empty() {
        assert!(GivenPassword::parse("x").is_ok());
        assert_eq!(GivenPassword::parse("").unwrap_err(), GivenPasswordError::Missing);
        assert_eq!(GivenPassword::parse(&"a".repeat(257)).unwrap_err(), GivenPasswordError::TooLong);
    }

    #[test]
    fn printing_a_password_does_not_show_it() {
        let printed =
            format!("{:?} {:?}", NewPassword::parse("correct horse", 8), GivenPassword::parse("correct horse"));
        assert!(!printed.contains("correct"), "{printed}");
    }
}
