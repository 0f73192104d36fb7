//! The public keys of the auth service.

use std::time::Duration;

use docket_identity::Jwk;
use docket_proto::auth::v1::key_service_client::KeyServiceClient;
use docket_proto::auth::v1::{ListKeysRequest, ListKeysResponse};
use tokio::sync::Notify;

use super::follow_error::FollowError;
use super::{ANSWER_TIMEOUT, AuthUpstream, BackOff, Trust};
use crate::{jwk, time};

/// However short keys may be kept, they are not asked for more often.
const SHORTEST_AGE: Duration = Duration::from_secs(2);
/// More keys than any set of ours has.
const MAX_LIST: usize = 64 * 1024;

impl Trust {
    /// Fetches the keys now, each time half of their age has passed, and whenever `reopened` says that the auth
    /// service may be another one.
    pub(super) async fn follow_keys<T: AuthUpstream>(&self, auth: T, reopened: &Notify) {
        let mut client = KeyServiceClient::new(auth).max_decoding_message_size(MAX_LIST);
        let mut back_off = BackOff::default();
        loop {
            match self.fetch_keys(&mut client).await {
                Ok(max_age) => {
                    back_off.reset();
                    // Both are reasons to look again; neither is lost while keys are being fetched.
                    drop(tokio::time::timeout(max_age / 2, reopened.notified()).await);
                }
                Err(error) => self.pause(&mut back_off, "keys", &error).await,
            }
        }
    }

    async fn fetch_keys<T: AuthUpstream>(&self, client: &mut KeyServiceClient<T>) -> Result<Duration, FollowError> {
        let asked = self.clock.now();
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, client.list_keys(ListKeysRequest {})).await;
        let ListKeysResponse { keys, max_age_seconds, issuer, server_time } =
            answer.map_err(|_| FollowError::Silent)??.into_inner();
        // An auth service of an earlier release tells neither.
        if let Some(server_time) = server_time.and_then(time) {
            self.agreement.note_time(server_time, self.clock.now());
        }
        if !issuer.is_empty() {
            self.agreement.note_issuer(&issuer, &self.expected.issuer);
        }
        let max_age = Duration::from_secs(u64::try_from(max_age_seconds).unwrap_or(0)).max(SHORTEST_AGE);
        let keys: Vec<Jwk> = keys.into_iter().map(jwk).collect();
        for (kid, fault) in self.keys.replace(&keys, max_age, asked) {
            tracing::warn!(kid, error = &fault as &dyn std::error::Error, "a key can't be used");
        }
        Ok(max_age)
    }
}
