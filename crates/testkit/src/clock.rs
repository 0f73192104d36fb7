//! A clock that moves when a test says so.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use docket_identity::Clock;

/// Stands still until it is moved. Clones are one clock.
#[derive(Clone, Debug)]
pub struct FakeClock(Arc<Mutex<DateTime<Utc>>>);

impl Default for FakeClock {
    /// Stands at noon of 21 November 2026, UTC.
    fn default() -> Self {
        let noon = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).single().expect("the moment exists");
        Self(Arc::new(Mutex::new(noon)))
    }
}

impl FakeClock {
    /// The clock as services take it.
    pub fn clock(&self) -> Clock {
        let this = self.clone();
        Clock::new(move || this.now())
    }

    /// What it shows.
    pub fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves it, forward or back.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}
