//! Time zones, from data that is built in: every machine knows the same.

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// A time zone of the IANA database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// The text names no time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an IANA time zone such as Europe/Berlin")]
pub struct BadZone;

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// Reads a name exactly as the database spells it, so that a name comes back as it was sent.
    ///
    /// # Errors
    /// Anything else, also another case.
    pub fn parse(name: &str) -> Result<Self, BadZone> {
        match TimeZoneDatabase::bundled().get(name) {
            Ok(zone) if !zone.is_unknown() && zone.iana_name() == Some(name) => Ok(Self(zone)),
            _ => Err(BadZone),
        }
    }

    /// "Europe/Berlin".
    pub fn name(&self) -> &str {
        self.0.iana_name().expect("only zones with a name are made")
    }

    pub(super) fn rules(&self) -> &TimeZone {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_database() {
        for name in ["Europe/Berlin", "Australia/Lord_Howe", "America/Argentina/Buenos_Aires", "UTC", "Etc/UTC"] {
            assert_eq!(Zone::parse(name).unwrap().name(), name);
        }
        for name in ["", "europe/berlin", "Mars/Base", "CET-1CEST", "+01:00", "Etc/Unknown", "../etc/passwd", "\0"] {
            assert_eq!(Zone::parse(name), Err(BadZone), "{name}");
        }
    }
}
