#![doc = include_str!("../README.md")]

mod batch;
mod clock;
mod config;
mod connect;
mod email_token;
mod erasure;
mod error;
mod event;
mod event_update;
mod hot;
mod known_network;
mod migrate;
mod notifications;
mod order;
mod order_backfill;
mod order_rows;
mod order_transition;
mod outgoing;
mod payment;
mod payment_event;
mod queue;
mod recipient_limits;
mod refund;
mod rows;
mod schema;
mod session;
mod store;
mod ticket;
mod user;
mod views;
mod watch;
mod watching;

pub use config::PgConfig;
pub use store::{PoolState, Postgres};
