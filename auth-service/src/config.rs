//! What the operator decides about the auth service.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, FromArgMatches as _};
use docket_identity::{Algorithm, Random};
use docket_process::{StalenessTooLong, TokenFlags, parse_duration};
use docket_rpc::Origin;

use crate::domain::SessionLife;
use crate::keys::{MasterKey, MasterKeyError};
use crate::mail::{MailFlags, MailSettingsError};
use crate::passwords::{HashParameters, WeakParameters};

/// Flags of the auth service; each is also an environment variable `DOCKET_…`.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Folder of what this server keeps: the master key, and the SQLite file where it uses one
    #[arg(long, env = "DOCKET_DATA_DIR", default_value = "./data", value_name = "FOLDER")]
    pub data_dir: PathBuf,

    /// Address that users see: the issuer of tokens, and whether cookies are for https only [default: http://127.0.0.1:8080]
    #[arg(long, env = "DOCKET_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<Origin>,

    /// File of the master key: 32 bytes in hexadecimal, private to its owner [default: master.key in the data folder, made where absent]
    #[arg(long, env = "DOCKET_MASTER_KEY_FILE", value_name = "FILE")]
    pub master_key_file: Option<PathBuf>,

    /// What new signing keys sign with: EdDSA, or ES256 for verifiers that lack it
    #[arg(long, env = "DOCKET_SIGNING_ALGORITHM", default_value = "EdDSA", value_parser = parse_algorithm)]
    pub signing_algorithm: Algorithm,

    /// Age of the newest signing key at which the next one is made
    #[arg(long, env = "DOCKET_KEY_ROTATION", default_value = "30d", value_parser = parse_duration, value_name = "DURATION")]
    pub key_rotation: Duration,

    /// Settings that all processes share.
    #[command(flatten)]
    pub tokens: TokenFlags,

    /// How long a session lives without being refreshed
    #[arg(long, env = "DOCKET_SESSION_IDLE", default_value = "7d", value_parser = parse_duration, value_name = "DURATION")]
    pub session_idle: Duration,

    /// How long a session lives at most
    #[arg(long, env = "DOCKET_SESSION_ABSOLUTE", default_value = "90d", value_parser = parse_duration, value_name = "DURATION")]
    pub session_absolute: Duration,

    /// Number of sessions that an account may have: the one longest unused makes room for a new one
    #[arg(long, env = "DOCKET_MAX_SESSIONS", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000), value_name = "COUNT")]
    pub max_sessions: u16,

    /// Settings of mail.
    #[command(flatten)]
    pub mail: MailFlags,

    /// Least number of characters of a new password
    #[arg(long, env = "DOCKET_PASSWORD_MIN_LENGTH", default_value_t = 8, value_parser = clap::value_parser!(u16).range(8..=64), value_name = "COUNT")]
    pub password_min_length: u16,

    /// Memory of one password hash
    #[arg(long, env = "DOCKET_HASH_MEMORY_KIB", default_value_t = 19_456, value_name = "KIB")]
    pub hash_memory_kib: u32,

    /// Passes of one password hash over its memory
    #[arg(long, env = "DOCKET_HASH_ITERATIONS", default_value_t = 2, value_name = "COUNT")]
    pub hash_iterations: u32,

    /// Lanes of one password hash
    #[arg(long, env = "DOCKET_HASH_PARALLELISM", default_value_t = 1, value_name = "COUNT")]
    pub hash_parallelism: u32,

    /// Set by [`for_tests`](Self::for_tests) alone.
    #[arg(skip)]
    weak_hashing: bool,
}

/// The settings don't go together.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Hashing is too weak.
    #[error(transparent)]
    Hashing(#[from] WeakParameters),
    /// The settings of tokens don't go together.
    #[error(transparent)]
    Tokens(#[from] StalenessTooLong),
    /// Mail can't be sent as it is set.
    #[error(transparent)]
    Mail(#[from] MailSettingsError),
    /// There is no good master key.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
}

impl Config {
    /// The defaults with this data folder, and hashing that is too weak for anything but tests. No flag leads to it.
    pub fn for_tests(data_dir: impl Into<PathBuf>) -> Self {
        let command = Self::augment_args(clap::Command::new("test"));
        let matches = command.get_matches_from(["test"]);
        let config = Self::from_arg_matches(&matches).expect("every flag has a default");
        Self { data_dir: data_dir.into(), weak_hashing: true, ..config }
    }

    /// The address that users see.
    pub fn public_url(&self) -> Origin {
        self.public_url.clone().unwrap_or_else(Origin::local)
    }

    /// How long sessions live.
    pub fn session_life(&self) -> SessionLife {
        SessionLife { idle: self.session_idle, absolute: self.session_absolute }
    }

    /// What a hash costs.
    ///
    /// # Errors
    /// Where that is less than OWASP asks.
    pub fn hash_parameters(&self) -> Result<HashParameters, ConfigError> {
        if self.weak_hashing {
            return Ok(HashParameters::weak_for_tests());
        }
        Ok(HashParameters::new(self.hash_memory_kib, self.hash_iterations, self.hash_parallelism)?)
    }

    /// The master key, from the file that is named, or from the one in the data folder. The latter is made where it is
    /// absent and nothing was `sealed` with it.
    ///
    /// # Errors
    /// See [`MasterKeyError`].
    pub(crate) fn master_key(&self, sealed: bool, random: &Random) -> Result<MasterKey, ConfigError> {
        let own = self.data_dir.join("master.key");
        Ok(match &self.master_key_file {
            file if sealed => MasterKey::restore(file.as_ref().unwrap_or(&own))?,
            Some(named) => MasterKey::read(named)?,
            None => MasterKey::read_or_create(&own, random)?,
        })
    }
}

/// Reads the name of a signing algorithm: a `value_parser` for flags.
///
/// # Errors
/// The names that there are, where it is none of them.
pub fn parse_algorithm(text: &str) -> Result<Algorithm, &'static str> {
    Algorithm::from_name(text).ok_or("expected EdDSA or ES256")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        config: Config,
    }

    fn parsed(flags: &[&str]) -> Result<Config, clap::Error> {
        Command::try_parse_from([&["test"], flags].concat()).map(|command| command.config)
    }

    #[test]
    fn the_defaults_are_those_of_the_specification() {
        let config = parsed(&[]).unwrap();
        let day = Duration::from_secs(86_400);
        assert_eq!((config.session_idle, config.session_absolute), (7 * day, 90 * day));
        assert_eq!(config.max_sessions, 100);
        assert_eq!(config.public_url().to_string(), "http://127.0.0.1:8080");
        assert_eq!((config.hash_memory_kib, config.hash_iterations, config.hash_parallelism), (19_456, 2, 1));
        assert!(config.hash_parameters().is_ok());
    }

    #[test]
    fn values_that_are_none_are_refused() {
        for flags in [
            ["--session-idle", "soon"],
            ["--session-idle", "0s"],
            ["--session-absolute", "100years"],
            ["--max-sessions", "0"],
            ["--max-sessions", "1001"],
            ["--signing-algorithm", "RS256"],
            ["--password-min-length", "7"],
            ["--password-min-length", "65"],
        ] {
            assert!(parsed(&flags).is_err(), "{flags:?}");
        }
    }

    #[test]
    fn weak_hashing_is_refused() {
        let weak = parsed(&["--hash-memory-kib", "19455"]).unwrap();
        assert!(matches!(weak.hash_parameters(), Err(ConfigError::Hashing(_))));
    }
}
