use crate::{
    answer::ApiError,
    documents as doc,
    model::Node,
    node::{INVALID_ID, KeyError, Lightspark},
};
use serde_json::{Value, json};
use std::error::Error;

/// How the node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeReport {
    /// Its status in Lightspark's words; `READY` is the good one.
    pub status: String,
    /// Its network: `MAINNET`, `REGTEST` and so on.
    pub network: String,
    /// Whether payments can be signed.
    pub can_pay: bool,
}

/// What is wrong with the settings, or with the way to the node.
#[derive(Debug, thiserror::Error)]
pub enum HealthProblem {
    /// Nobody answers at the base address, or not sensibly.
    #[error("Lightspark cannot be used at this address")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// The client id or its secret is wrong.
    #[error("Lightspark does not accept the client id and secret")]
    WrongCredentials,
    /// The id is not that of a node that these credentials may see.
    #[error("Lightspark knows no such node, or these credentials may not see it")]
    WrongNode,
    /// The signing key does not open.
    #[error("the node password is wrong")]
    WrongPassword,
    /// The signing key cannot be used, whatever the password.
    #[error("the node's signing key cannot be used: {0}")]
    NoSigningKey(String),
}

impl Lightspark {
    /// Tries the settings one after the other: address, credentials, node, password. Moves no money.
    pub async fn health(&self) -> Result<NodeReport, HealthProblem> {
        let entity: Option<Value> =
            self.ask(&doc::NODE_STATUS, json!({ "id": self.node_id }), "/entity").await.map_err(problem)?;
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
        let status = node.status.unwrap_or_else(|| "UNKNOWN".to_owned());
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
