//! The table `signing_keys`: one row a key, its secret sealed.

use chrono::{DateTime, Utc};
use docket_identity::Algorithm;
use docket_storage::{CorruptValue, OnDatabase, StoreError, on_database};
use sqlx::QueryBuilder;
use tracing::instrument;
use uuid::Uuid;

use super::row::row;
use super::{Store, Transaction};
use crate::domain::KeyRecord;

row! {
    struct KeyRow, key_columns! {
        id: Uuid,
        algorithm: String,
        sealed_secret: Vec<u8>,
        create_time: DateTime<Utc>,
        activate_time: DateTime<Utc>,
        retire_time: Option<DateTime<Utc>>,
        revoke_time: Option<DateTime<Utc>>,
    }
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

impl From<&KeyRecord> for KeyRow {
    fn from(key: &KeyRecord) -> Self {
        Self {
            id: key.id,
            algorithm: key.algorithm.name().to_owned(),
            sealed_secret: key.sealed_secret.clone(),
            create_time: key.create_time,
            activate_time: key.activate_time,
            retire_time: key.retire_time,
            revoke_time: key.revoke_time,
        }
    }
}

const ALL_KEYS: &str = concat!("SELECT ", key_columns!(), " FROM signing_keys ORDER BY id");

impl Store {
    /// All keys, the oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn signing_keys(&self) -> Result<Vec<KeyRecord>, StoreError> {
        let rows: Vec<KeyRow> = on_database!(self.db.read(), |pool| sqlx::query_as(ALL_KEYS).fetch_all(pool).await?);
        Ok(rows.into_iter().map(KeyRecord::try_from).collect::<Result<_, _>>()?)
    }
}

impl Transaction {
    /// All keys, the oldest first; nobody else changes them until this transaction ends.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn hold_signing_keys(&mut self) -> Result<Vec<KeyRecord>, StoreError> {
        if let OnDatabase::Postgres(connection) = self.connection() {
            sqlx::query("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE").execute(connection).await?;
        }
        let rows: Vec<KeyRow> =
            on_database!(self.connection(), |connection| sqlx::query_as(ALL_KEYS).fetch_all(connection).await?);
        Ok(rows.into_iter().map(KeyRecord::try_from).collect::<Result<_, _>>()?)
    }

    /// Adds a key.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn insert_signing_key(&mut self, key: &KeyRecord) -> Result<(), StoreError> {
        on_database!(self.connection(), |connection| {
            let mut insert = QueryBuilder::new(concat!("INSERT INTO signing_keys (", key_columns!(), ") "));
            insert.push_values([KeyRow::from(key)], |mut values, row| row.push_to(&mut values));
            insert.build().execute(connection).await?;
        });
        Ok(())
    }

    /// Lets all keys but `successor` sign only until `when`, where they are not to stop before that.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
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
