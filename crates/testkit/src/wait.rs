//! Waiting for what must come, so that a test fails with a word instead of hanging, and never sleeps to be sure.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);
const INTERVAL: Duration = Duration::from_millis(5);

/// What `work` gives; the test fails where it takes longer than ten seconds.
pub async fn within_ten_seconds<F: IntoFuture>(work: F) -> F::Output {
    tokio::time::timeout(LIMIT, work).await.expect("it comes within ten seconds")
}

/// The first value that `look` finds, asked again and again; the test fails where none comes within ten seconds. For
/// what can't be awaited; waiting for a value itself is better.
pub async fn eventually<T, F: Future<Output = Option<T>>>(mut look: impl FnMut() -> F) -> T {
    let found = async {
        loop {
            if let Some(value) = look().await {
                return value;
            }
            tokio::time::sleep(INTERVAL).await;
        }
    };
    within_ten_seconds(found).await
}

/// What `work` gives; `None` where it has to wait more than `waits` times: it is dropped then, wherever it is.
pub async fn give_up_after<F: Future>(waits: u32, work: F) -> Option<F::Output> {
    let (mut work, mut left) = (pin!(work), waits);
    poll_fn(|context| match (work.as_mut().poll(context), left.checked_sub(1)) {
        (Poll::Ready(value), _) => Poll::Ready(Some(value)),
        (Poll::Pending, None) => Poll::Ready(None),
        (Poll::Pending, Some(fewer)) => {
            left = fewer;
            Poll::Pending
        }
    })
    .await
}
