//! `docket doctor`: looks at everything that Docket stands on, and says of each thing whether it is well, and what to do
//! where it is not. It changes nothing.

mod clock;
mod database;
mod files;
mod keys;
mod report;

use std::process::ExitCode;

use docket_identity::Clock;
use docket_process::Fault;
use docket_storage::DatabaseUrl;

use crate::database::url;
use database::Databases;
use report::Report;

/// Flags of the command: those of the servers.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// The PostgreSQL database instead of the SQLite file in the data folder: postgres://user:password@host:port/name
    #[arg(long, env = "DOCKET_DATABASE_URL", value_name = "URL")]
    database_url: Option<DatabaseUrl>,
    /// Of the gateway: what it takes is well.
    #[command(flatten)]
    _gateway: gateway::Config,
    /// Of the auth service.
    #[command(flatten)]
    auth: auth_service::Config,
}

/// Looks at everything and prints a line for each thing. Gives 0 where all is well, 1 where something is wrong.
pub(crate) async fn run(flags: &Flags) -> Result<ExitCode, Fault> {
    let clock = Clock::system();
    let url = url(flags.database_url.as_ref(), &flags.auth.data_dir);
    let mut report = Report::default();
    report.add("configuration", configuration(&flags.auth));
    report.add("data folder", files::data_folder(&flags.auth.data_dir));
    let master_key = report.take("master key", files::master_key(&flags.auth));
    let databases = report.take("database", Databases::open(&url).await);
    let Some(databases) = databases else {
        for name in ["writing", "schema", "row security", "signing keys", "clock"] {
            report.skip(name, "the database has to be there first");
        }
        return Ok(report.exit_code());
    };
    report.add("writing", databases.writing().await);
    report.add("row security", databases.row_security().await);
    match (report.take("schema", databases.schema().await), master_key) {
        (Some(()), Some(master_key)) => {
            report.add("signing keys", keys::look(&databases.auth, &master_key, &flags.auth, &clock).await);
        }
        _ => report.skip("signing keys", "schema and master key have to be well first"),
    }
    report.add("clock", clock::look(&databases.auth, &clock).await);
    databases.close().await;
    Ok(report.exit_code())
}

/// Whether the settings go together.
fn configuration(auth: &auth_service::Config) -> Result<String, Fault> {
    auth.staleness()?;
    auth.hash_parameters()?;
    Ok(format!("users see {}", auth.public_url()))
}
