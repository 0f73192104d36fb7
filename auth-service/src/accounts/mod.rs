//! Making, reading, changing and erasing accounts.

mod sign_in;

pub(crate) use sign_in::{SignIn, SignInError};

use docket_identity::{Caller, Clock, Random, SessionId, UserId};
use docket_storage::{StoreError, detached};
use tracing::instrument;

use crate::domain::{
    Account, Client, DeviceName, DisplayName, Email, EventKind, GivenPassword, Language, NewPassword, Recorder,
    SessionScope,
};
use crate::passwords::{Checked, HashError, PasswordHasher};
use crate::revocations::RevocationFeed;
use crate::sessions::{NoSigningKey, SessionTokens, Sessions};
use crate::store::Store;

/// The use cases of accounts. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Accounts {
    pub(crate) store: Store,
    pub(crate) hasher: PasswordHasher,
    pub(crate) sessions: Sessions,
    pub(crate) feed: RevocationFeed,
    pub(crate) recorder: Recorder,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
}

/// Who wants an account.
#[derive(Clone, Debug)]
pub(crate) struct NewAccount {
    /// What the person is called.
    pub(crate) display_name: DisplayName,
    /// Where the person gets mail.
    pub(crate) email: Email,
    /// Found to be strong enough.
    pub(crate) password: NewPassword,
    /// The language of mails to the person.
    pub(crate) language: Language,
}

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignUpError {
    /// The address has an account.
    #[error("the address has an account")]
    EmailTaken,
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

/// Why an account was not read or renamed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    /// It has been erased.
    #[error("the account is gone")]
    Gone,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why something that takes the current password was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasswordError {
    /// It is not the account's password.
    #[error("the current password is wrong")]
    Wrong,
    /// The account has been erased.
    #[error("the account is gone")]
    Gone,
    /// A password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Accounts {
    /// Makes an account and opens its first session.
    ///
    /// # Errors
    /// See [`SignUpError`]. Of two with one address at once, one is told that it is taken.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn sign_up(
        &self,
        new: NewAccount,
        client: Client,
    ) -> Result<(Account, SessionTokens), SignUpError> {
        let NewAccount { display_name, email, password, language } = new;
        // Before the hash is made, which costs much more.
        if self.store.credentials_by_email(&email).await?.is_some() {
            return Err(SignUpError::EmailTaken);
        }
        let hash = self.hasher.hash(password).await?;
        let now = self.clock.now();
        let issuer = self.sessions.issuer().ready(now)?;
        let id = UserId::new(now, &self.random);
        let account =
            Account { id, email, display_name, email_verified: false, language, create_time: now, update_time: now };
        let session = self.sessions.new_session(id, DeviceName::default(), client.clone(), now);
        let event = self.recorder.event(id, EventKind::SignedUp, &client, Some(session.id));
        let tokens = issuer.tokens(&session);
        let (store, feed, made) = (self.store.clone(), self.feed.clone(), account.clone());
        let stored = detached(async move {
            let mut transaction = store.begin().await?;
            transaction.insert_account(&made, &hash).await?;
            transaction.insert_session(&session).await?;
            transaction.record(event);
            transaction.commit(&feed).await
        });
        match stored.await {
            Ok(()) => Ok((account, tokens)),
            Err(StoreError::Duplicate(_)) => Err(SignUpError::EmailTaken),
            Err(error) => Err(error.into()),
        }
    }

    /// The caller's account.
    ///
    /// # Errors
    /// See [`AccountError`].
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn account(&self, caller: &Caller) -> Result<Account, AccountError> {
        self.store.account(caller.user_id()).await?.ok_or(AccountError::Gone)
    }

    /// Gives the caller another name.
    ///
    /// # Errors
    /// See [`AccountError`].
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn rename(&self, caller: &Caller, name: DisplayName) -> Result<Account, AccountError> {
        let (store, id, now) = (self.store.clone(), caller.user_id(), self.clock.now());
        let renamed = detached(async move { store.rename(id, &name, now).await });
        renamed.await?.ok_or(AccountError::Gone)
    }

    /// Changes the caller's password, and ends every other session of the account.
    ///
    /// # Errors
    /// See [`PasswordError`].
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn change_password(
        &self,
        caller: &Caller,
        current: GivenPassword,
        new: NewPassword,
        client: Client,
    ) -> Result<(), PasswordError> {
        let (id, session) = (caller.user_id(), caller.session_id());
        self.with_stored_hash(id, current, |old_hash| {
            let (this, new, client) = (self.clone(), new.clone(), client.clone());
            async move {
                let new_hash = this.hasher.hash(new).await?;
                detached(async move { this.replace_hash(id, session, &old_hash, &new_hash, &client).await }).await
            }
        })
        .await
    }

    /// Whether `old_hash` was still the stored one.
    async fn replace_hash(
        &self,
        id: UserId,
        session: SessionId,
        old_hash: &str,
        new_hash: &str,
        client: &Client,
    ) -> Result<bool, PasswordError> {
        let mut transaction = self.store.begin_for(id).await?;
        // Of two that change it at once, the second no longer knows it.
        if !transaction.hold_account(id, old_hash).await? {
            return Ok(false);
        }
        let now = self.clock.now();
        transaction.set_password_hash(id, new_hash, now).await?;
        let event = |kind, session| self.recorder.event(id, kind, client, Some(session));
        transaction.record(event(EventKind::PasswordChanged, session));
        let ended = |other| event(EventKind::SessionRevoked, other);
        transaction.end_sessions(id, SessionScope::Others(session), now, ended).await?;
        transaction.commit(&self.feed).await?;
        Ok(true)
    }

    /// Erases the caller's account with all that is its.
    ///
    /// # Errors
    /// See [`PasswordError`].
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn delete(&self, caller: &Caller, current: GivenPassword) -> Result<(), PasswordError> {
        let id = caller.user_id();
        self.with_stored_hash(id, current, |hash| {
            let this = self.clone();
            detached(async move { this.erase(id, &hash).await })
        })
        .await
    }

    /// Whether `hash` was still the stored one.
    async fn erase(&self, id: UserId, hash: &str) -> Result<bool, PasswordError> {
        let mut transaction = self.store.begin_for(id).await?;
        if !transaction.hold_account(id, hash).await? {
            return Ok(false);
        }
        transaction.delete_account(id, self.clock.now()).await?;
        transaction.commit(&self.feed).await?;
        Ok(true)
    }

    /// Does `act` with the stored hash, where `current` is its password. `act` tells whether it was still the stored
    /// one; where a sign-in has renewed it meanwhile, the second look finds the password right again.
    async fn with_stored_hash<Acting>(
        &self,
        id: UserId,
        current: GivenPassword,
        act: impl Fn(String) -> Acting,
    ) -> Result<(), PasswordError>
    where
        Acting: Future<Output = Result<bool, PasswordError>>,
    {
        for _ in 0..2 {
            let hash = self.store.credentials(id).await?.ok_or(PasswordError::Gone)?.password_hash;
            match self.hasher.check(current.clone(), Some(hash.clone())).await? {
                Checked::Right { .. } if act(hash).await? => return Ok(()),
                Checked::Right { .. } => {}
                Checked::Wrong => break,
            }
        }
        Err(PasswordError::Wrong)
    }
}
