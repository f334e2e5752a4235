//! What has to hold of the rows of all orders at any time.

use crate::{harness::TestShop, order_world::LIMITS, refunds::arrived};
use box_office::OrderView;
use events::Event;
use kernel::{Msats, OrderId};
use payments::{PaymentHash, PaymentState, PaymentStatus, RefundStatus};
use std::collections::BTreeMap;
use tickets::{OrderKind, OrderStatus, TicketStatus};

/// All rows that orders change; equal if nothing changed.
#[derive(Debug, PartialEq)]
pub(crate) struct Rows {
    orders: Vec<OrderRows>,
    capacity: u32,
    seats_taken: u32,
    /// Taken seats and quota, by type.
    types: BTreeMap<i64, (u32, Option<u32>)>,
    /// Uses and their maximum, by code.
    codes: BTreeMap<i64, (u32, Option<u32>)>,
    /// Sum of what the buyers' node received.
    arrived: u64,
}

#[derive(Debug, PartialEq)]
struct OrderRows {
    id: OrderId,
    status: OrderStatus,
    kind: OrderKind,
    issued: bool,
    promo_code: Option<i64>,
    total: u64,
    /// Type, price in msats, status and check-in of each ticket.
    tickets: Vec<(i64, u64, TicketStatus, bool)>,
    payment: Option<PaymentState>,
    refunds: Vec<(u64, RefundStatus)>,
    /// What settled according to the history.
    settled: BTreeMap<PaymentHash, Msats>,
}

impl Rows {
    pub(crate) async fn read(
        shop: &TestShop,
        event: &Event,
        views: Vec<OrderView>,
        settled: BTreeMap<PaymentHash, Msats>,
    ) -> Self {
        let store = shop.office.store();
        let event = store.event(event.id).await.unwrap().unwrap();
        let types = store.ticket_types(event.id).await.unwrap();
        let mut codes = store.promo_codes(Some(event.id)).await.unwrap();
        codes.extend(store.promo_codes(None).await.unwrap());
        let mut orders = Vec::new();
        for view in views {
            orders.push(OrderRows::read(shop, view, &settled).await);
        }
        Self {
            orders,
            capacity: event.capacity,
            seats_taken: event.seats_taken,
            types: types.iter().map(|one| (one.id.get(), (one.taken, one.quota))).collect(),
            codes: codes.iter().map(|one| (one.id.get(), (one.used, one.max_uses))).collect(),
            arrived: arrived(shop),
        }
    }

    pub(crate) fn assert_consistent(&self) {
        let seats = |of_type: Option<i64>| {
            let tickets = self.orders.iter().flat_map(|order| &order.tickets);
            let taken = tickets.filter(|(_, _, status, _)| status.takes_seat());
            u32::try_from(taken.filter(|one| of_type.is_none_or(|id| one.0 == id)).count()).unwrap()
        };
        assert_eq!(self.seats_taken, seats(None), "seats of the event");
        assert!(self.seats_taken <= self.capacity, "the event is oversold");
        for (id, (taken, quota)) in &self.types {
            assert_eq!(*taken, seats(Some(*id)), "seats of type {id}");
            assert!(quota.is_none_or(|quota| *taken <= quota), "type {id} is oversold");
        }
        for (id, (used, max)) in &self.codes {
            let holding =
                self.orders.iter().filter(|order| order.promo_code == Some(*id) && order.seats() > 0);
            assert_eq!(usize::try_from(*used).unwrap(), holding.count(), "uses of code {id}");
            assert!(max.is_none_or(|max| *used <= max), "code {id} is used too often");
        }
        let refunded: u64 = self.orders.iter().flat_map(OrderRows::paid_refunds).sum();
        assert!(refunded <= self.arrived, "a refund is recorded that never arrived");
        self.orders.iter().for_each(OrderRows::assert_consistent);
    }

    /// Asserts that taking single tickets back leaves no more to refund than the refunds that were begun with it.
    pub(crate) fn assert_no_new_surplus(&self, before: &Self) {
        for (now, before) in self.orders.iter().zip(&before.orders) {
            assert!(now.surplus() <= before.surplus(), "{before:?} became {now:?}");
        }
    }

    /// Asserts that a cancelled event has no valid ticket, and that all refunds have ended and arrived.
    pub(crate) fn assert_ended(&self) {
        assert_eq!(self.seats_taken, 0);
        let refunds = self.orders.iter().flat_map(|order| &order.refunds);
        assert_eq!(refunds.filter(|(_, status)| status.is_open()).count(), 0, "{self:?}");
        let refunded: u64 = self.orders.iter().flat_map(OrderRows::paid_refunds).sum();
        assert_eq!(refunded, self.arrived, "money was sent that no refund records");
        for order in &self.orders {
            let kept = order.payment.as_ref().map(PaymentState::kept).unwrap_or_default();
            assert!(kept.is_zero(), "{order:?}");
        }
    }
}

impl OrderRows {
    async fn read(shop: &TestShop, view: OrderView, settled: &BTreeMap<PaymentHash, Msats>) -> Self {
        let store = shop.office.store();
        let tickets = view.tickets.iter().map(|one| {
            let price = one.price.to_msats().get();
            (one.ticket_type_id.get(), price, one.ticket.status, one.ticket.checked_in_at.is_some())
        });
        let (mut refunds, mut of_order) = (Vec::new(), BTreeMap::new());
        if let Some(payment) = &view.payment {
            let rows = store.refunds_of(payment.id).await.unwrap();
            refunds = rows.iter().map(|refund| (refund.amount.get(), refund.status)).collect();
            for invoice in store.invoices_of(payment.id).await.unwrap() {
                let hash = invoice.payment_hash;
                of_order.extend(settled.get(&hash).map(|amount| (hash, *amount)));
            }
        }
        Self {
            id: view.order.id,
            status: view.order.status,
            kind: view.order.kind,
            issued: view.order.issued_at.is_some(),
            promo_code: view.order.promo_code.map(kernel::PromoCodeId::get),
            total: view.order.total.to_msats().get(),
            tickets: tickets.collect(),
            payment: view.payment.map(|payment| payment.state),
            refunds,
            settled: of_order,
        }
    }

    fn seats(&self) -> usize {
        self.tickets.iter().filter(|(_, _, status, _)| status.takes_seat()).count()
    }

    fn paid_refunds(&self) -> impl Iterator<Item = u64> {
        self.refunds.iter().filter(|(_, status)| *status == RefundStatus::Paid).map(|(amount, _)| *amount)
    }

    fn open_refunds(&self) -> u64 {
        self.refunds.iter().filter(|(_, status)| status.is_open()).map(|(amount, _)| amount).sum()
    }

    /// Refundable without a refund that is under way.
    fn surplus(&self) -> u64 {
        let refundable = self.payment.as_ref().map_or(0, |payment| payment.refundable().get());
        refundable.checked_sub(self.open_refunds()).unwrap_or_else(|| {
            panic!("refunds of more than is refundable: {self:?}");
        })
    }

    fn assert_consistent(&self) {
        let all = |status| self.tickets.iter().all(|one| one.2 == status);
        let pending = self.tickets.iter().any(|one| one.2 == TicketStatus::Pending);
        let valid = self.tickets.iter().filter(|one| one.2 == TicketStatus::Paid);
        let due: u64 = valid.clone().map(|one| one.1).sum();
        let is_valid = valid.count() > 0;
        assert_eq!(
            self.total,
            self.tickets.iter().map(|one| one.1).sum::<u64>(),
            "prices are frozen: {self:?}"
        );
        assert!(!pending || all(TicketStatus::Pending), "half granted: {self:?}");
        assert_eq!(pending, self.status.is_held(), "{self:?}");
        assert_eq!(is_valid, self.status == OrderStatus::Paid, "{self:?}");
        assert!(self.issued || all(self.tickets[0].2), "half released: {self:?}");
        assert!(
            self.kind == OrderKind::Complimentary
                || self.tickets.len() <= usize::try_from(LIMITS.per_order).unwrap()
        );
        let Some(payment) = &self.payment else {
            assert_eq!((self.total, self.refunds.len()), (0, 0), "{self:?}");
            return;
        };
        let money = match self.status {
            OrderStatus::Pending | OrderStatus::AwaitingConfirmation => PaymentStatus::Pending,
            OrderStatus::Paid => PaymentStatus::Paid,
            OrderStatus::Expired => PaymentStatus::Expired,
            OrderStatus::Failed => PaymentStatus::Failed,
            OrderStatus::Cancelled if !self.issued => PaymentStatus::Failed,
            // A cancelled one that was issued: its last tickets were free.
            OrderStatus::Refunded | OrderStatus::Cancelled => PaymentStatus::Refunded,
        };
        assert_eq!(payment.status, money, "{self:?}");
        assert_eq!(payment.settlements, self.settled, "settled amounts: {self:?}");
        let kept = if is_valid { due } else { 0 };
        assert_eq!(payment.kept().get(), kept, "kept: {self:?}");
        let refunded: u64 = self.paid_refunds().sum();
        assert_eq!(payment.refunded.get(), refunded, "refunded: {self:?}");
        let accounted = kept + refunded + payment.refundable().get();
        assert_eq!(payment.received().get(), accounted, "a msat is lost or invented: {self:?}");
        self.surplus();
    }
}
