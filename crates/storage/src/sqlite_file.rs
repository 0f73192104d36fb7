//! The file of an SQLite database: one process at a time prepares it, and it must stay the file that was opened.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Interval of tries to take the lock.
const LOCK_RETRY: Duration = Duration::from_millis(20);
/// How long another process may hold the lock: long enough for the migrations of a large file.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// An open database file, told by device and inode.
#[derive(Debug)]
pub(crate) struct DatabaseFile {
    path: PathBuf,
    id: (u64, u64),
}

/// The path no longer leads to the file that was opened.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database file was deleted or replaced while it was open: stop the server, put the file in place, start it again"
)]
pub(crate) struct Replaced;

impl DatabaseFile {
    /// The file at `path`, which has just been opened.
    ///
    /// # Errors
    /// Where there is no such file.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), id: id(path)? })
    }

    /// Whether its path still leads to it. What is written to a file that has lost its name is lost with it.
    ///
    /// # Errors
    /// [`Replaced`] where it does not.
    pub(crate) fn check(&self) -> Result<(), Replaced> {
        match id(&self.path) {
            Ok(id) if id == self.id => Ok(()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Ok(()), // nothing is known of the file
            _ => Err(Replaced),
        }
    }

    /// See [`lock`].
    ///
    /// # Errors
    /// As [`lock`].
    pub(crate) async fn lock(&self) -> io::Result<File> {
        lock(&self.path).await
    }
}

fn id(path: &Path) -> io::Result<(u64, u64)> {
    let found = std::fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}

/// Keeps other processes from opening or migrating the database file `path` until the file that is given back is
/// closed. SQLite's own locks don't cover the change to write-ahead logging, nor a series of migrations.
///
/// # Errors
/// Where the lock file can't be made, or another process holds it for longer than a minute.
pub(crate) async fn lock(path: &Path) -> io::Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(PathBuf::from(name))?;
    let deadline = Instant::now() + LOCK_TIMEOUT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "another process is preparing the database"));
            }
            Err(TryLockError::WouldBlock) => sleep(LOCK_RETRY).await,
        }
    }
}
