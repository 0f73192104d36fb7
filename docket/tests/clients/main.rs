//! The `docket` binary as operators and clients see it: real processes and third-party clients.
//!
//! The binary is the one that `DOCKET_BIN` names, else the one that cargo has built. `cargo xtask test clients` sets up
//! what the tests need; where something is missing, the test fails and says how to get it.

mod isolation;
mod languages;
mod revocation;
mod rows;
mod session;
mod walks;

use docket_testkit::{OneProcess, Program, ThreeProcesses};

fn program() -> Program {
    Program::named_or(env!("CARGO_BIN_EXE_docket"))
}

/// `docket serve` with new data.
async fn one_process() -> OneProcess {
    OneProcess::start(&program()).await
}

/// The set-up for `docket auth`, `docket task` and `docket gateway`, with a new database.
async fn three_processes() -> ThreeProcesses {
    ThreeProcesses::prepare(&program()).await
}
