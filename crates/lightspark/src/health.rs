use crate::{
    answer::ApiError,
    documents as doc,
    model::Node,
    node::{INVALID_ID, KeyError, Lightspark},
};
use serde_json::{Value, json};
use std::error::Error;

/// Status of a node that does not report one.
const UNKNOWN: &str = "UNKNOWN";

/// State of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeReport {
    /// Lightspark's status; `READY` is healthy.
    pub status: String,
    /// Network: `MAINNET`, `REGTEST` and so on.
    pub network: String,
    /// Whether payments can be signed.
    pub can_pay: bool,
}

impl NodeReport {
    /// Whether the node may receive payments. One that does not report its status may.
    pub fn receives(&self) -> bool {
        matches!(self.status.as_str(), "READY" | UNKNOWN)
    }
}

/// A problem of the settings or of the connection to the node.
#[derive(Debug, thiserror::Error)]
pub enum HealthProblem {
    /// No valid response from the base address.
    #[error("Lightspark cannot be used at this address")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// The client id or its secret is wrong.
    #[error("Lightspark does not accept the client id and secret")]
    WrongCredentials,
    /// The node does not exist, or the credentials have no access to it.
    #[error("the node does not exist, or the credentials have no access to it")]
    WrongNode,
    /// The signing key cannot be decrypted.
    #[error("the node password is wrong")]
    WrongPassword,
    /// The signing key is unusable with any password.
    #[error("the node's signing key cannot be used: {0}")]
    NoSigningKey(String),
}

impl Lightspark {
    /// Checks the settings in order: address, credentials, node, password. Moves no money.
    pub async fn health(&self) -> Result<NodeReport, HealthProblem> {
        let entity: Option<Value> =
            self.query(&doc::NODE_STATUS, json!({ "id": self.node_id }), "/entity").await.map_err(problem)?;
        let is_node = |entity: &Value| {
            entity
                .get("__typename")
                .and_then(Value::as_str)
                .is_some_and(|name| name.starts_with("LightsparkNode"))
        };
        let node = entity.filter(is_node).ok_or(HealthProblem::WrongNode)?;
        let node: Node =
            serde_json::from_value(node).map_err(|error| HealthProblem::Unreachable(error.into()))?;
        let can_pay = match self.signing_key().await {
            Ok(_) => true,
            Err(KeyError::NoPassword) => false,
            Err(KeyError::Cipher(crate::cipher::CipherError::WrongPassword)) => {
                return Err(HealthProblem::WrongPassword);
            }
            Err(KeyError::Api(error)) => return Err(problem(error)),
            Err(other) => return Err(HealthProblem::NoSigningKey(other.to_string())),
        };
        let status = node.status.unwrap_or_else(|| UNKNOWN.to_owned());
        Ok(NodeReport { status, network: node.bitcoin_network, can_pay })
    }
}

fn problem(error: ApiError) -> HealthProblem {
    match error {
        ApiError::Unauthorized => HealthProblem::WrongCredentials,
        error if error.is_named(INVALID_ID) => HealthProblem::WrongNode,
        error => HealthProblem::Unreachable(Box::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_is_not_ready_receives_nothing() {
        for (status, receives) in [
            ("READY", true),
            ("UNKNOWN", true),
            ("SYNCING", false),
            ("STOPPED", false),
            ("WALLET_LOCKED", false),
        ] {
            let report =
                NodeReport { status: status.to_owned(), network: "MAINNET".to_owned(), can_pay: false };
            assert_eq!(report.receives(), receives, "{status}");
        }
    }
}
