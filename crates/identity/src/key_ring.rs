//! The public keys that a verifier holds.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{BadKey, Jwk, VerifyingKey};

/// Public keys by id, replaced as a whole by whoever fetches them. A request never makes anybody fetch: a key signs
/// only after it was listed for as long as a list may be kept, so a fresh list knows every key that a good token
/// can name.
#[derive(Debug, Default)]
pub struct KeyRing {
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    keys: HashMap<String, Arc<VerifyingKey>>,
    replace_time: Option<DateTime<Utc>>,
    fresh_until: Option<DateTime<Utc>>,
}

impl KeyRing {
    /// Replaces all keys by the usable ones of `keys`, which count as fresh for `max_age` from `now`.
    ///
    /// Gives back the keys that were skipped and why, for the log: one bad key must not take the good ones along.
    /// Of two keys with one id none is taken. Where not one is usable the old keys stay, and stay as old as they were.
    pub fn replace(&self, keys: &[Jwk], max_age: Duration, now: DateTime<Utc>) -> Vec<(String, BadKey)> {
        let mut skipped = Vec::new();
        let mut usable = HashMap::new();
        let mut times: HashMap<&str, usize> = HashMap::new();
        for jwk in keys {
            *times.entry(&jwk.kid).or_default() += 1;
        }
        for jwk in keys {
            match VerifyingKey::try_from(jwk) {
                Ok(_) if times[jwk.kid.as_str()] > 1 => skipped.push((jwk.kid.clone(), BadKey::Ambiguous)),
                Ok(key) => {
                    usable.insert(jwk.kid.clone(), Arc::new(key));
                }
                Err(fault) => skipped.push((jwk.kid.clone(), fault)),
            }
        }
        if !usable.is_empty() {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            state.keys = usable;
            state.replace_time = Some(now);
            state.fresh_until = Some(now + max_age);
        }
        skipped
    }

    /// Whether any key is held.
    pub fn is_empty(&self) -> bool {
        self.state.read().unwrap_or_else(PoisonError::into_inner).keys.is_empty()
    }

    /// How long before `now` the keys were last replaced, where they ever were.
    pub fn age(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).replace_time.map(|time| now - time)
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<VerifyingKey>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).keys.get(id).cloned()
    }

    /// Whether an id that is not here is certainly no key of ours.
    pub(crate) fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.state.read().unwrap_or_else(PoisonError::into_inner).fresh_until.is_some_and(|until| now < until)
    }
}
