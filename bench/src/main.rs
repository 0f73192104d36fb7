//! Measures Docket beside what bounds it: a bare tonic echo, PostgreSQL's own pgbench, a bare Argon2 loop.
//!
//! `cargo xtask bench` builds this, hands it a PostgreSQL and the load generator, and writes what it prints into
//! `bench/README.md`. Everything of one table is measured in one run, in turns, so that ratios mean something on a
//! machine whose speed changes.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "figures go to the terminal, and so does progress")]

mod bed;
mod calls;
mod cases;
mod echo;
mod figures;
mod hashing;
mod load;
mod machine;
mod postgres;
mod report;
mod run;
mod statements;
mod usage;
mod verification;

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;

#[derive(Parser)]
#[command(name = "docket-bench", about = "Measures Docket beside what bounds it")]
enum Command {
    /// Measure everything and print the tables; progress goes to stderr
    Run {
        /// One short round: to see that all works, not to compare
        #[arg(long)]
        quick: bool,
    },
    /// Serve the bare echo
    #[command(hide = true)]
    Echo {
        /// Where
        #[arg(long)]
        listen: SocketAddr,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Run { quick } => {
            let plan = if quick {
                run::Plan { rounds: 1, time: Duration::from_secs(1) }
            } else {
                run::Plan { rounds: 3, time: Duration::from_secs(4) }
            };
            let report = run::run(plan).await?;
            println!("{report}");
            Ok(())
        }
        Command::Echo { listen } => echo::serve(listen).await,
    }
}
