//! All SQL of the task service, one file a table.
//!
//! A read is one statement. Writes are the statements of an [`OwnedTransaction`], which a use case puts together.
//!
//! Rows are reached through [`Store::of`] alone, so whoever asks must say for which owner. Every statement names the
//! owner all the same; on PostgreSQL the policies of row-level security stand behind it as a second wall.

mod answers;
mod cleanup;
mod columns;
mod owners;
mod read;
mod requests;
mod secrets;
mod task_filter;
mod task_lists;
mod task_page;
mod task_row;
mod tasks;
mod transaction;

use docket_identity::UserId;
use docket_storage::Db;
use uuid::Uuid;

pub use answers::{Answer, Encoded};
pub use read::as_owner;
pub use requests::{Begun, KEPT_BYTES, LEAST_COUNTED};
pub use tasks::FoundTask;
pub use transaction::{OwnedTransaction, Write};

/// The tasks of all accounts. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
}

/// The tasks of one account.
#[derive(Clone, Debug)]
pub struct OwnedStore {
    db: Db,
    owner: Uuid,
}

impl Store {
    /// On `db`, opened with [`Role::Task`](docket_storage::Role::Task).
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// What `owner` owns.
    pub fn of(&self, owner: UserId) -> OwnedStore {
        OwnedStore { db: self.db.clone(), owner: owner.as_uuid() }
    }

    /// Whether the database takes writes.
    pub async fn is_writable(&self) -> bool {
        self.db.check().await.is_ok()
    }
}
