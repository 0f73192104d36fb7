//! The gateway's settings. Addresses, its own and those of the services, are set by the process.

use docket_rpc::{Origin, TrustedProxies};

/// Flags of the gateway; each is also an environment variable.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Config {
    /// Other origins whose pages may make calls, separated by commas: https://app.example.org
    #[arg(long, env = "DOCKET_ALLOWED_ORIGINS", value_name = "ORIGINS", value_delimiter = ',')]
    pub allowed_origins: Vec<Origin>,
    /// Proxies in front whose x-forwarded-for is believed, and whose callers are counted by limits for one source network
    /// instead of them: addresses and networks, separated by commas
    #[arg(
        long,
        env = "DOCKET_TRUSTED_PROXIES",
        value_name = "NETWORKS",
        default_value = "",
        hide_default_value = true
    )]
    pub trusted_proxies: TrustedProxies,
    /// Whether gRPC reflection is served
    #[arg(long, env = "DOCKET_REFLECTION", default_value_t = true, action = clap::ArgAction::Set)]
    pub reflection: bool,
}
