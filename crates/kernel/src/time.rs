//! Times from outside: bodies, wallets, nodes, other servers.

use crate::Timestamp;
use chrono::{DateTime, Datelike, TimeZone, Utc};

/// Years that a time from outside may have.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2199;

/// Reads an RFC 3339 time with a four-digit year from 2000 to 2199.
pub fn parse(text: &str) -> Option<Timestamp> {
    parse_form(text).filter(|time| is_plausible(*time))
}

/// Reads an RFC 3339 time with any four-digit year.
pub fn parse_form(text: &str) -> Option<Timestamp> {
    let (year, rest) = text.split_at_checked(4)?;
    if !year.bytes().all(|byte| byte.is_ascii_digit()) || !rest.starts_with('-') {
        return None;
    }
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// Whether a time from outside makes sense: in the years 2000 to 2199.
pub fn is_plausible(time: Timestamp) -> bool {
    YEARS.contains(&time.year())
}

/// Reads seconds since 1970; `None` for what makes no sense, such as milliseconds.
pub fn from_seconds(seconds: i64) -> Option<Timestamp> {
    DateTime::from_timestamp(seconds, 0).filter(|time| is_plausible(*time))
}

/// A stored time that every reader can show: RFC 3339 has four digits for the year. Earlier releases stored others.
pub fn readable(time: Timestamp) -> Timestamp {
    let year = |year, month, day| Utc.with_ymd_and_hms(year, month, day, 0, 0, 0).single();
    match (year(1, 1, 1), year(9999, 12, 31)) {
        (Some(first), Some(last)) => time.clamp(first, last),
        _ => time,
    }
}

/// Settlement time that the node reports, if it is plausible: not before its invoice was made, and not in the future; otherwise
/// `now`.
pub fn settled(said: Option<Timestamp>, invoice_made: Timestamp, now: Timestamp) -> Timestamp {
    // Nodes report whole seconds.
    let earliest = invoice_made.checked_sub_signed(chrono::Duration::seconds(1)).unwrap_or(invoice_made);
    said.filter(|at| (earliest..=now).contains(at)).map_or(now, |at| at.max(invoice_made))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_from_outside_have_four_digit_years_within_bounds() {
        assert_eq!(parse("2026-11-23T20:00:00+09:00"), Some(at("2026-11-23T11:00:00Z")));
        let bad = [
            "+020270-01-01T00:00:00.000Z",
            "+2026-11-23T20:00:00Z",
            "-2026-11-23T20:00:00Z",
            "20260-01-01T00:00:00Z",
            "1970-01-01T00:00:00Z",
            "1999-12-31T23:59:59Z",
            "2200-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "2026-11-23",
            "2026-11-23T20:00:00",
            "2026-13-01T00:00:00Z",
            "",
            "ä2026",
            "tomorrow",
            "1700000000",
        ];
        for text in bad {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(from_seconds(1_700_000_000).map(|time| time.year()), Some(2023));
        for seconds in [0, -1, 1_700_000_000_000, i64::MAX, i64::MIN] {
            assert_eq!(from_seconds(seconds), None, "{seconds}");
        }
    }

    #[test]
    fn a_settlement_in_the_future_or_before_its_invoice_is_taken_as_now() {
        let (made, now) = (at("2026-11-23T12:00:00.5Z"), at("2026-11-23T12:05:00Z"));
        let settled = |text: &str| settled(Some(at(text)), made, now);
        assert_eq!(settled("2026-11-23T12:03:00Z"), at("2026-11-23T12:03:00Z"));
        assert_eq!(settled("2026-11-23T12:00:00Z"), made, "the second of the invoice");
        for impossible in ["2026-11-23T11:59:00Z", "2026-11-23T12:06:00Z", "+58882-01-01T00:00:00Z"] {
            assert_eq!(settled(impossible), now, "{impossible}");
        }
        assert_eq!(super::settled(None, made, now), now);
    }

    #[test]
    fn every_stored_time_can_be_shown() {
        for text in ["+58882-01-01T00:00:00Z", "-0044-03-15T00:00:00Z", "2026-11-23T12:00:00Z"] {
            let shown = serde_json::to_string(&readable(at(text))).unwrap();
            assert!(parse_shape(shown.trim_matches('"')), "{shown}");
        }
    }

    fn parse_shape(text: &str) -> bool {
        text.len() == 20 && DateTime::parse_from_rfc3339(text).is_ok()
    }
}
