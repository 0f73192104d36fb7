//! The tables `request_log` and `answer_texts`: writes that carried a request id, and what they were answered.
//!
//! The stored bytes of an account are bounded. Each answer has a position on a scale of bytes, behind those before it.
//! The transaction that adds an answer removes those further back than [`KEPT_BYTES`]. So no total has to be kept up to
//! date, and the clean-up changes no position.
//!
//! A long text is stored once, however many answers share it (a task whose state changes keeps its description), and
//! counts in full for each: so the texts of the answers that are kept never add up to more than the bound either.

use docket_storage::{StoreError, on_database};
use tracing::instrument;
use uuid::Uuid;

use super::OwnedStore;
use super::answers::{Answer, Encoded, LongText};
use super::transaction::{OwnedTransaction, Write};
use crate::domain::{Once, RequestIdReused};

/// Bytes of answers that are stored for an account.
pub const KEPT_BYTES: i64 = 4 * 1024 * 1024;
/// What an answer counts for at least, in bytes; so an account keeps at most 1024 answers.
pub const LEAST_COUNTED: i64 = 4 * 1024;

/// How a request begins.
#[derive(Debug)]
pub enum Begun<T> {
    /// It is to be done.
    Fresh(Box<OwnedTransaction>),
    /// It was done before, and answered with this.
    Replayed(T),
}

#[derive(sqlx::FromRow)]
struct AnsweredRow {
    fingerprint: Vec<u8>,
    answer: String,
    text: Option<String>,
}

impl OwnedStore {
    /// Begins a write that may be a repeated one: such a one gets the answer of the first. The others end with
    /// [`OwnedTransaction::answer`].
    ///
    /// # Errors
    /// Where the request id was used for another request, or the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn begin_request<T, E>(&self, write: Write) -> Result<Begun<T>, E>
    where
        T: Answer,
        E: From<StoreError> + From<RequestIdReused>,
    {
        let mut transaction = self.begin(write).await?;
        let Some(once) = write.once else { return Ok(Begun::Fresh(Box::new(transaction))) };
        let Some(answered) = transaction.answered(once.request_id).await? else {
            return Ok(Begun::Fresh(Box::new(transaction)));
        };
        transaction.roll_back().await?;
        if answered.fingerprint != once.fingerprint {
            return Err(RequestIdReused.into());
        }
        Ok(Begun::Replayed(T::decode(&answered.answer, answered.text).map_err(StoreError::from)?))
    }
}

impl OwnedTransaction {
    /// Ends a request and returns its answer, which is stored where the request carries an id. Where there is nothing to
    /// store and nothing was changed, the transaction is rolled back.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn answer<T: Answer>(mut self, answer: T) -> Result<T, StoreError> {
        match self.write.once {
            Some(once) => self.keep(&once, answer.encode()).await?,
            None if !self.changed => return self.roll_back().await.map(|()| answer),
            None => {}
        }
        self.commit().await.map(|()| answer)
    }

    /// The request that was answered under this id within the last 24 hours.
    async fn answered(&mut self, request_id: Uuid) -> Result<Option<AnsweredRow>, StoreError> {
        let answered = on_database!(self.transaction.connection(), |connection| {
            sqlx::query_as(
                "SELECT fingerprint, answer, text
                 FROM request_log
                 LEFT JOIN answer_texts
                     ON answer_texts.owner_id = request_log.owner_id AND answer_texts.digest = request_log.text_digest
                 WHERE request_log.owner_id = $1 AND request_id = $2 AND request_log.create_time > $3",
            )
            .bind(self.owner)
            .bind(request_id)
            .bind(Once::forgotten_by(self.write.now))
            .fetch_optional(connection)
            .await?
        });
        Ok(answered)
    }

    async fn keep(&mut self, once: &Once, answer: Encoded) -> Result<(), StoreError> {
        let counted = i64::try_from(answer.size()).unwrap_or(KEPT_BYTES).max(LEAST_COUNTED);
        let end = self.insert_answer(once, &answer, counted).await?;
        if let Some(text) = &answer.long_text {
            self.keep_text(text, end).await?;
        }
        if end > KEPT_BYTES {
            self.forget_to(end - KEPT_BYTES).await?;
        }
        Ok(())
    }

    /// Returns the position at which the answer ends on the account's scale.
    async fn insert_answer(&mut self, once: &Once, answer: &Encoded, counted: i64) -> Result<i64, StoreError> {
        let (end,) = on_database!(self.transaction.connection(), |connection| {
            sqlx::query_as(
                "INSERT INTO request_log (
                     owner_id, request_id, fingerprint, answer, text_digest, create_time, end_byte
                 )
                 SELECT $1, $2, $3, $4, $5, $6, $7 + COALESCE(MAX(end_byte), 0)
                 FROM request_log
                 WHERE owner_id = $1
                 ON CONFLICT (owner_id, request_id) DO UPDATE
                 SET fingerprint = excluded.fingerprint, answer = excluded.answer, text_digest = excluded.text_digest,
                     create_time = excluded.create_time, end_byte = excluded.end_byte
                 RETURNING end_byte",
            )
            .bind(self.owner)
            .bind(once.request_id)
            .bind(once.fingerprint.as_slice())
            .bind(&answer.json)
            .bind(answer.long_text.as_ref().map(|text| text.digest.as_slice()))
            .bind(self.write.now)
            .bind(counted)
            .fetch_one(connection)
            .await?
        });
        Ok(end)
    }

    /// Keeps the text for as long as the newest answer that has it.
    async fn keep_text(&mut self, text: &LongText, end: i64) -> Result<(), StoreError> {
        on_database!(self.transaction.connection(), |connection| {
            sqlx::query(
                "INSERT INTO answer_texts (owner_id, digest, last_use_time, end_byte, text)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (owner_id, digest) DO UPDATE
                 SET end_byte = excluded.end_byte,
                     last_use_time = CASE
                         WHEN excluded.last_use_time > answer_texts.last_use_time THEN excluded.last_use_time
                         ELSE answer_texts.last_use_time
                     END",
            )
            .bind(self.owner)
            .bind(text.digest.as_slice())
            .bind(self.write.now)
            .bind(end)
            .bind(&text.text)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Removes the answers that end at this place or before.
    async fn forget_to(&mut self, end: i64) -> Result<(), StoreError> {
        for statement in [
            "DELETE FROM request_log WHERE owner_id = $1 AND end_byte <= $2",
            "DELETE FROM answer_texts WHERE owner_id = $1 AND end_byte <= $2",
        ] {
            on_database!(self.transaction.connection(), |connection| {
                sqlx::query(statement).bind(self.owner).bind(end).execute(connection).await?;
            });
        }
        Ok(())
    }
}
