use crate::{BoxOffice, JobEnd, NewJob, Task, accounts::Caller, change::Change};
use chrono::Duration;
use kernel::{Msats, PaymentId, RefundId, StoreError, Timestamp};
use payments::{
    Bolt11, Evidence, LightningError, NewRefund, OutgoingState, PayOrder, PaymentStatus, Refund, RefundStatus,
};
use uma_protocol::{
    ErrorCode, PaymentAddress, UmaError,
    counterparty::CounterpartyError,
    lnurlp::LnurlpRequest,
    payer_data::DataOptions,
    payreq::{PayRequest, PayRequestAmount},
};

/// What routing may cost: one percent, and at least ten satoshis. An NWC wallet cannot be told less (NIP-47 has no fee limit).
const MAX_FEE_PART: u64 = 100;
const MIN_MAX_FEE_MSATS: u64 = 10_000;
/// Between two looks at a payment on its way.
const LOOK_AGAIN: Duration = Duration::seconds(10);
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
    /// Begins to give back all that is refundable of a payment. With `revoke`, a paid ticket is taken back first, and its price with it.
    /// The row is written before anything is sent; a second click finds nothing left to refund.
    pub async fn request_refund(
        &self,
        caller: Option<&Caller>,
        payment_id: PaymentId,
        destination: &str,
        revoke: bool,
    ) -> Result<Refund, RefundError> {
        let destination =
            PaymentAddress::parse(destination.trim()).map_err(|_| RefundError::BadDestination)?;
        let payment = self.store().payment(payment_id).await?.ok_or(RefundError::NotFound)?;
        if revoke && payment.state.status == PaymentStatus::Paid {
            let audit = caller.map(|caller| {
                self.audit_line(
                    caller,
                    "ticket.revoke",
                    format!("ticket/{}", payment.ticket_id),
                    String::new(),
                )
            });
            let change = Change { audit, ..Change::evidence(Evidence::Revoked) };
            self.change(payment.ticket_id, &change).await?;
        }
        let now = self.now();
        let mut session = self.store().begin().await?;
        let Some(payment) = session.payment_for_update(payment_id).await? else {
            session.rollback().await?;
            return Err(RefundError::NotFound);
        };
        let spoken_for = session
            .refunds_for_update(payment_id)
            .await?
            .iter()
            .filter(|refund| refund.status.is_open())
            .fold(Msats::ZERO, |sum, refund| sum.saturating_add(refund.amount));
        let amount = payment.state.refundable().saturating_sub(spoken_for);
        if amount.is_zero() {
            session.rollback().await?;
            return Err(RefundError::NothingDue);
        }
        let refund = NewRefund {
            payment_id,
            amount,
            destination: destination.as_str().to_owned(),
            requested_by: caller.map(Caller::id),
            created_at: now,
        };
        let refund = session.add_refund(&refund).await?;
        let task = Task::Refund { payment_id, refund_id: refund.id };
        session.enqueue(&NewJob { task, run_at: now, key: Some(format!("refund/{}", refund.id)) }).await?;
        if let Some(caller) = caller {
            let detail = format!("{amount} msats");
            let line = self.audit_line(caller, "payment.refund", format!("payment/{payment_id}"), detail);
            session.audit(&line).await?;
        }
        session.commit().await?;
        Ok(refund)
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
        let now = self.now();
        match (refund.status, refund.bolt11.clone(), refund.payment_hash) {
            (RefundStatus::Paid | RefundStatus::Failed, _, _) => Ok(JobEnd::Done),
            (RefundStatus::Requested, _, _) => match self.invoice_from(&refund, now).await {
                Ok(bolt11) => {
                    let sending = Refund {
                        status: RefundStatus::Sending,
                        payment_hash: Some(bolt11.payment_hash()),
                        bolt11: Some(bolt11.as_str().to_owned()),
                        error: String::new(),
                        ..refund
                    };
                    if self.put_refund(&sending, RefundStatus::Requested).await? {
                        self.pay_refund(&sending, &bolt11).await
                    } else {
                        // Another worker chose an invoice first.
                        Ok(self.look_again())
                    }
                }
                Err(error) if error.is_retryable() && attempts < MAX_TRIES => {
                    let waiting = Refund { error: error.to_string(), ..refund };
                    self.put_refund(&waiting, RefundStatus::Requested).await?;
                    let pause = Duration::seconds(5_i64 << attempts.min(8));
                    Ok(JobEnd::Again {
                        at: now.checked_add_signed(pause).unwrap_or(now),
                        error: Some(error.to_string()),
                    })
                }
                Err(error) => self.fail_refund(refund, error.to_string(), RefundStatus::Requested).await,
            },
            (RefundStatus::Sending, Some(text), Some(_)) => match Bolt11::parse(&text) {
                Ok(bolt11) => self.pay_refund(&refund, &bolt11).await,
                Err(error) => Ok(JobEnd::Dead { error: error.to_string() }),
            },
            (RefundStatus::Sending, _, _) => {
                Ok(JobEnd::Dead { error: "a refund without its invoice".to_owned() })
            }
        }
    }

    /// Asks our node how the payment stands, and tells it to pay only when it has never heard of it.
    async fn pay_refund(&self, refund: &Refund, bolt11: &Bolt11) -> Result<JobEnd, StoreError> {
        let hash = bolt11.payment_hash();
        let now = self.now();
        let known = match self.parts.lightning.outgoing(hash).await {
            Ok(OutgoingState::Unknown) if bolt11.expires_at() <= now => {
                OutgoingState::Failed { reason: "the invoice expired before it was paid".to_owned() }
            }
            Ok(OutgoingState::Unknown) => {
                let max_fee = (refund.amount.get() / MAX_FEE_PART).max(MIN_MAX_FEE_MSATS);
                let order = PayOrder {
                    bolt11: bolt11.as_str().to_owned(),
                    payment_hash: hash,
                    amount: refund.amount,
                    max_fee: Msats::new(max_fee).unwrap_or(Msats::ZERO),
                    idempotency_key: format!("refund-{}", refund.id),
                };
                match self.parts.lightning.pay(&order).await {
                    Ok(state) => state,
                    Err(LightningError::Refused { reason }) => OutgoingState::Failed { reason },
                    Err(error) => {
                        tracing::warn!(refund.id = %refund.id, %error, "a refund's fate is not known yet");
                        OutgoingState::InFlight
                    }
                }
            }
            Ok(state) => state,
            Err(_) => OutgoingState::InFlight,
        };
        match known {
            OutgoingState::Paid { fee, .. } => self.finish_refund(refund, fee).await,
            OutgoingState::Failed { reason } => {
                self.fail_refund(refund.clone(), reason, RefundStatus::Sending).await
            }
            OutgoingState::InFlight | OutgoingState::Unknown => Ok(self.look_again()),
        }
    }

    fn look_again(&self) -> JobEnd {
        let now = self.now();
        JobEnd::Again { at: now.checked_add_signed(LOOK_AGAIN).unwrap_or(now), error: None }
    }

    /// Records that the money arrived: the refund and the payment in one transaction, once.
    async fn finish_refund(&self, refund: &Refund, fee: Msats) -> Result<JobEnd, StoreError> {
        let now = self.now();
        let mut session = self.store().begin().await?;
        let payment = session.payment_for_update(refund.payment_id).await?;
        let refunds = session.refunds_for_update(refund.payment_id).await?;
        let current = refunds.into_iter().find(|other| other.id == refund.id && other.status.is_open());
        let (Some(mut payment), Some(current)) = (payment, current) else {
            session.rollback().await?;
            return Ok(JobEnd::Done);
        };
        let total = payment.state.refunded.saturating_add(refund.amount);
        payment.state = payments::decide(&payment.state, Evidence::Refunded { total }, false).state;
        payment.updated_at = now;
        let paid =
            Refund { status: RefundStatus::Paid, fee, error: String::new(), updated_at: now, ..current };
        session.put_refund(&paid).await?;
        session.put_payment(&payment).await?;
        let task = Task::Mail { ticket_id: payment.ticket_id, letter: "refunded".to_owned() };
        session.enqueue(&NewJob { task, run_at: now, key: None }).await?;
        session.commit().await?;
        tracing::info!(refund.id = %refund.id, amount_msats = %refund.amount, "refund arrived");
        Ok(JobEnd::Done)
    }

    async fn fail_refund(
        &self,
        refund: Refund,
        reason: String,
        from: RefundStatus,
    ) -> Result<JobEnd, StoreError> {
        tracing::warn!(refund.id = %refund.id, reason, "a refund failed; its money is refundable again");
        let failed = Refund { status: RefundStatus::Failed, error: reason, ..refund };
        self.put_refund(&failed, from).await?;
        Ok(JobEnd::Done)
    }

    /// Overwrites a refund that still stands where it did; `false` when it moved on.
    async fn put_refund(&self, refund: &Refund, from: RefundStatus) -> Result<bool, StoreError> {
        let mut session = self.store().begin().await?;
        session.payment_for_update(refund.payment_id).await?;
        let current = session.refunds_for_update(refund.payment_id).await?;
        if !current.iter().any(|other| other.id == refund.id && other.status == from) {
            session.rollback().await?;
            return Ok(false);
        }
        session.put_refund(&Refund { updated_at: self.now(), ..refund.clone() }).await?;
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
