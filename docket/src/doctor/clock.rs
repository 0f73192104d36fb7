//! The clock that tokens are made and judged by.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use docket_identity::{CLOCK_LEEWAY, Clock};
use docket_process::Fault;
use docket_storage::{Db, database_time};
use tokio::time::Instant;

/// Long enough to see a clock that runs wild.
const WATCHED: Duration = Duration::from_millis(200);

/// Whether the clock agrees with the database's, and runs as fast as time does.
pub(super) async fn look(db: &Db, clock: &Clock) -> Result<String, Fault> {
    let (start, started) = (clock.now(), Instant::now());
    tokio::time::sleep(WATCHED).await;
    let went = (clock.now() - start).num_milliseconds();
    let passed = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    if (went - passed).abs() > leeway().num_milliseconds() {
        let text = format!("it went {went} ms while {passed} ms passed: let NTP slew it rather than set it");
        return Err(Fault::text(text));
    }
    let before = clock.now();
    match database_time(db).await? {
        None => Ok("it runs evenly; SQLite has none of its own".to_owned()),
        Some(theirs) => compare(theirs, before, clock.now()),
    }
}

/// Compares the database's time with ours, of which it was asked between `before` and `after`.
fn compare(theirs: DateTime<Utc>, before: DateTime<Utc>, after: DateTime<Utc>) -> Result<String, Fault> {
    let ahead = (before - theirs).max(theirs - after).max(TimeDelta::zero());
    if ahead > leeway() {
        let text = format!("it is {} s off the database's: run NTP on both machines", ahead.num_seconds());
        return Err(Fault::text(text));
    }
    Ok("it runs evenly and agrees with the database's".to_owned())
}

/// As far as clocks may differ before good tokens are refused.
fn leeway() -> TimeDelta {
    TimeDelta::from_std(CLOCK_LEEWAY).expect("a few seconds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_differ_by_the_leeway_of_tokens() {
        let now = DateTime::UNIX_EPOCH;
        let look = |seconds: i64| compare(now + TimeDelta::seconds(seconds), now, now + TimeDelta::milliseconds(3));
        for seconds in [-5, 0, 5] {
            assert!(look(seconds).is_ok(), "{seconds}");
        }
        for seconds in [-6, 7] {
            assert!(look(seconds).unwrap_err().to_string().contains("6 s off"), "{seconds}");
        }
    }
}
