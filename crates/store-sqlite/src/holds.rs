use crate::{
    error::Fault,
    events, invoices, jobs, payments, quotas, schema,
    store::{PendingEvents, Sqlite},
    tickets, users,
    values::{micros, truncated},
};
use ::events::Event;
use ::payments::{
    Collection, CollectionState, Invoice, InvoiceRole, NewInvoice, Notice, Payment, PaymentState,
};
use ::tickets::{Ticket, TicketStatus};
use async_trait::async_trait;
use box_office::{
    AttachOutcome, Attachment, CollectionUpdate, DomainEvent, Grant, Hold, HoldOutcome, HoldRefusal,
    HoldRequest, Holds, IdempotencyKey, NewJob, OutstandingSeats, RecentPurchase, SeenNonce, Task,
    decide_hold, repeated,
};
use diesel::{prelude::*, sqlite::SqliteConnection};
use kernel::{EventId, PaymentId, StoreError, TicketId, UserId};
use schema::idempotency_keys::dsl as keys;
use std::collections::{HashMap, hash_map::Entry};

/// Events, users and quotas that the batch has read or changed, each loaded once.
#[derive(Default)]
struct Batch {
    events: HashMap<EventId, Option<Event>>,
    users: HashMap<UserId, bool>,
    recent: HashMap<UserId, Vec<RecentPurchase>>,
    outstanding: OutstandingSeats,
}

impl Batch {
    fn hold(
        &mut self,
        connection: &mut SqliteConnection,
        request: &HoldRequest,
        domain_events: &mut PendingEvents,
    ) -> Result<HoldOutcome, Fault> {
        if let Some(outcome) = existing_key(connection, request.key.as_ref())? {
            return Ok(outcome);
        }
        if let Some(since) = request.repeats_since {
            let recent = match self.recent.entry(request.user_id) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => {
                    entry.insert(tickets::recent_purchases(connection, request.user_id, since)?)
                }
            };
            if let Some(ticket) = repeated(request, recent.iter()) {
                return Ok(HoldOutcome::Repeated(ticket));
            }
        }
        let user_exists = match self.users.entry(request.user_id) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => *entry.insert(users::user_exists(connection, request.user_id)?),
        };
        let event = match self.events.entry(request.event_id) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(events::find(connection, request.event_id)?),
        };
        for key in request.quota_keys() {
            if !self.outstanding.has(&key) {
                let seats = quotas::outstanding(connection, &key)?;
                self.outstanding.insert(key, seats);
            }
        }
        let grant = match decide_hold(event.as_mut(), user_exists, &mut self.outstanding, request) {
            Ok(grant) => grant,
            Err(refusal) => return Ok(HoldOutcome::Refused(refusal)),
        };
        let Some(event) = event else { return Ok(HoldOutcome::Refused(HoldRefusal::UnknownEvent)) };
        let hold = write(connection, event, request, grant)?;
        if let (Some(user), Some(purchase)) = (request.owner(), RecentPurchase::of_hold(&hold))
            && let Some(recent) = self.recent.get_mut(&user)
        {
            recent.push(purchase);
        }
        if let Some(key) = &request.key {
            put_key(connection, key, hold.ticket.id, request)?;
        }
        if hold.payment.is_none() {
            let task = Task::notify(hold.ticket.id, Notice::TicketIssued);
            jobs::enqueue(connection, &NewJob { task, run_at: request.now, key: None }, request.now)?;
            domain_events.add(DomainEvent::Jobs);
        }
        domain_events.add(DomainEvent::Ticket(hold.ticket.id));
        domain_events.add(DomainEvent::Event(hold.event.id));
        Ok(HoldOutcome::Held(Box::new(hold)))
    }
}

fn existing_key(
    connection: &mut SqliteConnection,
    key: Option<&IdempotencyKey>,
) -> Result<Option<HoldOutcome>, Fault> {
    let Some(key) = key else { return Ok(None) };
    let row: Option<(Vec<u8>, i64)> = keys::idempotency_keys
        .find((&key.scope, &key.key))
        .select((keys::fingerprint, keys::ticket_id))
        .get_result(connection)
        .optional()?;
    Ok(row.map(|(fingerprint, ticket)| {
        if fingerprint == key.fingerprint {
            HoldOutcome::Replayed(TicketId::new(ticket))
        } else {
            HoldOutcome::Refused(HoldRefusal::KeyReused)
        }
    }))
}

fn put_key(
    connection: &mut SqliteConnection,
    key: &IdempotencyKey,
    ticket: TicketId,
    request: &HoldRequest,
) -> Result<(), Fault> {
    diesel::insert_into(keys::idempotency_keys)
        .values((
            keys::scope.eq(&key.scope),
            keys::key.eq(&key.key),
            keys::fingerprint.eq(key.fingerprint.as_slice()),
            keys::ticket_id.eq(ticket.get()),
            keys::created_at.eq(micros(request.now)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Inserts the ticket and, for a paid event, its payment. The seat counter is written once at the end of the
/// batch.
fn write(
    connection: &mut SqliteConnection,
    event: &Event,
    request: &HoldRequest,
    grant: Grant,
) -> Result<Hold, Fault> {
    let now = truncated(request.now);
    let free = event.is_free();
    let mut ticket = Ticket {
        id: TicketId::new(0),
        event_id: event.id,
        user_id: request.owner(),
        code: request.code.clone(),
        link_key: Some(request.link_key.clone()),
        status: if free { TicketStatus::Paid } else { TicketStatus::Pending },
        uma_address: request.uma_address.clone().unwrap_or_default(),
        hold_expires_at: (!free).then(|| truncated(request.hold_expires_at)),
        checked_in_at: None,
        paid_at: free.then_some(now),
        created_at: now,
        updated_at: now,
    };
    tickets::add(connection, &mut ticket, request.network.as_ref(), None)?;
    let payment = if free {
        None
    } else {
        let mut payment = Payment {
            id: PaymentId::new(0),
            ticket_id: ticket.id,
            event_id: event.id,
            state: PaymentState::awaiting(event.price.to_msats()),
            collection: Collection { state: CollectionState::Queued, detail: String::new() },
            wallet_allowed: grant.wallet_allowed,
            paid_at: None,
            created_at: now,
            updated_at: now,
        };
        payments::add(connection, &mut payment, None)?;
        Some(payment)
    };
    Ok(Hold { ticket, payment, event: event.clone() })
}

fn attach(
    connection: &mut SqliteConnection,
    attachment: &Attachment,
    domain_events: &mut PendingEvents,
) -> Result<AttachOutcome, Fault> {
    let Some((ticket, true)) = payments::ticket_and_pending(connection, attachment.payment_id)? else {
        return Ok(AttachOutcome::NotPending);
    };
    let new = NewInvoice {
        payment_id: Some(attachment.payment_id),
        role: InvoiceRole::Current,
        ..attachment.invoice.clone()
    };
    if attachment.replace {
        // Repeating an attachment must not retire the invoice that it attached.
        if invoices::by_hash(connection, new.payment_hash)?.is_none() {
            invoices::retire(connection, attachment.payment_id, InvoiceRole::Current)?;
        }
    } else if let Some(current) = Invoice::current(invoices::of_payment(connection, attachment.payment_id)?) {
        return Ok(AttachOutcome::Attached(Box::new(current)));
    }
    let Some(invoice) = invoices::add(connection, &new)? else {
        // Attached earlier; its jobs were enqueued then.
        let known = invoices::by_hash(connection, new.payment_hash)?
            .ok_or_else(|| Fault::corrupt("invoice with a known payment hash is missing"))?;
        return Ok(AttachOutcome::Attached(Box::new(known)));
    };
    let collect = Task::Collect { payment_id: attachment.payment_id };
    let (collect_key, watch_key) = (attachment.collect_key(), format!("watch/{}", new.payment_hash));
    let watch = (Task::watch(new.payment_hash), watch_key, attachment.watch_from);
    for (task, key, run_at) in [(collect, collect_key, new.created_at), watch] {
        jobs::enqueue(connection, &NewJob { task, run_at, key: Some(key) }, new.created_at)?;
    }
    domain_events.add(DomainEvent::Jobs);
    domain_events.add(DomainEvent::Ticket(ticket));
    Ok(AttachOutcome::Attached(Box::new(invoice)))
}

fn put_nonce(connection: &mut SqliteConnection, seen: &SeenNonce) -> Result<bool, Fault> {
    use schema::nonces::dsl as nonces;
    let rows = diesel::insert_into(nonces::nonces)
        .values((
            nonces::domain.eq(seen.domain.as_str()),
            nonces::nonce.eq(&seen.nonce),
            nonces::seen_at.eq(seen.timestamp.saturating_mul(1_000_000)),
        ))
        .on_conflict_do_nothing()
        .execute(connection)?;
    Ok(rows == 1)
}

#[async_trait]
impl Holds for Sqlite {
    async fn hold_all(&self, requests: &[HoldRequest]) -> Result<Vec<HoldOutcome>, StoreError> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let requests = requests.to_vec();
        self.write(move |connection, domain_events| {
            let mut batch = Batch::default();
            let mut outcomes = Vec::with_capacity(requests.len());
            for request in &requests {
                outcomes.push(batch.hold(connection, request, domain_events)?);
            }
            for event in batch.events.values().flatten() {
                events::put_seats(connection, event)?;
            }
            Ok(outcomes)
        })
        .await
    }

    async fn attach_all(&self, attachments: &[Attachment]) -> Result<Vec<AttachOutcome>, StoreError> {
        if attachments.is_empty() {
            return Ok(Vec::new());
        }
        let attachments = attachments.to_vec();
        self.write(move |connection, domain_events| {
            attachments.iter().map(|attachment| attach(connection, attachment, domain_events)).collect()
        })
        .await
    }

    async fn update_collections(&self, updates: &[CollectionUpdate]) -> Result<Vec<bool>, StoreError> {
        let updates = updates.to_vec();
        self.write(move |connection, domain_events| {
            updates
                .iter()
                .map(|update| payments::update_collection(connection, update, domain_events))
                .collect()
        })
        .await
    }

    async fn remember_all(&self, nonces: &[SeenNonce]) -> Result<Vec<bool>, StoreError> {
        let nonces = nonces.to_vec();
        self.write(move |connection, _| nonces.iter().map(|seen| put_nonce(connection, seen)).collect()).await
    }
}
