//! Formatting of times.

use chrono::{Datelike, TimeZone, Weekday};
use events::Zone;
use kernel::{Language, Timestamp};

/// A time in the event's zone, with the zone's name and UTC.
pub(crate) fn format_event_time(language: Language, moment: Timestamp, zone: Zone) -> String {
    let time = "%H:%M";
    let utc = moment.format(time);
    if zone == Zone::UTC {
        return format!("{}{utc} UTC", day(language, &moment));
    }
    let local = zone.local(moment);
    let other_day = local.date_naive() != moment.date_naive();
    let utc_day = if other_day { day(language, &moment) } else { String::new() };
    format!("{}{} ({zone}), {utc_day}{utc} UTC", day(language, &local), local.format(time))
}

/// The day, before the time of day.
fn day<Z: TimeZone<Offset: std::fmt::Display>>(language: Language, moment: &chrono::DateTime<Z>) -> String {
    match language {
        Language::En => moment.format("%A, %-d %B %Y, ").to_string(),
        Language::Ko => {
            let weekday = match moment.weekday() {
                Weekday::Mon => "월요일",
                Weekday::Tue => "화요일",
                Weekday::Wed => "수요일",
                Weekday::Thu => "목요일",
                Weekday::Fri => "금요일",
                Weekday::Sat => "토요일",
                Weekday::Sun => "일요일",
            };
            format!("{}년 {}월 {}일 {weekday} ", moment.year(), moment.month(), moment.day())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeZone, Utc};

    #[test]
    fn times_are_formatted_in_the_events_zone_and_utc() {
        let evening = Utc.with_ymd_and_hms(2026, 11, 23, 19, 0, 0).unwrap();
        let format_event_time =
            |language, zone: &str| format_event_time(language, evening, Zone::parse(zone).unwrap());
        let english = |zone| format_event_time(Language::En, zone);
        assert_eq!(english("UTC"), "Monday, 23 November 2026, 19:00 UTC");
        assert_eq!(english("Europe/Berlin"), "Monday, 23 November 2026, 20:00 (Europe/Berlin), 19:00 UTC");
        assert_eq!(
            english("Asia/Seoul"),
            "Tuesday, 24 November 2026, 04:00 (Asia/Seoul), Monday, 23 November 2026, 19:00 UTC"
        );
        assert_eq!(
            format_event_time(Language::Ko, "Asia/Seoul"),
            "2026년 11월 24일 화요일 04:00 (Asia/Seoul), 2026년 11월 23일 월요일 19:00 UTC"
        );
    }
}
