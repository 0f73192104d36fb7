//! Questions about a database that only its operator asks.

use chrono::{DateTime, Utc};

use crate::session::allowed_connections;
use crate::{Db, StoreError};

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
    let Db::Postgres(pools) = db else { return Ok(None) };
    let bypassed = sqlx::query_scalar(
        "SELECT rolsuper OR rolbypassrls
         FROM pg_roles
         WHERE rolname = current_user",
    )
    .fetch_one(pools)
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
    .fetch_all(pools)
    .await?;
    Ok(Some(RowSecurity { bypassed, open_tables }))
}

/// What the database's own clock shows; `None` for SQLite, which has none.
///
/// # Errors
/// Where the database fails.
pub async fn database_time(db: &Db) -> Result<Option<DateTime<Utc>>, StoreError> {
    let Db::Postgres(pools) = db else { return Ok(None) };
    Ok(Some(sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(pools).await?))
}

/// What a service's role has beyond what was granted to it: there should be nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excess {
    /// Roles that it is a member of: it could become them.
    pub memberships: Vec<String>,
    /// Tables that it owns: no policy and no grant binds it there.
    pub tables: Vec<String>,
}

/// What the role of `db` has too much; `None` for SQLite, which has no roles.
///
/// # Errors
/// Where the database fails.
pub async fn excess(db: &Db) -> Result<Option<Excess>, StoreError> {
    let Db::Postgres(pools) = db else { return Ok(None) };
    let memberships = "SELECT pg_get_userbyid(roleid)::text
         FROM pg_auth_members
         WHERE pg_get_userbyid(member) = current_user
         ORDER BY 1";
    let tables = "SELECT oid::regclass::text
         FROM pg_class
         WHERE pg_get_userbyid(relowner) = current_user AND relkind IN ('r', 'p', 'v', 'm')
         ORDER BY 1";
    Ok(Some(Excess {
        memberships: sqlx::query_scalar(memberships).fetch_all(pools).await?,
        tables: sqlx::query_scalar(tables).fetch_all(pools).await?,
    }))
}

/// How many connections PostgreSQL lets the user of `db` have, all processes together; `None` for SQLite, and behind a
/// pooler, which has limits of its own.
///
/// # Errors
/// Where the database fails.
pub async fn allowed_connections(db: &Db) -> Result<Option<i64>, StoreError> {
    let Db::Postgres(pools) = db else { return Ok(None) };
    if pools.is_pooled() {
        return Ok(None);
    }
    let allowed = sqlx::query_scalar(concat!("SELECT ", allowed_connections!())).fetch_one(pools).await?;
    Ok(Some(allowed))
}
