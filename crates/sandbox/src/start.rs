use crate::{
    auth::{self, Authority},
    lightspark::{self, EndpointError, LightsparkSettings},
    node::Node,
    nostr::{self, Grant, Relay, WalletOptions, WalletService},
    vasp::{self, PaymentRequest, Vasp, VaspError},
    webhooks::{self, WebhookTarget},
    world::{SHOP, World, WorldError},
};
use ::nostr::nips::nip19::ToBech32;
use actix_web::{App, HttpServer, dev::ServerHandle, web};
use kernel::{Clock, Entropy, Sats, Secret};
use std::{
    collections::BTreeMap,
    fmt, fs, io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::task::JoinHandle;
use uma_protocol::{UmaError, VaspDomain};

/// Settings of the sandbox.
#[derive(Clone)]
pub struct SandboxConfig {
    /// Address of the wallet provider; port 0 selects a free one.
    pub listen: SocketAddr,
    /// The host in the wallet provider's domain; its port follows.
    pub public_host: String,
    /// Directory of persistent state; `None` for in-memory state.
    pub data_dir: Option<PathBuf>,
    /// URL for webhooks of the shop's node; `None` holds them until [`World::set_webhook_target`].
    pub shop_webhook_url: Option<String>,
    /// Signing key of the webhooks.
    pub webhook_key: Secret<String>,
    /// The shop's address, linked from the page.
    pub shop_base_url: String,
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Whether requests are approved automatically; users can change it on the page.
    pub auto_approve: bool,
    /// Users with their initial balances.
    pub wallets: Vec<(String, Sats)>,
    /// Initial balance of the shop's node.
    pub shop_balance: Sats,
    /// Address of the Nostr relay for wallet connections (NIP-47); `None` for no relay. Port 0 selects a free one, kept
    /// across restarts in the data directory, since connection strings contain it.
    pub relay: Option<SocketAddr>,
    /// Credentials of the Lightspark-compatible interface to the shop's node; `None` for no interface.
    pub lightspark: Option<LightsparkSettings>,
}

impl SandboxConfig {
    /// Alice, Bob and Carol on a free loopback port, in memory.
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        let sats = |amount| Sats::new(amount).unwrap_or_default();
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_host: "localhost".to_owned(),
            data_dir: None,
            shop_webhook_url: None,
            webhook_key: Secret::new("sandbox".to_owned()),
            shop_base_url: "http://localhost:8080".to_owned(),
            clock,
            entropy,
            auto_approve: false,
            wallets: vec![
                ("alice".to_owned(), sats(1_000_000)),
                ("bob".to_owned(), sats(250_000)),
                ("carol".to_owned(), sats(5_000)),
            ],
            shop_balance: sats(1_000_000),
            relay: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            lightspark: None,
        }
    }
}

impl fmt::Debug for SandboxConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxConfig").field("listen", &self.listen).finish_non_exhaustive()
    }
}

/// Why the sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The port is not available.
    #[error(
        "the test wallet cannot listen on {address}: choose another --port (it has the one after the shop's) or SANDBOX_PORT"
    )]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// Host and port are no UMA domain.
    #[error("the wallet's domain is not valid")]
    Domain(#[source] UmaError),
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be built")]
    Client(#[from] reqwest::Error),
    /// The stored state could not be opened.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The Lightspark-compatible interface could not be started.
    #[error(transparent)]
    Lightspark(#[from] EndpointError),
    /// The wallet provider could not be started.
    #[error(transparent)]
    Vasp(#[from] VaspError),
}

/// A running sandbox: the shop's Lightning node and a wallet provider with its users, on one network of test money.
pub struct Sandbox {
    address: SocketAddr,
    world: Arc<World>,
    shop: Arc<Node>,
    vasp: Arc<Vasp>,
    server: ServerHandle,
    tasks: Vec<JoinHandle<()>>,
    relay: Option<Relay>,
    connectable: BTreeMap<String, Arc<WalletService>>,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Starts the sandbox. Requires a Tokio runtime (actix's included), on which its tasks run.
pub async fn start(config: SandboxConfig) -> Result<Sandbox, SandboxError> {
    let listening = |source| SandboxError::Listen { address: config.listen, source };
    let listener = TcpListener::bind(config.listen).map_err(listening)?;
    let address = listener.local_addr().map_err(listening)?;
    let domain = VaspDomain::parse(&format!("{}:{}", config.public_host, address.port()));
    let domain = domain.map_err(SandboxError::Domain)?;

    let world = World::open(config.data_dir.as_deref(), config.clock, config.entropy)?;
    let shop = world.node(SHOP, config.shop_balance.to_msats())?;
    let mut wallets = BTreeMap::new();
    for (user, balance) in config.wallets {
        wallets.insert(user.clone(), world.node(&user, balance.to_msats())?);
    }
    if let Some(url) = config.shop_webhook_url {
        world.set_webhook_target(WebhookTarget { url, key: config.webhook_key });
    }
    let http = vasp::http()?;
    let vasp = Vasp::open(
        domain,
        config.shop_base_url,
        Arc::clone(&world),
        wallets,
        config.data_dir.as_deref(),
        config.auto_approve,
        http.clone(),
    )?;

    let (relay, connectable) = match config.relay {
        Some(address) => connectable(address, config.data_dir.as_deref(), &vasp).await?,
        None => (None, BTreeMap::new()),
    };
    let endpoint = config
        .lightspark
        .map(|settings| lightspark::Endpoint::new(Arc::clone(&shop), settings))
        .transpose()?;
    let endpoint = endpoint.map(web::Data::new);
    let shared = web::Data::from(Arc::clone(&vasp));
    let authority = Authority::open(Arc::clone(&vasp), connectable.clone(), config.data_dir.as_deref())?;
    let authority = web::Data::new(authority);
    let node = web::Data::from(Arc::clone(&shop));
    let server = HttpServer::new(move || {
        let endpoint = endpoint.clone();
        let app = App::new().app_data(shared.clone()).app_data(authority.clone()).app_data(node.clone());
        app.configure(vasp::routes).configure(auth::routes).configure(|config| {
            if let Some(endpoint) = endpoint {
                lightspark::configure(config, endpoint);
            }
        })
    })
    .workers(2)
    .disable_signals()
    .listen(listener)
    .map_err(listening)?
    .run();
    let handle = server.handle();
    let serving = tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the sandbox's server failed");
        }
    });
    let delivering = tokio::spawn(webhooks::deliver(Arc::clone(&world), http));
    vasp.resume();
    let tasks = vec![serving, delivering];
    Ok(Sandbox { address, world, shop, vasp, server: handle, tasks, relay, connectable })
}

/// A relay with the wallets of all users, each with a connection string for the page.
async fn connectable(
    address: SocketAddr,
    data_dir: Option<&Path>,
    vasp: &Arc<Vasp>,
) -> Result<(Option<Relay>, BTreeMap<String, Arc<WalletService>>), SandboxError> {
    let note = data_dir.map(|directory| directory.join("relay-port"));
    let last =
        note.as_ref().and_then(|note| fs::read_to_string(note).ok()).and_then(|port| port.parse().ok());
    let again = match last {
        Some(port) if address.port() == 0 => listen_again(SocketAddr::new(address.ip(), port)).await,
        _ => None,
    };
    let listening = |source| SandboxError::Listen { address, source };
    let relay = match again {
        Some(relay) => relay,
        None => Relay::start(address).await.map_err(listening)?,
    };
    if let (Some(note), Some((_, port))) = (note, relay.url().rsplit_once(':')) {
        fs::write(note, port).map_err(WorldError::from)?;
    }
    let mut services = BTreeMap::new();
    for (user, node) in vasp.wallets() {
        let options = WalletOptions {
            alias: format!("{user} (test money)"),
            lud16: Some(format!("{user}@{}", vasp.domain())),
            ..WalletOptions::default()
        };
        let service = WalletService::start(Arc::clone(node), vec![relay.url()], options)?;
        vasp.set_connection(user, service.connect("page", Grant::all())?);
        services.insert(user.clone(), Arc::new(service));
    }
    Ok((Some(relay), services))
}

/// Binds the previous relay's address. After a restart within one process it may be released late.
async fn listen_again(address: SocketAddr) -> Option<Relay> {
    for _ in 0..40 {
        if let Ok(relay) = Relay::start(address).await {
            return Some(relay);
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    None
}

impl Sandbox {
    /// Address of the wallet provider.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// URL of the wallet provider.
    pub fn base_url(&self) -> String {
        self.vasp.domain().base_url()
    }

    /// UMA address of a user, such as `$alice@localhost:4000`.
    pub fn uma_address(&self, user: &str) -> String {
        format!("${user}@{}", self.vasp.domain())
    }

    /// The Lightning network of test money.
    pub const fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// The shop's node.
    pub const fn shop(&self) -> &Arc<Node> {
        &self.shop
    }

    /// The wallet provider.
    pub const fn vasp(&self) -> &Arc<Vasp> {
        &self.vasp
    }

    /// A user's node.
    pub fn wallet(&self, user: &str) -> Option<&Arc<Node>> {
        self.vasp.wallets().get(user)
    }

    /// The Nostr relay for wallet connections.
    pub const fn relay(&self) -> Option<&Relay> {
        self.relay.as_ref()
    }

    /// A user's Nostr Wallet Connect service.
    pub fn connectable(&self, user: &str) -> Option<&WalletService> {
        self.connectable.get(user).map(Arc::as_ref)
    }

    /// Nostr identity (`npub1…`) of the shop in UMA Auth, constant for a sandbox.
    pub fn app_pubkey(&self) -> Option<String> {
        let key = nostr::key_from(&self.shop.seed(), "the app key").ok()?;
        key.public_key().to_bech32().ok()
    }

    /// Connection string of a user's wallet (NIP-47).
    pub fn connection(&self, user: &str) -> Option<String> {
        self.vasp.connection(user)
    }

    /// URL of the Lightspark-compatible interface.
    pub fn lightspark_url(&self) -> String {
        format!("{}{}", self.base_url(), lightspark::PATH)
    }

    /// Requests that wait for a decision, newest first.
    pub fn pending(&self) -> Vec<PaymentRequest> {
        self.vasp.pending()
    }

    /// Approves a request; see [`Vasp::approve`].
    pub async fn approve(&self, id: &str) -> Result<PaymentRequest, VaspError> {
        self.vasp.approve(id).await
    }

    /// Declines a request.
    pub fn decline(&self, id: &str) -> Result<PaymentRequest, VaspError> {
        self.vasp.decline(id)
    }

    /// Waits for a condition, which is evaluated again after every change.
    pub async fn until<T>(&self, condition: impl Fn(&Self) -> Option<T>) -> T {
        let mut changes = self.world.changes();
        loop {
            if let Some(found) = condition(self) {
                return found;
            }
            if changes.changed().await.is_err() {
                // The world was dropped, so the condition cannot change; the caller's timeout applies.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Stops immediately. Pending work resumes at the next start with the same data directory.
    pub async fn stop(self) {
        self.vasp.abort();
        self.server.stop(false).await;
        for task in self.tasks {
            task.abort();
            // An aborted task is expected.
            let _ = task.await;
        }
    }
}
