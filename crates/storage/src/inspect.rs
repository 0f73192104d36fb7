//! Questions about a database that only its operator asks.

use chrono::{DateTime, Utc};

use crate::{Db, PgPools, StoreError};

/// How row-level security stands for the role that a connection has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowSecurity {
    /// Whether the role is one that no policy binds: a superuser, or one with BYPASSRLS.
    pub bypassed: bool,
    /// Tables of owners' rows that the role can read and that no policy guards, or not against their own owner.
    pub open_tables: Vec<String>,
}

/// How row-level security stands; `None` for SQLite, which has none.
///
/// # Errors
/// Where the database fails.
pub async fn row_security(db: &Db) -> Result<Option<RowSecurity>, StoreError> {
    let Db::Postgres(PgPools { pool, .. }) = db else { return Ok(None) };
    let bypassed = sqlx::query_scalar(
        "SELECT rolsuper OR rolbypassrls
         FROM pg_roles
         WHERE rolname = current_user",
    )
    .fetch_one(pool)
    .await?;
    let open_tables = sqlx::query_scalar(
        "SELECT pg_class.relname::text
         FROM pg_class
         JOIN pg_attribute ON pg_attribute.attrelid = pg_class.oid AND pg_attribute.attname = 'owner_id'
         WHERE pg_class.relnamespace = current_schema()::regnamespace
           AND pg_class.relkind IN ('r', 'p')
           AND has_table_privilege(pg_class.oid, 'SELECT')
           AND NOT (pg_class.relrowsecurity AND pg_class.relforcerowsecurity)
         ORDER BY pg_class.relname",
    )
    .fetch_all(pool)
    .await?;
    Ok(Some(RowSecurity { bypassed, open_tables }))
}

/// What the database's own clock shows; `None` for SQLite, which has none.
///
/// # Errors
/// Where the database fails.
pub async fn database_time(db: &Db) -> Result<Option<DateTime<Utc>>, StoreError> {
    let Db::Postgres(PgPools { pool, .. }) = db else { return Ok(None) };
    Ok(Some(sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(pool).await?))
}
