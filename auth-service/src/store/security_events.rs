//! The table `security_events`: what happened to each account.

use chrono::{DateTime, Utc};
use docket_identity::UserId;
use docket_storage::{CorruptValue, StoreError, on_database};
use sqlx::QueryBuilder;
use tracing::instrument;
use uuid::Uuid;

use super::row::row;
use super::sessions::{address_text, parse_address};
use super::transaction::ROWS_PER_STATEMENT;
use super::{Store, Transaction};
use crate::domain::{Client, EventKind, SecurityEvent};

row! {
    struct EventRow, event_columns! {
        user_id: Uuid,
        id: Uuid,
        kind: String,
        event_time: DateTime<Utc>,
        ip_address: String,
        user_agent: String,
        session_id: Option<Uuid>,
    }
}

impl TryFrom<EventRow> for SecurityEvent {
    type Error = CorruptValue;

    fn try_from(row: EventRow) -> Result<Self, CorruptValue> {
        let kind = EventKind::from_name(&row.kind).ok_or("not a kind");
        Ok(Self {
            id: row.id,
            user_id: row.user_id.into(),
            kind: kind.map_err(CorruptValue::at("security_events", "kind"))?,
            event_time: row.event_time,
            client: Client {
                address: parse_address(&row.ip_address).map_err(CorruptValue::at("security_events", "ip_address"))?,
                user_agent: row.user_agent,
            },
            session_id: row.session_id.map(Into::into),
        })
    }
}

impl From<&SecurityEvent> for EventRow {
    fn from(event: &SecurityEvent) -> Self {
        Self {
            user_id: event.user_id.as_uuid(),
            id: event.id,
            kind: event.kind.name().to_owned(),
            event_time: event.event_time,
            ip_address: address_text(&event.client),
            user_agent: event.client.user_agent.clone(),
            session_id: event.session_id.map(Into::into),
        }
    }
}

/// The statement that adds events, for either database.
macro_rules! insert_events {
    ($events:expr) => {{
        let mut insert = QueryBuilder::new(concat!("INSERT INTO security_events (", event_columns!(), ") "));
        insert.push_values($events, |mut values, event| EventRow::from(event).push_to(&mut values));
        insert
    }};
}

impl Store {
    /// Adds an entry that is about nothing but itself, unless there is one with its id.
    ///
    /// # Errors
    /// [`StoreError::MissingReference`] where the account is gone; else where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn record(&self, event: &SecurityEvent) -> Result<(), StoreError> {
        on_database!(self.db.write(), |pool| {
            let mut insert = insert_events!([event]);
            insert.push(" ON CONFLICT (user_id, id) DO NOTHING");
            insert.build().execute(pool).await?;
        });
        Ok(())
    }

    /// The newest `limit` entries of the account's record, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn security_events(&self, user: UserId, limit: i64) -> Result<Vec<SecurityEvent>, StoreError> {
        let rows: Vec<EventRow> = on_database!(self.db.read(), |pool| {
            sqlx::query_as(concat!(
                "SELECT ",
                event_columns!(),
                "
                 FROM security_events
                 WHERE user_id = $1
                 ORDER BY id DESC
                 LIMIT $2",
            ))
            .bind(user.as_uuid())
            .bind(limit)
            .fetch_all(pool)
            .await?
        });
        Ok(rows.into_iter().map(SecurityEvent::try_from).collect::<Result<_, _>>()?)
    }
}

impl Transaction {
    pub(super) async fn insert_security_events(&mut self, events: &[SecurityEvent]) -> Result<(), StoreError> {
        for events in events.chunks(ROWS_PER_STATEMENT) {
            on_database!(self.connection(), |connection| {
                insert_events!(events).build().execute(connection).await?;
            });
        }
        Ok(())
    }
}
