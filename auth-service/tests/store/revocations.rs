//! The table `revocations`.

use auth_service::store::StoredRevocation;
use chrono::{DateTime, TimeDelta, Utc};
use docket_identity::{Revocation, RevocationTarget, SessionId, UserId, new_uuid_v7};
use docket_testkit::{on_both_databases, within_ten_seconds};

use crate::kit::Kit;

fn revocation(kit: &Kit, target: RevocationTarget, minutes: i64) -> StoredRevocation {
    let revoke_time = kit.now + TimeDelta::minutes(minutes);
    let revocation = Revocation { target, revoke_time, expire_time: revoke_time + TimeDelta::minutes(10) };
    StoredRevocation { id: new_uuid_v7(revoke_time, &kit.random), revocation }
}

/// One of each kind, a minute apart.
fn revocations(kit: &Kit) -> [StoredRevocation; 3] {
    let key = new_uuid_v7(kit.now, &kit.random).to_string();
    [
        revocation(kit, RevocationTarget::Session(SessionId::new(kit.now, &kit.random)), 0),
        revocation(kit, RevocationTarget::Subject(UserId::new(kit.now, &kit.random)), 1),
        revocation(kit, RevocationTarget::Key(key), 2),
    ]
}

async fn insert(kit: &Kit, revocations: &[StoredRevocation]) {
    let mut transaction = kit.store.begin().await.unwrap();
    transaction.insert_revocations(revocations).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn since(kit: &Kit, since: DateTime<Utc>, after: TimeDelta) -> Vec<StoredRevocation> {
    kit.store.revocations(since, kit.now + after).await.unwrap()
}

on_both_databases! {
    async fn each_kind_reads_back_oldest_first(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let stored = revocations(&kit);
        insert(&kit, &[stored[2].clone(), stored[0].clone(), stored[1].clone()]).await;
        assert_eq!(since(&kit, DateTime::UNIX_EPOCH, TimeDelta::zero()).await, stored);
        assert_eq!(since(&kit, stored[1].revocation.revoke_time, TimeDelta::zero()).await, stored[1..]);
    }

    async fn what_is_spent_is_neither_given_nor_kept(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let stored = revocations(&kit);
        insert(&kit, &stored).await;
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
            insert(&kit, &revocations(&kit)).await;
            within_ten_seconds(listener.heard()).await.unwrap();
        }
    }
}
