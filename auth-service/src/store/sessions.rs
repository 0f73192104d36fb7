//! The table `sessions`: one row a signed-in device.

use std::net::{AddrParseError, IpAddr};

use chrono::{DateTime, Utc};
use docket_identity::{CLOCK_LEEWAY, RevocationTarget, SessionId, UserId};
use docket_storage::{CorruptValue, StoreError, on_database};
use sqlx::QueryBuilder;
use tracing::instrument;
use uuid::Uuid;

use super::row::row;
use super::{Store, Transaction};
use crate::domain::{Client, DeviceName, Presented, RequestIdHash, SecurityEvent, Session, SessionScope};

/// Most sessions that one statement ends to make room. Only a database of a release without the limit has more.
const LONGEST_ROOM: i64 = 500;

row! {
    struct SessionRow, session_columns! {
        id: Uuid,
        user_id: Uuid,
        counter: i64,
        rotate_time: DateTime<Utc>,
        rotate_request: Option<Vec<u8>>,
        device_name: String,
        user_agent: String,
        ip_address: String,
        create_time: DateTime<Utc>,
        last_use_time: DateTime<Utc>,
        expire_time: DateTime<Utc>,
        absolute_expire_time: DateTime<Utc>,
        expired: bool,
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = CorruptValue;

    fn try_from(row: SessionRow) -> Result<Self, CorruptValue> {
        let rotate_request = row.rotate_request.map(<[u8; 32]>::try_from).transpose();
        let rotate_request = rotate_request.map_err(|_| "not 32 bytes");
        Ok(Self {
            id: row.id.into(),
            user_id: row.user_id.into(),
            counter: row.counter,
            rotate_time: row.rotate_time,
            rotate_request: rotate_request.map_err(CorruptValue::at("sessions", "rotate_request"))?.map(RequestIdHash),
            device_name: DeviceName::stored(&row.device_name).map_err(CorruptValue::at("sessions", "device_name"))?,
            client: Client {
                address: parse_address(&row.ip_address).map_err(CorruptValue::at("sessions", "ip_address"))?,
                user_agent: row.user_agent,
            },
            create_time: row.create_time,
            last_use_time: row.last_use_time,
            expire_time: row.expire_time,
            absolute_expire_time: row.absolute_expire_time,
            expired: row.expired,
        })
    }
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.as_uuid(),
            user_id: session.user_id.as_uuid(),
            counter: session.counter,
            rotate_time: session.rotate_time,
            rotate_request: session.rotate_request.map(|hash| hash.0.to_vec()),
            device_name: session.device_name.to_string(),
            user_agent: session.client.user_agent.clone(),
            ip_address: address_text(&session.client),
            create_time: session.create_time,
            last_use_time: session.last_use_time,
            expire_time: session.expire_time,
            absolute_expire_time: session.absolute_expire_time,
            expired: session.expired,
        }
    }
}

/// How a client's address is stored; empty where it is not known.
pub(super) fn address_text(client: &Client) -> String {
    client.address.map(|address| address.to_string()).unwrap_or_default()
}

/// Reads what [`address_text`] wrote.
pub(super) fn parse_address(text: &str) -> Result<Option<IpAddr>, AddrParseError> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
}

impl Store {
    /// Rotates the session to its next refresh token, where `presented` is its newest and it has not ended, and puts
    /// its end off to `idle_expire_time`. Of several at once one succeeds; the others get `None`.
    ///
    /// # Errors
    /// Where the database fails. The token may then be presented again.
    #[instrument(level = "debug", skip_all)]
    pub async fn rotate_session(
        &self,
        presented: &Presented,
        client: &Client,
        now: DateTime<Utc>,
        idle_expire_time: DateTime<Utc>,
    ) -> Result<Option<Session>, StoreError> {
        let row: Option<SessionRow> = on_database!(self.db.write(), |pool| {
            sqlx::query_as(concat!(
                "UPDATE sessions
                 SET counter = counter + 1,
                   rotate_time = $3,
                   rotate_request = $4,
                   last_use_time = $3,
                   user_agent = $5,
                   ip_address = $6,
                   expire_time = CASE WHEN $7 < absolute_expire_time THEN $7 ELSE absolute_expire_time END
                 WHERE id = $1 AND counter = $2 AND expire_time > $3 AND NOT expired
                 RETURNING ",
                session_columns!(),
            ))
            .bind(presented.session_id.as_uuid())
            .bind(presented.counter)
            .bind(now)
            .bind(presented.request.map(|hash| hash.0.to_vec()))
            .bind(&client.user_agent)
            .bind(address_text(client))
            .bind(idle_expire_time)
            .fetch_optional(pool)
            .await?
        });
        Ok(row.map(Session::try_from).transpose()?)
    }

    /// The session `id`, expired or not.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let row: Option<SessionRow> = on_database!(self.db.read(), |pool| {
            sqlx::query_as(concat!(
                "SELECT ",
                session_columns!(),
                "
                 FROM sessions
                 WHERE id = $1",
            ))
            .bind(id.as_uuid())
            .fetch_optional(pool)
            .await?
        });
        Ok(row.map(Session::try_from).transpose()?)
    }

    /// The account's sessions that have not ended, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn live_sessions(&self, user: UserId, now: DateTime<Utc>) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<SessionRow> = on_database!(self.db.read(), |pool| {
            sqlx::query_as(concat!(
                "SELECT ",
                session_columns!(),
                "
                 FROM sessions
                 WHERE user_id = $1 AND expire_time > $2 AND NOT expired
                 ORDER BY id DESC",
            ))
            .bind(user.as_uuid())
            .bind(now)
            .fetch_all(pool)
            .await?
        });
        Ok(rows.into_iter().map(Session::try_from).collect::<Result<_, _>>()?)
    }

    /// Marks sessions that are past their end at `now` as expired. The mark is final.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn mark_expired_sessions(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        on_database!(self.db.write(), |pool| {
            sqlx::query(
                "UPDATE sessions
                 SET expired = TRUE
                 WHERE expire_time <= $1 AND NOT expired",
            )
            .bind(now)
            .execute(pool)
            .await?;
        });
        Ok(())
    }

    /// Deletes sessions that ended by time before `before`.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn delete_sessions_expired_before(&self, before: DateTime<Utc>) -> Result<(), StoreError> {
        on_database!(self.db.write(), |pool| {
            sqlx::query(
                "DELETE FROM sessions
                 WHERE expire_time < $1",
            )
            .bind(before)
            .execute(pool)
            .await?;
        });
        Ok(())
    }
}

impl Transaction {
    /// Adds a session.
    ///
    /// # Errors
    /// [`StoreError::MissingReference`] where the account is gone; else where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn insert_session(&mut self, session: &Session) -> Result<(), StoreError> {
        on_database!(self.connection(), |connection| {
            let mut insert = QueryBuilder::new(concat!("INSERT INTO sessions (", session_columns!(), ") "));
            insert.push_values([SessionRow::from(session)], |mut values, row| row.push_to(&mut values));
            insert.build().execute(connection).await?;
        });
        Ok(())
    }

    /// Ends the account's sessions in `scope` whose tokens verifiers may still take at `now`, revokes them, records of
    /// each what `event` says, and gives back which. Those are also sessions that have just ended by time, whatever was
    /// found of them before the clock was set back.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn end_sessions(
        &mut self,
        user: UserId,
        scope: SessionScope,
        now: DateTime<Utc>,
        event: impl Fn(SessionId) -> SecurityEvent,
    ) -> Result<Vec<SessionId>, StoreError> {
        let ended = self.delete_sessions(user, scope, now).await?;
        ended.iter().for_each(|session| self.record(event(*session)));
        Ok(ended)
    }

    /// Ends the account's sessions that are alive at `now`, but for the `keep` that were used last, as
    /// [`end_sessions`](Self::end_sessions) does. At most 500 at once: where there are more, the next call goes on.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn end_longest_unused_sessions(
        &mut self,
        user: UserId,
        keep: u16,
        now: DateTime<Utc>,
        event: impl Fn(SessionId) -> SecurityEvent,
    ) -> Result<(), StoreError> {
        let ids: Vec<Uuid> = on_database!(self.connection(), |connection| {
            sqlx::query_scalar(
                "DELETE FROM sessions
                 WHERE id IN (
                   SELECT id
                   FROM sessions
                   WHERE user_id = $1 AND expire_time > $2 AND NOT expired
                   ORDER BY last_use_time DESC, id DESC
                   LIMIT $3
                   OFFSET $4
                 )
                 RETURNING id",
            )
            .bind(user.as_uuid())
            .bind(now)
            .bind(LONGEST_ROOM)
            .bind(i64::from(keep))
            .fetch_all(connection)
            .await?
        });
        for session in ids.into_iter().map(SessionId::from) {
            self.revoke(RevocationTarget::Session(session));
            self.record(event(session));
        }
        Ok(())
    }

    /// Deletes sessions as [`end_sessions`](Self::end_sessions) does, and revokes them.
    pub(super) async fn delete_sessions(
        &mut self,
        user: UserId,
        scope: SessionScope,
        now: DateTime<Utc>,
    ) -> Result<Vec<SessionId>, StoreError> {
        let statement = match scope {
            SessionScope::One(_) => {
                "DELETE FROM sessions
                 WHERE user_id = $1 AND expire_time > $2 AND id = $3
                 RETURNING id"
            }
            // No session has the nil id.
            SessionScope::Others(_) | SessionScope::All => {
                "DELETE FROM sessions
                 WHERE user_id = $1 AND expire_time > $2 AND id <> $3
                 RETURNING id"
            }
        };
        let id = match scope {
            SessionScope::One(id) | SessionScope::Others(id) => id.as_uuid(),
            SessionScope::All => Uuid::nil(),
        };
        let ids: Vec<Uuid> = on_database!(self.connection(), |connection| {
            let query = sqlx::query_scalar(statement).bind(user.as_uuid()).bind(now - CLOCK_LEEWAY).bind(id);
            query.fetch_all(connection).await?
        });
        let ended: Vec<SessionId> = ids.into_iter().map(SessionId::from).collect();
        ended.iter().for_each(|session| self.revoke(RevocationTarget::Session(*session)));
        Ok(ended)
    }
}
