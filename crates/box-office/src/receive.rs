use crate::{BoxOffice, Links, PaymentQuery, TicketView, nonces::Nonces, settle::InvoiceCheck};
use kernel::{EntropyError, Msats, Page, StoreError, TicketId};
use payments::{Invoice, InvoiceStatus, LightningError, PaymentHash, PaymentStatus};
use tickets::TicketStatus;
use uma_protocol::{
    ErrorCode, LookupFor, UmaAddress, UmaError,
    configuration::Configuration,
    counterparty::verify_with_keys_of,
    keys::PublicKeyResponse,
    lnurlp::{LnurlpRequest, LnurlpResponse, LnurlpTerms, Metadata},
    nonce::{AdmissionError, admit},
    payer_data::{DataOptions, KycStatus},
    payreq::{OrderTerms, PayRequest, PayRequestAmount, PayResponse, PayResponseDraft, UmaPayer},
    signing::Stamp,
};

/// Offered amounts without a ticket reference: one satoshi to one bitcoin. The amount has to match a pending order anyway.
const MIN_SENDABLE_MSATS: u64 = 1_000;
const MAX_SENDABLE_MSATS: u64 = 100_000_000_000;
/// Cache lifetime of our public keys, in seconds.
const KEYS_MAX_AGE_SECS: i64 = 600;
/// Supported payee data.
const PAYEE_DATA: [&str; 3] = ["identifier", "compliance", "name"];

/// Reason for refusing a UMA or LNURL request.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveUmaError {
    /// Protocol error; code and status are sent to the peer.
    #[error(transparent)]
    Protocol(#[from] UmaError),
    /// The node could not create an invoice.
    #[error("the Lightning node could not make an invoice")]
    Node(#[from] LightningError),
    /// The entropy source failed.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The store failed.
    #[error("the request could not be stored")]
    Store(#[from] StoreError),
}

impl From<AdmissionError> for ReceiveUmaError {
    fn from(error: AdmissionError) -> Self {
        match error {
            AdmissionError::Refused(error) => Self::Protocol(error),
            AdmissionError::Log(error) => Self::Store(StoreError::Failed(Box::new(error))),
        }
    }
}

pub(crate) fn refused(code: ErrorCode, reason: &'static str) -> ReceiveUmaError {
    UmaError::new(code, reason).into()
}

/// The order that a payer refers to, with its invoice.
struct MatchedOrder {
    view: TicketView,
    invoice: Invoice,
}

impl BoxOffice {
    /// Our public keys (UMAD-02).
    pub fn public_keys(&self) -> PublicKeyResponse {
        self.dependencies.uma_keys.publish(self.now().timestamp(), KEYS_MAX_AGE_SECS)
    }

    /// Our UMA configuration (UMAD-10).
    pub fn uma_configuration(&self) -> Configuration {
        let endpoint = format!("{}/uma/request", self.settings().base_url).parse().ok();
        Configuration::own("Tickets by UMA", endpoint)
    }

    /// Handles `GET /.well-known/lnurlp/{user}` (LUD-06, UMAD-03 and 04). `ticket` is the reference in an order's payment link.
    pub async fn lnurlp(
        &self,
        path: &str,
        query: &str,
        ticket: Option<&str>,
    ) -> Result<LnurlpResponse, ReceiveUmaError> {
        let ours = &self.dependencies.uma_address;
        let request = LnurlpRequest::parse(path, query, ours.domain())?;
        if request.receiver.user().trim_start_matches('$') != ours.user().trim_start_matches('$') {
            return Err(refused(ErrorCode::UserNotFound, "there is no such user here"));
        }
        if let Some(uma) = &request.uma {
            verify_with_keys_of(
                &*self.dependencies.counterparty,
                &uma.vasp_domain,
                LookupFor::Unauthenticated,
                |key| request.verify(key),
            )
            .await?;
            self.remember(&uma.vasp_domain, &uma.stamp).await?;
        }
        let matched = match ticket {
            Some(reference) => Some(self.order_by_reference(reference).await?),
            None => None,
        };
        let terms = self.terms(&request, matched.as_ref(), ticket);
        if request.uma.is_none() {
            return Ok(LnurlpResponse::plain(terms));
        }
        let now = self.now().timestamp();
        let key = self.dependencies.uma_keys.active(now).signing_key();
        Ok(LnurlpResponse::signed(&request, terms, KycStatus::Verified, self.random_nonce()?, now, key)?)
    }

    fn terms(
        &self,
        request: &LnurlpRequest,
        matched: Option<&MatchedOrder>,
        reference: Option<&str>,
    ) -> LnurlpTerms {
        let base = &self.settings().base_url;
        // The response to the pay request is signed for the receiver address as the payer spelled it.
        let payee = request.uma.as_ref().map(|_| {
            let user = request.receiver.as_str().split('@').next().unwrap_or_default();
            user.replace('+', "%2B").replace('$', "%24")
        });
        let callback = match (matched, reference, &payee) {
            (Some(matched), _, Some(payee)) => {
                format!("{}&payee={payee}", self.payreq_url(&matched.view.ticket))
            }
            (_, Some(reference), _) => format!("{base}/api/lnurl/callback?ref={reference}"),
            (_, None, Some(payee)) => format!("{base}/api/lnurl/callback?payee={payee}"),
            (_, None, None) => format!("{base}/api/lnurl/callback"),
        };
        let (min, max, metadata) = match matched {
            Some(matched) => {
                let price = matched.invoice.amount.get();
                let metadata =
                    Metadata::parse(&matched.invoice.metadata).unwrap_or_else(|_| self.general_metadata());
                (price, price, metadata)
            }
            None => (MIN_SENDABLE_MSATS, MAX_SENDABLE_MSATS, self.general_metadata()),
        };
        // Without UMA no currencies are sent: strict LNURL clients reject them, and the callback does not convert.
        let sat = payee.map(|_| uma_protocol::currency::Currency::sat(min.div_ceil(1_000), max / 1_000));
        let currencies = sat.into_iter().collect();
        LnurlpTerms {
            callback,
            min_sendable_msats: min,
            max_sendable_msats: max,
            metadata,
            currencies,
            payer_data: DataOptions::default(),
            comment_allowed: None,
            nostr_pubkey: None,
            allows_nostr: None,
            settlement_options: None,
        }
    }

    fn general_metadata(&self) -> Metadata {
        Metadata::plain("A ticket for an event").with_identifier(self.dependencies.uma_address.as_str())
    }

    /// Handles `GET /api/lnurl/callback` (LUD-06). Returns the bolt11 of the referenced order, of a verified UMA sender's order, or
    /// an extra invoice of the only pending order with that price.
    pub async fn lnurl_callback(
        &self,
        query: &str,
        reference: Option<&str>,
        payee: Option<&str>,
    ) -> Result<PayResponse, ReceiveUmaError> {
        let request = PayRequest::parse_query(query)?;
        let invoice = match reference {
            Some(reference) => {
                let matched = self.order_by_reference(reference).await?;
                check_amount(&request, &matched)?;
                matched.invoice
            }
            None if request.payer_data.as_ref().is_some_and(|data| data.compliance().is_some()) => {
                return self.answer_payer(&request, payee).await;
            }
            None => {
                let PayRequestAmount::Msats(msats) = request.amount else {
                    return Err(refused(ErrorCode::InvalidCurrency, "the amount must be in millisatoshis"));
                };
                let view = self.only_pending_order(msats, None).await?;
                self.extra_invoice(view, self.general_metadata().as_str()).await?
            }
        };
        let verify = format!("{}/api/lnurl/verify/{}", self.settings().base_url, invoice.payment_hash);
        Ok(PayResponse::plain(invoice.bolt11, Some(verify)))
    }

    /// Handles a UMA pay request to the general callback; `payee` as for [`BoxOffice::payreq`].
    pub async fn general_payreq(
        &self,
        body: &str,
        payee: Option<&str>,
    ) -> Result<PayResponse, ReceiveUmaError> {
        self.answer_payer(&PayRequest::parse(body)?, payee).await
    }

    /// Our address with the user name as the payer spelled it, for which the response is signed.
    fn payee(&self, spelled: Option<&str>) -> Result<UmaAddress, ReceiveUmaError> {
        let ours = &self.dependencies.uma_address;
        let payee = match spelled {
            Some(user) => UmaAddress::parse(&format!("{user}@{}", ours.domain())).ok(),
            None => Some(ours.clone()),
        };
        payee
            .filter(|payee| payee.normalized() == ours.normalized())
            .ok_or_else(|| refused(ErrorCode::UserNotFound, "there is no such user here"))
    }

    /// Returns the bolt11 of a verified UMA sender's only pending order with that price.
    async fn answer_payer(
        &self,
        request: &PayRequest,
        payee: Option<&str>,
    ) -> Result<PayResponse, ReceiveUmaError> {
        let payee = self.payee(payee)?;
        let payer = self.verified_payer(request).await?;
        let msats = match &request.amount {
            PayRequestAmount::Msats(msats) => *msats,
            PayRequestAmount::Currency { amount, .. } => amount.saturating_mul(1_000),
        };
        let view = self.only_pending_order(msats, Some(payer.address.normalized())).await?;
        let matched = self.payable(view)?;
        self.record_payreq(&matched, &payer.address).await?;
        self.answer(request, &payer, &matched.invoice, payee)
    }

    /// Handles `POST /uma/payreq/{ticket_id}` (UMAD-05 and 06): returns the ticket's bolt11. `tag` is the unguessable part of the
    /// URL; `payee` is our user name as the payer spelled it, for payers that came by LNURL.
    pub async fn payreq(
        &self,
        ticket: TicketId,
        tag: &str,
        payee: Option<&str>,
        body: &str,
    ) -> Result<PayResponse, ReceiveUmaError> {
        let view = self.ticket_view(ticket).await?;
        let view = view
            .filter(|view| self.dependencies.links.is_payreq_tag(&view.ticket, tag))
            .ok_or_else(|| refused(ErrorCode::RequestNotFound, "there is no such pay request"))?;
        let request = PayRequest::parse(body)?;
        // Only the domain named in the order uses the order's look-up budget.
        let domain = request.uma_payer()?.address.domain().clone();
        // An order without a UMA address may be paid from any wallet.
        let buyer = Some(&view.ticket.uma_address).filter(|address| !address.is_empty());
        let buyer = buyer.map(|address| UmaAddress::parse(address)).transpose()?;
        let named = buyer.as_ref().is_some_and(|buyer| *buyer.domain() == domain);
        let purpose = if named { LookupFor::Order } else { LookupFor::Unauthenticated };
        let payer = self.signed_payer(&request, purpose).await?;
        self.remember(payer.address.domain(), payer.stamp()).await?;
        let matched = self.payable(view)?;
        if buyer.is_some_and(|buyer| buyer.normalized() != payer.address.normalized()) {
            return Err(refused(ErrorCode::SenderNotAccepted, "this ticket is another person's to pay"));
        }
        let payee = self.payee(payee)?;
        self.record_payreq(&matched, &payer.address).await?;
        let answer = self.answer(&request, &payer, &matched.invoice, payee)?;
        // Before the bolt11 leaves: once it is paid, the payer is not recorded any more.
        self.name_payer(&matched.view, &payer.address).await?;
        Ok(answer)
    }

    /// Records that the payer of an order answered it.
    async fn record_payreq(&self, matched: &MatchedOrder, payer: &UmaAddress) -> Result<(), StoreError> {
        match &matched.view.payment {
            Some(payment) => self.mark_payreq(payment.id, payer).await,
            None => Ok(()),
        }
    }

    /// Handles a pay request of any payer for an event-level invoice.
    pub async fn event_payreq(&self, payment_hash: &str, body: &str) -> Result<PayResponse, ReceiveUmaError> {
        let unknown = || refused(ErrorCode::RequestNotFound, "there is no such invoice");
        let hash = PaymentHash::from_hex(payment_hash).map_err(|_| unknown())?;
        let invoice = self.named_invoice(hash).await?;
        let invoice = invoice.filter(|invoice| invoice.payment_id.is_none()).ok_or_else(unknown)?;
        let request = PayRequest::parse(body)?;
        let payer = self.verified_payer(&request).await?;
        let event = self.store().event(invoice.event_id).await?.ok_or_else(unknown)?;
        if event.cancelled_at.is_some() {
            return Err(event_cancelled());
        }
        if invoice.status != InvoiceStatus::Open || self.now() >= invoice.expires_at {
            return Err(refused(ErrorCode::InvoiceExpired, "this invoice cannot be paid any more"));
        }
        if invoice.amount != event.price.to_msats() {
            let reason = "the event's price changed: ask for a new invoice";
            return Err(refused(ErrorCode::InvoiceExpired, reason));
        }
        self.answer(&request, &payer, &invoice, self.dependencies.uma_address.clone())
    }

    /// Handles LUD-21 verify: returns the bolt11 and whether it is settled.
    pub async fn lnurl_verify(&self, payment_hash: &str) -> Result<(String, bool), ReceiveUmaError> {
        let unknown = || refused(ErrorCode::RequestNotFound, "there is no such invoice");
        let hash = PaymentHash::from_hex(payment_hash).map_err(|_| unknown())?;
        let invoice = self.named_invoice(hash).await?.ok_or_else(unknown)?;
        let settled = matches!(self.check_shared(invoice.clone()).await, Ok(Some(InvoiceCheck::Settled(_))));
        Ok((invoice.bolt11, settled))
    }

    /// Verifies the sender of a pay request: signature first, then age, then the nonce is recorded.
    async fn verified_payer<'a>(&self, request: &'a PayRequest) -> Result<UmaPayer<'a>, ReceiveUmaError> {
        let payer = self.signed_payer(request, LookupFor::Unauthenticated).await?;
        self.remember(payer.address.domain(), payer.stamp()).await?;
        Ok(payer)
    }

    /// Verifies the signature of a pay request, without replay protection.
    async fn signed_payer<'a>(
        &self,
        request: &'a PayRequest,
        purpose: LookupFor,
    ) -> Result<UmaPayer<'a>, ReceiveUmaError> {
        let payer = request.uma_payer()?;
        let domain = payer.address.domain();
        verify_with_keys_of(&*self.dependencies.counterparty, domain, purpose, |key| payer.verify(key))
            .await?;
        Ok(payer)
    }

    async fn remember(
        &self,
        domain: &uma_protocol::VaspDomain,
        stamp: &Stamp,
    ) -> Result<(), ReceiveUmaError> {
        let now = self.now().timestamp();
        Ok(admit(&mut Nonces(&self.nonce_queue), self.dependencies.nonce_rules, domain, stamp, now).await?)
    }

    /// Signs the response for an invoice, if the request has exactly its amount.
    fn answer(
        &self,
        request: &PayRequest,
        payer: &UmaPayer<'_>,
        invoice: &Invoice,
        payee: UmaAddress,
    ) -> Result<PayResponse, ReceiveUmaError> {
        request.check_settlement()?;
        request.payee_data.check_payee(&PAYEE_DATA)?;
        let terms = OrderTerms::sats(invoice.amount.to_sats_floor().get());
        terms.check(&request.amount, request.convert.as_ref())?;
        let now = self.now().timestamp();
        let draft = PayResponseDraft {
            pr: invoice.bolt11.clone(),
            payee,
            currency: terms.currency,
            amount: terms.amount,
            fee_msats: terms.fee_msats,
            fields: [("name".to_owned(), "Tickets by UMA".into())].into(),
            node_pub_key: None,
            utxo_callback: String::new(),
            success_message: Some(format!("Your ticket is waiting at {}/tickets", self.settings().base_url)),
            major: request.major,
        };
        Ok(draft.sign(payer, self.random_nonce()?, now, self.dependencies.uma_keys.active(now).signing_key()))
    }

    async fn order_by_reference(&self, reference: &str) -> Result<MatchedOrder, ReceiveUmaError> {
        let ticket = Links::ticket_of(reference).ok_or_else(no_ticket)?;
        let view = self.ticket_view(ticket).await?;
        let view = view.filter(|view| self.dependencies.links.is_reference(&view.ticket, reference));
        self.payable(view.ok_or_else(no_ticket)?)
    }

    /// Returns a pending ticket's order with its current invoice, if it can be paid.
    fn payable(&self, view: TicketView) -> Result<MatchedOrder, ReceiveUmaError> {
        if view.ticket.status == TicketStatus::Paid {
            return Err(refused(ErrorCode::InvalidInput, "this ticket is paid already"));
        }
        if view.event.cancelled_at.is_some() {
            return Err(event_cancelled());
        }
        let now = self.now();
        match view.invoice.clone().filter(|invoice| invoice.is_payable(now)) {
            Some(invoice) if view.ticket.status == TicketStatus::Pending => {
                Ok(MatchedOrder { view, invoice })
            }
            _ => Err(not_payable()),
        }
    }

    /// Returns the only pending order with that price, and of that payer if given. Equal orders are ambiguous and refused.
    async fn only_pending_order(
        &self,
        msats: u64,
        payer: Option<String>,
    ) -> Result<TicketView, ReceiveUmaError> {
        let price = Msats::new(msats)
            .map_err(|_| refused(ErrorCode::AmountOutOfRange, "no ticket costs that much"))?;
        let query = PaymentQuery {
            status: Some(PaymentStatus::Pending),
            price: Some(price),
            payer,
            ..PaymentQuery::default()
        };
        let mut found = self.store().payment_views(&query, Page::new(Some(2), None)).await?;
        let own_link = format!(
            "pay with the order's own link: it is on the order's page at {}/tickets",
            self.settings().base_url
        );
        let reason = match (found.pop(), found.is_empty()) {
            (Some(view), true) => return Ok(view),
            (None, _) => format!("no order with exactly this amount is waiting for its payment; {own_link}"),
            _ => format!("several orders with this amount are waiting for their payment; {own_link}"),
        };
        Err(UmaError::new(ErrorCode::AmountOutOfRange, reason).into())
    }
}

pub(crate) fn not_payable() -> ReceiveUmaError {
    refused(ErrorCode::InvoiceExpired, "this ticket cannot be paid any more")
}

pub(crate) fn event_cancelled() -> ReceiveUmaError {
    refused(ErrorCode::InvoiceExpired, "the event was cancelled: there is nothing to pay")
}

fn no_ticket() -> ReceiveUmaError {
    refused(ErrorCode::RequestNotFound, "there is no such ticket")
}

fn check_amount(request: &PayRequest, matched: &MatchedOrder) -> Result<(), ReceiveUmaError> {
    let terms = OrderTerms::sats(matched.invoice.amount.to_sats_floor().get());
    terms.check(&request.amount, request.convert.as_ref())?;
    Ok(())
}
