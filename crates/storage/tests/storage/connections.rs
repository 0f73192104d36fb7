//! How an SQLite file is opened, and what pools tell of themselves.

use std::os::unix::fs::PermissionsExt as _;

use docket_storage::{ConnectError, DatabaseUrl, Db, PoolState, Role, Transaction, connect, migrate};
use docket_testkit::{TestDatabase, eventually, on_both_databases};
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

on_both_databases! {
    async fn a_pool_tells_who_has_a_connection_and_who_waits_for_one(database: TestDatabase) {
        let db = database.connect(Role::Owner).await;
        let transactions = || db.pools().into_iter().find(|pool| pool.pool == "transactions").expect("it is there");
        let PoolState { max, .. } = transactions();
        let mut open = Vec::new();
        for _ in 0..max {
            open.push(Transaction::begin(&db).await.expect("it begins"));
        }
        let next = tokio::spawn({
            let db = db.clone();
            async move { Transaction::begin(&db).await.map(drop) }
        });
        eventually(|| async { (transactions().waiting == 1).then_some(()) }).await;
        assert_eq!((transactions().open, transactions().in_use), (max, max));

        drop(open);
        next.await.expect("no panic").expect("it begins once there is a connection");
        eventually(|| async { (transactions().in_use == 0).then_some(()) }).await;
        assert_eq!(transactions().waiting, 0);
    }
}
