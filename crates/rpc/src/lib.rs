//! What every gRPC server of Docket shares: authentication, statuses, limits of calls and connections, draining.
//!
//! It knows how a call looks, not what any method does.

mod admin;
mod authenticate;
mod call_path;
mod client_address;
mod health;
mod log_limit;
mod origin;
mod quota;
mod reflection;
mod server;
mod service_server;
mod service_url;
mod shield;
mod source_network;
mod status;
mod tracing_context;
mod trust;
mod values;

pub use admin::{Admin, CallMetrics, Job, Labels, Metric};
pub use authenticate::{AuthenticateLayer, bearer_token, caller};
pub use call_path::called_service;
pub use client_address::{
    CLIENT_ADDRESS_HEADER, ClientAddress, ParseProxiesError, PeerAddress, TrustedProxies, client_address,
};
pub use health::Health;
pub use log_limit::LogLimit;
pub use origin::{Origin, ParseOriginError};
pub use reflection::{REFLECTION_SERVICES, reflection};
pub use server::{ConnectionCount, ServerSettings, raise_connection_limit, serve};
pub use service_server::{ServiceFlags, ServiceServer};
pub use service_url::{ParseServiceUrlError, ServiceUrl};
pub use shield::{Load, REQUEST_ID_HEADER, ShieldSettings, Shielded, shield};
pub use source_network::SourceNetwork;
#[cfg(feature = "storage")]
pub use status::store_failure;
pub use status::{ERROR_DOMAIN, Reason, Violations, internal};
pub use tracing_context::pass_trace;
pub use trust::{AuthUpstream, FollowError, Trust};
pub use values::{jwk, time, timestamp};
