use serde::{Deserialize, Serialize};
use std::fmt;

/// 21 million bitcoin, in satoshis: nothing larger exists.
const MAX_SATS: u64 = 2_100_000_000_000_000;
const MSATS_PER_SAT: u64 = 1_000;
const MAX_MSATS: u64 = MAX_SATS * MSATS_PER_SAT;

/// An amount that cannot exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Below zero.
    #[error("an amount cannot be negative")]
    Negative,
    /// Above 21 million bitcoin.
    #[error("an amount cannot be more than 21 million bitcoin")]
    TooLarge,
}

macro_rules! amount {
    ($(#[$doc:meta])* $name:ident, $max:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(try_from = "u64", into = "u64")]
        pub struct $name(u64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// An amount within the supply of bitcoin.
            pub const fn new(amount: u64) -> Result<Self, MoneyError> {
                if amount > $max { Err(MoneyError::TooLarge) } else { Ok(Self(amount)) }
            }

            /// The number.
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The number as databases keep it; the supply of bitcoin fits in 63 bits.
            pub const fn to_i64(self) -> i64 {
                self.0.cast_signed()
            }

            /// Whether it is nothing.
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// The sum, unless it exceeds the supply of bitcoin.
            pub fn checked_add(self, other: Self) -> Option<Self> {
                self.0.checked_add(other.0).and_then(|sum| Self::new(sum).ok())
            }

            /// The difference, unless it is negative.
            pub fn checked_sub(self, other: Self) -> Option<Self> {
                self.0.checked_sub(other.0).map(Self)
            }

            /// The difference, or nothing when `other` is larger.
            #[must_use]
            pub const fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }

            /// The sum, capped at the supply of bitcoin.
            #[must_use]
            pub fn saturating_add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0).min($max))
            }
        }

        impl TryFrom<u64> for $name {
            type Error = MoneyError;
            fn try_from(amount: u64) -> Result<Self, MoneyError> {
                Self::new(amount)
            }
        }

        impl TryFrom<i64> for $name {
            type Error = MoneyError;
            fn try_from(amount: i64) -> Result<Self, MoneyError> {
                u64::try_from(amount).map_err(|_| MoneyError::Negative).and_then(Self::new)
            }
        }

        impl From<$name> for u64 {
            fn from(amount: $name) -> u64 {
                amount.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

amount! {
    /// Satoshis: what people see and prices are set in.
    Sats, MAX_SATS
}
amount! {
    /// Millisatoshis: what Lightning moves (BOLT 11).
    Msats, MAX_MSATS
}

impl Sats {
    /// The same amount in millisatoshis.
    pub const fn to_msats(self) -> Msats {
        Msats(self.0 * MSATS_PER_SAT)
    }
}

impl Msats {
    /// Whole satoshis, the rest cut off.
    pub const fn to_sats_floor(self) -> Sats {
        Sats(self.0 / MSATS_PER_SAT)
    }

    /// Satoshis, if it is a whole number of them.
    pub const fn to_sats_exact(self) -> Option<Sats> {
        if self.0.is_multiple_of(MSATS_PER_SAT) { Some(Sats(self.0 / MSATS_PER_SAT)) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_supply_survives_the_way_to_the_database() {
        let all = Msats::new(MAX_MSATS).unwrap();
        assert_eq!(Msats::try_from(all.to_i64()), Ok(all));
        assert_eq!(all.checked_add(Msats::new(1).unwrap()), None);
        assert_eq!(Msats::new(MAX_MSATS + 1), Err(MoneyError::TooLarge));
        assert_eq!(Sats::try_from(-1_i64), Err(MoneyError::Negative));
    }

    #[test]
    fn fractions_of_a_satoshi_are_not_lost_silently() {
        let odd = Msats::new(1_001).unwrap();
        assert_eq!(odd.to_sats_exact(), None);
        assert_eq!(odd.to_sats_floor().get(), 1);
    }
}
