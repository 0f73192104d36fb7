//! `docket mail`: tries the settings of mail.

use std::process::ExitCode;

use auth_service::domain::Email;
use auth_service::operator;
use docket_identity::Clock;
use docket_process::Fault;

use crate::stdout::print;

/// Mails to the owners of accounts.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Mail {
    /// Send a mail with the settings of the server, to see that it arrives
    Test {
        /// Where to
        #[arg(value_parser = Email::parse)]
        address: Email,
        /// Settings of the auth service.
        #[command(flatten)]
        config: Box<auth_service::Config>,
    },
}

/// Runs a command about mail.
pub(crate) async fn run(command: Mail) -> Result<ExitCode, Fault> {
    let Mail::Test { address, config } = command;
    let went_to = operator::send_test_mail(&config, &address, &Clock::system()).await?;
    print(&format!("the mail went to {went_to}"))?;
    Ok(ExitCode::SUCCESS)
}
