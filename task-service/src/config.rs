//! Settings of the task service itself. Addresses and the database are settings of the process.

use docket_identity::Expected;
use docket_process::TokenFlags;
use docket_rpc::Origin;

/// The `aud` of access tokens that are good here.
const AUDIENCE: &str = "docket";

/// Flags of the task service; each is also an environment variable.
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// The address that users see: the issuer that tokens must name
    #[arg(long, env = "DOCKET_PUBLIC_URL", value_name = "URL", default_value_t = Origin::local())]
    pub public_url: Origin,
    /// Settings that all processes share.
    #[command(flatten)]
    pub tokens: TokenFlags,
}

impl Config {
    pub(crate) fn expected(&self) -> Expected {
        Expected {
            issuer: self.public_url.to_string(),
            audience: AUDIENCE.to_owned(),
            longest_life: self.tokens.access_token_life,
        }
    }
}
