//! Port of exchange rates.

use crate::BoxOffice;
use events::ExchangeRate;

/// Source of exchange rates for prices in a currency.
pub trait RateSource: Send + Sync {
    /// Newest rate of each currency, whatever its age.
    fn rates(&self) -> Vec<ExchangeRate>;
}

/// No rates: prices in a currency are not sold.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRates;

impl RateSource for NoRates {
    fn rates(&self) -> Vec<ExchangeRate> {
        Vec::new()
    }
}

impl BoxOffice {
    /// Newest rate of each currency, whatever its age.
    pub fn rates(&self) -> Vec<ExchangeRate> {
        self.dependencies.rates.rates()
    }
}
