//! The table `revocations`.

use auth_service::store::StoredRevocation;
use chrono::{DateTime, TimeDelta, Utc};
use docket_identity::{RevocationTarget, SessionId, UserId, new_uuid_v7};
use docket_testkit::{on_both_databases, within_ten_seconds};

use crate::kit::Kit;

/// One of each kind, a minute apart.
fn targets(kit: &Kit) -> [RevocationTarget; 3] {
    [
        RevocationTarget::Session(SessionId::new(kit.now, &kit.random)),
        RevocationTarget::Subject(UserId::new(kit.now, &kit.random)),
        RevocationTarget::Key(new_uuid_v7(kit.now, &kit.random).to_string()),
    ]
}

/// Revokes so many minutes from now.
async fn revoke(kit: &Kit, target: &RevocationTarget, minutes: i64) -> StoredRevocation {
    let mut transaction = kit.store.begin().await.unwrap();
    transaction.revoke(target.clone());
    kit.commit_at(transaction, kit.now + TimeDelta::minutes(minutes)).await.pop().unwrap()
}

/// Revokes the targets a minute after each other; the last is stored first.
async fn revoke_all(kit: &Kit) -> [StoredRevocation; 3] {
    let [first, second, third] = targets(kit);
    let third = revoke(kit, &third, 2).await;
    [revoke(kit, &first, 0).await, revoke(kit, &second, 1).await, third]
}

async fn since(kit: &Kit, since: DateTime<Utc>, after: TimeDelta) -> Vec<StoredRevocation> {
    kit.store.revocations(since, kit.now + after).await.unwrap()
}

on_both_databases! {
    async fn each_kind_reads_back_oldest_first(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let stored = revoke_all(&kit).await;
        assert_eq!(since(&kit, DateTime::UNIX_EPOCH, TimeDelta::zero()).await, stored);
        assert_eq!(since(&kit, stored[1].revocation.revoke_time, TimeDelta::zero()).await, stored[1..]);
    }

    async fn what_is_spent_is_neither_given_nor_kept(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let stored = revoke_all(&kit).await;
        assert_eq!(since(&kit, DateTime::UNIX_EPOCH, TimeDelta::minutes(10)).await, stored[1..]);
        kit.store.delete_spent_revocations(kit.now + TimeDelta::minutes(11)).await.unwrap();
        assert_eq!(since(&kit, DateTime::UNIX_EPOCH, TimeDelta::zero()).await, stored[2..]);
    }

    async fn a_listener_hears_of_a_commit(database: TestDatabase) {
        let is_postgres = database.is_postgres();
        let kit = Kit::new(database).await;
        let listener = kit.store.listen().await.unwrap();
        assert_eq!(listener.is_some(), is_postgres, "an SQLite file has one process");
        if let Some(mut listener) = listener {
            revoke_all(&kit).await;
            within_ten_seconds(listener.heard()).await.unwrap();
        }
    }
}
