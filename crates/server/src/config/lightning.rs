use super::{domain::Domain, env::Reader};
use kernel::Secret;

const LIGHTSPARK: [&str; 5] = [
    "LIGHTSPARK_CLIENT_ID",
    "LIGHTSPARK_CLIENT_SECRET",
    "LIGHTSPARK_NODE_ID",
    "LIGHTSPARK_NODE_PASSWORD",
    "LIGHTSPARK_WEBHOOK_SIGNING_KEY",
];

/// Lightning backend.
#[derive(Debug, Clone)]
pub enum Lightning {
    /// Sandbox with test money, a test wallet and a VASP.
    Sandbox(Sandbox),
    /// A Lightspark node.
    Lightspark(Lightspark),
    /// Connection URI of an NWC wallet with `make_invoice`, a spending secret.
    Nwc(Secret<String>),
}

/// Sandbox settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
    /// Port; 0 selects a free one.
    pub port: u16,
    /// Data directory; `None` keeps the state in memory.
    pub data_dir: Option<std::path::PathBuf>,
    /// Whether test wallets approve requests automatically.
    pub auto_approve: bool,
}

/// Credentials of a Lightspark node.
#[derive(Debug, Clone)]
pub struct Lightspark {
    /// The API token's client id.
    pub client_id: String,
    /// The API token's secret.
    pub client_secret: Secret<String>,
    /// The node's id.
    pub node_id: String,
    /// Decrypts the node's keys; without it the shop cannot pay refunds.
    pub node_password: Option<Secret<String>>,
    /// Verifies webhooks.
    pub webhook_signing_key: Secret<String>,
    /// API URL other than the default.
    pub base_url: Option<String>,
}

impl Lightning {
    pub(super) fn read(reader: &mut Reader<'_>, domain: Option<&Domain>) -> Option<Self> {
        let sandbox = reader.boolean("SANDBOX", false);
        let lightspark = LIGHTSPARK.iter().any(|name| reader.has(name));
        let nwc = reader.has("NWC_URI");
        let port = reader.parse("SANDBOX_PORT", "a port number", 8081);
        let data_dir = reader.text("SANDBOX_DATA").map(std::path::PathBuf::from);
        let auto_approve = reader.boolean("SANDBOX_AUTO_APPROVE", false);
        if sandbox && domain.is_some_and(|domain| !domain.is_local()) {
            reader.push_error("SANDBOX takes test money and requires a local DOMAIN: a public shop needs LIGHTSPARK_* or NWC_URI");
        }
        match (sandbox, lightspark, nwc) {
            (true, false, false) => Some(Self::Sandbox(Sandbox { port, data_dir, auto_approve })),
            (false, true, false) => Lightspark::read(reader, domain).map(Self::Lightspark),
            (false, false, true) => {
                let uri = reader.secret("NWC_URI")?;
                if !uri.expose().starts_with("nostr+walletconnect:") {
                    reader.push_error("NWC_URI must begin with nostr+walletconnect:");
                }
                Some(Self::Nwc(uri))
            }
            (false, false, false) => {
                reader.push_error("no Lightning backend is set: set LIGHTSPARK_* or NWC_URI");
                None
            }
            _ => {
                reader.push_error("SANDBOX, LIGHTSPARK_* and NWC_URI exclude each other: set one of them");
                None
            }
        }
    }
}

impl Lightspark {
    fn read(reader: &mut Reader<'_>, domain: Option<&Domain>) -> Option<Self> {
        let why = "the LIGHTSPARK_* settings are required together";
        let client_id = reader.required_secret("LIGHTSPARK_CLIENT_ID", why);
        let client_secret = reader.required_secret("LIGHTSPARK_CLIENT_SECRET", why);
        let node_id = reader.required_secret("LIGHTSPARK_NODE_ID", why);
        let node_password = reader.secret("LIGHTSPARK_NODE_PASSWORD");
        let webhook_signing_key = reader.required_secret("LIGHTSPARK_WEBHOOK_SIGNING_KEY", why);
        if webhook_signing_key.as_ref().is_some_and(|key| key.expose().len() < 16) {
            reader.push_error("LIGHTSPARK_WEBHOOK_SIGNING_KEY is too short");
        }
        let base_url = reader.text("LIGHTSPARK_BASE_URL");
        // The test node of `tickets sandbox` has no TLS and is limited to local shops.
        let is_local_test_node = |url: &str| {
            domain.is_some_and(Domain::is_local)
                && (url.starts_with("http://localhost:") || url.starts_with("http://127.0.0.1:"))
        };
        if base_url.as_ref().is_some_and(|url| !url.starts_with("https://") && !is_local_test_node(url)) {
            reader.push_error("LIGHTSPARK_BASE_URL must be an https address");
        }
        Some(Self {
            client_id: client_id?.expose().clone(),
            client_secret: client_secret?,
            node_id: node_id?.expose().clone(),
            node_password,
            webhook_signing_key: webhook_signing_key?,
            base_url,
        })
    }
}
