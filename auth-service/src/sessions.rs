//! Opening, renewing and ending sessions.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use docket_identity::{
    CLOCK_LEEWAY, Caller, Clock, Random, Revocation, RevocationTarget, SessionId, UserId, new_uuid_v7,
};
use docket_storage::{StoreError, detached, without_deadline};

use crate::domain::{
    Client, DeviceName, EventKind, Presented, RequestIdHash, SecurityEvent, Session, SessionLife, Step,
};
use crate::issuer::{Issuer, NoSigningKey, SessionTokens};
use crate::refresh_tokens::BadRefreshToken;
use crate::revocations::RevocationFeed;
use crate::store::{SessionScope, Store, StoredRevocation, Transaction};

/// A token that is being made while its session is ended, by a call that can last no longer.
const IN_FLIGHT: Duration = Duration::from_secs(60);

/// The use cases of sessions. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Sessions {
    store: Store,
    issuer: Arc<Issuer>,
    feed: RevocationFeed,
    life: SessionLife,
    /// How long a revocation can still match a living token.
    in_force: Duration,
    clock: Clock,
    random: Random,
}

/// What ending sessions did, as part of a transaction.
#[derive(Debug)]
pub struct Ended {
    /// Which.
    pub sessions: Vec<SessionId>,
    /// To [announce](Sessions::committed) once the transaction has been committed.
    pub revocations: Vec<StoredRevocation>,
}

/// Why a session was not renewed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The token is not one of ours, or its session has ended.
    #[error("the refresh token is not one of a living session")]
    Invalid,
    /// The session is past its end.
    #[error("the session has expired")]
    Expired,
    /// The token was spent; the session has been ended for it.
    #[error("the refresh token was replayed")]
    Replayed,
    /// There is nothing to sign an access token with.
    #[error(transparent)]
    NoSigningKey(#[from] NoSigningKey),
    /// The database failed; the token is as good as before.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<BadRefreshToken> for RefreshError {
    fn from(BadRefreshToken: BadRefreshToken) -> Self {
        Self::Invalid
    }
}

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// The account has no such session.
    #[error("no such session")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Sessions {
    /// Sessions of `store`, whose access tokens live for `access_token_life`.
    pub fn new(
        store: Store,
        issuer: Arc<Issuer>,
        feed: RevocationFeed,
        life: SessionLife,
        access_token_life: Duration,
        clock: Clock,
        random: Random,
    ) -> Self {
        let in_force = access_token_life + CLOCK_LEEWAY + IN_FLIGHT;
        Self { store, issuer, feed, life, in_force, clock, random }
    }

    /// Makes the tokens of sessions.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// A session of `user`, not stored yet.
    pub fn new_session(&self, user: UserId, device: DeviceName, client: Client, now: DateTime<Utc>) -> Session {
        Session::open(SessionId::new(now, &self.random), user, device, client, self.life, now)
    }

    /// A session of nobody, to try the keys with.
    pub(crate) fn probe(&self, now: DateTime<Utc>) -> Session {
        self.new_session(UserId::new(now, &self.random), DeviceName::default(), Client::default(), now)
    }

    /// An entry for the account's record.
    pub fn event(
        &self,
        user_id: UserId,
        kind: EventKind,
        client: &Client,
        session: Option<SessionId>,
    ) -> SecurityEvent {
        let event_time = self.clock.now();
        let id = new_uuid_v7(event_time, &self.random);
        SecurityEvent { id, user_id, kind, event_time, client: client.clone(), session_id: session }
    }

    /// Trades a refresh token for fresh tokens of its session, by the table of cases in `specs/`.
    ///
    /// # Errors
    /// See [`RefreshError`]. A replay has ended the session, and that is committed.
    pub async fn refresh(
        &self,
        token: &str,
        request: Option<RequestIdHash>,
        client: Client,
    ) -> Result<SessionTokens, RefreshError> {
        let (session_id, counter) = self.issuer.read_refresh_token(token)?;
        let now = self.clock.now();
        let issuer = self.issuer.ready(now)?;
        let presented = Presented { session_id, counter, request };
        let this = self.clone();
        // As a whole, and without the caller's deadline: neither a thief who hangs up at once nor one who sets a short
        // deadline keeps a replay from ending the session.
        let session =
            detached(without_deadline(async move { this.step_or_judge(presented, client, now).await })).await?;
        Ok(issuer.tokens(&session))
    }

    /// The session after its step, or as it is where the newest token is to be given again.
    async fn step_or_judge(
        &self,
        presented: Presented,
        client: Client,
        now: DateTime<Utc>,
    ) -> Result<Session, RefreshError> {
        let idle_expire_time = now + self.life.idle;
        if let Some(session) = self.store.step_session(&presented, &client, now, idle_expire_time).await? {
            return Ok(session);
        }
        let session = self.store.session(presented.session_id).await?.ok_or(RefreshError::Invalid)?;
        match session.judge(&presented, now) {
            Step::Again => Ok(session),
            Step::Expired => {
                self.store.mark_expired_sessions(now).await?;
                Err(RefreshError::Expired)
            }
            Step::Replay => {
                self.end(session.user_id, SessionScope::One(session.id), EventKind::RefreshReplayed, client).await?;
                Err(RefreshError::Replayed)
            }
        }
    }

    /// The caller's sessions that have not ended, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Session>, StoreError> {
        self.store.live_sessions(caller.user_id(), self.clock.now()).await
    }

    /// Ends one of the caller's sessions.
    ///
    /// # Errors
    /// See [`RevokeError`]. Sessions of others are not found.
    pub async fn revoke(&self, caller: &Caller, session: SessionId, client: Client) -> Result<(), RevokeError> {
        let scope = SessionScope::One(session);
        let ended = self.end(caller.user_id(), scope, EventKind::SessionRevoked, client).await?;
        if ended.is_empty() { Err(RevokeError::NotFound) } else { Ok(()) }
    }

    /// Ends sessions of the caller, and gives back which.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn sign_out(
        &self,
        caller: &Caller,
        scope: SessionScope,
        client: Client,
    ) -> Result<Vec<SessionId>, StoreError> {
        self.end(caller.user_id(), scope, EventKind::SignedOut, client).await
    }

    async fn end(
        &self,
        user: UserId,
        scope: SessionScope,
        kind: EventKind,
        client: Client,
    ) -> Result<Vec<SessionId>, StoreError> {
        let this = self.clone();
        detached(async move {
            let mut transaction = this.store.begin().await?;
            let ended = this.end_within(&mut transaction, user, scope, kind, &client).await?;
            transaction.commit().await?;
            this.committed(&ended.revocations);
            Ok(ended.sessions)
        })
        .await
    }

    /// Ends sessions as part of `transaction`. To be the last part of it: a revocation must become visible soon after
    /// its time.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end_within(
        &self,
        transaction: &mut Transaction,
        user: UserId,
        scope: SessionScope,
        kind: EventKind,
        client: &Client,
    ) -> Result<Ended, StoreError> {
        let sessions = transaction.delete_sessions(user, scope, self.clock.now()).await?;
        let events: Vec<_> = sessions.iter().map(|session| self.event(user, kind, client, Some(*session))).collect();
        transaction.record_all(&events).await?;
        let targets = sessions.iter().copied().map(RevocationTarget::Session);
        let revocations: Vec<_> = targets.map(|target| self.revocation(target)).collect();
        transaction.insert_revocations(&revocations).await?;
        Ok(Ended { sessions, revocations })
    }

    /// A revocation of now, in force until no token that it could match is alive.
    pub fn revocation(&self, target: RevocationTarget) -> StoredRevocation {
        let revoke_time = self.clock.now();
        let revocation = Revocation { target, revoke_time, expire_time: revoke_time + self.in_force };
        StoredRevocation { id: new_uuid_v7(revoke_time, &self.random), revocation }
    }

    /// Lets revocations that have been committed count at once.
    pub fn committed(&self, revocations: &[StoredRevocation]) {
        self.feed.committed(revocations);
    }
}
