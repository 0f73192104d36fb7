//! Why the auth service can't be followed.

use std::error::Error;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::Reason;

/// Why the auth service can't be followed, in words that lead an operator to the fault.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// Nothing answers.
    #[error("the auth service can't be reached")]
    Unreachable(#[source] Status),
    /// Something else answers: another service, or a gateway, which does not forward this.
    #[error("what answers there is no auth service: check --auth-url")]
    NoAuthService,
    /// The credential is none, or was revoked.
    #[error("the auth service does not know this service's credential: make one with docket service-token create")]
    UnknownCredential,
    /// A token that was made a moment ago is not good there.
    #[error("the auth service's clock and this machine's differ: run NTP on both")]
    ClockSkew,
    /// For another reason, which the status tells.
    #[error("the auth service refuses")]
    Refused(#[source] Status),
    /// No answer came in time.
    #[error("the auth service says nothing")]
    Silent,
    /// It stops, or has done so.
    #[error("the auth service has ended the stream")]
    Ended,
    /// One of a kind that this release does not know. To go on would be to accept what it may have revoked.
    #[error("a revocation can't be understood")]
    Unreadable,
}

impl From<Status> for FollowError {
    fn from(status: Status) -> Self {
        let reason = status.get_details_error_info().map(|info| info.reason);
        let is = |expected: Reason| reason.as_deref() == Some(expected.name());
        match status.code() {
            Code::Unimplemented => Self::NoAuthService,
            Code::Unauthenticated if is(Reason::TokenInvalid) || is(Reason::TokenMissing) => Self::UnknownCredential,
            Code::Unavailable if is(Reason::ClockSkew) => Self::ClockSkew,
            // The transport's own, where nothing answers.
            Code::Unavailable if status.source().is_some() => Self::Unreachable(status),
            _ => Self::Refused(status),
        }
    }
}
