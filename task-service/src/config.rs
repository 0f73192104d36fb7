//! What an operator can set about the task service itself. Where it listens and what it stands on is not its own
//! matter.

use std::time::Duration;

use docket_identity::Expected;
use docket_process::parse_duration;
use docket_rpc::Origin;

/// The `aud` of access tokens that are good here.
const AUDIENCE: &str = "docket";

/// Flags of the task service; each is also an environment variable. They say of tokens what the auth service's flags
/// of the same names say.
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// The address that users see: the issuer that tokens must name
    #[arg(long, env = "DOCKET_PUBLIC_URL", value_name = "URL", default_value_t = Origin::local())]
    pub public_url: Origin,
    /// The longest life that an access token may have
    #[arg(long, env = "DOCKET_ACCESS_TOKEN_LIFE", value_name = "DURATION", default_value = "10m", value_parser = parse_duration)]
    pub access_token_life: Duration,
    /// After how long without news of revocations calls are refused
    #[arg(long, env = "DOCKET_REVOCATION_STALENESS", value_name = "DURATION", default_value = "60s", value_parser = parse_duration)]
    pub revocation_staleness: Duration,
}

impl Config {
    pub(crate) fn expected(&self) -> Expected {
        Expected {
            issuer: self.public_url.to_string(),
            audience: AUDIENCE.to_owned(),
            longest_life: self.access_token_life,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        config: Config,
    }

    #[test]
    fn durations_are_bounded_as_those_of_the_auth_service() {
        for flag in ["--access-token-life", "--revocation-staleness"] {
            for bad in ["soon", "0s", "100years"] {
                assert!(Command::try_parse_from(["test", flag, bad]).is_err(), "{flag} {bad}");
            }
            assert!(Command::try_parse_from(["test", flag, "90s"]).is_ok(), "{flag}");
        }
    }
}
