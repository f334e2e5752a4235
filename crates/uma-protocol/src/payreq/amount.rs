use std::fmt;
use std::str::FromStr;

use crate::currency::{Currency, CurrencyCode};
use crate::error::{ErrorCode, UmaError};

/// How much is to be paid: always at least 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayRequestAmount {
    /// Millisatoshis that the sender pays; what arrives follows (sender-locked).
    Msats(u64),
    /// Smallest units that shall arrive (receiver-locked).
    Currency {
        /// How many smallest units.
        amount: u64,
        /// Of what.
        code: CurrencyCode,
    },
}

impl PayRequestAmount {
    /// From a bare number, which must be at least 1 and fit an i64.
    pub(super) fn number(text: &str) -> Result<u64, UmaError> {
        let bad = || {
            UmaError::new(ErrorCode::ParsePayreqRequestError, "the amount is not a whole number above zero")
        };
        if text.len() > 19 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        text.parse().ok().filter(|amount| *amount > 0 && i64::try_from(*amount).is_ok()).ok_or_else(bad)
    }
}

impl FromStr for PayRequestAmount {
    type Err = UmaError;

    /// `INT` or `INT.CODE`.
    fn from_str(text: &str) -> Result<Self, UmaError> {
        match text.split_once('.') {
            None => Ok(Self::Msats(Self::number(text)?)),
            Some((amount, code)) => Ok(Self::Currency {
                amount: Self::number(amount)?,
                code: CurrencyCode::parse(code).map_err(|_| {
                    UmaError::new(
                        ErrorCode::ParsePayreqRequestError,
                        "what follows the amount is not a currency",
                    )
                })?,
            }),
        }
    }
}

impl fmt::Display for PayRequestAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Msats(msats) => write!(f, "{msats}"),
            Self::Currency { amount, code } => write!(f, "{amount}.{code}"),
        }
    }
}

/// An order with a fixed price, which a pay request must meet exactly. The signature of a pay request does not
/// cover the amount, so this is the only thing between a buyer and a discount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderTerms {
    /// What is received.
    pub currency: Currency,
    /// The price in its smallest units.
    pub amount: u64,
    /// On top of it, msats.
    pub fee_msats: u64,
}

impl OrderTerms {
    /// `sats` satoshis without a fee.
    pub fn sats(sats: u64) -> Self {
        Self { currency: Currency::sat(1, sats.max(1)), amount: sats, fee_msats: 0 }
    }

    /// Millisatoshis of the bolt11 for this order.
    pub fn msats(&self) -> Result<u64, UmaError> {
        self.currency.msats_for(self.amount, self.fee_msats)
    }

    /// Returns the msats to invoice, if a pay request has exactly this amount. Refuses the amount of several demo wallets,
    /// which send a SAT invoice's amount as bare msats, a thousandth of the price.
    pub fn check(&self, amount: &PayRequestAmount, convert: Option<&CurrencyCode>) -> Result<u64, UmaError> {
        let wrong_currency =
            || UmaError::new(ErrorCode::InvalidCurrency, "this order is in another currency");
        if convert.is_some_and(|code| *code != self.currency.code) {
            return Err(wrong_currency());
        }
        let msats = self.msats()?;
        let fits = match amount {
            PayRequestAmount::Msats(offered) => *offered == msats,
            PayRequestAmount::Currency { amount, code } => {
                if *code != self.currency.code {
                    return Err(wrong_currency());
                }
                *amount == self.amount
            }
        };
        if fits {
            Ok(msats)
        } else {
            Err(UmaError::new(
                ErrorCode::AmountOutOfRange,
                format!("this order costs {} {} ({msats} msat)", self.amount, self.currency.code),
            ))
        }
    }
}
