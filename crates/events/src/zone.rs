use chrono::DateTime;
use chrono_tz::Tz;
use kernel::Timestamp;
use std::fmt;

/// The longest names in the IANA database have about half as many.
const MAX_NAME: usize = 64;

/// The time zone an event is announced in: a name of the IANA time zone database, such as `Europe/Berlin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

/// Not the name of a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the name of a time zone such as Europe/Berlin or UTC")]
pub struct NoSuchZone;

impl Zone {
    /// Coordinated Universal Time: where nothing else was said.
    pub const UTC: Self = Self(Tz::UTC);

    /// Reads a zone's name, exactly as the database spells it.
    pub fn parse(name: &str) -> Result<Self, NoSuchZone> {
        if name.len() > MAX_NAME {
            return Err(NoSuchZone);
        }
        name.parse().map(Self).map_err(|_| NoSuchZone)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// What calendars and clocks in this zone show at `moment`.
    pub fn local(self, moment: Timestamp) -> DateTime<Tz> {
        moment.with_timezone(&self.0)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeZone, Utc};

    #[test]
    fn only_names_of_the_database_are_zones() {
        for name in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Seoul", "Etc/GMT+5"] {
            assert_eq!(Zone::parse(name).unwrap().name(), name);
        }
        for name in ["", "europe/berlin", "Mars/Olympus", "+02:00", " UTC", "UTC\0", "../etc/passwd"] {
            assert_eq!(Zone::parse(name), Err(NoSuchZone), "{name}");
        }
        assert_eq!(Zone::parse(&"Europe/".repeat(10_000)), Err(NoSuchZone));
    }

    #[test]
    fn a_moment_is_shown_by_the_summer_time_that_holds_then() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        let local = |month| {
            berlin
                .local(Utc.with_ymd_and_hms(2026, month, 23, 19, 0, 0).unwrap())
                .format("%H:%M %z")
                .to_string()
        };
        assert_eq!((local(7), local(11)), ("21:00 +0200".to_owned(), "20:00 +0100".to_owned()));
    }
}
