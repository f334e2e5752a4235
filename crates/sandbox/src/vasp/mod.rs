mod approval;
mod book;
mod client;
mod error;
mod faults;
mod incoming;
mod receiver;
mod routes;
mod sender;
mod target;

pub use book::{PaymentRequest, RequestState};
pub use error::VaspError;
pub use faults::{PushFault, SenderFault, VaspFaults};
pub use routes::PRICE_PATH;

pub(crate) use client::http;
pub(crate) use routes::{asset, foreign, routes};

use crate::{
    keys,
    node::Node,
    world::{World, WorldError},
};
use book::Book;
use client::Client;
use kernel::{Entropy, Timestamp};
use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{runtime::Handle, task::JoinSet};
use uma_protocol::{
    UmaAddress, UmaError, VaspDomain, encryption::EncryptionKey, error::ErrorCode, keys::VaspKeys,
    signing::SigningKey,
};

const DAY_SECS: i64 = 24 * 60 * 60;
const CERTIFICATE_SECS: i64 = 3_650 * DAY_SECS;
/// A buyer's wallet provider: it holds its users' test money, takes UMA Invoices that are pushed to it, asks its users,
/// and pays; it also receives. It meets the shop over HTTP and Lightning only.
pub struct Vasp {
    domain: VaspDomain,
    shop_url: String,
    world: Arc<World>,
    wallets: BTreeMap<String, Arc<Node>>,
    book: Book,
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
    /// Opens the books of the provider at `domain`. Must be called within a Tokio runtime; its work runs there.
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
        let book = Book::open(data_dir, world.entropy.as_ref(), now)?;
        let (signing, encryption) = book.keys().unwrap_or_default();
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
            book,
            keys,
            client: Client::new(http),
            faults: VaspFaults::default(),
            auto_approve,
            connections: Mutex::default(),
            runtime: Handle::current(),
            tasks: Mutex::default(),
        }))
    }

    /// What shall go wrong.
    pub const fn faults(&self) -> &VaspFaults {
        &self.faults
    }

    /// Its domain, port included.
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

    /// Whether requests to this user are approved without asking.
    pub fn auto_approves(&self, user: &str) -> bool {
        self.book.auto_approves(user).unwrap_or(self.auto_approve)
    }

    /// Whether requests to this user shall be approved without asking; those that wait are approved at once.
    pub fn set_auto_approve(self: &Arc<Self>, user: &str, on: bool) -> Result<(), VaspError> {
        self.wallet(user)?;
        self.book.set_auto(user, on)?;
        if on {
            for request in self.pending().into_iter().filter(|request| request.user == user) {
                self.settle_later(request.id);
            }
        }
        self.world.changed();
        Ok(())
    }

    /// The string by which an app may use this user's wallet (NIP-47), for the page to show.
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
        self.book.requests()
    }

    /// Requests that wait for a person, newest first.
    pub fn pending(&self) -> Vec<PaymentRequest> {
        let mut requests = self.book.requests();
        requests.retain(|request| {
            matches!(request.state, RequestState::Pending { .. }) && !self.is_over(request)
        });
        requests
    }

    /// One request.
    pub fn request(&self, id: &str) -> Option<PaymentRequest> {
        self.book.request(id)
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
