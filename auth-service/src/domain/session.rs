//! Sessions: signed-in devices, and how their refresh tokens step.

use std::time::Duration;

use aws_lc_rs::digest;
use chrono::{DateTime, TimeDelta, Utc};
use docket_identity::{SessionId, UserId};
use uuid::Uuid;

use super::{Client, DeviceName};

/// How long after a step the token before it is still answered with the newest one: two tabs, or a lost response.
pub const REUSE_WINDOW: TimeDelta = TimeDelta::seconds(30);

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
    /// How often its refresh token stepped: the newest token holds this number.
    pub counter: i64,
    /// When it last did.
    pub step_time: DateTime<Utc>,
    /// The request that made the last step.
    pub step_request: Option<RequestIdHash>,
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

/// What a presented token means for a session that it could not step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The newest token is given again; nothing changes.
    Again,
    /// The session is past its end.
    Expired,
    /// A spent token came back: somebody holds what they should not.
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
            step_time: now,
            step_request: None,
            device_name: device_name.or_user_agent(&client.user_agent),
            client,
            create_time: now,
            last_use_time: now,
            expire_time: (now + life.idle).min(absolute_expire_time),
            absolute_expire_time,
            expired: false,
        }
    }

    /// Decides about a token whose number was not, or no longer, the session's own.
    ///
    /// The verdict "replay" is final: time passing and further steps only make the token older.
    pub fn judge(&self, presented: &Presented, now: DateTime<Utc>) -> Step {
        if self.expired || self.expire_time <= now {
            return Step::Expired;
        }
        let same_request = presented.request.is_some() && presented.request == self.step_request;
        let one_behind = presented.counter.checked_add(1) == Some(self.counter);
        if presented.counter == self.counter || (one_behind && (now - self.step_time <= REUSE_WINDOW || same_request)) {
            Step::Again
        } else {
            Step::Replay
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

    /// A session at step 5, stepped now by request 1.
    fn session() -> (Session, DateTime<Utc>) {
        let (now, random) = (FakeClock::default().now(), seeded_random(1));
        let ids = (SessionId::new(now, &random), UserId::new(now, &random));
        let session = Session::open(ids.0, ids.1, DeviceName::default(), Client::default(), LIFE, now);
        (Session { counter: 5, step_request: Some(hash(1)), ..session }, now)
    }

    fn judged(counter: i64, request: Option<RequestIdHash>, after: TimeDelta) -> Step {
        let (session, now) = session();
        session.judge(&Presented { session_id: session.id, counter, request }, now + after)
    }

    #[test]
    fn the_token_before_is_answered_for_thirty_seconds() {
        assert_eq!(judged(4, Some(hash(2)), TimeDelta::zero()), Step::Again);
        assert_eq!(judged(4, None, TimeDelta::seconds(30)), Step::Again);
        assert_eq!(judged(4, Some(hash(2)), TimeDelta::seconds(31)), Step::Replay);
        assert_eq!(judged(4, None, TimeDelta::seconds(31)), Step::Replay);
    }

    #[test]
    fn the_request_that_made_the_step_is_answered_whenever() {
        assert_eq!(judged(4, Some(hash(1)), TimeDelta::days(6)), Step::Again);
    }

    #[test]
    fn older_and_future_tokens_are_replays_at_once() {
        for counter in [3, 0, -1, 6, i64::MAX, i64::MIN] {
            assert_eq!(judged(counter, Some(hash(1)), TimeDelta::zero()), Step::Replay, "{counter}");
        }
    }

    #[test]
    fn a_session_past_its_end_is_expired_whatever_comes() {
        for counter in [3, 4, 5] {
            assert_eq!(judged(counter, Some(hash(1)), TimeDelta::days(7)), Step::Expired, "{counter}");
        }
    }

    #[test]
    fn a_clock_set_back_does_not_revive_an_expired_session() {
        let (session, now) = session();
        let session = Session { expired: true, ..session };
        let presented = Presented { session_id: session.id, counter: 5, request: None };
        assert_eq!(session.judge(&presented, now - TimeDelta::days(30)), Step::Expired);
    }

    #[test]
    fn no_session_outlives_its_absolute_end() {
        let (session, now) = session();
        let life = SessionLife { idle: Duration::from_secs(900), absolute: Duration::from_secs(600) };
        let short = Session::open(session.id, session.user_id, DeviceName::default(), Client::default(), life, now);
        assert_eq!(short.expire_time, now + Duration::from_secs(600));
    }
}
