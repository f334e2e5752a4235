//! Currencies and conversion (UMAD-04, LUD-21). Integers and exact decimals only: no float decides about money.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{ErrorCode, UmaError};

fn invalid(reason: &'static str) -> UmaError {
    UmaError::new(ErrorCode::InvalidCurrency, reason)
}

/// The code of a currency: `SAT`, `USD`, …
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CurrencyCode(Box<str>);

impl CurrencyCode {
    /// 1 to 16 ASCII letters, digits, `-` or `_`. Codes are compared exactly.
    pub fn parse(text: &str) -> Result<Self, UmaError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if text.is_empty() || text.len() > 16 || !text.bytes().all(allowed) {
            return Err(invalid("not a currency code"));
        }
        Ok(Self(text.into()))
    }

    /// Satoshis.
    pub fn sat() -> Self {
        Self("SAT".into())
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for CurrencyCode {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CurrencyCode {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

/// How to make a whole number of something that is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Towards zero (the Python SDK's way of telling what the receiver gets).
    Down,
    /// To the nearest, halves up (the other SDKs').
    Nearest,
}

/// Millisatoshis per smallest unit of a currency, as an exact decimal: `digits / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Multiplier {
    digits: u64,
    scale: u32,
}

const MAX_SCALE: u32 = 24;

impl Multiplier {
    /// 1000: a satoshi.
    pub const SAT: Self = Self { digits: 1000, scale: 0 };

    /// `digits / 10^scale`, which must be above zero.
    pub fn new(digits: u64, scale: u32) -> Result<Self, UmaError> {
        let (mut digits, mut scale) = (digits, scale);
        while scale > 0 && digits % 10 == 0 && digits != 0 {
            digits /= 10;
            scale -= 1;
        }
        if digits == 0 || scale > MAX_SCALE {
            return Err(invalid("a multiplier is a number above zero"));
        }
        Ok(Self { digits, scale })
    }

    /// Millisatoshis of `amount` smallest units, rounded to the nearest.
    pub fn to_msats(self, amount: u64) -> Option<u64> {
        let product = u128::from(amount) * u128::from(self.digits);
        let unit = 10_u128.pow(self.scale);
        u64::try_from((product + unit / 2) / unit).ok()
    }

    /// Smallest units that `msats` buy.
    pub fn to_amount(self, msats: u64, rounding: Rounding) -> Option<u64> {
        let digits = u128::from(self.digits);
        let product = u128::from(msats).checked_mul(10_u128.checked_pow(self.scale)?)?;
        let half = match rounding {
            Rounding::Down => 0,
            Rounding::Nearest => digits / 2,
        };
        u64::try_from(product.checked_add(half)? / digits).ok()
    }
}

impl FromStr for Multiplier {
    type Err = UmaError;

    /// Reads a JSON number: digits, fraction, exponent. More digits than a u64 holds are refused.
    fn from_str(text: &str) -> Result<Self, UmaError> {
        let bad = || invalid("a multiplier is a number above zero");
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().map_err(|_| bad())?),
            None => (text, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits_only = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty()
            || whole.len() + fraction.len() > 40
            || !digits_only(whole)
            || !digits_only(fraction)
        {
            return Err(bad());
        }
        let fraction = fraction.trim_end_matches('0');
        let mut digits: u64 = format!("{whole}{fraction}").parse().map_err(|_| bad())?;
        let mut scale = i32::try_from(fraction.len()).map_err(|_| bad())?.saturating_sub(exponent);
        while scale < 0 {
            digits = digits.checked_mul(10).filter(|d| *d != 0).ok_or_else(bad)?;
            scale += 1;
        }
        Self::new(digits, u32::try_from(scale).map_err(|_| bad())?)
    }
}

impl fmt::Display for Multiplier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(scale) = usize::try_from(self.scale) else { return Err(fmt::Error) };
        let text = format!("{:0>width$}", self.digits, width = scale + 1);
        let (whole, fraction) = text.split_at(text.len() - scale);
        if fraction.is_empty() { f.write_str(whole) } else { write!(f, "{whole}.{fraction}") }
    }
}

impl Serialize for Multiplier {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.scale == 0 {
            return to.serialize_u64(self.digits);
        }
        // The float is only how JSON writes a decimal; nothing is computed with it.
        to.serialize_f64(self.to_string().parse().map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Multiplier {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // The shortest decimal that names the same float is the one its sender wrote.
        serde_json::Number::deserialize(from)?.to_string().parse().map_err(serde::de::Error::custom)
    }
}

/// A currency the receiver takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Currency {
    /// Its code.
    pub code: CurrencyCode,
    /// Its name.
    pub name: String,
    /// Its symbol; may be empty.
    pub symbol: String,
    /// Millisatoshis per smallest unit.
    pub multiplier: Multiplier,
    /// Digits after the point when shown: 0 to 8.
    pub decimals: u8,
    /// The least that can be received, in smallest units.
    pub min: u64,
    /// The most that can be received, in smallest units.
    pub max: u64,
}

impl Currency {
    /// Satoshis, receivable from `min` to `max` of them.
    pub fn sat(min: u64, max: u64) -> Self {
        Self {
            code: CurrencyCode::sat(),
            name: "Satoshis".into(),
            symbol: String::new(),
            multiplier: Multiplier::SAT,
            decimals: 0,
            min,
            max,
        }
    }

    /// Millisatoshis to invoice so that `amount` smallest units arrive: amount × multiplier + fee.
    pub fn msats_for(&self, amount: u64, fee_msats: u64) -> Result<u64, UmaError> {
        self.multiplier
            .to_msats(amount)
            .and_then(|msats| msats.checked_add(fee_msats))
            .filter(|msats| i64::try_from(*msats).is_ok())
            .ok_or_else(|| UmaError::new(ErrorCode::AmountOutOfRange, "the amount is too large"))
    }

    /// Smallest units that arrive of `msats`: (msats − fee) ÷ multiplier.
    pub fn amount_for(&self, msats: u64, fee_msats: u64, rounding: Rounding) -> Result<u64, UmaError> {
        msats
            .checked_sub(fee_msats)
            .and_then(|net| self.multiplier.to_amount(net, rounding))
            .ok_or_else(|| UmaError::new(ErrorCode::AmountOutOfRange, "the amount does not cover the fee"))
    }

    /// The form of major version 1 (with `convertible`) or 0 (flat).
    pub(crate) fn to_wire(&self, major: u64) -> CurrencyWire {
        let flat = major == 0;
        CurrencyWire {
            code: self.code.clone(),
            name: self.name.clone(),
            symbol: self.symbol.clone(),
            multiplier: self.multiplier,
            min_sendable: flat.then_some(self.min),
            max_sendable: flat.then_some(self.max),
            convertible: (!flat).then_some(Convertible { min: self.min, max: self.max }),
            decimals: self.decimals,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CurrencyWire {
    code: CurrencyCode,
    name: String,
    symbol: String,
    multiplier: Multiplier,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min_sendable: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_sendable: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    convertible: Option<Convertible>,
    decimals: u8,
}

#[derive(Debug, Serialize, Deserialize)]
struct Convertible {
    min: u64,
    max: u64,
}

impl TryFrom<CurrencyWire> for Currency {
    type Error = UmaError;

    fn try_from(wire: CurrencyWire) -> Result<Self, UmaError> {
        let (min, max) = match (wire.convertible, wire.min_sendable, wire.max_sendable) {
            (Some(range), ..) => (range.min, range.max),
            (None, Some(min), Some(max)) => (min, max),
            (None, None, None) => (1, u64::MAX),
            _ => return Err(invalid("a currency has only half a range")),
        };
        Ok(Self {
            code: wire.code,
            name: wire.name,
            symbol: wire.symbol,
            multiplier: wire.multiplier,
            decimals: wire.decimals,
            min,
            max,
        })
    }
}
