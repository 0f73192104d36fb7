//! The table `signing_keys`.

use auth_service::domain::KeyRecord;
use chrono::TimeDelta;
use docket_identity::{Algorithm, new_uuid_v7};
use docket_testkit::on_both_databases;

use crate::kit::Kit;

fn key(kit: &Kit, algorithm: Algorithm, minutes: i64) -> KeyRecord {
    let create_time = kit.now + TimeDelta::minutes(minutes);
    KeyRecord {
        id: new_uuid_v7(create_time, &kit.random),
        algorithm,
        sealed_secret: vec![1, 2, 3],
        create_time,
        activate_time: create_time + TimeDelta::minutes(5),
        retire_time: None,
        revoke_time: None,
    }
}

on_both_databases! {
    async fn keys_read_back_oldest_first(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let (old, new) = (key(&kit, Algorithm::EdDsa, 0), key(&kit, Algorithm::Es256, 1));
        let mut transaction = kit.store.begin().await.unwrap();
        assert!(transaction.hold_signing_keys().await.unwrap().is_empty());
        transaction.insert_signing_key(&new).await.unwrap();
        transaction.insert_signing_key(&old).await.unwrap();
        assert_eq!(transaction.hold_signing_keys().await.unwrap(), [old.clone(), new.clone()]);
        kit.commit(transaction).await;
        assert_eq!(kit.store.signing_keys().await.unwrap(), [old, new]);
    }

    async fn a_successor_retires_the_others_and_none_later_than_before(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let keys = [key(&kit, Algorithm::EdDsa, 0), key(&kit, Algorithm::EdDsa, 1), key(&kit, Algorithm::EdDsa, 2)];
        let mut transaction = kit.store.begin().await.unwrap();
        for key in &keys {
            transaction.insert_signing_key(key).await.unwrap();
        }
        transaction.retire_signing_keys_before(keys[1].id, kit.now).await.unwrap();
        transaction.retire_signing_keys_before(keys[2].id, kit.now + TimeDelta::minutes(9)).await.unwrap();
        kit.commit(transaction).await;
        let retired: Vec<_> = kit.store.signing_keys().await.unwrap().into_iter().map(|key| key.retire_time).collect();
        assert_eq!(retired, [Some(kit.now), Some(kit.now + TimeDelta::minutes(9)), Some(kit.now)]);
    }

    async fn who_holds_the_keys_makes_others_wait(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let mut first = kit.store.begin().await.unwrap();
        first.hold_signing_keys().await.unwrap();
        let store = kit.store.clone();
        let second = tokio::spawn(async move { store.begin().await.unwrap().hold_signing_keys().await.unwrap().len() });
        tokio::task::yield_now().await;
        first.insert_signing_key(&key(&kit, Algorithm::EdDsa, 0)).await.unwrap();
        kit.commit(first).await;
        assert_eq!(second.await.unwrap(), 1);
    }
}
