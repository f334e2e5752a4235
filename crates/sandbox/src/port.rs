use crate::{
    bolt11::InvoiceText,
    faults::{Call, Fault},
    ledger::{Direction, InvoiceState, PaymentRecord, Progress},
    node::{Node, NodeError},
    pay::PayInvoice,
    webhooks,
};
use async_trait::async_trait;
use kernel::{Msats, Timestamp};
use payments::{
    Bolt11, IncomingState, InvoiceOrder, Lightning, LightningError, Network, NodeBalance, NodeInvoice,
    NodePayment, NodePaymentStatus, NodeStatus, NodeWebhooks, OutgoingState, PayOrder, PaymentHash,
    TestPayments, WebhookError, WebhookNotice,
};
use sha2::{Digest, Sha256};

impl From<NodeError> for LightningError {
    fn from(error: NodeError) -> Self {
        match error {
            NodeError::World(error) => Self::Unavailable(Box::new(error)),
            error => Self::Refused { reason: error.to_string() },
        }
    }
}

impl Node {
    fn outgoing_state(&self, payment: &PaymentRecord) -> OutgoingState {
        match payment.progress {
            Progress::InFlight => OutgoingState::InFlight,
            Progress::Settled => {
                OutgoingState::Paid { fee: payment.fee, preimage: self.preimage_of(payment.payment_hash) }
            }
            Progress::Failed(reason) => OutgoingState::Failed { reason: reason.to_string() },
        }
    }
}

#[async_trait]
impl Lightning for Node {
    async fn network(&self) -> Option<Network> {
        Some(Network::Regtest)
    }

    async fn create_invoice(&self, order: &InvoiceOrder) -> Result<NodeInvoice, LightningError> {
        let fault = self.faults.take(Call::CreateInvoice);
        let metadata = match &fault {
            Some(Fault::WrongDescription) => "[]",
            _ => &order.metadata,
        };
        let text = InvoiceText::Hash(Sha256::digest(metadata.as_bytes()).into());
        self.with_fault(fault, || {
            if order.amount.is_zero() {
                return Err(LightningError::Refused { reason: "an invoice needs an amount".to_owned() });
            }
            let made = self.make_invoice(Some(order.amount), &text, order.expiry_secs)?;
            Ok(NodeInvoice {
                invoice_id: made.id,
                payment_hash: made.payment_hash,
                bolt11: made.bolt11,
                expires_at: made.expires_at,
            })
        })
        .await
    }

    async fn incoming(&self, invoice_id: &str, hash: PaymentHash) -> Result<IncomingState, LightningError> {
        let fault = self.faults.take(Call::Incoming);
        if fault == Some(Fault::NotFound) {
            return Ok(IncomingState::Unknown);
        }
        self.with_fault(fault, || {
            let invoice = self.invoice(invoice_id).filter(|invoice| invoice.payment_hash == hash);
            Ok(match invoice {
                None => IncomingState::Unknown,
                Some(invoice) => match invoice.state {
                    InvoiceState::Settled { amount, at } => IncomingState::Settled { amount, at: Some(at) },
                    _ if self.is_dead(&invoice) => IncomingState::Unpayable,
                    _ => IncomingState::Open,
                },
            })
        })
        .await
    }

    async fn pay(&self, order: &PayOrder) -> Result<OutgoingState, LightningError> {
        self.guarded(Call::Pay, || {
            let invoice = Bolt11::parse(&order.bolt11).map_err(NodeError::from)?;
            if invoice.payment_hash() != order.payment_hash {
                return Err(LightningError::Refused {
                    reason: "the invoice is for another payment".to_owned(),
                });
            }
            let payment = self.pay_invoice(&PayInvoice {
                bolt11: order.bolt11.clone(),
                amount: Some(order.amount),
                max_fee: Some(order.max_fee),
                idempotency_key: Some(order.idempotency_key.clone()),
            })?;
            Ok(self.outgoing_state(&payment))
        })
        .await
    }

    /// Idempotent: a key and a hash are paid once.
    async fn resend(&self, order: &PayOrder) -> Result<OutgoingState, LightningError> {
        match self.outgoing(order.payment_hash).await? {
            OutgoingState::Unknown if self.faults.honours_idempotency_keys() => self.pay(order).await,
            known => Ok(known),
        }
    }

    async fn outgoing(&self, hash: PaymentHash) -> Result<OutgoingState, LightningError> {
        let fault = self.faults.take(Call::Outgoing);
        if fault == Some(Fault::NotFound) {
            return Ok(OutgoingState::Unknown);
        }
        self.with_fault(fault, || {
            // The newest attempt counts; earlier ones have failed.
            let newest = self
                .payments_of(hash)
                .into_iter()
                .rev()
                .find(|payment| payment.direction == Direction::Outgoing);
            Ok(newest.map_or(OutgoingState::Unknown, |payment| self.outgoing_state(&payment)))
        })
        .await
    }

    async fn outgoing_since(&self, since: Timestamp) -> Result<Vec<NodePayment>, LightningError> {
        self.guarded(Call::Outgoing, || {
            let mut listed = self.payments();
            listed.retain(|one| one.direction == Direction::Outgoing && one.created_at >= since);
            Ok(listed
                .into_iter()
                .map(|one| NodePayment {
                    payment_hash: Some(one.payment_hash),
                    amount: one.amount,
                    fee: if one.progress == Progress::Settled { one.fee } else { Msats::ZERO },
                    status: match one.progress {
                        Progress::InFlight => NodePaymentStatus::InFlight,
                        Progress::Settled => NodePaymentStatus::Paid,
                        Progress::Failed(_) => NodePaymentStatus::Failed,
                    },
                    created_at: one.created_at,
                    id: one.id,
                })
                .collect())
        })
        .await
    }

    async fn balance(&self) -> Result<NodeBalance, LightningError> {
        self.guarded(Call::Balance, || {
            let (available, in_flight) = self.purse();
            Ok(NodeBalance {
                total: available.saturating_add(in_flight),
                available,
                node_id: self.public_key(),
                status: NodeStatus::Ready,
            })
        })
        .await
    }
}

#[async_trait]
impl TestPayments for Node {
    async fn simulate_incoming(&self, bolt11: &str) -> Result<(), LightningError> {
        self.receive_without_payer(bolt11, None)?;
        Ok(())
    }
}

#[async_trait]
impl NodeWebhooks for Node {
    fn read(&self, body: &[u8], signature: Option<&str>) -> Result<WebhookNotice, WebhookError> {
        let target = self.world().webhook_target().ok_or(WebhookError::BadSignature)?;
        webhooks::read(target.key.expose(), body, signature)
    }

    async fn resolve(&self, notice: &WebhookNotice) -> Result<Vec<PaymentHash>, LightningError> {
        self.guarded(Call::Incoming, || {
            let mut hashes = notice.payment_hashes.clone();
            hashes.extend(
                notice
                    .entity_ids
                    .iter()
                    .filter_map(|id| self.payment(id))
                    .filter(|payment| payment.direction == Direction::Incoming)
                    .map(|payment| payment.payment_hash),
            );
            Ok(hashes)
        })
        .await
    }
}
