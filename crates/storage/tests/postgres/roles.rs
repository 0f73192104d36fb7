//! Users of the services' own are a wall: there is no way from them to the owner, nor to each other.

use docket_storage::{ConnectError, Excess, Role, Transaction, connect, excess, migrate};
use docket_testkit::TestCluster;
use sqlx::{PgPool, query_scalar};

use crate::kit::{Bench, add_account, code, name, parsed, pool};

/// insufficient_privilege (PostgreSQL, Appendix A).
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// What a connection sees of what it must not reach.
async fn secrets(pool: &PgPool) -> Option<String> {
    code(query_scalar::<_, String>("SELECT password_hash FROM users LIMIT 1").fetch_one(pool).await)
}

#[tokio::test]
async fn a_service_logs_in_as_itself_and_owns_nothing() {
    let bench = Bench::new().await;
    for role in [Role::Auth, Role::Task] {
        let db = bench.service(role).await;
        assert!(!db.drops_role());
        let user: String =
            query_scalar("SELECT session_user || ' ' || current_user").fetch_one(&pool(&db)).await.expect("it says");
        assert_eq!(user, format!("{0} {0}", name(role)));
        assert_eq!(excess(&db).await.expect("it says"), Some(Excess::default()));
        db.check().await.expect("it takes writes");
    }
    // Known by the password alone.
    let stranger = bench.cluster.url_of("docket_task", "another-password-than-that");
    let refused = connect(&parsed(&stranger), Role::Task).await;
    assert!(matches!(refused, Err(ConnectError::Unreachable { .. })), "{refused:?}");
}

#[tokio::test]
async fn no_statement_leads_a_service_out_of_its_role() {
    let bench = Bench::new().await;
    add_account(&bench).await;
    let db = bench.service(Role::Task).await;
    let pool = pool(&db);
    for (statement, refusal) in [
        ("SET ROLE NONE", None),
        ("RESET ROLE", None),
        ("RESET ALL", None),
        ("RESET SESSION AUTHORIZATION", None),
        ("DISCARD ALL", None),
        ("SET ROLE docket_auth", Some(INSUFFICIENT_PRIVILEGE)),
        ("SET ROLE docket_owner", Some(INSUFFICIENT_PRIVILEGE)),
        ("SET ROLE postgres", Some(INSUFFICIENT_PRIVILEGE)),
        ("SET SESSION AUTHORIZATION docket_owner", Some(INSUFFICIENT_PRIVILEGE)),
        ("SET SESSION AUTHORIZATION docket_auth", Some(INSUFFICIENT_PRIVILEGE)),
        ("ALTER ROLE docket_task SUPERUSER", Some(INSUFFICIENT_PRIVILEGE)),
        ("GRANT docket_auth TO docket_task", Some(INSUFFICIENT_PRIVILEGE)),
        ("ALTER TABLE tasks DISABLE ROW LEVEL SECURITY", Some(INSUFFICIENT_PRIVILEGE)),
        ("ALTER TABLE tasks OWNER TO docket_task", Some(INSUFFICIENT_PRIVILEGE)),
        ("DROP POLICY owned ON tasks", Some(INSUFFICIENT_PRIVILEGE)),
        ("CREATE TABLE mine (id INTEGER)", Some(INSUFFICIENT_PRIVILEGE)),
    ] {
        let mut connection = pool.acquire().await.expect("a connection");
        let done = sqlx::raw_sql(statement).execute(&mut *connection).await;
        assert_eq!(done.is_ok(), refusal.is_none(), "{statement}: {done:?}");
        assert_eq!(code(done).as_deref(), refusal, "{statement}");
        let after = sqlx::raw_sql("SELECT password_hash FROM users").execute(&mut *connection).await;
        assert_eq!(code(after).as_deref(), Some(INSUFFICIENT_PRIVILEGE), "after {statement}");
    }
}

/// The setting of the owner guards against statements that forget the owner. A service works for every account, so
/// whoever can run any statement as the service can name any owner; and reaches the tasks of that owner alone.
#[tokio::test]
async fn another_owner_that_is_set_shows_the_rows_of_that_owner_and_nothing_else() {
    let bench = Bench::new().await;
    let (ada, grace) = (add_account(&bench).await, add_account(&bench).await);
    let db = bench.service(Role::Task).await;
    let mut transaction = Transaction::begin_for(&db, ada).await.expect("it begins");
    let docket_storage::OnDatabase::Postgres(connection) = transaction.connection() else { panic!("PostgreSQL") };
    let mut seen = Vec::new();
    for owner in [ada, grace] {
        let set = "SELECT set_config('docket.owner', $1::text, true)";
        sqlx::query(set).bind(owner).execute(&mut *connection).await.expect("anybody may");
        let owners =
            query_scalar::<_, uuid::Uuid>("SELECT owner_id FROM task_owners").fetch_all(&mut *connection).await;
        seen.extend(owners.expect("it may read them"));
    }
    assert_eq!(seen, [ada, grace]);
    assert_eq!(secrets(&pool(&db)).await.as_deref(), Some(INSUFFICIENT_PRIVILEGE));
}

#[tokio::test]
async fn the_owners_url_works_with_the_role_dropped_and_says_so() {
    let bench = Bench::new().await;
    for role in [Role::Auth, Role::Task] {
        let db = bench.connect(&bench.owner_url, role).await;
        assert!(db.drops_role());
        let user: String = query_scalar("SELECT current_user::text").fetch_one(&pool(&db)).await.expect("it says");
        assert_eq!(user, name(role));
    }
    let other = connect(&parsed(&bench.url_of(Role::Auth)), Role::Task).await;
    assert!(matches!(other, Err(ConnectError::RoleRefused { role: "docket_task", .. })), "{other:?}");
}

/// As the first release left a database: schema and roles there, the roles without login and without settings; on
/// PostgreSQL 16 and newer the owner can't become them.
#[tokio::test]
async fn a_database_of_the_first_release_is_brought_along() {
    let cluster = TestCluster::start(&[]);
    let owner_url = cluster.owned_database().await;
    let owner = PgPool::connect(&owner_url).await.expect("the owner may");
    let first: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/postgres");
    first.run_to(2, &owner).await.expect("as the first release did");
    let db = connect(&parsed(&owner_url), Role::Owner).await.expect("the database answers");
    migrate(&db).await.expect("it is brought along");
    for role in [Role::Auth, Role::Task] {
        let db = connect(&parsed(&owner_url), role).await.expect("the owner may drop to it");
        let user: String = query_scalar("SELECT current_user::text").fetch_one(&pool(&db)).await.expect("it says");
        assert_eq!(user, name(role));
    }
    let settings = "SELECT bool_and('plan_cache_mode=force_generic_plan' = ANY (rolconfig))
         FROM pg_roles
         WHERE rolname IN ('docket_auth', 'docket_task')";
    assert!(query_scalar::<_, bool>(settings).fetch_one(&owner).await.expect("it says"));
}

#[tokio::test]
async fn databases_of_one_cluster_are_migrated_at_the_same_time() {
    let cluster = TestCluster::start(&[]);
    let url = cluster.owned_database().await;
    let server = url.strip_suffix("/docket").expect("its database is last");
    cluster.run("CREATE DATABASE one OWNER docket_owner; CREATE DATABASE two OWNER docket_owner").await;
    let migrations = ["docket", "one", "two", "docket"].map(|name| {
        let url = format!("{server}/{name}");
        tokio::spawn(async move {
            let owner = connect(&parsed(&url), Role::Owner).await.expect("the database answers");
            migrate(&owner).await
        })
    });
    for migration in migrations {
        migration.await.expect("no panic").expect("it succeeds");
    }
}
