//! What a caller can do about a failure, told from how it looks on each database.

use std::time::Instant;

use docket_storage::{CorruptValue, DatabaseUrl, Db, PgPools, Role, StoreError, connect, on_database};
use docket_testkit::{TestDatabase, on_both_databases};

async fn run(db: &Db, sql: &'static str) -> Result<(), StoreError> {
    on_database!(db.write(), |pool| sqlx::query(sql).execute(pool).await.map(drop).map_err(StoreError::from))
}

on_both_databases! {
    async fn a_taken_key_is_a_duplicate(database: TestDatabase) {
        let db = database.connect(Role::Owner).await;
        run(&db, "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE)").await.expect("it is new");
        run(&db, "INSERT INTO things VALUES (1, 'one')").await.expect("it is new");
        for sql in ["INSERT INTO things VALUES (1, 'two')", "INSERT INTO things VALUES (2, 'one')"] {
            assert!(matches!(run(&db, sql).await, Err(StoreError::Duplicate(_))), "{sql}");
        }
    }

    async fn a_reference_to_nothing_is_a_missing_reference(database: TestDatabase) {
        let db = database.connect(Role::Owner).await;
        run(&db, "CREATE TABLE things (id INTEGER PRIMARY KEY)").await.expect("it is new");
        run(&db, "CREATE TABLE parts (thing INTEGER REFERENCES things (id))").await.expect("it is new");
        assert!(matches!(run(&db, "INSERT INTO parts VALUES (1)").await, Err(StoreError::MissingReference(_))));
    }

    async fn a_fault_of_ours_is_no_passing_state(database: TestDatabase) {
        let db = database.connect(Role::Owner).await;
        run(&db, "CREATE TABLE things (id INTEGER NOT NULL CHECK (id > 0))").await.expect("it is new");
        for sql in ["SELEC 1", "SELECT * FROM nothing", "INSERT INTO things VALUES (0)", "INSERT INTO things VALUES (NULL)"]
        {
            assert!(matches!(run(&db, sql).await, Err(StoreError::Other(_))), "{sql}");
        }
    }

    async fn a_value_that_docket_does_not_write_is_corrupt(database: TestDatabase) {
        let db = database.connect(Role::Owner).await;
        let read: Result<i64, _> =
            on_database!(db.read(), |pool| sqlx::query_scalar("SELECT 'text'").fetch_one(pool).await);
        assert!(matches!(read.map_err(StoreError::from), Err(StoreError::Corrupt(_))));
    }

    async fn a_closed_pool_is_unavailable(database: TestDatabase) {
        let db = database.connect(Role::Owner).await;
        db.close().await;
        assert!(matches!(run(&db, "SELECT 1").await, Err(StoreError::Unavailable(_))));
    }
}

#[test]
fn a_corrupt_value_says_where_it_stands() {
    let error = CorruptValue::at("tasks", "state")("no such state");
    assert_eq!(error.to_string(), "bad value in tasks.state");
    let decoded = sqlx::Error::ColumnDecode { index: "state".into(), source: error.into() };
    assert!(matches!(StoreError::from(decoded), StoreError::Corrupt(_)));
}

#[tokio::test]
async fn a_full_sqlite_file_is_full_and_works_again_when_there_is_room() {
    let database = TestDatabase::sqlite().await;
    let db = database.connect(Role::Owner).await;
    run(&db, "CREATE TABLE things (content BLOB)").await.expect("it is new");
    let Db::Sqlite(pools) = &db else { panic!("SQLite") };
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&pools.write).await.expect("a count");
    let limit = |pages: i64| sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::query(limit(pages + 2)).execute(&pools.write).await.expect("it can be limited");
    let insert = "INSERT INTO things VALUES (zeroblob(100000))";
    assert!(matches!(run(&db, insert).await, Err(StoreError::Full(_))));
    on_database!(db.read(), |pool| {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM things").fetch_one(pool).await.expect("reads go on");
        assert_eq!(count, 0);
    });
    sqlx::query(limit(1_000_000)).execute(&pools.write).await.expect("there is room");
    run(&db, insert).await.expect("writes work again");
}

#[tokio::test]
async fn a_statement_or_a_lock_that_takes_too_long_is_unavailable() {
    let database = TestDatabase::postgres().await;
    let owner = database.connect(Role::Owner).await;
    run(&owner, "CREATE TABLE things (id INTEGER)").await.expect("it is new");
    run(&owner, "GRANT ALL ON things TO docket_auth").await.expect("the role is there");
    let auth = database.connect(Role::Auth).await;

    let start = Instant::now();
    let slow = run(&auth, "SELECT pg_sleep(30)").await;
    assert!(matches!(slow, Err(StoreError::Unavailable(_))), "{slow:?}");
    let Db::Postgres(PgPools { pool, .. }) = &owner else { panic!("PostgreSQL") };
    let mut holder = pool.begin().await.expect("it begins");
    sqlx::query("LOCK TABLE things").execute(&mut *holder).await.expect("it is free");
    let blocked = run(&auth, "INSERT INTO things VALUES (1)").await;
    assert!(matches!(blocked, Err(StoreError::Unavailable(_))), "{blocked:?}");
    assert!(start.elapsed().as_secs() < 20, "neither waits for the thirty seconds, nor for the holder");
}

#[tokio::test]
async fn a_pool_whose_connections_are_all_taken_is_unavailable() {
    let database = TestDatabase::postgres().await;
    let db = database.connect(Role::Auth).await;
    let Db::Postgres(PgPools { pool, .. }) = &db else { panic!("PostgreSQL") };
    let mut taken = Vec::new();
    for _ in 0..8 {
        taken.push(pool.acquire().await.expect("a connection"));
    }
    assert!(matches!(run(&db, "SELECT 1").await, Err(StoreError::Unavailable(_))));
    drop(taken);
    run(&db, "SELECT 1").await.expect("there are some again");
}

#[tokio::test]
async fn a_database_that_goes_away_is_unavailable() {
    let database = TestDatabase::postgres().await;
    let db = database.connect(Role::Auth).await;
    let Db::Postgres(PgPools { pool: admin, .. }) = database.connect(Role::Owner).await else { panic!("PostgreSQL") };
    let end = "SELECT count(pg_terminate_backend(pid))
               FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let ended: i64 = sqlx::query_scalar(end).fetch_one(&admin).await.expect("a superuser may");
    assert!(ended > 0);
    let first = run(&db, "SELECT 1").await;
    assert!(matches!(first, Err(StoreError::Unavailable(_))), "{first:?}");
    let again = || async { run(&db, "SELECT 1").await.ok() };
    docket_testkit::eventually(again).await;
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_soon_and_without_its_password() {
    let url: DatabaseUrl = "postgres://docket:hidden@127.0.0.1:1/docket".parse().expect("a URL");
    let start = Instant::now();
    let error = connect(&url, Role::Auth).await.expect_err("nobody listens there");
    assert!(start.elapsed().as_secs() < 5);
    assert_eq!(error.to_string(), "cannot connect to the database postgres://127.0.0.1:1/docket");
}
