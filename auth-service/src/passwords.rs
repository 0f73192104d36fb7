//! What a new password must be: long enough, and not too easy to guess.

use crate::domain::{DisplayName, Email, NewPassword, NewPasswordError, Weakness};
use crate::hashing::{HashError, PasswordHasher};
use crate::strength::{PersonalWords, weakness};

/// The rules for new passwords.
#[derive(Clone, Debug)]
pub struct PasswordRules {
    /// The least number of code points.
    pub min_length: usize,
    /// Whose threads find out how strong a password is.
    pub hasher: PasswordHasher,
}

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedPassword {
    /// It has the wrong length.
    #[error(transparent)]
    Length(#[from] NewPasswordError),
    /// It is too easy to guess.
    #[error(transparent)]
    Weak(#[from] Weakness),
}

impl PasswordRules {
    /// The password, or why it is refused. Name and address are those of the person, as far as they are known.
    ///
    /// # Errors
    /// Where too many wait for an answer.
    pub async fn check(
        &self,
        text: &str,
        name: Option<&DisplayName>,
        email: Option<&Email>,
    ) -> Result<Result<NewPassword, RefusedPassword>, HashError> {
        let password = match NewPassword::parse(text, self.min_length) {
            Ok(password) => password,
            Err(error) => return Ok(Err(error.into())),
        };
        let words = PersonalWords::of(name, email);
        let (judged, password) = (password.clone(), password);
        let weakness = self.hasher.run(move || weakness(&judged, &words)).await?;
        Ok(weakness.map_or(Ok(password), |weakness| Err(weakness.into())))
    }
}
