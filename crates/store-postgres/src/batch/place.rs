//! Orders of a batch: one transaction, two round trips.

use super::{BatchResult, Column, place_columns::OrderColumns, quota::Quotas};
use crate::{
    error::{corrupt, driver_error},
    hot::{HotConnection, TYPES_OF_EVENTS},
    order_backfill,
    order_rows::{CodeRow, TypeRow},
    rows::{EventRow, RowReader},
};
use box_office::{
    DomainEvent, KeyName, KeyUse, OrderBatch, OrderDecision, OrderIds, OrderTerms, PlaceOutcome,
    PlaceRequest, RecentOrder,
};
use events::{Event, PromoCode, TicketType};
use futures_util::try_join;
use kernel::{
    EventId, Locked, OrderId, PaymentId, PromoCodeId, Sats, StoreError, TicketId, TicketTypeId, Timestamp,
    UserId,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tickets::{BuyerKey, BuyerUsage, Inventory};
use tokio_postgres::{Client, Error, Row, Statement};

/// Decides a batch of orders in order, in one transaction.
pub(super) async fn place(
    connection: &mut HotConnection,
    terms: &OrderTerms,
    requests: &[PlaceRequest],
) -> Result<BatchResult<PlaceOutcome>, StoreError> {
    connection.open = true;
    let (mut batch, mut ids) = load(connection, terms, requests).await?;
    let mut outcomes = Vec::with_capacity(requests.len());
    let mut domain_events = Vec::new();
    for request in requests {
        outcomes.push(match batch.decide(&terms.outstanding, request) {
            OrderDecision::Decided(outcome) => outcome,
            OrderDecision::Granted(granted) => {
                let ids = ids.take(granted.tickets())?;
                let placed = granted.with_ids(request, &ids)?;
                batch.record(request, &placed);
                let tickets = placed.tickets.iter().map(|one| DomainEvent::Ticket(one.ticket.id));
                domain_events.extend(tickets);
                PlaceOutcome::Placed(Box::new(placed))
            }
        });
    }
    if batch.is_changed() {
        domain_events.extend(batch.changed_events().iter().map(|event| DomainEvent::Event(event.id)));
        let columns = OrderColumns::new(requests, &outcomes, &batch)?;
        columns.send(connection).await.map_err(driver_error)?;
        if columns.has_jobs() {
            domain_events.push(DomainEvent::Jobs);
        }
    } else {
        connection.client.batch_execute("ROLLBACK").await.map_err(driver_error)?;
    }
    connection.open = false;
    Ok(BatchResult { outcomes, domain_events })
}

/// Reserved ids. Refused requests leave gaps.
struct Ids {
    orders: std::vec::IntoIter<(OrderId, PaymentId)>,
    tickets: std::vec::IntoIter<TicketId>,
}

impl Ids {
    fn take(&mut self, tickets: usize) -> Result<OrderIds, StoreError> {
        let ids: Vec<TicketId> = self.tickets.by_ref().take(tickets).collect();
        match self.orders.next() {
            Some((order, payment)) if ids.len() == tickets => Ok(OrderIds { order, tickets: ids, payment }),
            _ => Err(StoreError::Corrupt("fewer ids than tickets".to_owned())),
        }
    }
}

/// Queries with `columns` unless there are no `requested` rows.
async fn query(
    client: &Client,
    statement: &Statement,
    columns: &[&Column<'_>],
    requested: usize,
) -> Result<Vec<Row>, Error> {
    if requested == 0 { Ok(Vec::new()) } else { client.query(statement, columns).await }
}

fn length(count: usize) -> Result<i32, StoreError> {
    i32::try_from(count).map_err(|error| StoreError::Failed(error.into()))
}

async fn load(
    connection: &HotConnection,
    terms: &OrderTerms,
    requests: &[PlaceRequest],
) -> Result<(OrderBatch, Ids), StoreError> {
    let (client, statements) = (&connection.client, &connection.statements);
    let events: BTreeSet<i64> = requests.iter().map(|request| request.event_id.get()).collect();
    let users: BTreeSet<i64> = requests
        .iter()
        .flat_map(|request| [request.order.buyer.user_id, request.purchase_for])
        .flatten()
        .map(UserId::get)
        .collect();
    let texts: BTreeSet<&str> = requests
        .iter()
        .filter_map(|request| request.order.promo_code.as_ref())
        .map(events::PromoCodeText::expose)
        .collect();
    let (scopes, keys): (Vec<_>, Vec<_>) =
        requests.iter().filter_map(|request| request.key.as_ref()).map(|key| (&key.scope, &key.key)).unzip();
    let mut since = BTreeMap::<UserId, Timestamp>::new();
    for request in requests {
        if let (Some(user), Some(from)) = (request.order.buyer.user_id, request.repeats_since) {
            since.entry(user).and_modify(|known| *known = from.min(*known)).or_insert(from);
        }
    }
    let accounts: Vec<i64> = since.keys().map(|user| user.get()).collect();
    let from: Vec<Timestamp> = since.values().copied().collect();
    let buyers: HashMap<String, BuyerKey> = requests
        .iter()
        .filter_map(|request| request.counted_buyer(&terms.limits))
        .map(|key| (key.to_column(), key))
        .collect();
    let buyer_columns: Vec<&String> = buyers.keys().collect();
    let (events, users): (Vec<i64>, Vec<i64>) = (events.into_iter().collect(), users.into_iter().collect());
    let texts: Vec<&str> = texts.into_iter().collect();
    let (orders, tickets) =
        (length(requests.len())?, length(requests.iter().map(PlaceRequest::requested).sum())?);
    let quotas = Quotas::of(requests.iter().flat_map(|request| request.quota_keys(&terms.outstanding)));
    let (one_event, one_user, one_text): ([&Column; 1], [&Column; 1], [&Column; 1]) =
        ([&events], [&users], [&texts]);
    let (key_columns, recent_columns): ([&Column; 2], [&Column; 2]) = ([&scopes, &keys], [&accounts, &from]);
    let (seat_columns, use_columns): ([&Column; 2], [&Column; 2]) =
        ([&buyer_columns, &events], [&buyer_columns, &texts]);
    let id_counts: [&Column; 2] = [&orders, &tickets];
    // Events are locked before codes, and read before their types: statements run one after the other.
    let rows = try_join!(
        client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED"),
        client.query(&statements.lock_events, &one_event),
        query(client, &statements.lock_codes, &one_text, texts.len()),
        query(client, &statements.lock_users, &one_user, users.len()),
        client.query(&statements.types_of_events, &one_event),
        query(client, &statements.types_of_codes, &one_text, texts.len()),
        query(client, &statements.known_keys, &key_columns, keys.len()),
        query(client, &statements.recent_orders, &recent_columns, accounts.len()),
        query(client, &statements.seats_of_buyers, &seat_columns, buyer_columns.len()),
        query(client, &statements.uses_of_buyers, &use_columns, buyer_columns.len().min(texts.len())),
        quotas.count(connection),
        client.query(&statements.reserve_ids, &id_counts),
    );
    let ((), events, codes, users, types, of_codes, keys, recent, seats, uses, outstanding, ids) =
        rows.map_err(driver_error)?;
    let (ids, finished) = reserved_ids(&ids).map_err(driver_error)?;
    let types = if finished { types } else { with_missing_types(client, &events, types).await? };
    let codes = promo_codes(&codes, &of_codes)?;
    let usage = usages(&seats, &uses, &buyers).map_err(driver_error)?;
    let mut batch = OrderBatch::default();
    batch.inventories = inventories(&events, &types, &codes, &usage, terms)?;
    let users = users.iter().map(|row| row.try_get(0).map(UserId::new));
    batch.users = users.collect::<Result<_, _>>().map_err(driver_error)?;
    batch.keys = keys.iter().map(known_key).collect::<Result<_, _>>()?;
    batch.recent = recent_orders(&recent)?;
    batch.outstanding = outstanding;
    batch.finished = finished;
    Ok((batch, ids))
}

/// Reserved ids, and whether all processes maintain orders.
fn reserved_ids(rows: &[Row]) -> Result<(Ids, bool), Error> {
    let (mut orders, mut tickets, mut finished) = (Vec::new(), Vec::with_capacity(rows.len()), false);
    for row in rows {
        if let (Some(order), Some(payment)) = (row.try_get(0)?, row.try_get(1)?) {
            orders.push((OrderId::new(order), PaymentId::new(payment)));
        }
        tickets.push(TicketId::new(row.try_get(2)?));
        finished = row.try_get(3)?;
    }
    Ok((Ids { orders: orders.into_iter(), tickets: tickets.into_iter() }, finished))
}

/// Adds a type to events that a release without types created since the last migration. Their rows are locked.
async fn with_missing_types(
    client: &Client,
    events: &[Row],
    mut types: Vec<Row>,
) -> Result<Vec<Row>, StoreError> {
    let of_types = types.iter().map(|row| row.try_get(1)).collect::<Result<BTreeSet<i64>, Error>>();
    let of_types = of_types.map_err(driver_error)?;
    let events = events.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, Error>>();
    let untyped: Vec<i64> =
        events.map_err(driver_error)?.into_iter().filter(|id| !of_types.contains(id)).collect();
    if !untyped.is_empty() {
        client.execute(order_backfill::ADD_TYPES, &[&untyped]).await.map_err(driver_error)?;
        let added = client.query(TYPES_OF_EVENTS, &[&untyped]).await.map_err(driver_error)?;
        types.extend(added);
    }
    Ok(types)
}

fn promo_codes(rows: &[Row], types: &[Row]) -> Result<Vec<PromoCode>, StoreError> {
    let types = types.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    let types = types.collect::<Result<Vec<(i64, i64)>, Error>>().map_err(driver_error)?;
    let codes = rows
        .iter()
        .map(|row| CodeRow::read(&mut RowReader::of(row)).map_err(driver_error)?.with_types(&types));
    codes.collect()
}

/// Usage of buyers by event; promo uses are those of all events.
type Usages = HashMap<BuyerKey, (BTreeMap<EventId, u32>, BTreeMap<PromoCodeId, u32>)>;

fn usages(seats: &[Row], uses: &[Row], buyers: &HashMap<String, BuyerKey>) -> Result<Usages, Error> {
    let mut usages = Usages::new();
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    for row in seats {
        let (buyer, event, count): (&str, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if let Some(buyer) = buyers.get(buyer) {
            usages.entry(buyer.clone()).or_default().0.insert(EventId::new(event), number(count));
        }
    }
    for row in uses {
        let (buyer, code, count): (&str, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if let Some(buyer) = buyers.get(buyer) {
            usages.entry(buyer.clone()).or_default().1.insert(PromoCodeId::new(code), number(count));
        }
    }
    Ok(usages)
}

fn inventories(
    events: &[Row],
    types: &[Row],
    codes: &[PromoCode],
    usage: &Usages,
    terms: &OrderTerms,
) -> Result<BTreeMap<EventId, Locked<Inventory>>, StoreError> {
    let mut types_by_event = BTreeMap::<EventId, Vec<TicketType>>::new();
    for row in types {
        let one = TypeRow::read(&mut RowReader::of(row)).map_err(driver_error)?;
        let one = TicketType::try_from(one)?;
        types_by_event.entry(one.event_id).or_default().push(one);
    }
    let mut inventories = BTreeMap::new();
    for row in events {
        let event = EventRow::read(&mut RowReader::of(row)).map_err(driver_error)?;
        let event = Event::try_from(event)?;
        let buyers = usage.iter().map(|(buyer, (seats, uses))| {
            let tickets = seats.get(&event.id).copied().unwrap_or_default();
            (buyer.clone(), BuyerUsage { tickets, promo_uses: uses.clone() })
        });
        let inventory = Inventory {
            ticket_types: types_by_event.remove(&event.id).unwrap_or_default(),
            promo_codes: codes.to_vec(),
            rates: terms.rates.clone(),
            buyers: buyers.collect(),
            limits: terms.limits,
            event,
        };
        inventories.insert(inventory.event.id, Locked::by_store(inventory));
    }
    Ok(inventories)
}

fn known_key(row: &Row) -> Result<(KeyName, KeyUse), StoreError> {
    let read = || -> Result<_, Error> {
        let fingerprint: Vec<u8> = row.try_get(2)?;
        Ok(((row.try_get(0)?, row.try_get(1)?), fingerprint, row.try_get::<_, i64>(3)?))
    };
    let (name, fingerprint, ticket) = read().map_err(driver_error)?;
    let fingerprint = fingerprint
        .try_into()
        .map_err(|_| corrupt("idempotency key of ticket", ticket, "invalid fingerprint"))?;
    Ok((name, (fingerprint, TicketId::new(ticket))))
}

/// Rows of orders, each with one line, in the order of lines.
fn recent_orders(rows: &[Row]) -> Result<Vec<RecentOrder>, StoreError> {
    let mut recent = BTreeMap::<TicketId, RecentOrder>::new();
    for row in rows {
        let read = || -> Result<_, Error> {
            let mut reader = RowReader::of(row);
            let order: (i64, i64, i64, Option<String>, i64, Option<i64>, Timestamp) = (
                reader.next()?,
                reader.next()?,
                reader.next()?,
                reader.next()?,
                reader.next()?,
                reader.next()?,
                reader.next()?,
            );
            let line: (i64, i32, i64) = (reader.next()?, reader.next()?, reader.next()?);
            Ok((order, line))
        };
        let ((id, event, user, payer_address, total, code, created_at), (one, quantity, price)) =
            read().map_err(driver_error)?;
        let sats =
            |amount: i64| Sats::try_from(amount).map_err(|error| corrupt("order", id, &error.to_string()));
        let quantity = u32::try_from(quantity).map_err(|_| corrupt("order", id, &quantity.to_string()))?;
        let order = RecentOrder {
            ticket_id: TicketId::new(id),
            event_id: EventId::new(event),
            user_id: UserId::new(user),
            payer_address,
            lines: Vec::new(),
            total: sats(total)?,
            promo_code: code.map(PromoCodeId::new),
            created_at,
        };
        let order = recent.entry(order.ticket_id).or_insert(order);
        order.lines.push((TicketTypeId::new(one), quantity, sats(price)?));
    }
    Ok(recent.into_values().collect())
}
