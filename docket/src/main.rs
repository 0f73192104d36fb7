//! The program `docket`: all of Docket in one process, each part alone, and the operator's commands.

mod database;
mod doctor;
mod keys;
mod mail;
mod operator;
mod ready;
mod serve;
mod stdout;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use docket_process::Fault;
use tokio_util::sync::CancellationToken;

/// A to-do system on your own machine
///
/// Every flag --some-name can also be set as DOCKET_SOME_NAME in the environment.
#[derive(Debug, Parser)]
#[command(name = "docket", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything in one process, on an SQLite file or on PostgreSQL
    Serve(Box<serve::Flags>),
    /// Run the auth service alone, on PostgreSQL
    Auth(Box<auth_service::program::Flags>),
    /// Run the task service alone, on PostgreSQL
    Task(Box<task_service::program::Flags>),
    /// Run the gateway alone, with an auth service and a task service in other processes
    Gateway(Box<gateway::program::Flags>),
    /// Bring the database's schema up to date, and PostgreSQL's roles of the services
    Migrate(operator::Migrate),
    /// Manage the keys that sign tokens
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Manage the credentials of services
    #[command(subcommand)]
    ServiceToken(operator::ServiceToken),
    /// Manage accounts
    #[command(subcommand)]
    Accounts(operator::Accounts),
    /// Try the settings of mail
    #[command(subcommand)]
    Mail(mail::Mail),
    /// Check this installation, and say how to fix what is wrong
    Doctor(Box<doctor::Flags>),
}

fn main() -> ExitCode {
    // New files (databases, keys) are private to their owner in every folder.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    docket_process::main(|arguments: Arguments, shutdown| run(arguments.command, shutdown))
}

async fn run(command: Command, shutdown: CancellationToken) -> Result<ExitCode, Fault> {
    match command {
        Command::Serve(flags) => Box::pin(serve::run(*flags, shutdown)).await,
        Command::Auth(flags) => Box::pin(auth_service::program::run(*flags, shutdown)).await,
        Command::Task(flags) => Box::pin(task_service::program::run(*flags, shutdown)).await,
        Command::Gateway(flags) => Box::pin(gateway::program::run(*flags, shutdown)).await,
        Command::Migrate(flags) => operator::migrate(&flags).await,
        Command::Keys(command) => keys::run(command).await,
        Command::ServiceToken(command) => operator::service_token(command).await,
        Command::Accounts(command) => operator::accounts(command).await,
        Command::Mail(command) => mail::run(command).await,
        Command::Doctor(flags) => doctor::run(&flags).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_flag_is_also_a_variable_of_its_name() {
        fn check(command: &clap::Command) {
            for flag in command.get_arguments().filter_map(|argument| argument.get_long().map(|name| (name, argument)))
            {
                let (name, argument) = flag;
                let variable = format!("DOCKET_{}", name.replace('-', "_").to_uppercase());
                let environment = argument.get_env().map(|name| name.to_string_lossy().into_owned());
                assert_eq!(environment, Some(variable), "--{name} of {}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Arguments::command());
    }
}
