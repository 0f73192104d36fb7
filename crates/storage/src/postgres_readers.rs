//! Connections to PostgreSQL for reads of a single statement.
//!
//! sqlx's pool asks the server a question whenever a connection is given back: a second round trip for each read. Here
//! a connection that was used a moment ago is handed out again unasked; whether something is left under way on it, be
//! it of a statement that failed or of a caller that went away, it knows by itself.

use std::time::Duration;

use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult};
use deadpool::{Runtime, Status};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow};
use sqlx::query::QueryAs;
use sqlx::{ConnectOptions as _, Connection as _, FromRow, Postgres};

use crate::connect::{ACQUIRE_TIMEOUT, RELEASE_TIMEOUT, settle};
use crate::writable::Writable;
use crate::{PgTransaction, PoolState};

/// After how long without use a connection is tried before it is used: the server, or something on the way to it, may
/// have closed it meanwhile.
const TRUSTED_FOR: Duration = Duration::from_secs(10);
/// A connection holds memory of the server, which grows with what it was used for.
const MAX_AGE: Duration = Duration::from_secs(30 * 60);

/// Connections for single statements that only read. Cloning is cheap; clones share their connections.
#[derive(Clone, Debug)]
pub struct PgReaders {
    pool: Pool<Opener>,
    is_pooled: bool,
}

#[derive(Debug)]
struct Opener {
    options: PgConnectOptions,
    writable: Writable,
}

impl Manager for Opener {
    type Type = PgConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<PgConnection, sqlx::Error> {
        // Apart: the futures of a TLS handshake are large, and each read would carry them.
        Box::pin(self.options.connect()).await
    }

    async fn recycle(&self, connection: &mut PgConnection, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if metrics.age() > MAX_AGE || !self.writable.trusts(metrics.age()) {
            return Err(RecycleError::message("old"));
        }
        if metrics.last_used() > TRUSTED_FOR {
            connection.ping().await?;
        }
        Ok(settle(connection, &self.writable).await?)
    }
}

impl PgReaders {
    /// Connects when it is first used.
    pub(crate) fn new(options: PgConnectOptions, size: u32, is_pooled: bool, writable: Writable) -> Self {
        // A connection that does not come to rest is passed over while there is time for another.
        let pool = Pool::builder(Opener { options, writable }).max_size(size as usize);
        let pool = pool.recycle_timeout(Some(RELEASE_TIMEOUT)).runtime(Runtime::Tokio1);
        Self { pool: pool.build().expect("the timeout has a runtime"), is_pooled }
    }

    /// All rows of a statement that only reads.
    ///
    /// # Errors
    /// Where no connection is to be had, or the statement fails.
    pub async fn fetch_all<R>(&self, query: QueryAs<'_, Postgres, R, PgArguments>) -> Result<Vec<R>, sqlx::Error>
    where
        R: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut connection = self.get().await?;
        if !self.is_pooled {
            return query.fetch_all(&mut *connection).await;
        }
        // Apart: without a pooler a read is not to carry what this needs.
        Box::pin(async move {
            let mut transaction = PgTransaction::new(connection.begin().await?, true);
            let rows = query.fetch_all(&mut transaction).await?;
            transaction.commit().await?;
            Ok(rows)
        })
        .await
    }

    async fn get(&self) -> Result<Object<Opener>, sqlx::Error> {
        let got = tokio::time::timeout(ACQUIRE_TIMEOUT, self.pool.get()).await;
        got.map_err(|_elapsed| sqlx::Error::PoolTimedOut)?.map_err(|error| match error {
            PoolError::Backend(error) => error,
            PoolError::Closed => sqlx::Error::PoolClosed,
            _ => sqlx::Error::PoolTimedOut,
        })
    }

    pub(crate) fn state(&self) -> PoolState {
        let Status { max_size, size, available, waiting } = self.pool.status();
        let [max, open, in_use, waiting] = [max_size, size, size.saturating_sub(available), waiting].map(number);
        PoolState { pool: "frequent_reads", max, open, in_use, waiting }
    }

    /// Closes the connections; those in use, when they are given back.
    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

fn number(connections: usize) -> u32 {
    u32::try_from(connections).unwrap_or(u32::MAX)
}
