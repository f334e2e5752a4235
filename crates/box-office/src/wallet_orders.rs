//! Payment orders to buyers' connected wallets: stored before the call, and followed until they are proved paid or failed.

use crate::{
    BoxOffice, JobEnd, Session, TicketView,
    collect::payable,
    wallet_messages::{PROVIDER_UNREACHABLE, UNANSWERED, closed_sentence},
    wallet_refresh::WalletAccess,
};
use chrono::{Duration, NaiveTime};
use identity::{OverBudget, WalletConnection, WalletState};
use kernel::{Msats, PaymentId, StoreError, Timestamp, UserId};
use payments::{
    BuyerWallet, Collection, CollectionState, Invoice, InvoiceStatus, OrderAnswer, OrderStatus, OrderStep,
    OutgoingOrder, Payer, PaymentStatus, WalletAnswer, WalletUri,
};

/// First delay between checks of an order without a final answer; doubles later.
const FIRST_CHECK_DELAY_SECS: i64 = 5;
/// Longest delay between checks while the invoice can be paid, and after its expiry.
const MAX_CHECK_DELAY_SECS: i64 = 60;
const MAX_CHECK_DELAY_AFTER_EXPIRY_SECS: i64 = 300;
/// Runs of the job before the buyer's VASP is requested to pay the same bolt11, which can be paid once only.
pub(crate) const RUNS_BEFORE_VASP: u32 = 4;
/// How long after its expiry an order without a final answer is checked; equals the polling of the invoice.
const FOLLOW_AFTER_EXPIRY: Duration = Duration::days(7);

/// Outcome of an attempt to collect from a connected wallet.
pub(crate) enum CollectionAttempt {
    /// The job's run ends: the wallet was called, or the payment is over.
    End(JobEnd),
    /// Request the money from the buyer's VASP.
    AskVasp {
        /// Message for the buyer on why the wallet does not pay; empty if none was called.
        why: String,
        /// Time of the next check of an open wallet order.
        follow: Option<Timestamp>,
    },
}

impl CollectionAttempt {
    pub(crate) fn ask_vasp(why: impl Into<String>) -> Self {
        Self::AskVasp { why: why.into(), follow: None }
    }
}

/// Decision on an order to a wallet, made under the lock.
enum OrderDecision {
    /// Stored; the wallet is to be called.
    Ordered(OutgoingOrder),
    /// An order of this payment is open.
    Open,
    /// An earlier order for the invoice ended unpaid.
    Closed(OutgoingOrder),
    /// The owner's budget does not allow the amount.
    OverBudget(OverBudget),
    /// The connection changed, or a retry replaced the invoice.
    Stale,
    /// The payment is not pending any more.
    NotPending,
}

/// A decrypted wallet connection and its client.
struct ConnectedWallet<'a> {
    wallet: &'a dyn BuyerWallet,
    connection: WalletConnection,
    uri: WalletUri,
}

pub(crate) fn is_wallet_order(order: &OutgoingOrder) -> bool {
    order.payer == Payer::Wallet
}

/// Returns a payment's open order to a wallet.
pub(crate) fn open_wallet_order(orders: &[OutgoingOrder]) -> Option<&OutgoingOrder> {
    orders.iter().find(|order| is_wallet_order(order) && order.status.is_open())
}

/// Start of the UTC day that a budget applies to.
pub fn budget_day(now: Timestamp) -> Timestamp {
    now.date_naive().and_time(NaiveTime::MIN).and_utc()
}

impl BoxOffice {
    /// Orders the authenticated buyer's wallet to pay, once per payment hash.
    pub(crate) async fn order_wallet(
        &self,
        view: &TicketView,
        invoice: &Invoice,
        orders: &[OutgoingOrder],
        attempts: u32,
    ) -> Result<CollectionAttempt, StoreError> {
        let now = self.now();
        let (Some(wallet), Some(payment), Some(user)) =
            (self.dependencies.buyer_wallet.as_deref(), &view.payment, view.ticket.user_id)
        else {
            return Ok(CollectionAttempt::ask_vasp(""));
        };
        if !payment.wallet_allowed || payment.collection.state == CollectionState::RequestSent {
            return Ok(CollectionAttempt::ask_vasp(""));
        }
        let known =
            |order: &&OutgoingOrder| is_wallet_order(order) && order.payment_hash == invoice.payment_hash;
        if let Some(order) = orders.iter().find(known) {
            return Ok(CollectionAttempt::ask_vasp(closed_sentence(order)));
        }
        let (connection, uri) = match self.usable_wallet(user, now).await? {
            WalletAccess::Ready(connection, uri) => (*connection, uri),
            WalletAccess::Busy(at) => return Ok(CollectionAttempt::End(JobEnd::Retry { at, error: None })),
            WalletAccess::ProviderUnavailable(at) if attempts < RUNS_BEFORE_VASP => {
                return Ok(CollectionAttempt::End(JobEnd::Retry { at, error: None }));
            }
            WalletAccess::ProviderUnavailable(_) => {
                return Ok(CollectionAttempt::ask_vasp(PROVIDER_UNREACHABLE));
            }
            WalletAccess::None => return Ok(CollectionAttempt::ask_vasp("")),
        };
        let retry = |seconds| {
            let at = now.checked_add_signed(Duration::seconds(seconds)).unwrap_or(now);
            CollectionAttempt::End(JobEnd::Retry { at, error: None })
        };
        if !self.is_still_payable(payment.id).await? {
            return Ok(CollectionAttempt::End(JobEnd::Done));
        }
        let order = match self.begin_order(payment.id, invoice, &connection, now).await? {
            OrderDecision::Ordered(order) => order,
            OrderDecision::Open => return Ok(retry(FIRST_CHECK_DELAY_SECS)),
            OrderDecision::Stale => return Ok(retry(1)),
            OrderDecision::Closed(order) => return Ok(CollectionAttempt::ask_vasp(closed_sentence(&order))),
            OrderDecision::OverBudget(over) => return Ok(CollectionAttempt::ask_vasp(over.to_string())),
            OrderDecision::NotPending => return Ok(CollectionAttempt::End(JobEnd::Done)),
        };
        let connected = ConnectedWallet { wallet, connection, uri };
        let (order, connected, answer) = self.call(order, invoice, connected, now).await?;
        self.handle_answer(&order, &connected.connection, answer, attempts, now).await
    }

    /// Sends the order. If the wallet rejected the connection, so that nothing was paid, and a renewed one exists, the order is
    /// stored and sent once more.
    async fn call<'a>(
        &self,
        order: OutgoingOrder,
        invoice: &Invoice,
        connected: ConnectedWallet<'a>,
        now: Timestamp,
    ) -> Result<(OutgoingOrder, ConnectedWallet<'a>, WalletAnswer), StoreError> {
        let deadline =
            now.checked_add_signed(self.settings().wallet_timeout).unwrap_or(now).min(invoice.expires_at);
        let wallet = connected.wallet;
        let pay = async |uri: &WalletUri| {
            wallet.pay(uri, &invoice.bolt11, invoice.payment_hash, invoice.amount, deadline).await
        };
        let first = pay(&connected.uri).await;
        let WalletAnswer::Refused { code, message, connection_dead: true } = &first else {
            return Ok((order, connected, first));
        };
        let (connection, uri) = match self.renewed_wallet(&connected.connection, self.now()).await? {
            WalletAccess::Ready(connection, uri) => (connection, uri),
            WalletAccess::None => return Ok((order, connected, first)),
            // Renewal is not possible right now: the order has ended, but the connection may still be renewed.
            WalletAccess::Busy(_) | WalletAccess::ProviderUnavailable(_) => {
                let (code, message) = (code.clone(), message.clone());
                let refused = WalletAnswer::Refused { code, message, connection_dead: false };
                return Ok((order, connected, refused));
            }
        };
        if !self.is_still_payable(order.payment_id).await? {
            return Ok((order, connected, first));
        }
        let Some(order_again) = self.reorder(&order, &connection, code).await? else {
            return Ok((order, connected, first));
        };
        let second = pay(&uri).await;
        Ok((order_again, ConnectedWallet { wallet, connection: *connection, uri }, second))
    }

    /// Whether a payment can be paid now. Renewing a connection takes seconds, and the job that cancels an event's pending tickets
    /// runs after the cancellation.
    async fn is_still_payable(&self, payment: PaymentId) -> Result<bool, StoreError> {
        let view = self.store().payment_view(payment).await?;
        Ok(view.is_some_and(|view| payable(&view, self.now()).is_some()))
    }

    /// Stores the order before the call, from rows read under the lock: payment, wallet connection, orders.
    async fn begin_order(
        &self,
        payment_id: PaymentId,
        invoice: &Invoice,
        connection: &WalletConnection,
        now: Timestamp,
    ) -> Result<OrderDecision, StoreError> {
        let user = connection.user_id;
        let mut session = self.store().begin().await?;
        let payment = session.payment_for_update(payment_id).await?;
        let Some(mut payment) = payment.filter(|payment| payment.state.status == PaymentStatus::Pending)
        else {
            session.rollback().await?;
            return Ok(OrderDecision::NotPending);
        };
        let current = session.wallet_for_update(user).await?;
        let Some(current) = current.filter(|current| current.uri == connection.uri) else {
            session.rollback().await?;
            return Ok(OrderDecision::Stale);
        };
        let newest = Invoice::current(session.invoices_in_session(payment_id).await?);
        if newest.is_none_or(|newest| newest.payment_hash != invoice.payment_hash) {
            session.rollback().await?;
            return Ok(OrderDecision::Stale);
        }
        let orders = session.outgoing_orders_for_update(payment_id).await?;
        if open_wallet_order(&orders).is_some() {
            session.rollback().await?;
            return Ok(OrderDecision::Open);
        }
        let ordered_before = payment.collection.state == CollectionState::WalletPaying;
        if let Err(over) =
            self.within_budget(&mut *session, &current, invoice.amount, Msats::ZERO, now).await?
            && !ordered_before
        {
            session.rollback().await?;
            return Ok(OrderDecision::OverBudget(over));
        }
        let new_order = OutgoingOrder {
            payer: Payer::Wallet,
            payment_hash: invoice.payment_hash,
            payment_id,
            refund_id: None,
            bolt11: invoice.bolt11.clone(),
            amount: invoice.amount,
            attempt: 1,
            ordered_at: now,
            expires_at: invoice.expires_at,
            status: OrderStatus::Ordered,
            detail: String::new(),
            answered_at: None,
        };
        // A refusal or an unsent call is final for this order.
        let same =
            |order: &OutgoingOrder| is_wallet_order(order) && order.payment_hash == new_order.payment_hash;
        if let Some(closed) = orders.into_iter().find(same) {
            session.rollback().await?;
            return Ok(OrderDecision::Closed(closed));
        }
        let OrderStep::Order(order) = OutgoingOrder::step(None, new_order) else {
            session.rollback().await?;
            return Ok(OrderDecision::Open);
        };
        if !session.add_outgoing_order(&order).await? {
            session.rollback().await?;
            return Ok(OrderDecision::Open);
        }
        payment.collection = Collection { state: CollectionState::WalletPaying, detail: String::new() };
        payment.updated_at = now;
        session.put_payment(&payment).await?;
        session.commit().await?;
        // A release without order rows sent it: it is checked, never sent again.
        Ok(if ordered_before { OrderDecision::Open } else { OrderDecision::Ordered(order) })
    }

    /// Checks the budget of a locked connection for `amount`, of which today's orders already include `counted`.
    async fn within_budget(
        &self,
        session: &mut dyn Session,
        connection: &WalletConnection,
        amount: Msats,
        counted: Msats,
        now: Timestamp,
    ) -> Result<Result<(), OverBudget>, StoreError> {
        let spent = session.ordered_from_wallet(connection.user_id, budget_day(now)).await?;
        let limits = connection.limits(self.settings().wallet_budget);
        Ok(limits.allow(amount.to_sats_floor(), spent.saturating_sub(counted).to_sats_floor()))
    }

    /// Stores the second call of an order whose first one paid nothing; `None` if the order ended, was replaced or exceeds the
    /// budget, or if the connection changed.
    async fn reorder(
        &self,
        order: &OutgoingOrder,
        connection: &WalletConnection,
        code: &str,
    ) -> Result<Option<OutgoingOrder>, StoreError> {
        let now = self.now();
        let mut session = self.store().begin().await?;
        let payment = session.payment_for_update(order.payment_id).await?;
        let current = session.wallet_for_update(connection.user_id).await?;
        let newest = Invoice::current(session.invoices_in_session(order.payment_id).await?);
        let orders = session.outgoing_orders_for_update(order.payment_id).await?;
        let is_due = payment.is_some_and(|payment| payment.state.status == PaymentStatus::Pending)
            && newest.is_some_and(|newest| newest.payment_hash == order.payment_hash);
        let Some(current) = current.filter(|current| is_due && current.uri == connection.uri) else {
            session.rollback().await?;
            return Ok(None);
        };
        if self.within_budget(&mut *session, &current, order.amount, order.amount, now).await?.is_err() {
            session.rollback().await?;
            return Ok(None);
        }
        let refused = OrderAnswer::NotSent { attempt: order.attempt, reason: code.to_owned() };
        let same =
            |known: &&OutgoingOrder| is_wallet_order(known) && known.payment_hash == order.payment_hash;
        let closed = orders.iter().find(same).map(|known| known.after(&refused, now));
        let step = closed.as_ref().map(|closed| {
            OutgoingOrder::step(Some(closed), OutgoingOrder { ordered_at: now, ..order.clone() })
        });
        let Some(OrderStep::Order(again)) = step else {
            session.rollback().await?;
            return Ok(None);
        };
        session.put_outgoing_order(&again).await?;
        session.commit().await?;
        Ok(Some(again))
    }

    /// Checks an open order: the stored state of its invoice first, then the wallet.
    pub(crate) async fn follow_order(
        &self,
        view: &TicketView,
        order: &OutgoingOrder,
        attempts: u32,
    ) -> Result<CollectionAttempt, StoreError> {
        let now = self.now();
        let invoice = self.store().invoice_by_hash(order.payment_hash).await?;
        match invoice.map(|invoice| invoice.status) {
            Some(InvoiceStatus::Settled) => {
                self.record_wallet_answer(order, &OrderAnswer::Paid, now).await?;
                return Ok(CollectionAttempt::End(JobEnd::Done));
            }
            Some(InvoiceStatus::Unpaid) => {
                let reason = "our node reports that the invoice ended unpaid".to_owned();
                self.record_wallet_answer(order, &OrderAnswer::Failed { reason }, now).await?;
                return Ok(CollectionAttempt::ask_vasp(""));
            }
            Some(InvoiceStatus::Open) | None => {}
        }
        if order.expires_at.checked_add_signed(FOLLOW_AFTER_EXPIRY).is_some_and(|end| end < now) {
            let error = "the connected wallet never reported the outcome of a payment".to_owned();
            return Ok(CollectionAttempt::End(JobEnd::DeadLetter { error }));
        }
        let unreached = CollectionAttempt::AskVasp {
            why: UNANSWERED.to_owned(),
            follow: Some(next_check(order, attempts, now)),
        };
        let (Some(wallet), Some(user)) = (self.dependencies.buyer_wallet.as_deref(), view.ticket.user_id)
        else {
            return Ok(unreached);
        };
        let (connection, uri) = match self.wallet_for_lookup(user, now).await? {
            WalletAccess::Ready(connection, uri) => (*connection, uri),
            WalletAccess::Busy(at) => return Ok(CollectionAttempt::End(JobEnd::Retry { at, error: None })),
            WalletAccess::ProviderUnavailable(_) | WalletAccess::None => return Ok(unreached),
        };
        let mut answer = wallet.lookup(&uri, order.payment_hash).await;
        if connection.created_at > order.ordered_at && !matches!(answer, WalletAnswer::Paid(_)) {
            // A connection made after the order may be another wallet, whose answer says nothing about it.
            answer = WalletAnswer::Unknown {
                reason: "the order was sent over another connection".to_owned(),
                silent: false,
            };
        }
        self.handle_answer(order, &connection, answer, attempts, now).await
    }

    /// Connection for checking an open order; may be stale, because its wallet may have recovered.
    async fn wallet_for_lookup(&self, user: UserId, now: Timestamp) -> Result<WalletAccess, StoreError> {
        match self.store().wallet(user).await? {
            Some(connection) if connection.state(now) == WalletState::Stale => Ok(self.decrypted(connection)),
            _ => self.usable_wallet(user, now).await,
        }
    }
}

/// Time of the next check, with exponential backoff that is bounded more tightly while the invoice can be paid.
pub(crate) fn next_check(order: &OutgoingOrder, attempts: u32, now: Timestamp) -> Timestamp {
    let max = if now < order.expires_at { MAX_CHECK_DELAY_SECS } else { MAX_CHECK_DELAY_AFTER_EXPIRY_SECS };
    let doublings = attempts.saturating_sub(RUNS_BEFORE_VASP).min(6);
    let pause = FIRST_CHECK_DELAY_SECS.saturating_mul(1_i64 << doublings).min(max);
    now.checked_add_signed(Duration::seconds(pause)).unwrap_or(now)
}
