//! The database of a service that is a process of its own.

use crate::{ConnectError, DatabaseUrl, Db, PostgresSettings, Role, connect_with};

/// Where the database of the service is, and how it is reached; each is also an environment variable.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct ServiceDatabase {
    /// The PostgreSQL database, with the service's own user: postgres://docket_auth:password@host:port/name?sslmode=verify-full
    #[arg(long, env = "DOCKET_DATABASE_URL", value_name = "URL")]
    pub database_url: DatabaseUrl,
    /// How to reach it.
    #[command(flatten)]
    pub postgres: PostgresSettings,
}

/// Why the database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ServiceDatabaseError {
    /// Changes to an SQLite file can't wake another process.
    #[error("a service of its own needs PostgreSQL: docket serve works on an SQLite file")]
    NeedsPostgres,
    /// It can't be opened.
    #[error(transparent)]
    Connect(#[from] ConnectError),
}

impl ServiceDatabase {
    /// Opens the database in the role of the service.
    ///
    /// # Errors
    /// See [`ServiceDatabaseError`].
    pub async fn open(&self, role: Role) -> Result<Db, ServiceDatabaseError> {
        if matches!(self.database_url, DatabaseUrl::Sqlite(_)) {
            return Err(ServiceDatabaseError::NeedsPostgres);
        }
        Ok(connect_with(&self.database_url, role, &self.postgres).await?)
    }
}
