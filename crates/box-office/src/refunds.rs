use crate::{
    BoxOffice, JobEnd, NewAudit, NewJob, Session, Task,
    accounts::Caller,
    ticket_mail::enqueue_notices,
    transition::{RequestedRefund, Transition, open_refunds},
};
use chrono::Duration;
use kernel::{PaymentId, RefundId, StoreError, Timestamp};
use payments::{
    Bolt11, Evidence, NewRefund, Notice, Payment, PaymentEvent, Refund, RefundStatus, TicketMove,
};
use uma_protocol::{
    PaymentAddress,
    counterparty::CounterpartyError,
    lnurlp::LnurlpRequest,
    payer_data::DataOptions,
    payreq::{PayRequest, PayRequestAmount},
};

/// An invoice must have this much time left, or it is not worth paying.
const MIN_LIFE: Duration = Duration::seconds(20);
/// Longest time that an invoice may stay payable. Until it expires, a payment without a clear answer keeps the money bound.
const MAX_LIFE: Duration = Duration::hours(26);
/// Tries to get an invoice from the destination before an admin has to choose another one.
const MAX_TRIES: u32 = 8;

/// Why no refund was begun.
#[derive(Debug, thiserror::Error)]
pub enum RefundError {
    /// There is no such payment.
    #[error("payment not found")]
    NotFound,
    /// Nothing of it is left to give back.
    #[error("nothing of this payment is refundable")]
    NothingDue,
    /// Neither a UMA nor a Lightning address.
    #[error("must be a UMA or Lightning address")]
    BadDestination,
    /// The store failed.
    #[error("the refund could not be stored")]
    Store(#[from] StoreError),
}

/// Why a destination gave no invoice that is paid; the sentence is for the admin.
#[derive(Debug, thiserror::Error)]
enum InvoiceFault {
    /// The address's server did not answer as it should.
    #[error("{0}")]
    Answer(String, bool),
    /// It answered, but with terms or an invoice that are not accepted.
    #[error("{0}")]
    Unusable(String),
}

impl InvoiceFault {
    const fn is_retryable(&self) -> bool {
        matches!(self, Self::Answer(_, true))
    }
}

impl From<CounterpartyError> for InvoiceFault {
    fn from(error: CounterpartyError) -> Self {
        let sentence = match &error {
            CounterpartyError::Refused { status, body } if body.reason.is_empty() => {
                format!("The address's server refused with status {status}.")
            }
            CounterpartyError::Refused { body, .. } => {
                format!("The address's server refused: {}", body.reason)
            }
            CounterpartyError::Unreachable(source) => {
                format!("The address's server cannot be reached: {source}.")
            }
            CounterpartyError::NotAllowed(_) => "The address's server is not allowed.".to_owned(),
            CounterpartyError::Malformed(source) => {
                format!("The address's answer cannot be used: {}.", source.reason())
            }
        };
        Self::Answer(sentence, error.is_retryable())
    }
}

fn unusable(sentence: impl Into<String>) -> InvoiceFault {
    InvoiceFault::Unusable(sentence.into())
}

/// An amount for people, in sats where it is whole ones.
fn amount_words(msats: u64) -> String {
    if msats.is_multiple_of(1_000) { format!("{} sats", msats / 1_000) } else { format!("{msats} msats") }
}

impl BoxOffice {
    /// Begins to give back all that is refundable of a payment. With `revoke`, a paid ticket is taken back in the same transaction,
    /// and its price with it: either both are decided, from rows read under the lock, or neither. The row is written before anything
    /// is sent; a second request finds nothing left to refund.
    pub async fn request_refund(
        &self,
        caller: Option<&Caller>,
        payment_id: PaymentId,
        destination: &str,
        revoke: bool,
    ) -> Result<Refund, RefundError> {
        let wanted = RequestedRefund {
            destination: parse_destination(destination)?,
            requested_by: caller.map(Caller::id),
        };
        let begun = if revoke {
            let payment = self.store().payment(payment_id).await?.ok_or(RefundError::NotFound)?;
            let change = Transition { refund: Some(wanted), ..Transition::evidence(Evidence::Revoked) };
            let changed = self.change(payment.ticket_id, &change).await?.ok_or(RefundError::NotFound)?;
            changed.refund
        } else {
            let mut session = self.store().begin().await?;
            let Some(payment) = session.payment_for_update(payment_id).await? else {
                session.rollback().await?;
                return Err(RefundError::NotFound);
            };
            let begun = begin_refund(&mut *session, &payment, &wanted, None, self.now()).await?;
            if begun.is_some() {
                session.commit().await?;
            } else {
                session.rollback().await?;
            }
            begun
        };
        begun.ok_or(RefundError::NothingDue)
    }

    /// Brings a refund one step further.
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
                Ok(JobEnd::DeadLetter { error: "a refund without its invoice".to_owned() })
            }
        }
    }

    async fn choose_invoice(&self, refund: Refund, attempts: u32) -> Result<JobEnd, StoreError> {
        let now = self.now();
        let error = match self.invoice_from(&refund, now).await {
            Ok(bolt11) => return self.send_order(&refund, &bolt11, attempts).await,
            Err(error) => error,
        };
        self.without_invoice(refund, attempts, &error.to_string(), error.is_retryable()).await
    }

    /// The destination gave no usable invoice: another try, or the end of the refund.
    pub(crate) async fn without_invoice(
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

    /// Overwrites a refund that is still in this status; `false` otherwise.
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

    /// Has the destination make an invoice for exactly the amount (LUD-06, LUD-16). Checked are the amount and the expiry; what the
    /// invoice says about itself does not matter for money that goes back.
    async fn invoice_from(&self, refund: &Refund, now: Timestamp) -> Result<Bolt11, InvoiceFault> {
        let destination = PaymentAddress::parse(&refund.destination).map_err(CounterpartyError::Malformed)?;
        let offer = self.dependencies.counterparty.lnurlp(&LnurlpRequest::plain(destination)).await?;
        let amount = refund.amount.get();
        let (least, most) = (offer.terms.min_sendable_msats, offer.terms.max_sendable_msats);
        if !(least..=most).contains(&amount) {
            return Err(unusable(format!(
                "The address takes {} to {} at once, not {}.",
                amount_words(least),
                amount_words(most),
                amount_words(amount)
            )));
        }
        let callback =
            offer.terms.callback.parse().map_err(|_| unusable("The address's callback is not a URL."))?;
        let request = PayRequest {
            amount: PayRequestAmount::Msats(amount),
            convert: None,
            payer_data: None,
            payee_data: DataOptions::default(),
            comment: None,
            invoice_uuid: None,
            settlement: None,
            major: 1,
        };
        let answer = self.dependencies.counterparty.pay_request(&callback, &request).await?;
        let bolt11 = Bolt11::parse(&answer.pr)
            .map_err(|error| unusable(format!("The address's invoice cannot be read: {error}.")))?;
        if bolt11.amount() != Some(refund.amount) {
            let asked = bolt11.amount().map_or("no amount".to_owned(), |msats| amount_words(msats.get()));
            return Err(unusable(format!(
                "The address's invoice asks for {asked}, not {}.",
                amount_words(amount)
            )));
        }
        if bolt11.expires_at() < now.checked_add_signed(MIN_LIFE).unwrap_or(now) {
            return Err(unusable("The address's invoice has expired or is about to expire."));
        }
        if bolt11.expires_at() > now.checked_add_signed(MAX_LIFE).unwrap_or(now) {
            return Err(unusable("The address's invoice stays payable for more than a day."));
        }
        Ok(bolt11)
    }
}

/// A UMA or Lightning address as it is stored.
pub(crate) fn parse_destination(text: &str) -> Result<String, RefundError> {
    let address = PaymentAddress::parse(text.trim()).map_err(|_| RefundError::BadDestination)?;
    Ok(address.as_str().to_owned())
}

/// Adds a refund of all that is refundable and not spoken for, with its job and its audit lines; `None` if that is nothing. The
/// payment was read under its lock.
pub(crate) async fn begin_refund(
    session: &mut dyn Session,
    payment: &Payment,
    wanted: &RequestedRefund,
    moved: Option<TicketMove>,
    now: Timestamp,
) -> Result<Option<Refund>, StoreError> {
    let spoken_for = open_refunds(&session.refunds_for_update(payment.id).await?);
    let amount = payment.state.refundable().saturating_sub(spoken_for);
    if amount.is_zero() {
        return Ok(None);
    }
    let refund = NewRefund {
        payment_id: payment.id,
        amount,
        destination: wanted.destination.clone(),
        requested_by: wanted.requested_by,
        created_at: now,
    };
    let refund = session.add_refund(&refund).await?;
    let task = Task::Refund { payment_id: payment.id, refund_id: refund.id };
    session.enqueue(&NewJob { task, run_at: now, key: Some(format!("refund/{}", refund.id)) }).await?;
    if wanted.requested_by.is_some() {
        let line = |action: &str, subject: String, detail: String| NewAudit {
            actor: wanted.requested_by,
            action: action.to_owned(),
            subject,
            detail,
            at: now,
        };
        if moved == Some(TicketMove::Refund) {
            let subject = format!("ticket/{}", payment.ticket_id);
            session.audit(&line("ticket.revoke", subject, String::new())).await?;
        }
        let subject = format!("payment/{}", payment.id);
        session.audit(&line("payment.refund", subject, format!("{amount} msats"))).await?;
    }
    Ok(Some(refund))
}
