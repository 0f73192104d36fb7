//! The service over gRPC: a real server in this process, real tokens, on both databases.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod auth;
mod cancelled;
mod complete;
mod create;
mod database;
mod due;
mod isolation;
mod kit;
mod later;
mod limits;
mod list;
mod lists;
mod naughty;
mod paging;
mod retries;
mod store;
mod tokens;
mod trash;
mod trust;
mod update;
