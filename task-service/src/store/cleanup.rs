//! Removes expired rows of all accounts.
//!
//! On PostgreSQL the service's role sees only rows of the owner that is set. So functions of the schema's owner do it;
//! they can remove expired rows and nothing else.

use chrono::{DateTime, Utc};
use docket_storage::{Db, StoreError};
use tracing::instrument;

use super::Store;
use crate::domain::Once;

/// Rows of one batch: few enough that the accounts' own writes do not wait for it.
const BATCH: i64 = 500;

/// How a kind of rows is removed, given a time and the size of a batch.
struct Removal {
    postgres: &'static str,
    sqlite: &'static str,
}

/// Answers that are no longer given again.
const SPENT_REQUESTS: Removal = Removal {
    postgres: "SELECT remove_spent_requests($1, $2)",
    sqlite: "DELETE FROM request_log
        WHERE (owner_id, request_id) IN (
            SELECT owner_id, request_id FROM request_log WHERE create_time < $1 ORDER BY create_time LIMIT $2
        )",
};

/// Texts of such answers.
const SPENT_TEXTS: Removal = Removal {
    postgres: "SELECT remove_spent_texts($1, $2)",
    sqlite: "DELETE FROM answer_texts
        WHERE (owner_id, digest) IN (
            SELECT owner_id, digest FROM answer_texts WHERE last_use_time < $1 ORDER BY last_use_time LIMIT $2
        )",
};

/// What lay in the trash for its time.
const FORGOTTEN_TASKS: Removal = Removal {
    postgres: "SELECT remove_forgotten_tasks($1, $2)",
    sqlite: "DELETE FROM tasks
        WHERE (owner_id, id) IN (
            SELECT owner_id, id FROM tasks WHERE purge_time < $1 ORDER BY purge_time LIMIT $2
        )",
};

impl Store {
    /// Removes, in small batches, request ids after 24 hours and tasks after their days in the trash.
    ///
    /// # Errors
    /// Where the database fails; what was removed before stays so.
    #[instrument(level = "debug", skip_all)]
    pub async fn clean_up(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let forgotten = Once::forgotten_by(now);
        self.remove(&SPENT_REQUESTS, forgotten).await?;
        self.remove(&SPENT_TEXTS, forgotten).await?;
        self.remove(&FORGOTTEN_TASKS, now).await
    }

    async fn remove(&self, removal: &Removal, before: DateTime<Utc>) -> Result<(), StoreError> {
        while self.remove_batch(removal, before).await? == BATCH {}
        Ok(())
    }

    /// Returns the number of removed rows.
    async fn remove_batch(&self, removal: &Removal, before: DateTime<Utc>) -> Result<i64, StoreError> {
        match &self.db {
            Db::Postgres(pools) => {
                let (removed,) = sqlx::query_as(removal.postgres).bind(before).bind(BATCH).fetch_one(pools).await?;
                Ok(removed)
            }
            Db::Sqlite(pools) => {
                let removed = sqlx::query(removal.sqlite).bind(before).bind(BATCH).execute(&pools.write).await?;
                Ok(i64::try_from(removed.rows_affected()).unwrap_or(BATCH))
            }
        }
    }
}
