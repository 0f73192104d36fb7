//! Single statements, and transactions whose callers go away.

use std::time::Duration;

use docket_storage::{Db, OnDatabase, PgPools, Role, StoreError, Transaction, detached, on_database, until};
use docket_testkit::{TestDatabase, give_up_after, on_both_databases, postgres_connection, within_ten_seconds};
use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres};
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

/// A database with an empty table of numbers.
async fn with_numbers(database: &TestDatabase) -> Db {
    let db = database.connect(Role::Owner).await;
    on_database!(db.write(), |pool| {
        sqlx::query("CREATE TABLE numbers (number BIGINT PRIMARY KEY)").execute(pool).await.expect("the table is new");
    });
    db
}

async fn numbers(db: &Db) -> Vec<i64> {
    on_database!(db.read(), |pool| {
        let numbers = sqlx::query_scalar("SELECT number FROM numbers ORDER BY number");
        numbers.fetch_all(pool).await.expect("they can be read")
    })
}

/// Adds `number` in a transaction that then does as `outcome` says.
async fn add(db: &Db, number: i64, outcome: Outcome) -> Result<(), StoreError> {
    let mut transaction = Transaction::begin(db).await?;
    insert(&mut transaction, number).await?;
    match outcome {
        Outcome::Commit => transaction.commit().await?,
        Outcome::RollBack => transaction.roll_back().await?,
        Outcome::Drop => drop(transaction),
    }
    Ok(())
}

async fn insert(transaction: &mut Transaction, number: i64) -> Result<(), StoreError> {
    on_database!(transaction.connection(), |connection| {
        let insert = sqlx::query("INSERT INTO numbers (number) VALUES ($1)").bind(number);
        insert.execute(connection).await?;
    });
    Ok(())
}

enum Outcome {
    Commit,
    RollBack,
    Drop,
}

on_both_databases! {
    async fn a_statement_runs_on_whichever_database_is_open(database: TestDatabase) {
        let db = with_numbers(&database).await;
        on_database!(db.write(), |pool| {
            let insert = sqlx::query("INSERT INTO numbers (number) VALUES ($1), ($2)").bind(1_i64).bind(2_i64);
            insert.execute(pool).await.expect("they are new");
        });
        assert_eq!(numbers(&db).await, [1, 2]);
    }

    async fn a_transaction_that_is_committed_is_kept(database: TestDatabase) {
        let db = with_numbers(&database).await;
        add(&db, 7, Outcome::Commit).await.expect("it works");
        assert_eq!(numbers(&db).await, [7]);
    }

    async fn a_transaction_that_is_not_committed_is_undone(database: TestDatabase) {
        let db = with_numbers(&database).await;
        add(&db, 7, Outcome::RollBack).await.expect("it works");
        add(&db, 8, Outcome::Drop).await.expect("it works");
        assert_eq!(numbers(&db).await, [0; 0]);
        add(&db, 7, Outcome::Commit).await.expect("the connections are good");
    }

    async fn transactions_that_read_and_then_write_do_not_fail_each_other(database: TestDatabase) {
        let db = with_numbers(&database).await;
        add(&db, 0, Outcome::Commit).await.expect("it is new");
        let increments = (0..50).map(|_| {
            let db = db.clone();
            tokio::spawn(detached(async move {
                let mut transaction = Transaction::begin(&db).await?;
                // SQLite has one writer at a time without being asked.
                if let OnDatabase::Postgres(connection) = transaction.connection() {
                    sqlx::query("LOCK TABLE numbers").execute(connection).await?;
                }
                on_database!(transaction.connection(), |connection| {
                    let number: i64 =
                        sqlx::query_scalar("SELECT number FROM numbers").fetch_one(&mut *connection).await?;
                    sqlx::query("UPDATE numbers SET number = $1").bind(number + 1).execute(connection).await?;
                });
                transaction.commit().await
            }))
        });
        for increment in increments.collect::<Vec<_>>() {
            within_ten_seconds(increment).await.expect("no panic").expect("no failure");
        }
        assert_eq!(numbers(&db).await, [50]);
    }

    async fn work_goes_on_when_its_caller_has_gone(database: TestDatabase) {
        let db = with_numbers(&database).await;
        let (begun, has_begun) = oneshot::channel();
        let (go_on, may_go_on) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel();
        let work = {
            let db = db.clone();
            async move {
                let mut transaction = Transaction::begin(&db).await?;
                insert(&mut transaction, 1).await?;
                begun.send(()).expect("the test waits");
                may_go_on.await.expect("the test says so");
                transaction.commit().await?;
                done.send(()).expect("the test waits");
                Ok::<_, StoreError>(())
            }
        };
        let caller = tokio::spawn(detached(work));
        within_ten_seconds(has_begun).await.expect("it begins");
        caller.abort();
        assert!(caller.await.expect_err("it is gone").is_cancelled());
        go_on.send(()).expect("the work is still there");
        within_ten_seconds(is_done).await.expect("it ends");
        assert_eq!(numbers(&db).await, [1]);
    }
}

#[tokio::test]
async fn a_panic_in_detached_work_goes_on_in_its_caller() {
    let caller = tokio::spawn(detached(async { if true { panic!("at work") } else { Ok::<_, StoreError>(()) } }));
    assert!(caller.await.expect_err("it panics").is_panic());
}

#[tokio::test(start_paused = true)]
async fn detached_work_that_never_ends_is_given_up() {
    let start = Instant::now();
    let result = detached(std::future::pending::<Result<(), StoreError>>()).await;
    assert!(matches!(result, Err(StoreError::Unavailable(_))));
    assert_eq!(start.elapsed(), Duration::from_secs(15));
}

#[tokio::test]
async fn the_owner_is_set_for_the_transaction_and_gone_after_it() {
    let database = TestDatabase::postgres().await;
    let db = database.connect(Role::Task).await;
    let Db::Postgres(PgPools { pool, .. }) = &db else { panic!("PostgreSQL") };
    let owner = Uuid::from_u128(7);
    let setting = "SELECT coalesce(current_setting('docket.owner', true), '')";

    let mut connection = pool.acquire().await.expect("a connection");
    let before: String = sqlx::query_scalar(setting).fetch_one(&mut *connection).await.expect("a setting");
    assert_eq!(before, "");
    drop(connection);
    for commit in [true, false] {
        let mut transaction = Transaction::begin_for(&db, owner).await.expect("it begins");
        let within: String =
            sqlx::query_scalar(setting).fetch_one(postgres_connection(&mut transaction)).await.expect("a setting");
        assert_eq!(within, owner.to_string());
        if commit { transaction.commit().await } else { transaction.roll_back().await }.expect("it ends");
        for mut connection in take_all(pool).await {
            let after: String = sqlx::query_scalar(setting).fetch_one(&mut *connection).await.expect("a setting");
            assert_eq!(after, "", "no connection of the pool keeps it");
        }
    }
    let mut nobodys = Transaction::begin(&db).await.expect("it begins");
    let within: String =
        sqlx::query_scalar(setting).fetch_one(postgres_connection(&mut nobodys)).await.expect("a setting");
    assert_eq!(within, "");
}

#[tokio::test]
async fn no_statement_of_a_transaction_lasts_longer_than_somebody_waits() {
    let database = TestDatabase::postgres().await;
    let db = database.connect(Role::Task).await;
    let limit = || {
        let db = db.clone();
        detached(async move {
            let mut transaction = Transaction::begin(&db).await?;
            let limit = "SELECT setting::bigint FROM pg_settings WHERE name = 'statement_timeout'";
            let limit: i64 = sqlx::query_scalar(limit).fetch_one(postgres_connection(&mut transaction)).await?;
            transaction.commit().await?;
            Ok::<_, StoreError>(limit)
        })
    };
    let within = |time| until(Instant::now() + time, limit());
    assert_eq!(limit().await.expect("a setting"), 3000, "milliseconds");
    assert_eq!(within(Duration::from_secs(60)).await.expect("a setting"), 3000);
    let left = within(Duration::from_millis(2500)).await.expect("a setting");
    assert!((1..=2500).contains(&left), "{left}");
    assert_eq!(limit().await.expect("a setting"), 3000, "it ends with the transaction");

    let passed = within(Duration::ZERO).await;
    assert!(matches!(passed, Ok(1) | Err(StoreError::Unavailable(_))), "as good as no time: {passed:?}");
}

/// Every connection of the pool, all taken at once.
async fn take_all(pool: &PgPool) -> Vec<PoolConnection<Postgres>> {
    let mut connections = Vec::new();
    for _ in 0..8 {
        connections.push(within_ten_seconds(pool.acquire()).await.expect("a connection"));
    }
    connections
}

/// How many connections of the pool are inside a transaction: only there a savepoint can be made.
async fn left_inside(pool: &PgPool) -> usize {
    let mut inside = 0;
    for mut connection in take_all(pool).await {
        inside += usize::from(sqlx::raw_sql("SAVEPOINT probe").execute(&mut *connection).await.is_ok());
    }
    inside
}

/// Begins a transaction, writes in it and commits: 400 times, given up at every place where it may have to wait.
async fn cancel_transactions(db: &Db, detach: bool) {
    for round in 0..400_i64 {
        let db = db.clone();
        let work = async move {
            let mut transaction = Transaction::begin_for(&db, Uuid::from_u128(7)).await?;
            insert(&mut transaction, round).await?;
            transaction.commit().await
        };
        let times = u32::try_from(round % 8).expect("it is small");
        if detach {
            drop(give_up_after(times, detached(work)).await);
        } else {
            drop(give_up_after(times, work).await);
        }
    }
}

#[tokio::test]
async fn four_hundred_cancelled_transactions_leave_no_connection_inside_one() {
    for detach in [true, false] {
        let database = TestDatabase::postgres().await;
        let db = with_numbers(&database).await;
        let Db::Postgres(PgPools { pool, .. }) = &db else { panic!("PostgreSQL") };
        cancel_transactions(&db, detach).await;
        assert_eq!(left_inside(pool).await, 0, "detached: {detach}");
        if detach {
            let all = || async { (numbers(&db).await.len() == 400).then_some(()) };
            docket_testkit::eventually(all).await;
        }
    }
}
