//! The table `service_credentials`.

use auth_service::domain::KnownService;
use docket_identity::{ServiceCredential, new_uuid_v7};
use docket_storage::StoreError;
use docket_testkit::on_both_databases;

use crate::kit::Kit;

fn service(kit: &Kit, name: &str) -> KnownService {
    let credential = ServiceCredential::generate(kit.now, &kit.random);
    let (id, public_key) = (credential.id(), credential.public_key());
    KnownService { id, name: name.into(), public_key, create_time: kit.now }
}

on_both_databases! {
    async fn the_public_half_reads_back(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let stored = service(&kit, "task-service");
        kit.store.insert_service(&stored).await.unwrap();
        assert_eq!(kit.store.service_public_key(stored.id).await.unwrap(), Some(stored.public_key));
        let unknown = new_uuid_v7(kit.now, &kit.random);
        assert_eq!(kit.store.service_public_key(unknown).await.unwrap(), None);
    }

    async fn a_name_is_one_credential(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let (first, second) = (service(&kit, "task-service"), service(&kit, "task-service"));
        kit.store.insert_service(&first).await.unwrap();
        let refused = kit.store.insert_service(&second).await.unwrap_err();
        assert!(matches!(refused, StoreError::Duplicate(_)), "{refused:?}");
        assert_eq!(kit.store.services().await.unwrap(), std::slice::from_ref(&first));
        kit.store.replace_service(&second).await.unwrap();
        assert_eq!(kit.store.services().await.unwrap(), [second]);
        assert_eq!(kit.store.service_public_key(first.id).await.unwrap(), None);
    }

    async fn a_deleted_credential_is_not_there(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let (one, other) = (service(&kit, "one"), service(&kit, "other"));
        kit.store.replace_service(&one).await.unwrap();
        kit.store.insert_service(&other).await.unwrap();
        assert!(kit.store.delete_service("one").await.unwrap());
        assert!(!kit.store.delete_service("one").await.unwrap());
        assert_eq!(kit.store.services().await.unwrap(), [other]);
    }
}
