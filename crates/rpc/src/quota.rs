//! Counts what is in use against a limit: as a whole, and by source network.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::SourceNetwork;

/// One source network can hold a quarter of every limit: it leaves most of it to the others, and is still enough for
/// an office behind one address, or for a reverse proxy that was not configured as such.
const SHARES: usize = 4;

/// Calls from different networks seldom meet in one shard.
const SHARDS: usize = 64;

/// A limit and what is used of it.
#[derive(Debug)]
pub(crate) struct Quota {
    limit: usize,
    in_use: AtomicUsize,
    by_network: [Mutex<HashMap<SourceNetwork, usize>>; SHARDS],
    /// Seeded at random: nobody can choose addresses that meet in one shard.
    hasher: RandomState,
}

/// Why nothing more can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exceeded {
    /// All of it is in use.
    Limit,
    /// The source network has its share.
    Share,
}

/// A part of a quota, until it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    quota: Arc<Quota>,
    network: Option<SourceNetwork>,
    amount: usize,
}

impl Quota {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            in_use: AtomicUsize::new(0),
            by_network: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
        })
    }

    /// How much is in use.
    pub(crate) fn in_use(&self) -> usize {
        self.in_use.load(Ordering::Relaxed)
    }

    /// Takes `amount` for a source network; `None` is bound by the whole alone.
    pub(crate) fn take(self: &Arc<Self>, network: Option<SourceNetwork>, amount: usize) -> Result<Held, Exceeded> {
        let mut held = self.hold(network);
        held.grow(amount)?;
        Ok(held)
    }

    /// Holds nothing yet.
    pub(crate) fn hold(self: &Arc<Self>, network: Option<SourceNetwork>) -> Held {
        Held { quota: Arc::clone(self), network, amount: 0 }
    }

    fn share(&self) -> usize {
        self.limit.div_ceil(SHARES)
    }

    /// Changes what `network` holds; false where `most` would be exceeded.
    fn add(&self, network: SourceNetwork, amount: usize, most: usize) -> bool {
        let mut counts = self.shard(network).lock().expect("no holder panics");
        let count = counts.entry(network).or_default();
        let fits = amount <= most.saturating_sub(*count);
        if fits {
            *count += amount;
        } else if *count == 0 {
            counts.remove(&network);
        }
        fits
    }

    fn subtract(&self, network: SourceNetwork, amount: usize) {
        let mut counts = self.shard(network).lock().expect("no holder panics");
        if let Entry::Occupied(mut count) = counts.entry(network) {
            *count.get_mut() -= amount;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }

    fn shard(&self, network: SourceNetwork) -> &Mutex<HashMap<SourceNetwork, usize>> {
        let hash = self.hasher.hash_one(network);
        &self.by_network[(hash % SHARDS as u64) as usize]
    }
}

impl Held {
    /// Takes `amount` more.
    pub(crate) fn grow(&mut self, amount: usize) -> Result<(), Exceeded> {
        let quota = &self.quota;
        let before = quota.in_use.fetch_add(amount, Ordering::Relaxed);
        let refused = if before.saturating_add(amount) > quota.limit {
            Exceeded::Limit
        } else if self.network.is_some_and(|network| !quota.add(network, amount, quota.share())) {
            Exceeded::Share
        } else {
            self.amount += amount;
            return Ok(());
        };
        quota.in_use.fetch_sub(amount, Ordering::Relaxed);
        Err(refused)
    }

    /// Takes `amount` more, whatever the limit: those who ask next are refused instead.
    pub(crate) fn grow_beyond(&mut self, amount: usize) {
        self.quota.in_use.fetch_add(amount, Ordering::Relaxed);
        if let Some(network) = self.network {
            self.quota.add(network, amount, usize::MAX);
        }
        self.amount += amount;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.amount == 0 {
            return;
        }
        self.quota.in_use.fetch_sub(self.amount, Ordering::Relaxed);
        if let Some(network) = self.network {
            self.quota.subtract(network, self.amount);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(third: u8) -> Option<SourceNetwork> {
        Some(SourceNetwork::of([192, 0, third, 1].into()))
    }

    #[test]
    fn a_network_can_hold_a_quarter_and_all_together_the_whole() {
        let quota = Quota::new(8);
        let held: Vec<_> =
            (0..4).flat_map(|third| [quota.take(network(third), 1), quota.take(network(third), 1)]).collect();
        assert!(held.iter().all(Result::is_ok));
        assert_eq!(quota.take(network(4), 1).unwrap_err(), Exceeded::Limit);
        drop(held);
        assert_eq!(quota.in_use(), 0);
        let _share = quota.take(network(0), 2).unwrap();
        assert_eq!(quota.take(network(0), 1).unwrap_err(), Exceeded::Share);
        assert_eq!(quota.in_use(), 2, "what was refused is not counted");
        assert!(quota.take(network(1), 2).is_ok());
        assert!(quota.take(None, 6).is_ok(), "who has no network is bound by the whole alone");
        assert_eq!(quota.take(None, 7).unwrap_err(), Exceeded::Limit);
    }

    #[test]
    fn nothing_is_remembered_of_who_holds_nothing() {
        let quota = Quota::new(4);
        let held = quota.take(network(0), 1).unwrap();
        assert!(quota.take(network(0), 1).is_err());
        assert!(quota.take(network(1), 2).is_err());
        drop(held);
        assert!(quota.by_network.iter().all(|shard| shard.lock().unwrap().is_empty()));
    }

    #[test]
    fn what_is_taken_beyond_the_limit_counts_against_the_next() {
        let quota = Quota::new(8);
        let mut held = quota.hold(network(0));
        held.grow_beyond(20);
        assert_eq!(quota.take(network(1), 1).unwrap_err(), Exceeded::Limit);
        drop(held);
        assert!(quota.take(network(0), 2).is_ok());
    }
}
