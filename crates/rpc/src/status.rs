//! The one table from reason to status (AIP-193), and the only place that makes a [`Status`].

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// The `domain` of every `google.rpc.ErrorInfo`.
pub const ERROR_DOMAIN: &str = "docket";

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $code:ident, $message:literal;)*) => {
        /// Why a call failed. Each has one code and one text: what a client is told depends on nothing else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])* $variant,)*
        }

        impl Reason {
            /// All of them, in the order of the published table.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The `reason` of the `google.rpc.ErrorInfo`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The gRPC code.
            pub fn code(self) -> Code {
                match self { $(Self::$variant => Code::$code,)* }
            }

            /// The text, for developers and for people who have no better one.
            pub fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)* }
            }
        }
    };
}

reasons! {
    /// Fields are wrong; a `BadRequest` names each.
    InvalidArgument = "INVALID_ARGUMENT", InvalidArgument, "the request has invalid fields";
    /// The message is not one of the contract's.
    MalformedMessage = "MALFORMED_MESSAGE", InvalidArgument, "the message can't be decoded";
    /// A request id was used before, with another request.
    RequestIdReused = "REQUEST_ID_REUSED", InvalidArgument, "the request id was used for another request";
    /// No bearer token.
    TokenMissing = "TOKEN_MISSING", Unauthenticated, "a bearer token is required";
    /// The bearer token is malformed or not ours.
    TokenInvalid = "TOKEN_INVALID", Unauthenticated, "the token is not valid";
    /// The bearer token was good once.
    TokenExpired = "TOKEN_EXPIRED", Unauthenticated, "the token has expired";
    /// The session, the account or the key of the bearer token was revoked.
    TokenRevoked = "TOKEN_REVOKED", Unauthenticated, "the session has ended";
    /// Unknown e-mail, wrong password or suspended account: nobody learns which.
    BadCredentials = "BAD_CREDENTIALS", Unauthenticated, "Invalid email or password";
    /// The refresh token is not one of a living session.
    RefreshInvalid = "REFRESH_INVALID", Unauthenticated, "the refresh token is not valid";
    /// The session was not renewed in time.
    RefreshExpired = "REFRESH_EXPIRED", Unauthenticated, "the session has expired";
    /// A spent refresh token was presented: the session has been ended.
    RefreshReplayed = "REFRESH_REPLAYED", Unauthenticated, "the refresh token was used before; the session has ended";
    /// The token is good, and not for this.
    PermissionDenied = "PERMISSION_DENIED", PermissionDenied, "not allowed";
    /// No such thing of the caller's; things of others answer alike.
    NotFound = "NOT_FOUND", NotFound, "not found";
    /// Another account has the e-mail address.
    EmailTaken = "EMAIL_TAKEN", AlreadyExists, "an account with this email already exists";
    /// The caller has a thing with this id.
    IdTaken = "ID_TAKEN", AlreadyExists, "the id is taken";
    /// It does not lie in the trash.
    NotDeleted = "NOT_DELETED", AlreadyExists, "it is not deleted";
    /// It has changed since the etag was read.
    EtagMismatch = "ETAG_MISMATCH", Aborted, "it has changed since it was read";
    /// The e-mail address has to be verified first.
    EmailUnverified = "EMAIL_UNVERIFIED", FailedPrecondition, "the email address is not verified";
    /// The list holds tasks.
    ListNotEmpty = "LIST_NOT_EMPTY", FailedPrecondition, "the list holds tasks";
    /// What the sync token refers to has been forgotten.
    SyncTokenExpired = "SYNC_TOKEN_EXPIRED", FailedPrecondition, "the sync token has expired; start again without";
    /// Steps of steps, five levels deep at most.
    TooDeep = "TOO_DEEP", FailedPrecondition, "tasks can't be nested deeper";
    /// Too many failures to sign in.
    TooManyAttempts = "TOO_MANY_ATTEMPTS", ResourceExhausted, "too many attempts; try again later";
    /// Too many calls.
    RateLimited = "RATE_LIMITED", ResourceExhausted, "too many requests; try again later";
    /// More work is waiting than can be done in time.
    Busy = "BUSY", ResourceExhausted, "the server is busy; try again";
    /// The message is larger than this service takes or gives.
    MessageTooLarge = "MESSAGE_TOO_LARGE", ResourceExhausted, "the message is too large";
    /// The account holds as much as it may.
    QuotaExceeded = "QUOTA_EXCEEDED", ResourceExhausted, "the account's quota is used up";
    /// The disk is full.
    StorageFull = "STORAGE_FULL", ResourceExhausted, "there is no storage left";
    /// The database does not answer.
    DatabaseUnavailable = "DATABASE_UNAVAILABLE", Unavailable, "the database is not available; try again";
    /// The keys that would verify the token could not be fetched.
    KeysUnavailable = "KEYS_UNAVAILABLE", Unavailable, "signing keys are not available; try again";
    /// Whether the token was revoked is not known.
    RevocationsStale = "REVOCATIONS_STALE", Unavailable, "revocations are not known; try again";
    /// The clocks of Docket's own machines differ: a good token seems to come from the future.
    ClockSkew = "CLOCK_SKEW", Unavailable, "the servers' clocks differ; try again";
    /// The service behind the gateway does not answer.
    UpstreamUnavailable = "UPSTREAM_UNAVAILABLE", Unavailable, "the service is not available; try again";
    /// The server is stopping, or the stream has to be opened anew.
    ShuttingDown = "SHUTTING_DOWN", Unavailable, "the server is stopping; try again";
    /// The time that the client gave, or that a call may take, is over.
    Deadline = "DEADLINE", DeadlineExceeded, "the deadline has passed";
    /// The call is in the contract and not in this release.
    Unimplemented = "UNIMPLEMENTED", Unimplemented, "not available in this release";
    /// A fault of ours; the log has it under the request's id.
    Internal = "INTERNAL", Internal, "internal error";
}

/// Delay of `RetryInfo` where nothing more precise is known.
const RETRY_DELAY: Duration = Duration::from_secs(1);

impl Reason {
    /// The status, with `ErrorInfo`, and with `RetryInfo` of a second where the fault is a passing one.
    pub fn status(self) -> Status {
        let passing =
            self.code() == Code::Unavailable || matches!(self, Self::TooManyAttempts | Self::RateLimited | Self::Busy);
        if passing { self.retry_after(RETRY_DELAY) } else { self.with_details(self.details()) }
    }

    /// The status, with `ErrorInfo`, and `RetryInfo` of `delay`.
    pub fn retry_after(self, delay: Duration) -> Status {
        let mut details = self.details();
        details.set_retry_info(Some(delay));
        self.with_details(details)
    }

    fn details(self) -> ErrorDetails {
        ErrorDetails::with_error_info(self.name(), ERROR_DOMAIN, HashMap::new())
    }

    fn with_details(self, details: ErrorDetails) -> Status {
        Status::with_error_details(self.code(), self.message(), details)
    }
}

impl From<Reason> for Status {
    fn from(reason: Reason) -> Self {
        reason.status()
    }
}

/// The faults of a request, collected until all are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations(Vec<(String, String)>);

impl Violations {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that `field` (its path as the client wrote it: "task.title") is at fault; `description` says what would
    /// be right. What was noted before is not noted again: the answer must not grow with a list that repeats one fault.
    pub fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        let violation = (field.into(), description.into());
        if !self.0.contains(&violation) {
            self.0.push(violation);
        }
    }

    /// The value, or `None` after noting its error for `field`.
    pub fn check<T, E: Error>(&mut self, field: impl Into<String>, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.add(field, error.to_string())).ok()
    }

    /// Whether none was noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `value`, where nothing is at fault.
    ///
    /// # Errors
    /// INVALID_ARGUMENT with all faults. Where none was noted and there is no value all the same, that is a fault of
    /// ours.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Status> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            None if self.is_empty() => Err(Reason::Internal.status()),
            _ => Err(self.into()),
        }
    }
}

impl From<Violations> for Status {
    fn from(violations: Violations) -> Self {
        let reason = Reason::InvalidArgument;
        let mut details = reason.details();
        for (field, description) in violations.0 {
            details.add_bad_request_violation(field, description);
        }
        reason.with_details(details)
    }
}

/// Logs a fault of ours with all its causes, and gives the status that says nothing of it.
pub fn internal(error: &(dyn Error + 'static)) -> Status {
    tracing::error!(error, "internal error");
    Reason::Internal.status()
}

/// The status for a failed statement; what is not a passing state of the database is logged as a fault of ours.
#[cfg(feature = "storage")]
pub fn store_failure(error: &docket_storage::StoreError) -> Status {
    use docket_storage::StoreError;
    match error {
        StoreError::Unavailable(source) => {
            tracing::warn!(error = source.as_ref() as &dyn Error, "database is not available");
            Reason::DatabaseUnavailable.status()
        }
        StoreError::Full(source) => {
            tracing::error!(error = source.as_ref() as &dyn Error, "storage is full");
            Reason::StorageFull.status()
        }
        StoreError::Duplicate(_) | StoreError::MissingReference(_) | StoreError::Corrupt(_) | StoreError::Other(_) => {
            internal(error)
        }
    }
}
