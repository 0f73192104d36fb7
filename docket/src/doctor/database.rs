//! Checks of the database, with the role of each service.

use docket_process::Fault;
use docket_storage::{
    DatabaseUrl, Db, Excess, PostgresSettings, Role, RowSecurity, allowed_connections, connect_with, excess,
    require_current_schema, row_security,
};

use super::report::Found;
use crate::database::require_existing;

/// Where the services reach the database.
pub(super) enum Urls {
    /// In one process: both at the same URL.
    Same(DatabaseUrl),
    /// In processes of their own, each as a user of its own.
    EachItsOwn { auth: DatabaseUrl, task: DatabaseUrl },
}

/// Connections like those of the services.
pub(super) struct Databases {
    pub(super) auth: Db,
    task: Db,
    /// Whether each service is a process of its own.
    is_apart: bool,
}

impl Databases {
    /// Opens the database, if it exists, in the role of each service.
    pub(super) async fn open(urls: &Urls, settings: &PostgresSettings) -> Found<Self> {
        let (auth_url, task_url, is_apart) = match urls {
            Urls::Same(url) => (url, url, false),
            Urls::EachItsOwn { auth, task } => (auth, task, true),
        };
        require_existing(auth_url)?;
        let auth = connect_with(auth_url, Role::Auth, settings).await?;
        let task = match task_url {
            DatabaseUrl::Sqlite(_) => auth.clone(),
            DatabaseUrl::Postgres(_) => connect_with(task_url, Role::Task, settings).await?,
        };
        let roles = if matches!(auth, Db::Sqlite(_)) { "" } else { ", as docket_auth and as docket_task" };
        Ok((format!("{auth_url} answers{roles}"), Self { auth, task, is_apart }))
    }

    /// Whether the services log in as users that have nothing but what was granted to them.
    pub(super) async fn users(&self) -> Result<String, Fault> {
        for (service, db) in [("auth", &self.auth), ("task", &self.task)] {
            let Some(Excess { memberships, tables }) = excess(db).await? else {
                return Ok("SQLite has none".to_owned());
            };
            if !memberships.is_empty() || !tables.is_empty() {
                let too_much = [memberships, tables].concat().join(", ");
                return Err(Fault::text(format!(
                    "docket_{service} is a member of, or owns, {too_much}: run REVOKE … FROM, and ALTER TABLE … OWNER TO"
                )));
            }
            if self.is_apart && db.drops_role() {
                return Err(Fault::text(format!(
                    "docket {service} has the owner's URL: run docket migrate --{service}-password-file and give it \
                     the URL of docket_{service}"
                )));
            }
        }
        Ok(if self.auth.drops_role() {
            "the owner's, with its rights dropped: for docket serve alone".to_owned()
        } else {
            "each service's own, which owns nothing and is a member of nothing".to_owned()
        })
    }

    /// Whether PostgreSQL lets one process of each service have its connections.
    pub(super) async fn connections(&self, settings: &PostgresSettings) -> Result<String, Fault> {
        let [auth, task] = [Role::Auth, Role::Task].map(|role| role.connections(settings));
        let sum = auth + task;
        let text = format!("{sum} where each service has one process (auth {auth}, task {task})");
        let allowed = [allowed_connections(&self.auth).await?, allowed_connections(&self.task).await?];
        match allowed.into_iter().flatten().min() {
            None if matches!(self.auth, Db::Sqlite(_)) => Ok("SQLite has none".to_owned()),
            None => Ok(format!("{text}, to a pooler")),
            Some(allowed) if i64::from(sum) > allowed => Err(Fault::text(format!(
                "{text}, and PostgreSQL allows {allowed}: lower --database-connections or raise max_connections"
            ))),
            Some(allowed) => Ok(format!("{text}; PostgreSQL allows {allowed}")),
        }
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
