//! How an SQLite file is opened.

use std::os::unix::fs::PermissionsExt as _;

use docket_storage::{ConnectError, DatabaseUrl, Db, Role, connect, migrate};
use docket_testkit::TestDatabase;
use sqlx::query_scalar;

#[tokio::test]
async fn the_reader_can_not_write() {
    let database = TestDatabase::sqlite().await;
    let Db::Sqlite(pools) = database.connect(Role::Owner).await else { panic!("SQLite") };
    sqlx::query("CREATE TABLE things (id INTEGER)").execute(&pools.write).await.expect("the writer can");
    for sql in
        ["INSERT INTO things VALUES (1)", "DELETE FROM things", "CREATE TABLE more (id INTEGER)", "DROP TABLE things"]
    {
        let error = sqlx::query(sql).execute(&pools.read).await.expect_err("it only reads");
        assert_eq!(error.as_database_error().and_then(|error| error.code()).as_deref(), Some("8"), "{sql}: {error}");
    }
}

#[tokio::test]
async fn a_file_is_opened_so_that_nothing_acknowledged_is_lost() {
    let database = TestDatabase::sqlite().await;
    let Db::Sqlite(pools) = database.connect(Role::Owner).await else { panic!("SQLite") };
    let journal: String = query_scalar("PRAGMA journal_mode").fetch_one(&pools.write).await.expect("a mode");
    let synchronous: i64 = query_scalar("PRAGMA synchronous").fetch_one(&pools.write).await.expect("a level");
    assert_eq!((journal.as_str(), synchronous), ("wal", 2), "2 is FULL");
    for pool in [&pools.write, &pools.read] {
        let enforced: bool = query_scalar("PRAGMA foreign_keys").fetch_one(pool).await.expect("a flag");
        assert!(enforced);
    }
}

#[tokio::test]
async fn a_file_is_made_in_a_folder_that_others_can_not_look_into() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a/b/docket.db");
    let db = connect(&DatabaseUrl::sqlite(&path), Role::Owner).await.expect("it is made");
    migrate(&db).await.expect("it can be written");
    db.close().await;
    for made in ["a", "a/b"] {
        let mode = std::fs::metadata(folder.path().join(made)).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{made}");
    }
}

#[tokio::test]
async fn a_folder_that_can_not_be_made_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("file"), "").expect("it can be written");
    let url = DatabaseUrl::sqlite(folder.path().join("file/docket.db"));
    let error = connect(&url, Role::Owner).await.expect_err("a file is no folder");
    assert!(matches!(error, ConnectError::Folder { .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("docket.db");
    std::fs::write(&path, "something else ".repeat(100)).expect("it can be written");
    let error = connect(&DatabaseUrl::sqlite(&path), Role::Owner).await.expect_err("it is no database");
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
}
