//! The check of mail.

use auth_service::operator;
use chrono::TimeDelta;
use docket_identity::Clock;
use docket_process::Fault;
use docket_storage::Db;

/// Age from which something is wrong: a mail server that greylists takes a mail sooner.
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
    judge(waiting.count, waiting.oldest.map(|oldest| clock.now() - oldest))
}

/// `age` is that of the oldest of `count` mails.
fn judge(count: u64, age: Option<TimeDelta>) -> Result<String, Fault> {
    match age {
        None => Ok("none wait".to_owned()),
        Some(age) if age < LONG => Ok(format!("{count} wait to be sent")),
        Some(age) => {
            let minutes = age.num_minutes();
            Err(Fault::text(format!("{count} wait, one for {minutes} minutes: see why in the log of the auth service")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_that_wait_for_a_quarter_of_an_hour_are_wrong() {
        assert!(judge(0, None).is_ok());
        assert!(judge(2, Some(TimeDelta::minutes(14))).is_ok());
        let fault = judge(2, Some(TimeDelta::minutes(15))).unwrap_err().to_string();
        assert!(fault.starts_with("2 wait, one for 15 minutes"), "{fault}");
    }
}
