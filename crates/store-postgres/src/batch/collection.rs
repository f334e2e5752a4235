use super::{BatchResult, Column};
use crate::{
    error::{driver_error, without_nul},
    hot::HotConnection,
};
use box_office::{CollectionUpdate, DomainEvent};
use futures_util::try_join;
use kernel::{PaymentId, StoreError, TicketId};
use payments::PaymentHash;
use std::collections::{BTreeMap, BTreeSet};

/// Updates the collection state of a batch of payments in one round trip.
/// The payments are locked by a statement of their own: the update's snapshot then includes invoices of a
/// retry that it waited for.
pub(super) async fn update_all(
    connection: &mut HotConnection,
    updates: &[CollectionUpdate],
) -> Result<BatchResult<bool>, StoreError> {
    connection.open = true;
    let last: BTreeMap<PaymentId, &CollectionUpdate> =
        updates.iter().map(|update| (update.payment_id, update)).collect();
    let ids: Vec<_> = last.keys().map(|id| id.get()).collect();
    let states: Vec<_> = last.values().map(|update| update.collection.state.as_str()).collect();
    let details: Vec<_> = last.values().map(|update| without_nul(&update.collection.detail)).collect();
    let times: Vec<_> = last.values().map(|update| update.at).collect();
    let invoices: Vec<_> = last.values().map(|update| update.invoice.map(PaymentHash::to_hex)).collect();
    let (refused, refused_at): (Vec<_>, Vec<_>) = last
        .values()
        .filter(|update| update.push_refused)
        .map(|update| (update.payment_id.get(), update.at))
        .unzip();
    let columns: [&Column; 7] = [&ids, &states, &details, &times, &invoices, &refused, &refused_at];
    let locked: [&Column; 1] = [&ids];
    let (client, statements) = (&connection.client, &connection.statements);
    let ((), _, rows, ()) = try_join!(
        client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED"),
        client.query(&statements.lock_payments, &locked),
        client.query(&statements.update_collections, &columns),
        client.batch_execute("COMMIT"),
    )
    .map_err(driver_error)?;
    connection.open = false;
    let (mut updated, mut domain_events) = (BTreeSet::new(), Vec::with_capacity(rows.len()));
    for row in &rows {
        updated.insert(PaymentId::new(row.try_get(0).map_err(driver_error)?));
        domain_events.push(DomainEvent::Ticket(TicketId::new(row.try_get(1).map_err(driver_error)?)));
    }
    Ok(BatchResult {
        outcomes: updates.iter().map(|update| updated.contains(&update.payment_id)).collect(),
        domain_events,
    })
}
