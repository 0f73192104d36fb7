//! What keeps the service from starting.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use auth_service::{BuildError, Config, ConfigError, KeysError, MasterKeyError};
use chrono::TimeDelta;
use docket_storage::{DatabaseUrl, Role, SchemaError, connect};
use docket_testkit::{FakeClock, on_both_databases, seeded_random};

use crate::support::Deployment;

on_both_databases! {
    async fn another_master_key_than_the_first(database: TestDatabase) {
        let deployment = Deployment::new(database);
        deployment.build(&deployment.config).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let other = deployment.config_with(|config| config.data_dir = folder.path().to_owned());
        std::fs::write(folder.path().join("master.key"), "ab".repeat(32)).unwrap();
        std::fs::set_permissions(folder.path().join("master.key"), Permissions::from_mode(0o600)).unwrap();
        let refused = deployment.build(&other).await.unwrap_err();
        assert!(matches!(refused, BuildError::Keys(KeysError::WrongMasterKey { .. })), "{refused:?}");
        assert!(deployment.build(&deployment.config).await.is_ok(), "and nothing has changed");
    }

    async fn a_lost_master_key(database: TestDatabase) {
        let deployment = Deployment::new(database);
        deployment.build(&deployment.config).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let moved = deployment.config_with(|config| config.data_dir = folder.path().to_owned());
        let named = folder.path().join("named.key");
        let named = deployment.config_with(|config| config.master_key_file = Some(named.clone()));
        for config in [moved, named] {
            let refused = deployment.build(&config).await.unwrap_err();
            let lost = matches!(refused, BuildError::Config(ConfigError::MasterKey(MasterKeyError::Lost { .. })));
            assert!(lost, "{refused:?}");
        }
        assert_eq!(folder.path().read_dir().unwrap().count(), 0, "and none is made");
        assert!(deployment.build(&deployment.config).await.is_ok(), "and nothing has changed");
    }

    async fn a_clock_that_is_behind_the_only_key(database: TestDatabase) {
        let deployment = Deployment::new(database);
        deployment.build(&deployment.config).await.unwrap();
        deployment.clock.advance(TimeDelta::minutes(-1));
        let refused = deployment.build(&deployment.config).await.unwrap_err();
        assert!(matches!(refused, BuildError::ClockBehind), "{refused:?}");
        deployment.clock.advance(TimeDelta::minutes(1));
        assert!(deployment.build(&deployment.config).await.is_ok(), "and nothing has changed");
    }

    async fn a_named_master_key_that_is_not_there(database: TestDatabase) {
        let deployment = Deployment::new(database);
        let named = deployment.config.data_dir.join("absent.key");
        let config = deployment.config_with(|config| config.master_key_file = Some(named.clone()));
        let refused = deployment.build(&config).await.unwrap_err();
        assert!(matches!(refused, BuildError::Config(ConfigError::MasterKey(_))), "{refused:?}");
        assert!(!named.exists());
    }
}

#[tokio::test]
async fn a_database_that_was_never_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let db = connect(&DatabaseUrl::sqlite(folder.path().join("empty.db")), Role::Auth).await.unwrap();
    let config = Config::for_tests(folder.path());
    let clock = FakeClock::default().clock();
    let refused = auth_service::AuthService::build(&config, db, clock, seeded_random(1)).await.unwrap_err();
    assert!(matches!(refused, BuildError::Schema(SchemaError::Older)), "{refused:?}");
}
