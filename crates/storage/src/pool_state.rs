//! How the pools of connections are used at a moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Database, Pool};

use crate::Db;

/// How a pool is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolState {
    /// Which pool of the database.
    pub pool: &'static str,
    /// How many connections it may have open.
    pub max: u32,
    /// How many are open.
    pub open: u32,
    /// How many of these work on something.
    pub in_use: u32,
    /// How many callers wait for one. Of single statements that write, and of reads by sqlx, none is counted.
    pub waiting: u32,
}

impl Db {
    /// The state of each pool, always in the same order.
    pub fn pools(&self) -> Vec<PoolState> {
        match self {
            Self::Postgres(pools) => {
                vec![of_sqlx("transactions", &pools.pool, &pools.waiting), pools.readers.state()]
            }
            Self::Sqlite(pools) => vec![
                of_sqlx("transactions", &pools.write, &pools.waiting),
                of_sqlx("reads", &pools.read, &Waiting::default()),
                pools.readers.state(),
            ],
        }
    }
}

fn of_sqlx<DB: Database>(name: &'static str, pool: &Pool<DB>, waiting: &Waiting) -> PoolState {
    let (max, open) = (pool.options().get_max_connections(), pool.size());
    let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
    // Both are read at moments of their own.
    PoolState { pool: name, max, open, in_use: open.saturating_sub(idle), waiting: waiting.count() }
}

/// Counts who waits for a connection. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting(Arc<AtomicU32>);

impl Waiting {
    /// Counts one until what is given back is dropped.
    pub(crate) fn enter(&self) -> Waiter<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Waiter(&self.0)
    }

    pub(crate) fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One who waits.
#[must_use]
pub(crate) struct Waiter<'a>(&'a AtomicU32);

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
