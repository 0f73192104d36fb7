//! A database of its own for each test.

use docket_identity::UserId;
use docket_storage::{DatabaseUrl, Db, OnDatabase, Role, Transaction, connect, migrate, on_database};
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
    /// SQLite: one set of connections for all roles, as in `docket serve`.
    sqlite: Option<Db>,
    _folder: Option<TempDir>,
}

impl TestDatabase {
    /// An SQLite file.
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let url = DatabaseUrl::sqlite(folder.path().join("docket.db"));
        let db = connect(&url, Role::Owner).await.expect("the file can be made");
        migrate(&db).await.expect("the migrations run");
        Self { url, sqlite: Some(db), _folder: Some(folder) }
    }

    /// A database in the temporary PostgreSQL cluster.
    pub async fn postgres() -> Self {
        let url = DatabaseUrl::Postgres(Box::new(new_postgres_database().await));
        let db = connect(&url, Role::Owner).await.expect("the new database answers");
        migrate(&db).await.expect("the migrations run");
        db.close().await;
        Self { url, sqlite: None, _folder: None }
    }

    /// The URL, with its password, of a new and empty database in the temporary PostgreSQL cluster: for tests of the
    /// programs that migrate it.
    pub async fn empty_postgres_url() -> String {
        let mut url = new_postgres_database().await.to_url_lossy();
        // What sqlx alone understands; PostgreSQL's own programs refuse it.
        url.set_query(None);
        url.into()
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
        self.sqlite.is_none()
    }

    /// Connections as `role`.
    pub async fn connect(&self, role: Role) -> Db {
        match &self.sqlite {
            Some(db) => db.clone(),
            None => connect(&self.url, role).await.expect("the database answers"),
        }
    }
}

/// The connection of a transaction on PostgreSQL.
///
/// # Panics
/// Where the transaction is one of SQLite.
pub fn postgres_connection(transaction: &mut Transaction) -> &mut PgConnection {
    match transaction.connection() {
        OnDatabase::Postgres(connection) => connection,
        OnDatabase::Sqlite(_) => panic!("not PostgreSQL"),
    }
}

/// Makes an empty database, and says how to reach it.
async fn new_postgres_database() -> PgConnectOptions {
    let server = std::env::var(POSTGRES_URL).unwrap_or_else(|_| {
        panic!("{POSTGRES_URL} is not set: run `cargo xtask test store`, which starts a PostgreSQL cluster")
    });
    let name = format!("docket_test_{}", new_id().simple());
    let mut connection = PgConnection::connect(&server).await.expect("the cluster answers");
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut connection)
        .await
        .expect("a superuser may create databases");
    connection.close().await.expect("the connection closes");
    let DatabaseUrl::Postgres(options) = server.parse().expect("a PostgreSQL URL") else {
        panic!("{POSTGRES_URL} is not a PostgreSQL URL");
    };
    options.database(&name)
}

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
