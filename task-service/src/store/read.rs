//! Reads: one statement each, bound to the owner.

use chrono::{DateTime, Utc};
use docket_storage::{Db, StoreError};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

use super::OwnedStore;

/// A value for a placeholder. What clients write reaches the database as such values only, never as text of a
/// statement.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Number(i64),
    Text(String),
    Time(DateTime<Utc>),
    Uuid(Uuid),
}

macro_rules! bind_all {
    ($query:expr, $owner:expr, $values:expr) => {{
        let mut query = $query.bind($owner);
        for value in $values {
            query = match value {
                Value::Number(number) => query.bind(number),
                Value::Text(text) => query.bind(text),
                Value::Time(time) => query.bind(time),
                Value::Uuid(uuid) => query.bind(uuid),
            };
        }
        query
    }};
}

impl OwnedStore {
    /// The rows that `statement` gives. Its `$1` is the owner, `$2` and those behind are `values`.
    pub(super) async fn read<R>(&self, statement: &str, values: Vec<Value>) -> Result<Vec<R>, StoreError>
    where
        R: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        // Statements are put together from parts that stand in this module's files.
        let rows = match &self.db {
            Db::Postgres(pool) => {
                let query = sqlx::query_as(AssertSqlSafe(as_owner(statement)));
                bind_all!(query, self.owner, values).fetch_all(pool).await?
            }
            Db::Sqlite(pools) => {
                let query = sqlx::query_as(AssertSqlSafe(statement));
                bind_all!(query, self.owner, values).fetch_all(&pools.read).await?
            }
        };
        Ok(rows)
    }

    /// The one row that `statement` gives, where it gives one. See [`Self::read`].
    pub(super) async fn read_one<R>(&self, statement: &str, values: Vec<Value>) -> Result<Option<R>, StoreError>
    where
        R: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        match &self.db {
            // Taken to its end: a connection given back before that needs a round trip to come to rest.
            Db::Postgres(_) => Ok(self.read(statement, values).await?.pop()),
            // The row alone comes from the connection's thread, without word that none follows.
            Db::Sqlite(pools) => {
                let query = sqlx::query_as(AssertSqlSafe(statement));
                Ok(bind_all!(query, self.owner, values).fetch_optional(&pools.read).await?)
            }
        }
    }
}

/// `statement`, run by PostgreSQL with its policies set to the owner (`$1`) for as long as it runs: one round trip
/// instead of the four of a transaction.
///
/// The rows are read behind the setting because they depend on it (LATERAL, with a reference to `owner`), and OFFSET
/// keeps the planner from taking the two apart. Should a planner find a way all the same, the policies see no owner and
/// let nothing through. One row on the left leaves the rows on the right in their order.
pub fn as_owner(statement: &str) -> String {
    format!(
        "WITH owner AS MATERIALIZED (SELECT set_config('docket.owner', $1::text, true) AS id)
        SELECT owned.* FROM owner CROSS JOIN LATERAL (
            SELECT bare.* FROM ({statement}) AS bare WHERE owner.id IS NOT NULL OFFSET 0
        ) AS owned"
    )
}
