//! Exchange rates for display. Payments never use them.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use std::sync::{PoisonError, RwLock};
use utoipa::ToSchema;

/// Exchange rate for display.
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
    /// Maximum age of a displayed rate.
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
