//! Cache of rendered public responses.

use super::{
    events::{EventAccess, EventView, SHOWN},
    response::Rendered,
    ticket_types::Offer,
};
use actix_web::web::Bytes;
use box_office::EventList;
use events::{Event, EventQuery, ExchangeRate, TicketType};
use kernel::{EventId, InvoiceRowId, Page, Timestamp};
use payments::Invoice;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;

/// Maximum number of events.
const MAX_EVENTS: usize = 10_000;
/// Maximum number of lists.
const MAX_LISTS: usize = 100;
/// Maximum number of posters, each some hundred kilobytes.
const MAX_POSTERS: usize = 64;

type CacheMap<K, V> = Mutex<HashMap<K, V>>;

fn open<K, V>(shelf: &CacheMap<K, V>) -> MutexGuard<'_, HashMap<K, V>> {
    // The map is consistent after a panic.
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

fn put<K: Eq + Hash, V>(shelf: &CacheMap<K, V>, most: usize, key: K, value: V) {
    let mut shelf = open(shelf);
    if shelf.len() >= most {
        shelf.clear();
    }
    shelf.insert(key, value);
}

/// Public events, rendered once per version.
#[derive(Debug)]
pub(crate) struct RenderCache {
    events: CacheMap<EventId, RenderedEvent>,
    lists: CacheMap<(EventQuery, Page), (Arc<EventList>, Rendered)>,
    pages: CacheMap<EventId, (Arc<Event>, Rendered)>,
    posters: CacheMap<EventId, (String, Bytes)>,
    /// Serialises poster rendering, so that it uses at most one core.
    pub(crate) drawing: Semaphore,
}

impl Default for RenderCache {
    fn default() -> Self {
        let drawing = Semaphore::new(1);
        Self {
            events: CacheMap::default(),
            lists: CacheMap::default(),
            pages: CacheMap::default(),
            posters: CacheMap::default(),
            drawing,
        }
    }
}

#[derive(Debug)]
struct RenderedEvent {
    /// Cache key, with the types: [`box_office::BoxOffice::event`] returns the same `Arc` for a second, or until the event changes.
    event: Arc<Event>,
    types: Arc<Vec<TicketType>>,
    invoice: Option<InvoiceRowId>,
    rendered: Rendered,
}

impl RenderCache {
    /// Renders an event. States that depend on the time are as old as the cached event, a second at most.
    pub(crate) fn render(
        &self,
        event: Arc<Event>,
        types: Arc<Vec<TicketType>>,
        (rates, now): (&[ExchangeRate], Timestamp),
        invoice: Option<&Invoice>,
    ) -> Result<Rendered, serde_json::Error> {
        let (id, invoice_id) = (event.id, invoice.map(|invoice| invoice.id));
        if let Some(shown) = open(&self.events).get(&id)
            && Arc::ptr_eq(&shown.event, &event)
            && Arc::ptr_eq(&shown.types, &types)
            && shown.invoice == invoice_id
        {
            return Ok(shown.rendered.clone());
        }
        let offer = Offer { types: &types, rates, now };
        let view = EventView::new((*event).clone(), EventAccess::default(), offer, invoice);
        let rendered = Rendered::new(SHOWN, view)?;
        put(
            &self.events,
            MAX_EVENTS,
            id,
            RenderedEvent { event, types, invoice: invoice_id, rendered: rendered.clone() },
        );
        Ok(rendered)
    }

    /// The rendered list, for this version of it.
    pub(crate) fn list(&self, query: &EventQuery, page: Page, list: &Arc<EventList>) -> Option<Rendered> {
        let lists = open(&self.lists);
        let (cached, rendered) = lists.get(&(query.clone(), page))?;
        Arc::ptr_eq(cached, list).then(|| rendered.clone())
    }

    /// The rendered web page, for this version of the event.
    pub(crate) fn page(&self, event: &Arc<Event>) -> Option<Rendered> {
        let pages = open(&self.pages);
        let (cached, rendered) = pages.get(&event.id)?;
        Arc::ptr_eq(cached, event).then(|| rendered.clone())
    }

    pub(crate) fn store_page(&self, event: Arc<Event>, rendered: Rendered) {
        put(&self.pages, MAX_EVENTS, event.id, (event, rendered));
    }

    /// The cached poster of an event with this title.
    pub(crate) fn poster(&self, event: EventId, title: &str) -> Option<Bytes> {
        let posters = open(&self.posters);
        let (cached, png) = posters.get(&event)?;
        (cached == title).then(|| png.clone())
    }

    pub(crate) fn store_poster(&self, event: EventId, title: String, png: Bytes) {
        put(&self.posters, MAX_POSTERS, event, (title, png));
    }

    pub(crate) fn store_list(&self, query: EventQuery, page: Page, list: Arc<EventList>, rendered: Rendered) {
        put(&self.lists, MAX_LISTS, (query, page), (list, rendered));
    }
}

/// Cache of event invoices, which every list of events needs.
#[derive(Debug, Default)]
pub(crate) struct EventInvoices(CacheMap<EventId, (Instant, Option<Arc<Invoice>>)>);

/// A cached look-up, which may be empty.
pub(crate) struct CachedInvoice(pub(crate) Option<Arc<Invoice>>);

impl EventInvoices {
    const MAX_AGE: Duration = Duration::from_secs(2);

    pub(crate) fn get(&self, event: EventId) -> Option<CachedInvoice> {
        let cached = open(&self.0);
        let (read_at, invoice) = cached.get(&event)?;
        (read_at.elapsed() < Self::MAX_AGE).then(|| CachedInvoice(invoice.clone()))
    }

    pub(crate) fn put(&self, event: EventId, invoice: Option<Arc<Invoice>>) {
        put(&self.0, MAX_EVENTS, event, (Instant::now(), invoice));
    }

    /// Removes an event's entry.
    pub(crate) fn invalidate(&self, event: EventId) {
        open(&self.0).remove(&event);
    }
}
