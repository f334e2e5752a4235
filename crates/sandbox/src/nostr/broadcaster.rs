use super::faults::lock;
use ::nostr::{
    event::{Event, Kind},
    filter::{Filter, MatchEventOptions},
    key::PublicKey,
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::mpsc;

/// Output of a socket.
#[derive(Debug)]
pub(super) enum Outgoing {
    Frame(Value),
    Cut,
}

struct Peer {
    out: mpsc::UnboundedSender<Outgoing>,
    subscriptions: HashMap<String, Vec<Filter>>,
}

/// Subscriptions, and stored events: the newest of each replaceable kind and author (NIP-01).
#[derive(Default)]
pub(super) struct Broadcaster {
    peers: Mutex<HashMap<u64, Peer>>,
    kept: Mutex<HashMap<(PublicKey, Kind), Event>>,
    next: AtomicU64,
}

fn matches(filters: &[Filter], event: &Event) -> bool {
    filters.iter().any(|filter| filter.match_event(event, MatchEventOptions::new()))
}

fn is_kept(kind: Kind) -> bool {
    matches!(kind.as_u16(), 0 | 3 | 10_000..=19_999)
}

impl Broadcaster {
    pub(super) fn join(&self, out: mpsc::UnboundedSender<Outgoing>) -> u64 {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.peers).insert(id, Peer { out, subscriptions: HashMap::new() });
        id
    }

    pub(super) fn leave(&self, peer: u64) {
        lock(&self.peers).remove(&peer);
    }

    pub(super) fn peers(&self) -> usize {
        lock(&self.peers).len()
    }

    pub(super) fn cut_all(&self) {
        for peer in lock(&self.peers).values() {
            let _ = peer.out.send(Outgoing::Cut);
        }
    }

    /// Adds a subscription and sends the stored events.
    pub(super) fn subscribe(&self, peer: u64, id: &str, filters: Vec<Filter>) {
        let kept: Vec<Event> =
            lock(&self.kept).values().filter(|event| matches(&filters, event)).cloned().collect();
        if let Some(peer) = lock(&self.peers).get_mut(&peer) {
            for event in kept {
                let _ = peer.out.send(Outgoing::Frame(json!(["EVENT", id, event])));
            }
            let _ = peer.out.send(Outgoing::Frame(json!(["EOSE", id])));
            peer.subscriptions.insert(id.to_owned(), filters);
        }
    }

    pub(super) fn unsubscribe(&self, peer: u64, id: &str) {
        if let Some(peer) = lock(&self.peers).get_mut(&peer) {
            peer.subscriptions.remove(id);
        }
    }

    /// Stores a replaceable event and sends it to all subscribers; returns their number.
    pub(super) fn pass(&self, event: &Event) -> usize {
        if is_kept(event.kind) {
            let mut kept = lock(&self.kept);
            let newest =
                kept.get(&(event.pubkey, event.kind)).is_none_or(|old| old.created_at <= event.created_at);
            if newest {
                kept.insert((event.pubkey, event.kind), event.clone());
            }
        }
        self.deliver(event, event)
    }

    /// Sends `shown` to the subscribers of `event`.
    pub(super) fn deliver(&self, event: &Event, shown: &Event) -> usize {
        let mut passed = 0;
        for peer in lock(&self.peers).values() {
            for (id, filters) in &peer.subscriptions {
                if matches(filters, event)
                    && peer.out.send(Outgoing::Frame(json!(["EVENT", id, shown]))).is_ok()
                {
                    passed += 1;
                }
            }
        }
        passed
    }

    /// Closes the sockets of the event's subscribers.
    pub(super) fn cut_listeners(&self, event: &Event) {
        for peer in lock(&self.peers).values() {
            if peer.subscriptions.values().any(|filters| matches(filters, event)) {
                let _ = peer.out.send(Outgoing::Cut);
            }
        }
    }

    pub(super) fn send_frame(&self, peer: u64, frame: Value) {
        if let Some(peer) = lock(&self.peers).get(&peer) {
            let _ = peer.out.send(Outgoing::Frame(frame));
        }
    }

    pub(super) fn cut(&self, peer: u64) {
        if let Some(peer) = lock(&self.peers).get(&peer) {
            let _ = peer.out.send(Outgoing::Cut);
        }
    }
}
