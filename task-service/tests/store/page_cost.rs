//! What a page costs does not depend on how many tasks there are.

use docket_storage::{Db, PgPools, Role};
use docket_testkit::{TestDatabase, eventually};
use sqlx::{AssertSqlSafe, PgPool};
use task_service::domain::{PageSize, TaskCursor, TaskListId, TaskQuery};
use task_service::store::Store;

use crate::kit::{Bench, query};

const TASKS: i64 = 20_000;
/// One task of each page size more, from each range: four buckets, dated and undated.
const MOST_READ_BY_A_PAGE: i64 = 11 * 8;

/// The clients' sessions of this database, by process. A session reports what it read before it leaves this view.
async fn sessions(pool: &PgPool) -> Vec<i32> {
    sqlx::query_scalar(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// Rows of the table `tasks` that ended sessions looked at, by walks along indexes and of the whole table.
async fn rows_read(pool: &PgPool) -> i64 {
    let (read,) = sqlx::query_as(
        "SELECT (seq_tup_read + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'tasks'))::bigint
         FROM pg_stat_user_tables
         WHERE relname = 'tasks'",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    read
}

/// Adds tasks, one of 49 into `list` and the others into the inbox.
async fn fill(bench: &Bench, list: TaskListId, pool: &PgPool) {
    let inbox = bench.add("first").await.task_list_id;
    let fill = format!(
        "INSERT INTO tasks (owner_id, id, task_list_id, title, title_key, description, state, priority, due_local,
             change, create_time, update_time, complete_time, delete_time, purge_time, delete_id)
         SELECT $1, gen_random_uuid(), CASE WHEN n % 49 = 7 THEN $3 ELSE $2 END, n::text, n::text, '', 1 + n % 2, 0,
             CASE WHEN n % 3 = 0 THEN '2026-12-24' END, 2, now() + n * INTERVAL '1 second', now(),
             CASE WHEN n % 2 = 1 THEN now() END, trash, trash, CASE WHEN n % 5 = 0 THEN $2 END
         FROM generate_series(1, {TASKS}) AS n
         CROSS JOIN LATERAL (SELECT CASE WHEN n % 5 = 0 THEN now() END AS trash) AS trashed"
    );
    sqlx::query(AssertSqlSafe(fill))
        .bind(bench.owner.as_uuid())
        .bind(inbox.as_uuid())
        .bind(list.as_uuid())
        .execute(pool)
        .await
        .unwrap();
    sqlx::query("ANALYZE").execute(pool).await.unwrap();
}

/// Reads pages of `query` on connections of their own, and looks how many rows that took.
async fn reads_what_it_shows(database: &TestDatabase, pool: &PgPool, bench: &Bench, query: TaskQuery) {
    // Statements are planned anew for five times, and then once for all.
    const PAGES: i64 = 8;
    let others = sessions(pool).await;
    let db = database.connect(Role::Task).await;
    let before = rows_read(pool).await;
    let mut query = TaskQuery { page_size: PageSize::try_from(10).unwrap(), ..query };
    for _ in 0..PAGES {
        let page = Store::new(db.clone()).of(bench.owner).task_page(&query).await.unwrap();
        assert!(page.items.len() == 10 && page.more, "{query:?}");
        query.after = Some(TaskCursor::of(&page.items[9], query.order));
    }
    db.close().await;
    eventually(async || sessions(pool).await.iter().all(|session| others.contains(session)).then_some(())).await;
    let read = rows_read(pool).await - before;
    assert!(read >= PAGES * 11, "{read} rows make no {PAGES} pages");
    assert!(read <= PAGES * MOST_READ_BY_A_PAGE, "{query:?}: {read} rows");
}

#[tokio::test]
async fn on_postgres_a_page_reads_as_many_rows_as_it_shows() {
    let database = TestDatabase::postgres().await;
    let bench = Bench::new(&database).await;
    let Db::Postgres(PgPools { pool, .. }) = database.connect(Role::Owner).await else { panic!("not PostgreSQL") };
    let list = bench.add_list("list").await.id;
    fill(&bench, list, &pool).await;

    for order in ["", "create_time", "due", "due desc", "title", "title desc"] {
        for (filter, show_deleted) in [("", false), ("", true), ("state = OPEN", false), ("state = COMPLETED", true)] {
            let query = TaskQuery { show_deleted, ..query(order, filter) };
            reads_what_it_shows(&database, &pool, &bench, query).await;
        }
    }
    let inbox = bench.lists().await[0].id;
    for list in [inbox, list] {
        for order in ["", "create_time"] {
            for state in ["", " AND state = OPEN"] {
                let query = query(order, &format!("task_list = \"{list}\"{state}"));
                reads_what_it_shows(&database, &pool, &bench, query).await;
            }
        }
    }
}
