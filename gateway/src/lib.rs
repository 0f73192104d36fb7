//! One port for everything: gRPC, gRPC-Web, the web page, and the keys as a JWK set.
//!
//! The gateway reads no message and knows no account. It forwards calls to public services, from origins that may make
//! them, and leaves authentication to the services.

mod body;
mod client_headers;
mod config;
mod connections;
mod forward;
mod front;
mod health;
mod keys;
mod page;
pub mod program;
mod refusal;
mod route;
mod security_headers;
mod upstream;

use std::convert::Infallible;

use docket_proto::{auth, task};
use docket_rpc::{Health, Load, Origin, REFLECTION_SERVICES, ShieldSettings, Shielded, TrustedProxies, shield};
use http::{Request, Response};
use hyper::body::Incoming;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::service::Routes;
use tonic_health::pb::health_server;
use tower::Service;

pub use config::Config;
pub use page::page_is_built;
pub use upstream::Upstream;

use forward::Forward;
use front::Front;
use health::Followed;
use keys::Keys;

/// The services behind the gateway.
#[derive(Clone, Debug)]
pub struct Upstreams {
    /// Accounts, sessions and keys.
    pub auth: Upstream,
    /// Tasks and lists.
    pub task: Upstream,
}

/// What the process injects into the gateway.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Bounds of what is in hand, shared with services in the same process.
    pub shield: ShieldSettings,
    /// Ends open streams and the gateway's background work.
    pub shutdown: CancellationToken,
}

/// The gateway with all its parts. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Gateway {
    front: Front,
    health: Health,
    auth: Shielded,
    task: Shielded,
    /// Tells who issues tokens. `None` where the service has its settings from the same process.
    remote_keys: Option<Keys>,
    public_url: Origin,
    proxies: TrustedProxies,
    shutdown: CancellationToken,
}

impl Gateway {
    /// Builds a gateway for a site at `public_url`.
    pub fn build(config: &Config, public_url: &Origin, upstreams: Upstreams, surroundings: Surroundings) -> Self {
        let Surroundings { shield: settings, shutdown } = surroundings;
        let settings = || settings.clone().separate_calls();
        let is_remote = matches!(upstreams.auth, Upstream::Remote(_));
        let auth = upstreams.auth.open(settings());
        let task = upstreams.task.open(settings());
        let health = Health::new(shutdown.clone());
        for service in public_services() {
            health.set(service, false);
        }
        let own = shield(own_routes(config, &health), settings());
        let unknown = shield(Routes::default(), settings());

        let own_names =
            [health_server::SERVICE_NAME].into_iter().chain(REFLECTION_SERVICES).map(|name| (name, own.clone()));
        let auth_names = auth::v1::PUBLIC_SERVICES.iter().map(|name| (*name, auth.clone()));
        let task_names = task::v1::PUBLIC_SERVICES.iter().map(|name| (*name, task.clone()));
        let services = own_names.chain(auth_names).chain(task_names);
        let forward = Forward::new(services, unknown, config.trusted_proxies.clone());
        let keys = Keys::new(auth.clone());
        let front = Front::new(config, public_url, forward, keys.clone());
        let (public_url, proxies) = (public_url.clone(), config.trusted_proxies.clone());
        Self { front, health, auth, task, remote_keys: is_remote.then_some(keys), public_url, proxies, shutdown }
    }

    /// The service that answers HTTP requests.
    pub fn service(
        &self,
    ) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + Send + 'static
    {
        self.front.service()
    }

    /// The gateway's health. Each public service has the status that the service behind the gateway reports.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// What the gateway has in hand, whenever it is asked. Streams and bytes of both services are counted together.
    pub fn load(&self) -> impl Fn() -> Load + Clone + Send + Sync + 'static {
        let (auth, task) = (self.auth.clone(), self.task.clone());
        move || {
            let load = auth.load();
            Load { calls: load.calls + task.load().calls, ..load }
        }
    }

    /// Follows the health of the services, and says where their settings don't fit this gateway's, until the shutdown.
    pub async fn run(&self) {
        let (auth, task) = (Followed::new(&self.auth, "--auth-url"), Followed::new(&self.task, "--task-url"));
        let follow = |followed, service| health::follow(followed, service, self.health.clone(), self.shutdown.clone());
        let auth = auth::v1::PUBLIC_SERVICES.iter().map(|service| follow(&auth, service));
        let task = task::v1::PUBLIC_SERVICES.iter().map(|service| follow(&task, service));
        let following = futures_util::future::join_all(auth.chain(task));
        let comparing = async {
            if let Some(keys) = &self.remote_keys {
                keys.compare_issuer(&self.public_url).await;
            }
        };
        tokio::join!(following, self.shutdown.run_until_cancelled(comparing));
    }
}

/// Full names of the services that clients may call.
fn public_services() -> impl Iterator<Item = &'static str> {
    [auth::v1::PUBLIC_SERVICES, task::v1::PUBLIC_SERVICES].into_iter().flatten().copied()
}

/// The services that the gateway itself serves: health and reflection.
fn own_routes(config: &Config, health: &Health) -> Routes {
    let routes = Routes::new(health.service());
    if !config.reflection {
        return routes;
    }
    docket_rpc::reflection(routes, &public_services().collect::<Vec<_>>())
}
