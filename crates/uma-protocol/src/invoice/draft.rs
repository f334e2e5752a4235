use super::{MAX_WRITTEN, UmaInvoice, invalid, tlv};
use crate::address::UmaAddress;
use crate::currency::CurrencyCode;
use crate::error::UmaError;
use crate::payer_data::{DataOptions, KycStatus};
use crate::signing::SigningKey;
use crate::version::UmaVersion;

/// The currency of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceCurrency {
    /// Its code.
    pub code: CurrencyCode,
    /// Its name.
    pub name: String,
    /// Its symbol; may be empty.
    pub symbol: String,
    /// Digits after the point.
    pub decimals: u8,
}

impl InvoiceCurrency {
    /// Satoshis.
    pub fn sat() -> Self {
        Self { code: CurrencyCode::sat(), name: "Satoshis".into(), symbol: String::new(), decimals: 0 }
    }
}

/// What a UMA Invoice says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceDraft {
    /// Who is paid; whose VASP signs.
    pub receiver: UmaAddress,
    /// A random UUID, 36 characters.
    pub uuid: String,
    /// Smallest units of the currency.
    pub amount: u64,
    /// What is received.
    pub currency: InvoiceCurrency,
    /// Unix seconds.
    pub expires_at: i64,
    /// Whether the receiver falls under the travel rule.
    pub is_subject_to_travel_rule: bool,
    /// What the payer shall tell.
    pub payer_data: DataOptions,
    /// The versions that its maker supports, at least one.
    pub versions: Vec<UmaVersion>,
    /// Longest comment, characters.
    pub comment_allowed: Option<u32>,
    /// Who shall pay. Needed when the invoice is pushed.
    pub sender: Option<UmaAddress>,
    /// How often it may be paid; absent means without limit.
    pub max_payments: Option<u32>,
    /// How far the receiver is identified.
    pub kyc_status: Option<KycStatus>,
    /// Where the payer's VASP sends its pay request.
    pub callback: String,
}

impl InvoiceDraft {
    /// An invoice for `sats` satoshis with the least mandatory payer data, payable once.
    pub fn sats(receiver: UmaAddress, uuid: String, sats: u64, expires_at: i64, callback: String) -> Self {
        Self {
            receiver,
            uuid,
            amount: sats,
            currency: InvoiceCurrency::sat(),
            expires_at,
            is_subject_to_travel_rule: false,
            payer_data: DataOptions::uma(),
            versions: vec![UmaVersion::V1],
            comment_allowed: None,
            sender: None,
            max_payments: Some(1),
            kyc_status: Some(KycStatus::Verified),
            callback,
        }
    }

    /// Signs the canonical encoding, since most SDKs verify their own re-encoding. Values that some SDK could not read back
    /// (over 127 bytes, or 500 in all) are refused.
    pub fn sign(self, key: &SigningKey) -> Result<UmaInvoice, UmaError> {
        if !is_uuid(&self.uuid) {
            return Err(invalid("the invoice's id is not a UUID"));
        }
        let signed = self.encode()?;
        let signature = key.sign(&signed).to_der();
        if tlv::append_signature(&signed, &signature).len() > MAX_WRITTEN {
            return Err(invalid("the invoice is too long"));
        }
        Ok(UmaInvoice::new(self, signed, signature))
    }

    fn encode(&self) -> Result<Vec<u8>, UmaError> {
        let mut currency = tlv::Writer::default();
        currency.text(0, self.currency.code.as_str())?;
        currency.text(1, &self.currency.name)?;
        currency.text(2, &self.currency.symbol)?;
        currency.number(3, self.currency.decimals.into())?;

        let amount = i64::try_from(self.amount).map_err(|_| invalid("the amount is too large"))?;
        let mut out = tlv::Writer::default();
        out.text(0, self.receiver.as_str())?;
        out.text(1, &self.uuid)?;
        out.number(2, amount)?;
        out.bytes(3, &currency.finish())?;
        out.number(4, self.expires_at)?;
        out.number(5, self.is_subject_to_travel_rule.into())?;
        if !self.payer_data.is_empty() {
            out.text(6, &self.payer_data.to_invoice_text())?;
        }
        let versions: Vec<String> = self.versions.iter().map(ToString::to_string).collect();
        if versions.is_empty() {
            return Err(invalid("the invoice names no version"));
        }
        out.text(7, &versions.join(","))?;
        if let Some(characters) = self.comment_allowed {
            out.number(8, characters.into())?;
        }
        if let Some(sender) = &self.sender {
            out.text(9, sender.as_str())?;
        }
        if let Some(times) = self.max_payments {
            out.number(10, times.into())?;
        }
        if let Some(status) = self.kyc_status {
            out.text(11, status.as_str())?;
        }
        out.text(12, &self.callback)?;
        Ok(out.finish())
    }
}

pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}
