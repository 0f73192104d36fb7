//! Until when somebody waits for what is being done.

use tokio::time::Instant;

tokio::task_local! {
    static DEADLINE: Option<Instant>;
}

/// Runs `work` so that no statement of a transaction that it begins on PostgreSQL goes on long after `deadline`.
///
/// A read that is dropped at its deadline holds no locks, and waits for none: it is bounded by the connection's own
/// limit, three seconds.
pub async fn until<F: Future>(deadline: Instant, work: F) -> F::Output {
    DEADLINE.scope(Some(deadline), work).await
}

/// Runs `work` without its caller's deadline: for what has to be done although nobody waits for it any more.
pub async fn without_deadline<F: Future>(work: F) -> F::Output {
    DEADLINE.scope(None, work).await
}

/// The deadline of the work that this is part of; `None` where nobody has set one.
pub(crate) fn deadline() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok().flatten()
}
