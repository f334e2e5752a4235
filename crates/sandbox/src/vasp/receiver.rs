use super::{Vasp, error::VaspError, store::Nonces};
use crate::bolt11::InvoiceText;
use kernel::{Msats, Sats};
use uma_protocol::{
    PaymentAddress, UmaAddress, UmaError,
    currency::{Currency, CurrencyCode},
    error::ErrorCode,
    lnurlp::{LnurlpRequest, LnurlpResponse, LnurlpTerms, Metadata},
    nonce::{NonceRules, admit},
    payer_data::{DataOptions, KycStatus},
    payreq::{PayRequest, PayRequestAmount, PayResponse, PayResponseDraft},
};
use url::form_urlencoded;

const MIN_SATS: u64 = 1;
const MAX_SATS: u64 = 100_000_000;
const EXPIRY_SECS: u32 = 600;
const COMMENT_CHARS: u32 = 200;

impl Vasp {
    fn known(&self, address: &PaymentAddress) -> Result<String, VaspError> {
        let user = address.user();
        if self.wallets.contains_key(&user) { Ok(user) } else { Err(VaspError::NoSuchUser) }
    }

    fn metadata(&self, user: &str) -> Metadata {
        Metadata::plain(&format!("To {} (test money)", super::display_name(user)))
            .with_identifier(&format!("{user}@{}", self.domain))
    }

    /// `GET /.well-known/lnurlp/{user}`: terms of a user, plain (LUD-06, LUD-16) or signed (UMAD-03, UMAD-04).
    pub(crate) async fn offer(&self, path: &str, query: &str) -> Result<LnurlpResponse, VaspError> {
        let request = LnurlpRequest::parse(path, query, &self.domain)?;
        let user = self.known(&request.receiver)?;
        let (base, now) = (self.domain.base_url(), self.now());
        let mut terms = LnurlpTerms {
            callback: format!("{base}/lnurl/{user}"),
            min_sendable_msats: MIN_SATS.saturating_mul(1_000),
            max_sendable_msats: MAX_SATS.saturating_mul(1_000),
            metadata: self.metadata(&user),
            currencies: vec![Currency::sat(MIN_SATS, MAX_SATS)],
            payer_data: DataOptions::default().with("name", false),
            comment_allowed: Some(COMMENT_CHARS),
            nostr_pubkey: None,
            allows_nostr: None,
            settlement_options: None,
        };
        let Some(uma) = &request.uma else { return Ok(LnurlpResponse::plain(terms)) };
        self.client.verify(&uma.vasp_domain, now, |key| request.verify(key)).await?;
        admit(&mut Nonces(&self.store), NonceRules::default(), &uma.vasp_domain, &uma.stamp, now.timestamp())
            .await?;
        // The response to the pay request must name the receiver exactly as requested here.
        let asked: String = form_urlencoded::byte_serialize(request.receiver.as_str().as_bytes()).collect();
        terms.callback = format!("{base}/uma/payreq/{user}?to={asked}");
        let key = self.keys.signing_key();
        let status = KycStatus::Verified;
        Ok(LnurlpResponse::signed(&request, terms, status, self.nonce()?, now.timestamp(), key)?)
    }

    fn bolt11(&self, user: &str, amount: Msats, payer_data: Option<&str>) -> Result<String, VaspError> {
        let hash = self.metadata(user).description_hash(payer_data);
        let invoice = self.wallet(user)?.make_invoice(Some(amount), &InvoiceText::Hash(hash), EXPIRY_SECS)?;
        Ok(invoice.bolt11)
    }

    /// `GET /lnurl/{user}?amount=`: an invoice, plain (LUD-06).
    pub(crate) fn invoice(&self, user: &str, query: &str) -> Result<PayResponse, VaspError> {
        self.wallet(user)?;
        let request = PayRequest::parse_query(query)?;
        let amount = in_range(&request)?;
        let payer_data = request.payer_data.as_ref().map(uma_protocol::payer_data::PayerData::as_json);
        Ok(PayResponse::plain(self.bolt11(user, amount, payer_data)?, None))
    }

    /// `POST /uma/payreq/{user}`: an invoice with payer data (UMAD-05, UMAD-06).
    pub(crate) async fn answer_payreq(
        &self,
        user: &str,
        query: &str,
        body: &str,
    ) -> Result<PayResponse, VaspError> {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let to = pairs.find(|(key, _)| key == "to").map(|(_, to)| to.into_owned());
        let payee = match to {
            Some(to) => UmaAddress::parse(&to)?,
            None => self.uma_address(user)?,
        };
        if self.user_of(&payee)? != user {
            return Err(VaspError::NoSuchUser);
        }
        let request = PayRequest::parse(body)?;
        let payer = request.uma_payer()?;
        let now = self.now();
        self.client.verify(payer.address.domain(), now, |key| payer.verify(key)).await?;
        let domain = payer.address.domain();
        admit(&mut Nonces(&self.store), NonceRules::default(), domain, payer.stamp(), now.timestamp())
            .await?;
        request.check_settlement()?;
        request.payee_data.check_payee(&[])?;
        let amount = in_range(&request)?;
        let sats = amount.to_sats_floor().get();
        let payer_data = request.payer_data.as_ref().map(uma_protocol::payer_data::PayerData::as_json);
        let draft = PayResponseDraft {
            pr: self.bolt11(user, amount, payer_data)?,
            payee,
            currency: Currency::sat(MIN_SATS, MAX_SATS),
            amount: sats,
            fee_msats: amount.get().saturating_sub(sats.saturating_mul(1_000)),
            fields: std::collections::BTreeMap::new(),
            node_pub_key: Some(self.wallet(user)?.public_key()),
            utxo_callback: String::new(),
            success_message: Some("Thank you!".to_owned()),
            major: request.major,
        };
        Ok(draft.sign(&payer, self.nonce()?, now.timestamp(), self.keys.signing_key()))
    }
}

fn in_range(request: &PayRequest) -> Result<Msats, VaspError> {
    let foreign = request.convert.as_ref().is_some_and(|code| *code != CurrencyCode::sat());
    let msats = match &request.amount {
        _ if foreign => None,
        PayRequestAmount::Msats(msats) => Some(*msats),
        PayRequestAmount::Currency { amount, code } if *code == CurrencyCode::sat() => {
            amount.checked_mul(1_000)
        }
        PayRequestAmount::Currency { .. } => None,
    };
    let msats =
        msats.ok_or_else(|| UmaError::new(ErrorCode::InvalidCurrency, "this wallet takes satoshis only"))?;
    let out =
        || UmaError::new(ErrorCode::AmountOutOfRange, format!("{MIN_SATS} to {MAX_SATS} satoshis are taken"));
    let limit = Sats::new(MAX_SATS).map(Sats::to_msats).map_err(|_| out())?;
    let amount = Msats::new(msats).map_err(|_| out())?;
    if amount > limit || amount.to_sats_floor().get() < MIN_SATS { Err(out().into()) } else { Ok(amount) }
}
