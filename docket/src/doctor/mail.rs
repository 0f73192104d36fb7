//! The check of mail.

use auth_service::operator;
use chrono::TimeDelta;
use docket_identity::Clock;
use docket_process::Fault;
use docket_storage::Db;

/// A mail server that greylists takes a mail within it.
const LONG: TimeDelta = TimeDelta::minutes(15);

/// Checks that mails go somewhere.
pub(super) async fn settings(config: &auth_service::Config) -> Result<String, Fault> {
    let outlet = operator::check_mail(config).await?;
    let advice = if config.mail.smtp_url.is_some() { "" } else { ": set --smtp-url to send them" };
    Ok(format!("mails go to {outlet}{advice}"))
}

/// Checks that no mail has waited for long.
pub(super) async fn waiting(db: &Db, clock: &Clock) -> Result<String, Fault> {
    let waiting = operator::waiting_mails(db).await?;
    let Some(oldest) = waiting.oldest else { return Ok("none wait".to_owned()) };
    let (count, minutes) = (waiting.count, (clock.now() - oldest).num_minutes());
    if clock.now() - oldest < LONG {
        return Ok(format!("{count} wait to be sent"));
    }
    Err(Fault::text(format!("{count} wait, one for {minutes} minutes: see why in the log of the auth service")))
}
