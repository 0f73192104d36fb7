//! Opens a database with settings under which no statement can wait for ever.

use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _, Row as _};

use crate::session::open;
use crate::writable::{READ_ONLY, Writable};
use crate::{DatabaseUrl, Db, PostgresSettings, SqlitePools};

pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest that a statement of a service may last.
pub(crate) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long PostgreSQL may take to end what a connection was given back in the middle of.
pub(crate) const RELEASE_TIMEOUT: Duration = Duration::from_secs(1);

/// As whom PostgreSQL sees a connection. SQLite knows no roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The user of the URL, who owns the schema: for migrations and the operator's commands.
    Owner,
    /// `docket_auth`: reaches the auth service's tables.
    Auth,
    /// `docket_task`: reaches the task service's tables, and there only rows of the owner that is set.
    Task,
}

impl Role {
    /// What PostgreSQL calls it; the owner's name is the URL's.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Owner => None,
            Self::Auth => Some("docket_auth"),
            Self::Task => Some("docket_task"),
        }
    }

    /// Most connections that one process makes to PostgreSQL in this role.
    pub fn connections(self, settings: &PostgresSettings) -> u32 {
        let pool = settings.database_connections;
        match self {
            Self::Owner => pool,
            // One listens for revocations.
            Self::Auth => pool + 1,
            // Its reads have a pool of their own.
            Self::Task => pool * 2,
        }
    }
}

/// Why a database can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// It does not answer, or refuses.
    #[error("cannot connect to the database {url}")]
    Unreachable {
        /// Without user and password.
        url: String,
        /// For the log.
        #[source]
        source: sqlx::Error,
    },
    /// PostgreSQL does not know the role: the database was never migrated.
    #[error("the database {url} has no role {role}: run docket migrate")]
    NoRole {
        /// Without user and password.
        url: String,
        /// Which role.
        role: &'static str,
    },
    /// The URL's user may not become the role of the service.
    #[error(
        "the user of {url} may not act as {role}: give the URL of {role}, or run docket migrate as the owner of the database"
    )]
    RoleRefused {
        /// Without user and password.
        url: String,
        /// Which role.
        role: &'static str,
    },
    /// A pooler where there is to be none.
    #[error("a pooler stands before {url}: give the direct address, or --database-pooler=transaction")]
    PoolerFound {
        /// Without user and password.
        url: String,
    },
    /// The owner's URL through a pooler: a role that is dropped for a session does not hold there.
    #[error("through the pooler at {url} a service has to log in as {role}: give the URL of that user")]
    OwnerThroughPooler {
        /// Without user and password.
        url: String,
        /// Which role.
        role: &'static str,
    },
    /// The role lacks the settings that `docket migrate` gives it, and a pooler lets no others through.
    #[error("the role {role} of {url} has no time limits: run docket migrate")]
    NoTimeLimits {
        /// Without user and password.
        url: String,
        /// Which role.
        role: &'static str,
    },
    /// The pools are larger than the server allows.
    #[error(
        "this process may make {needed} connections to {url}, which allows {allowed}: lower --database-connections or raise max_connections"
    )]
    TooManyConnections {
        /// Without user and password.
        url: String,
        /// What the pools may come to.
        needed: u32,
        /// What the server lets this user have, all its processes together.
        allowed: i64,
    },
    /// The folder of an SQLite file can't be made.
    #[error("cannot create the folder {}", folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Opens the database and tries it once, with the settings of the flags' defaults. An SQLite file that does not exist is
/// made.
///
/// # Errors
/// See [`ConnectError`]. The answer comes within about two seconds.
pub async fn connect(url: &DatabaseUrl, role: Role) -> Result<Db, ConnectError> {
    connect_with(url, role, &PostgresSettings::default()).await
}

/// [`connect`], with settings of PostgreSQL.
///
/// # Errors
/// See [`ConnectError`].
pub async fn connect_with(url: &DatabaseUrl, role: Role, settings: &PostgresSettings) -> Result<Db, ConnectError> {
    match url {
        DatabaseUrl::Postgres(options) => open(options, role, settings, &url.to_string()).await.map(Db::Postgres),
        DatabaseUrl::Sqlite(path) => {
            create_folder_of(path)?;
            let unreachable = |source| ConnectError::Unreachable { url: url.to_string(), source };
            SqlitePools::open(path).await.map(Db::Sqlite).map_err(unreachable)
        }
    }
}

/// Whether a connection that is given back can be used again.
///
/// sqlx asks the server the same next, but waits for the answer for as long as the network does, and keeps the
/// connection's place in the pool meanwhile.
pub(crate) async fn release(connection: &mut PgConnection, writable: &Writable) -> Result<bool, sqlx::Error> {
    settle(connection, writable).await?;
    answered(connection.ping()).await.map(|()| true)
}

/// Brings a connection to rest that was given back.
///
/// A caller that went away may leave it in the middle of a statement, or inside a transaction that the next caller
/// would go on in (sqlx 0.9.0, issue 4393); and a server that is silently dead would hold its place in the pool for
/// ever (issue 4349). Where nothing is under way this costs nothing. Otherwise the server is asked how things stand:
/// a ROLLBACK outside a transaction would leave a warning in its log.
///
/// # Errors
/// Where it can't be used again, as when the server has become read-only.
pub(crate) async fn settle(connection: &mut PgConnection, writable: &Writable) -> Result<(), sqlx::Error> {
    let at_rest = {
        let mut flush = pin!(connection.flush());
        poll_fn(|context| match flush.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    };
    if let Some(result) = at_rest {
        return result;
    }
    // Each waits for what is under way first.
    let state = match answered(connection.fetch_one(STATE)).await {
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(FAILED_TRANSACTION) => {
            answered(connection.execute("ROLLBACK")).await?;
            answered(connection.fetch_one(STATE)).await?
        }
        state => state?,
    };
    // The row of a simple query is text.
    let [in_transaction, read_only] = [0, 1].map(|column| state.try_get_unchecked::<&str, _>(column));
    if in_transaction? == "t" {
        answered(connection.execute("ROLLBACK")).await?;
    }
    if read_only? == "on" {
        writable.note_read_only();
        return Err(sqlx::Error::Protocol(READ_ONLY.to_owned()));
    }
    Ok(())
}

/// Whether a transaction is open, which began before this statement, and whether it may write.
const STATE: &str = "SELECT now() < statement_timestamp(), current_setting('transaction_read_only')";
/// in_failed_sql_transaction (PostgreSQL, Appendix A).
const FAILED_TRANSACTION: &str = "25P02";

/// What PostgreSQL answers while a connection is given back; an error where that takes too long.
async fn answered<T>(answer: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let too_late = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
    tokio::time::timeout(RELEASE_TIMEOUT, answer).await.map_err(too_late)?
}

/// What lies in it is nobody else's: accounts, and the key that opens the signing keys.
fn create_folder_of(path: &Path) -> Result<(), ConnectError> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(|source| ConnectError::Folder { folder: folder.to_owned(), source })
}
