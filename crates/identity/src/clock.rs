//! The time, as a parameter.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

/// Tells the time. Cloning is cheap; clones tell the same time.
///
/// Times are cut to microseconds, since PostgreSQL keeps no more: what is stored compares equal to what was made.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// A clock that asks `source`. Tests pass one that they move by hand.
    pub fn new(source: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// The machine's clock. For composition roots only.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    pub fn system() -> Self {
        Self::new(Utc::now)
    }

    /// The time now, cut to whole microseconds.
    pub fn now(&self) -> DateTime<Utc> {
        let now = (self.0)();
        now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}
