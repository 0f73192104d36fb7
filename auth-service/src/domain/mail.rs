//! Mails that tell the owner of an account what happened to it.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Client, DisplayName, Email, Language};

/// What a mail tells the owner of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The password was changed, and all other sessions were ended.
    PasswordChanged,
    /// A refresh token was used again after its rotation, and its session was ended.
    RefreshReplayed,
}

/// A mail that waits to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The id of the event that it tells of.
    pub id: Uuid,
    /// The address that the account had then.
    pub recipient: Email,
    /// What the person is called.
    pub recipient_name: DisplayName,
    /// The language of its text.
    pub language: Language,
    /// What it tells.
    pub notice: Notice,
    /// When that happened.
    pub event_time: DateTime<Utc>,
    /// Who caused it.
    pub client: Client,
    /// Number of attempts to send it, the current one included.
    pub attempts: u32,
}

/// Time after the event at which a mail is given up.
pub const MAIL_LIFE: TimeDelta = TimeDelta::hours(24);
/// The pause after the first attempt. A replica that takes a mail has it alone for as long: an attempt must take less.
pub const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(1);
/// The longest pause.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(2);

/// The pause after the attempt with this number, the first being 1: a minute, then twice as long each time up to two
/// hours.
pub fn pause_after(attempt: u32) -> TimeDelta {
    let doubled = FIRST_PAUSE * 2_i32.pow(attempt.saturating_sub(1).min(7));
    doubled.min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_two_hours() {
        let minutes: Vec<_> = (0..=9).map(|attempt| pause_after(attempt).num_minutes()).collect();
        assert_eq!(minutes, [1, 1, 2, 4, 8, 16, 32, 64, 120, 120]);
        assert_eq!(pause_after(u32::MAX), TimeDelta::hours(2));
    }
}
