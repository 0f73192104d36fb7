//! What can go wrong with a database, told apart by what a caller can do about it.

use std::error::Error;

use crate::writable::READ_ONLY;

/// What a database's library said.
type Source = Box<dyn Error + Send + Sync>;

/// Why a statement failed. The source is for the log; none of it may reach a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database can't be reached, is shutting down, overloaded, or a lock was not to be had in time. Trying again
    /// helps.
    #[error("database is not available")]
    Unavailable(#[source] Source),
    /// There is no room left on the disk.
    #[error("storage is full")]
    Full(#[source] Source),
    /// A unique key is taken.
    #[error("a unique key is taken")]
    Duplicate(#[source] Source),
    /// A row refers to one that does not exist (any more).
    #[error("a referenced row does not exist")]
    MissingReference(#[source] Source),
    /// A stored value is not one that Docket writes.
    #[error("a stored value can't be read")]
    Corrupt(#[source] Source),
    /// Anything else: a fault of ours.
    #[error("statement failed")]
    Other(#[source] Source),
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
    pub source: Source,
}

impl CorruptValue {
    /// For `map_err`: the value of `table.column` was refused with the error that the closure is given.
    pub fn at<E: Into<Source>>(table: &'static str, column: &'static str) -> impl Fn(E) -> Self {
        move |source| Self { table, column, source: source.into() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let of: fn(Source) -> Self = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Corrupt,
            sqlx::Error::Database(database) if database.is_unique_violation() => Self::Duplicate,
            sqlx::Error::Database(database) if database.is_foreign_key_violation() => Self::MissingReference,
            sqlx::Error::Database(database) => Condition::of(database.as_ref()).error(),
            _ => Self::Other,
        };
        of(error.into())
    }
}

/// Of a read.
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let of: fn(Source) -> Self = match &error {
            rusqlite::Error::SqliteFailure(failure, _) => Condition::of_sqlite(failure.extended_code).error(),
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..) => Self::Corrupt,
            _ => Self::Other,
        };
        of(error.into())
    }
}

impl From<CorruptValue> for StoreError {
    fn from(error: CorruptValue) -> Self {
        Self::Corrupt(error.into())
    }
}

enum Condition {
    Passing,
    Full,
    Other,
}

impl Condition {
    fn error(self) -> fn(Source) -> StoreError {
        match self {
            Self::Passing => StoreError::Unavailable,
            Self::Full => StoreError::Full,
            Self::Other => StoreError::Other,
        }
    }

    fn of(error: &dyn sqlx::error::DatabaseError) -> Self {
        let code = error.code().unwrap_or_default();
        if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
            return Self::of_sqlite(code.parse().unwrap_or(0));
        }
        match code.as_ref() {
            "53100" => Self::Full,
            // Canceled by statement_timeout, lock not available, deadlock, serialisation failure (PostgreSQL, App. A).
            "57014" | "55P03" | "40P01" | "40001" | "25P03" => Self::Passing,
            // A server that takes no writes: a standby, a demoted primary.
            READ_ONLY => Self::Passing,
            // Connection exceptions, insufficient resources, operator intervention, faults of the system.
            code if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => Self::Passing,
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
