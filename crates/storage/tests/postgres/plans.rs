//! A service's statements are planned once a connection, not for each call.

use docket_storage::{PostgresSettings, Role, connect_with};

use crate::kit::{Bench, parsed, pools};

#[tokio::test]
async fn a_statement_with_a_limit_as_parameter_is_planned_once() {
    let bench = Bench::new().await;
    // One connection, so that the statements and the question about them meet.
    let settings = PostgresSettings { database_connections: 1, ..PostgresSettings::default() };
    for url in [bench.url_of(Role::Task), bench.owner_url.clone()] {
        let db = connect_with(&parsed(&url), Role::Task, &settings).await.expect("the database answers");
        let readers = &pools(&db).readers;
        for limit in 1..=20_i64 {
            let query = sqlx::query_as("SELECT count(*) FROM (SELECT id FROM tasks ORDER BY id LIMIT $1) AS page");
            readers.fetch_all::<(i64,)>(query.bind(limit)).await.expect("it may read");
        }
        let plans =
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE 'SELECT count%'";
        let plans = readers.fetch_all::<(i64, i64)>(sqlx::query_as(plans)).await.expect("it may read");
        assert_eq!(plans, [(20, 0)]);
        db.close().await;
    }
}
