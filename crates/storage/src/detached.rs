//! Work that goes on when its caller has gone.

use std::future::Future;
use std::panic;
use std::time::Duration;

use tokio::task::JoinHandle;
use tracing::Instrument as _;

use crate::StoreError;
use crate::deadline::{deadline, until};

/// The longest that [`detached`] work lasts: longer than any call waits. A database that is silently gone never answers,
/// and nobody else would end the work.
pub const DETACHED_LIMIT: Duration = Duration::from_secs(15);

/// Runs `work` to its end, whatever becomes of the future that waits for it.
///
/// A client that goes away drops the handler's future in the middle of a transaction, and what it had begun would be
/// undone although the answer was on its way; a write goes through or fails by itself, never by its caller's leave. It
/// keeps its caller's deadline.
///
/// A panic in `work` goes on in the caller.
///
/// # Errors
/// Those of `work`; [`StoreError::Unavailable`] where it has not ended after 15 seconds.
pub async fn detached<T, E>(work: impl Future<Output = Result<T, E>> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let bounded = within(DETACHED_LIMIT, work).in_current_span();
    outcome(match deadline() {
        Some(deadline) => tokio::spawn(until(deadline, bounded)),
        None => tokio::spawn(bounded),
    })
    .await
}

/// What `work` gives. A database that is silently gone never answers: whoever waits for one without a deadline of their
/// own needs a limit.
///
/// # Errors
/// Those of `work`; [`StoreError::Unavailable`] where it takes longer than `limit`.
pub async fn within<T, E: From<StoreError>>(limit: Duration, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let elapsed = |_| StoreError::from(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())).into();
    tokio::time::timeout(limit, work).await.unwrap_or_else(|error| Err(elapsed(error)))
}

/// What a task came to. A panic in it goes on here.
pub(crate) async fn outcome<T>(task: JoinHandle<T>) -> T {
    match task.await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => panic::resume_unwind(panic),
            // The runtime is shutting down and takes this future along.
            Err(_) => std::future::pending().await,
        },
    }
}
