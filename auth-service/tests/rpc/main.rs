//! Every call of the auth service, against a real server in this process, on both databases.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod cookies;
mod keys;
mod later;
mod mail;
mod naughty;
mod password_change;
mod refresh;
mod refresh_races;
mod revocations;
mod session_limit;
mod sessions;
mod sign_in;
mod sign_out;
mod sign_up;
mod start;
mod store;
mod support;
mod timing;
mod turns;
mod validate;
