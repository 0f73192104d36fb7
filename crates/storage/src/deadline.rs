//! Until when somebody waits for what is being done.

use std::time::Duration;

use tokio::time::Instant;

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Runs `work` so that no statement of a transaction that it begins on PostgreSQL goes on long after `deadline`.
///
/// A read that is dropped at its deadline holds no locks, and waits for none: it is bounded by the connection's own
/// limit, three seconds.
pub async fn until<F: Future>(deadline: Instant, work: F) -> F::Output {
    DEADLINE.scope(deadline, work).await
}

/// The deadline of the work that this is part of; `None` where nobody has set one.
pub(crate) fn deadline() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok()
}

/// How much time is left of it.
pub(crate) fn time_left() -> Option<Duration> {
    deadline().map(|deadline| deadline.saturating_duration_since(Instant::now()))
}
