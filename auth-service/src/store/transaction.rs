//! A transaction on the auth service's tables.

use docket_storage::{OnDatabase, PgTransaction, StoreError};
use sqlx::SqliteConnection;

use super::Store;

/// Number of rows that one statement inserts: far fewer than the values that either database takes at once.
pub(super) const ROWS_PER_STATEMENT: usize = 500;

/// Several statements that hold together. Dropped without [`commit`](Self::commit), it leaves no trace.
#[derive(Debug)]
pub struct Transaction(docket_storage::Transaction);

impl Store {
    /// Begins a transaction that may write.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        docket_storage::Transaction::begin(&self.db).await.map(Transaction)
    }
}

impl Transaction {
    pub(super) fn connection(&mut self) -> OnDatabase<&mut PgTransaction<'static>, &mut SqliteConnection> {
        self.0.connection()
    }

    /// Makes all of it count.
    ///
    /// # Errors
    /// Where the database fails; whether the transaction counts is then not known.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.0.commit().await
    }
}
