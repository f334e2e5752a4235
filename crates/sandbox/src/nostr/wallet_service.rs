use super::{
    faults::{WalletFault, WalletFaults, lock},
    grant::{Grant, METHODS, Schemes, WalletOptions},
    replies::{self, ErrorReply, error_reply},
    transport,
};
use crate::{
    Node, WorldError,
    ledger::{Direction, PaymentRecord, Progress},
};
use ::nostr::{
    event::{Event, EventBuilder, FinalizeEvent, Kind, Tag},
    key::{Keys, PublicKey, SecretKey},
    nips::{nip04, nip44},
};
use kernel::{Msats, Timestamp};
use payments::Preimage;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};
use tokio::{
    sync::{broadcast, watch},
    task::JoinHandle,
};

const MAX_QUEUED_EVENTS: usize = 1_024;
/// Number of requests after which the seen ids are cleared.
const MAX_SEEN_REQUESTS: usize = 100_000;

struct Connection {
    grant: Grant,
    /// Amount spent since the last renewal of the budget.
    spent: Msats,
    whole_at: Timestamp,
}

/// A Nostr Wallet Connect wallet that pays and receives with a [`Node`] of the sandbox.
pub struct WalletService {
    shared: Arc<Shared>,
    relays: Vec<String>,
    seed: String,
    ready: watch::Receiver<usize>,
    tasks: Vec<JoinHandle<()>>,
}

pub(super) struct Shared {
    pub(super) keys: Keys,
    pub(super) options: WalletOptions,
    node: Arc<Node>,
    connections: Mutex<HashMap<PublicKey, Connection>>,
    seen: Mutex<HashSet<String>>,
    faults: WalletFaults,
    network: Mutex<String>,
    asked: Mutex<HashMap<String, usize>>,
    pub(super) out: broadcast::Sender<Event>,
}

impl Drop for WalletService {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// A key derived from the sandbox's seed. Unencrypted, since it protects test money only.
pub(crate) fn key_from(seed: &str, purpose: &str) -> Result<Keys, WorldError> {
    let digest = Sha256::digest(format!("{purpose} of {seed}"));
    let key = SecretKey::from_slice(&digest).map_err(|error| WorldError::Invoice(error.to_string()))?;
    Ok(Keys::new(key))
}

impl WalletService {
    /// Starts a wallet, connected to the given relays.
    pub fn start(node: Arc<Node>, relays: Vec<String>, options: WalletOptions) -> Result<Self, WorldError> {
        let seed = node.seed();
        let (out, _) = broadcast::channel(MAX_QUEUED_EVENTS);
        let shared = Arc::new(Shared {
            keys: key_from(&seed, "the wallet key")?,
            options,
            node,
            connections: Mutex::default(),
            seen: Mutex::default(),
            faults: WalletFaults::default(),
            network: Mutex::new("regtest".to_owned()),
            asked: Mutex::default(),
            out,
        });
        let up = watch::Sender::new(0_usize);
        let ready = up.subscribe();
        let up = Arc::new(up);
        let mut tasks: Vec<JoinHandle<()>> = relays
            .iter()
            .map(|relay| {
                tokio::spawn(transport::stay_connected(Arc::clone(&shared), relay.clone(), Arc::clone(&up)))
            })
            .collect();
        if shared.options.notifies {
            tasks.push(tokio::spawn(announce_payments(Arc::clone(&shared))));
        }
        Ok(Self { shared, relays, seed, ready, tasks })
    }

    /// Waits until the wallet is connected to all its relays.
    pub async fn listens(&self) {
        let all = self.relays.len();
        let mut ready = self.ready.clone();
        // The wallet's tasks hold the sender for the wallet's lifetime.
        let _ = ready.wait_for(|up| *up >= all).await;
    }

    /// Planned faults.
    pub fn faults(&self) -> &WalletFaults {
        &self.shared.faults
    }

    /// Number of requests of this NIP-47 method, each event counted once.
    pub fn requests(&self, method: &str) -> usize {
        lock(&self.shared.asked).get(method).copied().unwrap_or_default()
    }

    /// Sets the network that `get_info` reports.
    pub fn set_network(&self, name: &str) {
        name.clone_into(&mut lock(&self.shared.network));
    }

    /// Public key, hexadecimal.
    pub fn public_key(&self) -> String {
        self.shared.keys.public_key().to_hex()
    }

    /// URI of the named connection, with these permissions. The URI depends on the sandbox and the name only.
    pub fn connect(&self, name: &str, grant: Grant) -> Result<String, WorldError> {
        let whole_at = self.shared.node.now();
        self.insert(name, Connection { grant, spent: Msats::ZERO, whole_at })
    }

    /// Replaces a connection: its spent budget is carried over, and its URI becomes void.
    pub fn replace(&self, before: &str, name: &str, grant: Grant) -> Result<String, WorldError> {
        let old = key_from(&self.seed, &format!("connection {before}"))?;
        let old = lock(&self.shared.connections).remove(&old.public_key());
        let now = self.shared.node.now();
        let (spent, whole_at) = old.map_or((Msats::ZERO, now), |old| (old.spent, old.whole_at));
        self.insert(name, Connection { grant, spent, whole_at })
    }

    fn insert(&self, name: &str, connection: Connection) -> Result<String, WorldError> {
        let client = key_from(&self.seed, &format!("connection {name}"))?;
        lock(&self.shared.connections).insert(client.public_key(), connection);
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for relay in &self.relays {
            query.append_pair("relay", relay);
        }
        query.append_pair("secret", &client.secret_key().to_secret_hex());
        if let Some(address) = &self.shared.options.lud16 {
            query.append_pair("lud16", address);
        }
        Ok(format!("nostr+walletconnect://{}?{}", self.public_key(), query.finish()))
    }

    /// Removes the named connection.
    pub fn disconnect(&self, name: &str) -> Result<(), WorldError> {
        let client = key_from(&self.seed, &format!("connection {name}"))?;
        lock(&self.shared.connections).remove(&client.public_key());
        Ok(())
    }
}

struct WalletRequest {
    method: String,
    params: Value,
}

impl Shared {
    fn speaks(&self, nip04: bool) -> bool {
        match self.options.schemes {
            Schemes::Both => true,
            Schemes::Nip04 => nip04,
            Schemes::Nip44 => !nip04,
        }
    }

    /// The info event (kind 13194), if the wallet publishes one.
    pub(super) fn info(&self) -> Option<Event> {
        let mut info = EventBuilder::new(Kind::WalletConnectInfo, METHODS.join(" "));
        match self.options.schemes {
            Schemes::Nip44 => info = info.tag(Tag::custom("encryption", ["nip44_v2"])),
            Schemes::Both => info = info.tag(Tag::custom("encryption", ["nip44_v2 nip04"])),
            Schemes::Nip04 => {}
        }
        if self.options.notifies {
            info = info.tag(Tag::custom("notifications", ["payment_received payment_sent"]));
        }
        self.options.announces.then(|| info.finalize(&self.keys).ok()).flatten()
    }

    fn seal(&self, to: &PublicKey, nip04: bool, plain: &Value) -> String {
        let key = self.keys.secret_key();
        let plain = plain.to_string();
        if nip04 {
            nip04::encrypt(key, to, plain)
        } else {
            nip44::encrypt(key, to, plain, nip44::Version::V2)
        }
        .unwrap_or_default()
    }

    /// Executes a request once.
    pub(super) async fn handle_message(self: Arc<Self>, event: Event) {
        let now = self.node.now();
        let late = u64::try_from(now.timestamp()).is_ok_and(|now| event.is_expired_at(now.into()));
        if late || event.verify().is_err() || !self.is_new(&event) {
            return;
        }
        let nip04 = event.content.contains("?iv=");
        let key = self.keys.secret_key();
        let plain = if nip04 {
            nip04::decrypt(key, &event.pubkey, &event.content)
        } else {
            nip44::decrypt(key, &event.pubkey, &event.content)
        };
        let asked = plain.ok().and_then(|plain| serde_json::from_str::<Value>(&plain).ok()).map(|plain| {
            WalletRequest {
                method: plain.get("method").and_then(Value::as_str).unwrap_or_default().to_owned(),
                params: plain.get("params").cloned().unwrap_or_default(),
            }
        });
        let Some(asked) = asked else { return };
        if !self.speaks(nip04) {
            // Always in NIP-44 and without a method, like Alby Hub.
            let error = error_reply("UNSUPPORTED_ENCRYPTION", "unsupported encryption");
            return self.answer(&event, "", false, Err(error), &self.keys);
        }
        self.act(&event, &asked, nip04).await;
    }

    fn is_new(&self, event: &Event) -> bool {
        let mut seen = lock(&self.seen);
        if seen.len() > MAX_SEEN_REQUESTS {
            seen.clear();
        }
        seen.insert(event.id.to_hex())
    }

    async fn act(&self, event: &Event, asked: &WalletRequest, nip04: bool) {
        *lock(&self.asked).entry(asked.method.clone()).or_default() += 1;
        let (fault, mut gate) = self.faults.take(&asked.method).unzip();
        match &fault {
            Some(WalletFault::Silence) => return,
            Some(WalletFault::Error(code)) => {
                let error = error_reply(code, "planned fault");
                return self.answer(event, &asked.method, nip04, Err(error), &self.keys);
            }
            Some(WalletFault::WaitBefore) => {
                if let Some(gate) = gate.take() {
                    gate.open().await;
                }
            }
            _ => {}
        }
        let mut done = self.perform(&event.pubkey, asked).await;
        match &fault {
            Some(WalletFault::SilentAfter) => return,
            Some(WalletFault::WaitAfter) => {
                if let Some(gate) = gate.take() {
                    gate.open().await;
                }
            }
            Some(WalletFault::Duplicate) => {
                self.answer(event, &asked.method, nip04, done.clone(), &self.keys);
            }
            Some(WalletFault::WrongAuthor) => {
                return self.answer(event, &asked.method, nip04, done, &Keys::generate());
            }
            Some(WalletFault::WrongPreimage) => {
                set_preimage(&mut done, json!(Preimage::new([7; 32]).expose_hex()));
            }
            Some(WalletFault::NoPreimage) => set_preimage(&mut done, json!("")),
            Some(WalletFault::Garbage) => return self.send(event, "AgAAgarbage".to_owned(), &self.keys),
            Some(WalletFault::ErrorAfter(code)) => done = Err(error_reply(code, "planned fault")),
            _ => {}
        }
        self.answer(event, &asked.method, nip04, done, &self.keys);
    }

    fn answer(&self, to: &Event, method: &str, nip04: bool, done: Result<Value, ErrorReply>, author: &Keys) {
        let plain = match done {
            Ok(result) => json!({ "result_type": method, "error": null, "result": result }),
            Err((code, message)) => {
                json!({ "result_type": method, "error": { "code": code, "message": message }, "result": null })
            }
        };
        self.send(to, self.seal(&to.pubkey, nip04, &plain), author);
    }

    fn send(&self, to: &Event, content: String, author: &Keys) {
        let addressee = if self.options.own_key_in_p { self.keys.public_key() } else { to.pubkey };
        let answer = EventBuilder::new(Kind::WalletConnectResponse, content)
            .tag(Tag::public_key(addressee))
            .tag(Tag::event(to.id))
            .finalize(author);
        if let Ok(answer) = answer {
            // Without subscribers the response is lost, as ephemeral events are.
            let _ = self.out.send(answer);
        }
    }

    async fn perform(&self, client: &PublicKey, asked: &WalletRequest) -> Result<Value, ErrorReply> {
        if !METHODS.contains(&asked.method.as_str()) {
            return Err(error_reply("NOT_IMPLEMENTED", "unknown method"));
        }
        self.authorise(client, &asked.method)?;
        match asked.method.as_str() {
            "pay_invoice" => {
                let price = replies::price(&asked.params).unwrap_or_default();
                self.reserve(client, price)?;
                let paid = replies::pay_invoice(&self.node, &asked.params).await;
                if paid.is_err()
                    && let Some(connection) = lock(&self.connections).get_mut(client)
                {
                    connection.spent = connection.spent.saturating_sub(price);
                }
                paid
            }
            "make_invoice" => replies::make_invoice(&self.node, self.options.descriptions, &asked.params),
            "lookup_invoice" => replies::lookup_invoice(&self.node, &asked.params),
            "list_transactions" => Ok(replies::list_transactions(&self.node, &asked.params)),
            "get_balance" => Ok(replies::get_balance(&self.node)),
            _ => Ok(self.describe(client)),
        }
    }

    fn authorise(&self, client: &PublicKey, method: &str) -> Result<(), ErrorReply> {
        let connections = lock(&self.connections);
        let connection =
            connections.get(client).ok_or_else(|| error_reply("UNAUTHORIZED", "unknown connection"))?;
        if connection.grant.expires_at.is_some_and(|end| end <= self.node.now()) {
            return Err(error_reply("EXPIRED", "this connection has expired"));
        }
        if !connection.grant.methods.contains(method) {
            return Err(error_reply("RESTRICTED", "not granted"));
        }
        Ok(())
    }

    fn reserve(&self, client: &PublicKey, price: Msats) -> Result<(), ErrorReply> {
        let mut connections = lock(&self.connections);
        let Some(connection) = connections.get_mut(client) else { return Ok(()) };
        let now = self.node.now();
        if connection.grant.period.is_some_and(|period| now - connection.whole_at >= period) {
            (connection.spent, connection.whole_at) = (Msats::ZERO, now);
        }
        let spent = connection.spent.saturating_add(price);
        if connection.grant.budget.is_some_and(|budget| spent > budget) {
            return Err(error_reply("QUOTA_EXCEEDED", "the budget is used up"));
        }
        connection.spent = spent;
        Ok(())
    }

    fn describe(&self, client: &PublicKey) -> Value {
        let methods: Vec<String> = lock(&self.connections)
            .get(client)
            .map(|connection| connection.grant.methods.iter().cloned().collect())
            .unwrap_or_default();
        json!({
            "alias": self.options.alias,
            "pubkey": self.node.public_key(),
            "network": lock(&self.network).clone(),
            "methods": methods,
            "notifications": if self.options.notifies { vec!["payment_received"] } else { vec![] },
            "lud16": self.options.lud16,
        })
    }

    /// Sends a payment notification to every connection, in each supported encryption.
    fn notify(&self, payment: &PaymentRecord) {
        let Some(invoice) = self.node.invoice_of(payment.payment_hash) else { return };
        let plain = json!({
            "notification_type": "payment_received",
            "notification": replies::incoming(&self.node, &invoice),
        });
        let clients: Vec<PublicKey> = lock(&self.connections).keys().copied().collect();
        for client in clients {
            for (nip04, kind) in
                [(true, Kind::WalletConnectNotification), (false, Kind::WalletConnectNotificationNip44V2)]
            {
                let event =
                    EventBuilder::new(kind, self.seal(&client, nip04, &plain)).tag(Tag::public_key(client));
                if let (true, Ok(event)) = (self.speaks(nip04), event.finalize(&self.keys)) {
                    let _ = self.out.send(event);
                }
            }
        }
    }
}

fn set_preimage(done: &mut Result<Value, ErrorReply>, preimage: Value) {
    if let Ok(Value::Object(result)) = done {
        result.insert("preimage".to_owned(), preimage);
    }
}

async fn announce_payments(shared: Arc<Shared>) {
    let mut changes = shared.node.world().changes();
    let arrived = |payment: &PaymentRecord| {
        payment.direction == Direction::Incoming && payment.progress == Progress::Settled
    };
    let mut known: HashSet<String> =
        shared.node.payments().into_iter().filter(arrived).map(|payment| payment.id).collect();
    while changes.changed().await.is_ok() {
        for payment in shared.node.payments().into_iter().filter(arrived) {
            if known.insert(payment.id.clone()) {
                shared.notify(&payment);
            }
        }
    }
}
