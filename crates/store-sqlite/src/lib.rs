#![doc = include_str!("../README.md")]

mod connections;
mod email_tokens;
mod erasure;
mod error;
mod event_updates;
mod events;
mod holds;
mod invoices;
mod jobs;
mod known_networks;
mod ledger;
mod migrations;
mod order_backfill;
mod order_transition;
mod orders;
mod outgoing;
mod payment_events;
mod payments;
mod place;
#[cfg(test)]
mod plans;
mod promo_codes;
mod prune;
mod quotas;
mod recipient_limits;
mod refunds;
mod sales;
mod sales_report;
mod schema;
mod session;
mod store;
mod ticket_types;
mod tickets;
mod users;
mod values;
mod views;
mod watching;

pub use store::Sqlite;
