use crate::{
    config::PriceSource,
    rates::{Rate, Rates},
};
use kernel::Clock;
use serde_json::Value;
use std::{fmt, sync::Arc, time::Duration};
use tokio::time::MissedTickBehavior;
use uma_http::{FetchError, GuardedClient};

/// Prices move, but what is shown is "about".
const POLL_INTERVAL: Duration = Duration::from_mins(1);
const SATS_PER_BITCOIN: f64 = 100_000_000.0;

/// Why there is no new price.
#[derive(Debug, thiserror::Error)]
pub enum PriceError {
    /// The source was not reached, or broke a limit.
    #[error("the price source gives no answer")]
    Fetch(#[from] FetchError),
    /// It answered with a failure.
    #[error("the price source answers with status {0}")]
    Status(u16),
    /// It is no JSON.
    #[error("the price source does not answer with JSON")]
    Json(#[from] serde_json::Error),
    /// `RATE_POINTER` leads nowhere, or to no price.
    #[error("RATE_POINTER does not lead to a price in the source's answer")]
    Price,
}

/// Reads the price of bitcoin from where the operator says, in the background: requests find what was read last. Through the
/// guarded client, although the operator chose the address: its limits of time and size are what an unknown server needs, and a
/// source that redirects into the operator's own network is one that was taken over.
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

    /// Asks once, and keeps the answer.
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

    /// Asks again and again. A source that stays silent is named in the log once.
    pub(crate) async fn follow(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(POLL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut silent = false;
        loop {
            ticks.tick().await;
            match self.refresh().await {
                Ok(_) => silent = false,
                Err(error) if silent => {
                    tracing::debug!(source = self.source.host(), %error, "still no price");
                }
                Err(error) => {
                    silent = true;
                    tracing::warn!(source = self.source.host(), %error, "no price: amounts are shown in satoshis alone");
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
    fn a_price_is_a_positive_number_or_says_one() {
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
