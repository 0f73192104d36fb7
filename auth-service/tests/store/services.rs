//! The table `service_credentials`.

use auth_service::store::StoredCredential;
use docket_identity::{ServiceCredential, new_uuid_v7};
use docket_testkit::on_both_databases;

use crate::kit::Kit;

on_both_databases! {
    async fn the_public_half_reads_back(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let credential = ServiceCredential::generate(kit.now, &kit.random);
        let stored = StoredCredential {
            id: credential.id(),
            name: "task-service".into(),
            public_key: credential.public_key(),
            create_time: kit.now,
        };
        kit.store.insert_service_credential(&stored).await.unwrap();
        let public_key = kit.store.service_public_key(credential.id()).await.unwrap();
        assert_eq!(public_key, Some(credential.public_key()));
        let unknown = new_uuid_v7(kit.now, &kit.random);
        assert_eq!(kit.store.service_public_key(unknown).await.unwrap(), None);
    }
}
