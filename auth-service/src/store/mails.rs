//! The table `mails`: what waits to be sent.

use chrono::{DateTime, Utc};
use docket_storage::{CorruptValue, OnDatabase, StoreError, on_database};
use sqlx::FromRow;
use tracing::instrument;
use uuid::Uuid;

use super::sessions::{address_text, parse_address};
use super::users::language;
use super::{Store, Transaction};
use crate::domain::{Client, DisplayName, Email, EventKind, FIRST_PAUSE, MAIL_LIFE, Mail, SecurityEvent, pause_after};

/// Largest number of mails of one kind that an account gets in [`MAIL_LIFE`]: its address may be somebody else's.
const MAX_MAILS: i64 = 20;
/// Number of an account's newest events among which those of the kind are counted.
const NEWEST_EVENTS: i64 = 1000;

#[derive(FromRow)]
struct MailRow {
    id: Uuid,
    kind: String,
    recipient: String,
    recipient_name: String,
    language: String,
    event_time: DateTime<Utc>,
    ip_address: String,
    user_agent: String,
    attempts: i32,
}

impl TryFrom<MailRow> for Mail {
    type Error = CorruptValue;

    fn try_from(row: MailRow) -> Result<Self, CorruptValue> {
        let notice = EventKind::from_name(&row.kind).and_then(EventKind::notice).ok_or("not a kind that is mailed");
        Ok(Self {
            id: row.id,
            recipient: Email::parse(&row.recipient).map_err(CorruptValue::at("mails", "recipient"))?,
            recipient_name: DisplayName::stored(&row.recipient_name)
                .map_err(CorruptValue::at("mails", "recipient_name"))?,
            language: language(&row.language, "mails")?,
            notice: notice.map_err(CorruptValue::at("mails", "kind"))?,
            event_time: row.event_time,
            client: Client {
                address: parse_address(&row.ip_address).map_err(CorruptValue::at("mails", "ip_address"))?,
                user_agent: row.user_agent,
            },
            attempts: row.attempts.try_into().map_err(CorruptValue::at("mails", "attempts"))?,
        })
    }
}

/// Mails that wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaitingMails {
    /// How many.
    pub count: u64,
    /// Since when the oldest one does.
    pub oldest: Option<DateTime<Utc>>,
}

/// Takes the mail that is due longest, unless another process has just taken it.
macro_rules! take_due_mail {
    ($lock:literal) => {
        concat!(
            "UPDATE mails
             SET attempts = attempts + 1, next_attempt_time = $2
             WHERE id = (
               SELECT id
               FROM mails
               WHERE next_attempt_time <= $1
               ORDER BY next_attempt_time, id
               LIMIT 1 ",
            $lock,
            ")
             RETURNING
               id, kind, recipient, recipient_name, language, event_time, ip_address, user_agent, attempts"
        )
    };
}

impl Store {
    /// Whether a mail is due at `now`. Only reads: SQLite's one writer is not asked every second.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn has_due_mail(&self, now: DateTime<Utc>) -> Result<bool, StoreError> {
        Ok(on_database!(self.db.read(), |pool| {
            sqlx::query_scalar(
                "SELECT EXISTS (
                   SELECT 1
                   FROM mails
                   WHERE next_attempt_time <= $1
                 )",
            )
            .bind(now)
            .fetch_one(pool)
            .await?
        }))
    }

    /// A mail that is due at `now`, which nobody else is given before [`FIRST_PAUSE`] has passed. Counts as an attempt.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn take_due_mail(&self, now: DateTime<Utc>) -> Result<Option<Mail>, StoreError> {
        let until = now + FIRST_PAUSE;
        let row: Option<MailRow> = match self.db.write() {
            OnDatabase::Postgres(pool) => {
                let query = sqlx::query_as(take_due_mail!("FOR UPDATE SKIP LOCKED"));
                query.bind(now).bind(until).fetch_optional(pool).await?
            }
            // One statement writes at a time.
            OnDatabase::Sqlite(pool) => {
                sqlx::query_as(take_due_mail!("")).bind(now).bind(until).fetch_optional(pool).await?
            }
        };
        Ok(row.map(Mail::try_from).transpose()?)
    }

    /// Lets a mail wait after its attempt, which began at `tried`.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn postpone_mail(&self, mail: &Mail, tried: DateTime<Utc>) -> Result<(), StoreError> {
        on_database!(self.db.write(), |pool| {
            sqlx::query(
                "UPDATE mails
                 SET next_attempt_time = $2
                 WHERE id = $1",
            )
            .bind(mail.id)
            .bind(tried + pause_after(mail.attempts))
            .execute(pool)
            .await?;
        });
        Ok(())
    }

    /// Removes a mail.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn delete_mail(&self, id: Uuid) -> Result<(), StoreError> {
        on_database!(self.db.write(), |pool| {
            sqlx::query(
                "DELETE FROM mails
                 WHERE id = $1",
            )
            .bind(id)
            .execute(pool)
            .await?;
        });
        Ok(())
    }

    /// What waits.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn waiting_mails(&self) -> Result<WaitingMails, StoreError> {
        let (count, oldest): (i64, Option<DateTime<Utc>>) = on_database!(self.db.read(), |pool| {
            sqlx::query_as(
                "SELECT count(*), min(event_time)
                 FROM mails",
            )
            .fetch_one(pool)
            .await?
        });
        Ok(WaitingMails { count: count.try_into().map_err(CorruptValue::at("mails", "count"))?, oldest })
    }
}

impl Transaction {
    /// Writes a mail about the event, which is recorded already, to the address that its account has now; none where it
    /// had too many of the kind.
    pub(super) async fn insert_mail(&mut self, event: &SecurityEvent) -> Result<(), StoreError> {
        on_database!(self.connection(), |connection| {
            sqlx::query(
                "INSERT INTO mails (
                   id, user_id, kind, recipient, recipient_name, language,
                   event_time, ip_address, user_agent, attempts, next_attempt_time
                 )
                 SELECT $1, id, $3, email, display_name, language, $4, $5, $6, 0, $4
                 FROM users
                 WHERE id = $2 AND (
                   SELECT count(*)
                   FROM (
                     SELECT kind, event_time
                     FROM security_events
                     WHERE user_id = $2
                     ORDER BY id DESC
                     LIMIT $7
                   ) AS newest
                   WHERE kind = $3 AND event_time > $8
                 ) <= $9",
            )
            .bind(event.id)
            .bind(event.user_id.as_uuid())
            .bind(event.kind.name())
            .bind(event.event_time)
            .bind(address_text(&event.client))
            .bind(event.client.user_agent.as_str())
            .bind(NEWEST_EVENTS)
            .bind(event.event_time - MAIL_LIFE)
            .bind(MAX_MAILS)
            .execute(connection)
            .await?;
        });
        Ok(())
    }
}
