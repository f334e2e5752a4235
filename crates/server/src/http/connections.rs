//! Admission of connections: limited below the number of open files, and per network.

mod io;

pub(crate) use io::{Activity, Connection, Running};

use super::client;
use crate::{
    config::{ConnectionLimits, Http, Network},
    metrics::Metrics,
    system,
};
use actix_web::dev::RequestHead;
use prometheus::{IntCounter, IntGauge};
use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Maximum of connections, limited by the memory of a small machine.
const MAX_TOTAL: usize = 50_000;
/// Open files reserved for database, node, wallets, mail and log.
const RESERVED_FILES: usize = 512;
/// Connections reserved for `/health`, `/ready` and `/metrics`.
const HEALTH_RESERVE: usize = 64;
/// Reserve for connections that are being refused.
const REFUSAL_RESERVE: usize = 64;
/// Maximum of live streams per process; beyond it clients poll.
const MAX_STREAMS: usize = 10_000;

/// Capacity of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Capacity {
    /// Connections for all requests.
    pub(crate) ordinary: usize,
    /// All served connections; those beyond `ordinary` are for health checks.
    pub(crate) total: usize,
    /// Accepted connections; those beyond `total` are closed at once.
    pub(crate) accepted: usize,
    /// Live streams.
    pub(crate) streams: usize,
}

impl Capacity {
    /// Derives the capacity from the limit of open files. `configured` is the configured maximum.
    pub(crate) fn of(files: Option<u64>, configured: Option<NonZeroUsize>) -> Self {
        let files = files.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX));
        let reserved = RESERVED_FILES.max(files / 8).min(files / 2);
        let possible = files.saturating_sub(reserved).min(MAX_TOTAL);
        let total = possible.saturating_sub(REFUSAL_RESERVE.min(possible / 8)).max(2);
        let total = configured.map_or(total, |configured| configured.get().min(total));
        let ordinary = total.saturating_sub(HEALTH_RESERVE.min(total / 4)).max(1);
        Self { ordinary, total, accepted: possible.max(2), streams: MAX_STREAMS.min(ordinary / 4 * 3).max(1) }
    }
}

/// Decision about a new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ConnectionDecision {
    Serve,
    /// Health checks only; other requests get 503.
    HealthOnly,
    Refuse,
}

/// Decides about a connection beside `open` ones, `of_network` of them from its network (`None`: exempt).
fn admission(
    open: usize,
    of_network: Option<usize>,
    capacity: Capacity,
    per_network: Option<NonZeroUsize>,
) -> ConnectionDecision {
    let network_full =
        per_network.zip(of_network).is_some_and(|(limit, of_network)| of_network >= limit.get());
    if network_full || (open >= capacity.total && of_network.is_some()) {
        ConnectionDecision::Refuse
    } else if open >= capacity.ordinary {
        ConnectionDecision::HealthOnly
    } else {
        ConnectionDecision::Serve
    }
}

/// The limit of a network's connections or requests is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many concurrent requests from your network: try again shortly")]
pub(crate) struct NetworkFull;

/// Open connections of a process.
#[derive(Debug)]
pub(crate) struct Connections {
    capacity: Capacity,
    limits: ConnectionLimits,
    trusted: Vec<Network>,
    open: Mutex<Open>,
    gauge: IntGauge,
    refused: IntCounter,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    networks: HashMap<IpAddr, usize>,
}

impl Open {
    fn add(&mut self, network: IpAddr) {
        let count = self.networks.entry(network).or_default();
        *count = count.saturating_add(1);
    }

    fn remove(&mut self, network: IpAddr) {
        let Some(count) = self.networks.get_mut(&network) else { return };
        *count = count.saturating_sub(1);
        if *count == 0 {
            self.networks.remove(&network);
        }
    }
}

impl Connections {
    pub(crate) fn new(http: &Http, metrics: &Metrics) -> Self {
        Self {
            capacity: Capacity::of(system::open_file_limit(), http.connections.total),
            limits: http.connections,
            trusted: http.trusted_proxies.clone(),
            open: Mutex::default(),
            gauge: metrics.connections.clone(),
            refused: metrics.connections_refused.clone(),
        }
    }

    /// Timeout of a request's head.
    pub(crate) const fn head_timeout(&self) -> Duration {
        self.limits.request_timeout
    }

    pub(crate) const fn capacity(&self) -> Capacity {
        self.capacity
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // The counters are consistent after a panic.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The network of a peer for limits; `None` for exempt peers.
    fn network(&self, peer: IpAddr) -> Option<IpAddr> {
        client::limited_network(peer, &self.trusted, self.limits.limit_loopback)
    }

    /// Counts a request from a trusted proxy; `Err` at the limit of its client's network.
    pub(crate) fn forwarded(self: &Arc<Self>, head: &RequestHead) -> Result<Option<Forwarded>, NetworkFull> {
        let Some(limit) = self.limits.per_network else { return Ok(None) };
        let Some(peer) = head.peer_addr.map(|peer| peer.ip()) else { return Ok(None) };
        if !self.trusted.iter().any(|proxy| proxy.contains(peer)) {
            return Ok(None);
        }
        let Some(network) = self.network(client::address(head, &self.trusted)) else { return Ok(None) };
        let mut open = self.open();
        if open.networks.get(&network).is_some_and(|count| *count >= limit.get()) {
            self.refused.inc();
            return Err(NetworkFull);
        }
        open.add(network);
        drop(open);
        Ok(Some(Forwarded { connections: Arc::clone(self), network }))
    }

    /// Counts a connection until the admission is dropped; `None` if it must be closed.
    fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Admission> {
        let network = self.network(peer);
        let mut open = self.open();
        let of_network = network.map(|network| open.networks.get(&network).copied().unwrap_or_default());
        let decision = admission(open.total, of_network, self.capacity, self.limits.per_network);
        if decision == ConnectionDecision::Refuse {
            self.refused.inc();
            return None;
        }
        open.total = open.total.saturating_add(1);
        if let Some(network) = network {
            open.add(network);
        }
        drop(open);
        self.gauge.inc();
        let health_only = decision == ConnectionDecision::HealthOnly;
        Some(Admission { connections: Arc::clone(self), network, health_only })
    }
}

/// A request through an exempt proxy, counted for its client's network until it completes.
#[derive(Debug)]
pub(crate) struct Forwarded {
    connections: Arc<Connections>,
    network: IpAddr,
}

impl Drop for Forwarded {
    fn drop(&mut self) {
        self.connections.open().remove(self.network);
    }
}

/// One counted connection.
#[derive(Debug)]
struct Admission {
    connections: Arc<Connections>,
    network: Option<IpAddr>,
    health_only: bool,
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        open.total = open.total.saturating_sub(1);
        if let Some(network) = self.network {
            open.remove(network);
        }
        drop(open);
        self.connections.gauge.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(number: usize) -> Option<NonZeroUsize> {
        NonZeroUsize::new(number)
    }

    #[test]
    fn connections_leave_files_for_database_and_node() {
        for files in [64_u64, 256, 1_024, 4_096, 20_000, 1_048_576] {
            let capacity = Capacity::of(Some(files), None);
            let Capacity { ordinary, total, accepted, streams } = capacity;
            assert!(streams < ordinary && ordinary < total && total < accepted, "{files}: {capacity:?}");
            let left = usize::try_from(files).unwrap() - accepted;
            assert!(left >= usize::try_from(files / 2).unwrap().min(RESERVED_FILES), "{files}: {capacity:?}");
        }
        assert_eq!(Capacity::of(Some(4_096), None).accepted, 4_096 - RESERVED_FILES);
        assert_eq!(Capacity::of(None, None).accepted, MAX_TOTAL);
        let small = Capacity::of(Some(4_096), limit(100));
        assert_eq!((small.total, small.ordinary, small.streams), (100, 75, 54));
    }

    #[test]
    fn a_full_process_serves_health_checks_only() {
        let capacity = Capacity { ordinary: 10, total: 12, accepted: 14, streams: 7 };
        let decision = |open, of_network| admission(open, of_network, capacity, limit(5));
        assert_eq!(decision(9, Some(0)), ConnectionDecision::Serve);
        assert_eq!(decision(9, None), ConnectionDecision::Serve);
        assert_eq!(decision(10, Some(0)), ConnectionDecision::HealthOnly);
        assert_eq!(decision(11, Some(0)), ConnectionDecision::HealthOnly);
        assert_eq!(decision(12, Some(0)), ConnectionDecision::Refuse);
        assert_eq!(
            decision(13, None),
            ConnectionDecision::HealthOnly,
            "proxies and health checks of this machine"
        );
    }

    #[test]
    fn one_network_does_not_use_up_all_connections() {
        let capacity = Capacity::of(Some(4_096), None);
        let decision = |of_network| admission(100, of_network, capacity, limit(5));
        assert_eq!(decision(Some(4)), ConnectionDecision::Serve);
        assert_eq!(decision(Some(5)), ConnectionDecision::Refuse);
        assert_eq!(decision(None), ConnectionDecision::Serve);
        assert_eq!(admission(100, Some(50), capacity, None), ConnectionDecision::Serve, "without a limit");
    }
}
