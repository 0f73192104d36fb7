//! Whether this service and the auth service agree on the time, and on who issues tokens.
//!
//! Where they don't, good tokens would be refused, and clients would sign out. So the service is not ready then, and the
//! log says once what is wrong.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use docket_identity::CLOCK_LEEWAY;

#[derive(Debug, Default)]
pub(super) struct Agreement(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// How far the auth service's clock is ahead of this one. `None` until it has told.
    offset: Option<TimeDelta>,
    is_off: bool,
    /// Another issuer than the one expected.
    other_issuer: Option<String>,
}

impl Agreement {
    /// Takes in that the auth service's clock was at `theirs` when this one was at `ours`. A message that was long on
    /// its way makes theirs seem behind.
    pub(super) fn note_time(&self, theirs: DateTime<Utc>, ours: DateTime<Utc>) {
        let offset = theirs - ours;
        let is_off = offset.abs() > leeway();
        let mut state = self.state();
        let was_off = std::mem::replace(&mut state.is_off, is_off);
        state.offset = Some(offset);
        let offset_seconds = offset.as_seconds_f64();
        match (was_off, is_off) {
            (false, true) => tracing::error!(
                offset_seconds,
                "the auth service's clock and this machine's differ: run NTP on both; this service reports NOT_SERVING until they agree"
            ),
            (true, false) => tracing::info!(offset_seconds, "the auth service's clock and this machine's agree again"),
            _ => {}
        }
    }

    /// Takes in who issues tokens, where `expected` is the issuer that they must name here.
    pub(super) fn note_issuer(&self, issuer: &str, expected: &str) {
        let other = (issuer != expected).then(|| issuer.to_owned());
        let mut state = self.state();
        if state.other_issuer == other {
            return;
        }
        match &other {
            Some(issuer) => tracing::error!(
                %issuer,
                expected,
                "the auth service issues tokens under another URL: give both services the same --public-url"
            ),
            None => tracing::info!(issuer, "the auth service issues tokens under the expected URL again"),
        }
        state.other_issuer = other;
    }

    /// Whether nothing is known in which the two differ.
    pub(super) fn holds(&self) -> bool {
        let state = self.state();
        !state.is_off && state.other_issuer.is_none()
    }

    pub(super) fn offset(&self) -> Option<TimeDelta> {
        self.state().offset
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far clocks may differ while tokens are accepted.
fn leeway() -> TimeDelta {
    TimeDelta::from_std(CLOCK_LEEWAY).expect("a few seconds")
}
