//! Opening a session with a password, saying nothing about accounts of others.

use std::error::Error;

use docket_storage::{StoreError, detached};
use tracing::instrument;

use super::Accounts;
use crate::domain::{Account, Client, DeviceName, Email, EventKind, GivenPassword};
use crate::passwords::{Checked, HashError};
use crate::sessions::{NoSigningKey, SessionTokens};

/// Who says to be whom.
#[derive(Clone, Debug)]
pub(crate) struct SignIn {
    /// `None` for a text that is nobody's address.
    pub(crate) email: Option<Email>,
    /// As it was typed.
    pub(crate) password: GivenPassword,
    /// What the client calls its device.
    pub(crate) device_name: DeviceName,
}

/// Why no session was opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    /// Unknown address, wrong password, or an account that may not sign in.
    #[error("address and password do not open an account")]
    BadCredentials,
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// There is nothing to sign an access token with.
    #[error(transparent)]
    NoSigningKey(#[from] NoSigningKey),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Accounts {
    /// Opens a session.
    ///
    /// # Errors
    /// See [`SignInError`]. All bad credentials take the same steps: one read, one hash, no write to wait for.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn sign_in(
        &self,
        attempt: SignIn,
        client: Client,
    ) -> Result<(Account, SessionTokens), SignInError> {
        // The stored hash changes under a right password where it was just changed, and where another sign-in has
        // renewed the hash: the second look tells which.
        match self.try_sign_in(attempt.clone(), client.clone()).await? {
            Some(signed_in) => Ok(signed_in),
            None => self.try_sign_in(attempt, client).await?.ok_or(SignInError::BadCredentials),
        }
    }

    /// `None` where the password was right by a hash that is no longer the stored one.
    async fn try_sign_in(
        &self,
        attempt: SignIn,
        client: Client,
    ) -> Result<Option<(Account, SessionTokens)>, SignInError> {
        let found = match &attempt.email {
            Some(email) => self.store.credentials_by_email(email).await?,
            None => None,
        };
        let may_sign_in = found.as_ref().filter(|found| found.suspend_time.is_none());
        let stored = may_sign_in.map(|found| found.password_hash.clone());
        let checked = self.hasher.check(attempt.password, stored).await?;
        let (found, rehashed) = match (found, checked) {
            (Some(found), Checked::Right { rehashed }) => (found, rehashed),
            (found, _) => {
                if let Some(found) = found {
                    self.note_refusal(&found.account, &client);
                }
                return Err(SignInError::BadCredentials);
            }
        };
        let now = self.clock.now();
        let issuer = self.sessions.issuer().ready(now)?;
        let account = found.account;
        let session = self.sessions.new_session(account.id, attempt.device_name, client.clone(), now);
        let event = self.recorder.event(account.id, EventKind::SignedIn, &client, Some(session.id));
        let tokens = issuer.tokens(&session);
        let (this, id) = (self.clone(), account.id);
        detached(async move {
            let mut transaction = this.store.begin_for(id).await?;
            // The password may have been changed while this one was checked.
            if !transaction.hold_account(id, &found.password_hash).await? {
                return Ok(None);
            }
            if let Some(hash) = rehashed {
                transaction.renew_password_hash(id, &hash).await?;
            }
            this.sessions.open(&mut transaction, &session).await?;
            transaction.record(event);
            transaction.commit(&this.feed).await?;
            Ok(Some((account, tokens)))
        })
        .await
    }

    /// Records that somebody was refused. Nobody waits for it: how long a refusal takes must not tell that there is an
    /// account to keep a record of.
    fn note_refusal(&self, account: &Account, client: &Client) {
        let event = self.recorder.event(account.id, EventKind::SignInRefused, client, None);
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.record(&event).await {
                tracing::warn!(error = &error as &dyn Error, "a refused sign-in was not recorded");
            }
        });
    }
}
