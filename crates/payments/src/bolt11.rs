use crate::{hash::PaymentHash, wallet::Network};
use kernel::{Msats, Timestamp};
use lightning_invoice::{Bolt11Invoice, Bolt11InvoiceDescriptionRef, Currency};
use std::{str::FromStr, time::Duration};

/// A Lightning invoice (BOLT 11) whose signature was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bolt11 {
    text: String,
    payment_hash: PaymentHash,
    amount: Option<Msats>,
    description_hash: Option<[u8; 32]>,
    network: Option<Network>,
    created_at: Timestamp,
    expires_at: Timestamp,
}

/// A text that is no valid invoice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid bolt11 invoice: {0}")]
pub struct Bolt11Error(String);

impl Bolt11 {
    /// Reads an invoice and checks its signature (BOLT 11).
    pub fn parse(text: &str) -> Result<Self, Bolt11Error> {
        let invoice = Bolt11Invoice::from_str(text).map_err(|error| Bolt11Error(error.to_string()))?;
        let amount = invoice
            .amount_milli_satoshis()
            .map(Msats::new)
            .transpose()
            .map_err(|error| Bolt11Error(error.to_string()))?;
        let description_hash = match invoice.description() {
            Bolt11InvoiceDescriptionRef::Hash(hash) => Some(*AsRef::<[u8; 32]>::as_ref(&hash.0)),
            Bolt11InvoiceDescriptionRef::Direct(_) => None,
        };
        let time = |since_epoch: Option<Duration>| {
            since_epoch
                .and_then(|since_epoch| i64::try_from(since_epoch.as_secs()).ok())
                .and_then(|seconds| Timestamp::from_timestamp(seconds, 0))
                .ok_or_else(|| Bolt11Error("time out of range".to_owned()))
        };
        let created_at = time(Some(invoice.duration_since_epoch()))?;
        let expires_at = time(invoice.expires_at())?;
        let network = match invoice.currency() {
            Currency::Bitcoin => Some(Network::Mainnet),
            Currency::BitcoinTestnet => Some(Network::Testnet),
            Currency::Signet => Some(Network::Signet),
            Currency::Regtest => Some(Network::Regtest),
            Currency::Simnet => None,
        };
        Ok(Self {
            payment_hash: PaymentHash::new(*AsRef::<[u8; 32]>::as_ref(invoice.payment_hash())),
            amount,
            description_hash,
            network,
            created_at,
            expires_at,
            text: text.to_owned(),
        })
    }

    /// The invoice as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Amount to pay; `None` leaves it to the payer.
    pub const fn amount(&self) -> Option<Msats> {
        self.amount
    }

    /// Its payment hash.
    pub const fn payment_hash(&self) -> PaymentHash {
        self.payment_hash
    }

    /// SHA-256 of the description (field `h`), when it commits to one (LUD-06).
    pub const fn description_hash(&self) -> Option<[u8; 32]> {
        self.description_hash
    }

    /// Its network, from the prefix; `None` for simulated ones.
    pub const fn network(&self) -> Option<Network> {
        self.network
    }

    /// Its timestamp, by the clock of the node that made it.
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// When it can no longer be paid.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}
