//! The operator's commands. They work while the servers run and while they do not.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use auth_service::domain::ServiceName;
use auth_service::operator;
use chrono::{DateTime, SecondsFormat, Utc};
use docket_identity::{Clock, Random};
use docket_process::Fault;
use docket_storage::{Db, Role, RolePassword, allow_login, connect, migrate as migrate_database};

use crate::database;
use crate::stdout::{print, print_table};

/// The schema, and the roles that services log in as.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Migrate {
    /// File with the password that docket auth is to log in to PostgreSQL with, as the user docket_auth
    #[arg(long, env = "DOCKET_AUTH_PASSWORD_FILE", value_name = "FILE")]
    auth_password_file: Option<PathBuf>,
    /// The same for docket task and the user docket_task
    #[arg(long, env = "DOCKET_TASK_PASSWORD_FILE", value_name = "FILE")]
    task_password_file: Option<PathBuf>,
    /// Which database.
    #[command(flatten)]
    database: database::Flags,
}

/// Credentials by which services authenticate to the auth service.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ServiceToken {
    /// Create a credential and print it; it cannot be shown again
    Create {
        /// Name of the credential: task-service
        name: ServiceName,
        /// Revoke the credential that has the name, where there is one
        #[arg(long, env = "DOCKET_REPLACE")]
        replace: bool,
        /// The database to work on.
        #[command(flatten)]
        database: database::Flags,
    },
    /// List the valid credentials
    List {
        /// The database to work on.
        #[command(flatten)]
        database: database::Flags,
    },
    /// Revoke a credential: within a second the auth service sends its holder nothing more
    Revoke {
        /// Name of the credential
        name: String,
        /// The database to work on.
        #[command(flatten)]
        database: database::Flags,
    },
}

/// People's accounts.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Accounts {
    /// List all accounts, the oldest first
    List {
        /// The database to work on.
        #[command(flatten)]
        database: database::Flags,
    },
}

/// Brings the schema up to date, and lets the services log in.
pub(crate) async fn migrate(flags: &Migrate) -> Result<ExitCode, Fault> {
    let url = flags.database.url();
    let passwords = [(Role::Auth, &flags.auth_password_file), (Role::Task, &flags.task_password_file)];
    let mut given = Vec::new();
    for (role, file) in passwords {
        given.extend(file.as_deref().map(read_password).transpose()?.map(|password| (role, password)));
    }
    let db = connect(&url, Role::Owner).await?;
    if matches!(db, Db::Sqlite(_)) && !given.is_empty() {
        return Err(Fault::text("an SQLite file has no users: passwords of services are for PostgreSQL"));
    }
    migrate_database(&db).await?;
    for (role, password) in &given {
        allow_login(&db, *role, password, Random::system().bytes()).await?;
    }
    db.close().await;
    print(&format!("the schema of {url} is up to date"))?;
    Ok(ExitCode::SUCCESS)
}

/// Reads the password of a service's role. The line of a fault names the file and never its content.
fn read_password(file: &Path) -> Result<RolePassword, Fault> {
    let cannot = |error| Fault::new(format!("cannot read the password {}", file.display()), error);
    if std::fs::metadata(file).map_err(cannot)?.permissions().mode() & 0o077 != 0 {
        let file = file.display();
        return Err(Fault::text(format!("{file} is open to other users: run chmod 600 {file}")));
    }
    let text = std::fs::read_to_string(file).map_err(cannot)?;
    RolePassword::parse(&text).map_err(|error| Fault::new(file.display(), error))
}

/// Runs a command about credentials of services. Creating one prints the secret alone on one line.
pub(crate) async fn service_token(command: ServiceToken) -> Result<ExitCode, Fault> {
    match command {
        ServiceToken::Create { name, replace, database } => create_service_token(&name, replace, &database).await,
        ServiceToken::List { database } => list_service_tokens(&database).await,
        ServiceToken::Revoke { name, database } => revoke_service_token(&name, &database).await,
    }
}

/// What it prints is a secret, alone on one line.
async fn create_service_token(
    name: &ServiceName,
    replace: bool,
    database: &database::Flags,
) -> Result<ExitCode, Fault> {
    let db = database.open(Role::Auth).await?;
    let (clock, random) = (Clock::system(), Random::system());
    let credential = operator::create_service_credential(&db, name, replace, &clock, &random).await?;
    print(&credential.expose())?;
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn list_service_tokens(database: &database::Flags) -> Result<ExitCode, Fault> {
    let db = database.open(Role::Auth).await?;
    let services = operator::list_service_credentials(&db).await?.into_iter();
    let rows = services.map(|service| [service.name, service.id.to_string(), time(service.create_time)]);
    print_table(["NAME", "ID", "CREATED"], rows)?;
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn revoke_service_token(name: &str, database: &database::Flags) -> Result<ExitCode, Fault> {
    let db = database.open(Role::Auth).await?;
    let revoked = operator::revoke_service_credential(&db, name).await?;
    db.close().await;
    if !revoked {
        return Err(Fault::text(format!("there is no credential named {name}: docket service-token list shows all")));
    }
    print(&format!("the credential {name} is revoked"))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs a command about accounts.
pub(crate) async fn accounts(command: Accounts) -> Result<ExitCode, Fault> {
    let Accounts::List { database } = command;
    let db = database.open(Role::Auth).await?;
    let mut accounts = Vec::new();
    loop {
        let page =
            operator::list_accounts(&db, accounts.last().map(|account: &auth_service::domain::Account| account.id))
                .await?;
        if page.is_empty() {
            break;
        }
        accounts.extend(page);
    }
    let rows = accounts.iter().map(|account| {
        [
            account.id.to_string(),
            account.email.to_string(),
            account.display_name.to_string(),
            if account.email_verified { "yes" } else { "no" }.to_owned(),
            time(account.create_time),
        ]
    });
    print_table(["ID", "EMAIL", "NAME", "VERIFIED", "CREATED"], rows)?;
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
