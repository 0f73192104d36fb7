//! The program `auth-service`: what `docket auth` runs, alone.

use std::process::ExitCode;

use auth_service::program;
use clap::Parser;

/// Accounts, sessions, and the tokens that other services verify by themselves
#[derive(Parser)]
#[command(name = "auth-service", version)]
struct Arguments {
    #[command(flatten)]
    flags: program::Flags,
}

fn main() -> ExitCode {
    docket_process::main(|arguments: Arguments, shutdown| program::run(arguments.flags, shutdown))
}
