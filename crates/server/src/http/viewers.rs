//! Viewers that this process serves, shared with other processes through the store.

use box_office::{BoxOffice, ViewerTotal};
use kernel::{Entropy, EventId, StoreError, TicketId};
use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, task::JoinHandle, time};

/// Changes within this period are stored together.
const FLUSH_DELAY: Duration = Duration::from_secs(1);
/// Unchanged counts are stored again, before other processes ignore them.
const REFRESH_PERIOD: Duration = Duration::from_secs(20);

/// Viewers by event.
pub(crate) struct Viewers {
    shared: Arc<Shared>,
    writer: JoinHandle<()>,
}

struct Shared {
    office: Arc<BoxOffice>,
    process: i64,
    changed: Notify,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Open streams by ticket.
    viewers: HashMap<EventId, HashMap<TicketId, usize>>,
    /// Events whose count is to be stored.
    changed: BTreeSet<EventId>,
}

impl fmt::Debug for Viewers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Viewers")
    }
}

impl Viewers {
    /// Starts the task that stores counts. Must be called in a tokio runtime.
    pub(crate) fn start(office: Arc<BoxOffice>, entropy: &dyn Entropy) -> Self {
        let mut process = [0_u8; 8];
        // Without entropy, the counts of several processes replace each other.
        entropy.fill(&mut process).ok();
        let shared = Arc::new(Shared {
            office,
            process: i64::from_be_bytes(process),
            changed: Notify::new(),
            counts: Mutex::default(),
        });
        let writer = tokio::spawn(write(Arc::clone(&shared)));
        Self { shared, writer }
    }

    /// Counts a ticket as a viewer until the returned value is dropped.
    pub(crate) fn count(&self, event: EventId, ticket: TicketId) -> CountedViewer {
        self.shared.counts().add(event, ticket);
        self.shared.changed.notify_one();
        CountedViewer { shared: Arc::clone(&self.shared), event, ticket }
    }

    /// Viewers of an event on all processes: this one now, others as last stored.
    pub(crate) async fn total(&self, event: EventId) -> Result<ViewerTotal, StoreError> {
        self.shared.store(event).await
    }
}

impl Drop for Viewers {
    fn drop(&mut self) {
        self.writer.abort();
    }
}

async fn write(shared: Arc<Shared>) {
    loop {
        let refresh = time::timeout(REFRESH_PERIOD, shared.changed.notified()).await.is_err();
        if !refresh {
            time::sleep(FLUSH_DELAY).await;
        }
        let changed = shared.counts().take_changed(refresh);
        for event in changed {
            if let Err(error) = shared.store(event).await {
                tracing::warn!(%error, event.id = %event, "viewer count not stored");
                shared.counts().changed.insert(event);
            }
        }
    }
}

impl Shared {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Each operation leaves the maps consistent.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn store(&self, event: EventId) -> Result<ViewerTotal, StoreError> {
        let viewers = self.counts().of(event);
        self.office.count_viewers(event, self.process, viewers).await
    }
}

impl Counts {
    fn add(&mut self, event: EventId, ticket: TicketId) {
        let streams = self.viewers.entry(event).or_default().entry(ticket).or_default();
        *streams = streams.saturating_add(1);
        self.changed.insert(event);
    }

    fn remove(&mut self, event: EventId, ticket: TicketId) {
        let Some(viewers) = self.viewers.get_mut(&event) else { return };
        let Some(streams) = viewers.get_mut(&ticket) else { return };
        *streams = streams.saturating_sub(1);
        if *streams == 0 {
            viewers.remove(&ticket);
        }
        if viewers.is_empty() {
            self.viewers.remove(&event);
        }
        self.changed.insert(event);
    }

    fn of(&self, event: EventId) -> u32 {
        self.viewers.get(&event).map_or(0, |viewers| u32::try_from(viewers.len()).unwrap_or(u32::MAX))
    }

    fn take_changed(&mut self, all: bool) -> BTreeSet<EventId> {
        if all {
            self.changed.extend(self.viewers.keys());
        }
        std::mem::take(&mut self.changed)
    }
}

/// A counted viewer.
pub(crate) struct CountedViewer {
    shared: Arc<Shared>,
    event: EventId,
    ticket: TicketId,
}

impl Drop for CountedViewer {
    fn drop(&mut self) {
        self.shared.counts().remove(self.event, self.ticket);
        self.shared.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_with_two_streams_is_one_viewer() {
        let (event, one, two) = (EventId::new(1), TicketId::new(1), TicketId::new(2));
        let mut counts = Counts::default();
        counts.add(event, one);
        counts.add(event, one);
        counts.add(event, two);
        assert_eq!(counts.of(event), 2);
        assert_eq!(counts.take_changed(false), [event].into());
        counts.remove(event, one);
        assert_eq!(counts.of(event), 2);
        counts.remove(event, one);
        counts.remove(event, one);
        assert_eq!(counts.of(event), 1);
        counts.remove(event, two);
        // The event is stored once more, with zero.
        assert_eq!((counts.of(event), counts.take_changed(false)), (0, [event].into()));
        assert!(counts.viewers.is_empty() && counts.take_changed(true).is_empty());
    }
}
