//! What everybody looks at during a sale, kept in memory.

use super::{
    answer::Rendered,
    events::{EventView, SHOWN, Sight},
};
use box_office::EventList;
use events::{Event, EventQuery};
use kernel::{EventId, InvoiceRowId, Page};
use payments::Invoice;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Events at most.
const MOST: usize = 10_000;
/// Lists at most.
const MOST_LISTS: usize = 100;

type Shelf<K, V> = Mutex<HashMap<K, V>>;

fn open<K, V>(shelf: &Shelf<K, V>) -> MutexGuard<'_, HashMap<K, V>> {
    // A plain map: whatever a panicking thread left is still a map.
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

fn put<K: Eq + Hash, V>(shelf: &Shelf<K, V>, most: usize, key: K, value: V) {
    let mut shelf = open(shelf);
    if shelf.len() >= most {
        shelf.clear();
    }
    shelf.insert(key, value);
}

/// Events as everybody may see them, written once for as long as nothing changes.
#[derive(Debug, Default)]
pub(crate) struct Showcase {
    events: Shelf<EventId, Shown>,
    lists: Shelf<(EventQuery, Page), (Arc<EventList>, Rendered)>,
}

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
        if let Some(shown) = open(&self.events).get(&id)
            && Arc::ptr_eq(&shown.event, &event)
            && shown.invoice == invoice_id
        {
            return Ok(shown.rendered.clone());
        }
        let view = EventView::new((*event).clone(), Sight::default(), invoice);
        let rendered = Rendered::new(SHOWN, view)?;
        put(&self.events, MOST, id, Shown { event, invoice: invoice_id, rendered: rendered.clone() });
        Ok(rendered)
    }

    /// What was written of this very list.
    pub(crate) fn list(&self, query: &EventQuery, page: Page, list: &Arc<EventList>) -> Option<Rendered> {
        let lists = open(&self.lists);
        let (known, rendered) = lists.get(&(query.clone(), page))?;
        Arc::ptr_eq(known, list).then(|| rendered.clone())
    }

    pub(crate) fn keep_list(&self, query: EventQuery, page: Page, list: Arc<EventList>, rendered: Rendered) {
        put(&self.lists, MOST_LISTS, (query, page), (list, rendered));
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
        put(&self.0, MOST, event, (Instant::now(), invoice));
    }

    /// There is a newer one.
    pub(crate) fn forget(&self, event: EventId) {
        open(&self.0).remove(&event);
    }
}
