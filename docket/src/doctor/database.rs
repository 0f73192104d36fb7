//! The database, as each service reaches it.

use docket_process::Fault;
use docket_storage::{
    DatabaseUrl, Db, Excess, PostgresSettings, Role, RowSecurity, Schema, allowed_connections, connect_with, excess,
    row_security, schema, takes_writes,
};

use super::report::Found;
use crate::database::is_there;

/// Where the services reach the database.
pub(super) enum Urls {
    /// In one process: both at the same URL.
    Same(DatabaseUrl),
    /// In processes of their own, each as a user of its own.
    EachItsOwn { auth: DatabaseUrl, task: DatabaseUrl },
}

/// Connections as the services have them.
pub(super) struct Databases {
    pub(super) auth: Db,
    task: Db,
    /// Whether each service is a process of its own.
    is_apart: bool,
}

impl Databases {
    /// Opens what is there, in every role.
    pub(super) async fn open(urls: &Urls, settings: &PostgresSettings) -> Found<Self> {
        let (auth_url, task_url, is_apart) = match urls {
            Urls::Same(url) => (url, url, false),
            Urls::EachItsOwn { auth, task } => (auth, task, true),
        };
        is_there(auth_url)?;
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

    /// Whether the database takes writes.
    pub(super) async fn writes(&self) -> Result<String, Fault> {
        if takes_writes(&self.auth).await? {
            Ok("the database takes them".to_owned())
        } else {
            Err(Fault::text("the database is read-only (a standby, or default_transaction_read_only): use the primary"))
        }
    }

    /// Whether the schema is the one of this program.
    pub(super) async fn schema(&self) -> Found<()> {
        match schema(&self.auth).await? {
            Schema::Current => Ok(("it is the one that this program was made for".to_owned(), ())),
            Schema::Older => Err(Fault::text("it is older than this program: run docket migrate")),
            Schema::Newer => Err(Fault::text("it is newer than this program: run the newer release")),
        }
    }

    /// Whether PostgreSQL keeps owners apart by itself.
    pub(super) async fn row_security(&self) -> Result<String, Fault> {
        match row_security(&self.task).await? {
            None => Ok("SQLite has none; the task service keeps owners apart".to_owned()),
            Some(RowSecurity { bypassed: true, .. }) => {
                Err(Fault::text("docket_task is not bound by it: run ALTER ROLE docket_task NOSUPERUSER NOBYPASSRLS"))
            }
            Some(RowSecurity { open_tables, .. }) if !open_tables.is_empty() => {
                let tables = open_tables.join(", ");
                Err(Fault::text(format!(
                    "not in force on {tables}: run ALTER TABLE … ENABLE and FORCE ROW LEVEL SECURITY"
                )))
            }
            Some(_) => Ok("in force on every table of owners' rows".to_owned()),
        }
    }

    pub(super) async fn close(&self) {
        self.auth.close().await;
        self.task.close().await;
    }
}
