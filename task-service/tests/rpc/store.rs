//! What these tests do to the database, or see in it, behind the service's back.

use docket_storage::{Db, PgPools, Role};
use docket_testkit::TestDatabase;
use sqlx::{PgPool, Postgres, Transaction};

async fn owner(database: &TestDatabase) -> PgPool {
    let Db::Postgres(PgPools { pool, .. }) = database.connect(Role::Owner).await else { panic!("not PostgreSQL") };
    pool
}

/// Lets nobody else at the tasks until it is dropped.
pub(crate) async fn lock_tasks(database: &TestDatabase) -> Transaction<'static, Postgres> {
    let mut holder = owner(database).await.begin().await.unwrap();
    sqlx::query("LOCK TABLE tasks").execute(&mut *holder).await.unwrap();
    holder
}

/// Whether a statement waits for a lock.
pub(crate) async fn somebody_waits(database: &TestDatabase) -> bool {
    let waiting = "SELECT EXISTS (
                       SELECT 1 FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'
                   )";
    sqlx::query_scalar(waiting).fetch_one(&owner(database).await).await.unwrap()
}
