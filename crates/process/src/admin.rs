//! The address for an operator's programs.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::{Fault, listen};

/// Where metrics and the state of the process are served.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub struct AdminFlags {
    /// Where to serve /metrics, /healthz and /readyz, without a password: an address that only the operator reaches
    #[arg(
        long,
        env = "DOCKET_ADMIN_LISTEN",
        value_name = "ADDRESS",
        num_args = 0..=1,
        default_missing_value = "127.0.0.1:9090"
    )]
    pub admin_listen: Option<SocketAddr>,
}

impl AdminFlags {
    /// Takes the address, where there is one.
    ///
    /// # Errors
    /// Where it is taken already, or none of this machine's.
    pub async fn listen(&self) -> Result<Option<TcpListener>, Fault> {
        match self.admin_listen {
            Some(address) => listen(address).await.map(Some),
            None => Ok(None),
        }
    }
}
