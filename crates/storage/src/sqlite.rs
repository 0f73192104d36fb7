//! Opens an SQLite file, and finds out whether it can be written to.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection, SqlitePool};
use tokio::time::Instant;

use crate::connect::ACQUIRE_TIMEOUT;
use crate::pool_state::Waiting;
use crate::pooler::DEFAULT_CONNECTIONS;
use crate::sqlite_file::{DatabaseFile, lock};
use crate::turns::Turns;
use crate::{SqliteReaders, StoreError};

/// Transactions that an account may have at once: while one writes, the next is there to follow.
const TURNS_AT_ONCE: usize = 2;
/// How long a writer of another process (an operator's command) may hold an SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a successful trial write counts. Each costs a write to the disk.
const TRIAL_COUNTS_FOR: Duration = Duration::from_secs(30);
/// Interval of trial writes while they fail.
const TRIAL_RETRY: Duration = Duration::from_millis(500);

/// SQLite lets many read while one writes: writers queue here, not in the file's lock.
#[derive(Clone, Debug)]
pub struct SqlitePools {
    /// Several connections that only read.
    pub read: SqlitePool,
    /// The one connection that writes.
    pub write: SqlitePool,
    /// For the reads that come often.
    pub readers: SqliteReaders,
    file: Arc<DatabaseFile>,
    trial: Arc<Mutex<Option<Trial>>>,
    pub(crate) waiting: Waiting,
    pub(crate) turns: Turns,
}

/// The last trial write.
#[derive(Clone, Copy, Debug)]
struct Trial {
    time: Instant,
    succeeded: bool,
}

impl Trial {
    /// Whether it is too old to say anything.
    fn is_over(self) -> bool {
        self.time.elapsed() >= if self.succeeded { TRIAL_COUNTS_FOR } else { TRIAL_RETRY }
    }
}

impl SqlitePools {
    /// Opens `path`; a file that does not exist is made.
    pub(crate) async fn open(path: &Path) -> Result<Self, sqlx::Error> {
        let _lock = lock(path).await?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged sign-out must survive a loss of power.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT);
        let options = sqlx::ConnectOptions::disable_statement_logging(options);
        // The writer first: it makes the file, and readers can't.
        let write = pool_options(1).after_release(|connection, _| Box::pin(settled(connection)));
        let write = write.connect_with(options.clone()).await?;
        let read = pool_options(DEFAULT_CONNECTIONS);
        let read = read.connect_with(options.read_only(true).create_if_missing(false)).await?;
        let file = Arc::new(DatabaseFile::at(path)?);
        let readers = SqliteReaders::new(path);
        Ok(Self {
            read,
            write,
            readers,
            file,
            trial: Arc::default(),
            waiting: Waiting::default(),
            turns: Turns::new(TURNS_AT_ONCE),
        })
    }

    /// Keeps other processes from migrating the file until what is given back is dropped.
    pub(crate) async fn lock(&self) -> Result<std::fs::File, std::io::Error> {
        self.file.lock().await
    }

    /// Whether what is written reaches the disk, under the file's name. A file that has lost its name is closed: what
    /// is written to it would be acknowledged and lost.
    ///
    /// # Errors
    /// Where it does not; as [`crate::Db::check`].
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        if let Err(replaced) = self.file.check() {
            // Closed first. The services ask at the same time, and one line is enough.
            if !self.read.is_closed() {
                tracing::error!(error = &replaced as &dyn std::error::Error, "the database is closed");
                self.close().await;
            }
            return Err(StoreError::Unavailable(replaced.into()));
        }
        if self.write.is_closed() {
            return Err(sqlx::Error::PoolClosed.into());
        }
        let last = *self.trial.lock().unwrap_or_else(PoisonError::into_inner);
        match last {
            Some(trial) if !trial.is_over() && trial.succeeded => Ok(()),
            Some(trial) if !trial.is_over() => Err(StoreError::Unavailable("the last trial write failed".into())),
            _ => self.try_write().await,
        }
    }

    /// Writes something that changes nothing.
    pub(crate) async fn try_write(&self) -> Result<(), StoreError> {
        // The header of the file is written whatever its value was before; nobody else uses this field of it.
        let written = sqlx::query("PRAGMA user_version = 0").execute(&self.write).await;
        let trial = Trial { time: Instant::now(), succeeded: written.is_ok() };
        *self.trial.lock().unwrap_or_else(PoisonError::into_inner) = Some(trial);
        Ok(written.map(drop)?)
    }

    pub(crate) async fn close(&self) {
        self.readers.close();
        self.read.close().await;
        self.write.close().await;
    }
}

fn pool_options(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}

/// Whether the writer can be used again; else it is closed, and another opened.
///
/// Where the disk is full or fails, SQLite rolls a transaction back by itself ("Response To Errors Within A
/// Transaction"). sqlx does not notice, its own roll-back fails, and it refuses to begin another transaction on the
/// connection (0.9.0).
async fn settled(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if !connection.is_in_transaction() {
        return Ok(true);
    }
    // A roll-back that was sent when its caller went away is answered before this.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}
