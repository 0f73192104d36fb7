//! How the schema stands to the program, and the migrations to each other.

use std::collections::BTreeSet;
use std::path::Path;

use docket_storage::{DatabaseUrl, Db, Role, Schema, connect, migrate, on_database, require_current_schema, schema};
use docket_testkit::{TestDatabase, on_both_databases};

/// Gives the newest migration another version, as an older or newer program would have left it.
async fn set_newest(db: &Db, change: i64) {
    on_database!(db.write(), |pool| {
        sqlx::query(
            "UPDATE _sqlx_migrations
             SET version = version + $1
             WHERE version = (SELECT max(version) FROM _sqlx_migrations)",
        )
        .bind(change)
        .execute(pool)
        .await
        .expect("the owner may");
    });
}

on_both_databases! {
    async fn a_schema_is_current_older_or_newer(database: TestDatabase) {
        let owner = database.connect(Role::Owner).await;
        for role in [Role::Owner, Role::Auth, Role::Task] {
            let db = database.connect(role).await;
            assert_eq!(schema(&db).await.expect("it can be told"), Schema::Current, "{role:?}");
        }
        set_newest(&owner, 1).await;
        assert_eq!(schema(&owner).await.expect("it can be told"), Schema::Newer);
        on_database!(owner.write(), |pool| {
            let delete = "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
            sqlx::query(delete).execute(pool).await.expect("the owner may");
        });
        assert_eq!(schema(&owner).await.expect("it can be told"), Schema::Older);
    }

    async fn a_migration_that_was_applied_in_another_form_is_named(database: TestDatabase) {
        let db = database.connect(Role::Owner).await;
        on_database!(db.write(), |pool| {
            let alter = sqlx::query("UPDATE _sqlx_migrations SET checksum = $1 WHERE version = 2");
            alter.bind(vec![7_u8; 48]).execute(pool).await.expect("the owner may");
        });
        assert_eq!(schema(&db).await.expect("it can be told"), Schema::Altered { version: 2 });
        let refused = require_current_schema(&db).await.expect_err("it is not this program's");
        assert!(refused.to_string().starts_with("migration 2 was applied"), "{refused}");
    }

    async fn migrating_twice_changes_nothing(database: TestDatabase) {
        let db = database.connect(Role::Owner).await;
        migrate(&db).await.expect("there is nothing to do");
        assert_eq!(schema(&db).await.expect("it can be told"), Schema::Current);
    }

    async fn several_that_migrate_at_once_do_not_disturb_each_other(database: TestDatabase) {
        let db = database.connect(Role::Owner).await;
        let runs: Vec<_> = (0..4).map(|_| { let db = db.clone(); tokio::spawn(async move { migrate(&db).await }) }).collect();
        for run in runs {
            run.await.expect("no panic").expect("no failure");
        }
        assert_eq!(schema(&db).await.expect("it can be told"), Schema::Current);
    }
}

#[tokio::test]
async fn a_database_without_any_schema_is_older() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = connect(&DatabaseUrl::sqlite(folder.path().join("new.db")), Role::Owner).await.expect("it is made");
    assert_eq!(schema(&db).await.expect("it can be told"), Schema::Older);
}

#[tokio::test]
async fn a_database_that_does_not_answer_has_no_older_schema() {
    let database = TestDatabase::sqlite().await;
    let db = database.connect(Role::Owner).await;
    db.close().await;
    schema(&db).await.expect_err("nobody can tell");
}

#[test]
fn both_databases_have_migrations_of_the_same_names() {
    let names = |dialect: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(dialect);
        let entries = std::fs::read_dir(folder).expect("the folder is there");
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
    };
    assert_eq!(names("postgres"), names("sqlite"));
    assert!(!names("sqlite").is_empty());
}
