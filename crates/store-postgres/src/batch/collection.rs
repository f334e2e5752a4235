use super::{Column, Done};
use crate::{
    error::{driver_error, words},
    hot::HotConnection,
};
use box_office::{CollectionUpdate, DomainEvent};
use futures_util::try_join;
use kernel::{PaymentId, StoreError, TicketId};
use payments::PaymentHash;
use std::collections::{BTreeMap, BTreeSet};

/// Notes how far collecting is of a batch of payments, in one round trip. The payments are locked before the statement that reads
/// their invoices, which would else see those from before a retry that it waited for.
pub(super) async fn update(
    connection: &mut HotConnection,
    notes: &[CollectionUpdate],
) -> Result<Done<bool>, StoreError> {
    connection.open = true;
    let last: BTreeMap<PaymentId, &CollectionUpdate> =
        notes.iter().map(|note| (note.payment_id, note)).collect();
    let ids: Vec<_> = last.keys().map(|id| id.get()).collect();
    let states: Vec<_> = last.values().map(|note| note.collection.state.as_str()).collect();
    let details: Vec<_> = last.values().map(|note| words(&note.collection.detail)).collect();
    let times: Vec<_> = last.values().map(|note| note.at).collect();
    let invoices: Vec<_> = last.values().map(|note| note.invoice.map(PaymentHash::to_hex)).collect();
    let (refused, refused_at): (Vec<_>, Vec<_>) =
        last.values().filter(|note| note.push_refused).map(|note| (note.payment_id.get(), note.at)).unzip();
    let columns: [&Column; 7] = [&ids, &states, &details, &times, &invoices, &refused, &refused_at];
    let locked: [&Column; 1] = [&ids];
    let (client, statements) = (&connection.client, &connection.statements);
    let ((), _, rows, ()) = try_join!(
        client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED"),
        client.query(&statements.lock_payments, &locked),
        client.query(&statements.note_payments, &columns),
        client.batch_execute("COMMIT"),
    )
    .map_err(driver_error)?;
    connection.open = false;
    let (mut noted, mut changes) = (BTreeSet::new(), Vec::with_capacity(rows.len()));
    for row in &rows {
        noted.insert(PaymentId::new(row.try_get(0).map_err(driver_error)?));
        changes.push(DomainEvent::Ticket(TicketId::new(row.try_get(1).map_err(driver_error)?)));
    }
    Ok(Done { outcomes: notes.iter().map(|note| noted.contains(&note.payment_id)).collect(), changes })
}
