//! Reads: one statement each, bound to the owner.

use chrono::{DateTime, Utc};
use docket_storage::{Db, SqliteTime, StoreError};
use rusqlite::types::{ToSql, ToSqlOutput};
use sqlx::postgres::PgRow;
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

/// The placeholder of one more value.
pub(super) fn bind(values: &mut Vec<Value>, value: Value) -> String {
    values.push(value);
    format!("${}", values.len() + 1)
}

/// A type that rows of both databases are read into.
pub(super) trait Row:
    for<'r> FromRow<'r, PgRow> + for<'r> TryFrom<&'r rusqlite::Row<'r>, Error = rusqlite::Error> + Send + Unpin + 'static
{
}

impl<R> Row for R where
    R: for<'r> FromRow<'r, PgRow>
        + for<'r> TryFrom<&'r rusqlite::Row<'r>, Error = rusqlite::Error>
        + Send
        + Unpin
        + 'static
{
}

impl OwnedStore {
    /// The rows that `statement` gives. Its `$1` is the owner, `$2` and those behind are `values`.
    pub(super) async fn read<R: Row>(&self, statement: String, values: Vec<Value>) -> Result<Vec<R>, StoreError> {
        match &self.db {
            Db::Postgres(pools) => {
                // Statements are put together from parts that stand in this module's files.
                let mut query = sqlx::query_as(AssertSqlSafe(as_owner(&statement))).bind(self.owner);
                for value in values {
                    query = match value {
                        Value::Number(number) => query.bind(number),
                        Value::Text(text) => query.bind(text),
                        Value::Time(time) => query.bind(time),
                        Value::Uuid(uuid) => query.bind(uuid),
                    };
                }
                Ok(pools.readers.fetch_all(query).await?)
            }
            Db::Sqlite(pools) => {
                let owner = self.owner;
                pools.readers.read_blocking(move |connection| rows(connection, &statement, owner, &values)).await
            }
        }
    }

    /// The one row that `statement` finds by its key, where there is one. See [`Self::read`].
    pub(super) async fn read_by_key<R: Row>(&self, statement: &str, key: Uuid) -> Result<Option<R>, StoreError> {
        let key = vec![Value::Uuid(key)];
        let mut found = match &self.db {
            Db::Postgres(_) => self.read(statement.to_owned(), key).await?,
            Db::Sqlite(pools) => pools.readers.read(|connection| rows(connection, statement, self.owner, &key))?,
        };
        Ok(found.pop())
    }
}

fn rows<R: Row>(
    connection: &rusqlite::Connection,
    statement: &str,
    owner: Uuid,
    values: &[Value],
) -> rusqlite::Result<Vec<R>> {
    let mut statement = connection.prepare_cached(statement)?;
    let owner = Value::Uuid(owner);
    for (number, value) in (1..).zip(std::iter::once(&owner).chain(values)) {
        // To SQLite `$2` is a name; its place is where it is first met.
        if let Some(place) = statement.parameter_index(&format!("${number}"))? {
            statement.raw_bind_parameter(place, value)?;
        }
    }
    let mut rows = statement.raw_query();
    let mut read = Vec::new();
    while let Some(row) = rows.next()? {
        read.push(R::try_from(row)?);
    }
    Ok(read)
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Number(number) => number.to_sql(),
            Self::Text(text) => text.to_sql(),
            Self::Time(time) => Ok(SqliteTime(*time).into()),
            Self::Uuid(uuid) => uuid.to_sql(),
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
