//! Orders to buyers' connected wallets: written before the call, and followed until they are proved paid or failed.

use crate::{
    BoxOffice, JobEnd, Session, TicketView,
    collect::payable,
    wallet_refresh::Usable,
    wallet_sentences::{PROVIDER_AWAY, UNANSWERED, closed_sentence},
};
use chrono::{Duration, NaiveTime};
use identity::{OverBudget, WalletConnection, WalletState};
use kernel::{Msats, PaymentId, StoreError, Timestamp, UserId};
use payments::{
    BuyerWallet, Collection, CollectionState, Invoice, InvoiceStatus, OrderAnswer, OrderStatus, OrderStep,
    OutgoingOrder, Payer, PaymentStatus, WalletAnswer, WalletUri,
};

/// Pause between the first questions to a wallet that gave no final answer; it doubles later.
const ASK_AGAIN_SECS: i64 = 5;
/// Longest pause while the invoice can be paid, and afterwards.
const MAX_PAUSE_SECS: i64 = 60;
const MAX_PAUSE_AFTER_EXPIRY_SECS: i64 = 300;
/// Runs of the job before the buyer's VASP is asked for the same bolt11, which can be paid once only.
pub(crate) const WALLET_QUESTIONS: u32 = 4;
/// An order without a final answer is asked about this long after its expiry; our node watches the invoice as long.
const FOLLOW_AFTER_EXPIRY: Duration = Duration::days(7);

/// What a try to collect from a connected wallet came to.
pub(crate) enum CollectionAttempt {
    /// The wallet is being asked, or the payment is over.
    Over(JobEnd),
    /// Ask the buyer's VASP.
    AskVasp {
        /// Why the wallet does not pay, for the buyer; empty when none was asked.
        why: String,
        /// When the wallet is asked again: its order is open.
        follow: Option<Timestamp>,
    },
}

impl CollectionAttempt {
    pub(crate) fn ask_vasp(why: impl Into<String>) -> Self {
        Self::AskVasp { why: why.into(), follow: None }
    }
}

/// Decision under the lock about an order to a wallet.
enum OrderDecision {
    /// Written: call.
    Ordered(OutgoingOrder),
    /// An order of this payment is open.
    Open,
    /// Ordered before, and certainly not paid.
    Closed(OutgoingOrder),
    /// More than its owner allows.
    OverBudget(OverBudget),
    /// The connection changed meanwhile, or a retry replaced the invoice.
    Changed,
    /// Nothing is to be paid any more.
    NotPending,
}

/// A wallet that can be asked.
struct ReachableWallet<'a> {
    wallet: &'a dyn BuyerWallet,
    connection: WalletConnection,
    uri: WalletUri,
}

pub(crate) fn is_wallets(order: &OutgoingOrder) -> bool {
    order.payer == Payer::Wallet
}

/// The open order to a wallet, if a payment has one.
pub(crate) fn open_wallet_order(orders: &[OutgoingOrder]) -> Option<&OutgoingOrder> {
    orders.iter().find(|order| is_wallets(order) && order.status.is_open())
}

/// Begin of the day (UTC) for which a budget counts.
pub fn budget_day(now: Timestamp) -> Timestamp {
    now.date_naive().and_time(NaiveTime::MIN).and_utc()
}

impl BoxOffice {
    /// Orders the authenticated buyer's wallet to pay, once for each payment hash.
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
        let known = |order: &&OutgoingOrder| is_wallets(order) && order.payment_hash == invoice.payment_hash;
        if let Some(order) = orders.iter().find(known) {
            return Ok(CollectionAttempt::ask_vasp(closed_sentence(order)));
        }
        let (connection, uri) = match self.usable_wallet(user, now).await? {
            Usable::Now(connection, uri) => (*connection, uri),
            Usable::Later(at) => return Ok(CollectionAttempt::Over(JobEnd::Retry { at, error: None })),
            Usable::Away(at) if attempts < WALLET_QUESTIONS => {
                return Ok(CollectionAttempt::Over(JobEnd::Retry { at, error: None }));
            }
            Usable::Away(_) => return Ok(CollectionAttempt::ask_vasp(PROVIDER_AWAY)),
            Usable::Never => return Ok(CollectionAttempt::ask_vasp("")),
        };
        if !self.is_still_payable(payment.id).await? {
            return Ok(CollectionAttempt::Over(JobEnd::Done));
        }
        let again = |seconds| now.checked_add_signed(Duration::seconds(seconds)).unwrap_or(now);
        let order = match self.begin_order(payment.id, invoice, &connection, now).await? {
            OrderDecision::Ordered(order) => order,
            OrderDecision::Open => {
                return Ok(CollectionAttempt::Over(JobEnd::Retry { at: again(ASK_AGAIN_SECS), error: None }));
            }
            OrderDecision::Changed => {
                return Ok(CollectionAttempt::Over(JobEnd::Retry { at: again(1), error: None }));
            }
            OrderDecision::Closed(order) => return Ok(CollectionAttempt::ask_vasp(closed_sentence(&order))),
            OrderDecision::OverBudget(over) => return Ok(CollectionAttempt::ask_vasp(over.to_string())),
            OrderDecision::NotPending => return Ok(CollectionAttempt::Over(JobEnd::Done)),
        };
        let reached = ReachableWallet { wallet, connection, uri };
        let (order, reached, answer) = self.call(order, invoice, reached, now).await?;
        self.take_answer(&order, &reached.connection, answer, attempts, now).await
    }

    /// Sends the order. When the wallet certainly did nothing only because it does not know the connection, and a renewed one
    /// exists, the order is written and sent once more.
    async fn call<'a>(
        &self,
        order: OutgoingOrder,
        invoice: &Invoice,
        reached: ReachableWallet<'a>,
        now: Timestamp,
    ) -> Result<(OutgoingOrder, ReachableWallet<'a>, WalletAnswer), StoreError> {
        let deadline =
            now.checked_add_signed(self.settings().wallet_timeout).unwrap_or(now).min(invoice.expires_at);
        let wallet = reached.wallet;
        let pay = async |uri: &WalletUri| {
            wallet.pay(uri, &invoice.bolt11, invoice.payment_hash, invoice.amount, deadline).await
        };
        let first = pay(&reached.uri).await;
        let WalletAnswer::Refused { code, message, connection_dead: true } = &first else {
            return Ok((order, reached, first));
        };
        let (connection, uri) = match self.renewed_wallet(&reached.connection, self.now()).await? {
            Usable::Now(connection, uri) => (connection, uri),
            Usable::Never => return Ok((order, reached, first)),
            // It cannot be renewed right now: the order is over, the connection is not.
            Usable::Later(_) | Usable::Away(_) => {
                let (code, message) = (code.clone(), message.clone());
                let refused = WalletAnswer::Refused { code, message, connection_dead: false };
                return Ok((order, reached, refused));
            }
        };
        if !self.is_still_payable(order.payment_id).await? {
            return Ok((order, reached, first));
        }
        let Some(order_again) = self.reorder(&order, &connection, code).await? else {
            return Ok((order, reached, first));
        };
        let second = pay(&uri).await;
        Ok((order_again, ReachableWallet { wallet, connection: *connection, uri }, second))
    }

    /// Whether a payment can be paid now. Renewing a connection takes seconds, and the job that cancels an event's pending tickets
    /// runs after the cancellation.
    async fn is_still_payable(&self, payment: PaymentId) -> Result<bool, StoreError> {
        let view = self.store().payment_view(payment).await?;
        Ok(view.is_some_and(|view| payable(&view, self.now()).is_some()))
    }

    /// Writes the order before the call, from rows read under the lock: payment, wallet connection, orders.
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
            return Ok(OrderDecision::Changed);
        };
        let newest = Invoice::current(session.invoices_in_session(payment_id).await?);
        if newest.is_none_or(|newest| newest.payment_hash != invoice.payment_hash) {
            session.rollback().await?;
            return Ok(OrderDecision::Changed);
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
        let wanted = OutgoingOrder {
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
        // A refusal, or a call that was not sent, is final for this order.
        let same = |order: &OutgoingOrder| is_wallets(order) && order.payment_hash == wanted.payment_hash;
        if let Some(closed) = orders.into_iter().find(same) {
            session.rollback().await?;
            return Ok(OrderDecision::Closed(closed));
        }
        let OrderStep::Order(order) = OutgoingOrder::step(None, wanted) else {
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
        // A release without these rows ordered it: it is asked about, never ordered again.
        Ok(if ordered_before { OrderDecision::Open } else { OrderDecision::Ordered(order) })
    }

    /// Whether the owner of a locked connection allows to take `amount` more today; `counted` is the part of it that the orders of
    /// the day have already.
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

    /// Writes the second call of an order whose first one certainly did nothing; `None` when the order ended, was replaced or is
    /// not allowed any more, or when the connection changed.
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
        let same = |known: &&OutgoingOrder| is_wallets(known) && known.payment_hash == order.payment_hash;
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

    /// Asks what became of an open order: our node's word first, then the wallet's.
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
                return Ok(CollectionAttempt::Over(JobEnd::Done));
            }
            Some(InvoiceStatus::Unpaid) => {
                let reason = "our node says that the invoice ended unpaid".to_owned();
                self.record_wallet_answer(order, &OrderAnswer::Failed { reason }, now).await?;
                return Ok(CollectionAttempt::ask_vasp(""));
            }
            Some(InvoiceStatus::Open) | None => {}
        }
        if order.expires_at.checked_add_signed(FOLLOW_AFTER_EXPIRY).is_some_and(|end| end < now) {
            let error = "a connected wallet never said what became of a payment".to_owned();
            return Ok(CollectionAttempt::Over(JobEnd::DeadLetter { error }));
        }
        let unreached = CollectionAttempt::AskVasp {
            why: UNANSWERED.to_owned(),
            follow: Some(next_question(order, attempts, now)),
        };
        let (Some(wallet), Some(user)) = (self.dependencies.buyer_wallet.as_deref(), view.ticket.user_id)
        else {
            return Ok(unreached);
        };
        let (connection, uri) = match self.wallet_to_ask(user, now).await? {
            Usable::Now(connection, uri) => (*connection, uri),
            Usable::Later(at) => return Ok(CollectionAttempt::Over(JobEnd::Retry { at, error: None })),
            Usable::Away(_) | Usable::Never => return Ok(unreached),
        };
        let mut answer = wallet.lookup(&uri, order.payment_hash).await;
        if connection.created_at > order.ordered_at && !matches!(answer, WalletAnswer::Paid(_)) {
            // Connected after the order: possibly another wallet, whose books say nothing about it.
            answer = WalletAnswer::Unknown {
                reason: "another connection was ordered to pay".to_owned(),
                silent: false,
            };
        }
        self.take_answer(order, &connection, answer, attempts, now).await
    }

    /// The connection to ask about an open order: a stale one too, as its wallet may be back.
    async fn wallet_to_ask(&self, user: UserId, now: Timestamp) -> Result<Usable, StoreError> {
        match self.store().wallet(user).await? {
            Some(connection) if connection.state(now) == WalletState::Stale => Ok(self.opened(connection)),
            _ => self.usable_wallet(user, now).await,
        }
    }
}

/// Pauses grow, less while the invoice can still be paid.
pub(crate) fn next_question(order: &OutgoingOrder, attempts: u32, now: Timestamp) -> Timestamp {
    let most = if now < order.expires_at { MAX_PAUSE_SECS } else { MAX_PAUSE_AFTER_EXPIRY_SECS };
    let doublings = attempts.saturating_sub(WALLET_QUESTIONS).min(6);
    let pause = ASK_AGAIN_SECS.saturating_mul(1_i64 << doublings).min(most);
    now.checked_add_signed(Duration::seconds(pause)).unwrap_or(now)
}
