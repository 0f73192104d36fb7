//! When a task is due: a wall clock, not an instant.

use std::fmt;

use chrono::{DateTime, Utc};
use jiff::civil;

use super::{BadZone, Zone};

/// The first and the last instant that a `google.protobuf.Timestamp` holds, in seconds since 1970.
const TIMESTAMP_SECONDS: (i64, i64) = (-62_135_596_800, 253_402_300_799);

/// A day, or a moment as a clock on the wall shows it somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// A day, wherever the person is.
    Day(civil::Date),
    /// A minute of a day in a place.
    Moment {
        /// Whole minutes.
        local: civil::DateTime,
        /// Whose clock shows it.
        zone: Zone,
    },
}

/// Why a due date is refused, by its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDue {
    /// `local` is neither a day nor a moment that is in the calendar.
    #[error("must be a day like 2026-12-24 or a moment like 2026-12-24T18:30")]
    Local,
    /// A day has a `time_zone`.
    #[error("must be empty for a day")]
    ZoneOfDay,
    /// The `time_zone` of a moment is missing or unknown.
    #[error(transparent)]
    Zone(BadZone),
}

impl Due {
    /// Reads the one text form that each day and minute of the years 1 to 9999 has, with the zone that belongs to it:
    /// "2026-12-24" and "", or "2026-12-24T18:30" and an IANA name.
    ///
    /// # Errors
    /// See [`BadDue`]; all that is wrong comes at once.
    pub fn parse(local: &str, time_zone: &str) -> Result<Self, Vec<BadDue>> {
        let day = canonical(local, |text| text.parse::<civil::Date>().ok(), day_text);
        let moment = canonical(local, |text| text.parse::<civil::DateTime>().ok(), moment_text);
        match (day, moment) {
            (Some(day), _) if time_zone.is_empty() => Ok(Self::Day(day)),
            (Some(_), _) => Err(vec![BadDue::ZoneOfDay]),
            (None, Some(local)) => match Zone::parse(time_zone) {
                Ok(zone) => Ok(Self::Moment { local, zone }),
                Err(error) => Err(vec![BadDue::Zone(error)]),
            },
            (None, None) if time_zone.is_empty() => Err(vec![BadDue::Local]),
            (None, None) => {
                Err(std::iter::once(BadDue::Local).chain(Zone::parse(time_zone).err().map(BadDue::Zone)).collect())
            }
        }
    }

    /// "2026-12-24" or "2026-12-24T18:30". Texts sort as the wall clock does, a day before its moments.
    pub fn local(&self) -> String {
        match self {
            Self::Day(day) => day_text(day),
            Self::Moment { local, .. } => moment_text(local),
        }
    }

    /// The zone of a moment.
    pub fn zone(&self) -> Option<&Zone> {
        match self {
            Self::Day(_) => None,
            Self::Moment { zone, .. } => Some(zone),
        }
    }

    /// The instant at which it is overdue: the moment in its own zone, or the end of the day in the zone of the one who
    /// asks. Where clocks are put forward over the moment it moves forward by the gap; where they show it twice it is
    /// the first (RFC 5545, 3.3.5). At the ends of time it is the last instant that can be told.
    pub fn overdue_time(&self, asker: &Zone) -> DateTime<Utc> {
        let (first, last) = TIMESTAMP_SECONDS;
        let seconds = match self {
            Self::Day(day) => day.tomorrow().map(|next| (asker, next.at(0, 0, 0, 0))),
            Self::Moment { local, zone } => Ok((zone, *local)),
        }
        .and_then(|(zone, local)| zone.rules().to_ambiguous_timestamp(local).compatible())
        .map_or(last, |instant| instant.as_second().clamp(first, last));
        DateTime::from_timestamp(seconds, 0).expect("the seconds were bounded")
    }
}

/// The value of `text`, where it is in years 1 to 9999 and `text` is the way in which it is written.
fn canonical<T>(text: &str, parse: impl Fn(&str) -> Option<T>, write: impl Fn(&T) -> String) -> Option<T> {
    parse(text).filter(|value| write(value) == text && !text.starts_with("0000"))
}

fn day_text(day: &civil::Date) -> String {
    day.strftime("%Y-%m-%d").to_string()
}

fn moment_text(moment: &civil::DateTime) -> String {
    moment.strftime("%Y-%m-%dT%H:%M").to_string()
}

impl fmt::Display for Due {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.local())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn overdue(local: &str, zone: &str, asker: &str) -> String {
        let asker = Zone::parse(asker).unwrap();
        Due::parse(local, zone).unwrap().overdue_time(&asker).format("%Y-%m-%dT%H:%MZ").to_string()
    }

    #[test]
    fn a_day_and_a_moment_are_read_and_written_alike() {
        for (local, zone) in [
            ("2026-12-24", ""),
            ("2024-02-29", ""),
            ("0001-01-01", ""),
            ("9999-12-31", ""),
            ("2026-12-24T18:30", "Europe/Berlin"),
            ("2026-12-24T00:00", "UTC"),
        ] {
            let due = Due::parse(local, zone).unwrap();
            assert_eq!((due.local().as_str(), due.zone().map_or("", Zone::name)), (local, zone));
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for local in [
            "",
            "2026-02-30",
            "2026-2-3",
            "20260203",
            "2026-12-24T18:30:00",
            "2026-12-24T18:30Z",
            "2026-12-24 18:30",
            "2026-12-24t18:30",
            "2026-12-24T24:00",
            "2026-12-24T18",
            "0000-01-01",
            "-002026-01-01",
            "+2026-01-01",
            "2026-W52-4",
            "2026-12-24[UTC]",
            "2026-12-24T18:30[UTC]",
            " 2026-12-24",
        ] {
            assert_eq!(Due::parse(local, ""), Err(vec![BadDue::Local]), "{local}");
        }
    }

    #[test]
    fn a_day_has_no_zone_and_a_moment_has_one() {
        assert_eq!(Due::parse("2026-12-24", "UTC"), Err(vec![BadDue::ZoneOfDay]));
        assert_eq!(Due::parse("2026-12-24T18:30", ""), Err(vec![BadDue::Zone(BadZone)]));
        assert_eq!(Due::parse("2026-12-24T18:30", "Mars/Base"), Err(vec![BadDue::Zone(BadZone)]));
        assert_eq!(Due::parse("24.12.", "Mars/Base"), Err(vec![BadDue::Local, BadDue::Zone(BadZone)]));
    }

    #[test]
    fn a_day_is_overdue_when_it_ends_where_the_asker_is() {
        assert_eq!(overdue("2026-12-24", "", "UTC"), "2026-12-25T00:00Z");
        assert_eq!(overdue("2026-12-24", "", "Europe/Berlin"), "2026-12-24T23:00Z");
        assert_eq!(overdue("2026-12-24", "", "Australia/Lord_Howe"), "2026-12-24T13:00Z");
    }

    #[test]
    fn a_day_ends_at_the_first_instant_of_the_next_where_midnight_is_skipped() {
        // Clocks in Santiago go from 24:00 on 5 September 2026 to 01:00 on the 6th.
        assert_eq!(overdue("2026-09-05", "", "America/Santiago"), "2026-09-06T04:00Z");
    }

    #[test]
    fn a_moment_that_clocks_skip_moves_forward_by_the_gap() {
        assert_eq!(overdue("2026-03-29T02:30", "Europe/Berlin", "UTC"), "2026-03-29T01:30Z");
        assert_eq!(overdue("2026-03-08T02:30", "America/New_York", "UTC"), "2026-03-08T07:30Z");
        // Half an hour only.
        assert_eq!(overdue("2026-10-04T02:15", "Australia/Lord_Howe", "UTC"), "2026-10-03T15:45Z");
    }

    #[test]
    fn a_moment_that_clocks_show_twice_is_the_first() {
        assert_eq!(overdue("2026-10-25T02:30", "Europe/Berlin", "UTC"), "2026-10-25T00:30Z");
        assert_eq!(overdue("2026-04-05T02:30", "Australia/Sydney", "UTC"), "2026-04-04T15:30Z");
    }

    #[test]
    fn the_ends_of_time_can_be_told() {
        assert_eq!(overdue("9999-12-31", "", "Pacific/Niue"), "9999-12-31T23:59Z");
        assert_eq!(overdue("0001-01-01T00:00", "Asia/Tokyo", "UTC"), "0001-01-01T00:00Z");
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_comes_back(local in "[0-9T:+-]{0,20}", zone in "|UTC|Europe/Berlin|x") {
            if let Ok(due) = Due::parse(&local, &zone) {
                prop_assert_eq!(due.local(), local);
                prop_assert_eq!(due.zone().map_or("", Zone::name), zone);
            }
        }

        #[test]
        fn texts_sort_as_the_wall_clock_does(
            first in (1_i16..=9999, 1_i8..=12, 1_i8..=28, 0_i8..24, 0_i8..60),
            second in (1_i16..=9999, 1_i8..=12, 1_i8..=28, 0_i8..24, 0_i8..60),
        ) {
            let text = |(year, month, day, hour, minute)| {
                moment_text(&civil::datetime(year, month, day, hour, minute, 0, 0))
            };
            prop_assert_eq!(text(first).cmp(&text(second)), first.cmp(&second));
        }
    }
}
