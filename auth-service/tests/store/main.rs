//! Every method of the store, on both databases.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod kit;
mod revocations;
mod services;
mod sessions;
mod signing_keys;
mod users;
