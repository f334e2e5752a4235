use crate::{
    answer::ApiError,
    api::{Api, PAY_TIMEOUT_SECS},
    cipher::{self, CipherError},
    config::{ConfigError, LightsparkConfig},
    documents::{self as doc, Document},
    model::{IncomingPayment, Invoice, Node, OutgoingPayment, SealedKey, TransactionPage},
    signing::{SigningKey, SigningKeyError},
    states::{incoming_state, listed_payment, msats, ordered_state, outgoing_state, rank},
};
use async_trait::async_trait;
use kernel::{Clock, Entropy, Secret, Timestamp};
use payments::{
    Bolt11, IncomingState, InvoiceOrder, Lightning, LightningError, Network, NodeBalance, NodeInvoice,
    NodePayment, NodeStatus, OutgoingState, PayOrder, PaymentHash, TestPayments,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{fmt, sync::Arc};
use tokio::sync::OnceCell;

/// Adapter of a Lightspark node.
pub struct Lightspark {
    api: Api,
    clock: Arc<dyn Clock>,
    pub(crate) node_id: String,
    node_password: Option<Secret<String>>,
    pub(crate) webhook_key: Secret<String>,
    signing_key: OnceCell<Arc<SigningKey>>,
}

/// Why payments cannot be signed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("no node password is configured, so the node can receive, but not pay")]
    NoPassword,
    #[error(
        "Lightspark stores no signing key for this type of node; a remote-signing node needs its master seed"
    )]
    NotKept,
    #[error(transparent)]
    Cipher(#[from] CipherError),
    #[error(transparent)]
    Key(#[from] SigningKeyError),
    #[error("decrypting the signing key was interrupted")]
    Interrupted,
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl fmt::Debug for Lightspark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lightspark").field("node_id", &self.node_id).finish_non_exhaustive()
    }
}

impl Lightspark {
    /// Validates the settings, without I/O.
    pub fn new(
        config: LightsparkConfig,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            api: Api::new(&config, Arc::clone(&clock), entropy)?,
            clock,
            node_id: config.node_id,
            node_password: config.node_password,
            webhook_key: config.webhook_key,
            signing_key: OnceCell::new(),
        })
    }

    /// Signs payments like a remote-signing node, with the key at `m/5` of its master seed (BIP 32).
    pub fn with_master_seed(self, seed: &Secret<Vec<u8>>) -> Result<Self, SigningKeyError> {
        let key = Arc::new(SigningKey::from_master_seed(seed)?);
        Ok(Self { signing_key: OnceCell::new_with(Some(key)), ..self })
    }

    /// Runs an unsigned document and parses the member of its response at `path` (a JSON pointer).
    pub(crate) async fn query<T: DeserializeOwned>(
        &self,
        document: &Document,
        variables: Value,
        path: &str,
    ) -> Result<T, ApiError> {
        read(self.api.run(document, variables).await?, path)
    }

    /// The key that signs payments. Cached, since decrypting it is expensive.
    pub(crate) async fn signing_key(&self) -> Result<&Arc<SigningKey>, KeyError> {
        self.signing_key.get_or_try_init(|| self.decrypt_signing_key()).await
    }

    async fn decrypt_signing_key(&self) -> Result<Arc<SigningKey>, KeyError> {
        let password = self.node_password.clone().ok_or(KeyError::NoPassword)?;
        let sealed: Option<SealedKey> = self
            .query(
                &doc::RECOVER_NODE_SIGNING_KEY,
                json!({ "node_id": self.node_id }),
                "/entity/encrypted_signing_private_key",
            )
            .await?;
        let sealed = sealed.ok_or(KeyError::NotKept)?;
        tokio::task::spawn_blocking(move || {
            let opened = cipher::open(&sealed.encrypted_value, &sealed.cipher, password.expose())?;
            // The old cipher has no tag: a wrong password may decrypt to text that is no key.
            Ok(Arc::new(SigningKey::from_opened(&opened)?))
        })
        .await
        .map_err(|_| KeyError::Interrupted)?
    }

    async fn invoice(&self, invoice_id: &str, hash: PaymentHash) -> Result<Option<Invoice>, ApiError> {
        let by_id: Result<Option<Invoice>, _> =
            self.query(&doc::INVOICE, json!({ "id": invoice_id }), "/entity").await;
        match by_id {
            Err(error) if !error.is_named(INVALID_ID) => return Err(error),
            Ok(Some(invoice)) => return Ok(Some(invoice)),
            Ok(None) | Err(_) => {}
        }
        let variables = json!({ "payment_hash": hash.to_hex() });
        self.query(&doc::INVOICE_FOR_PAYMENT_HASH, variables, "/invoice_for_payment_hash/invoice").await
    }

    async fn own_payments(&self, hash: PaymentHash) -> Result<OutgoingState, LightningError> {
        let variables = json!({ "payment_hash": hash.to_hex() });
        let answer = self.api.response(&doc::OUTGOING_PAYMENTS_FOR_PAYMENT_HASH, variables).await;
        let answer = answer.map_err(lookup_error)?;
        let incomplete = answer.has_error();
        let payments: Vec<OutgoingPayment> =
            answer.member("/outgoing_payments_for_payment_hash/payments").map_err(lookup_error)?;
        // Of several attempts for one hash, one that settled or still may outweighs failed ones.
        let mut best = OutgoingState::Unknown;
        for payment in payments {
            let state = outgoing_state(payment, hash)?;
            if rank(&state) >= rank(&best) {
                best = state;
            }
        }
        if incomplete && rank(&best) < rank(&OutgoingState::InFlight) {
            return Err(LightningError::Unavailable("the list of payments came with an error".into()));
        }
        Ok(best)
    }

    /// The payment with the order's idempotency key.
    async fn payment_by_key(&self, order: &PayOrder) -> Result<OutgoingState, LightningError> {
        let variables = json!({ "idempotency_key": order.idempotency_key });
        let payment: Option<OutgoingPayment> = self
            .query(
                &doc::OUTGOING_PAYMENT_FOR_IDEMPOTENCY_KEY,
                variables,
                "/outgoing_payment_for_idempotency_key/payment",
            )
            .await
            .map_err(lookup_error)?;
        payment.map_or(Ok(OutgoingState::Unknown), |payment| ordered_state(payment, order.payment_hash))
    }

    /// Requests the payment. A payment in the response counts in spite of errors.
    async fn send_payment(
        &self,
        order: &PayOrder,
        key: &SigningKey,
    ) -> Result<OutgoingState, LightningError> {
        let variables = json!({
            "node_id": self.node_id,
            "encoded_invoice": order.bolt11,
            "timeout_secs": PAY_TIMEOUT_SECS,
            "maximum_fees_msats": order.max_fee.get(),
            "idempotency_key": order.idempotency_key,
        });
        let answer = self.api.run_signed(&doc::PAY_INVOICE, variables, key).await;
        let payment = answer.and_then(|parts| parts.member("/pay_invoice/payment")).map_err(payment_error)?;
        match ordered_state(payment, order.payment_hash)? {
            // Already paid, possibly by a concurrent request of ours.
            OutgoingState::Failed { reason } if reason == "INVOICE_ALREADY_PAID" => {
                let other = self.own_payments(order.payment_hash).await?;
                Ok(if rank(&other) > 1 { other } else { OutgoingState::Failed { reason } })
            }
            state => Ok(state),
        }
    }
}

/// Page size of the list of transactions.
const PAGE: u32 = 50;
/// Name of the error for an invalid id.
pub(crate) const INVALID_ID: &str = "InvalidLightsparkIDException";

fn read_error(error: ApiError) -> LightningError {
    error.into_lightning(doc::Effect::Reads)
}

/// A failed lookup proves nothing about the payment, whatever the reason.
fn lookup_error(error: ApiError) -> LightningError {
    match error {
        ApiError::Unauthorized => read_error(error),
        error => LightningError::Unavailable(Box::new(error)),
    }
}

fn payment_error(error: ApiError) -> LightningError {
    error.into_lightning(doc::Effect::Pays)
}

fn mutation_error(error: ApiError) -> LightningError {
    error.into_lightning(doc::Effect::Changes)
}

fn refused(reason: impl Into<String>) -> LightningError {
    LightningError::Refused { reason: reason.into() }
}

/// A missing member reads as null: fragments on other types omit their fields.
fn read<T: DeserializeOwned>(mut answer: Value, path: &str) -> Result<T, ApiError> {
    let member = answer.pointer_mut(path).map(Value::take).unwrap_or_default();
    serde_json::from_value(member).map_err(|error| ApiError::Unreadable(error.to_string()))
}

/// Compares the invoice with the order: another amount would lose money, another description breaks LUD-06.
fn check(order: &InvoiceOrder, made: &Invoice) -> Result<Bolt11, String> {
    let bolt11 = Bolt11::parse(&made.data.encoded_payment_request).map_err(|error| error.to_string())?;
    if bolt11.payment_hash() != made.data.payment_hash {
        return Err("the payment hash differs".to_owned());
    }
    if bolt11.amount() != Some(order.amount) {
        return Err("the amount differs".to_owned());
    }
    if bolt11.description_hash() != Some(Sha256::digest(&order.metadata).into()) {
        return Err("the description hash differs".to_owned());
    }
    Ok(bolt11)
}

#[async_trait]
impl Lightning for Lightspark {
    async fn network(&self) -> Option<Network> {
        Network::parse(&self.health().await.ok()?.network)
    }

    async fn create_invoice(&self, order: &InvoiceOrder) -> Result<NodeInvoice, LightningError> {
        if order.amount.is_zero() {
            // Lightspark accepts any amount, zero included.
            return Err(refused("the amount is zero"));
        }
        let variables = json!({
            "node_id": self.node_id,
            "amount_msats": order.amount.get(),
            "metadata_hash": hex::encode(Sha256::digest(&order.metadata)),
            "expiry_secs": order.expiry_secs,
        });
        let made: Invoice = self
            .query(&doc::CREATE_UMA_INVOICE, variables, "/create_uma_invoice/invoice")
            .await
            .map_err(mutation_error)?;
        let bolt11 = check(order, &made).map_err(|difference| {
            refused(format!("the node's invoice does not match the order: {difference}"))
        })?;
        Ok(NodeInvoice {
            invoice_id: made.id,
            payment_hash: bolt11.payment_hash(),
            expires_at: bolt11.expires_at(),
            bolt11: made.data.encoded_payment_request,
        })
    }

    async fn incoming(&self, invoice_id: &str, hash: PaymentHash) -> Result<IncomingState, LightningError> {
        let now = self.clock.now();
        // The invoice is read before its payments, so that payments made before it was closed are seen.
        let Some(invoice) = self.invoice(invoice_id, hash).await.map_err(read_error)? else {
            return Ok(IncomingState::Unknown);
        };
        if invoice.data.payment_hash != hash {
            return Err(refused("the node's invoice of this id is for another payment"));
        }
        let payments: Vec<IncomingPayment> = self
            .query(
                &doc::INCOMING_PAYMENTS_FOR_INVOICE,
                json!({ "invoice_id": invoice.id }),
                "/incoming_payments_for_invoice/payments",
            )
            .await
            .map_err(read_error)?;
        incoming_state(&invoice, &payments, now)
    }

    async fn pay(&self, order: &PayOrder) -> Result<OutgoingState, LightningError> {
        let bolt11 = Bolt11::parse(&order.bolt11).map_err(|error| refused(error.to_string()))?;
        if bolt11.payment_hash() != order.payment_hash || bolt11.amount() != Some(order.amount) {
            return Err(refused("the invoice does not match the order"));
        }
        let key = self.signing_key().await.map_err(|error| match error {
            KeyError::Api(error) => lookup_error(error),
            other => refused(other.to_string()),
        })?;
        let before = self.own_payments(order.payment_hash).await?;
        if rank(&before) >= rank(&OutgoingState::InFlight) {
            return Ok(before);
        }
        self.send_payment(order, key).await
    }

    /// Repeats a request. Idempotent: Lightspark returns the first payment of an idempotency key.
    async fn resend(&self, order: &PayOrder) -> Result<OutgoingState, LightningError> {
        let unclear = |error: LightningError| LightningError::Unknown(Box::new(error));
        for known in [
            self.own_payments(order.payment_hash).await.map_err(unclear)?,
            self.payment_by_key(order).await.map_err(unclear)?,
        ] {
            if known != OutgoingState::Unknown {
                return Ok(known);
            }
        }
        let key = self.signing_key().await.map_err(|error| LightningError::Unknown(Box::new(error)))?;
        self.send_payment(order, key).await.map_err(unclear)
    }

    async fn outgoing(&self, hash: PaymentHash) -> Result<OutgoingState, LightningError> {
        self.own_payments(hash).await
    }

    async fn outgoing_since(&self, since: Timestamp) -> Result<Vec<NodePayment>, LightningError> {
        let node: Option<Node> = self
            .query(&doc::NODE_STATUS, json!({ "id": self.node_id }), "/entity")
            .await
            .map_err(read_error)?;
        let node = node.ok_or_else(|| refused("the node does not exist at Lightspark"))?;
        let mut listed = Vec::new();
        let mut after = None::<String>;
        loop {
            let variables = json!({
                "first": PAGE,
                "after": after,
                "after_date": since.to_rfc3339(),
                "network": node.bitcoin_network,
                "node_id": self.node_id,
            });
            let page: TransactionPage = self
                .query(&doc::OUTGOING_TRANSACTIONS, variables, "/current_account/transactions")
                .await
                .map_err(read_error)?;
            for payment in page.entities {
                listed.push(listed_payment(payment)?);
            }
            let next = page.page_info.end_cursor.filter(|_| page.page_info.has_next_page == Some(true));
            match next {
                Some(next) if after.as_ref() != Some(&next) => after = Some(next),
                _ => return Ok(listed),
            }
        }
    }

    async fn balance(&self) -> Result<NodeBalance, LightningError> {
        let node: Option<Node> =
            self.query(&doc::NODE, json!({ "id": self.node_id }), "/entity").await.map_err(read_error)?;
        let node = node.ok_or_else(|| refused("the node does not exist at Lightspark"))?;
        let status = node.status.as_deref().map_or(NodeStatus::Unknown, NodeStatus::parse);
        let balances = node.balances.ok_or_else(|| {
            LightningError::Unavailable(
                format!("the node has no balances; its status is {}", status.as_str()).into(),
            )
        })?;
        Ok(NodeBalance {
            total: msats(&balances.owned_balance)?,
            available: msats(&balances.available_to_send_balance)?,
            node_id: node.id,
            status,
        })
    }
}

#[async_trait]
impl TestPayments for Lightspark {
    async fn simulate_incoming(&self, bolt11: &str) -> Result<(), LightningError> {
        if !bolt11.to_ascii_lowercase().starts_with("lnbcrt") {
            return Err(refused("test payments are for invoices of the test network only"));
        }
        let node: Option<Node> = self
            .query(&doc::NODE_STATUS, json!({ "id": self.node_id }), "/entity")
            .await
            .map_err(read_error)?;
        if node.is_none_or(|node| node.bitcoin_network != "REGTEST") {
            return Err(refused("the node is not in test mode"));
        }
        let variables = json!({ "local_node_id": self.node_id, "encoded_invoice": bolt11 });
        self.query::<Value>(
            &doc::CREATE_TEST_MODE_PAYMENT,
            variables,
            "/create_test_mode_payment/incoming_payment",
        )
        .await
        .map_err(mutation_error)?;
        Ok(())
    }
}
