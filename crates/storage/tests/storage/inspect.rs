//! What an operator asks.

use docket_storage::{Db, PgPools, Role, RowSecurity, database_time, row_security};
use docket_testkit::TestDatabase;

#[tokio::test]
async fn sqlite_has_neither_row_security_nor_a_clock() {
    let db = TestDatabase::sqlite().await.connect(Role::Task).await;
    assert_eq!(row_security(&db).await.expect("an answer"), None);
    assert_eq!(database_time(&db).await.expect("an answer"), None);
}

#[tokio::test]
async fn a_table_without_row_security_and_a_role_beyond_it_are_found() {
    let database = TestDatabase::postgres().await;
    let (owner, task) = (database.connect(Role::Owner).await, database.connect(Role::Task).await);
    let of_task = || async { row_security(&task).await.expect("an answer").expect("PostgreSQL has some") };
    assert_eq!(of_task().await, RowSecurity::default(), "as the migrations leave it");

    let Db::Postgres(PgPools { pool, .. }) = &owner else { panic!("PostgreSQL") };
    sqlx::query("ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY").execute(pool).await.expect("the owner may");
    sqlx::query("CREATE TABLE extra (owner_id uuid)").execute(pool).await.expect("the owner may");
    assert_eq!(of_task().await.open_tables, ["tasks"], "a table that the role can't read is none of its own");
    sqlx::query("GRANT SELECT ON extra TO docket_task").execute(pool).await.expect("the owner may");
    assert_eq!(of_task().await.open_tables, ["extra", "tasks"]);

    // The tests' cluster is run by a superuser.
    assert!(row_security(&owner).await.expect("an answer").expect("PostgreSQL has some").bypassed);
    assert!(database_time(&task).await.expect("an answer").is_some());
}
