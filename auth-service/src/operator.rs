//! What the operator does by hand, with the servers running or not.

use chrono::TimeDelta;
use docket_identity::{Clock, Random, ServiceCredential, UserId};
use docket_storage::{Db, StoreError};

use crate::domain::{Account, KeyRecord, KeyState};
use crate::keys::{KeysError, MasterKey, SigningKeys};
use crate::store::{Store, StoredCredential};

/// Accounts come in pages of this size.
const PAGE: i64 = 500;

/// All signing keys with their states, the oldest first. `token_life` is the longest life of an access token.
///
/// # Errors
/// Where the database fails.
pub async fn list_keys(
    db: &Db,
    token_life: TimeDelta,
    clock: &Clock,
) -> Result<Vec<(KeyRecord, KeyState)>, StoreError> {
    let now = clock.now();
    let keys = Store::new(db.clone()).signing_keys().await?.into_iter();
    Ok(keys.map(|key| (key.clone(), key.state(now, token_life))).collect())
}

/// Opens every key that is in use with `master_key`, and changes nothing. `token_life` is the longest life of an access
/// token.
///
/// # Errors
/// Where one does not open, or the database fails.
pub async fn open_keys(db: &Db, master_key: &MasterKey, token_life: TimeDelta, clock: &Clock) -> Result<(), KeysError> {
    SigningKeys::new(Store::new(db.clone()), master_key.sealing_key(), token_life, clock.clone()).reload().await
}

/// A new credential for the service that the operator calls `name`. It is shown once; its public half is kept.
///
/// # Errors
/// Where the database fails.
pub async fn create_service_credential(
    db: &Db,
    name: &str,
    clock: &Clock,
    random: &Random,
) -> Result<ServiceCredential, StoreError> {
    let create_time = clock.now();
    let credential = ServiceCredential::generate(create_time, random);
    let stored = StoredCredential {
        id: credential.id(),
        name: name.to_owned(),
        public_key: credential.public_key(),
        create_time,
    };
    Store::new(db.clone()).insert_service_credential(&stored).await?;
    Ok(credential)
}

/// The accounts after `after`, the oldest first: at most 500, none after the last.
///
/// # Errors
/// Where the database fails.
pub async fn list_accounts(db: &Db, after: Option<UserId>) -> Result<Vec<Account>, StoreError> {
    Store::new(db.clone()).accounts(after, PAGE).await
}
