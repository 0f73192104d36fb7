//! Mail to the owners of accounts: from the table of what waits to SMTP, or to files where there is none.
//!
//! A mail is written in the transaction that causes it. Each replica sends what is due; the database gives a mail to one
//! of them at a time. Recipients, subjects and contents are in no line of the log.

mod message;
mod outlet;
mod sender;
mod settings;
mod words;

pub(crate) use outlet::Outlet;
pub(crate) use sender::Mailer;

pub use message::MessageError;
pub use outlet::NotSent;
pub use settings::{MailFlags, MailSettingsError, ParseSmtpUrlError, SmtpUrl};

use docket_identity::Clock;

use crate::Config;
use crate::domain::Email;

/// Why mail does not leave.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The settings are at fault.
    #[error(transparent)]
    Settings(#[from] MailSettingsError),
    /// No mail can be written to the address.
    #[error("cannot write a mail to this address")]
    Message(#[from] MessageError),
    /// It was not taken.
    #[error(transparent)]
    NotSent(#[from] NotSent),
}

/// Sends a mail that says that mails arrive. Gives where it went.
///
/// # Errors
/// See [`MailError`].
pub(crate) async fn send_test(config: &Config, recipient: &Email, clock: &Clock) -> Result<String, MailError> {
    let (outlet, public_url) = (Outlet::open(&config.mail, &config.data_dir)?, config.public_url());
    let from = config.mail.sender(&public_url)?;
    let (id, message) = message::test(&from, recipient, &public_url, clock.now())?;
    outlet.send(&id, &message).await?;
    Ok(outlet.to_string())
}

/// Gives where mails go, after a connection was made where that is a mail server.
///
/// # Errors
/// See [`MailError`].
pub(crate) async fn check(config: &Config) -> Result<String, MailError> {
    let outlet = Outlet::open(&config.mail, &config.data_dir)?;
    config.mail.sender(&config.public_url())?;
    outlet.check().await?;
    Ok(outlet.to_string())
}
