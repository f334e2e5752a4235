//! Conversions between SQLite's values and the domain's types.

use crate::error::Fault;
use kernel::{Msats, Sats, Secret, Timestamp, time::readable};
use std::borrow::Cow;

/// Microseconds since 1970, truncated: the precision of stored times.
pub(crate) const fn micros(time: Timestamp) -> i64 {
    time.timestamp_micros()
}

pub(crate) fn micros_opt(time: Option<Timestamp>) -> Option<i64> {
    time.map(micros)
}

pub(crate) fn timestamp(micros: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_timestamp_micros(micros)
        .map(readable)
        .ok_or_else(|| Fault::corrupt(format!("invalid time: {micros} µs")))
}

pub(crate) fn timestamp_opt(micros: Option<i64>) -> Result<Option<Timestamp>, Fault> {
    micros.map(timestamp).transpose()
}

pub(crate) fn msats(amount: i64) -> Result<Msats, Fault> {
    Msats::try_from(amount).map_err(|error| Fault::corrupt(format!("{amount} msats: {error}")))
}

pub(crate) fn sats(amount: i64) -> Result<Sats, Fault> {
    Sats::try_from(amount).map_err(|error| Fault::corrupt(format!("{amount} sats: {error}")))
}

pub(crate) fn count(number: i64) -> Result<u32, Fault> {
    u32::try_from(number).map_err(|_| Fault::corrupt(format!("invalid count: {number}")))
}

pub(crate) fn large_count(number: i64) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| Fault::corrupt(format!("invalid count: {number}")))
}

pub(crate) fn parse_word<T>(parse: impl Fn(&str) -> Option<T>, text: &str) -> Result<T, Fault> {
    parse(text).ok_or_else(|| Fault::corrupt(format!("unknown value {text:?}")))
}

/// Replaces NUL in foreign text: Postgres rejects it, and both stores behave the same.
pub(crate) fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{FFFD}")) } else { Cow::Borrowed(text) }
}

/// Parses the random bits of a row, if present.
pub(crate) fn row_key(bytes: Option<Vec<u8>>) -> Result<Option<Secret<[u8; 16]>>, Fault> {
    let key = bytes.map(|bytes| bytes.try_into().map(Secret::new)).transpose();
    // The bits are a secret and must not appear in an error.
    key.map_err(|_| Fault::corrupt("random bits of a row: not 16 bytes"))
}
