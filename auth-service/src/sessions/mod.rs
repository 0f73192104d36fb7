//! Opening, renewing and ending sessions.

mod issuer;
mod refresh_tokens;

pub(crate) use issuer::{AUDIENCE, Issuer, NoSigningKey, SessionTokens};
pub(crate) use refresh_tokens::{BadRefreshToken, RefreshTokens};

use std::sync::Arc;

use chrono::{DateTime, Utc};
use docket_identity::{Caller, Clock, Random, SessionId, UserId};
use docket_storage::{StoreError, detached, without_deadline};
use tracing::instrument;

use crate::domain::{
    Client, DeviceName, EventKind, Presented, Recorder, RequestIdHash, SecurityEvent, Session, SessionLife,
    SessionScope, Verdict,
};
use crate::revocations::RevocationFeed;
use crate::store::{Store, Transaction};

/// The use cases of sessions. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    store: Store,
    issuer: Arc<Issuer>,
    feed: RevocationFeed,
    recorder: Recorder,
    life: SessionLife,
    max_sessions: u16,
    clock: Clock,
    random: Random,
}

/// Which tokens a refresh gives.
#[derive(Clone, Copy, Debug)]
enum Given {
    Newest,
    AccessOnly,
}

/// Why a session was not renewed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RefreshError {
    /// The token is not one of ours, or its session has ended.
    #[error("the refresh token is not one of a living session")]
    Invalid,
    /// The session is past its end.
    #[error("the session has expired")]
    Expired,
    /// The token was spent; the session has been ended for it.
    #[error("the refresh token was replayed")]
    Replayed,
    /// No signing key is active.
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
pub(crate) enum RevokeError {
    /// The account has no such session.
    #[error("no such session")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Sessions {
    /// Sessions of `store` that live for `life`, at most `max_sessions` an account.
    pub(crate) fn new(
        store: Store,
        issuer: Arc<Issuer>,
        feed: RevocationFeed,
        life: SessionLife,
        max_sessions: u16,
        clock: Clock,
        random: Random,
    ) -> Self {
        let recorder = Recorder::new(clock.clone(), random.clone());
        Self { store, issuer, feed, recorder, life, max_sessions, clock, random }
    }

    /// Makes the tokens of sessions.
    pub(crate) fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// A session of `user`, not stored yet.
    pub(crate) fn new_session(&self, user: UserId, device: DeviceName, client: Client, now: DateTime<Utc>) -> Session {
        Session::open(SessionId::new(now, &self.random), user, device, client, self.life, now)
    }

    /// Stores a session as part of `transaction`, which holds the account: so no other session opens meanwhile. The
    /// account's longest unused sessions make room where it has as many as it may.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn open(&self, transaction: &mut Transaction, session: &Session) -> Result<(), StoreError> {
        let (user, client) = (session.user_id, &session.client);
        let displaced = |ended| self.recorder.event(user, EventKind::SessionDisplaced, client, Some(ended));
        let keep = self.max_sessions.saturating_sub(1);
        transaction.end_longest_unused_sessions(user, keep, self.clock.now(), displaced).await?;
        transaction.insert_session(session).await
    }

    /// A session of no account, for the self-test of the keys.
    pub(crate) fn probe(&self, now: DateTime<Utc>) -> Session {
        self.new_session(UserId::new(now, &self.random), DeviceName::default(), Client::default(), now)
    }

    /// Trades a refresh token for fresh tokens of its session, by the table of cases in `specs/`.
    ///
    /// # Errors
    /// See [`RefreshError`]. A replay has ended the session, and that is committed.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn refresh(
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
        // Detached, without the caller's deadline: a thief who hangs up or sets a short deadline must not keep a replay
        // from ending the session.
        let (session, given) =
            detached(without_deadline(async move { this.rotate_or_judge(presented, client, now).await })).await?;
        let tokens = issuer.tokens(&session);
        Ok(match given {
            Given::Newest => tokens,
            Given::AccessOnly => SessionTokens { refresh_token: None, ..tokens },
        })
    }

    /// The session after its rotation, or as it is where another has rotated it, and which tokens its presenter gets.
    async fn rotate_or_judge(
        &self,
        presented: Presented,
        client: Client,
        now: DateTime<Utc>,
    ) -> Result<(Session, Given), RefreshError> {
        let idle_expire_time = now + self.life.idle;
        if let Some(session) = self.store.rotate_session(&presented, &client, now, idle_expire_time).await? {
            return Ok((session, Given::Newest));
        }
        let session = self.store.session(presented.session_id).await?.ok_or(RefreshError::Invalid)?;
        let (user, id) = (session.user_id, session.id);
        match session.judge(&presented, now) {
            Verdict::Newest => Ok((session, Given::Newest)),
            Verdict::AccessOnly => {
                let event = self.recorder.event(user, EventKind::RefreshReused, &client, Some(id));
                self.store.record(&SecurityEvent { id: session.reuse_event_id(&presented), ..event }).await?;
                Ok((session, Given::AccessOnly))
            }
            Verdict::Expired => {
                self.store.mark_expired_sessions(now).await?;
                Err(RefreshError::Expired)
            }
            Verdict::Replay => {
                self.end(user, SessionScope::One(id), EventKind::RefreshReplayed, client).await?;
                Err(RefreshError::Replayed)
            }
        }
    }

    /// The caller's sessions that have not ended, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn list(&self, caller: &Caller) -> Result<Vec<Session>, StoreError> {
        self.store.live_sessions(caller.user_id(), self.clock.now()).await
    }

    /// Ends one of the caller's sessions.
    ///
    /// # Errors
    /// See [`RevokeError`]. Sessions of others are not found.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn revoke(&self, caller: &Caller, session: SessionId, client: Client) -> Result<(), RevokeError> {
        let scope = SessionScope::One(session);
        let ended = self.end(caller.user_id(), scope, EventKind::SessionRevoked, client).await?;
        if ended.is_empty() { Err(RevokeError::NotFound) } else { Ok(()) }
    }

    /// Ends sessions of the caller, and returns their ids.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn sign_out(
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
            let mut transaction = this.store.begin_for(user).await?;
            let event = |session| this.recorder.event(user, kind, &client, Some(session));
            let ended = transaction.end_sessions(user, scope, this.clock.now(), event).await?;
            transaction.commit(&this.feed).await?;
            Ok(ended)
        })
        .await
    }
}
