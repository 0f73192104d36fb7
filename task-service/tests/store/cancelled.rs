//! Callers that go away in the middle: their futures are dropped wherever they are.

use std::time::Duration;

use docket_storage::{Db, PgPools, Role};
use docket_testkit::{TestDatabase, eventually};

use crate::kit::{Bench, Writes as _, new_task, query};

const CALLS: u64 = 400;
/// Of a pool (see `docket_storage::connect`).
const CONNECTIONS: usize = 8;

/// Waits until no connection to the database is inside a transaction: what was begun goes to its end.
async fn transactions_ended(database: &TestDatabase) {
    let Db::Postgres(PgPools { pool: watcher, .. }) = database.connect(Role::Owner).await else {
        panic!("not PostgreSQL")
    };
    eventually(async || {
        let (inside,): (i64,) = sqlx::query_as(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL",
        )
        .fetch_one(&watcher)
        .await
        .unwrap();
        (inside == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn on_postgres_no_connection_is_left_inside_a_transaction_or_with_an_owner() {
    let database = TestDatabase::postgres().await;
    let bench = Bench::new(&database).await;
    let db = database.connect(Role::Task).await;
    let store = task_service::store::Store::new(db.clone());
    for number in 0..CALLS {
        let (owned, id, write) = (store.of(bench.owner), bench.task_id(), bench.write_once(number.into(), 1));
        let call = tokio::spawn(async move {
            let added = owned.insert_task(id, new_task("x"), write).await;
            (added.is_ok(), owned.task_page(&query("", "")).await.is_ok())
        });
        tokio::time::sleep(Duration::from_micros(number * 37 % 3000)).await;
        call.abort();
    }

    transactions_ended(&database).await;
    let Db::Postgres(PgPools { pool, readers, .. }) = db else { panic!("not PostgreSQL") };
    let owner_left = || sqlx::query_as("SELECT NULLIF(current_setting('docket.owner', true), '')");
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut connection = pool.acquire().await.expect("every permit can be had");
        let (owner,): (Option<String>,) = owner_left().fetch_one(&mut *connection).await.unwrap();
        assert_eq!(owner, None, "no owner is left behind");
        held.push(connection);
    }
    // They are handed out in turns.
    for _ in 0..CONNECTIONS {
        let found: Vec<(Option<String>,)> = readers.fetch_all(owner_left()).await.expect("every permit can be had");
        assert_eq!(found, [(None,)], "no owner is left behind");
    }
}
