//! Connections for the reads that come often.

use std::sync::{Arc, Barrier};

use chrono::{DateTime, Utc};
use docket_storage::{DatabaseUrl, Db, PgPools, PgReaders, Role, SqliteReaders, SqliteTime, StoreError};
use docket_storage::{connect, migrate};
use docket_testkit::{TestDatabase, give_up_after, within_ten_seconds};
use futures_util::future::join_all;

const CONNECTIONS: usize = 8;

async fn on_postgres(database: &TestDatabase) -> (Db, PgReaders) {
    let db = database.connect(Role::Task).await;
    let Db::Postgres(PgPools { readers, .. }) = &db else { panic!("PostgreSQL") };
    let readers = readers.clone();
    (db, readers)
}

async fn number(readers: &PgReaders, number: i64) -> Result<i64, StoreError> {
    let rows: Vec<(i64,)> = readers.fetch_all(sqlx::query_as("SELECT $1").bind(number)).await?;
    Ok(rows[0].0)
}

#[tokio::test]
async fn on_postgres_nobody_gets_the_answer_of_a_read_that_was_given_up() {
    let database = TestDatabase::postgres().await;
    let (_db, readers) = on_postgres(&database).await;
    for round in 0..400 {
        let times = u32::try_from(round % 8).expect("it is small");
        drop(give_up_after(times, number(&readers, -1)).await);
        assert_eq!(number(&readers, round).await.expect("it answers"), round);
    }
}

#[tokio::test]
async fn on_postgres_a_read_fails_once_a_connection_when_the_server_ended_them() {
    let database = TestDatabase::postgres().await;
    let (_db, readers) = on_postgres(&database).await;
    for answer in join_all((0..8).map(|_| number(&readers, 1))).await {
        answer.expect("it answers");
    }
    let Db::Postgres(PgPools { pool: admin, .. }) = database.connect(Role::Owner).await else { panic!("PostgreSQL") };
    let end = "SELECT count(pg_terminate_backend(pid))
               FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let _: i64 = sqlx::query_scalar(end).fetch_one(&admin).await.expect("a superuser may");
    let mut failures = 0;
    for _ in 0..=CONNECTIONS {
        match number(&readers, 2).await {
            Ok(two) => assert_eq!(two, 2),
            Err(error) => {
                assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
                failures += 1;
            }
        }
    }
    assert!((1..=CONNECTIONS).contains(&failures), "{failures}");
    assert_eq!(number(&readers, 3).await.expect("it answers"), 3);
}

#[tokio::test]
async fn on_postgres_who_finds_no_connection_in_time_is_told_so() {
    let database = TestDatabase::postgres().await;
    let (_db, readers) = on_postgres(&database).await;
    let sleep = || async { readers.fetch_all::<(String,)>(sqlx::query_as("SELECT pg_sleep(2.5)::text")).await };
    let answers = within_ten_seconds(join_all((0..=CONNECTIONS).map(|_| sleep()))).await;
    let failures: Vec<StoreError> = answers.into_iter().filter_map(Result::err).map(StoreError::from).collect();
    assert!(matches!(failures[..], [StoreError::Unavailable(_)]), "{failures:?}");
}

#[tokio::test]
async fn on_postgres_closed_readers_are_unavailable() {
    let database = TestDatabase::postgres().await;
    let (db, readers) = on_postgres(&database).await;
    db.close().await;
    assert!(matches!(number(&readers, 1).await, Err(StoreError::Unavailable(_))));
}

async fn on_sqlite(database: &TestDatabase) -> (Db, SqliteReaders) {
    let db = database.connect(Role::Owner).await;
    let Db::Sqlite(pools) = &db else { panic!("SQLite") };
    sqlx::query("CREATE TABLE things (id INTEGER, at TEXT)").execute(&pools.write).await.expect("the writer can");
    let readers = pools.readers.clone();
    (db, readers)
}

fn count(connection: &rusqlite::Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT count(*) FROM things")?.query_row([], |row| row.get(0))
}

#[tokio::test]
async fn on_sqlite_readers_see_what_was_committed_and_can_not_write() {
    let database = TestDatabase::sqlite().await;
    let (db, readers) = on_sqlite(&database).await;
    let Db::Sqlite(pools) = &db else { panic!("SQLite") };
    assert_eq!(readers.read(count).expect("it reads"), 0);
    sqlx::query("INSERT INTO things VALUES (1, '')").execute(&pools.write).await.expect("the writer can");
    assert_eq!(readers.read(count).expect("it reads"), 1);
    assert_eq!(readers.read_blocking(count).await.expect("it reads"), 1);
    let error = readers.read(|connection| connection.execute("DELETE FROM things", [])).expect_err("it only reads");
    assert!(matches!(error, StoreError::Other(_)), "{error:?}");
    assert_eq!(readers.read(count).expect("it reads on"), 1);
}

#[tokio::test]
async fn on_sqlite_times_are_those_of_sqlx() {
    let database = TestDatabase::sqlite().await;
    let (db, readers) = on_sqlite(&database).await;
    let Db::Sqlite(pools) = &db else { panic!("SQLite") };
    for text in ["2026-11-21T16:20:00Z", "2026-11-21T16:20:00.120Z", "2026-11-21T16:20:00.123456Z"] {
        let time: DateTime<Utc> = text.parse().expect("a time");
        sqlx::query("DELETE FROM things").execute(&pools.write).await.expect("the writer can");
        sqlx::query("INSERT INTO things VALUES (1, $1)")
            .bind(time)
            .execute(&pools.write)
            .await
            .expect("the writer can");
        let find = "SELECT at FROM things WHERE at = ?1";
        let found = readers.read(|connection| {
            let sought = rusqlite::types::ToSqlOutput::from(SqliteTime(time));
            connection.query_row(find, [sought], |row| row.get(0))
        });
        let SqliteTime(found) = found.expect("it is found, and read");
        assert_eq!(found, time, "{text}");
    }
}

#[tokio::test]
async fn on_sqlite_a_value_that_docket_does_not_write_is_corrupt() {
    let database = TestDatabase::sqlite().await;
    let (_db, readers) = on_sqlite(&database).await;
    let read = |sql| readers.read(|connection| connection.query_row(sql, [], |row| row.get::<_, SqliteTime>(0)));
    for sql in ["SELECT 'soon'", "SELECT 7", "SELECT NULL"] {
        let error = read(sql).expect_err("it is no time");
        assert!(matches!(error, StoreError::Corrupt(_)), "{sql}: {error:?}");
    }
}

#[tokio::test]
async fn on_sqlite_who_finds_no_thread_in_time_is_told_so() {
    let database = TestDatabase::sqlite().await;
    let (_db, readers) = on_sqlite(&database).await;
    let held = Arc::new(Barrier::new(CONNECTIONS + 1));
    let holders: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (readers, held) = (readers.clone(), Arc::clone(&held));
            tokio::spawn(async move {
                readers
                    .read_blocking(move |_| {
                        held.wait();
                        held.wait();
                        Ok(())
                    })
                    .await
            })
        })
        .collect();
    tokio::task::spawn_blocking({
        let held = Arc::clone(&held);
        move || held.wait()
    })
    .await
    .expect("all are held");
    let refused = within_ten_seconds(readers.read_blocking(count)).await;
    held.wait();
    for holder in holders {
        holder.await.expect("no panic").expect("it was only held");
    }
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert_eq!(readers.read_blocking(count).await.expect("there is room again"), 0);
}

#[tokio::test]
async fn on_sqlite_a_closed_file_is_whole_without_its_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("docket.db");
    let db = connect(&DatabaseUrl::sqlite(&path), Role::Owner).await.expect("it is made");
    migrate(&db).await.expect("it can be written");
    let Db::Sqlite(pools) = &db else { panic!("SQLite") };
    let users =
        |connection: &rusqlite::Connection| connection.query_row("SELECT count(*) FROM users", [], |row| row.get(0));
    let count: i64 = pools.readers.read(users).expect("it reads");
    assert_eq!(count, 0);
    db.close().await;
    let refused: Result<i64, _> = pools.readers.read(users);
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    let mut files: Vec<_> =
        std::fs::read_dir(folder.path()).expect("a folder").map(|file| file.unwrap().file_name()).collect();
    files.sort();
    // The lock file is empty.
    assert_eq!(files, ["docket.db", "docket.db.lock"], "whoever copies the file copies all");
}
