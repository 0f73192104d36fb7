//! The table `task_owners`: who has used tasks, and how often they wrote.

use docket_storage::{StoreError, Transaction, on_database};
use tracing::instrument;
use uuid::Uuid;

use super::OwnedStore;
use super::transaction::{Change, OwnedTransaction, Write};
use crate::domain::{TaskList, TaskListId};

impl OwnedStore {
    /// Begins a transaction, which takes the account's next number: other writes of the account wait until it ends. The
    /// account's first one makes the inbox.
    ///
    /// # Errors
    /// Where the database fails; a missing reference where the account does not exist.
    #[instrument(level = "debug", skip_all)]
    pub async fn begin(&self, write: Write) -> Result<OwnedTransaction, StoreError> {
        let mut transaction = Transaction::begin_for(&self.db, self.owner).await?;
        let change = take_number(&mut transaction, self.owner, write.inbox_id).await?;
        let mut owned = OwnedTransaction::new(transaction, self.owner, write, change);
        if change.number == 1 {
            owned.insert_task_list(&TaskList::inbox(owned.inbox_id(), owned.etag(), owned.now())).await?;
        }
        Ok(owned)
    }
}

async fn take_number(
    transaction: &mut Transaction,
    owner: Uuid,
    new_inbox_id: TaskListId,
) -> Result<Change, sqlx::Error> {
    let (number, inbox_id): (i64, Uuid) = on_database!(transaction.connection(), |connection| {
        sqlx::query_as(
            "INSERT INTO task_owners (owner_id, last_change, inbox_id)
             VALUES ($1, 1, $2)
             ON CONFLICT (owner_id) DO UPDATE SET last_change = task_owners.last_change + 1
             RETURNING last_change, inbox_id",
        )
        .bind(owner)
        .bind(new_inbox_id.as_uuid())
        .fetch_one(connection)
        .await?
    });
    Ok(Change { number, inbox_id: inbox_id.into() })
}
