//! Refresh tokens: computed, never stored.
//!
//! A token is base64url of its session's id, its number and an HMAC-SHA-256 over both. Whoever has the key can make
//! the newest token of a session again, which is what a lost response needs.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use docket_identity::SessionId;
use uuid::Uuid;

const ID_LENGTH: usize = 16;
const MESSAGE_LENGTH: usize = ID_LENGTH + size_of::<i64>();

/// Makes and reads refresh tokens.
pub(crate) struct RefreshTokens {
    key: hmac::Key,
}

/// The text is no refresh token of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a refresh token")]
pub(crate) struct BadRefreshToken;

impl RefreshTokens {
    /// Tokens that only `key` makes.
    pub(crate) fn new(key: hmac::Key) -> Self {
        Self { key }
    }

    /// The token number `counter` of a session.
    pub(crate) fn token(&self, session: SessionId, counter: i64) -> String {
        let message = [session.as_uuid().as_bytes().as_slice(), &counter.to_be_bytes()].concat();
        let tag = hmac::sign(&self.key, &message);
        URL_SAFE_NO_PAD.encode([&message, tag.as_ref()].concat())
    }

    /// Session and number of a genuine token. Says nothing about whether the session lives.
    ///
    /// # Errors
    /// Everything else, compared in constant time.
    pub(crate) fn read(&self, token: &str) -> Result<(SessionId, i64), BadRefreshToken> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| BadRefreshToken)?;
        let (message, tag) = bytes.split_at_checked(MESSAGE_LENGTH).ok_or(BadRefreshToken)?;
        hmac::verify(&self.key, message, tag).map_err(|_| BadRefreshToken)?;
        let (id, counter) = message.split_first_chunk::<ID_LENGTH>().ok_or(BadRefreshToken)?;
        let counter = counter.try_into().map_err(|_| BadRefreshToken)?;
        Ok((Uuid::from_bytes(*id).into(), i64::from_be_bytes(counter)))
    }
}

impl fmt::Debug for RefreshTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RefreshTokens")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::MasterKey;

    fn tokens(key: u8) -> RefreshTokens {
        RefreshTokens::new(MasterKey::of([key; 32]).refresh_key())
    }

    #[test]
    fn no_two_texts_are_one_token() {
        let token = tokens(1).token(Uuid::from_u128(1).into(), 1);
        for text in [format!("{token}="), format!(" {token}"), format!("{token}\n"), token.to_uppercase()] {
            assert_eq!(tokens(1).read(&text), Err(BadRefreshToken), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_token_reads_back(id in any::<u128>(), counter in any::<i64>()) {
            let session = SessionId::from(Uuid::from_u128(id));
            prop_assert_eq!(tokens(1).read(&tokens(1).token(session, counter)), Ok((session, counter)));
        }

        #[test]
        fn a_changed_token_is_refused(id in any::<u128>(), counter in any::<i64>(), at in 0..75_usize, to in "[A-Za-z0-9_-]") {
            let token = tokens(1).token(Uuid::from_u128(id).into(), counter);
            let mut changed = token.clone();
            changed.replace_range(at..=at, &to);
            prop_assert_eq!(tokens(1).read(&changed).is_ok(), changed == token);
        }

        #[test]
        fn a_cut_token_is_refused(id in any::<u128>(), length in 0..75_usize) {
            let token = tokens(1).token(Uuid::from_u128(id).into(), 0);
            prop_assert_eq!(tokens(1).read(&token[..length]), Err(BadRefreshToken));
        }

        #[test]
        fn a_token_of_another_key_is_refused(id in any::<u128>(), counter in any::<i64>()) {
            prop_assert_eq!(tokens(2).read(&tokens(1).token(Uuid::from_u128(id).into(), counter)), Err(BadRefreshToken));
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            prop_assert_eq!(tokens(1).read(&text), Err(BadRefreshToken));
        }
    }
}
