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
    NodePayment, OutgoingState, PayOrder, PaymentHash, TestPayments,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{fmt, sync::Arc};
use tokio::sync::OnceCell;

/// A Lightspark node, by its API.
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
        "the node's kind keeps no signing key at Lightspark; a remote-signing node needs its master seed"
    )]
    NotKept,
    #[error(transparent)]
    Cipher(#[from] CipherError),
    #[error(transparent)]
    Key(#[from] SigningKeyError),
    #[error("the signing key was not opened")]
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
    /// Checks the settings; asks nobody.
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

    /// Signs payments as a remote-signing node does, with the key at `m/5` of its master seed (BIP 32).
    pub fn with_master_seed(self, seed: &Secret<Vec<u8>>) -> Result<Self, SigningKeyError> {
        let key = Arc::new(SigningKey::from_master_seed(seed)?);
        Ok(Self { signing_key: OnceCell::new_with(Some(key)), ..self })
    }

    /// Runs a document and reads the member of its answer at `path` (a JSON pointer).
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        document: &Document,
        variables: Value,
        path: &str,
    ) -> Result<T, ApiError> {
        read(self.api.run(document, variables).await?, path)
    }

    /// The key that signs payments; opened once, which takes a moment of computing, and kept.
    pub(crate) async fn signing_key(&self) -> Result<&Arc<SigningKey>, KeyError> {
        self.signing_key.get_or_try_init(|| self.open_signing_key()).await
    }

    async fn open_signing_key(&self) -> Result<Arc<SigningKey>, KeyError> {
        let password = self.node_password.clone().ok_or(KeyError::NoPassword)?;
        let sealed: Option<SealedKey> = self
            .ask(
                &doc::RECOVER_NODE_SIGNING_KEY,
                json!({ "node_id": self.node_id }),
                "/entity/encrypted_signing_private_key",
            )
            .await?;
        let sealed = sealed.ok_or(KeyError::NotKept)?;
        tokio::task::spawn_blocking(move || {
            let opened = cipher::open(&sealed.encrypted_value, &sealed.cipher, password.expose())?;
            // Text that opened without complaint under an old cipher and is no key was opened with another password.
            Ok(Arc::new(SigningKey::from_opened(&opened)?))
        })
        .await
        .map_err(|_| KeyError::Interrupted)?
    }

    async fn invoice(&self, invoice_id: &str, hash: PaymentHash) -> Result<Option<Invoice>, ApiError> {
        let by_id: Result<Option<Invoice>, _> =
            self.ask(&doc::INVOICE, json!({ "id": invoice_id }), "/entity").await;
        match by_id {
            Err(error) if !error.is_named(INVALID_ID) => return Err(error),
            Ok(Some(invoice)) => return Ok(Some(invoice)),
            Ok(None) | Err(_) => {}
        }
        let variables = json!({ "payment_hash": hash.to_hex() });
        self.ask(&doc::INVOICE_FOR_PAYMENT_HASH, variables, "/invoice_for_payment_hash/invoice").await
    }

    async fn payments_we_made(&self, hash: PaymentHash) -> Result<OutgoingState, LightningError> {
        let variables = json!({ "payment_hash": hash.to_hex() });
        let answer = self.api.parts(&doc::OUTGOING_PAYMENTS_FOR_PAYMENT_HASH, variables).await;
        let answer = answer.map_err(looking)?;
        let incomplete = answer.has_error();
        let payments: Vec<OutgoingPayment> =
            answer.member("/outgoing_payments_for_payment_hash/payments").map_err(looking)?;
        // Several tries for one hash: one that arrived, or still may, says more than any that failed.
        let mut told = OutgoingState::Unknown;
        for payment in payments {
            let state = outgoing_state(payment, hash)?;
            if rank(&state) >= rank(&told) {
                told = state;
            }
        }
        if incomplete && rank(&told) < rank(&OutgoingState::InFlight) {
            return Err(LightningError::Unavailable("the list of payments came with an error".into()));
        }
        Ok(told)
    }

    /// The payment with this idempotency key.
    async fn payment_by_key(&self, order: &PayOrder) -> Result<OutgoingState, LightningError> {
        let variables = json!({ "idempotency_key": order.idempotency_key });
        let payment: Option<OutgoingPayment> = self
            .ask(
                &doc::OUTGOING_PAYMENT_FOR_IDEMPOTENCY_KEY,
                variables,
                "/outgoing_payment_for_idempotency_key/payment",
            )
            .await
            .map_err(looking)?;
        payment.map_or(Ok(OutgoingState::Unknown), |payment| ordered_state(payment, order.payment_hash))
    }

    /// Sends an order to pay. The answer's payment counts, whatever errors stand beside it.
    async fn order(&self, order: &PayOrder, key: &SigningKey) -> Result<OutgoingState, LightningError> {
        let variables = json!({
            "node_id": self.node_id,
            "encoded_invoice": order.bolt11,
            "timeout_secs": PAY_TIMEOUT_SECS,
            "maximum_fees_msats": order.max_fee.get(),
            "idempotency_key": order.idempotency_key,
        });
        let answer = self.api.run_signed(&doc::PAY_INVOICE, variables, key).await;
        let payment = answer.and_then(|parts| parts.member("/pay_invoice/payment")).map_err(paying)?;
        match ordered_state(payment, order.payment_hash)? {
            // Paid already: perhaps by us, in a race with ourselves.
            OutgoingState::Failed { reason } if reason == "INVOICE_ALREADY_PAID" => {
                let other = self.payments_we_made(order.payment_hash).await?;
                Ok(if rank(&other) > 1 { other } else { OutgoingState::Failed { reason } })
            }
            state => Ok(state),
        }
    }
}

/// Entries of the list of transactions asked for at once.
const PAGE: u32 = 50;
/// The name of the error for an id that the API cannot read.
pub(crate) const INVALID_ID: &str = "InvalidLightsparkIDException";

fn reading(error: ApiError) -> LightningError {
    error.into_lightning(doc::Effect::Reads)
}

/// A look-up that failed says nothing about the payment, whatever the reason.
fn looking(error: ApiError) -> LightningError {
    match error {
        ApiError::Unauthorized => reading(error),
        error => LightningError::Unavailable(Box::new(error)),
    }
}

fn paying(error: ApiError) -> LightningError {
    error.into_lightning(doc::Effect::Pays)
}

fn changing(error: ApiError) -> LightningError {
    error.into_lightning(doc::Effect::Changes)
}

fn refused(reason: impl Into<String>) -> LightningError {
    LightningError::Refused { reason: reason.into() }
}

/// A member that is missing altogether reads as null: fragments on other types leave their fields out.
fn read<T: DeserializeOwned>(mut answer: Value, path: &str) -> Result<T, ApiError> {
    let member = answer.pointer_mut(path).map(Value::take).unwrap_or_default();
    serde_json::from_value(member).map_err(|error| ApiError::Unreadable(error.to_string()))
}

/// Whether the node made what was ordered: an invoice over another amount or text would lose money or break LUD-06.
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
            // Lightspark would make an invoice for any amount.
            return Err(refused("an invoice over nothing"));
        }
        let variables = json!({
            "node_id": self.node_id,
            "amount_msats": order.amount.get(),
            "metadata_hash": hex::encode(Sha256::digest(&order.metadata)),
            "expiry_secs": order.expiry_secs,
        });
        let made: Invoice = self
            .ask(&doc::CREATE_UMA_INVOICE, variables, "/create_uma_invoice/invoice")
            .await
            .map_err(changing)?;
        let bolt11 = check(order, &made).map_err(|difference| {
            refused(format!("the node made another invoice than was ordered: {difference}"))
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
        // The invoice first, its payments second: what came in before the invoice was closed is then certainly seen.
        let Some(invoice) = self.invoice(invoice_id, hash).await.map_err(reading)? else {
            return Ok(IncomingState::Unknown);
        };
        if invoice.data.payment_hash != hash {
            return Err(refused("the node's invoice of this id is for another payment"));
        }
        let payments: Vec<IncomingPayment> = self
            .ask(
                &doc::INCOMING_PAYMENTS_FOR_INVOICE,
                json!({ "invoice_id": invoice.id }),
                "/incoming_payments_for_invoice/payments",
            )
            .await
            .map_err(reading)?;
        incoming_state(&invoice, &payments, now)
    }

    async fn pay(&self, order: &PayOrder) -> Result<OutgoingState, LightningError> {
        let bolt11 = Bolt11::parse(&order.bolt11).map_err(|error| refused(error.to_string()))?;
        if bolt11.payment_hash() != order.payment_hash || bolt11.amount() != Some(order.amount) {
            return Err(refused("the invoice is not the one that was ordered to be paid"));
        }
        let key = self.signing_key().await.map_err(|error| match error {
            KeyError::Api(error) => looking(error),
            other => refused(other.to_string()),
        })?;
        let before = self.payments_we_made(order.payment_hash).await?;
        if rank(&before) >= rank(&OutgoingState::InFlight) {
            return Ok(before);
        }
        self.order(order, key).await
    }

    /// Safe with the same idempotency key: Lightspark answers with the first payment of a key.
    async fn resend(&self, order: &PayOrder) -> Result<OutgoingState, LightningError> {
        let unclear = |error: LightningError| LightningError::Unknown(Box::new(error));
        for known in [
            self.payments_we_made(order.payment_hash).await.map_err(unclear)?,
            self.payment_by_key(order).await.map_err(unclear)?,
        ] {
            if known != OutgoingState::Unknown {
                return Ok(known);
            }
        }
        let key = self.signing_key().await.map_err(|error| LightningError::Unknown(Box::new(error)))?;
        self.order(order, key).await.map_err(unclear)
    }

    async fn outgoing(&self, hash: PaymentHash) -> Result<OutgoingState, LightningError> {
        self.payments_we_made(hash).await
    }

    async fn outgoing_since(&self, since: Timestamp) -> Result<Vec<NodePayment>, LightningError> {
        let node: Option<Node> =
            self.ask(&doc::NODE_STATUS, json!({ "id": self.node_id }), "/entity").await.map_err(reading)?;
        let node = node.ok_or_else(|| refused("Lightspark does not know the node"))?;
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
                .ask(&doc::OUTGOING_TRANSACTIONS, variables, "/current_account/transactions")
                .await
                .map_err(reading)?;
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
            self.ask(&doc::NODE, json!({ "id": self.node_id }), "/entity").await.map_err(reading)?;
        let node = node.ok_or_else(|| refused("Lightspark does not know the node"))?;
        let status = node.status.unwrap_or_else(|| "UNKNOWN".to_owned());
        let balances = node.balances.ok_or_else(|| {
            LightningError::Unavailable(format!("the node shows no balances; its status is {status}").into())
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
            return Err(refused("only an invoice of the test network is paid with test money"));
        }
        let node: Option<Node> =
            self.ask(&doc::NODE_STATUS, json!({ "id": self.node_id }), "/entity").await.map_err(reading)?;
        if node.is_none_or(|node| node.bitcoin_network != "REGTEST") {
            return Err(refused("the node is not in test mode"));
        }
        let variables = json!({ "local_node_id": self.node_id, "encoded_invoice": bolt11 });
        self.ask::<Value>(
            &doc::CREATE_TEST_MODE_PAYMENT,
            variables,
            "/create_test_mode_payment/incoming_payment",
        )
        .await
        .map_err(changing)?;
        Ok(())
    }
}
