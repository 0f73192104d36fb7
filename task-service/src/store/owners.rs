//! The table `task_owners`: who has used tasks, and how often they wrote.

use docket_storage::{StoreError, Transaction, detached, on_database};
use uuid::Uuid;

use super::write::Write;
use super::{OwnedStore, task_lists};
use crate::domain::{Etag, TaskList, TaskListId};

/// A write's place in the account's history.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Its number.
    pub(super) change: i64,
    /// The account's inbox.
    pub(super) inbox_id: TaskListId,
}

/// Takes the account's next number. Until the transaction ends, other writes of the account wait here. The first makes
/// the inbox.
pub(super) async fn step(transaction: &mut Transaction, owner: Uuid, write: &Write) -> Result<Step, sqlx::Error> {
    let (change, inbox_id): (i64, Uuid) = on_database!(transaction.connection(), |connection| {
        sqlx::query_as(
            "INSERT INTO task_owners (owner_id, last_change, inbox_id)
             VALUES ($1, 1, $2)
             ON CONFLICT (owner_id) DO UPDATE SET last_change = task_owners.last_change + 1
             RETURNING last_change, inbox_id",
        )
        .bind(owner)
        .bind(write.inbox_id.as_uuid())
        .fetch_one(connection)
        .await?
    });
    let step = Step { change, inbox_id: inbox_id.into() };
    if change == 1 {
        let inbox = TaskList::inbox(step.inbox_id, Etag::new(change), write.now);
        task_lists::insert(transaction, owner, &inbox).await?;
    }
    Ok(step)
}

impl OwnedStore {
    /// Makes the account's inbox, where it has none yet.
    ///
    /// # Errors
    /// Where the database fails; a missing reference where the account does not exist.
    pub async fn make_inbox(&self, write: Write) -> Result<(), StoreError> {
        let (db, owner) = (self.db.clone(), self.owner);
        detached(async move {
            let mut transaction = Transaction::begin_for(&db, owner).await?;
            step(&mut transaction, owner, &write).await?;
            transaction.commit().await
        })
        .await
    }
}
