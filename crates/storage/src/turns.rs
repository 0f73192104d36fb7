//! Turns of one account's transactions, so that they don't take every connection from the others.
//!
//! Transactions of one account wait for each other anyway: on a lock in PostgreSQL, each with a connection of its own,
//! and behind the one writer of SQLite. Here most of them wait in memory, where they hold nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// The accounts that have transactions or wait for one. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    /// Transactions that an account may have at once.
    at_once: usize,
    accounts: Arc<Mutex<Accounts>>,
}

type Accounts = HashMap<Uuid, Arc<Semaphore>>;

/// The right to one transaction, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    // Given back before the place is left.
    _permit: OwnedSemaphorePermit,
    _place: Place,
}

/// Keeps an account in the map.
#[derive(Debug)]
struct Place {
    account: Uuid,
    semaphore: Option<Arc<Semaphore>>,
    accounts: Arc<Mutex<Accounts>>,
}

impl Turns {
    /// An account may have `at_once` transactions.
    pub(crate) fn new(at_once: usize) -> Self {
        Self { at_once, accounts: Arc::default() }
    }

    /// Waits until `account` may begin another transaction; the turns of an account come in the order in which they
    /// were asked for.
    pub(crate) async fn take(&self, account: Uuid) -> Turn {
        let (place, semaphore) = self.place(account);
        let permit = semaphore.acquire_owned().await.expect("nobody closes it");
        Turn { _permit: permit, _place: place }
    }

    fn place(&self, account: Uuid) -> (Place, Arc<Semaphore>) {
        let mut accounts = lock(&self.accounts);
        let semaphore = accounts.entry(account).or_insert_with(|| Arc::new(Semaphore::new(self.at_once)));
        let semaphore = Arc::clone(semaphore);
        let place = Place { account, semaphore: Some(Arc::clone(&semaphore)), accounts: Arc::clone(&self.accounts) };
        (place, semaphore)
    }
}

impl Drop for Place {
    /// The last one takes the account out of the map.
    fn drop(&mut self) {
        let mut accounts = lock(&self.accounts);
        self.semaphore = None;
        // Others are made under the lock only.
        if accounts.get(&self.account).is_some_and(|semaphore| Arc::strong_count(semaphore) == 1) {
            accounts.remove(&self.account);
        }
    }
}

fn lock(accounts: &Mutex<Accounts>) -> MutexGuard<'_, Accounts> {
    accounts.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn an_account_gets_its_share_in_turn_and_the_others_do_not_wait_for_it() {
        let turns = Turns::new(2);
        let [ada, bob] = [1, 2].map(Uuid::from_u128);
        let (first, second) = (turns.take(ada).await, turns.take(ada).await);
        let mut third = Box::pin(turns.take(ada));
        let mut fourth = Box::pin(turns.take(ada));
        assert!(third.as_mut().now_or_never().is_none());
        assert!(fourth.as_mut().now_or_never().is_none());
        assert!(turns.take(bob).now_or_never().is_some());

        drop(first);
        assert!(fourth.as_mut().now_or_never().is_none(), "the third comes first");
        let third = third.now_or_never().expect("one has ended");
        drop(second);
        assert!(fourth.as_mut().now_or_never().is_some());
        drop((third, fourth));
        assert!(lock(&turns.accounts).is_empty());
    }

    #[tokio::test]
    async fn one_who_no_longer_waits_leaves_nothing() {
        let turns = Turns::new(1);
        let ada = Uuid::from_u128(1);
        let turn = turns.take(ada).await;
        assert!(turns.take(ada).now_or_never().is_none());
        drop(turn);
        assert!(lock(&turns.accounts).is_empty());
    }
}
