//! What can go wrong with a database, told apart by what a caller can do about it.

use std::error::Error;

/// Why a statement failed. The source is for the log; none of it may reach a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database can't be reached, is shutting down, overloaded, or a lock was not to be had in time. Trying again
    /// helps.
    #[error("database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// There is no room left on the disk.
    #[error("storage is full")]
    Full(#[source] sqlx::Error),
    /// A unique key is taken.
    #[error("a unique key is taken")]
    Duplicate(#[source] sqlx::Error),
    /// A row refers to one that does not exist (any more).
    #[error("a referenced row does not exist")]
    MissingReference(#[source] sqlx::Error),
    /// A stored value is not one that Docket writes.
    #[error("a stored value can't be read")]
    Corrupt(#[source] sqlx::Error),
    /// Anything else: a fault of ours.
    #[error("statement failed")]
    Other(#[source] sqlx::Error),
}

/// A stored value that is not one that Docket writes. `#[sqlx(try_from = …)]` conversions give this.
#[derive(Debug, thiserror::Error)]
#[error("bad value in {table}.{column}")]
pub struct CorruptValue {
    /// Where it stands.
    pub table: &'static str,
    /// Where it stands.
    pub column: &'static str,
    /// Why it can't be read.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}

impl CorruptValue {
    /// For `map_err`: the value of `table.column` was refused with the error that the closure is given.
    pub fn at<E: Into<Box<dyn Error + Send + Sync>>>(table: &'static str, column: &'static str) -> impl Fn(E) -> Self {
        move |source| Self { table, column, source: source.into() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Corrupt(error),
            sqlx::Error::Database(database) if database.is_unique_violation() => Self::Duplicate(error),
            sqlx::Error::Database(database) if database.is_foreign_key_violation() => Self::MissingReference(error),
            sqlx::Error::Database(database) => match Condition::of(database.as_ref()) {
                Condition::Passing => Self::Unavailable(error),
                Condition::Full => Self::Full(error),
                Condition::Other => Self::Other(error),
            },
            _ => Self::Other(error),
        }
    }
}

enum Condition {
    Passing,
    Full,
    Other,
}

impl Condition {
    fn of(error: &dyn sqlx::error::DatabaseError) -> Self {
        let code = error.code().unwrap_or_default();
        if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
            return Self::of_sqlite(code.parse().unwrap_or(0));
        }
        match code.as_ref() {
            "53100" => Self::Full,
            // Canceled by statement_timeout, lock not available, deadlock, serialisation failure (PostgreSQL, App. A).
            "57014" | "55P03" | "40P01" | "40001" | "25P03" => Self::Passing,
            // Connection exceptions, insufficient resources, operator intervention.
            code if ["08", "53", "57"].iter().any(|class| code.starts_with(class)) => Self::Passing,
            _ => Self::Other,
        }
    }

    /// The low byte is the primary result code (SQLite, "Result and Error Codes").
    fn of_sqlite(code: i32) -> Self {
        match code & 0xff {
            5 | 6 | 10 | 14 => Self::Passing, // BUSY, LOCKED, IOERR, CANTOPEN
            13 => Self::Full,
            _ => Self::Other,
        }
    }
}
