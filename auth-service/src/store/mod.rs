//! All SQL of the auth service, one file a table. Knows what is stored, not what it means.
//!
//! A method of [`Store`] is one statement. What has to hold together runs in a [`Transaction`], which a use case
//! opens inside [`docket_storage::detached`].

mod mails;
mod revocations;
mod row;
mod security_events;
mod service_credentials;
mod sessions;
mod signing_keys;
mod transaction;
mod users;

pub use mails::WaitingMails;
pub use revocations::{NewsListener, StoredRevocation};
pub use transaction::{Announcer, Transaction};

use docket_storage::Db;

/// The auth service's tables. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
}

impl Store {
    /// The tables in `db`.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Whether the database takes writes.
    pub async fn is_writable(&self) -> bool {
        self.db.check().await.is_ok()
    }
}
