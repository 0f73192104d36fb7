//! A transaction on the auth service's tables.

use docket_identity::{RevocationTarget, UserId};
use docket_storage::{OnDatabase, PgTransaction, StoreError};
use sqlx::SqliteConnection;
use tracing::instrument;

use super::{Store, StoredRevocation};
use crate::domain::SecurityEvent;

/// Number of rows that one statement inserts: far fewer than the values that either database takes at once.
pub(super) const ROWS_PER_STATEMENT: usize = 500;

/// Several statements that hold together. Dropped without [`commit`](Self::commit), it leaves no trace.
///
/// It gathers what it revokes and what it records; the commit writes both, and the mails about what it records.
#[derive(Debug)]
pub struct Transaction {
    inner: docket_storage::Transaction,
    revoked: Vec<RevocationTarget>,
    events: Vec<SecurityEvent>,
}

/// Makes revocations, and tells verifiers of them once they are committed.
pub trait Announcer: Sync {
    /// The revocation of `target` as of now, in force until no token that it could match is alive.
    fn revocation(&self, target: RevocationTarget) -> StoredRevocation;

    /// Puts committed revocations into force.
    fn announce(&self, revocations: &[StoredRevocation]);
}

impl Store {
    /// Begins a transaction that may write.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        Ok(Transaction::new(docket_storage::Transaction::begin(&self.db).await?))
    }

    /// Begins a transaction of `account`, which waits while the account has its share of the connections.
    ///
    /// # Errors
    /// Where the database fails, or others of the account take too long.
    #[instrument(level = "debug", skip_all)]
    pub async fn begin_for(&self, account: UserId) -> Result<Transaction, StoreError> {
        Ok(Transaction::new(docket_storage::Transaction::begin_for(&self.db, account.as_uuid()).await?))
    }
}

impl Transaction {
    fn new(inner: docket_storage::Transaction) -> Self {
        Self { inner, revoked: Vec::new(), events: Vec::new() }
    }

    pub(super) fn connection(&mut self) -> OnDatabase<&mut PgTransaction<'static>, &mut SqliteConnection> {
        self.inner.connection()
    }

    /// Adds an entry to an account's record when this transaction commits.
    pub fn record(&mut self, event: SecurityEvent) {
        self.events.push(event);
    }

    /// Revokes the tokens of `target` when this transaction commits.
    pub fn revoke(&mut self, target: RevocationTarget) {
        self.revoked.push(target);
    }

    /// Commits, and announces the revocations.
    ///
    /// # Errors
    /// [`StoreError::MissingReference`] where an account that is to be recorded about is gone; else where the database
    /// fails, and whether the transaction counts is then not known.
    #[instrument(level = "debug", skip_all)]
    pub async fn commit(mut self, announcer: &dyn Announcer) -> Result<(), StoreError> {
        let events = std::mem::take(&mut self.events);
        self.insert_security_events(&events).await?;
        for event in events.iter().filter(|event| event.kind.notice().is_some()) {
            self.insert_mail(event).await?;
        }
        // Their time is taken last: verifiers look for revocations by time, and these are visible only after the commit.
        let revocations: Vec<_> = self.revoked.drain(..).map(|target| announcer.revocation(target)).collect();
        self.insert_revocations(&revocations).await?;
        self.inner.commit().await?;
        announcer.announce(&revocations);
        Ok(())
    }
}
