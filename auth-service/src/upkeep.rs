//! What has to be done from time to time.

use std::error::Error;
use std::time::Duration;

use chrono::TimeDelta;
use docket_identity::{Algorithm, Clock, Random};
use docket_rpc::Job;
use docket_storage::{StoreError, within};
use tokio::time::{MissedTickBehavior, interval};

use crate::keys::{RELOAD_INTERVAL, SigningKeys};
use crate::revocations::RevocationFeed;
use crate::store::Store;

/// How long each may take.
const LIMIT: Duration = Duration::from_secs(15);
/// So long a client is told that its session has expired, and not that it never was.
const KEEP_EXPIRED: TimeDelta = TimeDelta::days(30);

/// The jobs, and how they go.
#[derive(Clone, Debug)]
pub(crate) struct Upkeep {
    pub(crate) rotate_keys: Job,
    pub(crate) reload_keys: Job,
    pub(crate) delete_expired: Job,
}

impl Upkeep {
    pub(crate) fn new() -> Self {
        Self {
            rotate_keys: Job::new("rotate_keys"),
            reload_keys: Job::new("reload_keys"),
            delete_expired: Job::new("delete_expired"),
        }
    }
}

/// When the next signing key is made, and what is needed for it.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    pub(crate) algorithm: Algorithm,
    pub(crate) period: TimeDelta,
    pub(crate) feed: RevocationFeed,
    pub(crate) random: Random,
}

/// Makes keys when they are due, reads them anew and forgets what has expired, for ever.
pub(crate) async fn run(store: &Store, keys: &SigningKeys, rotation: &Rotation, clock: &Clock, upkeep: &Upkeep) {
    let Rotation { algorithm, period, feed, random } = rotation;
    let mut ticks = interval(RELOAD_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let rotated = keys.rotate_when_due(*algorithm, *period, feed.clone(), random).await;
        upkeep.rotate_keys.record(&rotated);
        if let Err(error) = rotated {
            tracing::error!(error = &error as &dyn Error, "the next signing key can't be made; it is tried again");
        }
        let reloaded = within(LIMIT, keys.reload()).await;
        upkeep.reload_keys.record(&reloaded);
        if let Err(error) = reloaded {
            tracing::error!(error = &error as &dyn Error, "signing keys can't be read; those known stay in use");
        }
        let deleted = within(LIMIT, forget(store, clock)).await;
        upkeep.delete_expired.record(&deleted);
        if let Err(error) = deleted {
            tracing::warn!(error = &error as &dyn Error, "what has expired can't be forgotten; it is tried again");
        }
    }
}

/// Marks and forgets what has expired.
pub(crate) async fn forget(store: &Store, clock: &Clock) -> Result<(), StoreError> {
    let now = clock.now();
    store.mark_expired_sessions(now).await?;
    store.delete_sessions_expired_before(now - KEEP_EXPIRED).await?;
    store.delete_spent_revocations(now).await
}
