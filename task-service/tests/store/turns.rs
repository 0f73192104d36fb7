//! What writes of one account cost those of the others.

use docket_storage::{Role, Transaction};
use docket_testkit::{TestDatabase, eventually, postgres_connection, waiting_for_locks};
use tokio::task::JoinSet;

use crate::kit::{Bench, Writes as _, new_task};

/// More than a pool has connections.
const WRITERS: usize = 16;

#[tokio::test]
async fn writers_that_wait_for_one_locked_account_leave_connections_to_the_others() {
    let database = TestDatabase::postgres().await;
    let locked = Bench::new(&database).await;
    let other = locked.another(&database).await;
    locked.add("the account's first").await;
    let watch = database.connect(Role::Owner).await;
    let mut lock = Transaction::begin_for(&watch, locked.owner.as_uuid()).await.expect("it begins");
    let held = sqlx::query("SELECT 1 FROM task_owners WHERE owner_id = $1 FOR UPDATE").bind(locked.owner.as_uuid());
    held.fetch_one(postgres_connection(&mut lock)).await.expect("the row is there");

    let mut waiting = JoinSet::new();
    for _ in 0..WRITERS {
        let (store, id, write) = (locked.owned(), locked.task_id(), locked.write());
        waiting.spawn(async move { store.insert_task(id, new_task("waits"), write).await });
    }
    eventually(|| async { (waiting_for_locks(&watch).await > 0).then_some(()) }).await;
    for number in 0..20 {
        other.add(&format!("does not wait {number}")).await;
    }
    assert!(waiting.try_join_next().is_none(), "the lock is still held: all wait");

    lock.roll_back().await.expect("the lock is given back");
    while let Some(written) = waiting.join_next().await {
        // Whether a write was still in time depends on the machine.
        drop(written.expect("no panic"));
    }
}
