//! Checks of the database, with the role of each service.

use docket_process::Fault;
use docket_storage::{DatabaseUrl, Db, Role, RowSecurity, connect, require_current_schema, row_security};

use super::report::Found;
use crate::database::require_existing;

/// Connections like those of the services.
pub(super) struct Databases {
    pub(super) auth: Db,
    task: Db,
}

impl Databases {
    /// Opens the database, if it exists, in the role of each service.
    pub(super) async fn open(url: &DatabaseUrl) -> Found<Self> {
        require_existing(url)?;
        let auth = connect(url, Role::Auth).await?;
        let task = match url {
            DatabaseUrl::Sqlite(_) => auth.clone(),
            DatabaseUrl::Postgres(_) => connect(url, Role::Task).await?,
        };
        let roles = if matches!(url, DatabaseUrl::Sqlite(_)) { "" } else { ", as docket_auth and as docket_task" };
        Ok((format!("{url} answers{roles}"), Self { auth, task }))
    }

    /// Checks that the schema is the one of this program.
    pub(super) async fn schema(&self) -> Found<()> {
        require_current_schema(&self.auth).await?;
        Ok(("it is the schema of this program".to_owned(), ()))
    }

    /// Checks that the database accepts writes.
    pub(super) async fn writing(&self) -> Result<String, Fault> {
        self.auth.check().await?;
        Ok("a trial write succeeds".to_owned())
    }

    /// Checks that PostgreSQL's row-level security separates owners.
    pub(super) async fn row_security(&self) -> Result<String, Fault> {
        match row_security(&self.task).await? {
            None => Ok("SQLite has none; the task service separates owners".to_owned()),
            Some(RowSecurity { bypassed: true, .. }) => {
                Err(Fault::text("docket_task is not bound by it: run ALTER ROLE docket_task NOSUPERUSER NOBYPASSRLS"))
            }
            Some(RowSecurity { open_tables, .. }) if !open_tables.is_empty() => {
                let tables = open_tables.join(", ");
                Err(Fault::text(format!(
                    "not in force on {tables}: run ALTER TABLE … ENABLE and FORCE ROW LEVEL SECURITY"
                )))
            }
            Some(_) => Ok("in force on every table with owners".to_owned()),
        }
    }

    pub(super) async fn close(&self) {
        self.auth.close().await;
        self.task.close().await;
    }
}
