//! Handling of answers of buyers' connected wallets to payments and look-ups.

use crate::{
    BoxOffice, JobEnd,
    settle::Proof,
    wallet_messages::{DEAD_CONNECTION, STILL_PAYING, UNANSWERED, refusal_sentence},
    wallet_orders::{CollectionAttempt, RUNS_BEFORE_VASP, is_wallet_order, next_check},
};
use identity::{MAX_UNANSWERED_CALLS, WalletConnection};
use kernel::{PaymentId, StoreError, Timestamp};
use payments::{
    Collection, CollectionState, NOT_SENT, OrderAnswer, OutgoingOrder, Payment, PaymentStatus, WalletAnswer,
};

impl BoxOffice {
    pub(crate) async fn handle_answer(
        &self,
        order: &OutgoingOrder,
        connection: &WalletConnection,
        answer: WalletAnswer,
        attempts: u32,
        called_at: Timestamp,
    ) -> Result<CollectionAttempt, StoreError> {
        let silences = self.count_unanswered(connection, answer.is_unanswered()).await?;
        let next = next_check(order, attempts, self.now());
        match answer {
            WalletAnswer::Paid(preimage) => {
                self.settle(order.payment_hash, Proof::Preimage(preimage)).await?;
                self.name_paying_wallet(order.payment_id, connection).await?;
                self.record_wallet_answer(order, &OrderAnswer::Paid, called_at).await?;
                Ok(CollectionAttempt::End(JobEnd::Done))
            }
            WalletAnswer::Refused { code, message, connection_dead } => {
                tracing::info!(payment.id = %order.payment_id, %code, "buyer's wallet refused");
                if connection_dead {
                    self.fail_wallet(connection, DEAD_CONNECTION).await?;
                }
                let (attempt, reason) = (order.attempt, format!("{code}: {message}"));
                let answer = if code == NOT_SENT {
                    OrderAnswer::NotSent { attempt, reason }
                } else {
                    OrderAnswer::Refused { attempt, reason }
                };
                let why = refusal_sentence(&code);
                self.record_wallet_refusal(order, &answer, why, called_at).await?;
                Ok(CollectionAttempt::ask_vasp(why))
            }
            WalletAnswer::Pending => {
                self.record_wallet_answer(order, &OrderAnswer::InFlight, called_at).await?;
                self.update_wallet_detail(order.payment_id, STILL_PAYING).await?;
                Ok(CollectionAttempt::End(JobEnd::Retry { at: next, error: None }))
            }
            WalletAnswer::Unknown { reason, silent } => {
                self.record_wallet_answer(order, &OrderAnswer::Unclear { reason: reason.clone() }, called_at)
                    .await?;
                let keep_polling = attempts < RUNS_BEFORE_VASP || (silent && silences < MAX_UNANSWERED_CALLS);
                Ok(if keep_polling {
                    CollectionAttempt::End(JobEnd::Retry { at: next, error: Some(reason) })
                } else {
                    CollectionAttempt::AskVasp { why: UNANSWERED.to_owned(), follow: Some(next) }
                })
            }
        }
    }

    /// Records what an answer proves of an order.
    pub(crate) async fn record_wallet_answer(
        &self,
        order: &OutgoingOrder,
        answer: &OrderAnswer,
        called_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.record(order, answer, None, called_at).await
    }

    /// Records a refusal. `why` is shown to the buyer unless the VASP request was sent meanwhile.
    async fn record_wallet_refusal(
        &self,
        order: &OutgoingOrder,
        answer: &OrderAnswer,
        why: &str,
        called_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.record(order, answer, Some(why), called_at).await
    }

    async fn record(
        &self,
        order: &OutgoingOrder,
        answer: &OrderAnswer,
        refusal: Option<&str>,
        called_at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut session = self.store().begin().await?;
        let payment = session.payment_for_update(order.payment_id).await?;
        let orders = session.outgoing_orders_for_update(order.payment_id).await?;
        let same = |known: &OutgoingOrder| is_wallet_order(known) && known.payment_hash == order.payment_hash;
        let Some(current) = orders.into_iter().find(same) else {
            return session.rollback().await;
        };
        let after = current.after(answer, called_at);
        if after == current {
            return session.rollback().await;
        }
        session.put_outgoing_order(&after).await?;
        let pending = payment.filter(|payment| {
            payment.state.status == PaymentStatus::Pending
                && payment.collection.state != CollectionState::RequestSent
        });
        if let (Some(payment), Some(why)) = (pending, refusal) {
            let collection = Collection { state: CollectionState::Refused, detail: why.to_owned() };
            let updated_at = self.now();
            session.put_payment(&Payment { collection, updated_at, ..payment }).await?;
        }
        session.commit().await
    }

    /// Updates the detail shown to the buyer while the wallet pays; a sent VASP request is not overwritten.
    async fn update_wallet_detail(&self, payment: PaymentId, detail: &str) -> Result<(), StoreError> {
        let known = self.store().payment(payment).await?.map(|payment| payment.collection);
        match known {
            Some(known) if known.state == CollectionState::WalletPaying && known.detail != detail => {
                self.update_collection(payment, CollectionState::WalletPaying, detail).await.map(drop)
            }
            _ => Ok(()),
        }
    }
}
