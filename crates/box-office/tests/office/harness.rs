use async_trait::async_trait;
use box_office::{
    AccountEmail, BoxOffice, CallLimits, Caller, Dependencies, HoldLimits, IdempotencyKey, Links, MailLimits,
    MailStamp, Mailer, MailerError, NetworkHasher, Order, OrderEmail, Origin, ProfileChange, RateSource,
    Receipt, Recipient, RefreshError, RefreshedWallet, Registration, Settings, TicketView, WalletRefresher,
};
use chrono::Duration;
use events::{Event, EventDraft, ExchangeRate};
use identity::{AccessTokens, AdminEmails, Email, User, WalletBudget, WalletCipher};
use kernel::{Clock, Entropy, Msats, PaymentId, Secret, TicketId, Timestamp};
use payments::{
    Bolt11, BuyerWallet, IncomingState, Invoice, InvoiceOrder, InvoiceStatus, Lightning, LightningError,
    Network, NodeBalance, NodeInvoice, NodePayment, Notice, OutgoingState, PayOrder, Payment, PaymentHash,
    ProbeError, WalletAnswer, WalletFacts, WalletUri,
};
use sandbox::{InvoiceText, Node, PayInvoice, World};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
};
use store_sqlite::Sqlite;
use testkit::{ManualClock, SeededEntropy, builders::noon};
use tickets::OrderLimits;
use tokio::sync::oneshot;
use uma_protocol::{
    ErrorCode, LookupFor, UmaAddress, UmaError, VaspDomain,
    configuration::Configuration,
    counterparty::{Counterparty, CounterpartyError, Freshness},
    encryption::EncryptionKey,
    keys::{KeyRing, PublicKeyResponse, VaspKeys},
    lnurlp::{LnurlpRequest, LnurlpResponse, LnurlpTerms, Metadata},
    nonce::NonceRules,
    payer_data::DataOptions,
    payreq::{PayRequest, PayRequestAmount, PayResponse},
    signing::SigningKey,
};
use url::Url;

pub(crate) const BUYER: &str = "$alice@vasp.example";

pub(crate) fn keys(domain: &str, byte: u8) -> VaspKeys {
    let domain = VaspDomain::parse(domain).unwrap();
    let signing = SigningKey::from_bytes(&[byte; 32]).unwrap();
    let encryption = EncryptionKey::from_bytes(&[byte.wrapping_add(1); 32]).unwrap();
    let start = noon().timestamp();
    VaspKeys::issue(&domain, signing, encryption, [[byte; 16]; 2], start - 60, start + 1_000_000).unwrap()
}

/// Double of the buyer's VASP and of Lightning addresses at its domain.
pub(crate) struct Vasp {
    pub(crate) keys: VaspKeys,
    pub(crate) pushed: Mutex<Vec<String>>,
    pub(crate) refusals: Mutex<VecDeque<CounterpartyError>>,
    /// Overrides the amount of invoices, in msats.
    pub(crate) wrong_amount: Mutex<Option<u64>>,
    /// Lifetime of invoices, in seconds; 600 by default.
    pub(crate) invoice_life: Mutex<Option<u32>>,
    /// Whether invoices have a plain description instead of a description hash.
    pub(crate) plain_description: AtomicBool,
    /// If set, every pay request returns the first invoice.
    pub(crate) same_invoice: Mutex<Option<String>>,
    /// Payer data that addresses request.
    pub(crate) payer_data: Mutex<DataOptions>,
    /// Payer data of the last pay request.
    pub(crate) received_payer_data: Mutex<Option<String>>,
    /// Major UMA versions of the configuration, if others than our own.
    pub(crate) majors: Mutex<Option<Vec<u64>>>,
    /// An invoice that the buyer pays during the next configuration request.
    pub(crate) paid_meanwhile: Mutex<Option<(Arc<BoxOffice>, Invoice)>>,
    wallet: Arc<Node>,
}

impl Vasp {
    fn new(wallet: Arc<Node>) -> Self {
        Self {
            keys: keys("vasp.example", 7),
            pushed: Mutex::default(),
            refusals: Mutex::default(),
            wrong_amount: Mutex::default(),
            invoice_life: Mutex::default(),
            plain_description: AtomicBool::default(),
            same_invoice: Mutex::default(),
            payer_data: Mutex::default(),
            received_payer_data: Mutex::default(),
            majors: Mutex::default(),
            paid_meanwhile: Mutex::default(),
            wallet,
        }
    }
}

pub(crate) fn unreachable() -> CounterpartyError {
    CounterpartyError::Unreachable("connection refused".into())
}

impl Vasp {
    fn refusal(&self) -> Result<(), CounterpartyError> {
        self.refusals.lock().unwrap().pop_front().map_or(Ok(()), Err)
    }
}

#[async_trait]
impl Counterparty for Vasp {
    async fn configuration(&self, _: &VaspDomain) -> Result<Configuration, CounterpartyError> {
        self.refusal()?;
        let meanwhile = self.paid_meanwhile.lock().unwrap().take();
        if let Some((office, invoice)) = meanwhile {
            let order = PayInvoice { bolt11: invoice.bolt11.clone(), ..PayInvoice::default() };
            self.wallet.pay_invoice(&order).unwrap();
            office.check_invoice(invoice.payment_hash).await.unwrap();
        }
        let mut document = Configuration::own("Wallet", "https://vasp.example/request".parse().ok());
        document.revocation_endpoint = Some("https://vasp.example/revoke".into());
        if let Some(majors) = self.majors.lock().unwrap().clone() {
            document.uma_major_versions = majors;
        }
        Ok(document)
    }

    async fn public_keys(
        &self,
        _: &VaspDomain,
        _: Freshness,
        _: LookupFor,
    ) -> Result<Arc<PublicKeyResponse>, CounterpartyError> {
        Ok(Arc::new(self.keys.publish(noon().timestamp() + 600)))
    }

    async fn push_invoice(&self, _: &Url, invoice: &str) -> Result<(), CounterpartyError> {
        self.refusal()?;
        self.pushed.lock().unwrap().push(invoice.to_owned());
        Ok(())
    }

    async fn lnurlp(&self, _: &LnurlpRequest) -> Result<LnurlpResponse, CounterpartyError> {
        self.refusal()?;
        Ok(LnurlpResponse::plain(LnurlpTerms {
            callback: "https://vasp.example/pay".into(),
            min_sendable_msats: 1_000,
            max_sendable_msats: 100_000_000,
            metadata: Metadata::plain("alice"),
            currencies: vec![],
            payer_data: self.payer_data.lock().unwrap().clone(),
            comment_allowed: None,
            nostr_pubkey: None,
            allows_nostr: None,
            settlement_options: None,
        }))
    }

    async fn pay_request(&self, _: &Url, request: &PayRequest) -> Result<PayResponse, CounterpartyError> {
        let PayRequestAmount::Msats(msats) = request.amount else {
            return Err(CounterpartyError::Malformed(UmaError::new(
                ErrorCode::InvalidCurrency,
                "msats only",
            )));
        };
        *self.received_payer_data.lock().unwrap() =
            request.payer_data.as_ref().map(|data| data.as_json().to_owned());
        let same = self.same_invoice.lock().unwrap().clone();
        if let Some(bolt11) = same.clone().filter(|bolt11| !bolt11.is_empty()) {
            return Ok(PayResponse::plain(bolt11, None));
        }
        let msats = self.wrong_amount.lock().unwrap().unwrap_or(msats);
        let life = self.invoice_life.lock().unwrap().unwrap_or(600);
        let text = if self.plain_description.load(Ordering::SeqCst) {
            InvoiceText::Description("Refund for you".into())
        } else {
            InvoiceText::Hash(Metadata::plain("alice").description_hash(None))
        };
        let made = self.wallet.make_invoice(Some(Msats::new(msats).unwrap()), &text, life).unwrap();
        if same.is_some() {
            *self.same_invoice.lock().unwrap() = Some(made.bolt11.clone());
        }
        Ok(PayResponse::plain(made.bolt11, None))
    }
}

/// Signals the start of a call, which then waits for a signal to resume.
type Gate = Mutex<Option<(oneshot::Sender<()>, oneshot::Receiver<()>)>>;

async fn wait(gate: &Gate) {
    let gate = gate.lock().unwrap().take();
    if let Some((started, on_resume)) = gate {
        started.send(()).unwrap();
        on_resume.await.unwrap();
    }
}

/// Our node, with counted calls.
pub(crate) struct CountingNode {
    node: Arc<Node>,
    /// Number of [`Lightning::incoming`] calls.
    pub(crate) checks: AtomicUsize,
    /// Number of [`Lightning::create_invoice`] calls.
    pub(crate) invoices: AtomicUsize,
    /// Whether [`Lightning::incoming`] fails.
    pub(crate) unavailable: AtomicBool,
}

#[async_trait]
impl Lightning for CountingNode {
    async fn create_invoice(&self, order: &InvoiceOrder) -> Result<NodeInvoice, LightningError> {
        self.invoices.fetch_add(1, Ordering::SeqCst);
        self.node.create_invoice(order).await
    }

    async fn incoming(&self, id: &str, hash: PaymentHash) -> Result<IncomingState, LightningError> {
        self.checks.fetch_add(1, Ordering::SeqCst);
        // Concurrent callers run during the call.
        tokio::task::yield_now().await;
        if self.unavailable.load(Ordering::SeqCst) {
            return Err(LightningError::Unavailable("unavailable".into()));
        }
        self.node.incoming(id, hash).await
    }

    async fn pay(&self, order: &PayOrder) -> Result<OutgoingState, LightningError> {
        self.node.pay(order).await
    }

    async fn resend(&self, order: &PayOrder) -> Result<OutgoingState, LightningError> {
        self.node.resend(order).await
    }

    async fn outgoing(&self, hash: PaymentHash) -> Result<OutgoingState, LightningError> {
        self.node.outgoing(hash).await
    }

    async fn outgoing_since(&self, since: Timestamp) -> Result<Vec<NodePayment>, LightningError> {
        self.node.outgoing_since(since).await
    }

    async fn balance(&self) -> Result<NodeBalance, LightningError> {
        self.node.balance().await
    }

    async fn network(&self) -> Option<Network> {
        self.node.network().await
    }
}

/// A connected wallet with scripted answers.
#[derive(Default)]
pub(crate) struct Wallet {
    pub(crate) answers: Mutex<VecDeque<WalletAnswer>>,
    pub(crate) paid: Mutex<Vec<PaymentHash>>,
    pub(crate) lookups: Mutex<Vec<PaymentHash>>,
    pub(crate) network: Mutex<Option<Network>>,
    /// Gate of [`BuyerWallet::pay`].
    pub(crate) gate: Gate,
    /// Gate of [`BuyerWallet::probe`].
    pub(crate) probe_gate: Gate,
}

impl Wallet {
    fn answer(&self) -> WalletAnswer {
        let scripted = self.answers.lock().unwrap().pop_front();
        scripted.unwrap_or(WalletAnswer::Unknown { reason: "silence".into(), silent: true })
    }
}

#[async_trait]
impl BuyerWallet for Wallet {
    fn check(&self, uri: &WalletUri) -> Result<(), String> {
        if uri.expose().starts_with("nostr+walletconnect://") { Ok(()) } else { Err("not a URI".into()) }
    }

    async fn probe(&self, _: &WalletUri) -> Result<WalletFacts, ProbeError> {
        wait(&self.probe_gate).await;
        Ok(WalletFacts { network: *self.network.lock().unwrap() })
    }

    async fn pay(&self, _: &WalletUri, _: &str, hash: PaymentHash, _: Msats, _: Timestamp) -> WalletAnswer {
        self.paid.lock().unwrap().push(hash);
        wait(&self.gate).await;
        self.answer()
    }

    async fn lookup(&self, _: &WalletUri, hash: PaymentHash) -> WalletAnswer {
        self.lookups.lock().unwrap().push(hash);
        self.answer()
    }
}

mockall::mock! {
    pub(crate) Provider {}
    #[async_trait]
    impl WalletRefresher for Provider {
        async fn refresh(
            &self,
            token_endpoint: &str,
            client_id: &str,
            refresh_token: &Secret<String>,
        ) -> Result<RefreshedWallet, RefreshError>;
        async fn revoke(
            &self,
            revocation_endpoint: &str,
            client_id: &str,
            refresh_token: &Secret<String>,
        ) -> Result<(), RefreshError>;
    }
}

/// The wallet provider's authorisation server. Calls that a test does not expect panic.
#[derive(Default)]
pub(crate) struct Refresher {
    provider: tokio::sync::Mutex<MockProvider>,
    pub(crate) gate: Gate,
}

impl Refresher {
    /// The mock, for expectations. Panics during a call.
    pub(crate) fn provider(&self) -> tokio::sync::MutexGuard<'_, MockProvider> {
        self.provider.try_lock().unwrap()
    }
}

#[async_trait]
impl WalletRefresher for Refresher {
    async fn refresh(
        &self,
        endpoint: &str,
        client: &str,
        token: &Secret<String>,
    ) -> Result<RefreshedWallet, RefreshError> {
        let answer = self.provider.lock().await.refresh(endpoint, client, token).await;
        wait(&self.gate).await;
        answer
    }

    async fn revoke(&self, endpoint: &str, client: &str, token: &Secret<String>) -> Result<(), RefreshError> {
        self.provider.lock().await.revoke(endpoint, client, token).await
    }
}

/// Collects sent emails.
#[derive(Default)]
pub(crate) struct SentEmails {
    pub(crate) sent: Mutex<Vec<Notice>>,
    pub(crate) links: Mutex<Vec<String>>,
    pub(crate) account_emails: Mutex<Vec<(String, AccountEmail)>>,
    /// Recipient and kind of each email about tickets.
    log: Mutex<Vec<(String, String)>>,
    /// Number of deliveries that fail.
    pub(crate) failures: AtomicUsize,
}

/// Kind of an email about an order.
fn kind_of(email: &OrderEmail) -> String {
    match email {
        OrderEmail::Placed { .. } => "placed".into(),
        OrderEmail::Confirm { .. } => "confirm".into(),
        OrderEmail::Issued { .. } => "issued".into(),
        OrderEmail::Holder { .. } => "holder".into(),
        OrderEmail::HolderNotice { notice, .. } => {
            format!("holder {}", serde_json::to_value(notice).unwrap()["kind"].as_str().unwrap())
        }
    }
}

impl SentEmails {
    fn log(&self, to: &Recipient, kind: &str) {
        self.log.lock().unwrap().push((to.email.as_str().to_owned(), kind.to_owned()));
    }

    /// Removes and returns recipients and kinds of the emails about tickets, sorted.
    pub(crate) fn take_log(&self) -> Vec<String> {
        let mut log: Vec<_> =
            self.log.lock().unwrap().drain(..).map(|(to, kind)| format!("{to}: {kind}")).collect();
        log.sort();
        log
    }

    fn fails(&self) -> bool {
        let one_less = |failures: usize| failures.checked_sub(1);
        self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok()
    }
}

#[async_trait]
impl Mailer for SentEmails {
    async fn send_account_email(
        &self,
        to: &Email,
        _: kernel::Language,
        email: &AccountEmail,
        _: &MailStamp,
    ) -> Result<(), MailerError> {
        if self.fails() {
            return Err(MailerError::Unavailable("451 try again".into()));
        }
        if let AccountEmail::Verify { link, .. }
        | AccountEmail::ResetPassword { link, .. }
        | AccountEmail::LoginLink { link, .. } = email
        {
            self.links.lock().unwrap().push(link.to_owned());
        }
        self.account_emails.lock().unwrap().push((to.as_str().to_owned(), email.clone()));
        Ok(())
    }

    async fn send_order_email(
        &self,
        to: &Recipient,
        email: &OrderEmail,
        _: &MailStamp,
    ) -> Result<(), MailerError> {
        if to.email.as_str().starts_with("gone@") {
            return Err(MailerError::Refused("550 no such user".into()));
        }
        self.log(to, &kind_of(email));
        match email {
            OrderEmail::Issued { .. } => self.sent.lock().unwrap().push(Notice::TicketIssued),
            OrderEmail::Confirm { link, .. } => self.links.lock().unwrap().push(link.clone()),
            OrderEmail::Placed { .. } | OrderEmail::Holder { .. } | OrderEmail::HolderNotice { .. } => {}
        }
        Ok(())
    }

    async fn send(
        &self,
        to: &Recipient,
        notice: &Notice,
        _: &TicketView,
        _: &MailStamp,
    ) -> Result<(), MailerError> {
        if to.email.as_str().starts_with("gone@") {
            return Err(MailerError::Refused("550 no such user".into()));
        }
        self.log(to, notice.template_name());
        self.sent.lock().unwrap().push(notice.clone());
        Ok(())
    }
}

/// The application service with SQLite and doubles of its other ports.
/// Exchange rates that a test sets.
#[derive(Default)]
pub(crate) struct Rates(pub(crate) Mutex<Vec<ExchangeRate>>);

impl RateSource for Rates {
    fn rates(&self) -> Vec<ExchangeRate> {
        self.0.lock().unwrap().clone()
    }
}

pub(crate) struct TestShop {
    pub(crate) office: Arc<BoxOffice>,
    /// A second replica on the same store.
    pub(crate) replica: Arc<BoxOffice>,
    /// The same shop during rotation of the wallet key from `a` to `b`.
    pub(crate) rotating: Arc<BoxOffice>,
    /// The same shop with the new wallet key only.
    pub(crate) rotated: Arc<BoxOffice>,
    pub(crate) clock: Arc<ManualClock>,
    /// The shop's node.
    pub(crate) node: Arc<Node>,
    /// The shop's node with counted calls.
    pub(crate) node_calls: Arc<CountingNode>,
    /// The buyer's node.
    pub(crate) payer: Arc<Node>,
    pub(crate) vasp: Arc<Vasp>,
    pub(crate) wallet: Arc<Wallet>,
    pub(crate) refresher: Arc<Refresher>,
    pub(crate) emails: Arc<SentEmails>,
    pub(crate) rates: Arc<Rates>,
    pub(crate) buyer: Caller,
    pub(crate) admin: Caller,
    orders: AtomicU64,
}

fn settings() -> Settings {
    Settings {
        hold: Duration::minutes(15),
        grace: Duration::minutes(2),
        early_entry: Duration::minutes(30),
        bcrypt_cost: 4,
        hashing_slots: 1,
        hashing_queue: 8,
        login_failures: 5,
        mail_limits: MailLimits { per_address: 10, per_customer: 100, per_domain: 2_000 },
        pushed_requests: 2,
        admin_emails: AdminEmails::from_iter(Email::parse("admin@shop.example")),
        base_url: "https://shop.example".into(),
        node_notifies: false,
        queue_capacity: 1_000,
        batch: 64,
        hold_limits: HoldLimits::NONE,
        order_limits: OrderLimits::default(),
        require_proved_email_for_free: false,
        wallet_timeout: Duration::seconds(30),
        wallet_budget: WalletBudget::default(),
        call_limits: CallLimits::up_to(Duration::seconds(30)),
        lease_renewal: std::time::Duration::from_secs(15),
        max_pause: None,
    }
}

fn changed(mut settings: Settings, change: impl Fn(&mut Settings)) -> Settings {
    change(&mut settings);
    settings
}

pub(crate) const PASSWORD: &str = "correct horse";

impl TestShop {
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub(crate) async fn open_with(change: impl Fn(&mut Settings)) -> Self {
        Self::open_with_hash_hook(change, || ()).await
    }

    /// `before_hash` runs on the thread of each password hash, before the hash.
    pub(crate) async fn open_with_hash_hook(change: impl Fn(&mut Settings), before_hash: fn()) -> Self {
        let clock = Arc::new(ManualClock::at(noon()));
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(21));
        let ticking: Arc<dyn Clock> = clock.clone();
        let world = World::open(None, Arc::clone(&ticking), Arc::clone(&entropy)).unwrap();
        let node = world.node("shop", Msats::new(1_000_000_000).unwrap()).unwrap();
        let payer = world.node("alice", Msats::new(1_000_000_000).unwrap()).unwrap();
        let node_calls = Arc::new(CountingNode {
            node: Arc::clone(&node),
            checks: AtomicUsize::default(),
            invoices: AtomicUsize::default(),
            unavailable: AtomicBool::default(),
        });
        let store = Arc::new(Sqlite::memory().await.unwrap());
        let vasp = Arc::new(Vasp::new(Arc::clone(&payer)));
        let (wallet, emails) = (Arc::new(Wallet::default()), Arc::new(SentEmails::default()));
        let refresher = Arc::new(Refresher::default());
        let rates = Arc::new(Rates::default());
        let key = |id: &str, byte| (id.to_owned(), Secret::new([byte; 32]));
        let dependencies_with = |wallet_keys: Vec<(String, Secret<[u8; 32]>)>| Dependencies {
            store: store.clone(),
            orders: store.clone(),
            holds: store.clone(),
            lightning: node_calls.clone(),
            webhooks: None,
            test_payments: Some(node.clone()),
            buyer_wallet: Some(wallet.clone()),
            wallet_refresher: Some(refresher.clone()),
            counterparty: vasp.clone(),
            mailer: Some(emails.clone()),
            clock: ticking.clone(),
            entropy: entropy.clone(),
            tokens: AccessTokens::new(&[1; 32]).unwrap(),
            wallet_cipher: WalletCipher::new(wallet_keys).unwrap(),
            links: Links::new(&[3; 32]),
            rates: rates.clone(),
            networks: NetworkHasher::new(&[3; 32]),
            uma_address: UmaAddress::parse("$tickets@shop.example").unwrap(),
            uma_keys: KeyRing::new(keys("shop.example", 9)),
            nonce_rules: NonceRules::default(),
            lower_priority: before_hash,
            settings: changed(settings(), &change),
        };
        let dependencies = || dependencies_with(vec![key("a", 2)]);
        let (office, replica) = (BoxOffice::new(dependencies()), BoxOffice::new(dependencies()));
        let rotating = BoxOffice::new(dependencies_with(vec![key("b", 4), key("a", 2)]));
        let rotated = BoxOffice::new(dependencies_with(vec![key("b", 4)]));
        let buyer = register(&office, "alice@mail.example").await;
        let admin = {
            let form = registration("admin@shop.example");
            caller(&office, &office.install_admin(form).await.unwrap()).await
        };
        Self {
            office,
            replica,
            rotating,
            rotated,
            clock,
            node,
            node_calls,
            payer,
            vasp,
            wallet,
            refresher,
            emails,
            rates,
            buyer,
            admin,
            orders: AtomicU64::new(0),
        }
    }

    pub(crate) async fn event(&self, capacity: i64, price_sats: i64) -> Event {
        let draft = EventDraft {
            title: "Late Show".into(),
            description: String::new(),
            start_time: noon() + Duration::hours(1),
            end_time: noon() + Duration::hours(3),
            time_zone: None,
            capacity,
            price_sats,
            stream_url: "https://stream.example/late".into(),
            network_limit: None,
            details: events::DetailsPatch::default(),
        };
        self.office.create_event(None, draft).await.unwrap()
    }

    /// A purchase with a new idempotency key, so that it repeats no earlier one.
    pub(crate) fn order(&self, event: &Event) -> Order {
        Order {
            event_id: event.id,
            user_id: self.buyer.id(),
            uma_address: BUYER.into(),
            price: None,
            authenticated: true,
            email_proved: false,
            language: kernel::Language::En,
            network: None,
            key: Some(IdempotencyKey {
                scope: "harness".into(),
                key: self.orders.fetch_add(1, Ordering::Relaxed).to_string(),
                fingerprint: [0; 32],
            }),
        }
    }

    pub(crate) async fn buy(&self, event: &Event) -> Receipt {
        self.office.purchase(self.order(event)).await.unwrap()
    }

    pub(crate) async fn view(&self, ticket: TicketId) -> TicketView {
        self.office.store().ticket_view(ticket).await.unwrap().unwrap()
    }

    pub(crate) async fn seats_taken(&self, event: &Event) -> u32 {
        self.office.store().event(event.id).await.unwrap().unwrap().seats_taken
    }

    /// Pays an invoice of the shop from the buyer's node.
    pub(crate) fn pay(&self, invoice: &Invoice) {
        let order = PayInvoice { bolt11: invoice.bolt11.clone(), ..PayInvoice::default() };
        self.payer.pay_invoice(&order).unwrap();
    }

    /// Advances to the first poll of an invoice and runs due jobs.
    pub(crate) async fn poll(&self) {
        self.clock.advance(Duration::seconds(2));
        self.office.run_due_jobs().await.unwrap();
    }

    /// Advances past the hold and its grace period, and expires holds.
    pub(crate) async fn lapse(&self) -> usize {
        self.clock.advance(Duration::minutes(18));
        self.office.expire_holds().await.unwrap()
    }

    /// Asserts that money adds up, and that no event is oversold, miscounted or inconsistent.
    pub(crate) async fn audit(&self) {
        let ledger = self.office.store().ledger(self.office.now()).await.unwrap();
        assert_eq!(ledger.inconsistencies(), Vec::<String>::new());
    }
}

pub(crate) fn registration(email: &str) -> Registration {
    Registration {
        email: email.into(),
        name: "Sam".into(),
        password: PASSWORD.into(),
        language: kernel::Language::En,
    }
}

/// A profile change with the caller's current password.
pub(crate) fn profile(email: &str, name: &str) -> ProfileChange {
    ProfileChange { email: email.into(), name: name.into(), current_password: Some(PASSWORD.into()) }
}

/// A wallet connection to offer.
pub(crate) fn offer() -> box_office::WalletOffer {
    box_office::WalletOffer {
        uri: Secret::new("nostr+walletconnect://planted".into()),
        expires_at: None,
        refresh_token: None,
        client_id: None,
        token_endpoint: None,
        uma_address: None,
        budget: box_office::BudgetChange::default(),
    }
}

pub(crate) async fn caller(office: &BoxOffice, user: &User) -> Caller {
    office.authenticate(&office.token_for(user).unwrap()).await.unwrap()
}

pub(crate) async fn register(office: &BoxOffice, email: &str) -> Caller {
    let user = office.register(registration(email), Origin::Unlimited).await.unwrap();
    caller(office, &user).await
}

pub(crate) fn invoice_of(view: &TicketView) -> Invoice {
    view.invoice.clone().unwrap()
}

pub(crate) fn payment_of(view: &TicketView) -> Payment {
    view.payment.clone().unwrap()
}

pub(crate) fn payment_id(receipt: &Receipt) -> PaymentId {
    payment_of(&receipt.view).id
}

pub(crate) fn is_open(invoice: &Invoice) -> bool {
    invoice.status == InvoiceStatus::Open && Bolt11::parse(&invoice.bolt11).is_ok()
}
