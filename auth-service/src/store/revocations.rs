//! The table `revocations`, and the notification of other processes about new rows.

use chrono::{DateTime, Utc};
use docket_identity::{Revocation, RevocationTarget};
use docket_storage::{CorruptValue, Db, OnDatabase, PgPools, StoreError, on_database};
use sqlx::QueryBuilder;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tracing::instrument;
use uuid::Uuid;

use super::row::row;
use super::transaction::ROWS_PER_STATEMENT;
use super::{Store, Transaction};

const CHANNEL: &str = "docket_revocations";

/// A revocation with the id of its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRevocation {
    /// Recognises a row that is read twice.
    pub id: Uuid,
    /// What is revoked.
    pub revocation: Revocation,
}

row! {
    struct RevocationRow, revocation_columns! {
        id: Uuid,
        session_id: Option<Uuid>,
        subject: Option<Uuid>,
        key_id: Option<Uuid>,
        revoke_time: DateTime<Utc>,
        expire_time: DateTime<Utc>,
    }
}

impl TryFrom<RevocationRow> for StoredRevocation {
    type Error = CorruptValue;

    fn try_from(row: RevocationRow) -> Result<Self, CorruptValue> {
        let target = match (row.session_id, row.subject, row.key_id) {
            (Some(id), None, None) => RevocationTarget::Session(id.into()),
            (None, Some(id), None) => RevocationTarget::Subject(id.into()),
            (None, None, Some(id)) => RevocationTarget::Key(id.to_string()),
            _ => return Err(CorruptValue::at("revocations", "session_id")("not exactly one target")),
        };
        let revocation = Revocation { target, revoke_time: row.revoke_time, expire_time: row.expire_time };
        Ok(Self { id: row.id, revocation })
    }
}

impl From<&StoredRevocation> for RevocationRow {
    fn from(StoredRevocation { id, revocation }: &StoredRevocation) -> Self {
        let Revocation { target, revoke_time, expire_time } = revocation;
        let (session_id, subject, key_id) = match target {
            RevocationTarget::Session(id) => (Some(id.as_uuid()), None, None),
            RevocationTarget::Subject(id) => (None, Some(id.as_uuid()), None),
            RevocationTarget::Key(id) => (None, None, Uuid::try_parse(id).ok()),
        };
        Self { id: *id, session_id, subject, key_id, revoke_time: *revoke_time, expire_time: *expire_time }
    }
}

impl Store {
    /// The revocations made at `since` or later that are in force at `now`, the oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn revocations(
        &self,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Vec<StoredRevocation>, StoreError> {
        let rows: Vec<RevocationRow> = on_database!(self.db.read(), |pool| {
            sqlx::query_as(concat!(
                "SELECT ",
                revocation_columns!(),
                "
                 FROM revocations
                 WHERE revoke_time >= $1 AND expire_time > $2
                 ORDER BY revoke_time, id",
            ))
            .bind(since)
            .bind(now)
            .fetch_all(pool)
            .await?
        });
        Ok(rows.into_iter().map(StoredRevocation::try_from).collect::<Result<_, _>>()?)
    }

    /// Deletes revocations that no living token can match.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn delete_spent_revocations(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        on_database!(self.db.write(), |pool| {
            sqlx::query(
                "DELETE FROM revocations
                 WHERE expire_time <= $1",
            )
            .bind(now)
            .execute(pool)
            .await?;
        });
        Ok(())
    }

    /// Listens for revocations of other processes. `None` on SQLite, whose file has one process, and
    /// through a pooler, which has no LISTEN.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn listen(&self) -> Result<Option<NewsListener>, StoreError> {
        let Db::Postgres(PgPools { pool, .. }) = &self.db else { return Ok(None) };
        if !self.db.supports_listen() {
            return Ok(None);
        }
        // A connection of its own: it is never given back.
        let own = PgPoolOptions::new().max_connections(1).connect_lazy_with((*pool.connect_options()).clone());
        let mut listener = PgListener::connect_with(&own).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(NewsListener(listener)))
    }
}

/// Receives notifications of new revocations. A hint only: the table is the truth.
#[derive(Debug)]
pub struct NewsListener(PgListener);

impl NewsListener {
    /// Returns when there may be news; also after a lost connection was made anew.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn heard(&mut self) -> Result<(), StoreError> {
        self.0.try_recv().await?;
        Ok(())
    }
}

impl Transaction {
    /// Adds revocations, and tells other processes once the transaction commits.
    pub(super) async fn insert_revocations(&mut self, revocations: &[StoredRevocation]) -> Result<(), StoreError> {
        for revocations in revocations.chunks(ROWS_PER_STATEMENT) {
            on_database!(self.connection(), |connection| {
                let mut insert = QueryBuilder::new(concat!("INSERT INTO revocations (", revocation_columns!(), ") "));
                insert.push_values(revocations, |mut values, revocation| {
                    RevocationRow::from(revocation).push_to(&mut values);
                });
                insert.build().execute(connection).await?;
            });
        }
        if let (OnDatabase::Postgres(connection), false) = (self.connection(), revocations.is_empty()) {
            sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(connection).await?;
        }
        Ok(())
    }
}
