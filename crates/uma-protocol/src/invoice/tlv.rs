use bech32::{Bech32, ByteIterExt, Fe32IterExt, Hrp};

use super::{HRP, MAX_VALUE, invalid};
use crate::error::UmaError;

/// Type of the signature record, always the last.
pub(super) const SIGNATURE: u8 = 100;

/// Writes records in the order they are given.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn bytes(&mut self, kind: u8, value: &[u8]) -> Result<(), UmaError> {
        let length = u8::try_from(value.len()).ok().filter(|_| value.len() <= MAX_VALUE);
        let length = length.ok_or_else(|| invalid(format!("field {kind} of the invoice is too long")))?;
        self.0.extend_from_slice(&[kind, length]);
        self.0.extend_from_slice(value);
        Ok(())
    }

    pub(super) fn text(&mut self, kind: u8, value: &str) -> Result<(), UmaError> {
        self.bytes(kind, value.as_bytes())
    }

    /// Big-endian, in the fewest of 1, 2, 4, 8 bytes that hold it as a signed number.
    pub(super) fn number(&mut self, kind: u8, value: i64) -> Result<(), UmaError> {
        if let Ok(small) = i8::try_from(value) {
            self.bytes(kind, &small.to_be_bytes())
        } else if let Ok(small) = i16::try_from(value) {
            self.bytes(kind, &small.to_be_bytes())
        } else if let Ok(small) = i32::try_from(value) {
            self.bytes(kind, &small.to_be_bytes())
        } else {
            self.bytes(kind, &value.to_be_bytes())
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Records in order; an error if one reaches past the end.
pub(super) struct Records<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Result<(u8, &'a [u8]), UmaError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let rest = std::mem::take(&mut self.0);
        let record = rest.split_first_chunk::<2>().and_then(|([kind, length], rest)| {
            let (value, rest) = rest.split_at_checked(usize::from(*length))?;
            self.0 = rest;
            Some((*kind, value))
        });
        Some(record.ok_or_else(|| invalid("the invoice ends inside a field")))
    }
}

pub(super) fn append_signature(signed: &[u8], signature: &[u8]) -> Vec<u8> {
    let mut all = Vec::with_capacity(signed.len() + signature.len() + 2);
    all.extend_from_slice(signed);
    if let Ok(length) = u8::try_from(signature.len()) {
        all.extend_from_slice(&[SIGNATURE, length]);
        all.extend_from_slice(signature);
    }
    all
}

pub(super) fn to_bech32(bytes: &[u8]) -> Result<String, UmaError> {
    let hrp = Hrp::parse(HRP).map_err(|_| invalid("not a prefix of bech32"))?;
    // The crate's encoder stops at BIP-173's length; its parts do not.
    Ok(bytes.iter().copied().bytes_to_fes().with_checksum::<Bech32>(&hrp).chars().collect())
}
