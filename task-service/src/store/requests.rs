//! The table `request_log`: writes that carried a request id, and what they were answered.

use chrono::{DateTime, Utc};
use docket_storage::{Transaction, on_database};
use uuid::Uuid;

use super::write::Write;
use crate::domain::Once;

/// A write that was done.
#[derive(sqlx::FromRow)]
pub(super) struct Answered {
    pub(super) fingerprint: Vec<u8>,
    /// The row that it answered with, as JSON.
    pub(super) answer: String,
}

/// The write that the owner made with this request id within the last 24 hours.
pub(super) async fn find(
    transaction: &mut Transaction,
    owner: Uuid,
    request_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Answered>, sqlx::Error> {
    on_database!(transaction.connection(), |connection| {
        sqlx::query_as(
            "SELECT fingerprint, answer
             FROM request_log
             WHERE owner_id = $1 AND request_id = $2 AND create_time > $3",
        )
        .bind(owner)
        .bind(request_id)
        .bind(Once::forgotten_by(now))
        .fetch_optional(connection)
        .await
    })
}

/// Keeps the answer of a write, where it carries a request id.
pub(super) async fn remember(
    transaction: &mut Transaction,
    owner: Uuid,
    write: &Write,
    answer: &impl serde::Serialize,
) -> Result<(), sqlx::Error> {
    let Some(once) = &write.once else { return Ok(()) };
    let answer = serde_json::to_string(answer).expect("rows are texts, numbers and times");
    on_database!(transaction.connection(), |connection| {
        sqlx::query(
            "INSERT INTO request_log (owner_id, request_id, fingerprint, answer, create_time)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (owner_id, request_id) DO UPDATE
             SET fingerprint = excluded.fingerprint, answer = excluded.answer, create_time = excluded.create_time",
        )
        .bind(owner)
        .bind(once.request_id)
        .bind(once.fingerprint.as_slice())
        .bind(answer)
        .bind(write.now)
        .execute(connection)
        .await
        .map(drop)
    })
}
