//! The services of `docket.auth.v1`: each method reads its message, calls a use case and renders the result.

mod accounts;
mod auth;
mod client;
mod convert;
mod cookies;
mod keys;
mod revocations;
mod status;

pub use accounts::AccountHandlers;
pub use auth::AuthHandlers;
pub use cookies::{Delivery, RefreshCookie};
pub use keys::KeyHandlers;
pub use revocations::{Guard, RevocationHandlers};
