//! The table `security_events`: what happened to each account.

use docket_identity::UserId;
use docket_storage::{CorruptValue, StoreError, on_database};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::sessions::address_text;
use super::transaction::ROWS_PER_STATEMENT;
use super::{Store, Transaction};
use crate::domain::{Client, EventKind, SecurityEvent};

#[derive(FromRow)]
struct EventRow {
    user_id: Uuid,
    id: Uuid,
    kind: String,
    event_time: chrono::DateTime<chrono::Utc>,
    ip_address: String,
    user_agent: String,
    session_id: Option<Uuid>,
}

impl TryFrom<EventRow> for SecurityEvent {
    type Error = CorruptValue;

    fn try_from(row: EventRow) -> Result<Self, CorruptValue> {
        let kind = EventKind::from_name(&row.kind).ok_or("not a kind");
        let address = Some(row.ip_address).filter(|text| !text.is_empty()).map(|text| text.parse()).transpose();
        Ok(Self {
            id: row.id,
            user_id: row.user_id.into(),
            kind: kind.map_err(CorruptValue::at("security_events", "kind"))?,
            event_time: row.event_time,
            client: Client {
                address: address.map_err(CorruptValue::at("security_events", "ip_address"))?,
                user_agent: row.user_agent,
            },
            session_id: row.session_id.map(Into::into),
        })
    }
}

#[derive(FromRow)]
struct OneEvent {
    #[sqlx(flatten, try_from = "EventRow")]
    event: SecurityEvent,
}

impl Store {
    /// Adds an entry that is about nothing but itself.
    ///
    /// # Errors
    /// As [`Transaction::record`].
    pub async fn record(&self, event: &SecurityEvent) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        transaction.record(event).await?;
        transaction.commit().await
    }

    /// The newest `limit` entries of the account's record, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn security_events(&self, user: UserId, limit: i64) -> Result<Vec<SecurityEvent>, StoreError> {
        let rows: Vec<OneEvent> = on_database!(self.db.read(), |pool| {
            sqlx::query_as(
                "SELECT user_id, id, kind, event_time, ip_address, user_agent, session_id
                 FROM security_events
                 WHERE user_id = $1
                 ORDER BY id DESC
                 LIMIT $2",
            )
            .bind(user.as_uuid())
            .bind(limit)
            .fetch_all(pool)
            .await?
        });
        Ok(rows.into_iter().map(|row| row.event).collect())
    }
}

impl Transaction {
    /// Adds an entry to an account's record.
    ///
    /// # Errors
    /// [`StoreError::MissingReference`] where the account is gone; else where the database fails.
    pub async fn record(&mut self, event: &SecurityEvent) -> Result<(), StoreError> {
        self.record_all(std::slice::from_ref(event)).await
    }

    /// Adds entries to accounts' records.
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub async fn record_all(&mut self, events: &[SecurityEvent]) -> Result<(), StoreError> {
        for events in events.chunks(ROWS_PER_STATEMENT) {
            on_database!(self.connection(), |connection| {
                let mut insert = QueryBuilder::new(
                    "INSERT INTO security_events (user_id, id, kind, event_time, ip_address, user_agent, session_id) ",
                );
                insert.push_values(events, |mut row, event| {
                    row.push_bind(event.user_id.as_uuid())
                        .push_bind(event.id)
                        .push_bind(event.kind.name())
                        .push_bind(event.event_time)
                        .push_bind(address_text(&event.client))
                        .push_bind(&event.client.user_agent)
                        .push_bind(event.session_id.map(|id| id.as_uuid()));
                });
                insert.build().execute(connection).await?;
            });
        }
        Ok(())
    }
}
