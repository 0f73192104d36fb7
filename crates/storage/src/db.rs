//! The open database, and the macro that runs one body on whichever it is.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{PgPool, SqlitePool};

use crate::pool_state::Waiting;
use crate::session::Kind;
use crate::turns::Turns;
use crate::writable::Writable;
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

/// Connections to PostgreSQL. A reference runs single statements, through a pooler too.
#[derive(Clone, Debug)]
pub struct PgPools {
    /// The connections behind single statements and transactions. What runs on them directly does not pass a pooler.
    pub pool: PgPool,
    /// For single statements that only read, and come often.
    pub readers: PgReaders,
    pub(crate) writable: Writable,
    pub(crate) kind: Arc<Kind>,
    pub(crate) waiting: Waiting,
    pub(crate) turns: Turns,
}

impl PgPools {
    /// Whether a pooler in transaction mode may stand before the server.
    pub(crate) fn is_pooled(&self) -> bool {
        self.kind.is_pooled
    }
}

impl Db {
    /// The pool for single statements that only read.
    pub fn read(&self) -> OnDatabase<&PgPools, &SqlitePool> {
        match self {
            Self::Postgres(pools) => OnDatabase::Postgres(pools),
            Self::Sqlite(pools) => OnDatabase::Sqlite(&pools.read),
        }
    }

    /// The pool for single statements that write.
    pub fn write(&self) -> OnDatabase<&PgPools, &SqlitePool> {
        match self {
            Self::Postgres(pools) => OnDatabase::Postgres(pools),
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
                let read_only: String = question.fetch_one(pools).await?;
                if read_only == "off" {
                    return Ok(());
                }
                pools.writable.note_read_only();
                Err(StoreError::Unavailable(
                    "the database is read-only: a standby, or default_transaction_read_only".into(),
                ))
            }
            Self::Sqlite(pools) => pools.check().await,
        }
    }

    /// Whether another process can be heard of by LISTEN: not through a pooler, and not on SQLite.
    pub fn supports_listen(&self) -> bool {
        matches!(self, Self::Postgres(pools) if !pools.is_pooled())
    }

    /// Whether a service's connections are those of another user, the owner, with the role dropped. That guards against
    /// faults of statements; whoever can run any statement can step back out of the role.
    pub fn drops_role(&self) -> bool {
        matches!(self, Self::Postgres(pools) if pools.kind.drops_role)
    }

    /// Says in the log where [`drops_role`](Self::drops_role) holds.
    pub fn warn_of_dropped_role(&self) {
        if self.drops_role() {
            tracing::warn!(
                "the database URL is the owner's: give a service the URL of its own user (docket migrate --help)"
            );
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
