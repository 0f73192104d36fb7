//! The repo's own commands: `cargo xtask up | test | bench | tidy`.
//!
//! They need Rust and what `cargo` brings along; whatever else a command needs it installs or names.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what a command says to its user goes to the terminal")]

mod bench;
mod files;
mod machine;
mod postgres;
mod process;
mod test;
mod tidy;
mod up;
mod web;
mod workspace;

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{CommandFactory as _, Parser};

use crate::workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Docket's own commands")]
enum Command {
    /// Build Docket with its page, and serve it from ./data
    Up {
        /// Passed on to `docket serve`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        serve: Vec<String>,
    },
    /// Run every check, or the parts named
    Test {
        /// Parts to run, in any order
        #[arg(value_parser = PossibleValuesParser::new(test::names()))]
        parts: Vec<String>,
    },
    /// Measure Docket beside what bounds it, and write the figures into bench/README.md
    Bench {
        /// One short round, shown and not written down: to see that all works
        #[arg(long)]
        quick: bool,
    },
    /// Hold the tree against the rules that no compiler knows
    Tidy,
}

/// The names of all commands.
fn commands() -> Vec<String> {
    Command::command().get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

fn main() -> ExitCode {
    let command = Command::parse();
    let done = Workspace::find().and_then(|workspace| match command {
        Command::Up { serve } => up::up(&workspace, &serve),
        Command::Test { parts } => test::run(workspace, &parts),
        Command::Bench { quick } => bench::bench(&workspace, quick),
        Command::Tidy => tidy::run(&workspace),
    });
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
