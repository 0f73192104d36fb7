//! Making, reading, changing and erasing accounts.

use docket_identity::{Caller, Clock, Random, RevocationTarget, UserId};
use docket_storage::{StoreError, detached};

use crate::domain::{
    Account, Client, Credentials, DeviceName, DisplayName, Email, EventKind, GivenPassword, NewPassword,
};
use crate::hashing::{Checked, HashError, PasswordHasher};
use crate::issuer::{NoSigningKey, SessionTokens};
use crate::sessions::Sessions;
use crate::store::{SessionScope, Store};

/// The use cases of accounts. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Accounts {
    pub(crate) store: Store,
    pub(crate) hasher: PasswordHasher,
    pub(crate) sessions: Sessions,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
}

/// Who wants an account.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// What the person is called.
    pub display_name: DisplayName,
    /// Where the person gets mail.
    pub email: Email,
    /// Found to be strong enough.
    pub password: NewPassword,
}

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
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
pub enum AccountError {
    /// It has been erased.
    #[error("the account is gone")]
    Gone,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why something that takes the current password was not done.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
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
    pub async fn sign_up(&self, new: NewAccount, client: Client) -> Result<(Account, SessionTokens), SignUpError> {
        let NewAccount { display_name, email, password } = new;
        // Before the hash is made, which costs much more.
        if self.store.credentials_by_email(&email).await?.is_some() {
            return Err(SignUpError::EmailTaken);
        }
        let hash = self.hasher.hash(password).await?;
        let now = self.clock.now();
        let issuer = self.sessions.issuer().ready(now)?;
        let id = UserId::new(now, &self.random);
        let account = Account { id, email, display_name, email_verified: false, create_time: now, update_time: now };
        let session = self.sessions.new_session(id, DeviceName::default(), client.clone(), now);
        let event = self.sessions.event(id, EventKind::SignedUp, &client, Some(session.id));
        let tokens = issuer.tokens(&session);
        let (store, made) = (self.store.clone(), account.clone());
        let stored = detached(async move {
            let mut transaction = store.begin().await?;
            transaction.insert_account(&made, &hash).await?;
            transaction.insert_session(&session).await?;
            transaction.record(&event).await?;
            transaction.commit().await
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
    pub async fn account(&self, caller: &Caller) -> Result<Account, AccountError> {
        self.store.account(caller.user_id()).await?.ok_or(AccountError::Gone)
    }

    /// Gives the caller another name.
    ///
    /// # Errors
    /// See [`AccountError`].
    pub async fn rename(&self, caller: &Caller, name: DisplayName) -> Result<Account, AccountError> {
        let (store, id, now) = (self.store.clone(), caller.user_id(), self.clock.now());
        let renamed = detached(async move { store.rename(id, &name, now).await });
        renamed.await?.ok_or(AccountError::Gone)
    }

    /// Changes the caller's password, and ends every other session of the account.
    ///
    /// # Errors
    /// See [`PasswordError`].
    pub async fn change_password(
        &self,
        caller: &Caller,
        current: GivenPassword,
        new: NewPassword,
        client: Client,
    ) -> Result<(), PasswordError> {
        let old_hash = self.show(caller, current).await?.password_hash;
        let new_hash = self.hasher.hash(new).await?;
        let (this, id, session) = (self.clone(), caller.user_id(), caller.session_id());
        detached(async move {
            let mut transaction = this.store.begin().await?;
            // Of two that change it at once, the second no longer knows it.
            if !transaction.hold_account(id, &old_hash).await? {
                return Err(PasswordError::Wrong);
            }
            transaction.set_password_hash(id, &new_hash, this.clock.now()).await?;
            let event = this.sessions.event(id, EventKind::PasswordChanged, &client, Some(session));
            transaction.record(&event).await?;
            let scope = SessionScope::Others(session);
            let ending = this.sessions.end_within(&mut transaction, id, scope, EventKind::SessionRevoked, &client);
            let ended = ending.await?;
            transaction.commit().await?;
            this.sessions.committed(&ended.revocations);
            Ok(())
        })
        .await
    }

    /// Erases the caller's account with all that is its.
    ///
    /// # Errors
    /// See [`PasswordError`].
    pub async fn delete(&self, caller: &Caller, current: GivenPassword) -> Result<(), PasswordError> {
        let hash = self.show(caller, current).await?.password_hash;
        let (this, id) = (self.clone(), caller.user_id());
        detached(async move {
            let mut transaction = this.store.begin().await?;
            if !transaction.hold_account(id, &hash).await? {
                return Err(PasswordError::Wrong);
            }
            let ended = transaction.delete_sessions(id, SessionScope::All, this.clock.now()).await?;
            transaction.delete_account(id).await?;
            // One for each session as well: a refresh in flight may make a token later than the account's own ends.
            let sessions = ended.into_iter().map(RevocationTarget::Session);
            let targets = sessions.chain([RevocationTarget::Subject(id)]);
            let revocations: Vec<_> = targets.map(|target| this.sessions.revocation(target)).collect();
            transaction.insert_revocations(&revocations).await?;
            transaction.commit().await?;
            this.sessions.committed(&revocations);
            Ok(())
        })
        .await
    }

    /// The caller's credentials, where `current` is their password.
    async fn show(&self, caller: &Caller, current: GivenPassword) -> Result<Credentials, PasswordError> {
        let credentials = self.store.credentials(caller.user_id()).await?.ok_or(PasswordError::Gone)?;
        match self.hasher.check(current, Some(credentials.password_hash.clone())).await? {
            Checked::Right { .. } => Ok(credentials),
            Checked::Wrong => Err(PasswordError::Wrong),
        }
    }
}
