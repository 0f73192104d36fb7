//! `docket serve`: all parts in one process. The gateway calls the routes of the services as functions, and the task
//! service those of the auth service, without a socket in between.

use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use auth_service::AuthService;
use docket_identity::{Clock, Random};
use docket_process::{AdminFlags, Fault};
use docket_proto::{auth, task};
use docket_rpc::{
    Admin, ConnectionCount, Health, Origin, ServerSettings, ShieldSettings, raise_connection_limit, shield,
};
use docket_storage::{DatabaseUrl, Db, PostgresSettings, Role, connect, connect_with, migrate};
use gateway::{Gateway, Surroundings, Upstream, Upstreams};
use task_service::TaskService;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::stdout::print;
use crate::{database, ready};

/// Polling interval until all services are ready.
const READY_INTERVAL: Duration = Duration::from_millis(5);

/// Flags of the process; each is also an environment variable.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// Address to listen on
    #[arg(long, env = "DOCKET_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// PostgreSQL database instead of the SQLite file in the data folder: postgres://user:password@host:port/name
    #[arg(long, env = "DOCKET_DATABASE_URL", value_name = "URL")]
    database_url: Option<DatabaseUrl>,
    /// How to reach PostgreSQL.
    #[command(flatten)]
    postgres: PostgresSettings,
    /// Settings of the admin address.
    #[command(flatten)]
    admin: AdminFlags,
    /// Settings of the gateway.
    #[command(flatten)]
    gateway: gateway::Config,
    /// Settings of the auth service, from which those of the task service are derived.
    #[command(flatten)]
    auth: auth_service::Config,
}

/// Runs all parts until the shutdown.
///
/// # Errors
/// Where the configuration is invalid, the database cannot be opened, or the address is in use.
pub(crate) async fn run(flags: Flags, shutdown: CancellationToken) -> Result<ExitCode, Fault> {
    let listener = docket_process::listen(flags.listen).await?;
    let admin_listener = flags.admin.listen().await?;
    let address = listener.local_addr().map_err(|error| Fault::new("cannot listen", error))?;
    let config = Config::new(flags, address);
    create_private(&config.auth.data_dir)?;
    let databases = Databases::open(&config.database, &config.postgres).await?;

    let (clock, random) = (Clock::system(), Random::system());
    let health = Health::new(shutdown.clone());
    // The gateway asks before their first poll: a service that is unknown would be a mistake of the configuration.
    auth::v1::SERVICES.iter().chain(task::v1::SERVICES).for_each(|service| health.set(service, false));
    let (auth, task) = build_services(&config, &databases, &clock, &random).await?;
    let mut admin = Admin::new(admin_listener, env!("CARGO_PKG_VERSION"));
    databases.observe(&mut admin);
    auth.observe(&mut admin);
    task.observe(&mut admin);
    let shield = ShieldSettings::new(clock, random, shutdown.clone()).metrics(admin.call_metrics());
    let surroundings = Surroundings { shield, shutdown };
    let upstreams = Upstreams {
        auth: in_process(auth.routes(), &health, &surroundings),
        task: in_process(task.routes(), &health, &surroundings),
    };
    let gateway = Gateway::build(&config.gateway, &config.public_url, upstreams, surroundings.clone());
    let max_connections = raise_connection_limit(ServerSettings::default().max_connections);
    let connections = ConnectionCount::default();
    admin.observe_load(gateway.load(), connections.clone());
    let greeting = ready::greeting(address, &config.public_url, config.gateway.reflection);
    // The parts stop one after the other, so that each can finish its calls to the next.
    let (stop_task, stop_auth) = (CancellationToken::new(), CancellationToken::new());
    let serving = async {
        gateway.serve(listener, max_connections, connections).await;
        stop_task.cancel();
    };
    let tasks = async {
        task.run(auth.local_routes(), None, &health, stop_task.clone()).await;
        stop_auth.cancel();
    };
    let greeting = surroundings.shutdown.run_until_cancelled(greet(&gateway, &greeting));
    let mails = auth.send_mails(&surroundings.shutdown);
    let work = async { tokio::join!(serving, tasks, auth.run(&health, stop_auth.clone()), mails, greeting) };
    Box::pin(admin.serve_during(gateway.health(), work)).await;
    databases.close().await;
    Ok(ExitCode::SUCCESS)
}

/// The settings of all parts. Values that several parts use are the same in all.
struct Config {
    database: DatabaseUrl,
    postgres: PostgresSettings,
    public_url: Origin,
    gateway: gateway::Config,
    auth: auth_service::Config,
    task: task_service::Config,
}

impl Config {
    /// Without a public URL, users see the address of the listener.
    fn new(flags: Flags, address: SocketAddr) -> Self {
        let Flags { listen: _, admin: _, database_url, postgres, gateway, mut auth } = flags;
        let public_url = auth.public_url.unwrap_or_else(|| ready::reachable(address).into());
        let task = task_service::Config { public_url: public_url.clone(), tokens: auth.tokens.clone() };
        auth.public_url = Some(public_url.clone());
        let database = database::url(database_url.as_ref(), &auth.data_dir);
        Self { database, postgres, public_url, gateway, auth, task }
    }
}

/// The connections to the database, with the role of each service.
struct Databases {
    auth: Db,
    task: Db,
}

impl Databases {
    /// Opens the database. An SQLite file is migrated first; a PostgreSQL database is not.
    async fn open(url: &DatabaseUrl, settings: &PostgresSettings) -> Result<Self, Fault> {
        match url {
            DatabaseUrl::Postgres(_) => {
                let auth = connect_with(url, Role::Auth, settings).await?;
                Ok(Self { auth, task: connect_with(url, Role::Task, settings).await? })
            }
            DatabaseUrl::Sqlite(_) => {
                // Both services share the connections, since only one connection of a process may write.
                let db = connect(url, Role::Owner).await?;
                migrate(&db).await?;
                Ok(Self { auth: db.clone(), task: db })
            }
        }
    }

    fn observe(&self, admin: &mut Admin) {
        match self.task {
            Db::Postgres(_) => {
                admin.observe_database("auth", &self.auth);
                admin.observe_database("task", &self.task);
            }
            Db::Sqlite(_) => admin.observe_database("auth, task", &self.task),
        }
    }

    async fn close(&self) {
        tokio::join!(self.auth.close(), self.task.close());
    }
}

async fn build_services(
    config: &Config,
    databases: &Databases,
    clock: &Clock,
    random: &Random,
) -> Result<(AuthService, TaskService), Fault> {
    let auth = AuthService::build(&config.auth, databases.auth.clone(), clock.clone(), random.clone()).await?;
    let task = TaskService::build(&config.task, databases.task.clone(), clock.clone(), random.clone()).await?;
    Ok((auth, task))
}

/// A service in this process, behind the same shield as over a socket.
fn in_process(routes: Routes, health: &Health, surroundings: &Surroundings) -> Upstream {
    Upstream::InProcess(shield(routes.add_service(health.service()), surroundings.shield.clone().separate_calls()))
}

/// Creates the data folder where it is missing, accessible to its owner only.
fn create_private(folder: &Path) -> Result<(), Fault> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| Fault::new(format!("cannot make the folder {}", folder.display()), error))
}

/// Prints `greeting` as soon as all services are ready.
async fn greet(gateway: &Gateway, greeting: &str) {
    while !gateway.health().is_serving() {
        tokio::time::sleep(READY_INTERVAL).await;
    }
    // A closed stdout does not stop the server.
    drop(print(greeting));
}
