//! `docket serve`: everything in one process. The gateway calls the services' routes as functions, and the task service
//! the auth service's; there is no socket in between.

use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use auth_service::AuthService;
use docket_identity::{Clock, Random};
use docket_process::Fault;
use docket_rpc::{Health, Origin, ServerSettings, ShieldSettings, raise_connection_limit, shield};
use docket_storage::{DatabaseUrl, Db, PostgresSettings, Role, connect, connect_with, migrate};
use gateway::{Gateway, Surroundings, Upstream, Upstreams};
use task_service::TaskService;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::stdout::print;
use crate::{database, ready};

/// How often is looked whether all is ready.
const READY_INTERVAL: Duration = Duration::from_millis(5);

/// Flags of the process; each is also an environment variable.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flags {
    /// Where to listen
    #[arg(long, env = "DOCKET_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// A PostgreSQL database instead of the SQLite file in the data folder: postgres://user:password@host:port/name
    #[arg(long, env = "DOCKET_DATABASE_URL", value_name = "URL")]
    database_url: Option<DatabaseUrl>,
    /// How to reach PostgreSQL.
    #[command(flatten)]
    postgres: PostgresSettings,
    /// Of the gateway.
    #[command(flatten)]
    gateway: gateway::Config,
    /// Of the auth service. The task service's are the same.
    #[command(flatten)]
    auth: auth_service::Config,
}

/// Runs everything until the shutdown.
///
/// # Errors
/// Where the configuration makes no sense, the database is not there, or the address is taken.
pub(crate) async fn run(flags: Flags, shutdown: CancellationToken) -> Result<ExitCode, Fault> {
    let listener = docket_process::listen(flags.listen).await?;
    let address = listener.local_addr().map_err(|error| Fault::new("cannot listen", error))?;
    let config = Config::new(flags, address);
    make_private(&config.auth.data_dir)?;
    let databases = Databases::open(&config.database, &config.postgres).await?;

    let surroundings = Surroundings { clock: Clock::system(), random: Random::system(), shutdown };
    let health = Health::new(surroundings.shutdown.clone());
    let (auth, task) = build_services(&config, &databases, &surroundings).await?;
    let upstreams = Upstreams {
        auth: in_process(auth.routes(), &health, &surroundings),
        task: in_process(task.routes(), &health, &surroundings),
    };
    let gateway = Gateway::build(&config.gateway, &config.public_url, upstreams, surroundings.clone());
    let connections = raise_connection_limit(ServerSettings::default().max_connections);
    let greeting = ready::greeting(address, &config.public_url, config.gateway.reflection);
    // They stop one after the other, so that each finishes its calls on what it stands on.
    let (stop_task, stop_auth) = (CancellationToken::new(), CancellationToken::new());
    let serving = async {
        gateway.serve(listener, connections).await;
        stop_task.cancel();
    };
    let tasks = async {
        task.run(auth.local_routes(), None, &health, stop_task.clone()).await;
        stop_auth.cancel();
    };
    let greeting = surroundings.shutdown.run_until_cancelled(greet(&gateway, &greeting));
    tokio::join!(serving, tasks, auth.run(&health, stop_auth.clone()), greeting);
    databases.close().await;
    Ok(ExitCode::SUCCESS)
}

/// The settings of all parts, which are the same where they mean the same.
struct Config {
    database: DatabaseUrl,
    postgres: PostgresSettings,
    public_url: Origin,
    gateway: gateway::Config,
    auth: auth_service::Config,
    task: task_service::Config,
}

impl Config {
    /// Without a public URL users see the address that is listened on.
    fn new(flags: Flags, address: SocketAddr) -> Self {
        let Flags { listen: _, database_url, postgres, gateway, mut auth } = flags;
        let public_url = auth.public_url.unwrap_or_else(|| ready::reachable(address).into());
        let task = task_service::Config {
            public_url: public_url.clone(),
            access_token_life: auth.access_token_life,
            revocation_staleness: auth.revocation_staleness,
        };
        auth.public_url = Some(public_url.clone());
        let database = database::url(database_url.as_ref(), &auth.data_dir);
        Self { database, postgres, public_url, gateway, auth, task }
    }
}

/// The database, as each service may reach it.
struct Databases {
    auth: Db,
    task: Db,
}

impl Databases {
    /// Opens an SQLite file, brought up to date; or PostgreSQL as it is.
    async fn open(url: &DatabaseUrl, settings: &PostgresSettings) -> Result<Self, Fault> {
        match url {
            DatabaseUrl::Postgres(_) => {
                let auth = connect_with(url, Role::Auth, settings).await?;
                Ok(Self { auth, task: connect_with(url, Role::Task, settings).await? })
            }
            DatabaseUrl::Sqlite(_) => {
                // One set of connections, since only one connection of a process may write.
                let db = connect(url, Role::Owner).await?;
                migrate(&db).await?;
                Ok(Self { auth: db.clone(), task: db })
            }
        }
    }

    async fn close(&self) {
        tokio::join!(self.auth.close(), self.task.close());
    }
}

async fn build_services(
    config: &Config,
    databases: &Databases,
    surroundings: &Surroundings,
) -> Result<(AuthService, TaskService), Fault> {
    let Surroundings { clock, random, .. } = surroundings;
    let auth = AuthService::build(&config.auth, databases.auth.clone(), clock.clone(), random.clone()).await?;
    let task = TaskService::build(&config.task, databases.task.clone(), clock.clone(), random.clone()).await?;
    Ok((auth, task))
}

/// A service's routes behind the shield that they wear over a socket, too.
fn in_process(routes: Routes, health: &Health, surroundings: &Surroundings) -> Upstream {
    let Surroundings { clock, random, shutdown } = surroundings.clone();
    Upstream::InProcess(shield(routes.add_service(health.service()), ShieldSettings::new(clock, random, shutdown)))
}

/// The folder holds keys and everybody's data.
fn make_private(folder: &Path) -> Result<(), Fault> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| Fault::new(format!("cannot make the folder {}", folder.display()), error))
}

/// Prints `greeting` as soon as every service takes calls.
async fn greet(gateway: &Gateway, greeting: &str) {
    while !gateway.health().is_serving() {
        tokio::time::sleep(READY_INTERVAL).await;
    }
    // Whoever does not listen to it is served all the same.
    drop(print(greeting));
}
