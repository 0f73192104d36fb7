//! The check of the clock, on which the lifetimes of tokens depend.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use docket_identity::{CLOCK_LEEWAY, Clock};
use docket_process::Fault;
use docket_storage::{Db, database_time};
use tokio::time::Instant;

/// How long the clock is observed.
const OBSERVATION: Duration = Duration::from_millis(200);

/// Checks that the clock agrees with the database's, and advances evenly.
pub(super) async fn check(db: &Db, clock: &Clock) -> Result<String, Fault> {
    let (start, started) = (clock.now(), Instant::now());
    tokio::time::sleep(OBSERVATION).await;
    let went = (clock.now() - start).num_milliseconds();
    let passed = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    if (went - passed).abs() > leeway().num_milliseconds() {
        let text = format!("it advanced {went} ms in {passed} ms: let NTP slew it rather than set it");
        return Err(Fault::text(text));
    }
    let before = clock.now();
    match database_time(db).await? {
        None => Ok("it advances evenly; SQLite has no clock of its own".to_owned()),
        Some(theirs) => {
            compare("the database's", theirs, before, clock.now())?;
            Ok("it advances evenly and agrees with the database's".to_owned())
        }
    }
}

/// Compares the time of `whose` clock with this one, which was read `before` and `after` asking for it.
pub(super) fn compare(
    whose: &str,
    theirs: DateTime<Utc>,
    before: DateTime<Utc>,
    after: DateTime<Utc>,
) -> Result<(), Fault> {
    let ahead = (before - theirs).max(theirs - after).max(TimeDelta::zero());
    if ahead > leeway() {
        let seconds = ahead.num_seconds();
        return Err(Fault::text(format!("this clock is {seconds} s off {whose}: run NTP on both machines")));
    }
    Ok(())
}

/// The difference between clocks up to which valid tokens are accepted.
fn leeway() -> TimeDelta {
    TimeDelta::from_std(CLOCK_LEEWAY).expect("a few seconds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_differ_by_the_leeway_of_tokens() {
        let now = DateTime::UNIX_EPOCH;
        let compared =
            |seconds: i64| compare("another", now + TimeDelta::seconds(seconds), now, now + TimeDelta::milliseconds(3));
        for seconds in [-5, 0, 5] {
            assert!(compared(seconds).is_ok(), "{seconds}");
        }
        for seconds in [-6, 7] {
            assert!(compared(seconds).unwrap_err().to_string().contains("6 s off"), "{seconds}");
        }
    }
}
