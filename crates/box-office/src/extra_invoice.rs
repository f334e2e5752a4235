use crate::{
    BoxOffice, ReceiveUmaError, TicketView,
    invoice_polling::enqueue_polling,
    receive::{event_cancelled, not_payable, refused},
};
use payments::{Invoice, InvoiceRole, PaymentStatus};
use uma_protocol::ErrorCode;

impl BoxOffice {
    /// Returns the open extra invoice of a pending order, or creates one over `metadata`. For LNURL payers that name no order.
    pub(crate) async fn extra_invoice(
        &self,
        view: TicketView,
        metadata: &str,
    ) -> Result<Invoice, ReceiveUmaError> {
        let no_payment = || refused(ErrorCode::RequestNotFound, "there is no such ticket");
        let payment = view.payment.as_ref().ok_or_else(no_payment)?;
        if view.event.cancelled_at.is_some() {
            return Err(event_cancelled());
        }
        let now = self.now();
        if view.ticket.hold_expires_at.is_none_or(|end| end <= now) {
            return Err(not_payable());
        }
        let open = |invoices: Vec<Invoice>| {
            let mut extra = invoices.into_iter().filter(|invoice| invoice.role == InvoiceRole::Extra);
            extra.find(|invoice| invoice.is_payable(now))
        };
        if let Some(known) = open(self.store().invoices_of(payment.id).await?) {
            return Ok(known);
        }
        // Concurrent requests create one invoice.
        let lock = self.extra_invoice_locks.of(payment.id);
        let _guard = lock.lock().await;
        if let Some(known) = open(self.store().invoices_of(payment.id).await?) {
            return Ok(known);
        }
        let new = self.make_invoice(&view.ticket, payment, InvoiceRole::Extra, metadata, now).await?;
        let mut session = self.store().begin().await?;
        let locked = session.payment_for_update(payment.id).await?;
        if locked.is_none_or(|payment| payment.state.status != PaymentStatus::Pending) {
            session.rollback().await?;
            return Err(not_payable());
        }
        // Another replica may have added one concurrently; the unstored invoice is then dropped.
        if let Some(known) = open(session.invoices_in_session(payment.id).await?) {
            session.rollback().await?;
            return Ok(known);
        }
        session.retire_invoices(payment.id, InvoiceRole::Extra).await?;
        let invoice = session.add_invoice(&new).await?;
        enqueue_polling(&mut *session, invoice.payment_hash, now).await?;
        session.commit().await?;
        Ok(invoice)
    }
}
