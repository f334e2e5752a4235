//! Rules of an event's texts, times and numbers.

use crate::{
    event::Event,
    zone::{NoSuchZone, Zone},
};
use kernel::{
    FieldCode, FieldErrors, Sats, Timestamp,
    text::{TextError, has_hidden, line, paragraphs},
    time::is_plausible,
};

const MAX_TITLE: usize = 200;
const MAX_DESCRIPTION: usize = 10_000;
const MAX_URL: usize = 2_000;
/// Enough for any stream, and far from the edge of a 32-bit counter.
pub(crate) const MAX_CAPACITY: i64 = 10_000_000;

pub(crate) struct Checked {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) time_zone: Zone,
    pub(crate) capacity: u32,
    pub(crate) price: Sats,
}

/// The texts and times of an event, as entered.
pub(crate) struct Entry<'a> {
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
    pub(crate) stream_url: &'a str,
    pub(crate) start_time: Timestamp,
    pub(crate) end_time: Timestamp,
}

/// An event's texts in their one spelling. A text or time that equals that of `before` may stay as an earlier release took it.
pub(crate) fn check(
    entry: &Entry<'_>,
    before: Option<&Event>,
    time_zone: Result<Zone, NoSuchZone>,
    capacity: i64,
    price_sats: i64,
) -> Result<Checked, FieldErrors> {
    let mut errors = FieldErrors::default();
    let Entry { title, description, stream_url, .. } = *entry;
    let same = |text: &str, old: fn(&Event) -> &String| before.is_some_and(|before| old(before) == text);
    let title = if same(title, |event| &event.title) { Ok(title.to_owned()) } else { line(title, MAX_TITLE) };
    let title = title.unwrap_or_else(|error| {
        errors.add_text("title", error);
        String::new()
    });
    let description = if same(description, |event| &event.description) {
        Ok(description.to_owned())
    } else {
        paragraphs(description, MAX_DESCRIPTION)
    };
    let description = description.unwrap_or_else(|error| {
        errors.add_text("description", error);
        String::new()
    });
    for (field, time, old) in [
        ("start_time", entry.start_time, before.map(|event| event.start_time)),
        ("end_time", entry.end_time, before.map(|event| event.end_time)),
    ] {
        if old != Some(time) && !is_plausible(time) {
            errors.add(field, FieldCode::NotATime, "must be a time from the year 2000 to 2199");
        }
    }
    if stream_url.len() > MAX_URL {
        errors.add("stream_url", FieldCode::TooLong, format!("must have at most {MAX_URL} characters"));
    } else if !stream_url.is_empty()
        && !stream_url.starts_with("https://")
        && !stream_url.starts_with("http://")
    {
        errors.add("stream_url", FieldCode::NotAUrl, "must be an http or https address");
    }
    if has_hidden(stream_url) {
        errors.add_text("stream_url", TextError::Invisible);
    }
    if entry.start_time >= entry.end_time {
        errors.add("end_time", FieldCode::NotAfterStart, "must be after start_time");
    }
    let time_zone = time_zone.unwrap_or_else(|error| {
        errors.add("time_zone", FieldCode::UnknownTimeZone, error.to_string());
        Zone::UTC
    });
    let capacity = match u32::try_from(capacity) {
        Ok(seats) if seats > 0 && i64::from(seats) <= MAX_CAPACITY => seats,
        _ if capacity <= 0 => {
            errors.add("capacity", FieldCode::TooSmall, "must be greater than 0");
            0
        }
        _ => {
            errors.add("capacity", FieldCode::TooLarge, format!("must be at most {MAX_CAPACITY}"));
            0
        }
    };
    let price = Sats::try_from(price_sats).unwrap_or_else(|error| {
        if price_sats < 0 {
            errors.add("price_sats", FieldCode::TooSmall, "must not be negative");
        } else {
            errors.add("price_sats", FieldCode::TooLarge, error.to_string());
        }
        Sats::ZERO
    });
    errors.into_result().map(|()| Checked { title, description, time_zone, capacity, price })
}

pub(crate) fn check_network_limit(seats: Option<i64>) -> Result<Option<u32>, FieldErrors> {
    let Some(seats) = seats else { return Ok(None) };
    match u32::try_from(seats) {
        Ok(limit) if seats <= MAX_CAPACITY => Ok(Some(limit)),
        _ => {
            let complaint = format!("must be a number of seats from 0 to {MAX_CAPACITY}, or null");
            Err(FieldErrors::one("network_limit", FieldCode::OutOfRange, complaint))
        }
    }
}
