//! A transaction on whichever database is open.

use docket_storage::{Db, PgPools, StoreError, begin_postgres};
use sqlx::{Postgres, Sqlite};

/// How many rows one statement inserts: far fewer than the values that either database takes at once.
pub(super) const ROWS_PER_STATEMENT: usize = 500;

/// Several statements that hold together. Dropped without [`commit`](Self::commit), it leaves no trace.
#[derive(Debug)]
pub struct Transaction(pub(super) Open);

/// See [`on_transaction!`].
#[derive(Debug)]
pub(super) enum Open {
    Postgres(sqlx::Transaction<'static, Postgres>),
    Sqlite(sqlx::Transaction<'static, Sqlite>),
}

impl Transaction {
    pub(super) async fn begin(db: &Db) -> Result<Self, StoreError> {
        Ok(Self(match db {
            Db::Postgres(PgPools { pool, .. }) => Open::Postgres(begin_postgres(pool, None).await?),
            // One that begins by reading and then writes fails at once where another wrote meanwhile.
            Db::Sqlite(pools) => Open::Sqlite(pools.write.begin_with("BEGIN IMMEDIATE").await?),
        }))
    }

    /// Makes all of it count.
    ///
    /// # Errors
    /// Where the database fails; whether the transaction counts is then not known.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.0 {
            Open::Postgres(transaction) => transaction.commit().await?,
            Open::Sqlite(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

/// Runs a body with the connection of a [`Transaction`] bound: `on_transaction!(self, |connection| …)`.
///
/// The body is expanded in place, once a database: `?` and `return` in it leave the enclosing function.
macro_rules! on_transaction {
    ($transaction:expr, |$connection:ident| $body:expr) => {
        match &mut $transaction.0 {
            $crate::store::transaction::Open::Postgres(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
            $crate::store::transaction::Open::Sqlite(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
        }
    };
}
pub(super) use on_transaction;
