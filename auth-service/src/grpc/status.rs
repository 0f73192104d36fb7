//! From each error of a use case to the status that clients see.

use std::time::Duration;

use docket_rpc::{Reason, internal, store_failure};
use tonic::Status;

use crate::accounts::{AccountError, PasswordError, SignInError, SignUpError};
use crate::passwords::HashError;
use crate::services::AdmitError;
use crate::sessions::{NoSigningKey, RefreshError, RevokeError};

/// Time in which the hashing queue moves on.
const BUSY_RETRY: Duration = Duration::from_secs(1);

/// The answer of calls that are in the contract and come with a later release.
pub(super) fn later<T>() -> Result<T, Status> {
    Err(Reason::Unimplemented.status())
}

impl From<HashError> for Status {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Reason::Busy.retry_after(BUSY_RETRY),
            HashError::Failed => internal(&error),
        }
    }
}

impl From<SignUpError> for Status {
    fn from(error: SignUpError) -> Self {
        match error {
            SignUpError::EmailTaken => Reason::EmailTaken.status(),
            SignUpError::Hash(error) => error.into(),
            SignUpError::NoSigningKey(NoSigningKey) => Reason::KeysUnavailable.status(),
            SignUpError::Store(error) => store_failure(&error),
        }
    }
}

impl From<SignInError> for Status {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::BadCredentials => Reason::BadCredentials.status(),
            SignInError::Hash(error) => error.into(),
            SignInError::NoSigningKey(NoSigningKey) => Reason::KeysUnavailable.status(),
            SignInError::Store(error) => store_failure(&error),
        }
    }
}

impl From<RefreshError> for Status {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Invalid => Reason::RefreshInvalid.status(),
            RefreshError::Expired => Reason::RefreshExpired.status(),
            RefreshError::Replayed => Reason::RefreshReplayed.status(),
            RefreshError::NoSigningKey(NoSigningKey) => Reason::KeysUnavailable.status(),
            RefreshError::Store(error) => store_failure(&error),
        }
    }
}

impl From<RevokeError> for Status {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::NotFound => Reason::NotFound.status(),
            RevokeError::Store(error) => store_failure(&error),
        }
    }
}

impl From<AccountError> for Status {
    fn from(error: AccountError) -> Self {
        match error {
            // Its tokens end with it; this one was verified a moment before.
            AccountError::Gone => Reason::TokenRevoked.status(),
            AccountError::Store(error) => store_failure(&error),
        }
    }
}

impl From<PasswordError> for Status {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Wrong => Reason::BadCredentials.status(),
            PasswordError::Gone => Reason::TokenRevoked.status(),
            PasswordError::Hash(error) => error.into(),
            PasswordError::Store(error) => store_failure(&error),
        }
    }
}

impl From<AdmitError> for Status {
    fn from(error: AdmitError) -> Self {
        match error {
            AdmitError::Invalid => Reason::TokenInvalid.status(),
            AdmitError::ClockSkew => Reason::ClockSkew.status(),
            AdmitError::Store(error) => store_failure(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt as _;

    use super::*;

    #[test]
    fn a_full_queue_says_when_to_come_back() {
        for status in [
            Status::from(HashError::Busy),
            SignUpError::Hash(HashError::Busy).into(),
            SignInError::Hash(HashError::Busy).into(),
            PasswordError::Hash(HashError::Busy).into(),
        ] {
            assert_eq!(status.get_details_error_info().unwrap().reason, "BUSY");
            assert_eq!(status.get_details_retry_info().unwrap().retry_delay, Some(BUSY_RETRY));
        }
    }
}
