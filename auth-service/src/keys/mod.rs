//! The keys of the deployment: the operator's master key, and the keys that sign access tokens, sealed under it.

mod master_key;
mod signing_key;
mod signing_keys;

pub use master_key::{MasterKey, MasterKeyError};
pub(crate) use signing_key::SigningKey;
pub(crate) use signing_keys::{KEYS_MAX_AGE, RELOAD_INTERVAL, SigningKeys, token_life};
pub use signing_keys::{KeysError, Rotated};
