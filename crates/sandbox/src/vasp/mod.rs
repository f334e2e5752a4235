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

pub(crate) use client::http;
pub(crate) use routes::routes;

use crate::{
    keys,
    ledger::{PaymentRecord, Progress},
    node::{Node, PayInvoice},
    world::{World, WorldError},
};
use book::Book;
use client::Client;
use kernel::{Msats, Timestamp};
use payments::Bolt11;
use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use target::Target;
use tokio::{runtime::Handle, sync::oneshot, task::JoinSet};
use uma_protocol::{
    UmaAddress, UmaError, VaspDomain, encryption::EncryptionKey, error::ErrorCode, keys::VaspKeys,
    signing::SigningKey,
};

const DAY_SECS: i64 = 24 * 60 * 60;
const CERTIFICATE_SECS: i64 = 3_650 * DAY_SECS;
/// Pauses before an approval that ran into trouble is tried again by itself.
const RETRIES: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
];

/// A buyer's wallet provider: it holds its users' play money, takes UMA Invoices that are pushed to it, asks its users,
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

fn display_name(user: &str) -> String {
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

    /// Takes up what was under way when the process ended, and what approves by itself.
    pub(crate) fn resume(self: &Arc<Self>) {
        for request in self.book.requests().into_iter().rev() {
            match request.state {
                RequestState::Paying => self.settle_later(request.id),
                RequestState::Pending { .. } if self.auto_approves(&request.user) => {
                    self.settle_later(request.id);
                }
                _ => {}
            }
        }
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

    /// A person says yes: asks the payee for the invoice, checks it, and pays. Goes on even if the caller stops waiting.
    pub async fn approve(self: &Arc<Self>, id: &str) -> Result<PaymentRequest, VaspError> {
        let (request, begun) = self
            .book
            .update(id, self.now(), |request| {
                let waits = matches!(request.state, RequestState::Pending { .. });
                request.state = RequestState::Paying;
                waits
            })?
            .ok_or(VaspError::NoSuchRequest)?;
        if !begun {
            return Err(VaspError::Decided);
        }
        self.world.changed();
        self.in_background(request).await
    }

    /// A person says no.
    pub fn decline(&self, id: &str) -> Result<PaymentRequest, VaspError> {
        let answer = self.book.update(id, self.now(), |request| {
            let waits = matches!(request.state, RequestState::Pending { .. });
            request.state = RequestState::Declined;
            waits
        })?;
        self.world.changed();
        match answer {
            None => Err(VaspError::NoSuchRequest),
            Some((_, false)) => Err(VaspError::Decided),
            Some((request, true)) => Ok(request),
        }
    }

    /// A user starts a payment: to `$user@host`, `user@host`, an LNURL-pay address on the web, a UMA Invoice, or a bolt11.
    pub async fn pay(
        self: &Arc<Self>,
        user: &str,
        target: &str,
        amount: Option<Msats>,
        comment: Option<&str>,
    ) -> Result<PaymentRequest, VaspError> {
        self.wallet(user)?;
        Target::parse(target)?;
        let now = self.now();
        let request = PaymentRequest {
            id: keys::uuid(self.world.entropy.as_ref()).map_err(WorldError::from)?,
            user: user.to_owned(),
            target: target.trim().to_owned(),
            pushed: false,
            payee: target.trim().to_owned(),
            amount,
            comment: comment.map(str::to_owned),
            expires_at: None,
            state: RequestState::Paying,
            bolt11: None,
            created_at: now,
            updated_at: now,
        };
        let (request, _) = self.book.add(request)?;
        self.world.changed();
        self.in_background(request).await
    }

    async fn in_background(self: &Arc<Self>, request: PaymentRequest) -> Result<PaymentRequest, VaspError> {
        let (sender, receiver) = oneshot::channel();
        let this = Arc::clone(self);
        self.spawn(async move {
            // The caller may have stopped waiting.
            let _ = sender.send(this.settle(request).await);
        });
        receiver.await.unwrap_or_else(|_| Err(VaspError::Unreachable("the wallet was stopped".into())))
    }

    /// Approves by itself, now and, if there is trouble, some more times.
    fn settle_later(self: &Arc<Self>, id: String) {
        let this = Arc::clone(self);
        self.spawn(async move {
            for pause in RETRIES {
                let outcome = match this.request(&id) {
                    Some(request) if request.state == RequestState::Paying => this.settle(request).await,
                    Some(_) => this.approve_here(&id).await,
                    None => return,
                };
                match outcome {
                    Err(error) if error.is_transient() => tokio::time::sleep(pause).await,
                    _ => return,
                }
            }
        });
    }

    async fn approve_here(&self, id: &str) -> Result<PaymentRequest, VaspError> {
        let begun = self.book.update(id, self.now(), |request| {
            let waits = matches!(request.state, RequestState::Pending { .. });
            request.state = RequestState::Paying;
            waits
        })?;
        match begun {
            Some((request, true)) => self.settle(request).await,
            Some((_, false)) => Err(VaspError::Decided),
            None => Err(VaspError::NoSuchRequest),
        }
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(work, &self.runtime);
    }

    /// Stops all work where it stands, as a killed process would.
    pub(crate) fn abort(&self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }

    /// Brings a request that is being paid to its end, and writes the end down.
    async fn settle(&self, request: PaymentRequest) -> Result<PaymentRequest, VaspError> {
        let outcome = self.carry_out(&request).await;
        let state = match &outcome {
            Ok(payment) => {
                let preimage = self.wallet(&request.user)?.preimage_of(payment.payment_hash);
                let preimage = preimage.map_or_else(String::new, |preimage| preimage.expose_hex());
                RequestState::Paid { fee: payment.fee, preimage }
            }
            Err(error) if error.is_transient() && request.pushed => {
                RequestState::Pending { trouble: Some(error.to_string()) }
            }
            Err(error) => RequestState::Failed { code: error.code(), reason: error.to_string() },
        };
        let written = self.book.update(&request.id, self.now(), |request| {
            request.state = state;
            true
        })?;
        self.world.changed();
        let (request, _) = written.ok_or(VaspError::NoSuchRequest)?;
        outcome.map(|_| request)
    }

    async fn carry_out(&self, request: &PaymentRequest) -> Result<PaymentRecord, VaspError> {
        let node = self.wallet(&request.user)?;
        let tried = request.bolt11.as_deref().and_then(|bolt11| Bolt11::parse(bolt11).ok());
        let tried = tried.and_then(|invoice| {
            let payments = node.payments_of(invoice.payment_hash());
            payments.into_iter().find(|payment| !matches!(payment.progress, Progress::Failed(_)))
        });
        if let Some(payment) = tried {
            // The process ended, or its answer was lost, between paying and writing it down.
            return self.arrival(node, payment).await;
        }
        let target = Target::parse(&request.target)?;
        let asked = self.ask(&request.user, &target, request.amount, request.comment.as_deref()).await?;
        self.book.update(&request.id, self.now(), |request| {
            request.bolt11 = Some(asked.bolt11.clone());
            request.amount = Some(asked.amount);
            request.payee.clone_from(&asked.payee);
            true
        })?;
        let order = PayInvoice { bolt11: asked.bolt11, amount: Some(asked.amount), ..PayInvoice::default() };
        let payment = node.pay_invoice(&order)?;
        self.arrival(node, payment).await
    }

    /// Waits until a payment has arrived or failed.
    async fn arrival(&self, node: &Node, payment: PaymentRecord) -> Result<PaymentRecord, VaspError> {
        let mut changes = self.world.changes();
        loop {
            let known = node.payment(&payment.id).unwrap_or_else(|| payment.clone());
            match known.progress {
                Progress::Settled => return Ok(known),
                Progress::Failed(reason) => return Err(VaspError::Payment(reason)),
                Progress::InFlight => {
                    if changes.changed().await.is_err() {
                        return Err(VaspError::Unreachable("the wallet was stopped".into()));
                    }
                }
            }
        }
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
