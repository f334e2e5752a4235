//! Between SQLite's integers and texts and the domain's types.

use crate::error::Fault;
use kernel::{Msats, Sats, Secret, Timestamp, time::readable};
use std::borrow::Cow;

/// A moment as SQLite keeps it: microseconds since 1970, finer parts cut off.
pub(crate) const fn micros(moment: Timestamp) -> i64 {
    moment.timestamp_micros()
}

pub(crate) fn micros_maybe(moment: Option<Timestamp>) -> Option<i64> {
    moment.map(micros)
}

/// A moment as it will be when it is read back.
pub(crate) fn kept(moment: Timestamp) -> Timestamp {
    Timestamp::from_timestamp_micros(micros(moment)).unwrap_or(moment)
}

pub(crate) fn moment(micros: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_timestamp_micros(micros)
        .map(readable)
        .ok_or_else(|| Fault::corrupt(format!("no moment: {micros} µs")))
}

pub(crate) fn moment_maybe(micros: Option<i64>) -> Result<Option<Timestamp>, Fault> {
    micros.map(moment).transpose()
}

pub(crate) fn msats(amount: i64) -> Result<Msats, Fault> {
    Msats::try_from(amount).map_err(|error| Fault::corrupt(format!("{amount} msats: {error}")))
}

pub(crate) fn sats(amount: i64) -> Result<Sats, Fault> {
    Sats::try_from(amount).map_err(|error| Fault::corrupt(format!("{amount} sats: {error}")))
}

/// A count of seats or attempts.
pub(crate) fn count(number: i64) -> Result<u32, Fault> {
    u32::try_from(number).map_err(|_| Fault::corrupt(format!("no count: {number}")))
}

pub(crate) fn large_count(number: i64) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| Fault::corrupt(format!("no count: {number}")))
}

/// A status word.
pub(crate) fn word<T>(parse: impl Fn(&str) -> Option<T>, text: &str) -> Result<T, Fault> {
    parse(text).ok_or_else(|| Fault::corrupt(format!("unknown word {text:?}")))
}

/// Words of others, without the NUL that other databases refuse.
pub(crate) fn words(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{FFFD}")) } else { Cow::Borrowed(text) }
}

/// The random bits of a row, if it has some.
pub(crate) fn row_key(bytes: Option<Vec<u8>>) -> Result<Option<Secret<[u8; 16]>>, Fault> {
    let key = bytes.map(|bytes| bytes.try_into().map(Secret::new)).transpose();
    // The bits are a secret: they do not belong in an error.
    key.map_err(|_| Fault::corrupt("random bits of a row that are not 16 bytes"))
}
