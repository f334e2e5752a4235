//! Exchange rates, for display and for ticket types with a price in a currency. Payments never use them: their amounts are frozen.

use box_office::RateSource;
use chrono::{DateTime, TimeDelta, Utc};
use events::{Currency, ExchangeRate};
use serde::Serialize;
use std::{
    num::NonZeroU64,
    sync::{PoisonError, RwLock},
};
use utoipa::ToSchema;

/// Exchange rate of the satoshi.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Rate {
    /// Satoshis for one unit of the currency.
    pub sats_per_unit: f64,
    /// ISO 4217.
    pub currency: String,
    /// Host of the source.
    pub source: String,
    /// Time of the rate.
    pub at: DateTime<Utc>,
}

/// The latest rate.
#[derive(Debug, Default)]
pub struct Rates(RwLock<Option<Rate>>);

impl Rates {
    /// Maximum age of a rate.
    pub const FRESH: TimeDelta = TimeDelta::minutes(15);

    /// Stores a newer rate.
    pub fn put(&self, rate: Rate) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(rate);
    }

    /// The rate, unless it is outdated.
    pub fn current(&self, now: DateTime<Utc>) -> Option<Rate> {
        let newest = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        newest.filter(|rate| now.signed_duration_since(rate.at) <= Self::FRESH)
    }
}

impl RateSource for Rates {
    fn rates(&self) -> Vec<ExchangeRate> {
        let newest = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        newest.as_ref().and_then(integer_rate).into_iter().collect()
    }
}

/// The rate as an integer, so that all replicas convert alike; `None` beyond the range of such a rate.
fn integer_rate(rate: &Rate) -> Option<ExchangeRate> {
    let sats_per_billion: u64 = format!("{:.0}", rate.sats_per_unit * 1_000_000_000.0).parse().ok()?;
    Some(ExchangeRate {
        currency: Currency::parse(&rate.currency).ok()?,
        sats_per_billion: NonZeroU64::new(sats_per_billion)?,
        source: rate.source.clone(),
        at: rate.at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_converted_with_an_integer_rate() {
        let rates = Rates::default();
        let rate = |sats_per_unit: f64| {
            let at = DateTime::UNIX_EPOCH;
            rates.put(Rate { sats_per_unit, currency: "USD".into(), source: "rates.example".into(), at });
            rates.rates().first().map(|rate| rate.sats_per_billion.get())
        };
        assert_eq!(rate(1_043.5), Some(1_043_500_000_000));
        assert_eq!(rate(0.689_123_456_4), Some(689_123_456));
        for beyond in [0.0, 1e-12, 1e12, f64::MAX] {
            assert_eq!(rate(beyond), None, "{beyond}");
        }
    }
}
