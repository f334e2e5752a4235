//! What everybody looks at during a sale, kept in memory.

use super::{
    answer::Rendered,
    events::{EventView, SHOWN, Sight},
};
use events::Event;
use kernel::{EventId, InvoiceRowId};
use payments::Invoice;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Entries of a map, at most.
const MOST: usize = 10_000;

type Shelf<K, V> = Mutex<HashMap<K, V>>;

fn open<K, V>(shelf: &Shelf<K, V>) -> MutexGuard<'_, HashMap<K, V>> {
    // A plain map: whatever a panicking thread left is still a map.
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

fn put<K: Eq + Hash, V>(shelf: &Shelf<K, V>, key: K, value: V) {
    let mut shelf = open(shelf);
    if shelf.len() >= MOST {
        shelf.clear();
    }
    shelf.insert(key, value);
}

/// Events as everybody may see them, written once for as long as nothing changes.
#[derive(Debug, Default)]
pub(crate) struct Showcase(Shelf<EventId, Shown>);

#[derive(Debug)]
struct Shown {
    /// What was written: [`box_office::BoxOffice::event`] gives the same `Arc` until the event changes.
    event: Arc<Event>,
    invoice: Option<InvoiceRowId>,
    rendered: Rendered,
}

impl Showcase {
    pub(crate) fn render(
        &self,
        event: Arc<Event>,
        invoice: Option<&Invoice>,
    ) -> Result<Rendered, serde_json::Error> {
        let (id, invoice_id) = (event.id, invoice.map(|invoice| invoice.id));
        if let Some(shown) = open(&self.0).get(&id)
            && Arc::ptr_eq(&shown.event, &event)
            && shown.invoice == invoice_id
        {
            return Ok(shown.rendered.clone());
        }
        let view = EventView::new((*event).clone(), Sight::default(), invoice);
        let rendered = Rendered::new(SHOWN, view)?;
        put(&self.0, id, Shown { event, invoice: invoice_id, rendered: rendered.clone() });
        Ok(rendered)
    }
}

/// Events' own invoices as read a moment ago: a list of events would ask for each of them again and again.
#[derive(Debug, Default)]
pub(crate) struct EventInvoices(Shelf<EventId, (Instant, Option<Arc<Invoice>>)>);

/// What was found a moment ago: perhaps that there is none.
pub(crate) struct Known(pub(crate) Option<Arc<Invoice>>);

impl EventInvoices {
    const FRESH: Duration = Duration::from_secs(2);

    pub(crate) fn get(&self, event: EventId) -> Option<Known> {
        let known = open(&self.0);
        let (read_at, invoice) = known.get(&event)?;
        (read_at.elapsed() < Self::FRESH).then(|| Known(invoice.clone()))
    }

    pub(crate) fn put(&self, event: EventId, invoice: Option<Arc<Invoice>>) {
        put(&self.0, event, (Instant::now(), invoice));
    }

    /// There is a newer one.
    pub(crate) fn forget(&self, event: EventId) {
        open(&self.0).remove(&event);
    }
}
