//! UMA Invoices (UMAD-09): TLV in bech32, signed over the bytes as they are.

mod draft;
mod read;
mod tlv;

pub use draft::{InvoiceCurrency, InvoiceDraft};

use crate::error::{ErrorCode, UmaError};
use crate::signing::{PublicKey, Signature};

/// The human-readable part of the bech32 form.
pub const HRP: &str = "uma";

/// Longest TLV that we write, bytes: the JavaScript SDK reads 512.
pub(crate) const MAX_WRITTEN: usize = 500;
/// Longest value that we write: Kotlin's SDK reads lengths as signed bytes.
pub(crate) const MAX_VALUE: usize = 127;
/// Longest text that we read.
pub(crate) const MAX_READ: usize = 4096;

pub(crate) fn invalid(reason: impl Into<std::borrow::Cow<'static, str>>) -> UmaError {
    UmaError::new(ErrorCode::InvalidInvoice, reason)
}

/// A UMA Invoice: what it says, and the very bytes that say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UmaInvoice {
    terms: InvoiceDraft,
    /// Everything before the signature, as received: this is what is signed.
    signed: Vec<u8>,
    signature: Vec<u8>,
}

impl UmaInvoice {
    /// Reads an invoice: `uma1…`, in lower or upper case, or `uma://uma1…`.
    pub fn parse(text: &str) -> Result<Self, UmaError> {
        read::parse(text)
    }

    /// Reads the bytes inside the bech32.
    pub fn from_tlv(bytes: &[u8]) -> Result<Self, UmaError> {
        read::from_tlv(bytes)
    }

    pub(crate) const fn new(terms: InvoiceDraft, signed: Vec<u8>, signature: Vec<u8>) -> Self {
        Self { terms, signed, signature }
    }

    /// What it says.
    pub const fn terms(&self) -> &InvoiceDraft {
        &self.terms
    }

    /// The bytes inside the bech32.
    pub fn to_tlv(&self) -> Vec<u8> {
        tlv::append_signature(&self.signed, &self.signature)
    }

    /// The bytes that are signed.
    pub fn signed_bytes(&self) -> &[u8] {
        &self.signed
    }

    /// The form that is passed on: `uma1…`.
    pub fn to_bech32(&self) -> Result<String, UmaError> {
        tlv::to_bech32(&self.to_tlv())
    }

    /// Checks the signature with the key of the receiver's VASP.
    pub fn verify(&self, key: &PublicKey) -> Result<(), UmaError> {
        key.verify(&self.signed, &Signature::from_der(&self.signature)?)
    }

    /// Refuses an invoice whose time is over at `now` (Unix seconds).
    pub fn check_expiry(&self, now: i64) -> Result<(), UmaError> {
        if now < self.terms.expires_at {
            Ok(())
        } else {
            Err(UmaError::new(ErrorCode::InvoiceExpired, "the invoice is over"))
        }
    }
}
