use super::{SystemPorts, WiringError, relay_rules};
use crate::config::{self, Config};
use box_office::BoxOffice;
use futures_util::StreamExt;
use kernel::Secret;
use lightspark::{DEFAULT_BASE_URL, Lightspark, LightsparkConfig};
use nwc_wallet::{NwcNode, RelayGuard};
use payments::{Lightning, NodeWebhooks, TestPayments};
use sandbox::{Sandbox, SandboxConfig, lightspark::LightsparkSettings};
use sha2::{Digest, Sha256};
use std::{fmt, net::SocketAddr, sync::Arc};
use tokio::task::JoinHandle;

/// The Lightning node and its adapters.
pub struct NodeDependencies {
    /// The Lightning port.
    pub lightning: Arc<dyn Lightning>,
    /// Webhook verification, if the node sends webhooks.
    pub webhooks: Option<Arc<dyn NodeWebhooks>>,
    /// Test payments, if supported.
    pub test_payments: Option<Arc<dyn TestPayments>>,
    /// Whether the node sends notifications.
    pub notifies: bool,
    /// The sandbox, if it is the backend.
    pub sandbox: Option<Sandbox>,
    wallet: Option<Arc<NwcNode>>,
    checks: NodeCheck,
}

impl fmt::Debug for NodeDependencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeParts")
    }
}

/// Check of the node's settings.
#[derive(Clone)]
pub enum NodeCheck {
    /// Nothing to check.
    Sandbox,
    /// Checks URL, credentials, node and password.
    Lightspark(Arc<Lightspark>),
    /// Checks the granted methods.
    Nwc(Arc<NwcNode>),
}

impl fmt::Debug for NodeCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeCheck")
    }
}

impl NodeCheck {
    /// Returns a description and a warning, or the error.
    pub async fn run(&self) -> Result<(String, Option<String>), Box<dyn std::error::Error + Send + Sync>> {
        match self {
            Self::Sandbox => Ok(("test money".to_owned(), None)),
            Self::Lightspark(node) => {
                let report = node.health().await?;
                if !report.receives() {
                    let (network, status) = (report.network, report.status);
                    return Err(format!(
                        "Lightspark on {network} is {status}, not READY: it receives no payments"
                    )
                    .into());
                }
                let paying = if report.can_pay { "can pay refunds" } else { "cannot pay refunds" };
                Ok((format!("Lightspark on {}, {}, {paying}", report.network, report.status), None))
            }
            Self::Nwc(node) => {
                let report = node.doctor().await?;
                if report.is_fit() {
                    Ok((report.to_string(), report.warning()))
                } else {
                    Err(report.to_string().into())
                }
            }
        }
    }
}

impl NodeDependencies {
    /// The node of a running shop. A sandbox lives in the shop's process, so it is reached over HTTP.
    pub fn for_audit(config: &Config, system: &SystemPorts) -> Result<Arc<dyn Lightning>, WiringError> {
        Ok(match &config.lightning {
            config::Lightning::Lightspark(settings) => live(settings, system)?.lightning,
            config::Lightning::Nwc(uri) => Arc::new(wallet(config, uri, system)?),
            config::Lightning::Sandbox(settings) => {
                let test_node = LightsparkSettings::default();
                let settings = config::Lightspark {
                    client_id: test_node.client_id,
                    client_secret: test_node.client_secret,
                    node_id: test_node.node_id,
                    node_password: None,
                    webhook_signing_key: Secret::new("not used".to_owned()),
                    base_url: Some(format!(
                        "http://127.0.0.1:{}{}",
                        settings.port,
                        sandbox::lightspark::PATH
                    )),
                };
                live(&settings, system)?.lightning
            }
        })
    }

    /// Tries the node's settings.
    pub fn check(&self) -> NodeCheck {
        self.checks.clone()
    }

    /// Processes payment notifications of an NWC node.
    pub fn process_notifications(&self, office: &Arc<BoxOffice>) -> Option<JoinHandle<()>> {
        let (wallet, office) = (Arc::clone(self.wallet.as_ref()?), Arc::clone(office));
        Some(tokio::spawn(async move {
            let mut notifications = std::pin::pin!(wallet.notifications());
            while let Some(hash) = notifications.next().await {
                if let Err(error) = office.check_invoice(hash).await {
                    tracing::info!(%error, "wallet notification not processed; polling continues");
                }
            }
        }))
    }
}

pub(super) async fn open(config: &Config, system: &SystemPorts) -> Result<NodeDependencies, WiringError> {
    match &config.lightning {
        config::Lightning::Sandbox(settings) => start_sandbox(config, settings, system).await,
        config::Lightning::Lightspark(settings) => live(settings, system),
        config::Lightning::Nwc(uri) => {
            let node = Arc::new(wallet(config, uri, system)?);
            Ok(NodeDependencies {
                lightning: node.clone(),
                webhooks: None,
                test_payments: None,
                notifies: false,
                sandbox: None,
                checks: NodeCheck::Nwc(Arc::clone(&node)),
                wallet: Some(node),
            })
        }
    }
}

fn wallet(config: &Config, uri: &payments::WalletUri, system: &SystemPorts) -> Result<NwcNode, WiringError> {
    let guard: Arc<dyn RelayGuard> = Arc::new(relay_rules(config));
    Ok(NwcNode::new(uri, &guard, Arc::clone(&system.clock), nwc_wallet::Limits::default())?)
}

fn live(settings: &config::Lightspark, system: &SystemPorts) -> Result<NodeDependencies, WiringError> {
    let settings = LightsparkConfig {
        client_id: settings.client_id.clone(),
        client_secret: settings.client_secret.clone(),
        node_id: settings.node_id.clone(),
        node_password: settings.node_password.clone(),
        webhook_key: settings.webhook_signing_key.clone(),
        base_url: settings.base_url.clone().unwrap_or_else(|| DEFAULT_BASE_URL.to_owned()),
    };
    let node = Lightspark::new(settings, Arc::clone(&system.clock), Arc::clone(&system.entropy))?;
    let node = Arc::new(node);
    Ok(NodeDependencies {
        lightning: node.clone(),
        webhooks: Some(node.clone()),
        test_payments: Some(node.clone()),
        notifies: true,
        sandbox: None,
        wallet: None,
        checks: NodeCheck::Lightspark(node),
    })
}

async fn start_sandbox(
    config: &Config,
    settings: &config::Sandbox,
    system: &SystemPorts,
) -> Result<NodeDependencies, WiringError> {
    let defaults = SandboxConfig::new(Arc::clone(&system.clock), Arc::clone(&system.entropy));
    // Stable across restarts, so that pending webhooks stay valid.
    let key = Sha256::new_with_prefix(b"sandbox webhooks").chain_update(config.identity.jwt_secret.expose());
    let world = sandbox::start(SandboxConfig {
        listen: SocketAddr::new(std::net::Ipv4Addr::LOCALHOST.into(), settings.port),
        data_dir: settings.data_dir.clone(),
        shop_webhook_url: Some(format!("{}/api/webhooks/payment", config.http.public_url)),
        webhook_key: Secret::new(hex::encode(key.finalize())),
        shop_base_url: config.http.public_url.clone(),
        auto_approve: settings.auto_approve,
        // For `tickets audit --node`, which runs in another process.
        lightspark: Some(LightsparkSettings::default()),
        ..defaults
    })
    .await?;
    let node = Arc::clone(world.shop());
    Ok(NodeDependencies {
        lightning: node.clone(),
        webhooks: Some(node.clone()),
        test_payments: Some(node),
        notifies: true,
        sandbox: Some(world),
        wallet: None,
        checks: NodeCheck::Sandbox,
    })
}
