//! The open streams of a process, each woken by changes of its own ticket and of its own user.

use crate::{config::StreamLimits, metrics::Metrics};
use box_office::DomainEvent;
use kernel::{TicketId, UserId};
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

/// Streams of one age are spread over this many ends.
const ENDS: u32 = 64;

/// Why a stream is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StreamRefusal {
    #[error("too many live updates are open: ask for the status every few seconds instead")]
    Total,
    #[error("your network has too many live updates open: ask for the status every few seconds instead")]
    Network,
    #[error("this ticket has too many live updates open: ask for the status every few seconds instead")]
    Ticket,
}

/// The open streams.
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
    tickets: HashMap<TicketId, Vec<Slot>>,
    users: HashMap<UserId, BTreeSet<(TicketId, u64)>>,
    networks: HashMap<IpAddr, usize>,
}

/// One stream. Dropping its sender ends it.
#[derive(Debug)]
struct Slot {
    number: u64,
    user: Option<UserId>,
    network: Option<IpAddr>,
    full: bool,
    wake: watch::Sender<()>,
}

impl Streams {
    /// Follows changes from now on. Must be called inside a tokio runtime.
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
                    // A log-out, a new password, an erasure: its streams check their token.
                    Ok(DomainEvent::User(id)) => followed.open().wake_user(id),
                    Ok(DomainEvent::Event(_) | DomainEvent::Jobs) => {}
                    // The missed changes may concern any stream.
                    Err(RecvError::Lagged(_)) => followed.open().wake_all(),
                    Err(RecvError::Closed) => return,
                }
            }
        });
        Self { registry, listener }
    }

    /// Opens a stream, within the limits; `network` is `None` for callers that are exempt. One that sees the ticket in full displaces one that does not: strangers do not keep the
    /// holder of a ticket out.
    pub(crate) fn open(
        &self,
        ticket: TicketId,
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
        let slots = open.tickets.get(&ticket);
        if network.is_some() && reached(limits.per_ticket, slots.map(Vec::len)) {
            let displaced = slots.into_iter().flatten().find(|slot| full && !slot.full);
            let displaced = displaced.map(|slot| slot.number).ok_or(StreamRefusal::Ticket)?;
            open.remove(ticket, displaced, gauge);
        }
        if open.total >= *total {
            return Err(StreamRefusal::Total);
        }
        let (wake, changes) = watch::channel(());
        let number = open.next;
        open.next = number.wrapping_add(1);
        open.total = open.total.saturating_add(1);
        open.tickets.entry(ticket).or_default().push(Slot { number, user, network, full, wake });
        if let Some(user) = user {
            open.users.entry(user).or_default().insert((ticket, number));
        }
        if let Some(network) = network {
            let count = open.networks.entry(network).or_default();
            *count = count.saturating_add(1);
        }
        gauge.inc();
        Ok(Opened { registry: Arc::clone(&self.registry), ticket, number, changes })
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
        // Maps and counters alone: a panic leaves nothing half done.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn wake_ticket(&self, ticket: TicketId) {
        self.tickets.get(&ticket).into_iter().flatten().for_each(|slot| {
            slot.wake.send_replace(());
        });
    }

    fn wake_user(&self, user: UserId) {
        for (ticket, number) in self.users.get(&user).into_iter().flatten() {
            let slots = self.tickets.get(ticket).into_iter().flatten();
            slots.filter(|slot| slot.number == *number).for_each(|slot| {
                slot.wake.send_replace(());
            });
        }
    }

    fn wake_all(&self) {
        self.tickets.values().flatten().for_each(|slot| {
            slot.wake.send_replace(());
        });
    }

    /// Frees a stream's place; a place that is freed already stays so.
    fn remove(&mut self, ticket: TicketId, number: u64, gauge: &IntGauge) {
        let Some(slots) = self.tickets.get_mut(&ticket) else { return };
        let Some(at) = slots.iter().position(|slot| slot.number == number) else { return };
        let slot = slots.remove(at);
        if slots.is_empty() {
            self.tickets.remove(&ticket);
        }
        self.total = self.total.saturating_sub(1);
        gauge.dec();
        if let Some(user) = slot.user
            && let Some(streams) = self.users.get_mut(&user)
        {
            streams.remove(&(ticket, number));
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

/// One open stream; dropped with it.
#[derive(Debug)]
pub(crate) struct Opened {
    registry: Arc<Registry>,
    ticket: TicketId,
    number: u64,
    changes: watch::Receiver<()>,
}

impl Opened {
    /// Waits for a change; `false` when the stream is displaced.
    pub(crate) async fn changed(&mut self) -> bool {
        self.changes.changed().await.is_ok()
    }

    /// A maximum life, shortened by up to an eighth: streams of one surge end one after another.
    pub(crate) fn spread(&self, life: Duration) -> Duration {
        let part = u32::try_from(self.number % u64::from(ENDS)).unwrap_or_default();
        life.saturating_sub((life / 8 / ENDS).saturating_mul(part))
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.registry.open().remove(self.ticket, self.number, &self.registry.gauge);
    }
}

#[cfg(test)]
mod tests;
