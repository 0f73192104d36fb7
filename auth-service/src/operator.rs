//! What the operator does by hand, with the servers running or not.

use std::time::Duration;

use docket_identity::{Algorithm, Clock, Random, ServiceCredential, UserId};
use docket_storage::{Db, StoreError};

use crate::Config;
use crate::domain::{Account, Email, KeyRecord, KeyState, KnownService, ServiceName};
use crate::keys::{KeysError, MasterKey, Rotated, SigningKeys, token_life};
use crate::mail::{self, MailError};
use crate::revocations::RevocationFeed;
use crate::store::{Store, WaitingMails};

/// Accounts come in pages of this size.
const PAGE: i64 = 500;

/// All signing keys with their states, the oldest first. `access_token_life` is the longest life of an access token.
///
/// # Errors
/// Where the database fails.
pub async fn list_keys(
    db: &Db,
    access_token_life: Duration,
    clock: &Clock,
) -> Result<Vec<(KeyRecord, KeyState)>, StoreError> {
    let (now, token_life) = (clock.now(), token_life(access_token_life));
    let keys = Store::new(db.clone()).signing_keys().await?.into_iter();
    Ok(keys.map(|key| (key.clone(), key.state(now, token_life))).collect())
}

/// Opens every key that is in use with `master_key`, and changes nothing. `access_token_life` is the longest life of
/// an access token.
///
/// # Errors
/// Where one does not open, or the database fails.
pub async fn open_keys(
    db: &Db,
    master_key: &MasterKey,
    access_token_life: Duration,
    clock: &Clock,
) -> Result<(), KeysError> {
    let token_life = token_life(access_token_life);
    SigningKeys::new(Store::new(db.clone()), master_key.sealing_key(), token_life, clock.clone()).reload().await
}

/// Makes the next signing key, of the algorithm of the newest one where `algorithm` is not given. It signs once every
/// verifier knows it, and the one before retires then. `access_token_life` is the longest life of an
/// access token.
///
/// # Errors
/// Where `master_key` does not open the keys that are there, or the database fails.
pub async fn rotate_keys(
    db: &Db,
    master_key: &MasterKey,
    algorithm: Option<Algorithm>,
    access_token_life: Duration,
    clock: &Clock,
    random: &Random,
) -> Result<Rotated, KeysError> {
    let store = Store::new(db.clone());
    let keys = SigningKeys::new(store.clone(), master_key.sealing_key(), token_life(access_token_life), clock.clone());
    keys.reload().await?;
    let newest = store.signing_keys().await?.last().map(|key| key.algorithm);
    let algorithm = algorithm.or(newest).unwrap_or(Algorithm::EdDsa);
    // Nobody watches this feed: the commit of a transaction takes one, and nothing is revoked here.
    let feed = RevocationFeed::new(store, access_token_life, access_token_life, clock.clone(), random.clone());
    Ok(keys.rotate(algorithm, feed, random).await?)
}

/// Why no credential was made.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// There is one of this name.
    #[error("there is a credential named {0}: revoke it first, or replace it with --replace")]
    NameTaken(ServiceName),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A new credential for the service that the operator calls `name`. It is shown once; its public half is kept. With
/// `replace` it takes the place of the one that has the name, which is revoked by that.
///
/// # Errors
/// See [`CredentialError`].
pub async fn create_service_credential(
    db: &Db,
    name: &ServiceName,
    replace: bool,
    clock: &Clock,
    random: &Random,
) -> Result<ServiceCredential, CredentialError> {
    let create_time = clock.now();
    let credential = ServiceCredential::generate(create_time, random);
    let (id, public_key) = (credential.id(), credential.public_key());
    let service = KnownService { id, name: name.to_string(), public_key, create_time };
    let store = Store::new(db.clone());
    let stored = if replace { store.replace_service(&service).await } else { store.insert_service(&service).await };
    match stored {
        Ok(()) => Ok(credential),
        Err(StoreError::Duplicate(_)) => Err(CredentialError::NameTaken(name.clone())),
        Err(error) => Err(error.into()),
    }
}

/// All services whose credentials are good, by name.
///
/// # Errors
/// Where the database fails.
pub async fn list_service_credentials(db: &Db) -> Result<Vec<KnownService>, StoreError> {
    Store::new(db.clone()).services().await
}

/// Revokes the credential `name`, and says whether there was one. Streams that were opened with it end within a second.
///
/// # Errors
/// Where the database fails.
pub async fn revoke_service_credential(db: &Db, name: &str) -> Result<bool, StoreError> {
    Store::new(db.clone()).delete_service(name).await
}

/// The accounts after `after`, the oldest first: at most 500, none after the last.
///
/// # Errors
/// Where the database fails.
pub async fn list_accounts(db: &Db, after: Option<UserId>) -> Result<Vec<Account>, StoreError> {
    Store::new(db.clone()).accounts(after, PAGE).await
}

/// Sends a mail to `recipient` by the settings of `config`, and gives where it went.
///
/// # Errors
/// See [`MailError`].
pub async fn send_test_mail(config: &Config, recipient: &Email, clock: &Clock) -> Result<String, MailError> {
    mail::send_test(config, recipient, clock).await
}

/// Gives where mails go by the settings of `config`, after a connection was made where that is a mail server.
///
/// # Errors
/// See [`MailError`].
pub async fn check_mail(config: &Config) -> Result<String, MailError> {
    mail::check(config).await
}

/// The mails that wait to be sent.
///
/// # Errors
/// Where the database fails.
pub async fn waiting_mails(db: &Db) -> Result<WaitingMails, StoreError> {
    Store::new(db.clone()).waiting_mails().await
}
