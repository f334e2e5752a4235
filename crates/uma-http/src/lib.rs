#![doc = include_str!("../README.md")]

mod cache;
mod client;
mod counterparty;
pub mod guard;

pub use client::{Answer, FetchError, GuardedClient, Limits};
pub use counterparty::{Clients, HttpCounterparty};
pub use guard::{AddressRules, NotAllowed, Resolver, SystemResolver};
