//! `docket doctor`: checks everything that Docket depends on, and prints what is wrong and how to fix it. It changes
//! nothing.

mod clock;
mod database;
mod files;
mod keys;
mod mail;
mod report;
mod services;

use std::path::PathBuf;
use std::process::ExitCode;

use docket_identity::Clock;
use docket_process::Fault;
use docket_rpc::ServiceUrl;
use docket_storage::{DatabaseUrl, PostgresSettings};

use crate::database::url;
use database::{Databases, Urls};
use report::Report;

/// Flags of the command, the same as those of the servers.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// PostgreSQL database instead of the SQLite file in the data folder: postgres://user:password@host:port/name
    #[arg(long, env = "DOCKET_DATABASE_URL", value_name = "URL")]
    database_url: Option<DatabaseUrl>,
    /// The URL that docket auth is given, where it runs as a process of its own
    #[arg(long, env = "DOCKET_AUTH_DATABASE_URL", value_name = "URL", requires = "task_database_url")]
    auth_database_url: Option<DatabaseUrl>,
    /// The URL that docket task is given, where it runs as a process of its own
    #[arg(long, env = "DOCKET_TASK_DATABASE_URL", value_name = "URL", requires = "auth_database_url")]
    task_database_url: Option<DatabaseUrl>,
    /// How to reach PostgreSQL.
    #[command(flatten)]
    postgres: PostgresSettings,
    /// Where the auth service listens, where it is to be asked
    #[arg(long, env = "DOCKET_AUTH_URL", value_name = "URL")]
    auth_url: Option<ServiceUrl>,
    /// Where the task service listens, where it is to be asked
    #[arg(long, env = "DOCKET_TASK_URL", value_name = "URL")]
    task_url: Option<ServiceUrl>,
    /// The file that docket task is given, to see whether the auth service knows its credential
    #[arg(long, env = "DOCKET_SERVICE_TOKEN_FILE", value_name = "FILE", requires = "auth_url")]
    service_token_file: Option<PathBuf>,
    /// Settings of the gateway. Parsing them is their check.
    #[command(flatten)]
    _gateway: gateway::Config,
    /// Settings of the auth service.
    #[command(flatten)]
    auth: auth_service::Config,
}

/// Runs all checks and prints a line for each. The exit code is 0 where all succeed, 1 where one fails.
pub(crate) async fn run(flags: &Flags) -> Result<ExitCode, Fault> {
    let clock = Clock::system();
    let urls = match (&flags.auth_database_url, &flags.task_database_url) {
        (Some(auth), Some(task)) => Urls::EachItsOwn { auth: auth.clone(), task: task.clone() },
        _ => Urls::Same(url(flags.database_url.as_ref(), &flags.auth.data_dir)),
    };
    let mut report = Report::default();
    report.add("configuration", configuration(&flags.auth));
    report.add("data folder", files::data_folder(&flags.auth.data_dir));
    if let Some(url) = &flags.auth_url {
        let credential = flags.service_token_file.as_deref();
        report.add("auth service", services::auth(url, credential, &flags.auth.public_url(), &clock).await);
    }
    if let Some(url) = &flags.task_url {
        report.add("task service", services::task(url).await);
    }
    report.add("mail", mail::settings(&flags.auth).await);
    let master_key = report.take("master key", files::master_key(&flags.auth));
    let databases = report.take("database", Databases::open(&urls, &flags.postgres).await);
    let Some(databases) = databases else {
        for name in
            ["users", "connections", "writing", "row security", "schema", "signing keys", "waiting mails", "clock"]
        {
            report.skip(name, "needs the database");
        }
        return Ok(report.exit_code());
    };
    report.add("users", databases.users().await);
    report.add("connections", databases.connections(&flags.postgres).await);
    report.add("writing", databases.writing().await);
    report.add("row security", databases.row_security().await);
    let schema = report.take("schema", databases.schema().await);
    match (schema, master_key) {
        (Some(()), Some(master_key)) => {
            report.add("signing keys", keys::check(&databases.auth, &master_key, &flags.auth, &clock).await);
        }
        _ => report.skip("signing keys", "needs the schema and the master key"),
    }
    match schema {
        Some(()) => report.add("waiting mails", mail::waiting(&databases.auth, &clock).await),
        None => report.skip("waiting mails", "needs the schema"),
    }
    report.add("clock", clock::check(&databases.auth, &clock).await);
    databases.close().await;
    Ok(report.exit_code())
}

/// Checks that the settings fit together.
fn configuration(auth: &auth_service::Config) -> Result<String, Fault> {
    auth.tokens.staleness()?;
    auth.hash_parameters()?;
    Ok(format!("users see {}", auth.public_url()))
}
