//! What a verifier knows of tokens that ended before they expired.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{CLOCK_LEEWAY, Claims, SessionId, UserId};

/// One revocation, in force until no token that it could match is alive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Which tokens.
    pub target: RevocationTarget,
    /// When it was made.
    pub revoke_time: DateTime<Utc>,
    /// After this it can be forgotten.
    pub expire_time: DateTime<Utc>,
}

/// Which tokens a revocation ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RevocationTarget {
    /// Those of one session.
    Session(SessionId),
    /// Those of one account that were issued before the revocation was made.
    Subject(UserId),
    /// Those signed with one key.
    Key(String),
}

/// The revocations in force, and since when nothing was heard of new ones.
#[derive(Debug)]
pub struct RevocationList {
    staleness: Duration,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    sessions: HashMap<SessionId, DateTime<Utc>>,
    /// To the time before which tokens are revoked, and the time to forget it.
    subjects: HashMap<UserId, (DateTime<Utc>, DateTime<Utc>)>,
    keys: HashMap<String, DateTime<Utc>>,
    heard: Option<DateTime<Utc>>,
}

impl RevocationList {
    /// An empty list that counts as stale until [`heard`](Self::heard) is called, and again whenever that was more
    /// than `staleness` ago.
    pub fn new(staleness: Duration) -> Self {
        Self { staleness, state: RwLock::default() }
    }

    /// Takes in one revocation. It counts from the return of this call. Repeating one changes nothing.
    pub fn insert(&self, revocation: Revocation) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let Revocation { target, revoke_time, expire_time } = revocation;
        match target {
            RevocationTarget::Session(id) => {
                let until = state.sessions.entry(id).or_insert(expire_time);
                *until = expire_time.max(*until);
            }
            RevocationTarget::Subject(id) => {
                let (before, until) = state.subjects.entry(id).or_insert((revoke_time, expire_time));
                *before = revoke_time.max(*before);
                *until = expire_time.max(*until);
            }
            RevocationTarget::Key(id) => {
                let until = state.keys.entry(id).or_insert(expire_time);
                *until = expire_time.max(*until);
            }
        }
    }

    /// Notes that at `now` all that was in force had been taken in, and forgets what no longer matters.
    pub fn heard(&self, now: DateTime<Utc>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.heard = Some(now);
        // A token is let through for as long as the clocks may differ, so its revocation has to stay as long.
        let in_force = |until: DateTime<Utc>| now < until + CLOCK_LEEWAY;
        state.sessions.retain(|_, until| in_force(*until));
        state.subjects.retain(|_, (_, until)| in_force(*until));
        state.keys.retain(|_, until| in_force(*until));
    }

    /// Whether so long has passed since news last came that a token could be revoked without this list knowing.
    pub fn is_stale(&self, now: DateTime<Utc>) -> bool {
        self.state.read().unwrap_or_else(PoisonError::into_inner).is_stale(now, self.staleness)
    }

    /// How long before `now` news last came, where it ever did.
    pub fn age(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).heard.map(|heard| now - heard)
    }

    /// How a verified token stands at `now`.
    pub(crate) fn standing(&self, claims: &Claims, kid: &str, now: DateTime<Utc>) -> Standing {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let before = state.subjects.get(&claims.sub).map(|(before, _)| *before);
        if state.sessions.contains_key(&claims.sid)
            || state.keys.contains_key(kid)
            || before.is_some_and(|before| claims.iat <= before.timestamp())
        {
            Standing::Revoked
        } else if state.is_stale(now, self.staleness) {
            Standing::Unknown
        } else {
            Standing::Good
        }
    }
}

impl State {
    fn is_stale(&self, now: DateTime<Utc>, staleness: Duration) -> bool {
        // News from the future tell of a clock that was set back: how old they are nobody knows.
        self.heard.is_none_or(|heard| heard + staleness < now || now + CLOCK_LEEWAY < heard)
    }
}

/// How a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Good,
    Revoked,
    /// It is not revoked as far as is known, and not enough is known.
    Unknown,
}
