use crate::{
    config::PriceSource,
    rates::{Rate, Rates},
};
use kernel::Clock;
use serde_json::Value;
use std::{fmt, sync::Arc, time::Duration};
use tokio::time::MissedTickBehavior;
use uma_http::{FetchError, GuardedClient};

/// Displayed prices are approximate, so a minute is recent enough.
const POLL_INTERVAL: Duration = Duration::from_mins(1);
const SATS_PER_BITCOIN: f64 = 100_000_000.0;

/// Error of a price request.
#[derive(Debug, thiserror::Error)]
pub enum PriceError {
    /// The source is unreachable or exceeded a limit.
    #[error("the price source does not respond")]
    Fetch(#[from] FetchError),
    /// Error status.
    #[error("the price source returns status {0}")]
    Status(u16),
    /// The response is not JSON.
    #[error("the price source returns no JSON")]
    Json(#[from] serde_json::Error),
    /// `RATE_POINTER` points to no price.
    #[error("RATE_POINTER does not point to a price in the source's response")]
    Price,
}

/// Polls the bitcoin price in the background. Uses the guarded client for its limits and because a compromised source
/// could redirect into the operator's network.
pub struct Prices {
    client: Arc<GuardedClient>,
    source: PriceSource,
    clock: Arc<dyn Clock>,
    rates: Arc<Rates>,
}

impl fmt::Debug for Prices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prices({})", self.source.host())
    }
}

impl Prices {
    pub(super) fn new(
        client: Arc<GuardedClient>,
        source: PriceSource,
        clock: Arc<dyn Clock>,
        rates: Arc<Rates>,
    ) -> Self {
        Self { client, source, clock, rates }
    }

    /// Fetches and stores the price once.
    pub async fn refresh(&self) -> Result<Rate, PriceError> {
        let answer = self.client.get(&self.source.url).await?;
        if !answer.is_success() {
            return Err(PriceError::Status(answer.status));
        }
        let json: Value = serde_json::from_str(&answer.body)?;
        let rate = Rate {
            sats_per_unit: sats_per_unit(&json, &self.source.pointer).ok_or(PriceError::Price)?,
            currency: self.source.currency.clone(),
            source: self.source.host().to_owned(),
            at: self.clock.now(),
        };
        self.rates.put(rate.clone());
        Ok(rate)
    }

    /// Polls the source. Repeated failures are logged once.
    pub(crate) async fn poll(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(POLL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            ticks.tick().await;
            match self.refresh().await {
                Ok(_) => failing = false,
                Err(error) if failing => {
                    tracing::debug!(source = self.source.host(), %error, "price request failed again");
                }
                Err(error) => {
                    failing = true;
                    tracing::warn!(source = self.source.host(), %error, "price request failed; amounts are shown in satoshis only");
                }
            }
        }
    }
}

fn sats_per_unit(answer: &Value, pointer: &str) -> Option<f64> {
    let price = match answer.pointer(pointer)? {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    let sats = SATS_PER_BITCOIN / price;
    (price > 0.0 && price.is_finite() && sats > 0.0 && sats.is_finite()).then_some(sats)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_price_is_a_positive_number_or_numeric_text() {
        let sats = |price: Value| sats_per_unit(&json!({ "data": [{ "amount": price }] }), "/data/0/amount");
        assert_eq!(sats(json!(100_000)), Some(1_000.0));
        assert_eq!(sats(json!("50000.0 ")), Some(2_000.0));
        for wrong in [
            json!(0),
            json!(-5),
            json!("NaN"),
            json!("inf"),
            json!("1e999"),
            json!(1e-320),
            json!(null),
            json!([1]),
        ] {
            assert_eq!(sats(wrong.clone()), None, "{wrong}");
        }
        assert_eq!(sats_per_unit(&json!({ "price": 1 }), "/other"), None);
    }
}
