//! Free ports for processes that need a fixed port.

use std::{
    net::TcpListener,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// Below the ephemeral range, so the system does not assign these ports between the probe and their use.
const FIRST_PORT: u32 = 12_000;
const PAIRS: u32 = 9_000;

static NEXT_PAIR: AtomicU32 = AtomicU32::new(0);

/// Returns the first of two adjacent free ports, for a server and its wallet. Concurrent processes probe
/// different pairs.
///
/// # Panics
/// If no pair is free.
pub fn free_ports() -> u16 {
    for _ in 0..PAIRS {
        let offset = NEXT_PAIR.fetch_add(1, Ordering::Relaxed);
        let pair = process::id().wrapping_mul(37).wrapping_add(offset) % PAIRS;
        let port = u16::try_from(FIRST_PORT + 2 * pair).unwrap();
        if [port, port + 1].iter().all(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()) {
            return port;
        }
    }
    panic!("no pair of adjacent ports is free");
}
