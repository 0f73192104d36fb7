//! As whom PostgreSQL sees a service.

use docket_storage::{ConnectError, DatabaseUrl, Db, PgPools, Role, connect};
use docket_testkit::TestDatabase;
use sqlx::{PgPool, query_scalar};

async fn pool(database: &TestDatabase, role: Role) -> PgPool {
    let Db::Postgres(PgPools { pool, .. }) = database.connect(role).await else { panic!("PostgreSQL") };
    pool
}

async fn answer(pool: &PgPool, sql: &'static str) -> String {
    query_scalar(sql).fetch_one(pool).await.expect("an answer")
}

#[tokio::test]
async fn a_service_is_its_role_although_the_url_is_the_owners() {
    let database = TestDatabase::postgres().await;
    for (role, name) in [(Role::Auth, "docket_auth"), (Role::Task, "docket_task")] {
        let pool = pool(&database, role).await;
        assert_eq!(answer(&pool, "SELECT current_user::text").await, name);
        let mut connection = pool.acquire().await.expect("a connection");
        for sql in ["RESET ROLE", "RESET ALL", "DISCARD ALL"] {
            sqlx::query(sql).execute(&mut *connection).await.expect("anybody may");
            let user: String = query_scalar("SELECT current_user::text")
                .persistent(false)
                .fetch_one(&mut *connection)
                .await
                .expect("it says");
            assert_eq!(user, name, "after {sql}");
        }
    }
}

#[tokio::test]
async fn a_service_can_not_wait_for_ever() {
    let database = TestDatabase::postgres().await;
    let pool = pool(&database, Role::Auth).await;
    assert_eq!(answer(&pool, "SELECT current_setting('statement_timeout')").await, "3s");
    assert_eq!(answer(&pool, "SELECT current_setting('lock_timeout')").await, "2s");
    assert_eq!(answer(&pool, "SELECT current_setting('idle_in_transaction_session_timeout')").await, "5s");
}

#[tokio::test]
async fn a_service_can_make_no_table() {
    let database = TestDatabase::postgres().await;
    for role in [Role::Auth, Role::Task] {
        let made = sqlx::query("CREATE TABLE mine (id INTEGER)").execute(&pool(&database, role).await).await;
        let error = made.expect_err("it owns nothing");
        assert_eq!(error.as_database_error().and_then(|error| error.code()).as_deref(), Some("42501"));
    }
}

#[tokio::test]
async fn a_role_that_was_never_made_is_told_with_what_to_do() {
    let database = TestDatabase::postgres().await;
    let DatabaseUrl::Postgres(options) = database.url() else { panic!("PostgreSQL") };
    // Belongs to no role but itself.
    let owner = pool(&database, Role::Owner).await;
    let nobody = format!("nobody_{}", answer(&owner, "SELECT current_database()::text").await);
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE ROLE {nobody} LOGIN PASSWORD '{nobody}'")))
        .execute(&owner)
        .await
        .expect("a superuser may");
    let url = DatabaseUrl::Postgres(Box::new(options.as_ref().clone().username(&nobody).password(&nobody)));
    let error = connect(&url, Role::Auth).await.expect_err("it may not take the role");
    assert!(matches!(error, ConnectError::RoleRefused { .. } | ConnectError::NoRole { .. }), "{error:?}");
    sqlx::query(sqlx::AssertSqlSafe(format!("DROP ROLE {nobody}"))).execute(&owner).await.expect("it owns nothing");
}
