//! Mails that tell the owner of an account what happened to it.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Client, DisplayName, Email, EventKind, Language};

/// A mail that waits to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The id of the event that it tells of.
    pub id: Uuid,
    /// The address that the account had then.
    pub recipient: Email,
    /// What the person is called.
    pub recipient_name: DisplayName,
    /// What it is written in.
    pub language: Language,
    /// What it tells.
    pub kind: EventKind,
    /// When that happened.
    pub event_time: DateTime<Utc>,
    /// Who caused it.
    pub client: Client,
    /// How often it was tried to send it, the current try included.
    pub attempts: u32,
}

/// How long it is tried to send a mail.
pub const MAIL_LIFE: TimeDelta = TimeDelta::hours(24);
/// The pause after the first attempt. Nobody else tries meanwhile, so that no attempt may last as long.
pub const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(1);
/// After it pauses double no more.
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
