use chrono::TimeDelta;
use kernel::{MoneyError, Sats, Timestamp};
use serde::{Deserialize, Serialize};
use std::{fmt, num::NonZeroU64};

/// Currency code of ISO 4217: three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Not a currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a currency code of three letters such as USD")]
pub struct CurrencyError;

impl Currency {
    /// Reads a code in any case. Only the form is checked: a currency without a rate sells nothing.
    pub fn parse(text: &str) -> Result<Self, CurrencyError> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| CurrencyError)?;
        if letters.iter().all(u8::is_ascii_alphabetic) {
            Ok(Self(letters.map(|letter| letter.to_ascii_uppercase())))
        } else {
            Err(CurrencyError)
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Decimal digits of the minor unit (ISO 4217, list one).
    pub const fn minor_digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;
    fn try_from(text: String) -> Result<Self, CurrencyError> {
        Self::parse(&text)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

/// An amount in a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CurrencyAmount {
    /// The currency.
    pub currency: Currency,
    /// Minor units: cents of USD, won of KRW ([`Currency::minor_digits`]).
    pub minor_units: u64,
}

/// Exchange rate with its origin. An integer, so that every replica computes the same price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeRate {
    /// The currency.
    pub currency: Currency,
    /// Satoshis for one billion units (10⁹ dollars, not cents).
    pub sats_per_billion: NonZeroU64,
    /// Host of the source.
    pub source: String,
    /// Time of the rate.
    pub at: Timestamp,
}

/// How a price was converted, for the receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// The price in its currency.
    pub amount: CurrencyAmount,
    /// The rate applied.
    pub rate: ExchangeRate,
}

impl ExchangeRate {
    /// Maximum age of a rate that prices are converted with.
    pub const MAX_AGE: TimeDelta = TimeDelta::minutes(15);
    /// Clocks of replicas differ, so that a rate may be this far ahead of `now`.
    const MAX_CLOCK_SKEW: TimeDelta = TimeDelta::minutes(1);

    /// Whether prices may be converted with it at `now`.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let age = now.signed_duration_since(self.at);
        age <= Self::MAX_AGE && age >= -Self::MAX_CLOCK_SKEW
    }

    /// The newest fresh rate of a currency.
    pub fn fresh(rates: &[Self], currency: Currency, now: Timestamp) -> Option<&Self> {
        rates.iter().filter(|rate| rate.currency == currency && rate.is_fresh(now)).max_by_key(|rate| rate.at)
    }

    /// Whole satoshis for an amount of this rate's currency, rounded up: a price that is not zero never becomes free. Fails for more
    /// than the supply of bitcoin.
    pub fn convert(&self, minor_units: u64) -> Result<Sats, MoneyError> {
        const BILLION: u128 = 1_000_000_000;
        let minor_units_per_billion = BILLION * 10_u128.pow(self.currency.minor_digits());
        // Two factors of 64 bits: the product cannot overflow.
        let sats = (u128::from(minor_units) * u128::from(self.sats_per_billion.get()))
            .div_ceil(minor_units_per_billion);
        u64::try_from(sats).map_err(|_| MoneyError::TooLarge).and_then(Sats::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;

    fn now() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
    }

    fn rate(currency: &str, sats_per_billion: u64) -> ExchangeRate {
        ExchangeRate {
            currency: Currency::parse(currency).unwrap(),
            sats_per_billion: NonZeroU64::new(sats_per_billion).unwrap(),
            source: "rates.example".into(),
            at: now(),
        }
    }

    proptest! {
        #[test]
        fn a_conversion_is_the_least_whole_amount_that_covers_the_price(minor_units: u64, per_billion in 1_u64.., currency in "USD|KRW|KWD|CLF") {
            let rate = rate(&currency, per_billion);
            let exact = u128::from(minor_units) * u128::from(per_billion);
            let divisor = 1_000_000_000 * 10_u128.pow(rate.currency.minor_digits());
            match rate.convert(minor_units) {
                Ok(sats) => {
                    let sats = u128::from(sats.get());
                    prop_assert!(sats * divisor >= exact);
                    prop_assert!(sats == 0 || (sats - 1) * divisor < exact);
                }
                Err(_) => prop_assert!(exact / divisor >= 2_099_999_999_999_999),
            }
        }

        #[test]
        fn no_text_makes_a_currency_panic(text in ".{0,6}") {
            if let Ok(currency) = Currency::parse(&text) {
                prop_assert_eq!(currency.as_str(), text.to_ascii_uppercase());
            }
        }
    }

    #[test]
    fn a_price_in_a_currency_is_rounded_up_to_whole_sats() {
        // 1 USD = 1,000.000001 sats.
        let usd = rate("USD", 1_000_000_001_000);
        assert_eq!(usd.convert(2_500).map(Sats::get), Ok(25_001));
        assert_eq!(usd.convert(1).map(Sats::get), Ok(11));
        assert_eq!(usd.convert(0), Ok(Sats::ZERO));
        let krw = rate("KRW", 700_000_000);
        assert_eq!(krw.convert(10_000).map(Sats::get), Ok(7_000));
        assert_eq!(krw.convert(1).map(Sats::get), Ok(1), "0.7 sats");
        assert_eq!(rate("KWD", 1_000_000_000_000).convert(1_500).map(Sats::get), Ok(1_500), "1.5 KWD");
        assert_eq!(rate("USD", u64::MAX).convert(u64::MAX), Err(MoneyError::TooLarge));
    }

    #[test]
    fn a_rate_is_fresh_for_fifteen_minutes_and_not_from_the_future() {
        let usd = rate("USD", 1);
        let after = |minutes| now() + TimeDelta::minutes(minutes);
        assert!(usd.is_fresh(after(15)) && !usd.is_fresh(after(16)));
        assert!(usd.is_fresh(after(-1)) && !usd.is_fresh(after(-2)));
        let newer = ExchangeRate { at: after(5), ..rate("USD", 2) };
        let rates = [usd, newer.clone(), rate("EUR", 3)];
        assert_eq!(ExchangeRate::fresh(&rates, newer.currency, after(10)), Some(&newer));
        assert_eq!(ExchangeRate::fresh(&rates, newer.currency, after(21)), None);
    }

    #[test]
    fn a_currency_code_has_three_letters_in_any_case() {
        let usd = Currency::parse("usd").unwrap();
        assert_eq!((usd.as_str(), usd.minor_digits()), ("USD", 2));
        assert_eq!(Currency::parse("KRW").unwrap().minor_digits(), 0);
        for bad in ["", "US", "USDT", "U$D", "ÄB", "12A"] {
            assert_eq!(Currency::parse(bad), Err(CurrencyError), "{bad}");
        }
        assert_eq!(serde_json::to_string(&usd).unwrap(), "\"USD\"");
        assert!(serde_json::from_str::<Currency>("\"dollar\"").is_err());
    }
}
