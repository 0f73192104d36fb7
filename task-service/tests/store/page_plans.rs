//! PostgreSQL plans the statement of a page once a connection, not for each call.

use docket_storage::{Db, PostgresSettings, Role, connect_with};
use docket_testkit::TestDatabase;
use task_service::domain::{PageSize, TaskQuery};
use task_service::store::Store;

use crate::kit::{Bench, query};

#[tokio::test]
async fn a_page_of_any_size_takes_the_plan_that_is_there() {
    let database = TestDatabase::postgres().await;
    let bench = Bench::new(&database).await;
    bench.add("Buy milk").await;
    // One connection, so that the pages and the question about their plans meet.
    let settings = PostgresSettings { database_connections: 1, ..PostgresSettings::default() };
    let db = connect_with(database.url(), Role::Task, &settings).await.unwrap();
    for size in 1..=20 {
        let query = TaskQuery { page_size: PageSize::try_from(size).unwrap(), ..query("", "state = OPEN") };
        Store::new(db.clone()).of(bench.owner).task_page(&query).await.unwrap();
    }
    let Db::Postgres(pools) = &db else { panic!("not PostgreSQL") };
    let plans = "SELECT generic_plans, custom_plans FROM pg_prepared_statements
                 WHERE statement LIKE '%FROM tasks%' AND statement NOT LIKE '%pg_prepared_statements%'";
    let plans: Vec<(i64, i64)> = pools.readers.fetch_all(sqlx::query_as(plans)).await.unwrap();
    assert_eq!(plans, [(20, 0)]);
}
