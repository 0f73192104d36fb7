//! The auth service as a process of its own.

use std::net::SocketAddr;
use std::process::ExitCode;

use docket_identity::{Clock, Random};
use docket_process::{AdminFlags, Fault};
use docket_proto::auth::v1::SERVICES;
use docket_rpc::{Admin, Health, ServiceFlags, ServiceServer, ShieldSettings};
use docket_storage::{Role, ServiceDatabase};
use tokio_util::sync::CancellationToken;

use crate::{AuthService, Config};

/// Flags of the process; each is also an environment variable.
#[derive(Clone, Debug, clap::Args)]
pub struct Flags {
    /// Where to listen
    #[arg(long, env = "DOCKET_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:50051")]
    pub listen: SocketAddr,
    /// The database.
    #[command(flatten)]
    pub database: ServiceDatabase,
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

/// Runs the auth service until the shutdown.
///
/// # Errors
/// Where the configuration makes no sense, the database is not there, or the address is taken.
pub async fn run(flags: Flags, shutdown: CancellationToken) -> Result<ExitCode, Fault> {
    let (clock, random) = (Clock::system(), Random::system());
    let db = flags.database.open(Role::Auth).await?;
    let service = AuthService::build(&flags.config, db.clone(), clock.clone(), random.clone()).await?;
    db.warn_of_dropped_role();
    let listener = docket_process::listen(flags.listen).await?;
    let mut admin = Admin::new(flags.admin.listen().await?, env!("CARGO_PKG_VERSION"));
    admin.observe_database("auth", &db);
    service.observe(&mut admin);

    let health = Health::new(shutdown.clone());
    let server = ServiceServer {
        listener,
        routes: service.internal_routes(),
        services: SERVICES,
        shield: ShieldSettings::new(clock, random, shutdown.clone()),
        flags: flags.server,
    };
    tracing::info!(address = %flags.listen, public_url = %flags.config.public_url(), "listening");
    let own_work = async {
        tokio::join!(service.run(&health, shutdown.clone()), service.send_mails(&shutdown));
    };
    Box::pin(server.serve_during(own_work, &health, admin, shutdown.clone())).await;
    db.close().await;
    Ok(ExitCode::SUCCESS)
}
