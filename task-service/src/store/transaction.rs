//! A transaction that writes what one account owns. Use cases begin it ([`OwnedStore::begin`](super::OwnedStore::begin)), call its methods, one
//! statement each, and end it.

use chrono::{DateTime, Utc};
use docket_identity::{Clock, Random};
use docket_storage::{StoreError, Transaction};
use tracing::instrument;
use uuid::Uuid;

use crate::domain::{Etag, Once, TaskListId};

/// The parameters of a write.
#[derive(Clone, Copy, Debug)]
pub struct Write {
    /// When it is made.
    pub now: DateTime<Utc>,
    /// The id for the account's inbox, should this be its first write.
    pub inbox_id: TaskListId,
    /// Where it may arrive twice.
    pub once: Option<Once>,
}

impl Write {
    /// A write now.
    pub fn new(clock: &Clock, random: &Random, once: Option<Once>) -> Self {
        let now = clock.now();
        Self { now, inbox_id: TaskListId::new(now, random), once }
    }
}

/// A write's place in the account's history.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    /// Its number, from 1 on.
    pub(super) number: i64,
    /// The account's inbox.
    pub(super) inbox_id: TaskListId,
}

/// A transaction of one account. Until it ends, other writes of the account wait. Dropped without being committed, it
/// leaves no trace. It runs inside [`detached`](docket_storage::detached).
#[derive(Debug)]
pub struct OwnedTransaction {
    pub(super) transaction: Transaction,
    pub(super) owner: Uuid,
    pub(super) write: Write,
    change: Change,
    /// Whether a task or a list was written.
    pub(super) changed: bool,
}

impl OwnedTransaction {
    pub(super) fn new(transaction: Transaction, owner: Uuid, write: Write, change: Change) -> Self {
        Self { transaction, owner, write, change, changed: false }
    }

    /// When the write is made.
    pub fn now(&self) -> DateTime<Utc> {
        self.write.now
    }

    /// The version of what this transaction writes.
    pub fn etag(&self) -> Etag {
        Etag::new(self.change.number)
    }

    /// The account's inbox.
    pub fn inbox_id(&self) -> TaskListId {
        self.change.inbox_id
    }

    /// Commits the transaction.
    ///
    /// # Errors
    /// Where the database fails; whether the transaction counts is then not known.
    #[instrument(level = "debug", skip_all)]
    pub async fn commit(self) -> Result<(), StoreError> {
        self.transaction.commit().await
    }

    /// Rolls the transaction back.
    ///
    /// # Errors
    /// Where the database fails; nothing of it counts all the same.
    #[instrument(level = "debug", skip_all)]
    pub async fn roll_back(self) -> Result<(), StoreError> {
        self.transaction.roll_back().await
    }
}
