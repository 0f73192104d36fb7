//! The server of a service that is a process of its own.

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::{
    Admin, Health, ServerSettings, ShieldSettings, TrustedProxies, raise_connection_limit, reflection, serve, shield,
};

/// What an operator can set about the server of a service; each is also an environment variable.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct ServiceFlags {
    /// Addresses and networks of gateways: what they say about who called them is believed, and limits for one source
    /// network count their callers instead of them: 10.1.0.4, 10.2.0.0/16
    #[arg(long, env = "DOCKET_TRUSTED_PROXIES", value_name = "NETWORKS", default_value = "")]
    pub trusted_proxies: TrustedProxies,
    /// Whether clients may ask for the contracts (grpc.reflection)
    #[arg(long, env = "DOCKET_REFLECTION", default_value_t = true, action = clap::ArgAction::Set)]
    pub reflection: bool,
}

/// A service, ready to be served.
#[derive(Debug)]
pub struct ServiceServer {
    /// Where it listens.
    pub listener: TcpListener,
    /// What it serves; health and reflection are added.
    pub routes: Routes,
    /// The full names of what it serves.
    pub services: &'static [&'static str],
    /// Bounds of its calls.
    pub shield: ShieldSettings,
    /// What its operator has set.
    pub flags: ServiceFlags,
}

impl ServiceServer {
    /// Serves until `shutdown`, and does the service's `own_work`, which is to end with it. `admin` tells how both are.
    pub async fn serve_during(
        self,
        own_work: impl Future<Output = ()>,
        health: &Health,
        mut admin: Admin,
        shutdown: CancellationToken,
    ) {
        let Self { listener, routes, services, shield: settings, flags } = self;
        // Whoever asks before their first poll is told that they are not ready, not that they are unknown.
        services.iter().for_each(|service| health.set(service, false));
        let routes = routes.add_service(health.service());
        let routes = if flags.reflection { reflection(routes, services) } else { routes };
        let settings = settings.proxies(flags.trusted_proxies.clone()).metrics(admin.call_metrics());
        let shielded = shield(routes, settings);
        let settings = ServerSettings {
            max_connections: raise_connection_limit(ServerSettings::default().max_connections),
            proxies: flags.trusted_proxies,
            ..ServerSettings::default()
        };
        let load = shielded.clone();
        admin.observe_load(move || load.load(), settings.connections.clone());
        let work = async { tokio::join!(serve(listener, shielded, shutdown, settings), own_work) };
        Box::pin(admin.serve_during(health, work)).await;
    }
}
