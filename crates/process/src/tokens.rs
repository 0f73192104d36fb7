//! What all processes of a deployment have to agree on about access tokens.

use std::time::Duration;

use crate::parse_duration;

/// Settings of access tokens: the same in every process.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct TokenFlags {
    /// How long an access token lives, at most
    #[arg(long, env = "DOCKET_ACCESS_TOKEN_LIFE", default_value = "10m", value_parser = parse_duration, value_name = "DURATION")]
    pub access_token_life: Duration,
    /// How long tokens are accepted without news of revocations
    #[arg(long, env = "DOCKET_REVOCATION_STALENESS", default_value = "60s", value_parser = parse_duration, value_name = "DURATION")]
    pub revocation_staleness: Duration,
}

/// Revoked tokens would be accepted for longer than tokens live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the revocation staleness must not be longer than the life of an access token")]
pub struct StalenessTooLong;

impl TokenFlags {
    /// How long tokens are accepted without news of revocations.
    ///
    /// # Errors
    /// Where that is longer than tokens live.
    pub fn staleness(&self) -> Result<Duration, StalenessTooLong> {
        let within = self.revocation_staleness <= self.access_token_life;
        if within { Ok(self.revocation_staleness) } else { Err(StalenessTooLong) }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        tokens: TokenFlags,
    }

    fn parsed(flags: &[&str]) -> Result<TokenFlags, clap::Error> {
        Command::try_parse_from([&["test"], flags].concat()).map(|command| command.tokens)
    }

    #[test]
    fn tokens_live_ten_minutes_and_are_accepted_for_one_without_news() {
        let tokens = parsed(&[]).unwrap();
        assert_eq!(tokens.access_token_life, Duration::from_secs(600));
        assert_eq!(tokens.staleness(), Ok(Duration::from_secs(60)));
    }

    #[test]
    fn durations_are_bounded_and_go_together() {
        for flag in ["--access-token-life", "--revocation-staleness"] {
            for bad in ["soon", "0s", "100years"] {
                assert!(parsed(&[flag, bad]).is_err(), "{flag} {bad}");
            }
            assert!(parsed(&[flag, "90s"]).is_ok(), "{flag}");
        }
        assert_eq!(parsed(&["--revocation-staleness", "11m"]).unwrap().staleness(), Err(StalenessTooLong));
    }
}
