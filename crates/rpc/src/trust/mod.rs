//! Follows the auth service's keys and revocations, so that no request has to ask for them.
//!
//! Both are followed for ever. Where the auth service is not there yet, or has gone, they are asked for again with
//! growing pauses; until there is news, the verifier refuses by itself what it can't know (`REVOCATIONS_STALE`,
//! `KEYS_UNAVAILABLE`).

mod agreement;
mod back_off;
mod follow_error;
mod keys;
mod revocations;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use docket_identity::{Clock, Expected, KeyRing, Random, RevocationList, ServiceCredential, TokenVerifier};
use http_body::Body;
use tokio::sync::Notify;
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;
use tonic::client::GrpcService;
use tonic::codegen::StdError;

use agreement::Agreement;
use back_off::BackOff;
pub use follow_error::FollowError;

/// How long the auth service may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// A way to call the auth service: a channel, or its routes where it is in this process.
pub trait AuthUpstream:
    GrpcService<
        tonic::body::Body,
        ResponseBody: Body<Data = Bytes, Error: Into<StdError> + Send> + Send + 'static,
        Future: Send,
    > + Clone
    + Send
    + Sync
{
}

impl<T> AuthUpstream for T where
    T: GrpcService<
            tonic::body::Body,
            ResponseBody: Body<Data = Bytes, Error: Into<StdError> + Send> + Send + 'static,
            Future: Send,
        > + Clone
        + Send
        + Sync
{
}

/// What this service knows of keys and revocations. Cloning is cheap; clones know the same.
#[derive(Clone, Debug)]
pub struct Trust {
    keys: Arc<KeyRing>,
    revocations: Arc<RevocationList>,
    expected: Expected,
    agreement: Arc<Agreement>,
    clock: Clock,
    random: Random,
}

impl Trust {
    /// Knows nothing yet. Tokens must say what is `expected`; news of revocations counts as current for `staleness`.
    pub fn new(expected: Expected, staleness: Duration, clock: Clock, random: Random) -> Self {
        let revocations = Arc::new(RevocationList::new(staleness));
        Self { keys: Arc::default(), revocations, expected, agreement: Arc::default(), clock, random }
    }

    /// A verifier that knows what this knows, from now on.
    pub fn verifier(&self) -> TokenVerifier {
        let (keys, revocations) = (Arc::clone(&self.keys), Arc::clone(&self.revocations));
        TokenVerifier::new(self.expected.clone(), keys, revocations, self.clock.clone())
    }

    /// Whether a good token would be accepted now.
    pub fn is_ready(&self) -> bool {
        let knows = !self.keys.is_empty() && !self.revocations.is_stale(self.clock.now());
        knows && self.agreement.holds()
    }

    /// How far the auth service's clock is ahead of this one; `None` until it has told.
    pub fn clock_offset(&self) -> Option<TimeDelta> {
        self.agreement.offset()
    }

    /// Follows keys and revocations at `auth` until `shutdown`; `credential` is what the auth service knows this service
    /// by, and not needed in its own process.
    pub async fn follow<T: AuthUpstream>(
        &self,
        auth: T,
        credential: Option<ServiceCredential>,
        shutdown: CancellationToken,
    ) {
        let reopened = Notify::new();
        let following = async {
            tokio::join!(
                self.follow_keys(auth.clone(), &reopened),
                self.follow_revocations(auth.clone(), credential.as_ref(), &reopened),
            )
        };
        shutdown.run_until_cancelled(following).await;
    }

    /// A pause after a failure. One of another kind than the last is worth a line in the log; those that follow it say
    /// the same.
    fn pause(&self, back_off: &mut BackOff, what: &'static str, broken: &FollowError) -> Sleep {
        let error = broken as &dyn Error;
        if back_off.is_news(broken) {
            tracing::warn!(error, "{what} can't be followed; trying again");
        } else {
            tracing::debug!(error, "{what} still can't be followed");
        }
        tokio::time::sleep(back_off.next(&self.random))
    }
}
