//! The second wall on PostgreSQL: with the owner taken out of statements, the service's role still reaches nothing of
//! others.

use docket_storage::{Db, PgPools, Role, Transaction};
use docket_testkit::{TestDatabase, postgres_connection};
use sqlx::{AssertSqlSafe, PgPool};
use task_service::store::as_owner;
use uuid::Uuid;

use crate::kit::{Bench, Writes as _, long_task, query, titles};

const TABLES: [&str; 5] = ["task_owners", "task_lists", "tasks", "request_log", "answer_texts"];

/// Two accounts with something in every table, and the service's own connections.
struct Walls {
    bench: Bench,
    stranger: Bench,
    db: Db,
    pool: PgPool,
    _database: TestDatabase,
}

impl Walls {
    async fn new() -> Self {
        let database = TestDatabase::postgres().await;
        let bench = Bench::new(&database).await;
        let stranger = bench.another(&database).await;
        for account in [&bench, &stranger] {
            let (id, write) = (account.task_id(), account.write_once(1, 1));
            account.owned().insert_task(id, long_task("kept"), write).await.unwrap();
        }
        let db = database.connect(Role::Task).await;
        let Db::Postgres(PgPools { pool, .. }) = db.clone() else { panic!("not PostgreSQL") };
        Self { bench, stranger, db, pool, _database: database }
    }

    fn owner(&self) -> Uuid {
        self.bench.owner.as_uuid()
    }

    async fn begin(&self) -> Transaction {
        Transaction::begin_for(&self.db, self.owner()).await.unwrap()
    }
}

#[tokio::test]
async fn a_read_that_forgets_the_owner_sees_nothing_of_others() {
    let walls = Walls::new().await;
    for table in TABLES {
        let forgetful = as_owner(&format!("SELECT owner_id FROM {table}"));
        // Several times, since a statement is planned anew for its first executions and then once for all.
        for _ in 0..8 {
            let seen: Vec<(Uuid,)> = sqlx::query_as(AssertSqlSafe(forgetful.clone()))
                .bind(walls.owner())
                .fetch_all(&walls.pool)
                .await
                .unwrap();
            assert_eq!(seen, [(walls.owner(),)], "{table}");
        }
    }
}

#[tokio::test]
async fn a_read_for_one_owner_of_what_is_another_s_sees_nothing() {
    let walls = Walls::new().await;
    for table in TABLES {
        let confused = as_owner(&format!("SELECT owner_id FROM {table} WHERE owner_id = $2"));
        let seen: Vec<(Uuid,)> = sqlx::query_as(AssertSqlSafe(confused))
            .bind(walls.owner())
            .bind(walls.stranger.owner.as_uuid())
            .fetch_all(&walls.pool)
            .await
            .unwrap();
        assert_eq!(seen, [], "{table}");
    }
}

#[tokio::test]
async fn without_an_owner_nothing_is_seen_before_and_after_one_was_set() {
    let walls = Walls::new().await;
    let mut connection = walls.pool.acquire().await.unwrap();
    for _ in 0..2 {
        for table in TABLES {
            let count = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
            let (seen,): (i64,) = sqlx::query_as(count).fetch_one(&mut *connection).await.unwrap();
            assert_eq!(seen, 0, "{table}");
        }
        let one = AssertSqlSafe(as_owner("SELECT id FROM tasks"));
        let seen: Vec<(Uuid,)> = sqlx::query_as(one).bind(walls.owner()).fetch_all(&mut *connection).await.unwrap();
        assert_eq!(seen.len(), 1, "the same connection, with an owner");
    }
}

#[tokio::test]
async fn a_write_that_forgets_the_owner_touches_nothing_of_others() {
    let walls = Walls::new().await;
    for statement in [
        "UPDATE tasks SET title = 'changed'",
        "UPDATE task_lists SET title = 'changed'",
        "UPDATE task_owners SET last_change = last_change + 1",
        "DELETE FROM request_log",
        "UPDATE answer_texts SET text = 'changed'",
        "DELETE FROM answer_texts",
        "DELETE FROM tasks",
    ] {
        let mut tx = walls.begin().await;
        let touched = sqlx::query(statement).execute(postgres_connection(&mut tx)).await.unwrap().rows_affected();
        assert_eq!(touched, 1, "{statement}");
        tx.commit().await.unwrap();

        let touched = sqlx::query(statement).execute(&walls.pool).await.unwrap().rows_affected();
        assert_eq!(touched, 0, "without an owner: {statement}");
    }
    assert_eq!(titles(&walls.stranger.page(&query("", "")).await), ["kept"]);
    assert_eq!(walls.stranger.lists().await[0].title.as_str(), "Inbox");
    assert_eq!(walls.bench.page(&query("", "")).await, []);
}

#[tokio::test]
async fn nothing_can_be_given_to_others() {
    let walls = Walls::new().await;
    for statement in [
        "UPDATE tasks SET owner_id = $1",
        "INSERT INTO request_log (owner_id, request_id, fingerprint, answer, create_time)
         VALUES ($1, gen_random_uuid(), '', '', now())",
        "INSERT INTO answer_texts (owner_id, digest, last_use_time, end_byte, text) VALUES ($1, '', now(), 1, '')",
    ] {
        let mut tx = walls.begin().await;
        let given =
            sqlx::query(statement).bind(walls.stranger.owner.as_uuid()).execute(postgres_connection(&mut tx)).await;
        assert_eq!(code(given).as_deref(), Some(INSUFFICIENT_PRIVILEGE), "{statement}");
    }
}

#[tokio::test]
async fn the_service_is_a_role_that_owns_nothing_and_can_t_step_out() {
    let walls = Walls::new().await;
    let (role,): (String,) = sqlx::query_as("SELECT current_user::text").fetch_one(&walls.pool).await.unwrap();
    assert_eq!(role, "docket_task");
    for statement in [
        "SELECT email FROM users",
        "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY",
        "DROP POLICY owned ON tasks",
        "TRUNCATE tasks",
        "SET row_security = off; SELECT title FROM tasks",
        "UPDATE task_secrets SET secret = ''",
    ] {
        let done = sqlx::raw_sql(statement).execute(&walls.pool).await;
        assert_eq!(code(done).as_deref(), Some(INSUFFICIENT_PRIVILEGE), "{statement}");
    }
}

/// PostgreSQL, Appendix A.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

fn code<T>(result: Result<T, sqlx::Error>) -> Option<String> {
    match result {
        Err(sqlx::Error::Database(error)) => error.code().map(Into::into),
        _ => None,
    }
}
