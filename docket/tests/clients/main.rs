//! The `docket` binary as those who run it and those who call it see it: real processes, and clients from elsewhere.
//!
//! The binary is the one that `DOCKET_BIN` names, else the one that cargo built. What else a test needs is set by
//! `cargo xtask test clients`; where something lacks, the test fails and says how to get it.

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

/// What `docket auth`, `docket task` and `docket gateway` need, on a new database.
async fn three_processes() -> ThreeProcesses {
    ThreeProcesses::prepare(&program()).await
}
