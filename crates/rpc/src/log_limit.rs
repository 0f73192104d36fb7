//! Bounds log lines that a client could cause with each call.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const INTERVAL: Duration = Duration::from_secs(60);

/// Permits one line of a kind a minute.
#[derive(Debug, Default)]
pub struct LogLimit(Mutex<Option<Instant>>);

impl LogLimit {
    /// Whether a line may be written now: the first, and the next ones a minute or more after the last that was permitted.
    pub fn permits(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let permitted = last.is_none_or(|last| last.elapsed() >= INTERVAL);
        if permitted {
            *last = Some(Instant::now());
        }
        permitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn of_many_lines_one_a_minute_is_permitted() {
        let limit = LogLimit::default();
        let permitted = (0..120).filter(|_| limit.permits()).count();
        assert_eq!(permitted, 1);
        tokio::time::advance(Duration::from_secs(59)).await;
        assert!(!limit.permits());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(limit.permits() && !limit.permits());
    }
}
