//! What a satoshi is worth, for people to read beside it. No amount that anybody owes or gets is made from it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use std::sync::{PoisonError, RwLock};
use utoipa::ToSchema;

/// An exchange rate, for information.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Rate {
    /// Satoshis for one unit of the currency.
    pub sats_per_unit: f64,
    /// ISO 4217.
    pub currency: String,
    /// Who says so.
    pub source: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The newest rate that was heard of.
#[derive(Debug, Default)]
pub struct Rates(RwLock<Option<Rate>>);

impl Rates {
    /// An older rate misleads more than it helps.
    pub const FRESH: TimeDelta = TimeDelta::minutes(15);

    /// There is a newer one.
    pub fn put(&self, rate: Rate) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(rate);
    }

    /// The rate, while it is fresh.
    pub fn current(&self, now: DateTime<Utc>) -> Option<Rate> {
        let newest = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        newest.filter(|rate| now.signed_duration_since(rate.at) <= Self::FRESH)
    }
}
