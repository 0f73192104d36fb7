//! What is spent goes; all else stays.

use chrono::TimeDelta;
use docket_storage::{Role, on_database};
use docket_testkit::{TestDatabase, on_both_databases};

use crate::kit::{Bench, Writes as _, long_task};

async fn count(database: &TestDatabase, table: &str) -> i64 {
    let db = database.connect(Role::Owner).await;
    let statement = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    let (count,): (i64,) = on_database!(db.read(), |pool| sqlx::query_as(statement).fetch_one(pool).await.unwrap());
    count
}

/// Adds tasks with request ids, and throws away as many others.
async fn furnish(bench: &Bench, requests: u32) {
    for number in 0..requests {
        let (id, write) = (bench.task_id(), bench.write_once(number.into(), 1));
        let task = bench.owned().insert_task(id, long_task("x"), write).await.unwrap();
        if number % 2 == 0 {
            bench.delete(task.id).await;
        }
    }
}

on_both_databases! {
    async fn request_ids_go_after_a_day_and_the_trash_after_thirty(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let stranger = bench.another(&database).await;
        // Long ago also by the clock of the database, which takes nobody's word for the time.
        bench.clock.advance(-TimeDelta::days(3000));
        furnish(&bench, 20).await;
        furnish(&stranger, 20).await;
        let left = async || {
            let mut left = Vec::new();
            for table in ["request_log", "answer_texts", "tasks"] {
                left.push(count(&database, table).await);
            }
            left
        };

        bench.store.clean_up(bench.now() + TimeDelta::hours(24)).await.unwrap();
        assert_eq!(left().await, [40, 2, 40], "not yet");
        bench.store.clean_up(bench.now() + TimeDelta::hours(25)).await.unwrap();
        assert_eq!(left().await, [0, 0, 40], "request ids");
        bench.store.clean_up(bench.now() + TimeDelta::days(31)).await.unwrap();
        assert_eq!(left().await, [0, 0, 20], "the trash");
    }
}

#[tokio::test]
async fn on_postgres_nothing_goes_early_whatever_the_service_asks_for() {
    let database = TestDatabase::postgres().await;
    let bench = Bench::new(&database).await;
    let far_ahead = TimeDelta::days(365 * 50);
    bench.clock.advance(far_ahead);
    furnish(&bench, 4).await;
    bench.store.clean_up(bench.now() + TimeDelta::days(3000)).await.unwrap();
    for (table, kept) in [("request_log", 4), ("answer_texts", 1), ("tasks", 4)] {
        assert_eq!(count(&database, table).await, kept, "{table}");
    }
}
