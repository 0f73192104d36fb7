//! The gateway as a process of its own, with services in other processes.

use std::net::SocketAddr;
use std::process::ExitCode;

use docket_identity::{Clock, Random};
use docket_process::{AdminFlags, Fault};
use docket_rpc::{
    Admin, ConnectionCount, Origin, ServerSettings, ServiceUrl, ShieldSettings, raise_connection_limit, serve,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{Config, Gateway, Surroundings, Upstream, Upstreams};

/// Flags of the process; each is also an environment variable.
#[derive(Clone, Debug, clap::Args)]
pub struct Flags {
    /// Address to listen on
    #[arg(long, env = "DOCKET_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Address of the auth service
    #[arg(long, env = "DOCKET_AUTH_URL", value_name = "URL", default_value = "http://127.0.0.1:50051")]
    pub auth_url: ServiceUrl,
    /// Address of the task service
    #[arg(long, env = "DOCKET_TASK_URL", value_name = "URL", default_value = "http://127.0.0.1:50052")]
    pub task_url: ServiceUrl,
    /// Address that users see
    #[arg(long, env = "DOCKET_PUBLIC_URL", value_name = "URL", default_value_t = Origin::local())]
    pub public_url: Origin,
    /// Settings of the admin address.
    #[command(flatten)]
    pub admin: AdminFlags,
    /// The gateway's settings.
    #[command(flatten)]
    pub config: Config,
}

/// Runs the gateway until the shutdown.
///
/// # Errors
/// Where the address cannot be listened on.
pub async fn run(flags: Flags, shutdown: CancellationToken) -> Result<ExitCode, Fault> {
    let listener = docket_process::listen(flags.listen).await?;
    let upstreams = Upstreams { auth: Upstream::Remote(flags.auth_url), task: Upstream::Remote(flags.task_url) };
    let mut admin = Admin::new(flags.admin.listen().await?, env!("CARGO_PKG_VERSION"));
    let shield = ShieldSettings::new(Clock::system(), Random::system(), shutdown.clone()).metrics(admin.call_metrics());
    let surroundings = Surroundings { shield, shutdown };
    let gateway = Gateway::build(&flags.config, &flags.public_url, upstreams, surroundings);
    tracing::info!(address = %flags.listen, public_url = %flags.public_url, "listening");
    let connections = ConnectionCount::default();
    let max_connections = raise_connection_limit(ServerSettings::default().max_connections);
    admin.observe_load(gateway.load(), connections.clone());
    admin.serve_during(gateway.health(), gateway.serve(listener, max_connections, connections)).await;
    Ok(ExitCode::SUCCESS)
}

impl Gateway {
    /// Serves the connections of `listener`, at most `max_connections` at once and counted in `connections`, and runs
    /// the background work, until the shutdown.
    pub async fn serve(&self, listener: TcpListener, max_connections: usize, connections: ConnectionCount) {
        let proxies = self.proxies.clone();
        let settings =
            ServerSettings { http1: true, max_connections, proxies, connections, ..ServerSettings::default() };
        tokio::join!(serve(listener, self.service(), self.shutdown.clone(), settings), self.run());
    }
}
