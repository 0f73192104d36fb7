//! The task service as a process of its own, beside an auth service in another.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use docket_identity::{BadServiceCredential, Clock, Random, ServiceCredential};
use docket_process::{AdminFlags, Fault};
use docket_proto::task::v1::SERVICES;
use docket_rpc::{Admin, Health, ServiceFlags, ServiceServer, ServiceUrl, ShieldSettings};
use docket_storage::{Role, ServiceDatabase};
use tokio_util::sync::CancellationToken;

use crate::{Config, TaskService};

/// Flags of the process; each is also an environment variable.
#[derive(Clone, Debug, clap::Args)]
pub struct Flags {
    /// Where to listen
    #[arg(long, env = "DOCKET_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:50052")]
    pub listen: SocketAddr,
    /// The database.
    #[command(flatten)]
    pub database: ServiceDatabase,
    /// Where the auth service listens
    #[arg(long, env = "DOCKET_AUTH_URL", value_name = "URL", default_value = "http://127.0.0.1:50051")]
    pub auth_url: ServiceUrl,
    /// File with the credential that shows this service to the auth service: docket service-token create task-service
    #[arg(long, env = "DOCKET_SERVICE_TOKEN_FILE", value_name = "FILE")]
    pub service_token_file: PathBuf,
    /// Settings of the server.
    #[command(flatten)]
    pub server: ServiceFlags,
    /// Settings of the admin address.
    #[command(flatten)]
    pub admin: AdminFlags,
    /// What else there is to set.
    #[command(flatten)]
    pub config: Config,
}

/// Runs the task service until the shutdown.
///
/// # Errors
/// Where the configuration makes no sense, the database is not there, or the address is taken.
pub async fn run(flags: Flags, shutdown: CancellationToken) -> Result<ExitCode, Fault> {
    let (clock, random) = (Clock::system(), Random::system());
    let db = flags.database.open(Role::Task).await?;
    let credential = read_credential(&flags.service_token_file)?;
    let service = TaskService::build(&flags.config, db.clone(), clock.clone(), random.clone()).await?;
    db.warn_of_dropped_role();
    let listener = docket_process::listen(flags.listen).await?;
    let mut admin = Admin::new(flags.admin.listen().await?, env!("CARGO_PKG_VERSION"));
    admin.observe_database("task", &db);
    service.observe(&mut admin);

    let health = Health::new(shutdown.clone());
    let server = ServiceServer {
        listener,
        routes: service.routes(),
        services: SERVICES,
        shield: ShieldSettings::new(clock, random, shutdown.clone()),
        flags: flags.server,
    };
    tracing::info!(address = %flags.listen, "listening");
    let own_work = service.run(flags.auth_url.channel(), Some(credential), &health, shutdown.clone());
    server.serve_during(own_work, &health, admin, shutdown).await;
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Reads the credential of this service. The line of the fault names the file and never its content.
///
/// # Errors
/// Where the file can't be read, or holds something else.
pub fn read_credential(file: &Path) -> Result<ServiceCredential, Fault> {
    let cannot_read = |error| Fault::new(format!("cannot read the service token {}", file.display()), error);
    if std::fs::metadata(file).map_err(cannot_read)?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(file = %file.display(), "other users can read the service token: run chmod 600");
    }
    let text = std::fs::read_to_string(file).map_err(cannot_read)?;
    text.parse().map_err(|error: BadServiceCredential| Fault::new(file.display(), error))
}
