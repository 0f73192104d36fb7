//! What an SQLite database does when its disk is full, when its file goes away, and when several processes make it at
//! once.

use std::path::{Path, PathBuf};
use std::process::Command;

use docket_storage::{DatabaseUrl, Db, Role, SqlitePools, StoreError, Transaction, connect, migrate, on_database};
use docket_testkit::{TestDatabase, within_ten_seconds};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;

const INSERT: &str = "INSERT INTO things VALUES (zeroblob(100000))";

async fn with_things(db: &Db) -> &SqlitePools {
    let Db::Sqlite(pools) = db else { panic!("SQLite") };
    sqlx::query("CREATE TABLE things (content BLOB)").execute(&pools.write).await.expect("it is new");
    pools
}

async fn insert(db: &Db) -> Result<(), StoreError> {
    let mut transaction = Transaction::begin(db).await?;
    on_database!(transaction.connection(), |connection| sqlx::query(INSERT).execute(connection).await.map(drop)?);
    transaction.commit().await
}

async fn things(pools: &SqlitePools) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM things").fetch_one(&pools.read).await.expect("it can be read")
}

#[tokio::test]
async fn a_transaction_that_a_full_disk_ends_leaves_no_connection_inside_it() {
    let database = TestDatabase::sqlite().await;
    let db = database.connect(Role::Owner).await;
    let pools = with_things(&db).await;
    insert(&db).await.expect("there is room");
    for _ in 0..3 {
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&pools.write).await.expect("a count");
        // Of this connection alone: SQLite takes its file for a full disk.
        let limit = AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 2));
        sqlx::query(limit).execute(&pools.write).await.expect("it can be limited");
        let failed = within_ten_seconds(insert(&db)).await;
        assert!(matches!(failed, Err(StoreError::Full(_))), "{failed:?}");
        within_ten_seconds(insert(&db)).await.expect("another connection has room");
    }
    assert_eq!(things(pools).await, 4);
}

/// A file system of three MiB. It goes when this is dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where this user may not mount anything.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(folder.path()).status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(folder))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Takes all room that there is.
    fn fill(&self) {
        let full = std::fs::write(self.path("filler"), vec![1; 4 << 20]);
        assert!(full.is_err_and(|error| error.kind() == std::io::ErrorKind::StorageFull));
    }

    fn free(&self) {
        std::fs::remove_file(self.path("filler")).expect("it was made");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the connections to files on it may still be closing.
        drop(Command::new("umount").arg("--lazy").arg(self.0.path()).status());
    }
}

#[tokio::test]
async fn writes_fail_as_full_while_the_disk_is_full_and_go_on_once_it_is_not() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("skipped: mounting a small disk takes root");
        return;
    };
    let url = DatabaseUrl::sqlite(disk.path("docket.db"));
    let db = connect(&url, Role::Owner).await.expect("the file can be made");
    let pools = with_things(&db).await;
    insert(&db).await.expect("there is room");
    for round in 1..=3 {
        disk.fill();
        for _ in 0..5 {
            let failed = within_ten_seconds(insert(&db)).await;
            assert!(matches!(failed, Err(StoreError::Full(_))), "round {round}: {failed:?}");
        }
        assert_eq!(things(pools).await, round, "reads go on");
        disk.free();
        within_ten_seconds(insert(&db)).await.expect("there is room again");
        assert_eq!(things(pools).await, round + 1);
    }
    db.close().await;
}

#[tokio::test]
async fn a_full_disk_is_found_by_a_trial_write() {
    let database = TestDatabase::sqlite().await;
    let db = database.connect(Role::Owner).await;
    db.check().await.expect("there is room");
    let Db::Sqlite(pools) = &db else { panic!("SQLite") };
    sqlx::query("PRAGMA query_only = TRUE").execute(&pools.write).await.expect("it can be set");
    db.check().await.expect("a success counts for a while");
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(30)).await;
    tokio::time::resume();
    assert!(db.check().await.is_err(), "it is tried again");
    sqlx::query("PRAGMA query_only = FALSE").execute(&pools.write).await.expect("it can be set");
    docket_testkit::eventually(async || db.check().await.ok()).await;
}

/// A connected database and its file.
async fn opened(folder: &TempDir) -> (Db, PathBuf) {
    let path = folder.path().join("docket.db");
    let db = connect(&DatabaseUrl::sqlite(&path), Role::Owner).await.expect("the file can be made");
    with_things(&db).await;
    db.check().await.expect("all is well");
    (db, path)
}

async fn assert_closed(db: &Db, what: &str) {
    for _ in 0..2 {
        assert!(matches!(db.check().await, Err(StoreError::Unavailable(_))), "{what}");
    }
    assert!(matches!(insert(db).await, Err(StoreError::Unavailable(_))), "nothing is acknowledged: {what}");
}

#[tokio::test]
async fn a_file_that_is_deleted_or_replaced_takes_no_more_writes() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (db, path) = opened(&folder).await;
    std::fs::remove_file(&path).expect("it is there");
    assert_closed(&db, "deleted").await;

    for name in ["docket.db-wal", "docket.db-shm"] {
        drop(std::fs::remove_file(folder.path().join(name)));
    }
    let (db, path) = opened(&folder).await;
    replace(&path);
    assert_closed(&db, "replaced").await;
}

/// Puts a copy in the place of the file, as whoever restores a backup does.
fn replace(path: &Path) {
    let copy = path.with_extension("copy");
    std::fs::copy(path, &copy).expect("it can be copied");
    std::fs::rename(&copy, path).expect("it can be put in place");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_that_make_and_migrate_one_file_at_once_all_succeed() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let url = DatabaseUrl::sqlite(folder.path().join("new/docket.db"));
        let making: Vec<_> = (0..6)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move {
                    let db = connect(&url, Role::Owner).await.expect("it opens");
                    migrate(&db).await.expect("it migrates");
                    db.close().await;
                })
            })
            .collect();
        for made in making {
            within_ten_seconds(made).await.expect("no panic");
        }
    }
}
