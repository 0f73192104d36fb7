//! The open database, and the macro that runs one body on whichever it is.

use std::time::Duration;

use sqlx::{PgPool, SqlitePool};

use crate::{PgReaders, SqlitePools, StoreError};

/// What is left to [`Db::close`] of the ten seconds that a process may take to stop.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);

/// An open database. Cloning is cheap; clones share their connections.
#[derive(Clone, Debug)]
pub enum Db {
    /// PostgreSQL, as one of Docket's roles.
    Postgres(PgPools),
    /// An SQLite file of this process.
    Sqlite(SqlitePools),
}

/// Connections to PostgreSQL.
#[derive(Clone, Debug)]
pub struct PgPools {
    /// For all but the readers' statements.
    pub pool: PgPool,
    /// For single statements that only read, and come often.
    pub readers: PgReaders,
}

impl Db {
    /// The pool for single statements that only read.
    pub fn read(&self) -> OnDatabase<&PgPool, &SqlitePool> {
        match self {
            Self::Postgres(pools) => OnDatabase::Postgres(&pools.pool),
            Self::Sqlite(pools) => OnDatabase::Sqlite(&pools.read),
        }
    }

    /// The pool for single statements that write.
    pub fn write(&self) -> OnDatabase<&PgPool, &SqlitePool> {
        match self {
            Self::Postgres(pools) => OnDatabase::Postgres(&pools.pool),
            Self::Sqlite(pools) => OnDatabase::Sqlite(&pools.write),
        }
    }

    /// Whether the database takes writes. To be asked about once a second: a database that was well half a minute ago
    /// is not tried again each time.
    ///
    /// # Errors
    /// [`StoreError::Full`] and [`StoreError::Unavailable`] where it takes none for now. An SQLite file that was
    /// deleted or replaced is found here, and closed.
    pub async fn check(&self) -> Result<(), StoreError> {
        match self {
            Self::Postgres(pools) => {
                let question = sqlx::query_scalar("SELECT current_setting('transaction_read_only')");
                let read_only: String = question.fetch_one(&pools.pool).await?;
                if read_only == "off" { Ok(()) } else { Err(StoreError::Unavailable("it is read-only".into())) }
            }
            Self::Sqlite(pools) => pools.check().await,
        }
    }

    /// Closes all connections, after the work on them is done; after a second, without waiting for work that a silent
    /// database holds up.
    pub async fn close(&self) {
        let closed = async {
            match self {
                Self::Postgres(pools) => {
                    pools.readers.close();
                    pools.pool.close().await;
                }
                Self::Sqlite(pools) => pools.close().await,
            }
        };
        if tokio::time::timeout(CLOSE_LIMIT, closed).await.is_err() {
            tracing::warn!("connections to the database were left open");
        }
    }
}

/// Something that is of one kind on PostgreSQL and of another on SQLite. [`on_database!`](crate::on_database) runs one
/// body on whichever it is.
#[derive(Clone, Copy, Debug)]
pub enum OnDatabase<P, S> {
    /// Of PostgreSQL.
    Postgres(P),
    /// Of SQLite.
    Sqlite(S),
}

/// Runs one body on whichever database is open: `on_database!(db.read(), |pool| …)` for a statement that only reads,
/// `on_database!(db.write(), |pool| …)` for a single statement that writes, `on_database!(transaction.connection(),
/// |connection| …)` for a statement of a [`Transaction`](crate::Transaction).
///
/// The body is expanded in place, once a database: `?` and `return` in it leave the enclosing function, and it must
/// compile against both.
#[macro_export]
macro_rules! on_database {
    ($target:expr, |$connection:ident| $body:expr) => {
        match $target {
            $crate::OnDatabase::Postgres($connection) => $body,
            $crate::OnDatabase::Sqlite($connection) => $body,
        }
    };
}
