#![doc = include_str!("../README.md")]

mod cache;
mod client;
mod counterparty;
pub mod outbound_hosts;

pub use client::{Answer, FetchError, GuardedClient, Limits};
pub use counterparty::{Clients, HttpCounterparty};
pub use outbound_hosts::{AddressRules, NotAllowed, Resolver, SystemResolver};
