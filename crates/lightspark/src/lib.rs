#![doc = include_str!("../README.md")]

mod analytics;
mod answer;
mod api;
mod cipher;
mod config;
mod documents;
mod health;
mod model;
mod node;
mod signing;
mod states;
mod webhooks;

pub use analytics::identifier_hash;
pub use api::{CALL_TIMEOUT, PAYMENT_TIMEOUT};
pub use config::{ConfigError, DEFAULT_BASE_URL, LightsparkConfig};
pub use health::{HealthProblem, NodeReport};
pub use node::Lightspark;
pub use signing::SigningKeyError;
