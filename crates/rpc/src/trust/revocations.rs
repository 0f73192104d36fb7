//! The revocations of the auth service.

use std::time::Duration;

use docket_identity::{Revocation, RevocationTarget, ServiceCredential, SessionId, UserId};
use docket_proto::auth::v1 as proto;
use proto::revocation::Target;
use proto::revocation_service_client::RevocationServiceClient;
use proto::{WatchRevocationsRequest, WatchRevocationsResponse};
use tokio::sync::Notify;
use tonic::metadata::MetadataValue;
use tonic::{Request, Streaming};

use super::follow_error::FollowError;
use super::{ANSWER_TIMEOUT, AuthUpstream, BackOff, Trust};
use crate::time;

/// A stream that says nothing for so long has died without a word: it should say something every second.
const SILENCE: Duration = Duration::from_secs(5);

impl Trust {
    /// Opens the stream again and again. Each starts with all that is in force: that is little, and right whatever the
    /// auth service has been through meanwhile.
    pub(super) async fn follow_revocations<T: AuthUpstream>(
        &self,
        auth: T,
        credential: Option<&ServiceCredential>,
        reopened: &Notify,
    ) {
        let mut client = RevocationServiceClient::new(auth);
        let mut back_off = BackOff::default();
        loop {
            let broken = match self.open(&mut client, credential).await {
                Ok(stream) => {
                    reopened.notify_one();
                    self.listen(stream, &mut back_off).await
                }
                Err(broken) => broken,
            };
            self.pause(&mut back_off, "revocations", &broken).await;
        }
    }

    async fn open<T: AuthUpstream>(
        &self,
        client: &mut RevocationServiceClient<T>,
        credential: Option<&ServiceCredential>,
    ) -> Result<Streaming<WatchRevocationsResponse>, FollowError> {
        let mut request = Request::new(WatchRevocationsRequest::default());
        if let Some(credential) = credential {
            let token = format!("Bearer {}", credential.token(self.clock.now()));
            let mut token = MetadataValue::try_from(token).expect("a token is visible ASCII");
            token.set_sensitive(true);
            request.metadata_mut().insert("authorization", token);
        }
        let opened = tokio::time::timeout(ANSWER_TIMEOUT, client.watch_revocations(request)).await;
        Ok(opened.map_err(|_| FollowError::Silent)??.into_inner())
    }

    /// Takes in what comes, until nothing does.
    async fn listen(&self, mut stream: Streaming<WatchRevocationsResponse>, back_off: &mut BackOff) -> FollowError {
        let mut caught_up = false;
        loop {
            let message = match tokio::time::timeout(SILENCE, stream.message()).await {
                Ok(Ok(Some(message))) => message,
                Ok(Ok(None)) => return FollowError::Ended,
                Ok(Err(status)) => return status.into(),
                Err(_) => return FollowError::Silent,
            };
            if let Some(server_time) = message.server_time.and_then(time) {
                self.agreement.note_time(server_time, self.clock.now());
            }
            for revocation in message.revocations {
                match read(revocation) {
                    Some(revocation) => self.revocations.insert(revocation),
                    None => return FollowError::Unreadable,
                }
            }
            caught_up |= message.caught_up;
            if caught_up {
                self.revocations.heard(self.clock.now());
                back_off.reset();
            }
        }
    }
}

fn read(revocation: proto::Revocation) -> Option<Revocation> {
    let target = match revocation.target? {
        Target::SessionId(id) => RevocationTarget::Session(id.parse::<SessionId>().ok()?),
        Target::Subject(id) => RevocationTarget::Subject(id.parse::<UserId>().ok()?),
        Target::Kid(id) => RevocationTarget::Key(id),
    };
    let (revoke_time, expire_time) = (time(revocation.revoke_time?)?, time(revocation.expire_time?)?);
    Some(Revocation { target, revoke_time, expire_time })
}
