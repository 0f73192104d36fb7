//! Connections to an SQLite file for the reads that come most often.
//!
//! sqlx gives each connection a thread of its own. To hand a statement over, and each row back, takes several times as
//! long as SQLite takes to find a row by its key (bench/README.md, "What was tried").

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use crate::connect::ACQUIRE_TIMEOUT;
use crate::pool_state::Waiting;
use crate::pooler::DEFAULT_CONNECTIONS;
use crate::{PoolState, StoreError};

/// Statements that a connection keeps prepared; as many as sqlx keeps.
const STATEMENTS: usize = 100;

/// Connections that only read. Cloning is cheap; clones share their connections.
#[derive(Clone, Debug)]
pub struct SqliteReaders(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    /// `None` once closed.
    idle: Mutex<Option<Vec<Connection>>>,
    threads: Arc<Semaphore>,
    waiting: Waiting,
}

impl SqliteReaders {
    /// Of a file that exists. It is opened when it is first read.
    pub(crate) fn new(path: &Path) -> Self {
        Self(Arc::new(Shared {
            path: path.to_owned(),
            idle: Mutex::new(Some(Vec::new())),
            threads: Arc::new(Semaphore::new(DEFAULT_CONNECTIONS as usize)),
            waiting: Waiting::default(),
        }))
    }

    /// Reads on the caller's own thread: for what is found by a key. Nothing else gets that thread meanwhile, so that
    /// longer reads belong on [another](Self::read_blocking).
    ///
    /// # Errors
    /// Where the file can't be opened, or `read` fails.
    pub fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let connection = self.take()?;
        // One that fails is not used again.
        let value = read(&connection)?;
        if let Some(idle) = &mut *self.0.idle.lock().unwrap_or_else(PoisonError::into_inner) {
            idle.push(connection);
        }
        Ok(value)
    }

    /// Reads on a thread that may wait for the disk.
    ///
    /// # Errors
    /// Where no thread is free in time, the file can't be opened, or `read` fails.
    pub async fn read_blocking<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let waiter = self.0.waiting.enter();
        let thread = tokio::time::timeout(ACQUIRE_TIMEOUT, Arc::clone(&self.0.threads).acquire_owned()).await;
        drop(waiter);
        let Ok(Ok(thread)) = thread else { return Err(sqlx::Error::PoolTimedOut.into()) };
        let readers = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let _thread = thread;
            readers.read(read)
        });
        crate::detached::outcome(reading).await
    }

    /// Of the reads on threads of their own. Those on the caller's thread are over before anybody can look.
    pub(crate) fn state(&self) -> PoolState {
        let max = DEFAULT_CONNECTIONS;
        let in_use = max.saturating_sub(u32::try_from(self.0.threads.available_permits()).unwrap_or(max));
        let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map_or(0, Vec::len);
        let open = in_use + u32::try_from(idle).unwrap_or(u32::MAX);
        PoolState { pool: "frequent_reads", max, open, in_use, waiting: self.0.waiting.count() }
    }

    /// Closes the connections; those in use, when they are given back. To be called before the writer closes: the last
    /// to close a file takes what was written lately into it, and must be able to write.
    pub(crate) fn close(&self) {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let idle = match &mut *self.0.idle.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(idle) => idle.pop(),
            None => return Err(sqlx::Error::PoolClosed.into()),
        };
        match idle {
            Some(connection) => Ok(connection),
            None => Ok(self.open()?),
        }
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.0.path, flags)?;
        // Readers wait for no writer (WAL). Where they had to wait for something else, it would be in the way of calls
        // that need no database at all.
        connection.busy_timeout(Duration::ZERO)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    }
}

/// A time as sqlx stores it in SQLite: RFC 3339 with the offset +00:00, in as many digits as it needs.
#[derive(Clone, Copy, Debug)]
pub struct SqliteTime(pub DateTime<Utc>);

impl FromSql for SqliteTime {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let time = DateTime::parse_from_rfc3339(value.as_str()?).map_err(FromSqlError::other)?;
        Ok(Self(time.to_utc()))
    }
}

impl From<SqliteTime> for ToSqlOutput<'static> {
    fn from(SqliteTime(time): SqliteTime) -> Self {
        time.to_rfc3339_opts(SecondsFormat::AutoSi, false).into()
    }
}
