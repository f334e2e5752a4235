use bech32::primitives::checksum::Engine;
use bech32::{Bech32, Checksum, Fe32, Fe32IterExt, Hrp};

use super::draft::is_uuid;
use super::tlv::{Records, SIGNATURE};
use super::{HRP, InvoiceCurrency, InvoiceDraft, MAX_READ, UmaInvoice, invalid};
use crate::address::UmaAddress;
use crate::currency::CurrencyCode;
use crate::error::UmaError;
use crate::payer_data::{DataOptions, KycStatus};

/// A later expiry than this is written in milliseconds (the JavaScript demo does).
const MILLISECONDS_FROM: i64 = 100_000_000_000;

pub(super) fn parse(text: &str) -> Result<UmaInvoice, UmaError> {
    let text = text.trim();
    let text = text.strip_prefix("uma://").or_else(|| text.strip_prefix("UMA://")).unwrap_or(text);
    if text.len() > MAX_READ {
        return Err(invalid("the invoice is too long"));
    }
    from_tlv(&from_bech32(text).ok_or_else(|| invalid("the invoice is not bech32 with prefix uma"))?)
}

/// BIP-173 without its limit of 90 characters: one case, checksum constant 1, zero padding of less than 5 bits.
fn from_bech32(text: &str) -> Option<Vec<u8>> {
    let lower = text.bytes().any(|b| b.is_ascii_lowercase());
    let upper = text.bytes().any(|b| b.is_ascii_uppercase());
    let (prefix, data) = text.rsplit_once('1')?;
    if (lower && upper) || !prefix.eq_ignore_ascii_case(HRP) {
        return None;
    }
    let symbols: Vec<Fe32> = data.chars().map(Fe32::from_char).collect::<Result<_, _>>().ok()?;
    let payload = symbols.len().checked_sub(Bech32::CHECKSUM_LENGTH)?;
    let mut engine = Engine::<Bech32>::new();
    engine.input_hrp(Hrp::parse(HRP).ok()?);
    for symbol in &symbols {
        engine.input_fe(*symbol);
    }
    if *engine.residue() != Bech32::TARGET_RESIDUE {
        return None;
    }
    let symbols = symbols.get(..payload)?;
    let padding = payload * 5 % 8;
    let last = symbols.last().map_or(0, |symbol| symbol.to_u8());
    if padding >= 5 || last & ((1_u8 << padding) - 1) != 0 {
        return None;
    }
    Some(symbols.iter().copied().fes_to_bytes().collect())
}

#[derive(Default)]
struct Fields<'a> {
    by_type: [Option<&'a [u8]>; 13],
    signature: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    fn optional(&self, kind: usize) -> Option<&'a [u8]> {
        self.by_type.get(kind).copied().flatten()
    }

    fn required(&self, kind: usize) -> Result<&'a [u8], UmaError> {
        self.optional(kind).ok_or_else(|| invalid(format!("the invoice lacks field {kind}")))
    }
}

pub(super) fn from_tlv(bytes: &[u8]) -> Result<UmaInvoice, UmaError> {
    let mut fields = Fields::default();
    let mut signed = bytes.len();
    for record in Records(bytes) {
        let (kind, value) = record?;
        if fields.signature.is_some() {
            return Err(invalid("the invoice goes on after its signature"));
        }
        if kind == SIGNATURE {
            fields.signature = Some(value);
            signed = bytes.len().saturating_sub(value.len() + 2);
        } else if let Some(place) = fields.by_type.get_mut(usize::from(kind))
            && place.replace(value).is_some()
        {
            return Err(invalid(format!("field {kind} is in the invoice twice")));
        }
    }
    let signature = fields.signature.ok_or_else(|| invalid("the invoice is not signed"))?;
    let signed = bytes.get(..signed).unwrap_or_default();
    Ok(UmaInvoice::new(terms(&fields)?, signed.to_vec(), signature.to_vec()))
}

fn terms(fields: &Fields<'_>) -> Result<InvoiceDraft, UmaError> {
    let dialect = Dialect::of(fields.required(4)?);
    let number = |value| dialect.read(value).ok_or_else(|| invalid("a number in the invoice cannot be read"));
    let amount = u64::try_from(number(fields.required(2)?)?).ok().filter(|amount| *amount > 0);
    let expires_at = number(fields.required(4)?)?;
    let uuid = text(fields.required(1)?)?;
    if !is_uuid(uuid) {
        return Err(invalid("the invoice's id is not a UUID"));
    }
    let travel_rule = match fields.required(5)? {
        [0] => false,
        [1] => true,
        _ => return Err(invalid("the travel rule field is neither 0 nor 1")),
    };
    let versions = text(fields.required(7)?)?.split(',').map(|version| version.trim().parse());
    let small = |kind| match fields.optional(kind) {
        Some(value) => u32::try_from(number(value)?)
            .map(Some)
            .map_err(|_| invalid(format!("field {kind} of the invoice is out of range"))),
        None => Ok(None),
    };
    let address =
        |value| UmaAddress::parse(text(value)?).map_err(|_| invalid("not a UMA address in the invoice"));
    Ok(InvoiceDraft {
        receiver: address(fields.required(0)?)?,
        uuid: uuid.into(),
        amount: amount.ok_or_else(|| invalid("the amount is not above zero"))?,
        currency: currency(fields.required(3)?, dialect)?,
        expires_at: if expires_at > MILLISECONDS_FROM { expires_at / 1000 } else { expires_at },
        is_subject_to_travel_rule: travel_rule,
        payer_data: DataOptions::from_invoice_text(text(fields.optional(6).unwrap_or_default())?)
            .ok_or_else(|| invalid("the asked payer data cannot be read"))?,
        versions: versions.collect::<Result<_, _>>().map_err(|_| invalid("the versions cannot be read"))?,
        comment_allowed: small(8)?,
        sender: fields.optional(9).map(address).transpose()?,
        max_payments: small(10)?,
        kyc_status: fields.optional(11).map(text).transpose()?.map(KycStatus::from_word),
        callback: text(fields.required(12)?)?.into(),
    })
}

fn text(value: &[u8]) -> Result<&str, UmaError> {
    std::str::from_utf8(value).map_err(|_| invalid("a text in the invoice is not UTF-8"))
}

fn currency(bytes: &[u8], dialect: Dialect) -> Result<InvoiceCurrency, UmaError> {
    let mut found: [Option<&[u8]>; 4] = [None; 4];
    for record in Records(bytes) {
        let (kind, value) = record?;
        if let Some(place) = found.get_mut(usize::from(kind))
            && place.replace(value).is_some()
        {
            return Err(invalid("a field of the currency is there twice"));
        }
    }
    let [Some(code), Some(name), Some(symbol), Some(decimals)] = found else {
        return Err(invalid("a field of the currency is missing"));
    };
    let decimals = dialect.read(decimals).and_then(|n| u8::try_from(n).ok());
    Ok(InvoiceCurrency {
        code: CurrencyCode::parse(text(code)?).map_err(|_| invalid("not a currency code in the invoice"))?,
        name: text(name)?.into(),
        symbol: text(symbol)?.into(),
        decimals: decimals.ok_or_else(|| invalid("the decimals cannot be read"))?,
    })
}

/// How the maker writes integers. Python, JavaScript, Kotlin: big-endian; Go: decimal digits in ASCII.
#[derive(Clone, Copy)]
enum Dialect {
    Binary,
    Ascii,
}

impl Dialect {
    /// By the expiry, which is 4 or 8 bytes in one and 10 or 13 digits in the other.
    fn of(expiry: &[u8]) -> Self {
        let digits = matches!(expiry.len(), 10 | 13) && expiry.iter().all(u8::is_ascii_digit);
        if digits { Self::Ascii } else { Self::Binary }
    }

    fn read(self, value: &[u8]) -> Option<i64> {
        match self {
            Self::Ascii => {
                let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
                std::str::from_utf8(value).ok().filter(|_| digits)?.parse().ok()
            }
            Self::Binary => {
                let sign = value.first().map_or(0, |b| if b & 0x80 == 0 { 0 } else { 0xff });
                let mut bytes = [sign; 8];
                match value.len() {
                    length @ (1 | 2 | 4 | 8) => bytes.get_mut(8 - length..)?.copy_from_slice(value),
                    _ => return None,
                }
                Some(i64::from_be_bytes(bytes))
            }
        }
    }
}
