//! What writes of one account cost those of the others.

use docket_storage::Role;
use docket_testkit::{TestDatabase, eventually, waiting_for_locks};
use tokio::task::JoinSet;

use crate::store::locked_account;
use crate::support::{Auth, PASSWORD, sign_in};

/// More than a pool has connections.
const SIGN_INS: usize = 16;

#[tokio::test]
async fn sign_ins_that_wait_for_one_locked_account_leave_connections_to_the_others() {
    let auth = Auth::start(TestDatabase::postgres().await).await;
    let locked = auth.sign_up("Ada").await;
    let other = auth.sign_up("Grace").await;
    let watch = auth.deployment.database.connect(Role::Owner).await;
    let lock = locked_account(&watch, &locked).await;

    let mut waiting = JoinSet::new();
    for _ in 0..SIGN_INS {
        let (mut client, attempt) = (auth.auth(), sign_in(&locked.account.email, PASSWORD));
        waiting.spawn(async move { client.sign_in(attempt).await });
    }
    eventually(|| async { (waiting_for_locks(&watch).await > 0).then_some(()) }).await;
    for _ in 0..5 {
        auth.sign_in(&other).await;
    }
    assert!(waiting.try_join_next().is_none(), "the lock is still held: all wait");

    lock.roll_back().await.expect("the lock is given back");
    while let Some(answered) = waiting.join_next().await {
        // Whether a sign-in was still in time depends on the machine.
        drop(answered.expect("no panic"));
    }
}
