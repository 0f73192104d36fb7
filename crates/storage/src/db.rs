//! The open database, and the macros that run one body against whichever it is.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgPool, Postgres, SqlitePool, Transaction};
use tokio::time::Instant;
use uuid::Uuid;

use crate::connect::STATEMENT_TIMEOUT;
use crate::deadline::deadline;
use crate::{PgReaders, SqliteReaders};

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

/// SQLite lets many read while one writes: writers queue here, not in the file's lock.
#[derive(Clone, Debug)]
pub struct SqlitePools {
    /// Several connections that only read.
    pub read: SqlitePool,
    /// The one connection that writes.
    pub write: SqlitePool,
    /// For the reads that come often.
    pub readers: SqliteReaders,
}

impl Db {
    /// Closes all connections, after the work on them is done; after a second, without waiting for work that a silent
    /// database holds up.
    pub async fn close(&self) {
        let closed = async {
            match self {
                Self::Postgres(pools) => {
                    pools.readers.close();
                    pools.pool.close().await;
                }
                Self::Sqlite(pools) => {
                    pools.readers.close();
                    pools.read.close().await;
                    pools.write.close().await;
                }
            }
        };
        if tokio::time::timeout(CLOSE_LIMIT, closed).await.is_err() {
            tracing::warn!("connections to the database were left open");
        }
    }
}

/// Runs `$body` with `$pool` bound to the open pool: `on_pool!(db, read |pool| …)` for a statement that only reads,
/// `on_pool!(db, write |pool| …)` for a single statement that writes.
///
/// The body is expanded in place, once a database: `?` and `return` in it leave the enclosing function, and it must
/// compile against both pools.
#[macro_export]
macro_rules! on_pool {
    ($db:expr, read |$pool:ident| $body:expr) => {
        match $db {
            $crate::Db::Postgres(pools) => {
                let $pool = &pools.pool;
                $body
            }
            $crate::Db::Sqlite(pools) => {
                let $pool = &pools.read;
                $body
            }
        }
    };
    ($db:expr, write |$pool:ident| $body:expr) => {
        match $db {
            $crate::Db::Postgres(pools) => {
                let $pool = &pools.pool;
                $body
            }
            $crate::Db::Sqlite(pools) => {
                let $pool = &pools.write;
                $body
            }
        }
    };
}

/// Runs `$body` in a transaction that may write, with `$tx` bound to it, and commits: `in_transaction!(db, |tx| …)`,
/// or `in_transaction!(db, owner, |tx| …)` where PostgreSQL shall let only rows of that owner through
/// ([`begin_postgres`]). Run statements with `&mut *tx`.
///
/// The body is expanded in place, once a database: it is an expression of the value wanted, and `?` and `return` in
/// it leave the enclosing function, which rolls back. To be used inside [`detached`](crate::detached): a caller that
/// goes away must not leave a connection inside a transaction.
#[macro_export]
macro_rules! in_transaction {
    ($db:expr, |$tx:ident| $body:expr) => {
        $crate::in_transaction!(@ $db, None, |$tx| $body)
    };
    ($db:expr, $owner:expr, |$tx:ident| $body:expr) => {
        $crate::in_transaction!(@ $db, Some($owner), |$tx| $body)
    };
    (@ $db:expr, $owner:expr, |$tx:ident| $body:expr) => {
        match $db {
            $crate::Db::Postgres(pools) => {
                let mut $tx = $crate::begin_postgres(&pools.pool, $owner).await?;
                let value = $body;
                $tx.commit().await?;
                value
            }
            $crate::Db::Sqlite(pools) => {
                // A transaction that begins by reading and then writes fails at once where another wrote meanwhile.
                let mut $tx = pools.write.begin_with("BEGIN IMMEDIATE").await?;
                let value = $body;
                $tx.commit().await?;
                value
            }
        }
    };
}

/// Begins a transaction in which the policies of row-level security let only rows of `owner` through; without an
/// owner, none of the tables that have such policies shows a row. No statement of it lasts longer than somebody
/// waits ([`until`](crate::until)). The settings end with the transaction.
///
/// # Errors
/// Where no connection is to be had, or the statement fails.
pub async fn begin_postgres(pool: &PgPool, owner: Option<Uuid>) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    // All in one message: a second round trip would cost a third of a short transaction. The only things put into the
    // text are a number, and a UUID's own hexadecimal form.
    let mut begin = String::from("BEGIN");
    if let Some(owner) = owner {
        begin.push_str(&format!("; SET LOCAL docket.owner = '{owner}'"));
    }
    let Some(deadline) = deadline() else { return pool.begin_with(AssertSqlSafe(begin)).await };
    let left = deadline.saturating_duration_since(Instant::now());
    if left < STATEMENT_TIMEOUT {
        // To PostgreSQL 0 is no limit.
        begin.push_str(&format!("; SET LOCAL statement_timeout = {}", left.as_millis().max(1)));
    }
    let begun = tokio::time::timeout_at(deadline, pool.begin_with(AssertSqlSafe(begin))).await;
    begun.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}
