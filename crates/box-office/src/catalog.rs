use crate::{BoxOffice, NewJob, Task, accounts::Caller, collect::UmaOrder};
use events::{Event, EventDraft, EventEdit, EventPatch, PatchError};
use kernel::{EventId, FieldErrors, StoreError};
use payments::{Invoice, InvoiceOrder, InvoiceRole, LightningError, NewInvoice};
use std::collections::BTreeSet;
use tickets::Inventory;
use uma_protocol::lnurlp::Metadata;

/// Reason for refusing a change of an event.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Field validation failed.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// The event does not exist.
    #[error("event not found")]
    NotFound,
    /// The new capacity is below the seats taken.
    #[error(transparent)]
    BelowTaken(PatchError),
    /// The event is cancelled for good.
    #[error(transparent)]
    Cancelled(PatchError),
    /// Price or capacity is that of ticket types.
    #[error(transparent)]
    TicketTypes(PatchError),
    /// A cancelled event accepts no payments.
    #[error("a cancelled event takes no payments")]
    NoPayments,
    /// The price changed while the invoice was created.
    #[error("the event's price changed meanwhile: try again")]
    Repriced,
    /// Tickets or invoices refer to the event.
    #[error("the event has tickets: deactivate or cancel it instead of deleting it")]
    HasTickets,
    /// A free event has no invoice.
    #[error("a free event has no invoice")]
    Free,
    /// The node could not create an invoice.
    #[error("the Lightning node could not make an invoice")]
    Node(#[from] LightningError),
    /// The entropy source failed.
    #[error(transparent)]
    Entropy(#[from] kernel::EntropyError),
    /// The store failed.
    #[error("the event could not be stored")]
    Store(#[from] StoreError),
}

impl BoxOffice {
    /// Creates an event. `caller` is `None` for the command line.
    pub async fn create_event(
        &self,
        caller: Option<&Caller>,
        draft: EventDraft,
    ) -> Result<Event, CatalogError> {
        let event = draft.check(self.now())?;
        let mut session = self.store().begin().await?;
        let event = session.add_event(&event).await?;
        if let Some(caller) = caller {
            let line =
                self.audit_line(caller, "event.create", format!("event/{}", event.id), event.title.clone());
            session.audit(&line).await?;
        }
        session.commit().await?;
        Ok(event)
    }

    /// Updates an event. Existing tickets keep their price.
    pub async fn update_event(
        &self,
        caller: &Caller,
        id: EventId,
        patch: &EventPatch,
    ) -> Result<Event, CatalogError> {
        let mut session = self.store().begin().await?;
        let (none, terms) = (BTreeSet::new(), self.order_terms());
        let Some(inventory) = session.inventory_for_update(id, &none, &BTreeSet::new(), &terms).await? else {
            session.rollback().await?;
            return Err(CatalogError::NotFound);
        };
        let Inventory { event, ticket_types, .. } = inventory.into_inner();
        let edit = match patch.apply_with_types(&event, &ticket_types, &terms.rates, self.now()) {
            Ok(edit) => edit,
            Err(error) => {
                session.rollback().await?;
                return Err(match error {
                    PatchError::Invalid(fields) => fields.into(),
                    cancelled @ PatchError::Cancelled => CatalogError::Cancelled(cancelled),
                    below @ PatchError::BelowTaken { .. } => CatalogError::BelowTaken(below),
                    types @ (PatchError::SeveralTypes | PatchError::PriceNotFixed) => {
                        CatalogError::TicketTypes(types)
                    }
                });
            }
        };
        let EventEdit { event: changed, ticket_type } = edit;
        session.put_event(&changed).await?;
        session.notify_viewers(id).await?;
        if let Some(ticket_type) = &ticket_type {
            session.put_ticket_type(ticket_type).await?;
        }
        crate::event_updates::enqueue_event_updates(&mut *session, &event, &changed, self.now()).await?;
        session
            .audit(&self.audit_line(caller, "event.update", format!("event/{id}"), changes(&event, &changed)))
            .await?;
        session.commit().await?;
        Ok(changed)
    }

    /// Deletes an event that never had a ticket.
    pub async fn delete_event(&self, caller: &Caller, id: EventId) -> Result<(), CatalogError> {
        let mut session = self.store().begin().await?;
        let Some(event) = session.event_for_update(id).await? else {
            session.rollback().await?;
            return Err(CatalogError::NotFound);
        };
        if event.seats_taken > 0 || !session.delete_event(id).await? {
            session.rollback().await?;
            return Err(CatalogError::HasTickets);
        }
        session.audit(&self.audit_line(caller, "event.delete", format!("event/{id}"), event.title)).await?;
        session.commit().await?;
        Ok(())
    }

    /// Cancels an event and stops its sales. A job cancels its tickets and refunds the paid ones.
    pub async fn cancel_event(&self, caller: &Caller, id: EventId) -> Result<Event, CatalogError> {
        let now = self.now();
        let mut session = self.store().begin().await?;
        let Some(event) = session.event_for_update(id).await? else {
            session.rollback().await?;
            return Err(CatalogError::NotFound);
        };
        let cancelled = Event {
            cancelled_at: event.cancelled_at.or(Some(now)),
            is_active: false,
            updated_at: now,
            ..event
        };
        session.put_event(&cancelled).await?;
        session.notify_viewers(id).await?;
        session
            .audit(&self.audit_line(caller, "event.cancel", format!("event/{id}"), cancelled.title.clone()))
            .await?;
        let key = Some(format!("cancel-event/{id}"));
        session.enqueue(&NewJob { task: Task::CancelEvent { event_id: id }, run_at: now, key }).await?;
        session.commit().await?;
        Ok(cancelled)
    }

    /// Creates an invoice for an event, for example for a poster; it belongs to no ticket.
    pub async fn event_invoice(
        &self,
        caller: &Caller,
        id: EventId,
    ) -> Result<(Event, Invoice), CatalogError> {
        const DAY_SECS: u32 = 24 * 60 * 60;
        let now = self.now();
        let event = self.store().event(id).await?.ok_or(CatalogError::NotFound)?;
        if event.cancelled_at.is_some() {
            return Err(CatalogError::NoPayments);
        }
        if event.is_free() {
            return Err(CatalogError::Free);
        }
        let metadata = Metadata::plain(&event.title)
            .with_identifier(self.dependencies.uma_address.as_str())
            .with_uma_invoice(&self.random_uuid()?);
        let order = InvoiceOrder {
            amount: event.price.to_msats(),
            metadata: metadata.as_str().to_owned(),
            expiry_secs: DAY_SECS,
        };
        let made = self.dependencies.lightning.create_invoice(&order).await?;
        let asked = UmaOrder { metadata: &order.metadata, amount: order.amount, expires_at: made.expires_at };
        let callback = format!("{}/uma/payreq/event/{}", self.settings().base_url, made.payment_hash);
        let uma_invoice = self.uma_invoice(&asked, None, callback);
        let new = NewInvoice {
            payment_id: None,
            event_id: id,
            role: InvoiceRole::Current,
            invoice_id: made.invoice_id,
            payment_hash: made.payment_hash,
            bolt11: made.bolt11,
            amount: order.amount,
            metadata: order.metadata,
            uma_address: self.dependencies.uma_address.as_str().to_owned(),
            uma_invoice,
            expires_at: made.expires_at,
            created_at: now,
        };
        let mut session = self.store().begin().await?;
        // The event may have changed during the node call; an invoice that was not stored is never published.
        let outdated = match session.event_for_update(id).await? {
            None => Some(CatalogError::NotFound),
            Some(event) if event.cancelled_at.is_some() => Some(CatalogError::NoPayments),
            Some(event) => (event.price.to_msats() != new.amount).then_some(CatalogError::Repriced),
        };
        if let Some(error) = outdated {
            session.rollback().await?;
            return Err(error);
        }
        let invoice = session.add_invoice(&new).await?;
        crate::invoice_polling::enqueue_polling(&mut *session, invoice.payment_hash, now).await?;
        session
            .audit(&self.audit_line(caller, "event.invoice", format!("event/{id}"), String::new()))
            .await?;
        session.commit().await?;
        Ok((event, invoice))
    }
}

/// Names of the changed fields, for the audit log.
fn changes(old: &Event, new: &Event) -> String {
    let fields = [
        ("title", old.title != new.title),
        ("description", old.description != new.description),
        ("start_time", old.start_time != new.start_time),
        ("end_time", old.end_time != new.end_time),
        ("time_zone", old.time_zone != new.time_zone),
        ("capacity", old.capacity != new.capacity),
        ("price_sats", old.price != new.price),
        ("stream_url", old.stream_url != new.stream_url),
        ("is_active", old.is_active != new.is_active),
        ("network_limit", old.network_limit != new.network_limit),
        ("host_name", old.details.host_name != new.details.host_name),
        ("contact", old.details.contact != new.details.contact),
        ("tags", old.details.tags != new.details.tags),
        ("replay_until", old.details.replay_until != new.details.replay_until),
        ("gated", old.details.gated != new.details.gated),
    ];
    fields.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
