//! A shop with one event of four ticket types and three promo codes, and what can happen to its orders.

use crate::{
    harness::{BUYER, TestShop, register, unreachable},
    order_recount::Rows,
    order_steps::{Amount, Edit, NodeFault, Step},
    refunds::run,
};
use box_office::{BoxOffice, Caller, IdempotencyKey, OrderDraft, OrderView, Proof};
use chrono::Duration;
use events::{
    Discount, Event, EventPatch, NewPromoCode, NewTicketType, OptionPatch, PriceDraft, PromoCode,
    PromoCodePatch, TicketPrice, TicketTypePatch,
};
use kernel::{Msats, OrderId, Sats, TicketTypeId};
use payments::PaymentHash;
use sandbox::{Call, Fault};
use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
};
use testkit::{
    builders::noon,
    order_builders::{add_new_type, add_promo_code, new_promo_code},
};
use tickets::{Buyer, GuestEmail, LineRequest, OrderKind, OrderLimits};

/// Number of ticket types.
pub(crate) const TYPES: usize = 4;

pub(crate) struct World {
    pub(crate) shop: TestShop,
    pub(crate) event: Event,
    types: Vec<TicketTypeId>,
    codes: Vec<PromoCode>,
    accounts: Vec<Caller>,
    orders: Mutex<Vec<OrderId>>,
    /// The largest amount that settled on each invoice.
    settled: Mutex<BTreeMap<PaymentHash, Msats>>,
    keys: Mutex<u32>,
}

/// Limits of the shop: most histories reach them.
pub(crate) const LIMITS: OrderLimits = OrderLimits { per_order: 7, per_buyer: 9 };

impl World {
    pub(crate) async fn open() -> Self {
        let shop = TestShop::open_with(|settings| settings.order_limits = LIMITS).await;
        let event = shop.event(14, 2_100).await;
        let store = shop.office.store();
        let mut types: Vec<_> =
            store.ticket_types(event.id).await.unwrap().iter().map(|one| one.id).collect();
        for (name, price, quota) in
            [("Early bird", 1_000, Some(6)), ("Supporter", 3_000, None), ("Student", 0, Some(4))]
        {
            let price = TicketPrice::Fixed(Sats::new(price).unwrap());
            let general = NewTicketType::general_admission(event.id, Sats::ZERO, noon());
            let new = NewTicketType { name: name.into(), price, quota, position: 1, ..general };
            types.push(add_new_type(store, &new).await.id);
        }
        // The first of `types` is the default type; the steps name the others first.
        types.rotate_left(1);
        let ten = NewPromoCode {
            max_uses: Some(3),
            max_uses_per_buyer: Some(1),
            ..new_promo_code(Some(&event), "TENOFF")
        };
        let gift = NewPromoCode {
            discount: Discount::Free,
            max_uses: Some(2),
            ..new_promo_code(Some(&event), "GIFT")
        };
        let off = Discount::SatsOff(Sats::new(2_500).unwrap());
        let off = NewPromoCode { discount: off, max_uses: Some(1), ..new_promo_code(None, "CHEAP") };
        let mut codes = Vec::new();
        for new in [ten, gift, off] {
            codes.push(add_promo_code(store, &new).await);
        }
        let accounts = vec![shop.buyer.clone(), register(&shop.office, "bob@mail.example").await];
        let (orders, settled, keys) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { shop, event, types, codes, accounts, orders, settled, keys }
    }

    /// Runs a step and, if a repetition changes nothing, runs it again on the other replica.
    pub(crate) async fn run_twice(&self, step: &Step) {
        let before = self.recount().await;
        self.run(&self.shop.office, step).await;
        let once = self.recount().await;
        if let Step::RefundTickets(..) = step {
            once.assert_no_new_surplus(&before);
        }
        if step.is_idempotent() {
            self.run(&self.shop.replica, step).await;
            assert_eq!(self.recount().await, once, "{step:?} twice");
        }
    }

    /// Runs two steps at once on two replicas.
    pub(crate) async fn run_beside(&self, step: &Step, other: Option<&Step>) {
        let other = async {
            if let Some(other) = other {
                self.run(&self.shop.replica, other).await;
            }
        };
        tokio::join!(self.run(&self.shop.office, step), other);
        self.recount().await;
    }

    /// Cancels the event and completes its refunds.
    pub(crate) async fn end(&self) {
        self.run(&self.shop.office, &Step::CancelEvent).await;
        self.shop.vasp.refusals.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.shop.node.faults().clear();
        for _ in 0..4 {
            run(&self.shop).await;
        }
        self.recount().await.assert_ended();
    }

    /// Status of each order.
    pub(crate) async fn statuses(&self) -> Vec<String> {
        self.views().await.iter().map(|view| format!("{:?}", view.order.status)).collect()
    }

    async fn views(&self) -> Vec<OrderView> {
        let ids = self.orders.lock().unwrap().clone();
        let mut views = Vec::new();
        for id in ids {
            views.push(self.shop.office.store().order(id).await.unwrap().unwrap());
        }
        views
    }

    /// Reads all rows and asserts that they add up.
    async fn recount(&self) -> Rows {
        let views = self.views().await;
        let settled = self.settled.lock().unwrap().clone();
        let rows = Rows::read(&self.shop, &self.event, views, settled).await;
        rows.assert_consistent();
        self.shop.audit().await;
        rows
    }

    async fn order(&self, order: usize) -> Option<OrderView> {
        let id = {
            let orders = self.orders.lock().unwrap();
            *orders.get(order.checked_rem(orders.len())?)?
        };
        self.shop.office.store().order(id).await.unwrap()
    }

    async fn run(&self, office: &Arc<BoxOffice>, step: &Step) {
        let (shop, admin) = (&self.shop, &self.shop.admin);
        match step {
            Step::Place { lines, code, buyer, complimentary } => {
                self.place(office, lines, *code, *buyer, *complimentary).await;
            }
            Step::Wait(minutes) => shop.clock.advance(Duration::minutes(*minutes)),
            Step::Lapse => {
                shop.clock.advance(Duration::minutes(18));
                office.expire_holds().await.unwrap();
            }
            Step::RunJobs => {
                for _ in 0..4 {
                    office.run_due_jobs().await.unwrap();
                    shop.clock.advance(Duration::seconds(20));
                }
            }
            Step::CancelEvent => {
                office.cancel_event(admin, self.event.id).await.unwrap();
                self.orders.lock().unwrap().shrink_to_fit();
            }
            Step::Edit(edit) => self.edit(office, *edit).await,
            Step::Fault(fault) => self.plan(*fault),
            Step::Settle { order, .. }
            | Step::Confirm(order)
            | Step::Cancel(order)
            | Step::CancelTicket(order, _)
            | Step::Retry(order)
            | Step::Refund { order, .. }
            | Step::RefundTickets(order, _)
            | Step::CheckIn(order, _) => {
                if let Some(view) = self.order(*order).await {
                    self.change(office, step, view).await;
                }
            }
        }
    }

    async fn change(&self, office: &Arc<BoxOffice>, step: &Step, view: OrderView) {
        let (shop, admin) = (&self.shop, &self.shop.admin);
        let payment = view.payment.as_ref().map(|payment| payment.id);
        let ticket = |index: usize| &view.tickets[index % view.tickets.len()].ticket;
        match (step, payment) {
            (Step::Settle { invoice, amount, .. }, Some(payment)) => {
                let invoices = office.store().invoices_of(payment).await.unwrap();
                let Some(invoice) = invoice.checked_rem(invoices.len()).map(|index| &invoices[index]) else {
                    return;
                };
                let due = invoice.amount.get();
                let amount = Msats::new(match amount {
                    Amount::Exact => due,
                    Amount::Under(less) => due.saturating_sub(*less).max(1),
                    Amount::Over(more) => due + more,
                });
                let (hash, amount) = (invoice.payment_hash, amount.unwrap());
                {
                    let mut settled = self.settled.lock().unwrap();
                    let known = settled.entry(hash).or_default();
                    *known = amount.max(*known);
                }
                office.settle(hash, Proof::Node { amount, at: None }).await.unwrap();
            }
            (Step::Confirm(_), _) => {
                office.run_due_jobs().await.unwrap();
                let id = view.order.id;
                let path = format!("/orders/{id}/confirm?token=");
                let links = shop.emails.links.lock().unwrap().clone();
                let token = links.iter().find_map(|link| Some(link.split_once(&path)?.1));
                refusable(office.confirm_order(id, token.unwrap_or_default()).await);
            }
            (Step::Cancel(_), _) => refusable(office.cancel_order(view.order.id, Some(admin), None).await),
            (Step::CancelTicket(_, index), _) => {
                refusable(office.cancel_ticket(ticket(*index).id, Some(admin), None).await);
            }
            (Step::Retry(_), Some(payment)) => refusable(office.retry(admin, payment).await),
            (Step::Refund { revoke, .. }, Some(payment)) => {
                refusable(office.request_refund(Some(admin), payment, Some(BUYER), *revoke).await);
            }
            (Step::RefundTickets(_, mask), _) => {
                let picked = view.tickets.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1);
                let ids = picked.map(|(_, one)| one.ticket.id).collect();
                refusable(office.refund_tickets(admin, ids, Some(BUYER)).await);
            }
            (Step::CheckIn(_, index), _) => {
                refusable(office.validate(ticket(*index).code.expose(), self.event.id).await);
            }
            _ => {}
        }
    }

    async fn place(
        &self,
        office: &Arc<BoxOffice>,
        lines: &[(usize, u32)],
        code: Option<usize>,
        buyer: u8,
        complimentary: bool,
    ) {
        let kind = if complimentary { OrderKind::Complimentary } else { OrderKind::Sale };
        let lines = lines.iter().map(|(one, quantity)| LineRequest {
            ticket_type_id: self.types[*one],
            quantity: *quantity,
            chosen: None,
        });
        let draft = OrderDraft {
            event_id: self.event.id,
            kind,
            organiser: complimentary.then(|| self.shop.admin.id()),
            lines: lines.collect(),
            promo_code: code.filter(|_| !complimentary).map(|code| self.codes[code].code.clone()),
            shown: None,
            buyer: self.buyer(buyer),
            holders: Vec::new(),
            email_proved: true,
            network: None,
            key: Some(self.key()),
        };
        let requested: u32 = draft.lines.iter().map(|line| line.quantity).sum();
        let placed = office.place_order(draft.clone()).await;
        let Ok(receipt) = &placed else {
            refusable(placed);
            return;
        };
        let id = receipt.view.order.id;
        assert_eq!(receipt.view.tickets.len(), usize::try_from(requested).unwrap(), "granted whole");
        self.orders.lock().unwrap().push(id);
        let again = self.shop.replica.place_order(draft).await.unwrap();
        assert_eq!(again.view.order.id, id, "the same key");
    }

    fn key(&self) -> IdempotencyKey {
        let mut keys = self.keys.lock().unwrap();
        *keys += 1;
        IdempotencyKey { scope: "world".into(), key: keys.to_string(), fingerprint: [0; 32] }
    }

    fn buyer(&self, buyer: u8) -> Buyer {
        let payer_address = Some(BUYER.to_owned());
        let guest = |name: &str, confirmed_at| {
            Some(GuestEmail { address: format!("{name}@mail.example"), confirmed_at })
        };
        match buyer % 8 {
            0 => {
                Buyer { user_id: Some(self.accounts[0].id()), email: None, payer_address, ..Buyer::default() }
            }
            1 => {
                Buyer { user_id: Some(self.accounts[1].id()), email: None, payer_address, ..Buyer::default() }
            }
            2 => Buyer { user_id: None, email: guest("ann", None), payer_address, ..Buyer::default() },
            3 => Buyer {
                user_id: None,
                email: guest("ann", Some(noon())),
                payer_address: None,
                ..Buyer::default()
            },
            4 => Buyer {
                user_id: Some(self.accounts[1].id()),
                email: None,
                payer_address: None,
                ..Buyer::default()
            },
            5 => Buyer { user_id: None, email: guest("bea", None), payer_address: None, ..Buyer::default() },
            one => Buyer {
                user_id: None,
                email: guest(&format!("guest{one}"), None),
                payer_address,
                ..Buyer::default()
            },
        }
    }

    async fn edit(&self, office: &Arc<BoxOffice>, edit: Edit) {
        let admin = &self.shop.admin;
        let of_type = async |one: usize, patch: TicketTypePatch| {
            refusable(office.update_ticket_type(admin, self.types[one], &patch).await);
        };
        let of_code = async |one: usize, patch: PromoCodePatch| {
            refusable(office.update_promo_code(admin, self.codes[one].id, &patch).await);
        };
        let (kept, same) = (TicketTypePatch::default(), PromoCodePatch::default());
        match edit {
            Edit::Capacity(capacity) => {
                let patch = EventPatch { capacity: Some(capacity), ..EventPatch::default() };
                refusable(office.update_event(admin, self.event.id, &patch).await);
            }
            Edit::Quota(one, quota) => {
                of_type(one, TicketTypePatch { quota: OptionPatch::Set(quota), ..kept }).await;
            }
            Edit::Price(one, price) => {
                of_type(one, TicketTypePatch { price: Some(PriceDraft::Fixed(price)), ..kept }).await;
            }
            Edit::Archive(one, archived) => {
                of_type(one, TicketTypePatch { archived: Some(archived), ..kept }).await;
            }
            Edit::MaxUses(one, max) => {
                of_code(one, PromoCodePatch { max_uses: OptionPatch::Set(max), ..same }).await;
            }
            Edit::ArchiveCode(one, archived) => {
                of_code(one, PromoCodePatch { archived: Some(archived), ..same }).await;
            }
        }
    }

    fn plan(&self, fault: NodeFault) {
        let faults = self.shop.node.faults();
        match fault {
            NodeFault::NoInvoice => faults.next(Call::CreateInvoice, Fault::Unavailable),
            NodeFault::PayUnavailable => faults.next(Call::Pay, Fault::Unavailable),
            NodeFault::PayAnswerLost => faults.next(Call::Pay, Fault::LostAnswer),
            NodeFault::PayRefused => faults.next(Call::Pay, Fault::Refuse("no".to_owned())),
            NodeFault::DestinationUnreachable => {
                self.shop.vasp.refusals.lock().unwrap().push_back(unreachable());
            }
        }
    }
}

/// Asserts that a refusal is one by rule: stored rows contradict nothing, and no statement fails.
fn refusable<T: Debug, E: Debug>(result: Result<T, E>) {
    if let Err(error) = result {
        let error = format!("{error:?}");
        assert!(!error.contains("Corrupt(") && !error.contains("Failed(Database"), "{error}");
    }
}
