mod approval;
mod client;
mod error;
mod faults;
mod incoming;
mod receiver;
mod routes;
mod sender;
mod store;
mod target;

pub use error::{ALREADY_PAID, VaspError};
pub use faults::{PushFault, SenderFault, VaspFaults};
pub use routes::PRICE_PATH;
pub use store::{PaymentRequest, RequestState};

pub(crate) use client::http;
pub(crate) use routes::{asset, foreign, routes};

use crate::{
    keys,
    node::Node,
    world::{World, WorldError},
};
use client::Client;
use kernel::{Entropy, Timestamp};
use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use store::Store;
use tokio::{runtime::Handle, task::JoinSet};
use uma_protocol::{
    UmaAddress, UmaError, VaspDomain, encryption::EncryptionKey, error::ErrorCode, keys::VaspKeys,
    signing::SigningKey,
};

const DAY_SECS: i64 = 24 * 60 * 60;
const CERTIFICATE_SECS: i64 = 3_650 * DAY_SECS;
/// A buyer's wallet provider: holds its users' test money, accepts pushed UMA Invoices, asks its users, pays and receives. It
/// communicates with the shop over HTTP and Lightning only.
pub struct Vasp {
    domain: VaspDomain,
    shop_url: String,
    world: Arc<World>,
    wallets: BTreeMap<String, Arc<Node>>,
    store: Store,
    keys: VaspKeys,
    client: Client,
    faults: VaspFaults,
    auto_approve: bool,
    connections: Mutex<BTreeMap<String, String>>,
    runtime: Handle,
    tasks: Mutex<JoinSet<()>>,
}

impl fmt::Debug for Vasp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vasp({})", self.domain)
    }
}

pub(crate) fn display_name(user: &str) -> String {
    let mut letters = user.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl Vasp {
    /// Opens the stored state of the provider at `domain`. Requires a Tokio runtime, on which its tasks run.
    pub(crate) fn open(
        domain: VaspDomain,
        shop_url: String,
        world: Arc<World>,
        wallets: BTreeMap<String, Arc<Node>>,
        data_dir: Option<&Path>,
        auto_approve: bool,
        http: reqwest::Client,
    ) -> Result<Arc<Self>, VaspError> {
        let now = world.now();
        let store = Store::open(data_dir, world.entropy.as_ref(), now)?;
        let (signing, encryption) = store.keys().unwrap_or_default();
        let serials = || keys::random::<16>(world.entropy.as_ref()).map_err(WorldError::from);
        let keys = VaspKeys::issue(
            &domain,
            SigningKey::from_hex(&signing)?,
            EncryptionKey::from_hex(&encryption)?,
            [serials()?, serials()?],
            now.timestamp().saturating_sub(DAY_SECS),
            now.timestamp().saturating_add(CERTIFICATE_SECS),
        )?;
        Ok(Arc::new(Self {
            domain,
            shop_url,
            world,
            wallets,
            store,
            keys,
            client: Client::new(http),
            faults: VaspFaults::default(),
            auto_approve,
            connections: Mutex::default(),
            runtime: Handle::current(),
            tasks: Mutex::default(),
        }))
    }

    /// Planned faults.
    pub const fn faults(&self) -> &VaspFaults {
        &self.faults
    }

    /// Domain, port included.
    pub const fn domain(&self) -> &VaspDomain {
        &self.domain
    }

    /// A user's UMA address.
    pub fn uma_address(&self, user: &str) -> Result<UmaAddress, UmaError> {
        UmaAddress::parse(&format!("${user}@{}", self.domain))
    }

    /// The shop's address.
    pub(crate) fn shop_url(&self) -> &str {
        &self.shop_url
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        self.world.entropy.as_ref()
    }

    /// A user's node.
    pub fn wallet(&self, user: &str) -> Result<&Arc<Node>, VaspError> {
        self.wallets.get(user).ok_or(VaspError::NoSuchUser)
    }

    /// All users and their nodes, by name.
    pub const fn wallets(&self) -> &BTreeMap<String, Arc<Node>> {
        &self.wallets
    }

    /// Whether this user's requests are approved automatically.
    pub fn auto_approves(&self, user: &str) -> bool {
        self.store.auto_approves(user).unwrap_or(self.auto_approve)
    }

    /// Sets automatic approval; pending requests are approved at once.
    pub fn set_auto_approve(self: &Arc<Self>, user: &str, on: bool) -> Result<(), VaspError> {
        self.wallet(user)?;
        self.store.set_auto(user, on)?;
        if on {
            for request in self.pending().into_iter().filter(|request| request.user == user) {
                self.settle_later(request.id);
            }
        }
        self.world.changed();
        Ok(())
    }

    /// Sets the user's connection string (NIP-47), which the page shows.
    pub fn set_connection(&self, user: &str, uri: String) {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).insert(user.to_owned(), uri);
        self.world.changed();
    }

    /// See [`Vasp::set_connection`].
    pub fn connection(&self, user: &str) -> Option<String> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).get(user).cloned()
    }

    /// All requests, newest first.
    pub fn requests(&self) -> Vec<PaymentRequest> {
        self.store.requests()
    }

    /// Pending requests, newest first.
    pub fn pending(&self) -> Vec<PaymentRequest> {
        let mut requests = self.store.requests();
        requests.retain(|request| {
            matches!(request.state, RequestState::Pending { .. }) && !self.is_over(request)
        });
        requests
    }

    /// One request.
    pub fn request(&self, id: &str) -> Option<PaymentRequest> {
        self.store.request(id)
    }

    pub(crate) fn is_over(&self, request: &PaymentRequest) -> bool {
        request.expires_at.is_some_and(|end| self.now() >= end)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.world.now()
    }

    fn nonce(&self) -> Result<String, VaspError> {
        let bytes = keys::random::<8>(self.world.entropy.as_ref()).map_err(WorldError::from)?;
        Ok(u64::from_be_bytes(bytes).to_string())
    }

    fn user_of(&self, address: &UmaAddress) -> Result<String, VaspError> {
        let user = address.user();
        if *address.domain() == self.domain && self.wallets.contains_key(&user) {
            Ok(user)
        } else {
            Err(UmaError::new(ErrorCode::UserNotFound, format!("{address} has no wallet here")).into())
        }
    }
}
