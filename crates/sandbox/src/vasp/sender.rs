use super::{Vasp, error::VaspError, faults::SenderFault, store::Nonces, target::Target};
use crate::keys;
use kernel::{Msats, Sats};
use payments::Bolt11;
use serde_json::Value;
use std::collections::BTreeMap;
use uma_protocol::{
    PaymentAddress, UmaAddress, UmaError, UmaVersion, VaspDomain,
    currency::CurrencyCode,
    error::ErrorCode,
    invoice::UmaInvoice,
    lnurlp::{LnurlpRequest, LnurlpResponse},
    nonce::{NonceRules, admit},
    payer_data::{COMPLIANCE, DataOptions, IDENTIFIER, PayerData},
    payreq::{PayRequest, PayRequestAmount, PayRequestDraft, PayResponse},
    signing::{SigningKey, Stamp},
};
use url::Url;

const WEEK_SECS: i64 = 8 * 24 * 60 * 60;

/// A fetched bolt11, checked against the order.
#[derive(Debug)]
pub(super) struct FetchedInvoice {
    pub(super) bolt11: String,
    pub(super) amount: Msats,
    pub(super) payee: String,
}

fn wrong(reason: impl Into<std::borrow::Cow<'static, str>>) -> VaspError {
    UmaError::new(ErrorCode::ParsePayreqResponseError, reason).into()
}

impl Vasp {
    /// Parses an invoice and runs all checks possible before the user's approval (UMAD-09).
    pub(super) async fn checked_invoice(
        &self,
        text: &str,
        ignore_expiry: bool,
    ) -> Result<UmaInvoice, VaspError> {
        let invoice = UmaInvoice::parse(text)?;
        let now = self.now();
        let terms = invoice.terms();
        if !ignore_expiry {
            invoice.check_expiry(now.timestamp())?;
        }
        if terms.currency.code != CurrencyCode::sat() || terms.currency.decimals != 0 {
            return Err(UmaError::new(ErrorCode::InvalidCurrency, "this wallet holds satoshis only").into());
        }
        UmaVersion::highest_common(&terms.versions.iter().map(|version| version.major).collect::<Vec<_>>())?;
        self.client.verify(terms.receiver.domain(), now, |key| invoice.verify(key)).await?;
        let callback = Url::parse(&terms.callback).ok().filter(|url| is_at(url, terms.receiver.domain()));
        if callback.is_none() {
            return Err(UmaError::new(ErrorCode::InvalidInvoice, "the callback is not the receiver's").into());
        }
        Ok(invoice)
    }

    /// Fetches the bolt11 of a target.
    pub(super) async fn ask(
        &self,
        user: &str,
        target: &Target,
        amount: Option<Msats>,
        comment: Option<&str>,
    ) -> Result<FetchedInvoice, VaspError> {
        let fault = self.faults.take_sender();
        match target {
            Target::Invoice(text) => {
                let invoice = self.checked_invoice(text, fault == Some(SenderFault::IgnoreExpiry)).await?;
                self.ask_by_invoice(user, &invoice, fault).await
            }
            Target::Uma(address) => self.ask_by_address(user, address, amount, comment, fault).await,
            Target::Plain(address) => {
                let url = LnurlpRequest::plain(address.clone()).to_url();
                self.ask_plainly(&url, address.as_str(), amount, comment).await
            }
            Target::Web(url) => self.ask_plainly(url.as_str(), url.as_str(), amount, comment).await,
            Target::Bolt11(text) => {
                let invoice = Bolt11::parse(text).map_err(crate::NodeError::from)?;
                let amount = invoice.amount().or(amount).ok_or(crate::NodeError::AmountMissing)?;
                Ok(FetchedInvoice { bolt11: text.clone(), amount, payee: "a Lightning invoice".to_owned() })
            }
        }
    }

    async fn ask_by_invoice(
        &self,
        user: &str,
        invoice: &UmaInvoice,
        fault: Option<SenderFault>,
    ) -> Result<FetchedInvoice, VaspError> {
        let terms = invoice.terms();
        let majors: Vec<u64> = terms.versions.iter().map(|version| version.major).collect();
        let mut draft =
            PayRequestDraft::new(self.uma_address(user)?, terms.amount, terms.currency.code.clone());
        draft.fields = payer_fields(user, &terms.payer_data)?;
        draft.invoice_uuid = Some(terms.uuid.clone());
        draft.version = UmaVersion::highest_common(&majors)?;
        let expected =
            Sats::new(terms.amount).map(Sats::to_msats).map_err(|error| wrong(error.to_string()))?;
        let bolt11 = self.ask_signed(draft, &terms.callback, &terms.receiver, expected, fault).await?;
        Ok(FetchedInvoice { bolt11, amount: expected, payee: terms.receiver.to_string() })
    }

    async fn ask_by_address(
        &self,
        user: &str,
        payee: &UmaAddress,
        amount: Option<Msats>,
        comment: Option<&str>,
        fault: Option<SenderFault>,
    ) -> Result<FetchedInvoice, VaspError> {
        let offer = self.discover(payee).await?;
        let Some(compliance) = &offer.compliance else {
            return Err(wrong("the answer is not a UMA one"));
        };
        let terms = &offer.terms;
        let sat = terms.currencies.iter().find(|currency| currency.code == CurrencyCode::sat());
        let sat =
            sat.ok_or_else(|| UmaError::new(ErrorCode::InvalidCurrency, "the payee takes no satoshis"))?;
        let amount = offered_amount(&offer, amount)?;
        let sats = amount.to_sats_exact().ok_or_else(|| wrong("only whole satoshis can be sent"))?.get();
        if sats < sat.min || sats > sat.max {
            return Err(UmaError::new(
                ErrorCode::AmountOutOfRange,
                format!("the payee takes {} to {} satoshis", sat.min, sat.max),
            )
            .into());
        }
        let mut draft = PayRequestDraft::new(self.uma_address(user)?, sats, sat.code.clone());
        draft.fields = payer_fields(user, &terms.payer_data)?;
        draft.comment = comment_for(&offer, comment);
        draft.version = compliance.version;
        let bolt11 = self.ask_signed(draft, &terms.callback, payee, amount, fault).await?;
        Ok(FetchedInvoice { bolt11, amount, payee: payee.to_string() })
    }

    /// Signed LNURL-pay discovery (UMAD-03); repeated in the highest common version if the payee requires another.
    pub(super) async fn discover(&self, payee: &UmaAddress) -> Result<LnurlpResponse, VaspError> {
        let fault = self.faults.take_discovery();
        let mut version = UmaVersion::V1;
        for attempt in 0..2 {
            let (nonce, timestamp, stranger) = self.signing_inputs(fault)?;
            let key = stranger.as_ref().unwrap_or_else(|| self.keys.signing_key());
            let request = LnurlpRequest::signed(payee, self.domain.clone(), version, nonce, timestamp, key);
            let url = request.to_url();
            if fault == Some(SenderFault::ReplayedNonce) {
                self.client.get(&url).await?;
            }
            let text = match self.client.get(&url).await {
                Err(VaspError::Refused { status: 412, body }) if attempt == 0 => {
                    let majors = body.supported_major_versions.as_deref().unwrap_or_default();
                    version = UmaVersion::highest_common(majors)?;
                    continue;
                }
                answer => answer?,
            };
            let offer = LnurlpResponse::parse(&text)?;
            let asked: PaymentAddress = payee.clone().into();
            let now = self.now();
            self.client.verify(payee.domain(), now, |key| offer.verify(&asked, key)).await?;
            if let Some(compliance) = &offer.compliance {
                self.admit(payee, &compliance.stamp).await?;
            }
            return Ok(offer);
        }
        Err(UmaError::new(ErrorCode::NoCompatibleUmaVersion, "no version in common").into())
    }

    /// The payreq of either UMA flow (UMAD-05), and the checks of its response (UMAD-06).
    async fn ask_signed(
        &self,
        mut draft: PayRequestDraft,
        callback: &str,
        payee: &UmaAddress,
        expected: Msats,
        fault: Option<SenderFault>,
    ) -> Result<String, VaspError> {
        let mut callback = Url::parse(callback).map_err(|_| wrong("the callback is not a URL"))?;
        match fault {
            Some(SenderFault::WrongAmount) => {
                if let PayRequestAmount::Currency { amount, .. } = &mut draft.amount {
                    *amount = amount.saturating_sub(1).max(1);
                }
            }
            Some(SenderFault::BareMsats) => {
                if let PayRequestAmount::Currency { amount, .. } = draft.amount {
                    draft.amount = PayRequestAmount::Msats(amount);
                }
            }
            Some(SenderFault::WrongCurrency) => {
                let usd = CurrencyCode::parse("USD")?;
                draft.amount = PayRequestAmount::Currency { amount: 100, code: usd.clone() };
                draft.convert = usd;
            }
            Some(SenderFault::UnknownTicket) => {
                if let Ok(mut path) = callback.path_segments_mut() {
                    path.pop().push("999999999999");
                }
            }
            Some(SenderFault::OtherPayer) => {
                let other = self.wallets.keys().find(|user| **user != draft.payer.user());
                draft.payer = self.uma_address(other.map_or("nobody", String::as_str))?;
            }
            _ => {}
        }
        let payer = draft.payer.clone();
        let (fields, major) = (draft.fields.clone(), draft.version.major);
        let (nonce, timestamp, stranger) = self.signing_inputs(fault)?;
        let key = stranger.as_ref().unwrap_or_else(|| self.keys.signing_key());
        let mut request: PayRequest = draft.sign(nonce, timestamp, key)?;
        if fault == Some(SenderFault::NoCompliance) {
            request.payer_data = Some(PayerData::new(payer.as_str(), fields, None)?);
        }
        let body = request.to_json()?;
        if fault == Some(SenderFault::ReplayedNonce) {
            self.client.post(callback.as_str(), body.clone()).await?;
        }
        let response = PayResponse::parse(&self.client.post(callback.as_str(), body).await?)?;
        if major != 0 {
            let now = self.now();
            self.client
                .verify(payee.domain(), now, |key| response.verify_signature(&payer, payee, key))
                .await?;
            let stamp =
                response.payee_data.compliance.as_ref().and_then(|compliance| compliance.stamp.as_ref());
            self.admit(payee, stamp.ok_or_else(|| wrong("the answer is not signed"))?).await?;
        }
        if let Some(converted) = &response.converted
            && converted.currency != CurrencyCode::sat()
        {
            return Err(UmaError::new(ErrorCode::InvalidCurrency, "the answer is in another currency").into());
        }
        // The description is not compared: implementations serialise the payer data differently, and a payee may return the
        // invoice of an earlier order.
        self.check_bolt11(&response.pr, expected, None)?;
        Ok(response.pr)
    }

    /// Plain LNURL-pay (LUD-06).
    async fn ask_plainly(
        &self,
        url: &str,
        payee: &str,
        amount: Option<Msats>,
        comment: Option<&str>,
    ) -> Result<FetchedInvoice, VaspError> {
        let offer = LnurlpResponse::parse(&self.client.get(url).await?)?;
        let amount = offered_amount(&offer, amount)?;
        let mut callback =
            Url::parse(&offer.terms.callback).map_err(|_| wrong("the callback is not a URL"))?;
        callback.query_pairs_mut().append_pair("amount", &amount.to_string());
        if let Some(comment) = comment_for(&offer, comment) {
            callback.query_pairs_mut().append_pair("comment", &comment);
        }
        let response = PayResponse::parse(&self.client.get(callback.as_str()).await?)?;
        self.check_bolt11(&response.pr, amount, Some(offer.terms.metadata.description_hash(None)))?;
        Ok(FetchedInvoice { bolt11: response.pr, amount, payee: payee.to_owned() })
    }

    /// Rejects a bolt11 that differs from the agreement. Without an agreed description hash, it must still have one.
    fn check_bolt11(&self, text: &str, expected: Msats, agreed: Option<[u8; 32]>) -> Result<(), VaspError> {
        let invoice = Bolt11::parse(text).map_err(|error| wrong(error.to_string()))?;
        if invoice.amount() != Some(expected) {
            return Err(wrong("the invoice's amount differs from the agreed one"));
        }
        if invoice.expires_at() <= self.now() {
            return Err(wrong("the invoice has expired"));
        }
        match invoice.description_hash() {
            Some(hash) if agreed.is_none_or(|agreed| agreed == hash) => Ok(()),
            _ => Err(wrong("the invoice's description differs from the agreed one")),
        }
    }

    async fn admit(&self, peer: &UmaAddress, stamp: &Stamp) -> Result<(), VaspError> {
        let now = self.now().timestamp();
        Ok(admit(&mut Nonces(&self.store), NonceRules::default(), peer.domain(), stamp, now).await?)
    }

    /// Nonce, timestamp and key for signing; another key if a bad signature is planned.
    fn signing_inputs(
        &self,
        fault: Option<SenderFault>,
    ) -> Result<(String, i64, Option<SigningKey>), VaspError> {
        let now = self.now().timestamp();
        let timestamp = match fault {
            Some(SenderFault::StaleTimestamp) => now.saturating_sub(WEEK_SECS),
            Some(SenderFault::FutureTimestamp) => now.saturating_add(WEEK_SECS),
            _ => now,
        };
        let stranger = match fault {
            Some(SenderFault::BadSignature) => {
                let key = keys::fresh_key(self.world.entropy.as_ref()).map_err(crate::WorldError::from)?;
                Some(SigningKey::from_bytes(&key.secret_bytes())?)
            }
            _ => None,
        };
        Ok((self.nonce()?, timestamp, stranger))
    }
}

/// Whether a URL belongs to a VASP, with or without the default port.
fn is_at(url: &Url, domain: &VaspDomain) -> bool {
    let own = Url::parse(&domain.base_url()).ok();
    own.is_some_and(|own| {
        own.host_str() == url.host_str() && own.port_or_known_default() == url.port_or_known_default()
    })
}

/// The amount to send: the user's, or the only one that the payee accepts.
fn offered_amount(offer: &LnurlpResponse, wanted: Option<Msats>) -> Result<Msats, VaspError> {
    let (min, max) = (offer.terms.min_sendable_msats, offer.terms.max_sendable_msats);
    let only = (min == max).then(|| Msats::new(min).ok()).flatten();
    let amount = wanted.or(only).ok_or_else(|| wrong("an amount is needed"))?;
    if amount.get() < min || amount.get() > max {
        let reason = format!("the payee takes {} to {} satoshis", min.div_ceil(1_000), max / 1_000);
        return Err(UmaError::new(ErrorCode::AmountOutOfRange, reason).into());
    }
    Ok(amount)
}

fn comment_for(offer: &LnurlpResponse, comment: Option<&str>) -> Option<String> {
    let longest = usize::try_from(offer.terms.comment_allowed.unwrap_or(0)).unwrap_or(0);
    comment.filter(|text| !text.is_empty() && text.chars().count() <= longest).map(str::to_owned)
}

/// Payer data of a user, as far as requested.
fn payer_fields(user: &str, asked: &DataOptions) -> Result<BTreeMap<String, Value>, VaspError> {
    let mut fields = BTreeMap::new();
    for (key, mandatory) in asked.iter() {
        match key {
            IDENTIFIER | COMPLIANCE => {}
            "name" => {
                fields.insert(key.to_owned(), Value::String(super::display_name(user)));
            }
            "email" => {
                fields.insert(key.to_owned(), Value::String(format!("{user}@sandbox.invalid")));
            }
            _ if mandatory => {
                let reason = format!("the payee requires the payer's {key}");
                return Err(UmaError::new(ErrorCode::MissingMandatoryPayerData, reason).into());
            }
            _ => {}
        }
    }
    Ok(fields)
}
