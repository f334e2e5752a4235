use bitcoin_hashes::{Hash, sha256};
use chrono::SubsecRound;
use kernel::{Msats, Timestamp};
use lightning_invoice::{
    Bolt11InvoiceDescription, Currency, Description, InvoiceBuilder, PaymentSecret, Sha256,
};
use payments::{PaymentHash, Preimage};
use secp256k1::{SECP256K1, SecretKey};
use std::time::Duration;

/// Blocks that the last hop must leave before the HTLC times out (BOLT 11, field `c`).
const FINAL_CLTV_DELTA: u64 = 80;

/// Description of an invoice (BOLT 11, fields `d` and `h`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvoiceText {
    /// Text (field `d`).
    Description(String),
    /// SHA-256 of a description published elsewhere, as LNURL requires (LUD-06).
    Hash([u8; 32]),
}

/// Makes and signs an invoice of the test network (`lnbcrt`). Also returns its expiry, in whole seconds.
pub(crate) fn sign(
    key: &SecretKey,
    preimage: &Preimage,
    payment_secret: [u8; 32],
    amount: Option<Msats>,
    text: &InvoiceText,
    now: Timestamp,
    expiry_secs: u32,
) -> Result<(String, Timestamp), String> {
    let since_epoch = Duration::from_secs(u64::try_from(now.timestamp()).map_err(|error| error.to_string())?);
    let description = match text {
        InvoiceText::Description(text) => Bolt11InvoiceDescription::Direct(
            Description::new(text.clone()).map_err(|error| error.to_string())?,
        ),
        InvoiceText::Hash(hash) => {
            Bolt11InvoiceDescription::Hash(Sha256(sha256::Hash::from_byte_array(*hash)))
        }
    };
    let hash: PaymentHash = preimage.payment_hash();
    let mut builder = InvoiceBuilder::new(Currency::Regtest)
        .invoice_description(description)
        .payment_hash(sha256::Hash::from_byte_array(*hash.as_bytes()))
        .payment_secret(PaymentSecret(payment_secret))
        .duration_since_epoch(since_epoch)
        .expiry_time(Duration::from_secs(expiry_secs.into()))
        .min_final_cltv_expiry_delta(FINAL_CLTV_DELTA)
        .basic_mpp();
    if let Some(amount) = amount {
        builder = builder.amount_milli_satoshis(amount.get());
    }
    builder
        .build_signed(|message| SECP256K1.sign_ecdsa_recoverable(message, key))
        .map(|invoice| (invoice.to_string(), now.trunc_subsecs(0) + Duration::from_secs(expiry_secs.into())))
        .map_err(|error| error.to_string())
}
