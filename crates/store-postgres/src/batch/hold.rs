use super::{Column, Done, quota::Quotas};
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
use tokio_postgres::{Client, Row, Statement, types::Json};

/// Scope and key.
type KeyName = (String, String);
/// The fingerprint of the request that a key came with, and the ticket it got.
type KeyUse = ([u8; 32], TicketId);

/// What the database knew when the batch began, its event rows locked.
struct LockedRows {
    events: BTreeMap<EventId, Event>,
    users: BTreeSet<i64>,
    keys: HashMap<KeyName, KeyUse>,
    recent: Vec<RecentPurchase>,
    outstanding: OutstandingSeats,
    ids: std::vec::IntoIter<(TicketId, PaymentId)>,
}

/// Grants seats to a batch in its order, in one transaction.
pub(super) async fn hold(
    connection: &mut HotConnection,
    requests: &[HoldRequest],
) -> Result<Done<HoldOutcome>, StoreError> {
    connection.open = true;
    let mut known = load_locked_rows(connection, requests).await?;
    let mut touched = BTreeSet::new();
    let mut changes = Vec::new();
    let outcomes = requests
        .iter()
        .map(|request| {
            let outcome = decide(&mut known, request)?;
            if let HoldOutcome::Held(hold) = &outcome {
                touched.insert(request.event_id);
                changes.push(DomainEvent::Ticket(hold.ticket.id));
            }
            Ok(outcome)
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    changes.extend(touched.iter().copied().map(DomainEvent::Event));
    if touched.is_empty() {
        connection.client.batch_execute("ROLLBACK").await.map_err(driver_error)?;
    } else {
        let seats: Vec<&Event> = touched.iter().filter_map(|id| known.events.get(id)).collect();
        let written = BatchColumns::new(requests, &outcomes, &seats);
        written.send(connection).await.map_err(driver_error)?;
        if !written.letters.is_empty() {
            changes.push(DomainEvent::Jobs);
        }
    }
    connection.open = false;
    Ok(Done { outcomes, changes })
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
    let wanted = i32::try_from(requests.len()).map_err(|error| StoreError::Failed(error.into()))?;
    let (events, users): ([&Column; 1], [&Column; 1]) = ([&event_ids], [&user_ids]);
    let (asked, wanted): ([&Column; 2], [&Column; 1]) = ([&scopes, &keys], [&wanted]);
    let repeats = requests.iter().filter_map(|request| Some((request.user_id.get(), request.repeats_since?)));
    let (buyers, since): (BTreeSet<i64>, Vec<Timestamp>) = repeats.unzip();
    let buyers: Vec<i64> = buyers.into_iter().collect();
    let since = since.into_iter().min();
    let recently: [&Column; 2] = [&buyers, &since];
    let quotas = Quotas::of(requests);
    let ((), events, users, keys, recent, outstanding, ids) = try_join!(
        client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED"),
        client.query(&statements.lock_events, &events),
        client.query(&statements.lock_users, &users),
        async {
            if keys.is_empty() { Ok(Vec::new()) } else { client.query(&statements.known_keys, &asked).await }
        },
        async {
            if buyers.is_empty() {
                Ok(Vec::new())
            } else {
                client.query(&statements.recent_purchases, &recently).await
            }
        },
        quotas.count(connection),
        client.query(&statements.ticket_ids, &wanted),
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
        .map_err(|_| corrupt("idempotency key of ticket", ticket, "a fingerprint that is not SHA-256"))?;
    Ok((name, (fingerprint, ticket)))
}

fn recent_purchase(row: &Row) -> Result<RecentPurchase, StoreError> {
    let read = || -> Result<_, tokio_postgres::Error> {
        let mut cells = RowReader::of(row);
        Ok((cells.next()?, cells.next()?, cells.next()?, cells.next()?, cells.next()?, cells.next()?))
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

fn decide(known: &mut LockedRows, request: &HoldRequest) -> Result<HoldOutcome, StoreError> {
    let name = request.key.as_ref().map(|key| (key.scope.clone(), key.key.clone()));
    if let (Some(name), Some(key)) = (&name, &request.key)
        && let Some((fingerprint, ticket)) = known.keys.get(name)
    {
        return Ok(if *fingerprint == key.fingerprint {
            HoldOutcome::Replayed(*ticket)
        } else {
            HoldOutcome::Refused(HoldRefusal::KeyReused)
        });
    }
    if let Some(ticket) = repeated(request, &known.recent) {
        return Ok(HoldOutcome::Repeated(ticket));
    }
    let user_exists = known.users.contains(&request.user_id.get());
    let event = known.events.get_mut(&request.event_id);
    let grant = match decide_hold(event, user_exists, &mut known.outstanding, request) {
        Ok(grant) => grant,
        Err(refusal) => return Ok(HoldOutcome::Refused(refusal)),
    };
    let (Some(event), Some((ticket, payment))) = (known.events.get(&request.event_id), known.ids.next())
    else {
        return Err(StoreError::Corrupt("fewer numbers than requests".to_owned()));
    };
    if let (Some(name), Some(key)) = (name, &request.key) {
        known.keys.insert(name, (key.fingerprint, ticket));
    }
    let hold = granted(request, grant, event, (ticket, payment));
    known.recent.extend(RecentPurchase::of_hold(&hold));
    Ok(HoldOutcome::Held(Box::new(hold)))
}

fn granted(
    request: &HoldRequest,
    grant: Grant,
    event: &Event,
    (ticket_id, payment_id): (TicketId, PaymentId),
) -> Hold {
    // As the database keeps it, so that what is read later is equal.
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

/// The rows of a batch, column by column, as the statements of the hot path take them.
#[derive(Default)]
struct BatchColumns<'a> {
    tickets: Tickets<'a>,
    payments: Payments,
    keys: Keys<'a>,
    letters: Vec<Json<Task>>,
    letter_keys: Vec<Option<&'a str>>,
    letter_times: Vec<Timestamp>,
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
            self.letters.push(Json(Task::notify(ticket.id, Notice::TicketIssued)));
            self.letter_keys.push(None);
            self.letter_times.push(ticket.created_at);
        }
        if let Some(key) = &request.key {
            self.keys.scopes.push(&key.scope);
            self.keys.names.push(&key.key);
            self.keys.fingerprints.push(&key.fingerprint);
            self.keys.tickets.push(ticket.id.get());
            self.keys.created.push(ticket.created_at);
        }
    }

    /// Writes everything and commits, in one flush. The commit comes last and does nothing when a statement before it failed.
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
        let letters: [&Column; 3] = [&self.letters, &self.letter_keys, &self.letter_times];
        let seats: [&Column; 2] = [&self.events, &self.seats];
        try_join!(
            client.execute(&statements.add_tickets, &new_tickets),
            write(client, &statements.add_payments, &new_payments, payments.ids.len()),
            write(client, &statements.add_keys, &new_keys, keys.names.len()),
            write(client, &statements.add_jobs, &letters, self.letters.len()),
            client.execute(&statements.put_seats, &seats),
            client.batch_execute("COMMIT"),
        )?;
        Ok(())
    }
}

/// Writes rows, unless there are none.
async fn write(
    client: &Client,
    statement: &Statement,
    columns: &[&Column<'_>],
    rows: usize,
) -> Result<u64, tokio_postgres::Error> {
    if rows == 0 { Ok(0) } else { client.execute(statement, columns).await }
}
