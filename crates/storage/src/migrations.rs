//! The schema: which version is there, and the way to the newest.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

use sqlx::error::DatabaseError;
use sqlx::migrate::Migrator;
use sqlx::{Executor as _, PgPool};

use crate::roles::make_roles;
use crate::{Db, StoreError, on_database};

static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");
static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");

/// What those who migrate one database at once lock. Any number will do that nothing else locks.
const LOCK: i64 = 0x646f_636b_6574;

const DEALLOCATE: &str = "DEALLOCATE ALL";

/// How the schema of a database stands to this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// It is the one that this program was built for.
    Current,
    /// Migrations are missing: `docket migrate` adds them.
    Older,
    /// Another, newer program has migrated it.
    Newer,
    /// A migration was applied in another form than the one that this program has.
    Altered {
        /// Its number.
        version: i64,
    },
}

/// Why the schema can't be brought up to date. On PostgreSQL nothing has changed then; on SQLite what was done before
/// the fault stays, and running again goes on there.
#[derive(Debug, thiserror::Error)]
#[error("a migration failed")]
pub struct MigrateError(#[from] sqlx::migrate::MigrateError);

impl From<sqlx::Error> for MigrateError {
    fn from(error: sqlx::Error) -> Self {
        Self(error.into())
    }
}

/// Brings the schema up to date, and on PostgreSQL the roles of the services. Needs [`Role::Owner`](crate::Role::Owner)
/// there. Does nothing where there is nothing to do; of several that run at once one works and the others wait.
///
/// # Errors
/// See [`MigrateError`].
pub async fn migrate(db: &Db) -> Result<(), MigrateError> {
    match db {
        Db::Postgres(pools) => migrate_postgres(&pools.pool).await?,
        Db::Sqlite(pools) => {
            let _lock = pools.lock().await.map_err(|error| sqlx::migrate::MigrateError::Execute(error.into()))?;
            SQLITE.run(&pools.write).await?;
        }
    }
    Ok(())
}

/// All in one transaction, with a lock that ends with it: so it works through a pooler, too.
async fn migrate_postgres(pool: &PgPool) -> Result<(), MigrateError> {
    let mut transaction = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).persistent(false).execute(&mut *transaction).await?;
    make_roles(&mut transaction).await?;
    let migrator = Migrator { migrations: Cow::Borrowed(&POSTGRES.migrations), locking: false, ..Migrator::DEFAULT };
    // The migrator names its statements, and a pooler may have left others of these names on the server.
    transaction.execute(DEALLOCATE).await?;
    migrator.run_direct(None, &mut *transaction, false).await?;
    transaction.execute(DEALLOCATE).await?;
    Ok(transaction.commit().await?)
}

/// How the schema stands, without changing it.
///
/// # Errors
/// Where the database fails.
pub async fn schema(db: &Db) -> Result<Schema, StoreError> {
    let migrations = match db {
        Db::Postgres(_) => &POSTGRES,
        Db::Sqlite(_) => &SQLITE,
    };
    let applied: Result<Vec<(i64, Vec<u8>)>, sqlx::Error> = on_database!(db.read(), |pool| {
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations ORDER BY version").fetch_all(pool).await
    });
    let applied = match applied {
        // Before the first migration there is no table to read.
        Err(sqlx::Error::Database(error)) if is_missing_table(error.as_ref()) => Vec::new(),
        applied => applied?,
    };
    let known: HashMap<i64, &[u8]> =
        migrations.iter().map(|migration| (migration.version, &*migration.checksum)).collect();
    let is_altered = |(version, checksum): &&(i64, Vec<u8>)| known.get(version).is_some_and(|known| known != checksum);
    if let Some((version, _)) = applied.iter().find(is_altered) {
        return Ok(Schema::Altered { version: *version });
    }
    let newest = known.into_keys().max();
    Ok(match applied.last().map(|(version, _)| *version).cmp(&newest) {
        Ordering::Less => Schema::Older,
        Ordering::Equal => Schema::Current,
        Ordering::Greater => Schema::Newer,
    })
}

/// undefined_table (PostgreSQL, Appendix A), or SQLITE_ERROR, which SQLite gives when it can't compile a statement.
fn is_missing_table(error: &dyn DatabaseError) -> bool {
    matches!(error.code().as_deref(), Some("42P01" | "1"))
}
