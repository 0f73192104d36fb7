//! The program `gateway`, the same as `docket gateway`.

use std::process::ExitCode;

use clap::Parser;
use gateway::program;

/// One port for gRPC, gRPC-Web and the web page, before Docket's services
#[derive(Parser)]
#[command(name = "gateway", version)]
struct Arguments {
    #[command(flatten)]
    flags: program::Flags,
}

fn main() -> ExitCode {
    docket_process::main(|arguments: Arguments, shutdown| program::run(arguments.flags, shutdown))
}
