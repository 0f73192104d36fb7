//! The schema: which version is there, and the way to the newest.

use sqlx::error::DatabaseError;
use sqlx::migrate::{Migrate as _, Migrator};

use crate::{Db, StoreError, on_database};

static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");
static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");

/// How the schema of a database stands to this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// It is the one that this program was built for.
    Current,
    /// Migrations are missing: `docket migrate` adds them.
    Older,
    /// Another, newer program has migrated it.
    Newer,
}

/// Why the schema can't be brought up to date. What was done before the fault stays; running again goes on there.
#[derive(Debug, thiserror::Error)]
#[error("a migration failed")]
pub struct MigrateError(#[from] sqlx::migrate::MigrateError);

/// Brings the schema up to date. Needs [`Role::Owner`](crate::Role::Owner) on PostgreSQL. Does nothing where there is
/// nothing to do; of several that run at once one works and the others wait.
///
/// # Errors
/// See [`MigrateError`].
pub async fn migrate(db: &Db) -> Result<(), MigrateError> {
    match db {
        Db::Postgres(pools) => POSTGRES.run(&pools.pool).await?,
        Db::Sqlite(pools) => {
            let _lock = pools.lock().await.map_err(|error| sqlx::migrate::MigrateError::Execute(error.into()))?;
            SQLITE.run(&pools.write).await?;
        }
    }
    Ok(())
}

/// How the schema stands, without changing it.
///
/// # Errors
/// Where the database fails.
pub async fn schema(db: &Db) -> Result<Schema, StoreError> {
    let newest = match db {
        Db::Postgres(_) => &POSTGRES,
        Db::Sqlite(_) => &SQLITE,
    }
    .iter()
    .map(|migration| migration.version)
    .max()
    .unwrap_or(0);
    let applied = on_database!(db.read(), |pool| {
        let mut connection = pool.acquire().await?;
        match connection.list_applied_migrations(&POSTGRES.table_name).await {
            Ok(applied) => applied.into_iter().map(|migration| migration.version).max().unwrap_or(0),
            // Before the first migration there is no table to read.
            Err(sqlx::migrate::MigrateError::Execute(sqlx::Error::Database(error)))
                if is_missing_table(error.as_ref()) =>
            {
                0
            }
            Err(sqlx::migrate::MigrateError::Execute(error)) => return Err(error.into()),
            Err(error) => return Err(sqlx::Error::Migrate(Box::new(error)).into()),
        }
    });
    Ok(match applied.cmp(&newest) {
        std::cmp::Ordering::Less => Schema::Older,
        std::cmp::Ordering::Equal => Schema::Current,
        std::cmp::Ordering::Greater => Schema::Newer,
    })
}

/// undefined_table (PostgreSQL, Appendix A), or SQLITE_ERROR, which SQLite gives when it can't compile a statement.
fn is_missing_table(error: &dyn DatabaseError) -> bool {
    matches!(error.code().as_deref(), Some("42P01" | "1"))
}
