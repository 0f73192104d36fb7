//! What tests of Docket share: databases, servers, a clock that stands still, seeded randomness, signed tokens.
//!
//! A dev-dependency only.

mod clock;
mod cluster;
mod database;
mod issuer;
mod mail_server;
mod naughty;
mod processes;
mod random;
mod raw;
mod server;
mod wait;

pub use clock::FakeClock;
pub use cluster::{PgBouncer, TestCluster, write_for_server};
pub use database::{PostgresDatabase, TestDatabase, postgres_connection, waiting_for_locks};
pub use issuer::TestIssuer;
pub use mail_server::{MailServer, Protection, SECRET, Taken, USER};
pub use naughty::naughty_strings;
pub use processes::{DatabaseUrls, OneProcess, Process, Program, ROLE_PASSWORD, ThreeProcesses, free_address};
pub use random::seeded_random;
pub use raw::Raw;
pub use server::TestServer;
pub use tokio;
pub use wait::{eventually, give_up_after, within_ten_seconds};
