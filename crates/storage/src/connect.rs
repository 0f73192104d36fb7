//! Opens a database with settings under which no statement can wait for ever.

use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use crate::{DatabaseUrl, Db, PgPools, PgReaders, SqlitePools};

/// How many connections a pool has, but for the one that writes to an SQLite file.
pub(crate) const MAX_CONNECTIONS: u32 = 8;
/// invalid_parameter_value (PostgreSQL, Appendix A): what a role that does not exist gives at the start of a session.
const INVALID_PARAMETER: &str = "22023";
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
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Owner => None,
            Self::Auth => Some("docket_auth"),
            Self::Task => Some("docket_task"),
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

/// Opens the database and tries it once. An SQLite file that does not exist is made.
///
/// # Errors
/// See [`ConnectError`]. The answer comes within about two seconds.
pub async fn connect(url: &DatabaseUrl, role: Role) -> Result<Db, ConnectError> {
    let opened = match url {
        DatabaseUrl::Postgres(options) => connect_postgres(options, role).await.map(Db::Postgres),
        DatabaseUrl::Sqlite(path) => {
            create_folder_of(path)?;
            SqlitePools::open(path).await.map(Db::Sqlite)
        }
    };
    opened.map_err(|source| match (&source, role.name()) {
        (sqlx::Error::Database(error), Some(role)) if error.code().as_deref() == Some(INVALID_PARAMETER) => {
            ConnectError::NoRole { url: url.to_string(), role }
        }
        _ => ConnectError::Unreachable { url: url.to_string(), source },
    })
}

async fn connect_postgres(options: &PgConnectOptions, role: Role) -> Result<PgPools, sqlx::Error> {
    let mut options = options.clone().application_name("docket").disable_statement_logging();
    if let Some(name) = role.name() {
        // Set in the start-up message, these are the session's defaults: RESET leads back to them, not to the owner.
        options = options.options([
            ("role", name),
            ("statement_timeout", &STATEMENT_TIMEOUT.as_millis().to_string()),
            ("lock_timeout", "2s"),
            ("idle_in_transaction_session_timeout", "5s"),
            // Nobody reads notices; errors are read.
            ("client_min_messages", "error"),
        ]);
    }
    let pool = PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // The ping would double the cost of every statement.
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(release(connection)))
        .connect_with(options.clone())
        .await?;
    Ok(PgPools { pool, readers: PgReaders::new(options) })
}

/// Whether a connection that is given back can be used again.
///
/// sqlx asks the server the same next, but waits for the answer for as long as the network does, and keeps the
/// connection's place in the pool meanwhile.
async fn release(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    settle(connection).await?;
    answered(connection.ping()).await.map(|()| true)
}

/// Brings a connection to rest that was given back.
///
/// A caller that went away may leave it in the middle of a statement, or inside a transaction that the next caller
/// would go on in (sqlx 0.9.0, issue 4393); and a server that is silently dead would hold its place in the pool for
/// ever (issue 4349). Where nothing is under way this costs nothing.
///
/// # Errors
/// Where it can't be used again.
pub(crate) async fn settle(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
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
    // It waits for what is under way first.
    answered(connection.execute("ROLLBACK")).await.map(drop)
}

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
