//! The table `signing_keys`: one row a key, its secret sealed.

use chrono::{DateTime, Utc};
use docket_identity::Algorithm;
use docket_storage::{CorruptValue, OnDatabase, StoreError, on_database};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Store, Transaction};
use crate::domain::KeyRecord;

#[derive(FromRow)]
struct KeyRow {
    id: Uuid,
    algorithm: String,
    sealed_secret: Vec<u8>,
    create_time: DateTime<Utc>,
    activate_time: DateTime<Utc>,
    retire_time: Option<DateTime<Utc>>,
    revoke_time: Option<DateTime<Utc>>,
}

impl TryFrom<KeyRow> for KeyRecord {
    type Error = CorruptValue;

    fn try_from(row: KeyRow) -> Result<Self, CorruptValue> {
        let algorithm = Algorithm::from_name(&row.algorithm).ok_or("not an algorithm");
        Ok(Self {
            id: row.id,
            algorithm: algorithm.map_err(CorruptValue::at("signing_keys", "algorithm"))?,
            sealed_secret: row.sealed_secret,
            create_time: row.create_time,
            activate_time: row.activate_time,
            retire_time: row.retire_time,
            revoke_time: row.revoke_time,
        })
    }
}

#[derive(FromRow)]
struct OneKey {
    #[sqlx(flatten, try_from = "KeyRow")]
    key: KeyRecord,
}

const ALL_KEYS: &str = "SELECT id, algorithm, sealed_secret, create_time, activate_time, retire_time, revoke_time
     FROM signing_keys
     ORDER BY id";

impl Store {
    /// All keys, the oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn signing_keys(&self) -> Result<Vec<KeyRecord>, StoreError> {
        let rows: Vec<OneKey> = on_database!(self.db.read(), |pool| sqlx::query_as(ALL_KEYS).fetch_all(pool).await?);
        Ok(rows.into_iter().map(|row| row.key).collect())
    }
}

impl Transaction {
    /// All keys, the oldest first; nobody else changes them until this transaction ends.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn hold_signing_keys(&mut self) -> Result<Vec<KeyRecord>, StoreError> {
        if let OnDatabase::Postgres(connection) = self.connection() {
            sqlx::query("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE").execute(connection).await?;
        }
        let rows: Vec<OneKey> =
            on_database!(self.connection(), |connection| sqlx::query_as(ALL_KEYS).fetch_all(connection).await?);
        Ok(rows.into_iter().map(|row| row.key).collect())
    }

    /// Adds a key.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn insert_signing_key(&mut self, key: &KeyRecord) -> Result<(), StoreError> {
        on_database!(self.connection(), |connection| {
            sqlx::query(
                "INSERT INTO signing_keys (id, algorithm, sealed_secret, create_time, activate_time)
                 VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(key.id)
            .bind(key.algorithm.name())
            .bind(&key.sealed_secret)
            .bind(key.create_time)
            .bind(key.activate_time)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Lets all keys but `successor` sign only until `when`, where they are not to stop before that.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn retire_signing_keys_before(&mut self, successor: Uuid, when: DateTime<Utc>) -> Result<(), StoreError> {
        on_database!(self.connection(), |connection| {
            sqlx::query(
                "UPDATE signing_keys
                 SET retire_time = $2
                 WHERE id <> $1 AND (retire_time IS NULL OR retire_time > $2)",
            )
            .bind(successor)
            .bind(when)
            .execute(connection)
            .await?;
        });
        Ok(())
    }
}
