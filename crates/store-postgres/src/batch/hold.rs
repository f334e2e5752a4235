use super::{BatchResult, Column, place_columns::write, quota::Quotas};
use crate::{
    error::{corrupt, driver_error},
    hot::HotConnection,
    rows::{EventRow, RowReader, amount_of, seats_column},
};
use box_office::{
    DomainEvent, Grant, Hold, HoldOutcome, HoldRefusal, HoldRequest, OutstandingSeats, RecentPurchase, Task,
    decide_hold, repeated,
};
use chrono::SubsecRound;
use events::Event;
use futures_util::try_join;
use kernel::{EventId, PaymentId, StoreError, TicketId, Timestamp, UserId};
use payments::{Collection, CollectionState, Notice, Payment, PaymentState};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tickets::{Ticket, TicketStatus};
use tokio_postgres::{Row, types::Json};

/// Scope and key of an idempotency key.
type KeyName = (String, String);
/// Request fingerprint and ticket of a used idempotency key.
type KeyUse = ([u8; 32], TicketId);

/// Rows read at the start of the batch; its event rows are locked.
struct LockedRows {
    events: BTreeMap<EventId, Event>,
    users: BTreeSet<i64>,
    keys: HashMap<KeyName, KeyUse>,
    recent: Vec<RecentPurchase>,
    outstanding: OutstandingSeats,
    ids: std::vec::IntoIter<(TicketId, PaymentId)>,
}

/// Decides a batch of holds in order, in one transaction.
pub(super) async fn hold(
    connection: &mut HotConnection,
    requests: &[HoldRequest],
) -> Result<BatchResult<HoldOutcome>, StoreError> {
    connection.open = true;
    let mut locked = load_locked_rows(connection, requests).await?;
    let mut changed_events = BTreeSet::new();
    let mut domain_events = Vec::new();
    let outcomes = requests
        .iter()
        .map(|request| {
            let outcome = decide(&mut locked, request)?;
            if let HoldOutcome::Held(hold) = &outcome {
                changed_events.insert(request.event_id);
                domain_events.push(DomainEvent::Ticket(hold.ticket.id));
            }
            Ok(outcome)
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    domain_events.extend(changed_events.iter().copied().map(DomainEvent::Event));
    if changed_events.is_empty() {
        connection.client.batch_execute("ROLLBACK").await.map_err(driver_error)?;
    } else {
        let seats: Vec<&Event> = changed_events.iter().filter_map(|id| locked.events.get(id)).collect();
        let columns = BatchColumns::new(requests, &outcomes, &seats);
        columns.send(connection).await.map_err(driver_error)?;
        if !columns.jobs.is_empty() {
            domain_events.push(DomainEvent::Jobs);
        }
    }
    connection.open = false;
    Ok(BatchResult { outcomes, domain_events })
}

async fn load_locked_rows(
    connection: &HotConnection,
    requests: &[HoldRequest],
) -> Result<LockedRows, StoreError> {
    let (client, statements) = (&connection.client, &connection.statements);
    let distinct =
        |ids: &mut dyn Iterator<Item = i64>| ids.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    let event_ids = distinct(&mut requests.iter().map(|request| request.event_id.get()));
    let user_ids = distinct(&mut requests.iter().map(|request| request.user_id.get()));
    let (scopes, keys): (Vec<_>, Vec<_>) =
        requests.iter().filter_map(|request| request.key.as_ref()).map(|key| (&key.scope, &key.key)).unzip();
    let count = i32::try_from(requests.len()).map_err(|error| StoreError::Failed(error.into()))?;
    let (events, users): ([&Column; 1], [&Column; 1]) = ([&event_ids], [&user_ids]);
    let (key_columns, count_columns): ([&Column; 2], [&Column; 1]) = ([&scopes, &keys], [&count]);
    let repeats = requests.iter().filter_map(|request| Some((request.user_id.get(), request.repeats_since?)));
    let (buyers, since): (BTreeSet<i64>, Vec<Timestamp>) = repeats.unzip();
    let buyers: Vec<i64> = buyers.into_iter().collect();
    let since = since.into_iter().min();
    let recent_columns: [&Column; 2] = [&buyers, &since];
    let quotas = Quotas::of(requests.iter().flat_map(HoldRequest::quota_keys));
    let ((), events, users, keys, recent, outstanding, ids) = try_join!(
        client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED"),
        client.query(&statements.lock_events, &events),
        client.query(&statements.lock_users, &users),
        async {
            if keys.is_empty() {
                Ok(Vec::new())
            } else {
                client.query(&statements.known_keys, &key_columns).await
            }
        },
        async {
            if buyers.is_empty() {
                Ok(Vec::new())
            } else {
                client.query(&statements.recent_purchases, &recent_columns).await
            }
        },
        quotas.count(connection),
        client.query(&statements.ticket_ids, &count_columns),
    )
    .map_err(driver_error)?;
    let events = events.iter().map(|row| {
        let event = Event::try_from(EventRow::read(&mut RowReader::of(row)).map_err(driver_error)?)?;
        Ok((event.id, event))
    });
    let ids = ids.iter().map(|row| Ok((TicketId::new(row.try_get(0)?), PaymentId::new(row.try_get(1)?))));
    Ok(LockedRows {
        events: events.collect::<Result<_, StoreError>>()?,
        users: users.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(driver_error)?,
        keys: keys.iter().map(known_key).collect::<Result<_, _>>()?,
        recent: recent.iter().map(recent_purchase).collect::<Result<_, _>>()?,
        outstanding,
        ids: ids.collect::<Result<Vec<_>, _>>().map_err(driver_error)?.into_iter(),
    })
}

fn known_key(row: &Row) -> Result<(KeyName, KeyUse), StoreError> {
    let read = || -> Result<_, tokio_postgres::Error> {
        Ok((
            (row.try_get(0)?, row.try_get(1)?),
            row.try_get::<_, Vec<u8>>(2)?,
            TicketId::new(row.try_get(3)?),
        ))
    };
    let (name, fingerprint, ticket) = read().map_err(driver_error)?;
    let fingerprint = fingerprint
        .try_into()
        .map_err(|_| corrupt("idempotency key of ticket", ticket, "invalid fingerprint"))?;
    Ok((name, (fingerprint, ticket)))
}

fn recent_purchase(row: &Row) -> Result<RecentPurchase, StoreError> {
    let read = || -> Result<_, tokio_postgres::Error> {
        let mut reader = RowReader::of(row);
        Ok((reader.next()?, reader.next()?, reader.next()?, reader.next()?, reader.next()?, reader.next()?))
    };
    let (ticket, event, user, uma_address, price, created_at) = read().map_err(driver_error)?;
    Ok(RecentPurchase {
        ticket_id: TicketId::new(ticket),
        event_id: EventId::new(event),
        user_id: UserId::new(user),
        uma_address,
        price: amount_of("payment of ticket", ticket, price)?,
        created_at,
    })
}

fn decide(locked: &mut LockedRows, request: &HoldRequest) -> Result<HoldOutcome, StoreError> {
    let name = request.key.as_ref().map(|key| (key.scope.clone(), key.key.clone()));
    if let (Some(name), Some(key)) = (&name, &request.key)
        && let Some((fingerprint, ticket)) = locked.keys.get(name)
    {
        return Ok(if *fingerprint == key.fingerprint {
            HoldOutcome::Replayed(*ticket)
        } else {
            HoldOutcome::Refused(HoldRefusal::KeyReused)
        });
    }
    if let Some(ticket) = repeated(request, &locked.recent) {
        return Ok(HoldOutcome::Repeated(ticket));
    }
    let user_exists = locked.users.contains(&request.user_id.get());
    let event = locked.events.get_mut(&request.event_id);
    let grant = match decide_hold(event, user_exists, &mut locked.outstanding, request) {
        Ok(grant) => grant,
        Err(refusal) => return Ok(HoldOutcome::Refused(refusal)),
    };
    let (Some(event), Some((ticket, payment))) = (locked.events.get(&request.event_id), locked.ids.next())
    else {
        return Err(StoreError::Corrupt("fewer ids than requests".to_owned()));
    };
    if let (Some(name), Some(key)) = (name, &request.key) {
        locked.keys.insert(name, (key.fingerprint, ticket));
    }
    let hold = new_hold(request, grant, event, (ticket, payment));
    locked.recent.extend(RecentPurchase::of_hold(&hold));
    Ok(HoldOutcome::Held(Box::new(hold)))
}

fn new_hold(
    request: &HoldRequest,
    grant: Grant,
    event: &Event,
    (ticket_id, payment_id): (TicketId, PaymentId),
) -> Hold {
    // Truncated to stored precision, so that later reads are equal.
    let now = request.now.trunc_subsecs(6);
    let free = event.is_free();
    let ticket = Ticket {
        id: ticket_id,
        event_id: event.id,
        user_id: request.owner(),
        code: request.code.clone(),
        link_key: Some(request.link_key.clone()),
        status: if free { TicketStatus::Paid } else { TicketStatus::Pending },
        uma_address: request.uma_address.clone().unwrap_or_default(),
        hold_expires_at: (!free).then(|| request.hold_expires_at.trunc_subsecs(6)),
        checked_in_at: None,
        paid_at: free.then_some(now),
        created_at: now,
        updated_at: now,
    };
    let payment = (!free).then(|| Payment {
        id: payment_id,
        ticket_id,
        event_id: event.id,
        state: PaymentState::awaiting(event.price.to_msats()),
        collection: Collection { state: CollectionState::Queued, detail: String::new() },
        wallet_allowed: grant.wallet_allowed,
        paid_at: None,
        created_at: now,
        updated_at: now,
    });
    Hold { ticket, payment, event: event.clone() }
}

/// Rows of a batch, one vector per column, as the hot path's statements take them.
#[derive(Default)]
struct BatchColumns<'a> {
    tickets: Tickets<'a>,
    payments: Payments,
    keys: Keys<'a>,
    jobs: Vec<Json<Task>>,
    job_keys: Vec<Option<&'a str>>,
    job_times: Vec<Timestamp>,
    events: Vec<i64>,
    seats: Vec<i32>,
}

#[derive(Default)]
struct Tickets<'a> {
    ids: Vec<i64>,
    events: Vec<i64>,
    users: Vec<Option<i64>>,
    codes: Vec<&'a str>,
    statuses: Vec<&'static str>,
    addresses: Vec<&'a str>,
    holds: Vec<Option<Timestamp>>,
    paid: Vec<Option<Timestamp>>,
    networks: Vec<Option<&'a [u8]>>,
    sites: Vec<Option<&'a [u8]>>,
    created: Vec<Timestamp>,
    link_keys: Vec<Option<&'a [u8]>>,
}

#[derive(Default)]
struct Payments {
    ids: Vec<i64>,
    tickets: Vec<i64>,
    events: Vec<i64>,
    prices: Vec<i64>,
    wallets: Vec<bool>,
    created: Vec<Timestamp>,
}

#[derive(Default)]
struct Keys<'a> {
    scopes: Vec<&'a str>,
    names: Vec<&'a str>,
    fingerprints: Vec<&'a [u8]>,
    tickets: Vec<i64>,
    created: Vec<Timestamp>,
}

impl<'a> BatchColumns<'a> {
    fn new(requests: &'a [HoldRequest], outcomes: &'a [HoldOutcome], events: &[&Event]) -> Self {
        let mut rows = Self {
            events: events.iter().map(|event| event.id.get()).collect(),
            seats: events.iter().map(|event| seats_column(event.seats_taken)).collect(),
            ..Self::default()
        };
        for (request, outcome) in requests.iter().zip(outcomes) {
            if let HoldOutcome::Held(hold) = outcome {
                rows.add(request, hold);
            }
        }
        rows
    }

    fn add(&mut self, request: &'a HoldRequest, hold: &'a Hold) {
        let ticket = &hold.ticket;
        self.tickets.ids.push(ticket.id.get());
        self.tickets.events.push(ticket.event_id.get());
        self.tickets.users.push(ticket.user_id.map(kernel::UserId::get));
        self.tickets.codes.push(ticket.code.expose());
        self.tickets.statuses.push(ticket.status.as_str());
        self.tickets.addresses.push(&ticket.uma_address);
        self.tickets.holds.push(ticket.hold_expires_at);
        self.tickets.paid.push(ticket.paid_at);
        let tags = request.network.as_ref();
        self.tickets.networks.push(tags.map(|tags| tags.network.as_slice()));
        self.tickets.sites.push(tags.and_then(|tags| tags.site.as_ref()).map(<[u8; 16]>::as_slice));
        self.tickets.created.push(ticket.created_at);
        self.tickets.link_keys.push(ticket.link_key.as_ref().map(|key| key.expose().as_slice()));
        if let Some(payment) = &hold.payment {
            self.payments.ids.push(payment.id.get());
            self.payments.tickets.push(ticket.id.get());
            self.payments.events.push(ticket.event_id.get());
            self.payments.prices.push(payment.state.price.to_i64());
            self.payments.wallets.push(payment.wallet_allowed);
            self.payments.created.push(payment.created_at);
        } else {
            self.jobs.push(Json(Task::notify(ticket.id, Notice::TicketIssued)));
            self.job_keys.push(None);
            self.job_times.push(ticket.created_at);
        }
        if let Some(key) = &request.key {
            self.keys.scopes.push(&key.scope);
            self.keys.names.push(&key.key);
            self.keys.fingerprints.push(&key.fingerprint);
            self.keys.tickets.push(ticket.id.get());
            self.keys.created.push(ticket.created_at);
        }
    }

    /// Writes all rows and commits in one flush. COMMIT comes last; after a failed statement it rolls back.
    async fn send(&self, connection: &HotConnection) -> Result<(), tokio_postgres::Error> {
        let (client, statements) = (&connection.client, &connection.statements);
        let (tickets, payments, keys) = (&self.tickets, &self.payments, &self.keys);
        let new_tickets: [&Column; 12] = [
            &tickets.ids,
            &tickets.events,
            &tickets.users,
            &tickets.codes,
            &tickets.statuses,
            &tickets.addresses,
            &tickets.holds,
            &tickets.paid,
            &tickets.networks,
            &tickets.sites,
            &tickets.created,
            &tickets.link_keys,
        ];
        let new_payments: [&Column; 6] = [
            &payments.ids,
            &payments.tickets,
            &payments.events,
            &payments.prices,
            &payments.wallets,
            &payments.created,
        ];
        let new_keys: [&Column; 5] =
            [&keys.scopes, &keys.names, &keys.fingerprints, &keys.tickets, &keys.created];
        let jobs: [&Column; 3] = [&self.jobs, &self.job_keys, &self.job_times];
        let seats: [&Column; 2] = [&self.events, &self.seats];
        try_join!(
            client.execute(&statements.add_tickets, &new_tickets),
            write(client, &statements.add_payments, &new_payments, payments.ids.len()),
            write(client, &statements.add_keys, &new_keys, keys.names.len()),
            write(client, &statements.add_jobs, &jobs, self.jobs.len()),
            client.execute(&statements.put_seats, &seats),
            client.batch_execute("COMMIT"),
        )?;
        Ok(())
    }
}
