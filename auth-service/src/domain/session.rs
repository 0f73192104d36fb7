//! Sessions: signed-in devices, and how their refresh tokens rotate.

use std::time::Duration;

use aws_lc_rs::digest;
use chrono::{DateTime, TimeDelta, Utc};
use docket_identity::{SessionId, UserId};
use uuid::Uuid;

use super::{Client, DeviceName};

/// How long after a rotation the token before it is no replay yet: two tabs, or a lost response.
pub const REUSE_WINDOW: TimeDelta = TimeDelta::seconds(30);

/// Number of entries that the requests with an id can add to the record for one rotation. Those without add one.
const REUSE_ENTRIES: u8 = 16;

/// How long sessions live.
#[derive(Clone, Copy, Debug)]
pub struct SessionLife {
    /// From one refresh to the next.
    pub idle: Duration,
    /// From sign-in, however often it is refreshed.
    pub absolute: Duration,
}

/// A signed-in device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The `sid` of its tokens.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// How often its refresh token was rotated: the newest token holds this number.
    pub counter: i64,
    /// When it last did.
    pub rotate_time: DateTime<Utc>,
    /// The request that made the last rotation.
    pub rotate_request: Option<RequestIdHash>,
    /// As the client called itself at sign-in.
    pub device_name: DeviceName,
    /// From where it was last refreshed.
    pub client: Client,
    /// Sign-in: when the password was given.
    pub create_time: DateTime<Utc>,
    /// The last refresh.
    pub last_use_time: DateTime<Utc>,
    /// When it ends unless it is refreshed; never after `absolute_expire_time`.
    pub expire_time: DateTime<Utc>,
    /// When it ends however often it is refreshed.
    pub absolute_expire_time: DateTime<Utc>,
    /// It was found to be past its end: a clock that is set back does not revive it.
    pub expired: bool,
}

/// Which of an account's sessions to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionScope {
    /// This one.
    One(SessionId),
    /// All but this one.
    Others(SessionId),
    /// All.
    All,
}

/// SHA-256 of the request id of a refresh: whoever reads the database can't repeat the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestIdHash(pub [u8; 32]);

impl RequestIdHash {
    /// The hash of a request id.
    pub fn of(request_id: Uuid) -> Self {
        let digest = digest::digest(&digest::SHA256, request_id.as_bytes());
        Self(digest.as_ref().try_into().expect("SHA-256 gives 32 bytes"))
    }
}

/// A genuine refresh token, as it was presented.
#[derive(Clone, Copy, Debug)]
pub struct Presented {
    /// Its session.
    pub session_id: SessionId,
    /// Its number.
    pub counter: i64,
    /// The request that presents it.
    pub request: Option<RequestIdHash>,
}

/// What the presenter of a token that could not rotate its session gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The newest refresh token again, with an access token. Nothing changes.
    Newest,
    /// An access token alone: another request has just rotated the token. A second tab goes on with it, and a thief
    /// gets no hold on the session.
    AccessOnly,
    /// Nothing: the session is past its end.
    Expired,
    /// Nothing, and the session ends: a spent token came back, so somebody holds what they should not.
    Replay,
}

impl Session {
    /// A session opened at `now`.
    pub fn open(
        id: SessionId,
        user_id: UserId,
        device_name: DeviceName,
        client: Client,
        life: SessionLife,
        now: DateTime<Utc>,
    ) -> Self {
        let absolute_expire_time = now + life.absolute;
        Self {
            id,
            user_id,
            counter: 0,
            rotate_time: now,
            rotate_request: None,
            device_name: device_name.or_user_agent(&client.user_agent),
            client,
            create_time: now,
            last_use_time: now,
            expire_time: (now + life.idle).min(absolute_expire_time),
            absolute_expire_time,
            expired: false,
        }
    }

    /// The id of the entry which records that `presented` was the token before the newest. It is computed, and many
    /// requests share one: whoever has such a token can't fill the account's record with it.
    pub fn reuse_event_id(&self, presented: &Presented) -> Uuid {
        let millis = u64::try_from(self.rotate_time.timestamp_millis()).unwrap_or(0);
        let mut tail = *self.id.as_uuid().as_bytes().last_chunk::<10>().expect("a UUID has 16 bytes");
        tail[9] = presented.request.map_or(REUSE_ENTRIES, |hash| hash.0[0] % REUSE_ENTRIES);
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }

    /// Decides about a token whose number was not, or no longer, the session's own.
    ///
    /// The verdict "replay" is final: time passing and further rotations only make the token older.
    pub fn judge(&self, presented: &Presented, now: DateTime<Utc>) -> Verdict {
        if self.expired || self.expire_time <= now {
            return Verdict::Expired;
        }
        if presented.counter == self.counter {
            return Verdict::Newest;
        }
        if presented.counter.checked_add(1) != Some(self.counter) {
            return Verdict::Replay;
        }
        let recent = now - self.rotate_time <= REUSE_WINDOW;
        match self.rotate_request {
            Some(_) if presented.request == self.rotate_request => Verdict::Newest,
            None if recent => Verdict::Newest,
            Some(_) if recent => Verdict::AccessOnly,
            _ => Verdict::Replay,
        }
    }
}

#[cfg(test)]
mod tests {
    use docket_testkit::{FakeClock, seeded_random};

    use super::*;

    const LIFE: SessionLife =
        SessionLife { idle: Duration::from_secs(7 * 86_400), absolute: Duration::from_secs(90 * 86_400) };

    fn hash(number: u128) -> RequestIdHash {
        RequestIdHash::of(Uuid::from_u128(number))
    }

    /// A session rotated five times, the last time now and by request 1.
    fn session() -> (Session, DateTime<Utc>) {
        let (now, random) = (FakeClock::default().now(), seeded_random(1));
        let ids = (SessionId::new(now, &random), UserId::new(now, &random));
        let session = Session::open(ids.0, ids.1, DeviceName::default(), Client::default(), LIFE, now);
        (Session { counter: 5, rotate_request: Some(hash(1)), ..session }, now)
    }

    fn judged(counter: i64, request: Option<RequestIdHash>, after: TimeDelta) -> Verdict {
        let (session, now) = session();
        session.judge(&Presented { session_id: session.id, counter, request }, now + after)
    }

    #[test]
    fn the_token_before_gives_other_requests_an_access_token_alone_for_thirty_seconds() {
        for request in [Some(hash(2)), None] {
            assert_eq!(judged(4, request, TimeDelta::zero()), Verdict::AccessOnly);
            assert_eq!(judged(4, request, TimeDelta::seconds(30)), Verdict::AccessOnly);
            assert_eq!(judged(4, request, TimeDelta::seconds(31)), Verdict::Replay);
        }
    }

    #[test]
    fn the_token_before_a_rotation_without_a_request_id_is_answered_for_thirty_seconds() {
        let (session, now) = session();
        let session = Session { rotate_request: None, ..session };
        for request in [Some(hash(1)), None] {
            let presented = Presented { session_id: session.id, counter: 4, request };
            assert_eq!(session.judge(&presented, now + TimeDelta::seconds(30)), Verdict::Newest);
            assert_eq!(session.judge(&presented, now + TimeDelta::seconds(31)), Verdict::Replay);
        }
    }

    #[test]
    fn the_request_that_rotated_is_answered_whenever() {
        assert_eq!(judged(4, Some(hash(1)), TimeDelta::days(6)), Verdict::Newest);
    }

    #[test]
    fn older_and_future_tokens_are_replays_at_once() {
        for counter in [3, 0, -1, 6, i64::MAX, i64::MIN] {
            assert_eq!(judged(counter, Some(hash(1)), TimeDelta::zero()), Verdict::Replay, "{counter}");
        }
    }

    #[test]
    fn a_session_past_its_end_is_expired_whatever_comes() {
        for counter in [3, 4, 5] {
            assert_eq!(judged(counter, Some(hash(1)), TimeDelta::days(7)), Verdict::Expired, "{counter}");
        }
    }

    #[test]
    fn a_clock_set_back_does_not_revive_an_expired_session() {
        let (session, now) = session();
        let session = Session { expired: true, ..session };
        let presented = Presented { session_id: session.id, counter: 5, request: None };
        assert_eq!(session.judge(&presented, now - TimeDelta::days(30)), Verdict::Expired);
    }

    #[test]
    fn no_session_outlives_its_absolute_end() {
        let (session, now) = session();
        let life = SessionLife { idle: Duration::from_secs(900), absolute: Duration::from_secs(600) };
        let short = Session::open(session.id, session.user_id, DeviceName::default(), Client::default(), life, now);
        assert_eq!(short.expire_time, now + Duration::from_secs(600));
    }
}
