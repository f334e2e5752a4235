//! Rows of a batch of orders, one vector per column, as the hot path's statements take them.

use super::Column;
use crate::{error::corrupt, hot::HotConnection, rows::seats_column};
use box_office::{OrderBatch, PlaceOutcome, PlaceRequest, PlacedOrder, Task};
use futures_util::try_join;
use kernel::{PromoCodeId, StoreError, Timestamp, UserId};
use tickets::Order;
use tokio_postgres::{Client, Statement, types::Json};

#[derive(Default)]
pub(super) struct OrderColumns<'a> {
    orders: Orders<'a>,
    lines: Lines,
    tickets: Tickets<'a>,
    payments: Payments,
    keys: Keys<'a>,
    jobs: Vec<Json<Task>>,
    job_keys: Vec<Option<&'a str>>,
    job_times: Vec<Timestamp>,
    audit: Audit,
    events: (Vec<i64>, Vec<i32>),
    types: (Vec<i64>, Vec<i32>),
    codes: (Vec<i64>, Vec<i32>),
}

#[derive(Default)]
struct Orders<'a> {
    ids: Vec<i64>,
    events: Vec<i64>,
    kinds: Vec<&'static str>,
    users: Vec<Option<i64>>,
    emails: Vec<Option<&'a str>>,
    confirmed: Vec<Option<Timestamp>>,
    payers: Vec<Option<&'a str>>,
    languages: Vec<&'static str>,
    buyers: Vec<Option<String>>,
    totals: Vec<i64>,
    codes: Vec<Option<i64>>,
    statuses: Vec<&'static str>,
    holds: Vec<Option<Timestamp>>,
    issued: Vec<Option<Timestamp>>,
    created: Vec<Timestamp>,
}

#[derive(Default)]
struct Lines {
    orders: Vec<i64>,
    positions: Vec<i32>,
    types: Vec<i64>,
    quantities: Vec<i32>,
    list_prices: Vec<i64>,
    discounts: Vec<i64>,
    conversions: Vec<Option<String>>,
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
    orders: Vec<i64>,
    types: Vec<i64>,
    prices: Vec<i64>,
    holder_names: Vec<Option<&'a str>>,
    holder_emails: Vec<Option<&'a str>>,
}

#[derive(Default)]
struct Payments {
    ids: Vec<i64>,
    tickets: Vec<i64>,
    events: Vec<i64>,
    prices: Vec<i64>,
    wallets: Vec<bool>,
    created: Vec<Timestamp>,
    orders: Vec<i64>,
}

#[derive(Default)]
struct Keys<'a> {
    scopes: Vec<&'a str>,
    names: Vec<&'a str>,
    fingerprints: Vec<&'a [u8]>,
    tickets: Vec<i64>,
    created: Vec<Timestamp>,
}

#[derive(Default)]
struct Audit {
    actors: Vec<Option<i64>>,
    actions: Vec<String>,
    subjects: Vec<String>,
    details: Vec<String>,
    times: Vec<Timestamp>,
}

impl<'a> OrderColumns<'a> {
    pub(super) fn new(
        requests: &'a [PlaceRequest],
        outcomes: &'a [PlaceOutcome],
        batch: &OrderBatch,
    ) -> Result<Self, StoreError> {
        let mut columns = Self {
            events: batch
                .changed_events()
                .iter()
                .map(|event| (event.id.get(), seats_column(event.seats_taken)))
                .unzip(),
            types: batch.changed_types().iter().map(|(id, taken)| (id.get(), seats_column(*taken))).unzip(),
            codes: batch.changed_codes().iter().map(|(id, used)| (id.get(), seats_column(*used))).unzip(),
            ..Self::default()
        };
        for (request, outcome) in requests.iter().zip(outcomes) {
            if let PlaceOutcome::Placed(placed) = outcome {
                columns.orders.add(&placed.order);
                columns.lines.add(&placed.order)?;
                columns.add_rows(request, placed);
            }
        }
        Ok(columns)
    }

    pub(super) const fn has_jobs(&self) -> bool {
        !self.jobs.is_empty()
    }

    fn add_rows(&mut self, request: &'a PlaceRequest, placed: &'a PlacedOrder) {
        let tags = request.network.as_ref();
        let order = placed.order.id.get();
        let rows = &mut self.tickets;
        for ordered in &placed.tickets {
            let ticket = &ordered.ticket;
            rows.ids.push(ticket.id.get());
            rows.events.push(ticket.event_id.get());
            rows.users.push(ticket.user_id.map(UserId::get));
            rows.codes.push(ticket.code.expose());
            rows.statuses.push(ticket.status.as_str());
            rows.addresses.push(&ticket.uma_address);
            rows.holds.push(ticket.hold_expires_at);
            rows.paid.push(ticket.paid_at);
            rows.networks.push(tags.map(|tags| tags.network.as_slice()));
            rows.sites.push(tags.and_then(|tags| tags.site.as_ref()).map(<[u8; 16]>::as_slice));
            rows.created.push(ticket.created_at);
            rows.link_keys.push(ticket.link_key.as_ref().map(|key| key.expose().as_slice()));
            rows.orders.push(order);
            rows.types.push(ordered.ticket_type_id.get());
            rows.prices.push(ordered.price.to_msats().to_i64());
            rows.holder_names.push(ordered.holder.name.as_deref());
            rows.holder_emails.push(ordered.holder.email.as_deref());
        }
        if let Some(task) = placed.email_task() {
            self.jobs.push(Json(task));
            self.job_keys.push(None);
            self.job_times.push(placed.order.created_at);
        }
        if let Some(entry) = placed.audit(request) {
            let rows = &mut self.audit;
            rows.actors.push(entry.actor.map(UserId::get));
            rows.actions.push(entry.action);
            rows.subjects.push(entry.subject);
            rows.details.push(entry.detail);
            rows.times.push(entry.at);
        }
        if let Some(payment) = &placed.payment {
            let rows = &mut self.payments;
            rows.ids.push(payment.id.get());
            rows.tickets.push(payment.ticket_id.get());
            rows.events.push(payment.event_id.get());
            rows.prices.push(payment.state.price.to_i64());
            rows.wallets.push(payment.wallet_allowed);
            rows.created.push(payment.created_at);
            rows.orders.push(order);
        }
        if let (Some(key), Some(first)) = (&request.key, placed.tickets.first()) {
            self.keys.scopes.push(&key.scope);
            self.keys.names.push(&key.key);
            self.keys.fingerprints.push(&key.fingerprint);
            self.keys.tickets.push(first.ticket.id.get());
            self.keys.created.push(placed.order.created_at);
        }
    }

    /// Writes all rows and commits in one flush. COMMIT comes last; after a failed statement it rolls back.
    pub(super) async fn send(&self, connection: &HotConnection) -> Result<(), tokio_postgres::Error> {
        let (client, statements) = (&connection.client, &connection.statements);
        let (orders, lines, tickets) = (&self.orders, &self.lines, &self.tickets);
        let (payments, keys) = (&self.payments, &self.keys);
        let new_orders: [&Column; 22] = [
            &orders.ids,
            &orders.events,
            &orders.kinds,
            &orders.users,
            &orders.emails,
            &orders.confirmed,
            &orders.payers,
            &orders.buyers,
            &orders.totals,
            &orders.codes,
            &orders.statuses,
            &orders.holds,
            &orders.issued,
            &orders.created,
            &lines.orders,
            &lines.positions,
            &lines.types,
            &lines.quantities,
            &lines.list_prices,
            &lines.discounts,
            &lines.conversions,
            &orders.languages,
        ];
        let new_tickets: [&Column; 17] = [
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
            &tickets.orders,
            &tickets.types,
            &tickets.prices,
            &tickets.holder_names,
            &tickets.holder_emails,
        ];
        let new_payments: [&Column; 7] = [
            &payments.ids,
            &payments.tickets,
            &payments.events,
            &payments.prices,
            &payments.wallets,
            &payments.created,
            &payments.orders,
        ];
        let new_keys: [&Column; 5] =
            [&keys.scopes, &keys.names, &keys.fingerprints, &keys.tickets, &keys.created];
        let jobs: [&Column; 3] = [&self.jobs, &self.job_keys, &self.job_times];
        let audit = &self.audit;
        let new_audit: [&Column; 5] =
            [&audit.actors, &audit.actions, &audit.subjects, &audit.details, &audit.times];
        let seats: [&Column; 4] = [&self.events.0, &self.events.1, &self.types.0, &self.types.1];
        let codes: [&Column; 2] = [&self.codes.0, &self.codes.1];
        try_join!(
            client.execute(&statements.add_orders, &new_orders),
            client.execute(&statements.add_order_tickets, &new_tickets),
            write(client, &statements.add_order_payments, &new_payments, payments.ids.len()),
            write(client, &statements.add_keys, &new_keys, keys.names.len()),
            write(client, &statements.add_jobs, &jobs, self.jobs.len()),
            write(client, &statements.add_audit, &new_audit, audit.times.len()),
            client.execute(&statements.put_seats, &seats),
            write(client, &statements.put_codes_used, &codes, self.codes.0.len()),
            client.batch_execute("COMMIT"),
        )?;
        Ok(())
    }
}

impl<'a> Orders<'a> {
    fn add(&mut self, order: &'a Order) {
        let email = order.buyer.email.as_ref();
        self.ids.push(order.id.get());
        self.events.push(order.event_id.get());
        self.kinds.push(order.kind.as_str());
        self.users.push(order.buyer.user_id.map(UserId::get));
        self.emails.push(email.map(|email| email.address.as_str()));
        self.confirmed.push(email.and_then(|email| email.confirmed_at));
        self.payers.push(order.buyer.payer_address.as_deref());
        self.languages.push(order.buyer.language.as_str());
        self.buyers.push(order.buyer.key().map(|key| key.to_column()));
        self.totals.push(order.total.to_i64());
        self.codes.push(order.promo_code.map(PromoCodeId::get));
        self.statuses.push(order.status.as_str());
        self.holds.push(order.hold_expires_at);
        self.issued.push(order.issued_at);
        self.created.push(order.created_at);
    }
}

impl Lines {
    fn add(&mut self, order: &Order) -> Result<(), StoreError> {
        for (position, line) in (0_i32..).zip(&order.lines) {
            let conversion = line.conversion.as_ref().map(serde_json::to_string).transpose();
            self.orders.push(order.id.get());
            self.positions.push(position);
            self.types.push(line.ticket_type_id.get());
            self.quantities.push(seats_column(line.quantity));
            self.list_prices.push(line.list_price.to_i64());
            self.discounts.push(line.discount.to_i64());
            self.conversions
                .push(conversion.map_err(|error| corrupt("order", order.id, &error.to_string()))?);
        }
        Ok(())
    }
}

/// Executes the statement unless there are no rows.
pub(super) async fn write(
    client: &Client,
    statement: &Statement,
    columns: &[&Column<'_>],
    rows: usize,
) -> Result<u64, tokio_postgres::Error> {
    if rows == 0 { Ok(0) } else { client.execute(statement, columns).await }
}
