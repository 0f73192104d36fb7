//! What all writes have in common: the account's counter, and request ids.

use chrono::{DateTime, Utc};
use docket_identity::{Clock, Random};
use docket_storage::{CorruptValue, StoreError, Transaction};

use super::owners::{self, Step};
use super::requests;
use crate::domain::{Once, TaskListId};

/// What each write brings along.
#[derive(Clone, Copy, Debug)]
pub struct Write {
    /// When it is made.
    pub now: DateTime<Utc>,
    /// The id for the account's inbox, should this be its first write.
    pub inbox_id: TaskListId,
    /// Where it may arrive twice.
    pub once: Option<Once>,
}

impl Write {
    /// A write now.
    pub fn new(clock: &Clock, random: &Random, once: Option<Once>) -> Self {
        let now = clock.now();
        Self { now, inbox_id: TaskListId::new(now, random), once }
    }
}

/// Why a write was not done. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum WriteError<E> {
    /// The rules are against it.
    #[error("the write was refused")]
    Refused(E),
    /// The request id was used for another request.
    #[error("the request id was used for another request")]
    RequestIdReused,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<E> From<sqlx::Error> for WriteError<E> {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl<E> From<CorruptValue> for WriteError<E> {
    fn from(error: CorruptValue) -> Self {
        Self::Store(error.into())
    }
}

/// How a write begins.
pub(super) enum Begun {
    /// It is to be done, as this step of the account.
    Now(Step),
    /// It was done before, and answered with this.
    Before(String),
}

/// How a transaction ends that gives a value.
pub(super) enum Outcome<T> {
    /// What was written counts.
    Commit(T),
    /// There was nothing to write.
    RollBack(T),
}

impl<T> Outcome<T> {
    /// Ends `transaction` so, and gives the value.
    pub(super) async fn end(self, transaction: Transaction) -> Result<T, StoreError> {
        match self {
            Self::Commit(value) => transaction.commit().await.map(|()| value),
            Self::RollBack(value) => transaction.roll_back().await.map(|()| value),
        }
    }
}

/// Takes the next number of the account, which makes other writes of the account wait, and looks whether the request
/// was answered before.
pub(super) async fn begin<E>(
    transaction: &mut Transaction,
    owner: uuid::Uuid,
    write: &Write,
) -> Result<Begun, WriteError<E>> {
    let step = owners::step(transaction, owner, write).await?;
    let Some(once) = &write.once else { return Ok(Begun::Now(step)) };
    match requests::find(transaction, owner, once.request_id, write.now).await? {
        None => Ok(Begun::Now(step)),
        Some(answered) if answered.fingerprint == once.fingerprint => Ok(Begun::Before(answered.answer)),
        Some(_) => Err(WriteError::RequestIdReused),
    }
}
