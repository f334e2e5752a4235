//! Formatting of times.

use events::Zone;
use kernel::Timestamp;

/// A time in the event's zone, with the zone's name and UTC.
pub(crate) fn format_event_time(moment: Timestamp, zone: Zone) -> String {
    let (day, time) = ("%A, %-d %B %Y, ", "%H:%M");
    let utc = moment.format(time);
    if zone == Zone::UTC {
        return format!("{}{utc} UTC", moment.format(day));
    }
    let local = zone.local(moment);
    let other_day = local.date_naive() != moment.date_naive();
    let utc_day = if other_day { moment.format(day).to_string() } else { String::new() };
    format!("{}{} ({zone}), {utc_day}{utc} UTC", local.format(day), local.format(time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeZone, Utc};

    #[test]
    fn times_are_formatted_in_the_events_zone_and_utc() {
        let evening = Utc.with_ymd_and_hms(2026, 11, 23, 19, 0, 0).unwrap();
        let format_event_time = |zone: &str| format_event_time(evening, Zone::parse(zone).unwrap());
        assert_eq!(format_event_time("UTC"), "Monday, 23 November 2026, 19:00 UTC");
        assert_eq!(
            format_event_time("Europe/Berlin"),
            "Monday, 23 November 2026, 20:00 (Europe/Berlin), 19:00 UTC"
        );
        assert_eq!(
            format_event_time("Asia/Seoul"),
            "Tuesday, 24 November 2026, 04:00 (Asia/Seoul), Monday, 23 November 2026, 19:00 UTC"
        );
    }
}
