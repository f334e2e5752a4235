//! Open streams of a process, notified of changes of their ticket and user.

use crate::{config::StreamLimits, metrics::Metrics};
use box_office::DomainEvent;
use kernel::{EventId, TicketId, UserId};
use prometheus::IntGauge;
use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
    net::IpAddr,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{
        broadcast::{Receiver, error::RecvError},
        watch,
    },
    task::JoinHandle,
};

/// Number of steps over which the ends of simultaneous streams are spread.
const END_STEPS: u32 = 64;

/// Refusal of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StreamRefusal {
    #[error("too many live updates are open: poll the status every few seconds instead")]
    Total,
    #[error("your network has too many live updates open: poll the status every few seconds instead")]
    Network,
    #[error("this ticket has too many live updates open: poll the status every few seconds instead")]
    Ticket,
}

/// What a stream is counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Topic {
    /// A ticket.
    Ticket(TicketId),
    /// An organiser, who watches without a ticket.
    Organiser(UserId),
}

/// Open streams.
#[derive(Debug)]
pub(crate) struct Streams {
    registry: Arc<Registry>,
    listener: JoinHandle<()>,
}

#[derive(Debug)]
struct Registry {
    total: usize,
    limits: StreamLimits,
    gauge: IntGauge,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    total: usize,
    topics: HashMap<Topic, Vec<Slot>>,
    users: HashMap<UserId, BTreeSet<(Topic, u64)>>,
    networks: HashMap<IpAddr, usize>,
    /// Streams by the other tickets that they follow.
    by_ticket: HashMap<TicketId, BTreeSet<(Topic, u64)>>,
    /// Streams of viewers, by event.
    viewers: HashMap<EventId, BTreeSet<(Topic, u64)>>,
}

/// A stream. Dropping its sender ends it.
#[derive(Debug)]
struct Slot {
    number: u64,
    user: Option<UserId>,
    network: Option<IpAddr>,
    full: bool,
    also: Vec<TicketId>,
    event: Option<EventId>,
    wake: watch::Sender<()>,
}

impl Streams {
    /// Subscribes to changes. Must be called in a tokio runtime.
    pub(crate) fn start(
        mut changes: Receiver<DomainEvent>,
        total: usize,
        limits: StreamLimits,
        metrics: &Metrics,
    ) -> Self {
        let gauge = metrics.live_streams.clone();
        let registry = Arc::new(Registry { total, limits, gauge, open: Mutex::default() });
        let followed = Arc::clone(&registry);
        let listener = tokio::spawn(async move {
            loop {
                match changes.recv().await {
                    Ok(DomainEvent::Ticket(id)) => followed.open().wake_ticket(id),
                    // After log-out, password change or erasure the user's streams check their tokens.
                    Ok(DomainEvent::User(id)) => followed.open().wake_user(id),
                    Ok(DomainEvent::Watch(id)) => followed.open().wake_viewers(id),
                    Ok(DomainEvent::Event(_) | DomainEvent::Jobs) => {}
                    // Missed changes may affect any stream.
                    Err(RecvError::Lagged(_)) => followed.open().wake_all(),
                    Err(RecvError::Closed) => return,
                }
            }
        });
        Self { registry, listener }
    }

    /// Opens a stream within the limits, which also follows the tickets in `also`; `network` is `None` for exempt callers. A
    /// stream with full access displaces a public one, so that anonymous callers cannot block the ticket's holder.
    pub(crate) fn open(
        &self,
        ticket: TicketId,
        also: &[TicketId],
        user: Option<UserId>,
        network: Option<IpAddr>,
        full: bool,
    ) -> Result<Opened, StreamRefusal> {
        self.open_topic(Topic::Ticket(ticket), also, None, user, network, full)
    }

    /// Opens the stream of a viewer, which also follows the event's announcements.
    pub(crate) fn open_watch(
        &self,
        topic: Topic,
        event: EventId,
        network: Option<IpAddr>,
    ) -> Result<Opened, StreamRefusal> {
        let user = match topic {
            Topic::Organiser(user) => Some(user),
            Topic::Ticket(_) => None,
        };
        self.open_topic(topic, &[], Some(event), user, network, true)
    }

    fn open_topic(
        &self,
        topic: Topic,
        also: &[TicketId],
        event: Option<EventId>,
        user: Option<UserId>,
        network: Option<IpAddr>,
        full: bool,
    ) -> Result<Opened, StreamRefusal> {
        let Registry { total, limits, gauge, .. } = &*self.registry;
        let mut open = self.registry.open();
        let full_network =
            network.is_some_and(|network| reached(limits.per_network, open.networks.get(&network).copied()));
        if full_network {
            return Err(StreamRefusal::Network);
        }
        let slots = open.topics.get(&topic);
        if network.is_some() && reached(limits.per_ticket, slots.map(Vec::len)) {
            let displaced = slots.into_iter().flatten().find(|slot| full && !slot.full);
            let displaced = displaced.map(|slot| slot.number).ok_or(StreamRefusal::Ticket)?;
            open.remove(topic, displaced, gauge);
        }
        if open.total >= *total {
            return Err(StreamRefusal::Total);
        }
        let (wake, changes) = watch::channel(());
        let number = open.next;
        open.next = number.wrapping_add(1);
        open.total = open.total.saturating_add(1);
        for other in also {
            open.by_ticket.entry(*other).or_default().insert((topic, number));
        }
        if let Some(event) = event {
            open.viewers.entry(event).or_default().insert((topic, number));
        }
        let also = also.to_vec();
        open.topics.entry(topic).or_default().push(Slot { number, user, network, full, also, event, wake });
        if let Some(user) = user {
            open.users.entry(user).or_default().insert((topic, number));
        }
        if let Some(network) = network {
            let count = open.networks.entry(network).or_default();
            *count = count.saturating_add(1);
        }
        gauge.inc();
        Ok(Opened { registry: Arc::clone(&self.registry), topic, number, changes })
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

fn reached(limit: Option<NonZeroUsize>, count: Option<usize>) -> bool {
    limit.zip(count).is_some_and(|(limit, count)| count >= limit.get())
}

impl Registry {
    fn open(&self) -> MutexGuard<'_, Open> {
        // Maps and counters are consistent after a panic.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn wake_ticket(&self, ticket: TicketId) {
        self.topics.get(&Topic::Ticket(ticket)).into_iter().flatten().for_each(|slot| {
            slot.wake.send_replace(());
        });
        self.wake_streams(self.by_ticket.get(&ticket));
    }

    fn wake_user(&self, user: UserId) {
        self.wake_streams(self.users.get(&user));
    }

    fn wake_viewers(&self, event: EventId) {
        self.wake_streams(self.viewers.get(&event));
    }

    fn wake_streams(&self, streams: Option<&BTreeSet<(Topic, u64)>>) {
        for (topic, number) in streams.into_iter().flatten() {
            let slots = self.topics.get(topic).into_iter().flatten();
            slots.filter(|slot| slot.number == *number).for_each(|slot| {
                slot.wake.send_replace(());
            });
        }
    }

    fn wake_all(&self) {
        self.topics.values().flatten().for_each(|slot| {
            slot.wake.send_replace(());
        });
    }

    /// Removes a stream; idempotent.
    fn remove(&mut self, topic: Topic, number: u64, gauge: &IntGauge) {
        let Some(slots) = self.topics.get_mut(&topic) else { return };
        let Some(at) = slots.iter().position(|slot| slot.number == number) else { return };
        let slot = slots.remove(at);
        if slots.is_empty() {
            self.topics.remove(&topic);
        }
        self.total = self.total.saturating_sub(1);
        gauge.dec();
        for other in &slot.also {
            if let Some(streams) = self.by_ticket.get_mut(other) {
                streams.remove(&(topic, number));
            }
            remove_if(&mut self.by_ticket, other, BTreeSet::is_empty);
        }
        if let Some(event) = slot.event
            && let Some(streams) = self.viewers.get_mut(&event)
        {
            streams.remove(&(topic, number));
            remove_if(&mut self.viewers, &event, BTreeSet::is_empty);
        }
        if let Some(user) = slot.user
            && let Some(streams) = self.users.get_mut(&user)
        {
            streams.remove(&(topic, number));
            remove_if(&mut self.users, &user, BTreeSet::is_empty);
        }
        if let Some(network) = slot.network
            && let Some(count) = self.networks.get_mut(&network)
        {
            *count = count.saturating_sub(1);
            remove_if(&mut self.networks, &network, |count| *count == 0);
        }
    }
}

fn remove_if<K: Hash + Eq, V>(map: &mut HashMap<K, V>, key: &K, empty: impl Fn(&V) -> bool) {
    if map.get(key).is_some_and(empty) {
        map.remove(key);
    }
}

/// Handle of an open stream; closes it on drop.
#[derive(Debug)]
pub(crate) struct Opened {
    registry: Arc<Registry>,
    topic: Topic,
    number: u64,
    changes: watch::Receiver<()>,
}

impl Opened {
    /// Waits for a change; `false` when displaced.
    pub(crate) async fn changed(&mut self) -> bool {
        self.changes.changed().await.is_ok()
    }

    /// The maximum age, shortened by up to an eighth, so that streams of one surge do not reconnect together.
    pub(crate) fn spread(&self, life: Duration) -> Duration {
        let part = u32::try_from(self.number % u64::from(END_STEPS)).unwrap_or_default();
        life.saturating_sub((life / 8 / END_STEPS).saturating_mul(part))
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.registry.open().remove(self.topic, self.number, &self.registry.gauge);
    }
}

#[cfg(test)]
mod tests;
