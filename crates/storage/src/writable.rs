//! Notices a server that takes no writes any more: a demoted primary, a standby, `default_transaction_read_only`.
//!
//! Its connections stay open and would go on refusing after another server, or the same one, takes writes again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// read_only_sql_transaction (PostgreSQL, Appendix A).
pub(crate) const READ_ONLY: &str = "25006";
/// Least time between two refusals that count. While a server stays read-only its connections are made anew this often,
/// not for every refused write.
const NOTICE_INTERVAL: Duration = Duration::from_millis(250);

/// When a write was last refused because the server is read-only. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writable(Arc<Mutex<Refusals>>);

#[derive(Debug, Default)]
struct Refusals {
    /// The newest.
    newest: Option<Instant>,
    /// The newest that counts: no connection that was made before is used again.
    counted: Option<Instant>,
}

impl Writable {
    /// Notes the error of a statement where it is such a refusal.
    pub(crate) fn judge(&self, error: &sqlx::Error) {
        let code = error.as_database_error().and_then(|error| error.code());
        if code.as_deref() == Some(READ_ONLY) {
            self.note_read_only();
        }
    }

    /// Notes that the server refused a write now.
    pub(crate) fn note_read_only(&self) {
        self.lock().newest = Some(Instant::now());
    }

    /// Whether a connection of this age may be used: it was made since the server was last found read-only.
    pub(crate) fn trusts(&self, age: Duration) -> bool {
        let mut refusals = self.lock();
        let is_due = refusals.counted.is_none_or(|counted| counted.elapsed() >= NOTICE_INTERVAL);
        if is_due && refusals.newest > refusals.counted {
            refusals.counted = refusals.newest;
        }
        refusals.counted.is_none_or(|counted| age < counted.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, Refusals> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
