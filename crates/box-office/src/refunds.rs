use crate::{
    BoxOffice, JobEnd, NewAudit, NewJob, Session, Task,
    accounts::Caller,
    free_orders::FreeRelease,
    order_status::OrderAccessError,
    refund_address::refund_address,
    ticket_mail::enqueue_notices,
    transition::{RequestedRefund, Transition, TransitionRefusal, open_refunds},
};
use chrono::Duration;
use kernel::{Msats, PaymentId, RefundId, StoreError, TicketId, Timestamp, UserId, text::foreign};
use payments::{
    Bolt11, Evidence, NewRefund, Notice, Payment, PaymentEvent, Refund, RefundReason, RefundStatus,
};
use std::collections::{BTreeMap, BTreeSet};
use tickets::Ticket;
use uma_protocol::{
    PaymentAddress,
    counterparty::CounterpartyError,
    lnurlp::LnurlpRequest,
    payer_data::{DataOptions, PayerData},
    payreq::{PayRequest, PayRequestAmount},
};

/// Minimum remaining lifetime of an invoice that is worth paying.
const MIN_LIFE: Duration = Duration::seconds(20);
/// Maximum remaining lifetime of an invoice. Until it expires, a payment of unknown outcome keeps the money reserved.
const MAX_LIFE: Duration = Duration::hours(26);
/// Maximum attempts to get an invoice from the destination before the refund fails.
const MAX_TRIES: u32 = 8;
/// Maximum length of another server's reason, in characters.
const MAX_REASON: usize = 200;

/// Reason for refusing a refund request.
#[derive(Debug, thiserror::Error)]
pub enum RefundError {
    /// The payment does not exist.
    #[error("payment not found")]
    NotFound,
    /// The ticket does not exist.
    #[error("ticket not found")]
    UnknownTicket,
    /// The ticket was never issued.
    #[error("this ticket was not paid: there is nothing to refund")]
    NotPaid,
    /// The ticket was revoked before.
    #[error("this ticket was refunded or cancelled already")]
    AlreadyRevoked,
    /// Neither the buyer nor the wallet that paid gave an address.
    #[error("is required: the order has no UMA address")]
    DestinationMissing,
    /// The order does not exist, or the caller has no access to it.
    #[error("order not found")]
    UnknownOrder,
    /// Nothing waits for an address of the buyer.
    #[error("no refund of this order needs an address")]
    AddressNotNeeded,
    /// Nothing is refundable.
    #[error("nothing of this payment is refundable")]
    NothingDue,
    /// Neither a UMA nor a Lightning address.
    #[error("must be a UMA or Lightning address")]
    BadDestination,
    /// The store failed.
    #[error("the refund could not be stored")]
    Store(#[from] StoreError),
}

impl From<OrderAccessError> for RefundError {
    fn from(error: OrderAccessError) -> Self {
        match error {
            OrderAccessError::NotFound => Self::UnknownOrder,
            OrderAccessError::Store(error) => Self::Store(error),
        }
    }
}

/// Reason why a destination gave no usable invoice; the sentence is shown to the admin.
#[derive(Debug)]
struct InvoiceFault {
    reason: RefundReason,
    sentence: String,
    is_retryable: bool,
}

impl From<CounterpartyError> for InvoiceFault {
    fn from(error: CounterpartyError) -> Self {
        let (reason, sentence) = match &error {
            CounterpartyError::Refused { status, body } => (
                RefundReason::AddressRefused,
                match foreign(&body.reason, MAX_REASON) {
                    said if said.is_empty() => {
                        format!("The address's server refused with status {status}.")
                    }
                    said => format!("The address's server refused: {said}"),
                },
            ),
            CounterpartyError::Unreachable(source) => (
                RefundReason::AddressUnreachable,
                format!("The address's server cannot be reached: {source}"),
            ),
            CounterpartyError::NotAllowed(_) => {
                (RefundReason::AddressNotAllowed, "The address's server is not allowed.".to_owned())
            }
            CounterpartyError::Malformed(source) => (
                RefundReason::AddressUnusable,
                format!("The address's answer cannot be used: {}", source.reason()),
            ),
        };
        Self { reason, sentence, is_retryable: error.is_retryable() }
    }
}

fn unusable(reason: RefundReason, sentence: impl Into<String>) -> InvoiceFault {
    InvoiceFault { reason, sentence: sentence.into(), is_retryable: false }
}

/// Formats an amount in sats, or in msats if it is not a whole number of sats.
fn format_amount(msats: u64) -> String {
    if msats.is_multiple_of(1_000) { format!("{} sats", msats / 1_000) } else { format!("{msats} msats") }
}

impl BoxOffice {
    /// Begins a refund of all that is refundable of a payment, by default to [`refund_address`]. With `revoke`, a paid ticket is revoked
    /// and its price refunded in the same transaction.
    pub async fn request_refund(
        &self,
        caller: Option<&Caller>,
        payment_id: PaymentId,
        destination: Option<&str>,
        revoke: bool,
    ) -> Result<Refund, RefundError> {
        let destination = destination.map(parse_destination).transpose()?;
        let by = caller.map(Caller::id);
        let begun = if revoke {
            let payment = self.store().payment(payment_id).await?.ok_or(RefundError::NotFound)?;
            let refund = RequestedRefund { destination, requested_by: by };
            let transition = Transition { refund: Some(refund), ..Transition::evidence(Evidence::Revoked) };
            let outcome = self.apply_transition(payment.ticket_id, &transition).await?;
            let outcome = outcome.ok_or(RefundError::NotFound)?;
            if outcome.refused == Some(TransitionRefusal::NoDestination) {
                return Err(RefundError::DestinationMissing);
            }
            outcome.refund
        } else {
            let ticket = self.ticket_of_payment(payment_id).await?;
            let mut session = self.store().begin().await?;
            let Some(payment) = session.payment_for_update(payment_id).await? else {
                session.rollback().await?;
                return Err(RefundError::NotFound);
            };
            let known = || refund_address(&ticket.uma_address, &payment);
            let Some(destination) = destination.or_else(known) else {
                session.rollback().await?;
                return Err(RefundError::DestinationMissing);
            };
            let begun = begin_refund(&mut *session, &payment, &destination, by, None, self.now()).await?;
            if begun.is_some() {
                session.commit().await?;
            } else {
                session.rollback().await?;
            }
            begun
        };
        begun.ok_or(RefundError::NothingDue)
    }

    /// The first ticket of a payment's order.
    async fn ticket_of_payment(&self, id: PaymentId) -> Result<Ticket, RefundError> {
        let payment = self.store().payment(id).await?.ok_or(RefundError::NotFound)?;
        self.store().ticket(payment.ticket_id).await?.ok_or(RefundError::NotFound)
    }

    /// Revokes valid tickets of one order, used ones included, and begins a refund of their prices, to `destination` or else to
    /// [`refund_address`]; the last tickets of an order with all that is refundable. `None` for tickets without a price.
    pub async fn refund_tickets(
        &self,
        caller: &Caller,
        tickets: BTreeSet<TicketId>,
        destination: Option<&str>,
    ) -> Result<Option<Refund>, RefundError> {
        let first = tickets.first().copied().ok_or(RefundError::UnknownTicket)?;
        let view = self.ticket_view(first).await?.ok_or(RefundError::UnknownTicket)?;
        let destination = destination.map(parse_destination).transpose()?;
        let by = Some(caller.id());
        if view.payment.is_none() {
            let release = FreeRelease::Revoked { tickets: &tickets, by };
            return match self.release_free_order(first, release).await? {
                Some(_) => Ok(None),
                None => Err(self.not_revocable(first).await?),
            };
        }
        let refund = RequestedRefund { destination, requested_by: by };
        let transition = Transition {
            refund: Some(refund),
            revoked: Some(tickets),
            ..Transition::evidence(Evidence::Revoked)
        };
        let outcome = self.apply_to_view(view, &transition).await?.ok_or(RefundError::UnknownTicket)?;
        match outcome.refused {
            _ if outcome.ticket.is_some() => Ok(outcome.refund),
            Some(TransitionRefusal::NoDestination) => Err(RefundError::DestinationMissing),
            Some(_) => Err(RefundError::NothingDue),
            None => Err(self.not_revocable(first).await?),
        }
    }

    /// Why a ticket that is not valid cannot be revoked.
    async fn not_revocable(&self, id: TicketId) -> Result<RefundError, StoreError> {
        let ticket = self.store().ticket(id).await?;
        Ok(match ticket {
            None => RefundError::UnknownTicket,
            Some(ticket) if ticket.paid_at.is_some() => RefundError::AlreadyRevoked,
            Some(_) => RefundError::NotPaid,
        })
    }

    /// Advances a refund by one step.
    pub(crate) async fn send_refund(
        &self,
        payment: PaymentId,
        id: RefundId,
        attempts: u32,
    ) -> Result<JobEnd, StoreError> {
        let refunds = self.store().refunds_of(payment).await?;
        let Some(refund) = refunds.into_iter().find(|refund| refund.id == id) else {
            return Ok(JobEnd::Done);
        };
        match (refund.status, refund.bolt11.as_deref().map(Bolt11::parse)) {
            (RefundStatus::Paid | RefundStatus::Failed, _) => Ok(JobEnd::Done),
            (RefundStatus::Requested, _) => self.choose_invoice(refund, attempts).await,
            (RefundStatus::Sending, Some(Ok(bolt11))) => self.send_order(&refund, &bolt11, attempts).await,
            (RefundStatus::Sending, Some(Err(error))) => Ok(JobEnd::DeadLetter { error: error.to_string() }),
            (RefundStatus::Sending, None) => {
                Ok(JobEnd::DeadLetter { error: "a refund in status `sending` has no invoice".to_owned() })
            }
        }
    }

    async fn choose_invoice(&self, refund: Refund, attempts: u32) -> Result<JobEnd, StoreError> {
        let now = self.now();
        let error = match self.request_invoice(&refund, now).await {
            Ok(bolt11) => return self.send_order(&refund, &bolt11, attempts).await,
            Err(error) => error,
        };
        let is_retryable = error.is_retryable;
        self.retry_or_fail(refund, attempts, &error.reason.error(&error.sentence), is_retryable).await
    }

    /// Retries a refund whose destination gave no usable invoice, or ends it as failed. `error` is of [`RefundReason::error`].
    pub(crate) async fn retry_or_fail(
        &self,
        refund: Refund,
        attempts: u32,
        error: &str,
        retryable: bool,
    ) -> Result<JobEnd, StoreError> {
        let now = self.now();
        let retries = retryable && attempts < MAX_TRIES;
        let status = if retries { RefundStatus::Requested } else { RefundStatus::Failed };
        if !retries {
            tracing::warn!(refund.id = %refund.id, error, "refund failed; its money is refundable again");
        }
        let waiting = Refund { status, error: error.to_owned(), ..refund };
        self.put_refund(&waiting, RefundStatus::Requested).await?;
        let pause = Duration::seconds(5_i64 << attempts.min(8));
        Ok(if retries {
            JobEnd::Retry { at: now.checked_add_signed(pause).unwrap_or(now), error: Some(error.to_owned()) }
        } else {
            JobEnd::Done
        })
    }

    /// Stores a refund if its status is still `from`; `false` otherwise.
    async fn put_refund(&self, refund: &Refund, from: RefundStatus) -> Result<bool, StoreError> {
        let mut session = self.store().begin().await?;
        let payment = session.payment_for_update(refund.payment_id).await?;
        let current = session.refunds_for_update(refund.payment_id).await?;
        if !current.iter().any(|other| other.id == refund.id && other.status == from) {
            session.rollback().await?;
            return Ok(false);
        }
        let now = self.now();
        session.put_refund(&Refund { updated_at: now, ..refund.clone() }).await?;
        if let Some(payment) = payment {
            if let Some(entry) = PaymentEvent::of_refund(from, refund, payment.state.status, now) {
                session.add_payment_event(&entry).await?;
            }
            enqueue_notices(&mut *session, payment.ticket_id, Notice::of_refund(from, refund), now).await?;
        }
        session.commit().await?;
        Ok(true)
    }

    /// The payer data that an address demands (LUD-18): the shop's own name and address, never the buyer's.
    fn payer_data(&self, asked: &DataOptions) -> Result<Option<PayerData>, InvoiceFault> {
        let own = self.dependencies.uma_address.as_str().trim_start_matches('$').to_owned();
        let known = BTreeMap::from([("identifier", own), ("name", "Tickets by UMA".to_owned())]);
        PayerData::mandatory(asked, &known).map_err(|error| {
            unusable(RefundReason::AddressUnusable, format!("The refund cannot be sent: {}", error.reason()))
        })
    }

    /// Requests an invoice for the exact amount from the destination (LUD-06, LUD-16). Amount and expiry are verified; the
    /// description is not, because nothing is bought.
    async fn request_invoice(&self, refund: &Refund, now: Timestamp) -> Result<Bolt11, InvoiceFault> {
        let destination = PaymentAddress::parse(&refund.destination).map_err(CounterpartyError::Malformed)?;
        let offer = self.dependencies.counterparty.lnurlp(&LnurlpRequest::plain(destination)).await?;
        let amount = refund.amount.get();
        let (min, max) = (offer.terms.min_sendable_msats, offer.terms.max_sendable_msats);
        if !(min..=max).contains(&amount) {
            return Err(unusable(
                RefundReason::AmountOutOfRange,
                format!(
                    "The address takes {} to {} at once, not {}.",
                    format_amount(min),
                    format_amount(max),
                    format_amount(amount)
                ),
            ));
        }
        let callback =
            offer.terms.callback.parse().map_err(|_| {
                unusable(RefundReason::AddressUnusable, "The address's callback is not a URL.")
            })?;
        let request = PayRequest {
            amount: PayRequestAmount::Msats(amount),
            convert: None,
            payer_data: self.payer_data(&offer.terms.payer_data)?,
            payee_data: DataOptions::default(),
            comment: None,
            invoice_uuid: None,
            settlement: None,
            major: 1,
        };
        let answer = self.dependencies.counterparty.pay_request(&callback, &request).await?;
        let bolt11 = Bolt11::parse(&answer.pr).map_err(|error| {
            unusable(RefundReason::InvoiceUnusable, format!("The address's invoice cannot be read: {error}."))
        })?;
        if bolt11.amount() != Some(refund.amount) {
            let asked = bolt11.amount().map_or("no amount".to_owned(), |msats| format_amount(msats.get()));
            return Err(unusable(
                RefundReason::InvoiceUnusable,
                format!("The address's invoice asks for {asked}, not {}.", format_amount(amount)),
            ));
        }
        if bolt11.expires_at() < now.checked_add_signed(MIN_LIFE).unwrap_or(now) {
            return Err(unusable(
                RefundReason::InvoiceUnusable,
                "The address's invoice has expired or is about to expire.",
            ));
        }
        if bolt11.expires_at() > now.checked_add_signed(MAX_LIFE).unwrap_or(now) {
            return Err(unusable(
                RefundReason::InvoiceUnusable,
                "The address's invoice stays payable for more than a day.",
            ));
        }
        Ok(bolt11)
    }
}

/// Parses a UMA or Lightning address into its stored form.
pub(crate) fn parse_destination(text: &str) -> Result<String, RefundError> {
    let address = PaymentAddress::parse(text.trim()).map_err(|_| RefundError::BadDestination)?;
    Ok(address.as_str().to_owned())
}

/// Adds a refund of all that is refundable and not reserved by open refunds, or `at_most` of it, with its job and, for an admin, its audit
/// entry; `None` if that is nothing. The payment must be locked.
pub(crate) async fn begin_refund(
    session: &mut dyn Session,
    payment: &Payment,
    destination: &str,
    requested_by: Option<UserId>,
    at_most: Option<Msats>,
    now: Timestamp,
) -> Result<Option<Refund>, StoreError> {
    let reserved = open_refunds(&session.refunds_for_update(payment.id).await?);
    let amount = payment.state.refundable().saturating_sub(reserved);
    let amount = at_most.map_or(amount, |most| amount.min(most));
    if amount.is_zero() {
        return Ok(None);
    }
    let refund = NewRefund {
        payment_id: payment.id,
        amount,
        destination: destination.to_owned(),
        requested_by,
        created_at: now,
    };
    let refund = session.add_refund(&refund).await?;
    let task = Task::Refund { payment_id: payment.id, refund_id: refund.id };
    session.enqueue(&NewJob { task, run_at: now, key: Some(format!("refund/{}", refund.id)) }).await?;
    if requested_by.is_some() {
        let entry = NewAudit {
            actor: requested_by,
            action: "payment.refund".to_owned(),
            subject: format!("payment/{}", payment.id),
            detail: format!("{amount} msats"),
            at: now,
        };
        session.audit(&entry).await?;
    }
    Ok(Some(refund))
}

/// Adds the audit entries of tickets that an admin revoked.
pub(crate) async fn audit_revoked(
    session: &mut dyn Session,
    by: Option<UserId>,
    tickets: impl IntoIterator<Item = TicketId, IntoIter: Send>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if by.is_none() {
        return Ok(());
    }
    for ticket in tickets {
        let entry = NewAudit {
            actor: by,
            action: "ticket.revoke".to_owned(),
            subject: format!("ticket/{ticket}"),
            detail: String::new(),
            at: now,
        };
        session.audit(&entry).await?;
    }
    Ok(())
}
