//! The program `task-service`: what `docket task` runs, alone.

use std::process::ExitCode;

use clap::Parser;
use task_service::program;

/// Tasks and lists, for those whom an auth service vouches for
#[derive(Parser)]
#[command(name = "task-service", version)]
struct Arguments {
    #[command(flatten)]
    flags: program::Flags,
}

fn main() -> ExitCode {
    docket_process::main(|arguments: Arguments, shutdown| program::run(arguments.flags, shutdown))
}
