//! Makes the tokens of sessions.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use docket_identity::{Claims, Random, SessionId, new_uuid_v7};

use super::refresh_tokens::{BadRefreshToken, RefreshTokens};
use crate::domain::Session;
use crate::keys::{SigningKey, SigningKeys};

/// The audience of access tokens.
pub(crate) const AUDIENCE: &str = "docket";

/// What a signed-in client holds.
#[derive(Debug)]
pub(crate) struct SessionTokens {
    /// A JWT.
    pub(crate) access_token: String,
    /// When it expires.
    pub(crate) access_expire_time: DateTime<Utc>,
    /// Opaque. `None` where the client is to get an access token alone.
    pub(crate) refresh_token: Option<String>,
    /// When the session ends unless it is refreshed.
    pub(crate) refresh_expire_time: DateTime<Utc>,
    /// When it ends however often it is refreshed.
    pub(crate) absolute_expire_time: DateTime<Utc>,
    /// The session of the tokens.
    pub(crate) session_id: SessionId,
}

/// Makes access and refresh tokens.
#[derive(Debug)]
pub(crate) struct Issuer {
    keys: Arc<SigningKeys>,
    refresh_tokens: RefreshTokens,
    /// The `iss`: the public URL.
    issuer: String,
    access_token_life: Duration,
    random: Random,
}

/// There is no key to sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no signing key is active")]
pub(crate) struct NoSigningKey;

/// An issuer with a key: issuing can't fail any more. To be obtained before anything is changed.
#[derive(Debug)]
pub(crate) struct ReadyIssuer<'a> {
    issuer: &'a Issuer,
    key: Arc<SigningKey>,
    now: DateTime<Utc>,
}

impl Issuer {
    /// An issuer of access tokens that live for `access_token_life`, or until their session ends.
    pub(crate) fn new(
        keys: Arc<SigningKeys>,
        refresh_tokens: RefreshTokens,
        issuer: String,
        access_token_life: Duration,
        random: Random,
    ) -> Self {
        Self { keys, refresh_tokens, issuer, access_token_life, random }
    }

    /// The `iss` of its tokens.
    pub(crate) fn name(&self) -> &str {
        &self.issuer
    }

    /// The issuer as it is at `now`.
    ///
    /// # Errors
    /// Where there is no key to sign with.
    pub(crate) fn ready(&self, now: DateTime<Utc>) -> Result<ReadyIssuer<'_>, NoSigningKey> {
        let key = self.keys.signing(now).ok_or(NoSigningKey)?;
        Ok(ReadyIssuer { issuer: self, key, now })
    }

    /// Session and number of a genuine refresh token.
    ///
    /// # Errors
    /// Everything else.
    pub(crate) fn read_refresh_token(&self, token: &str) -> Result<(SessionId, i64), BadRefreshToken> {
        self.refresh_tokens.read(token)
    }
}

impl ReadyIssuer<'_> {
    /// A fresh access token and the newest refresh token of the session.
    pub(crate) fn tokens(&self, session: &Session) -> SessionTokens {
        let Self { issuer, key, now } = self;
        let access_expire_time = (*now + issuer.access_token_life).min(session.expire_time);
        let claims = Claims {
            iss: issuer.issuer.clone(),
            aud: vec![AUDIENCE.into()],
            sub: session.user_id,
            sid: session.id,
            jti: new_uuid_v7(*now, &issuer.random).to_string(),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: access_expire_time.timestamp(),
            auth_time: Some(session.create_time.timestamp()),
            amr: vec!["pwd".into()],
            roles: Vec::new(),
        };
        SessionTokens {
            access_token: key.sign(&claims),
            access_expire_time,
            refresh_token: Some(issuer.refresh_tokens.token(session.id, session.counter)),
            refresh_expire_time: session.expire_time,
            absolute_expire_time: session.absolute_expire_time,
            session_id: session.id,
        }
    }
}
