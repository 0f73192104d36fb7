//! `docket keys`: the keys that sign access tokens.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use auth_service::{MasterKey, Rotated, operator};
use docket_identity::{Algorithm, Clock, Random};
use docket_process::{Fault, parse_duration};
use docket_storage::Role;

use crate::database;
use crate::operator::time;
use crate::stdout::{print, print_table};

/// Keys that sign access tokens.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Keys {
    /// List the keys with their states
    List {
        /// Settings of tokens.
        #[command(flatten)]
        tokens: TokenLife,
        /// The database to work on.
        #[command(flatten)]
        database: database::Flags,
    },
    /// Make the next key: it signs in seven minutes, when all who verify tokens know it, and the one before retires then
    Rotate {
        /// File of the master key [default: master.key in the data folder]
        #[arg(long, env = "DOCKET_MASTER_KEY_FILE", value_name = "FILE")]
        master_key_file: Option<PathBuf>,
        /// What it signs with: EdDSA or ES256 [default: as the newest key]
        #[arg(long, env = "DOCKET_SIGNING_ALGORITHM", value_name = "ALGORITHM", value_parser = auth_service::parse_algorithm)]
        signing_algorithm: Option<Algorithm>,
        /// Settings of tokens.
        #[command(flatten)]
        tokens: TokenLife,
        /// The database to work on.
        #[command(flatten)]
        database: database::Flags,
    },
}

/// How long tokens are good.
#[derive(Clone, Copy, Debug, clap::Args)]
#[group(skip)]
pub(crate) struct TokenLife {
    /// Lifetime of access tokens: a retired key stays listed for as long
    #[arg(long, env = "DOCKET_ACCESS_TOKEN_LIFE", value_name = "DURATION", default_value = "10m", value_parser = parse_duration)]
    access_token_life: Duration,
}

/// Runs a command about keys.
pub(crate) async fn run(command: Keys) -> Result<ExitCode, Fault> {
    match command {
        Keys::List { tokens, database } => list(tokens, &database).await,
        Keys::Rotate { master_key_file, signing_algorithm, tokens, database } => {
            let file = master_key_file.unwrap_or_else(|| database.data_dir.join("master.key"));
            rotate(&MasterKey::read(&file)?, signing_algorithm, tokens, &database).await
        }
    }
}

async fn list(tokens: TokenLife, database: &database::Flags) -> Result<ExitCode, Fault> {
    let db = database.open(Role::Auth).await?;
    let keys = operator::list_keys(&db, tokens.access_token_life, &Clock::system()).await?;
    let rows = keys.into_iter().map(|(key, state)| {
        [
            key.id.to_string(),
            state.to_string(),
            key.algorithm.to_string(),
            time(key.create_time),
            time(key.activate_time),
            key.revoke_time.or(key.retire_time).map(time).unwrap_or_default(),
        ]
    });
    print_table(["KID", "STATE", "ALGORITHM", "LISTED", "SIGNS FROM", "SIGNS UNTIL"], rows)?;
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn rotate(
    master_key: &MasterKey,
    algorithm: Option<Algorithm>,
    tokens: TokenLife,
    database: &database::Flags,
) -> Result<ExitCode, Fault> {
    let db = database.open(Role::Auth).await?;
    let (clock, random) = (Clock::system(), Random::system());
    let rotated = operator::rotate_keys(&db, master_key, algorithm, tokens.access_token_life, &clock, &random).await?;
    db.close().await;
    match rotated {
        Rotated::Made(key) => print(&format!("the key {} signs from {} on", key.id, time(key.activate_time)))?,
        Rotated::Kept => {
            return Err(Fault::text("the next key is there already: docket keys list shows from when it signs"));
        }
    }
    Ok(ExitCode::SUCCESS)
}
