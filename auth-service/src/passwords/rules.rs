//! What a new password must be: long enough, and not too easy to guess.
use tracing::instrument;

use super::hashing::{HashError, PasswordHasher};
use super::strength::{PersonalWords, weakness};
use crate::domain::{DisplayName, Email, NewPassword, NewPasswordError, Weakness};

/// The rules for new passwords.
#[derive(Clone, Debug)]
pub(crate) struct PasswordRules {
    /// The least number of code points.
    pub(crate) min_length: usize,
    /// The threads on which a password's strength is estimated.
    pub(crate) hasher: PasswordHasher,
}

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RefusedPassword {
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
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn check(
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
