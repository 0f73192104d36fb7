//! Statements that hold together, on whichever database is open.

use sqlx::{AssertSqlSafe, Postgres, Sqlite, SqliteConnection};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use crate::connect::{ACQUIRE_TIMEOUT, STATEMENT_TIMEOUT};
use crate::deadline::deadline;
use crate::turns::Turn;
use crate::{Db, OnDatabase, PgPools, PgTransaction, StoreError};

/// A transaction that may write. Dropped without [`commit`](Self::commit), it leaves no trace.
///
/// It runs inside [`detached`](crate::detached): a caller that goes away must not leave a connection inside a
/// transaction.
#[derive(Debug)]
pub struct Transaction {
    // Dropped before the turn ends.
    inner: OnDatabase<PgTransaction<'static>, sqlx::Transaction<'static, Sqlite>>,
    _turn: Option<Turn>,
}

impl Transaction {
    /// Begins a transaction of no account: PostgreSQL's row-level security shows it no row of the tables that have
    /// policies.
    ///
    /// # Errors
    /// Where no connection is to be had in time, or the database fails.
    pub async fn begin(db: &Db) -> Result<Self, StoreError> {
        Self::begin_as(db, None).await
    }

    /// Begins a transaction of the account `owner`. It waits while the account has as many as its share of the
    /// connections. PostgreSQL's row-level security lets only rows of `owner` through; SQLite has no such policies.
    ///
    /// # Errors
    /// As [`begin`](Self::begin), and where the account's turn does not come in time.
    pub async fn begin_for(db: &Db, owner: Uuid) -> Result<Self, StoreError> {
        Self::begin_as(db, Some(owner)).await
    }

    async fn begin_as(db: &Db, owner: Option<Uuid>) -> Result<Self, StoreError> {
        let (waiting, turns) = match db {
            Db::Postgres(pools) => (&pools.waiting, &pools.turns),
            Db::Sqlite(pools) => (&pools.waiting, &pools.turns),
        };
        let _waiter = waiting.enter();
        let turn = match owner {
            Some(owner) => Some(in_time(turns.take(owner)).await?),
            None => None,
        };
        let inner = match db {
            Db::Postgres(pools) => {
                OnDatabase::Postgres(PgTransaction::new(begin_postgres(pools, owner).await?, pools.is_pooled()))
            }
            // A deferred transaction that begins by reading and then writes fails at once where another wrote meanwhile.
            Db::Sqlite(pools) => OnDatabase::Sqlite(pools.write.begin_with("BEGIN IMMEDIATE").await?),
        };
        Ok(Self { inner, _turn: turn })
    }

    /// The connection to run statements on, for [`on_database!`](crate::on_database).
    pub fn connection(&mut self) -> OnDatabase<&mut PgTransaction<'static>, &mut SqliteConnection> {
        match &mut self.inner {
            OnDatabase::Postgres(transaction) => OnDatabase::Postgres(transaction),
            OnDatabase::Sqlite(transaction) => OnDatabase::Sqlite(transaction),
        }
    }

    /// Makes all of it count.
    ///
    /// # Errors
    /// Where the database fails; whether the transaction counts is then not known.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.inner {
            OnDatabase::Postgres(transaction) => transaction.commit().await?,
            OnDatabase::Sqlite(transaction) => transaction.commit().await?,
        }
        Ok(())
    }

    /// Undoes all of it, and leaves the connection at rest.
    ///
    /// # Errors
    /// Where the database fails; nothing of it counts all the same.
    pub async fn roll_back(self) -> Result<(), StoreError> {
        match self.inner {
            OnDatabase::Postgres(transaction) => transaction.roll_back().await?,
            OnDatabase::Sqlite(transaction) => transaction.rollback().await?,
        }
        Ok(())
    }
}

/// Begins a transaction whose statements last no longer than somebody waits ([`until`](crate::until)). The settings
/// end with the transaction.
async fn begin_postgres(
    pools: &PgPools,
    owner: Option<Uuid>,
) -> Result<sqlx::Transaction<'static, Postgres>, sqlx::Error> {
    // All in one message: a second round trip would cost a third of a short transaction. The only things put into the
    // text are a number, and a UUID's own hexadecimal form.
    let mut begin = String::from("BEGIN");
    if let Some(owner) = owner {
        begin.push_str(&format!("; SET LOCAL docket.owner = '{owner}'"));
    }
    let deadline = deadline();
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    if let Some(left) = left.filter(|left| *left < STATEMENT_TIMEOUT) {
        // To PostgreSQL 0 is no limit.
        begin.push_str(&format!("; SET LOCAL statement_timeout = {}", left.as_millis().max(1)));
    }
    let begun = pools.pool.begin_with(AssertSqlSafe(begin));
    match deadline {
        Some(deadline) => timeout_at(deadline, begun).await.unwrap_or(Err(sqlx::Error::PoolTimedOut)),
        None => begun.await,
    }
}

/// Waits no longer than for a connection, and no longer than somebody waits for the transaction.
async fn in_time<T>(turn: impl Future<Output = T>) -> Result<T, sqlx::Error> {
    let latest = Instant::now() + ACQUIRE_TIMEOUT;
    let latest = deadline().map_or(latest, |deadline| deadline.min(latest));
    timeout_at(latest, turn).await.map_err(|_elapsed| sqlx::Error::PoolTimedOut)
}
