//! Threads that take work from a bounded queue.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use argon2::Block;
use tokio::sync::oneshot;

/// How many threads there are, how much work may wait for them, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolSettings {
    /// How many threads work, each with memory of its own.
    pub(crate) threads: usize,
    /// How many jobs may wait for a thread.
    pub(crate) queue: usize,
    /// How long a caller waits for a result.
    pub(crate) longest_wait: Duration,
}

impl Default for PoolSettings {
    /// As many threads as the machine has cores, and no more waiting jobs than are done within the wait.
    fn default() -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Self { threads, queue: 64 * threads, longest_wait: Duration::from_secs(2) }
    }
}

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HashError {
    /// The queue is full, or the result came too late.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// The work panicked.
    #[error("hashing failed")]
    Failed,
}

type Job = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

/// Cloning is cheap; clones share the threads, which end when the last one is dropped.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    pub(super) jobs: SyncSender<Job>,
    longest_wait: Duration,
    waiting: Arc<AtomicUsize>,
}

impl Pool {
    /// Starts the threads. Their memory is taken with the first job: a server at rest has none.
    pub(super) fn start(settings: PoolSettings) -> Self {
        let (sender, receiver) = sync_channel::<Job>(settings.queue);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..settings.threads {
            let receiver = Arc::clone(&receiver);
            thread::Builder::new()
                .name("password-hash".into())
                .spawn(move || work(&receiver))
                .expect("a process that is starting can start threads");
        }
        Self { jobs: sender, longest_wait: settings.longest_wait, waiting: Arc::default() }
    }

    /// How many jobs wait for a thread.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Does `job` on one of the threads. If the future is dropped before the job has begun, it is skipped.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let (sender, receiver) = oneshot::channel();
        let waiting = Waiting::begin(&self.waiting);
        let job = move |memory: &mut Vec<Block>| {
            drop(waiting);
            if !sender.is_closed() {
                // The caller may have gone.
                drop(sender.send(job(memory)));
            }
        };
        self.jobs.try_send(Box::new(job)).map_err(|_| HashError::Busy)?;
        match tokio::time::timeout(self.longest_wait, receiver).await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(_)) => Err(HashError::Failed),
            Err(_) => Err(HashError::Busy),
        }
    }
}

/// A job that no thread has begun, or that found no place in the queue.
struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    fn begin(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    let mut memory = Vec::new();
    loop {
        // Whoever holds the lock waits for the next job; the others wait for the lock.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        if catch_unwind(AssertUnwindSafe(|| job(&mut memory))).is_err() {
            tracing::error!("work on a password panicked");
        }
    }
}
