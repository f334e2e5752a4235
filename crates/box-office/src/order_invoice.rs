//! Invoices of orders.

use crate::{
    AttachOutcome, Attachment, BoxOffice, PlacedOrder, PurchaseError, TicketView, collect::UmaOrder,
    push_limit::ordered_by, transition,
};
use events::TicketType;
use kernel::{StoreError, Timestamp};
use payments::{Evidence, Invoice, InvoiceOrder, InvoiceRole, LightningError, NewInvoice, Payment};
use tickets::{OrderLine, Ticket};
use uma_protocol::{Metadata, UmaAddress};

/// What an invoice is for: "2 × Early bird, 1 × Supporter – Title". The single ticket of an event with one type is "Ticket: Title", as
/// published.
pub(crate) fn invoice_subject<'a>(
    title: &str,
    lines: impl Iterator<Item = (u32, &'a str)>,
    only_type: bool,
) -> String {
    let lines: Vec<_> = lines.collect();
    match lines.as_slice() {
        [] => format!("Ticket: {title}"),
        [(1, _)] if only_type => format!("Ticket: {title}"),
        lines => {
            let lines: Vec<_> = lines.iter().map(|(quantity, name)| format!("{quantity} × {name}")).collect();
            format!("{} – {title}", lines.join(", "))
        }
    }
}

fn order_subject(title: &str, lines: &[OrderLine], types: &[TicketType]) -> String {
    let name = |id| types.iter().find(|one| one.id == id).map_or("", |one| one.name.as_str());
    let named = lines.iter().map(|line| (line.quantity, name(line.ticket_type_id)));
    invoice_subject(title, named, types.len() <= 1)
}

impl PlacedOrder {
    /// Subject of its invoice.
    pub(crate) fn subject(&self) -> String {
        order_subject(&self.event.title, &self.order.lines, &self.ticket_types)
    }
}

impl BoxOffice {
    /// [`invoice_subject`] of the order of a ticket that was placed earlier.
    pub(crate) async fn subject_of(&self, view: &TicketView) -> Result<String, StoreError> {
        let order = match self.store().order_of_ticket(view.ticket.id).await? {
            Some(id) => self.store().order(id).await?,
            None => None,
        };
        let types = self.store().ticket_types(view.event.id).await?;
        let lines = order.as_ref().map_or(&[][..], |view| &view.order.lines);
        Ok(order_subject(&view.event.title, lines, &types))
    }

    /// Creates an invoice of an [`invoice_subject`] for a held payment and attaches it as its current one; `replace` replaces
    /// an earlier one. On failure the order's seats are released.
    pub(crate) async fn issue_invoice(
        &self,
        ticket: &Ticket,
        payment: &Payment,
        subject: &str,
        replace: bool,
    ) -> Result<Invoice, PurchaseError> {
        let now = self.now();
        let orderer = match ticket.user_id {
            Some(id) => self.event_cache.user(self.store(), id, now).await?,
            None => None,
        };
        let orderer = orderer.filter(|user| user.deleted_at.is_none());
        let orderer = ordered_by(orderer.as_ref().map(|user| user.name.as_str()));
        let metadata = Metadata::plain(&format!("{subject}, {orderer}"))
            .with_identifier(self.dependencies.uma_address.as_str())
            .with_uma_invoice(&self.random_uuid()?);
        let made = self.make_invoice(ticket, payment, InvoiceRole::Current, metadata.as_str(), now).await;
        let invoice = match made {
            Ok(invoice) => invoice,
            Err(error) => {
                self.apply_transition(ticket.id, &transition::Transition::evidence(Evidence::GivenUp))
                    .await?;
                return Err(PurchaseError::Node(error));
            }
        };
        let watch_from = self.next_invoice_check(invoice.created_at, invoice.expires_at, now);
        let attachment = Attachment { payment_id: payment.id, invoice, watch_from, replace };
        match self.attach_queue.submit(attachment).await? {
            AttachOutcome::Attached(invoice) => Ok(*invoice),
            AttachOutcome::NotPending => Err(PurchaseError::HoldLost),
        }
    }

    /// Creates an invoice at our node that expires with the ticket's hold.
    pub(crate) async fn make_invoice(
        &self,
        ticket: &Ticket,
        payment: &Payment,
        role: InvoiceRole,
        metadata: &str,
        now: Timestamp,
    ) -> Result<NewInvoice, LightningError> {
        let left = ticket.hold_expires_at.map_or(0, |end| end.signed_duration_since(now).num_seconds());
        let order = InvoiceOrder {
            amount: payment.state.price,
            metadata: metadata.to_owned(),
            expiry_secs: u32::try_from(left.max(1)).unwrap_or(u32::MAX),
        };
        let made = self.dependencies.lightning.create_invoice(&order).await?;
        // A UMA Invoice is made for the order's current bolt11 only.
        let buyer = UmaAddress::parse(&ticket.uma_address).ok().filter(|_| role == InvoiceRole::Current);
        let uma_invoice = buyer.and_then(|buyer| {
            let order =
                UmaOrder { metadata: &order.metadata, amount: order.amount, expires_at: made.expires_at };
            self.uma_invoice(&order, Some(&buyer), self.payreq_url(ticket))
        });
        Ok(NewInvoice {
            payment_id: Some(payment.id),
            event_id: payment.event_id,
            role,
            invoice_id: made.invoice_id,
            payment_hash: made.payment_hash,
            bolt11: made.bolt11,
            amount: order.amount,
            metadata: order.metadata,
            uma_address: ticket.uma_address.clone(),
            uma_invoice,
            expires_at: made.expires_at,
            created_at: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invoice_names_the_lines_and_the_event() {
        let subject =
            |lines: &[(u32, &'static str)], only| invoice_subject("Late Show", lines.iter().copied(), only);
        assert_eq!(
            subject(&[(2, "Early bird"), (1, "Supporter")], false),
            "2 × Early bird, 1 × Supporter – Late Show"
        );
        assert_eq!(subject(&[(1, "Early bird")], false), "1 × Early bird – Late Show");
        assert_eq!(subject(&[(2, "General admission")], true), "2 × General admission – Late Show");
        assert_eq!(subject(&[(1, "General admission")], true), "Ticket: Late Show");
    }
}
