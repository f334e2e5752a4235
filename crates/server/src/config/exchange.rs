//! Limits of connections, request bodies and live streams.

use super::env::Reader;
use std::{num::NonZeroUsize, time::Duration};

/// Connection limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Total; `None` follows the limit of open files.
    pub total: Option<NonZeroUsize>,
    /// Per network (IPv4 address, IPv6 /64); `None` is unlimited.
    pub per_network: Option<NonZeroUsize>,
    /// Whether loopback callers are limited too, for trials.
    pub limit_loopback: bool,
    /// Timeout of a request's head, and of a body of up to 64 KiB.
    pub request_timeout: Duration,
}

/// Live stream limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamLimits {
    /// Per network (IPv4 address, IPv6 /64); `None` is unlimited.
    pub per_network: Option<NonZeroUsize>,
    /// Per ticket; `None` is unlimited.
    pub per_ticket: Option<NonZeroUsize>,
    /// Interval of heartbeats.
    pub heartbeat: Duration,
    /// Maximum age of a stream; its client reconnects.
    pub max_life: Duration,
}

fn limit(reader: &mut Reader<'_>, name: &str, default: u32, on: bool) -> Option<NonZeroUsize> {
    let number = reader.number(name, (0, 1_000_000), default);
    NonZeroUsize::new(usize::try_from(number).ok()?).filter(|_| on)
}

fn seconds(reader: &mut Reader<'_>, name: &str, bounds: (u32, u32), default: u32) -> Duration {
    Duration::from_secs(reader.number(name, bounds, default).into())
}

impl ConnectionLimits {
    /// `limited`: whether limits per client are on.
    pub(super) fn read(reader: &mut Reader<'_>, limited: bool) -> Self {
        Self {
            total: limit(reader, "MAX_CONNECTIONS", 0, true),
            per_network: limit(reader, "CONNECTIONS_PER_NETWORK", 2_000, limited),
            limit_loopback: reader.boolean("TICKETS_LIMIT_LOOPBACK", false),
            request_timeout: seconds(reader, "REQUEST_TIMEOUT_SECONDS", (1, 60), 10),
        }
    }
}

impl StreamLimits {
    /// `limited` is the switch of all limits per client.
    pub(super) fn read(reader: &mut Reader<'_>, limited: bool) -> Self {
        Self {
            per_network: limit(reader, "STREAMS_PER_NETWORK", 1_000, limited),
            per_ticket: limit(reader, "STREAMS_PER_TICKET", 5, limited),
            heartbeat: seconds(reader, "STREAM_HEARTBEAT_SECONDS", (1, 60), 15),
            max_life: seconds(reader, "STREAM_LIFE_SECONDS", (1, 86_400), 3_600),
        }
    }
}
