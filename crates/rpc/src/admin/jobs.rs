//! Work that a service does again and again by itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

/// How recurring work goes. Clones are the same job.
#[derive(Clone, Debug)]
pub struct Job {
    name: &'static str,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    /// The last success; before the first one, the start.
    success: Mutex<Instant>,
    failures: AtomicU64,
}

impl Job {
    /// A job that has not run yet. The metrics call it `name`.
    pub fn new(name: &'static str) -> Self {
        let state = State { success: Mutex::new(Instant::now()), failures: AtomicU64::new(0) };
        Self { name, state: Arc::new(state) }
    }

    /// Records how a run ended.
    pub fn record<T, E>(&self, result: &Result<T, E>) {
        match result {
            Ok(_) => *self.state.success.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now(),
            Err(_) => {
                self.state.failures.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn seconds_since_success(&self) -> f64 {
        self.state.success.lock().unwrap_or_else(PoisonError::into_inner).elapsed().as_secs_f64()
    }

    pub(super) fn failures(&self) -> u64 {
        self.state.failures.load(Ordering::Relaxed)
    }
}
