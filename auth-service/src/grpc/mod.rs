//! The services of `docket.auth.v1`: each method reads its message, calls a use case and renders the result.

mod accounts;
mod auth;
mod client;
mod convert;
mod cookies;
mod keys;
mod revocations;
mod status;

pub(crate) use accounts::AccountHandlers;
pub(crate) use auth::AuthHandlers;
pub(crate) use cookies::RefreshCookie;
pub(crate) use keys::KeyHandlers;
pub(crate) use revocations::RevocationHandlers;
