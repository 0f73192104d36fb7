//! A database of its own for each test.

use std::time::Duration;

use docket_identity::UserId;
use docket_storage::{DatabaseUrl, Db, OnDatabase, PgTransaction, Role, Transaction, connect, migrate, on_database};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

use crate::FakeClock;

/// The URL of a PostgreSQL superuser: `cargo xtask test` starts a temporary cluster and sets it.
const POSTGRES_URL: &str = "DOCKET_TEST_POSTGRES_URL";

/// A fresh, migrated database. It is empty, and nobody else's.
#[derive(Debug)]
pub struct TestDatabase {
    url: DatabaseUrl,
    kept: Kept,
}

/// What goes with a test's database.
#[derive(Debug)]
enum Kept {
    /// SQLite: one set of connections for all roles, as in `docket serve`; and the folder of the file.
    Sqlite(Db, #[expect(dead_code, reason = "dropped with the database")] TempDir),
    Postgres(#[expect(dead_code, reason = "dropped with the database")] PostgresDatabase),
}

impl TestDatabase {
    /// An SQLite file.
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let url = DatabaseUrl::sqlite(folder.path().join("docket.db"));
        let db = connect(&url, Role::Owner).await.expect("the file can be made");
        migrate(&db).await.expect("the migrations run");
        Self { url, kept: Kept::Sqlite(db, folder) }
    }

    /// A database in the temporary PostgreSQL cluster.
    pub async fn postgres() -> Self {
        let database = PostgresDatabase::new().await;
        let url = database.url().parse().expect("it is one");
        let db = connect(&url, Role::Owner).await.expect("the new database answers");
        migrate(&db).await.expect("the migrations run");
        db.close().await;
        Self { url, kept: Kept::Postgres(database) }
    }

    /// Adds an account that owns nothing and can't sign in, for tests of what accounts own.
    pub async fn add_user(&self) -> UserId {
        let id = new_id();
        let db = self.connect(Role::Auth).await;
        on_database!(db.write(), |pool| {
            sqlx::query(
                "INSERT INTO users (id, email, display_name, password_hash, email_verified, create_time, update_time)
                 VALUES ($1, $2, 'Ada', '', FALSE, $3, $3)",
            )
            .bind(id)
            .bind(format!("{id}@example.org"))
            .bind(FakeClock::default().now())
            .execute(pool)
            .await
            .expect("the account can be stored");
        });
        id.into()
    }

    /// Where it is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Whether it is a PostgreSQL database.
    pub fn is_postgres(&self) -> bool {
        matches!(self.kept, Kept::Postgres(_))
    }

    /// Connections as `role`.
    pub async fn connect(&self, role: Role) -> Db {
        match &self.kept {
            Kept::Sqlite(db, _) => db.clone(),
            Kept::Postgres(_) => connect(&self.url, role).await.expect("the database answers"),
        }
    }
}

/// The connection of a transaction on PostgreSQL.
///
/// # Panics
/// Where the transaction is one of SQLite.
pub fn postgres_connection(transaction: &mut Transaction) -> &mut PgTransaction<'static> {
    match transaction.connection() {
        OnDatabase::Postgres(connection) => connection,
        OnDatabase::Sqlite(_) => panic!("not PostgreSQL"),
    }
}

/// How many connections to the database wait for a lock.
///
/// # Panics
/// Where the database is not PostgreSQL.
pub async fn waiting_for_locks(db: &Db) -> i64 {
    let Db::Postgres(pools) = db else { panic!("not PostgreSQL") };
    let count = "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
    sqlx::query_scalar(count).fetch_one(pools).await.expect("it can be counted")
}

/// A new and empty database in the temporary PostgreSQL cluster: for tests of the programs that migrate it. It goes when
/// this is dropped.
#[derive(Debug)]
pub struct PostgresDatabase {
    server: String,
    name: String,
}

impl PostgresDatabase {
    /// Makes it.
    pub async fn new() -> Self {
        let server = std::env::var(POSTGRES_URL).unwrap_or_else(|_| {
            panic!("{POSTGRES_URL} is not set: run `cargo xtask test store`, which starts a PostgreSQL cluster")
        });
        let this = Self { server, name: format!("docket_test_{}", new_id().simple()) };
        run_statement(&this.server, format!("CREATE DATABASE {}", this.name)).await.expect("a superuser may");
        this
    }

    /// Where it is, with the superuser's password.
    pub fn url(&self) -> String {
        self.url_with(|options| options)
    }

    /// The same for another user. The tests' cluster asks for the password.
    pub fn url_of(&self, user: &str, password: &str) -> String {
        self.url_with(|options| options.username(user).password(password))
    }

    fn url_with(&self, change: impl FnOnce(PgConnectOptions) -> PgConnectOptions) -> String {
        let options: PgConnectOptions = self.server.parse().expect("a PostgreSQL URL");
        let mut url = change(options.database(&self.name)).to_url_lossy();
        // What sqlx alone understands; PostgreSQL's own programs refuse it.
        url.set_query(None);
        url.into()
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let (server, statement) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        let (done, is_done) = std::sync::mpsc::channel();
        // On a thread of its own: the test's runtime is busy with this drop.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            // A server that has ended took the database along, and a test that has ended waits for nothing.
            let _gone = runtime.block_on(run_statement(&server, statement));
            let _ended = done.send(());
            Ok::<_, std::io::Error>(())
        });
        // PostgreSQL waits for connections that are just logging in. One of this test's own can't go on before this
        // returns: the thread drops the database after it.
        let _late = is_done.recv_timeout(DROP_TIMEOUT);
    }
}

async fn run_statement(server: &str, statement: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(server).await?;
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    connection.close().await
}

/// Time for a database to be dropped before its test ends; most take a tenth of it.
const DROP_TIMEOUT: Duration = Duration::from_millis(300);

#[expect(clippy::disallowed_methods, reason = "what tests that run at once make must not share a name")]
fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// Makes two tests of each body, one on SQLite and one on PostgreSQL:
/// `on_both_databases! { async fn a_task_is_kept(database: TestDatabase) { … } }`.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$attribute:meta])* async fn $name:ident($database:ident: TestDatabase) $body:block)+) => {
        $(
            $(#[$attribute])*
            mod $name {
                use super::*;

                async fn check($database: $crate::TestDatabase) $body

                #[$crate::tokio::test(crate = "docket_testkit::tokio")]
                async fn on_sqlite() {
                    check($crate::TestDatabase::sqlite().await).await;
                }

                #[$crate::tokio::test(crate = "docket_testkit::tokio")]
                async fn on_postgres() {
                    check($crate::TestDatabase::postgres().await).await;
                }
            }
        )+
    };
}
