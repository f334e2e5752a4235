use crate::{
    BoxOffice, JobEnd, NewAudit, NewJob, Session, Task,
    accounts::Caller,
    change::{Change, WantedRefund},
    ticket_mail::enqueue_notices,
};
use chrono::Duration;
use kernel::{Msats, PaymentId, RefundId, StoreError, Timestamp};
use payments::{Bolt11, Evidence, NewRefund, Notice, Payment, Refund, RefundStatus, TicketMove};
use uma_protocol::{
    ErrorCode, PaymentAddress, UmaError,
    counterparty::CounterpartyError,
    lnurlp::LnurlpRequest,
    payer_data::DataOptions,
    payreq::{PayRequest, PayRequestAmount},
};

/// An invoice must have this much time left, or it is not worth paying.
const MIN_LIFE: Duration = Duration::seconds(20);
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
        let destination =
            PaymentAddress::parse(destination.trim()).map_err(|_| RefundError::BadDestination)?;
        let wanted = WantedRefund {
            destination: destination.as_str().to_owned(),
            requested_by: caller.map(Caller::id),
        };
        let begun = if revoke {
            let payment = self.store().payment(payment_id).await?.ok_or(RefundError::NotFound)?;
            let change = Change { refund: Some(wanted), ..Change::evidence(Evidence::Revoked) };
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
            (RefundStatus::Sending, Some(Err(error))) => Ok(JobEnd::Dead { error: error.to_string() }),
            (RefundStatus::Sending, None) => {
                Ok(JobEnd::Dead { error: "a refund without its invoice".to_owned() })
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
            JobEnd::Again { at: now.checked_add_signed(pause).unwrap_or(now), error: Some(error.to_owned()) }
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
            enqueue_notices(&mut *session, payment.ticket_id, Notice::of_refund(from, refund), now).await?;
        }
        session.commit().await?;
        Ok(true)
    }

    /// Has the destination make an invoice for exactly the amount (LUD-06, LUD-16), and checks that it is that.
    async fn invoice_from(&self, refund: &Refund, now: Timestamp) -> Result<Bolt11, CounterpartyError> {
        let bad = |reason: String| {
            CounterpartyError::Malformed(UmaError::new(ErrorCode::ParsePayreqResponseError, reason))
        };
        let destination = PaymentAddress::parse(&refund.destination).map_err(CounterpartyError::Malformed)?;
        let offer = self.parts.counterparty.lnurlp(&LnurlpRequest::plain(destination)).await?;
        let amount = refund.amount.get();
        if !(offer.terms.min_sendable_msats..=offer.terms.max_sendable_msats).contains(&amount) {
            return Err(bad(format!(
                "the address takes {} to {} msats, not {amount}",
                offer.terms.min_sendable_msats, offer.terms.max_sendable_msats
            )));
        }
        let callback =
            offer.terms.callback.parse().map_err(|_| bad("the callback is not a URL".to_owned()))?;
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
        let answer = self.parts.counterparty.pay_request(&callback, &request).await?;
        let bolt11 = Bolt11::parse(&answer.pr).map_err(|error| bad(error.to_string()))?;
        if bolt11.amount() != Some(refund.amount) {
            return Err(bad("the invoice asks for another amount".to_owned()));
        }
        if bolt11.description_hash() != Some(offer.terms.metadata.description_hash(None)) {
            return Err(bad("the invoice is not for what the address offered".to_owned()));
        }
        if bolt11.expires_at() < now.checked_add_signed(MIN_LIFE).unwrap_or(now) {
            return Err(bad("the invoice is about to expire".to_owned()));
        }
        Ok(bolt11)
    }
}

/// Adds a refund of all that is refundable and not spoken for, with its job and its audit lines; `None` if that is nothing. The
/// payment was read under its lock.
pub(crate) async fn begin_refund(
    session: &mut dyn Session,
    payment: &Payment,
    wanted: &WantedRefund,
    moved: Option<TicketMove>,
    now: Timestamp,
) -> Result<Option<Refund>, StoreError> {
    let spoken_for = session
        .refunds_for_update(payment.id)
        .await?
        .iter()
        .filter(|refund| refund.status.is_open())
        .fold(Msats::ZERO, |sum, refund| sum.saturating_add(refund.amount));
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
