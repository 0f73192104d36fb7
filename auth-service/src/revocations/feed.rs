//! News of revocations: from the table to this process's own list and to whoever watches.
//!
//! The table is the truth; wake-ups only make reading it sooner. A watcher that can't read sends no heartbeat, so that
//! its verifier finds out that it is stale.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use docket_identity::{CLOCK_LEEWAY, Clock, Random, Revocation, RevocationList, RevocationTarget, new_uuid_v7};
use docket_storage::{DETACHED_LIMIT, StoreError, within};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use uuid::Uuid;

use crate::store::{Announcer, Store, StoredRevocation};

/// Longest time of a call that makes a token while its session is being ended.
const IN_FLIGHT: Duration = Duration::from_secs(60);
/// Interval of a watcher's reads and heartbeats. The contract promises one heartbeat a second.
const BEAT: Duration = Duration::from_millis(500);
/// Least time between a watcher's reads. Each reads what of the overlap was read before once more, so that one read for
/// each of many revocations would cost their square.
const PAUSE: Duration = Duration::from_millis(100);
/// Rows do not become visible in the order of their times: each look looks as far back as a transaction can last, and as
/// the clocks of two replicas can differ.
const OVERLAP: Duration = DETACHED_LIMIT.saturating_add(CLOCK_LEEWAY);
/// Time limit of one read.
const LOOK_LIMIT: Duration = Duration::from_secs(3);
/// Pause before listening is tried again.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// Where revocations are made and where news of them comes from. Cloning is cheap; clones are one feed.
#[derive(Clone, Debug)]
pub(crate) struct RevocationFeed {
    store: Store,
    clock: Clock,
    random: Random,
    /// How long a revocation can match a token that has not expired.
    in_force: Duration,
    list: Arc<RevocationList>,
    wake: Arc<watch::Sender<()>>,
    reachable: Arc<AtomicBool>,
}

/// What one look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct News {
    /// Those not given before, the oldest first. Without any it is a heartbeat.
    pub(crate) revocations: Vec<Revocation>,
    /// Where a later watch can go on.
    pub(crate) resume_from: DateTime<Utc>,
}

impl RevocationFeed {
    /// A feed from `store` to the list of this process, which counts as stale after `staleness` without news. Access
    /// tokens live for `token_life` at most.
    pub(crate) fn new(store: Store, staleness: Duration, token_life: Duration, clock: Clock, random: Random) -> Self {
        Self {
            store,
            clock,
            random,
            in_force: token_life + CLOCK_LEEWAY + IN_FLIGHT,
            list: Arc::new(RevocationList::new(staleness)),
            wake: Arc::new(watch::Sender::new(())),
            reachable: Arc::default(),
        }
    }

    /// What this process knows.
    pub(crate) fn list(&self) -> Arc<RevocationList> {
        Arc::clone(&self.list)
    }

    /// Whether the last look succeeded.
    pub(crate) fn is_reachable(&self) -> bool {
        self.reachable.load(Ordering::Relaxed)
    }

    /// Watches from where another watch ended, or all that is in force.
    pub(crate) fn watch(&self, resume_from: Option<DateTime<Utc>>) -> Watch {
        let (store, clock, wake) = (self.store.clone(), self.clock.clone(), self.wake.subscribe());
        Watch { store, clock, wake, looked: resume_from, given: HashMap::new(), last_read: None }
    }

    /// Looks once, for this process's own list.
    ///
    /// # Errors
    /// Where the database fails.
    pub(crate) async fn catch_up(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let news = self.watch(None).look().await?;
        self.take_in(news, now);
        Ok(())
    }

    fn take_in(&self, news: News, as_of: DateTime<Utc>) {
        for revocation in news.revocations {
            self.list.insert(revocation);
        }
        self.list.heard(as_of);
        self.reachable.store(true, Ordering::Relaxed);
    }

    /// Keeps this process's own list up to date, and wakes watchers when another process commits, for ever.
    pub(crate) async fn run(&self) {
        tokio::select! {
            () = self.follow() => {}
            () = self.listen() => {}
        }
    }

    async fn follow(&self) {
        let mut watch = self.watch(None);
        loop {
            watch.wait().await;
            let now = self.clock.now();
            match watch.look().await {
                Ok(news) => self.take_in(news, now),
                Err(error) => {
                    if self.reachable.swap(false, Ordering::Relaxed) {
                        tracing::error!(error = &error as &dyn std::error::Error, "revocations can't be read");
                    }
                }
            }
        }
    }

    async fn listen(&self) {
        loop {
            match self.store.listen().await {
                Ok(None) => return std::future::pending().await,
                Ok(Some(mut listener)) => {
                    while listener.heard().await.is_ok() {
                        self.wake.send_replace(());
                    }
                }
                // Whoever looks at the table says so.
                Err(_) => {}
            }
            sleep(LISTEN_AGAIN).await;
        }
    }
}

impl Announcer for RevocationFeed {
    fn revocation(&self, target: RevocationTarget) -> StoredRevocation {
        let revoke_time = self.clock.now();
        let revocation = Revocation { target, revoke_time, expire_time: revoke_time + self.in_force };
        StoredRevocation { id: new_uuid_v7(revoke_time, &self.random), revocation }
    }

    /// They count in this process before the caller that made them is answered.
    fn announce(&self, revocations: &[StoredRevocation]) {
        for stored in revocations {
            self.list.insert(stored.revocation.clone());
        }
        if !revocations.is_empty() {
            self.wake.send_replace(());
        }
    }
}

/// One who watches. Dropping it ends the watch.
#[derive(Debug)]
pub(crate) struct Watch {
    store: Store,
    clock: Clock,
    wake: watch::Receiver<()>,
    /// The time of the last look that succeeded.
    looked: Option<DateTime<Utc>>,
    /// What was given of the time that each look looks back to.
    given: HashMap<Uuid, DateTime<Utc>>,
    /// When the last read began.
    last_read: Option<Instant>,
}

impl Watch {
    /// The next news: at once the first time, then within 100 ms of a revocation, and every half second at the latest.
    /// While the database fails there are none.
    pub(crate) async fn next(&mut self) -> News {
        loop {
            self.wait().await;
            // The feed itself says in the log what is wrong.
            if let Ok(news) = self.look().await {
                return news;
            }
        }
    }

    /// The time by the feed's clock.
    pub(crate) fn time(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    async fn wait(&mut self) {
        if let Some(last) = self.last_read {
            // Elapsed or woken: either way it is time. The sender lives as long as the feed; without it beats remain.
            if let Ok(Err(_)) = timeout_at(last + BEAT, self.wake.changed()).await {
                sleep_until(last + BEAT).await;
            }
            sleep_until(last + PAUSE).await;
            // What was committed meanwhile is found by this read.
            self.wake.mark_unchanged();
        }
        self.last_read = Some(Instant::now());
    }

    async fn look(&mut self) -> Result<News, StoreError> {
        let now = self.clock.now();
        // What is made after the clock was set back is older than what was given before.
        let since = self.looked.map_or(DateTime::UNIX_EPOCH, |looked| looked.min(now) - OVERLAP);
        let found = within(LOOK_LIMIT, self.store.revocations(since, now)).await?;
        self.looked = Some(now);
        self.given.retain(|_, revoke_time| *revoke_time >= since);
        let mut revocations = Vec::new();
        for StoredRevocation { id, revocation } in found {
            if self.given.insert(id, revocation.revoke_time).is_none() {
                revocations.push(revocation);
            }
        }
        Ok(News { revocations, resume_from: now })
    }
}
