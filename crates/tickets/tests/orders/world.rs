use crate::builders::*;
use chrono::Duration;
use events::{EventPatch, OptionPatch, PriceDraft, PromoCodePatch, TicketTypePatch};
use kernel::{EventId, Locked, Msats, PromoCodeId, TicketId, TicketTypeId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use tickets::{
    Buyer, BuyerKey, BuyerUsage, ConfirmRefusal, Inventory, LineRequest, Order, OrderKind, OrderRequest,
    OrderStatus, OrderTicket, ReinstateRefusal, Reinstatement, ReleaseCause, ShownPrice, TicketStatus,
    Transition, confirm, issue, place, quote, reinstate, release, total_of,
};

/// What happens to the shop. Numbers of orders are taken modulo the number of orders.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Give { lines: Vec<(i64, u32, Option<u64>)>, buyer: u8 },
    Place { lines: Vec<(i64, u32, Option<u64>)>, code: Option<&'static str>, buyer: u8, quoted: bool },
    Pay(usize),
    Confirm(usize),
    EndHold(usize),
    GiveUp(usize),
    Cancel(usize),
    HoldAgain(usize),
    Revoke(usize, u8),
    CancelEvent,
    Wait(u8),
    Capacity(i64),
    Quota(i64, Option<i64>),
    Price(i64, i64),
    Archive(i64, bool),
    MaxUses(i64, Option<i64>),
}

/// An order as its rows, and its money.
#[derive(Debug)]
pub(crate) struct Sale {
    order: Locked<Order>,
    tickets: Vec<OrderTicket>,
    received: u64,
    refunded: u64,
}

/// A shop with one event: a store that locks, reads, calls and writes.
#[derive(Debug)]
pub(crate) struct World {
    inventory: Locked<Inventory>,
    sales: Vec<Sale>,
    now: Timestamp,
    /// Whether a buyer got tickets beside the limits: by a late payment or from the organiser.
    unlimited: bool,
}

impl World {
    /// Few seats and uses, so that most histories reach each limit.
    pub(crate) fn new() -> Self {
        let mut inventory = inventory();
        inventory.event.capacity = 24;
        inventory.promo_codes[0].max_uses = Some(3);
        inventory.promo_codes[1].max_uses = Some(3);
        Self { inventory: Locked::by_store(inventory), sales: Vec::new(), now: now(), unlimited: false }
    }

    pub(crate) fn orders(&self) -> usize {
        self.sales.len()
    }

    pub(crate) fn has(&self, status: OrderStatus) -> bool {
        self.sales.iter().any(|sale| sale.order.status == status)
    }

    pub(crate) fn run(&mut self, step: &Step) {
        self.inventory.buyers = self.usage();
        match step {
            Step::Place { lines, code, buyer, quoted } => self.place(lines, *code, *buyer, *quoted),
            Step::Give { lines, buyer } => self.give(lines, *buyer),
            Step::Wait(minutes) => self.now += Duration::minutes((*minutes).into()),
            Step::Pay(order) => self.pay(*order),
            Step::Confirm(order) => self.confirm(*order),
            Step::HoldAgain(order) => self.hold_again(*order),
            Step::EndHold(order) => self.release(*order, ReleaseCause::HoldEnded { before: self.now }),
            Step::GiveUp(order) => self.release(*order, ReleaseCause::GivenUp),
            Step::Cancel(order) => self.release(*order, ReleaseCause::Cancelled),
            Step::Revoke(order, mask) => self.revoke(*order, *mask),
            Step::CancelEvent => {
                self.inventory.event.cancelled_at = Some(self.now);
                for order in 0..self.sales.len() {
                    self.release(order, ReleaseCause::EventCancelled);
                }
            }
            Step::Capacity(capacity) => {
                let patch = EventPatch { capacity: Some(*capacity), ..EventPatch::default() };
                if let Ok(event) = patch.apply(&self.inventory.event, self.now) {
                    self.inventory.event = event;
                }
            }
            Step::Quota(one, quota) => {
                let quota = OptionPatch::Set(*quota);
                self.edit(*one, &TicketTypePatch { quota, ..TicketTypePatch::default() });
            }
            Step::Price(one, price) => {
                let price = Some(PriceDraft::Fixed(*price));
                self.edit(*one, &TicketTypePatch { price, ..TicketTypePatch::default() });
            }
            Step::Archive(one, archived) => {
                let archived = Some(*archived);
                self.edit(*one, &TicketTypePatch { archived, ..TicketTypePatch::default() });
            }
            Step::MaxUses(one, max) => self.edit_code(*one, *max),
        }
        self.assert_consistent();
    }

    fn edit(&mut self, id: i64, patch: &TicketTypePatch) {
        let now = self.now;
        for one in self.inventory.ticket_types.iter_mut().filter(|one| one.id.get() == id) {
            if let Ok(edited) = patch.apply(one, now) {
                *one = edited;
            }
        }
    }

    fn edit_code(&mut self, id: i64, max: Option<i64>) {
        let now = self.now;
        let types: BTreeSet<TicketTypeId> = self.inventory.ticket_types.iter().map(|one| one.id).collect();
        let patch = PromoCodePatch { max_uses: OptionPatch::Set(max), ..PromoCodePatch::default() };
        for one in self.inventory.promo_codes.iter_mut().filter(|one| one.id.get() == id) {
            if let Ok(edited) = patch.apply(one, &types, now) {
                *one = edited;
            }
        }
    }

    fn place(&mut self, lines: &[(i64, u32, Option<u64>)], promo: Option<&str>, buyer: u8, quoted: bool) {
        let lines = lines.iter().map(|(id, quantity, chosen)| LineRequest {
            ticket_type_id: TicketTypeId::new(*id),
            quantity: *quantity,
            chosen: chosen.map(sats).filter(|_| TicketTypeId::new(*id) == SUPPORTER),
        });
        let mut request = OrderRequest {
            kind: OrderKind::Sale,
            lines: lines.collect(),
            promo_code: promo.map(code),
            shown: None,
            buyer: self.buyer(buyer),
            free_allowed: true,
            hold_expires_at: self.now + Duration::minutes(10),
        };
        let quote = quote(&self.inventory, &request, self.now);
        if let (true, Ok(quote)) = (quoted, &quote) {
            request.shown = Some(ShownPrice::Quote(quote.clone()));
        }
        let before = self.inventory.clone();
        let Ok(placement) = place(&self.inventory, &request, self.now) else {
            assert_eq!(before, *self.inventory, "a refused order takes nothing");
            return;
        };
        let quote = quote.unwrap();
        assert_eq!((&quote.lines, quote.total), (&placement.order.lines, placement.order.total));
        let prices: u64 = placement.tickets.iter().map(|ticket| ticket.price.get()).sum();
        assert_eq!(placement.due.get(), prices * 1_000, "the total is the sum of the tickets");
        assert_eq!(total_of(&placement.order.lines), Ok(placement.order.total));
        let requested: u32 = request.lines.iter().map(|line| line.quantity).sum();
        assert_eq!(placement.tickets.len(), usize::try_from(requested).unwrap(), "granted whole");
        self.inventory.take(&placement.taken, request.buyer.key().as_ref());
        let number = i64::try_from(self.sales.len()).unwrap();
        let (order, tickets) = rows(placement, number, number * 100);
        self.sales.push(Sale { order, tickets, received: 0, refunded: 0 });
        assert_eq!(
            self.inventory.buyers,
            merged(&before.buyers, self.usage()),
            "a batch counts as the store does"
        );
    }

    /// A complimentary order of the organiser.
    fn give(&mut self, lines: &[(i64, u32, Option<u64>)], buyer: u8) {
        let lines = lines.iter().map(|(id, quantity, _)| line(TicketTypeId::new(*id), *quantity));
        let request = OrderRequest {
            kind: OrderKind::Complimentary,
            lines: lines.collect(),
            buyer: self.buyer(buyer),
            ..request(&[])
        };
        let Ok(placement) = place(&self.inventory, &request, self.now) else { return };
        assert!(placement.due.is_zero() && placement.order.status == OrderStatus::Paid);
        self.inventory.take(&placement.taken, request.buyer.key().as_ref());
        let number = i64::try_from(self.sales.len()).unwrap();
        let (order, tickets) = rows(placement, number, number * 100);
        self.sales.push(Sale { order, tickets, received: 0, refunded: 0 });
        self.unlimited = true;
    }

    fn buyer(&self, buyer: u8) -> Buyer {
        let payer_address = Some("$Zoe@wallet.example".to_owned());
        match buyer % 9 {
            0 => account(1),
            1 => account(2),
            2 => guest("a@mail.example", Some(self.now)),
            3 => Buyer { payer_address, ..guest("a@mail.example", None) },
            4 => guest("b@mail.example", None),
            5 => Buyer { payer_address, ..Buyer::default() },
            id => account(id.into()),
        }
    }

    fn index(&self, order: usize) -> Option<usize> {
        order.checked_rem(self.sales.len())
    }

    fn pay(&mut self, order: usize) {
        let Some(index) = self.index(order) else { return };
        let sale = &self.sales[index];
        if sale.order.total.is_zero() || sale.order.issued_at.is_some() {
            return;
        }
        let issued = issue(&sale.order, &sale.tickets, self.now);
        let issued = if issued.is_empty() {
            let late =
                reinstate(&self.inventory, &sale.order, &sale.tickets, Reinstatement::Issued, self.now);
            let Ok(late) = late else { return };
            self.unlimited = true;
            late
        } else {
            issued
        };
        self.sales[index].received += self.sales[index].order.total.to_msats().get();
        self.write(index, issued);
        let sale = &self.sales[index];
        assert!(issue(&sale.order, &sale.tickets, self.now).is_empty(), "the same payment twice");
        let again = reinstate(&self.inventory, &sale.order, &sale.tickets, Reinstatement::Issued, self.now);
        assert_eq!(again, Err(ReinstateRefusal::NotReleased));
    }

    fn hold_again(&mut self, order: usize) {
        let Some(index) = self.index(order) else { return };
        let sale = &self.sales[index];
        let until = self.now + Duration::minutes(10);
        let held = Reinstatement::Held { until };
        if let Ok(held) = reinstate(&self.inventory, &sale.order, &sale.tickets, held, self.now) {
            self.unlimited = true;
            self.write(index, held);
        }
    }

    fn confirm(&mut self, order: usize) {
        let Some(index) = self.index(order) else { return };
        let sale = &self.sales[index];
        match confirm(&self.inventory, &sale.order, &sale.tickets, self.now) {
            Ok(issued) => self.write(index, issued),
            Err(ConfirmRefusal::NotAwaiting | ConfirmRefusal::Limit(_)) => return,
        }
        let sale = &self.sales[index];
        let again = confirm(&self.inventory, &sale.order, &sale.tickets, self.now).unwrap();
        assert!(again.is_empty(), "the same link twice");
    }

    fn revoke(&mut self, order: usize, mask: u8) {
        let Some(index) = self.index(order) else { return };
        let first = self.sales[index].order.id.get() * 100;
        let ids = (0..8).filter(|bit| mask & (1 << bit) != 0).map(|bit| TicketId::new(first + bit)).collect();
        self.release(index, ReleaseCause::Revoked(&ids));
    }

    fn release(&mut self, order: usize, cause: ReleaseCause<'_>) {
        let Some(index) = self.index(order) else { return };
        let sale = &self.sales[index];
        let released = release(&sale.order, &sale.tickets, cause, self.now).unwrap();
        self.write(index, released);
        let sale = &self.sales[index];
        let again = release(&sale.order, &sale.tickets, cause, self.now).unwrap();
        assert!(again.is_empty() && again.released.is_empty() && again.refund.is_zero(), "released twice");
    }

    fn write(&mut self, index: usize, transition: Transition) {
        let sale = &mut self.sales[index];
        for (id, status) in &transition.tickets {
            sale.tickets
                .iter_mut()
                .filter(|ticket| ticket.id == *id)
                .for_each(|ticket| ticket.status = *status);
        }
        let key = sale.order.buyer.key();
        self.inventory.release(&transition.released, key.as_ref());
        self.inventory.take(&transition.taken, key.as_ref());
        sale.refunded += transition.refund.get();
        *sale.order = transition.order;
    }

    fn seats(&self) -> impl Iterator<Item = &OrderTicket> {
        self.sales.iter().flat_map(|sale| &sale.tickets).filter(|ticket| ticket.status.takes_seat())
    }

    /// Recounts what each buyer has.
    fn usage(&self) -> BTreeMap<BuyerKey, BuyerUsage> {
        let mut buyers: BTreeMap<BuyerKey, BuyerUsage> = BTreeMap::new();
        for sale in &self.sales {
            let seats = sale.tickets.iter().filter(|ticket| ticket.status.takes_seat()).count();
            let Some(key) = sale.order.buyer.key().filter(|_| seats > 0) else { continue };
            let usage = buyers.entry(key).or_default();
            usage.tickets += u32::try_from(seats).unwrap();
            if let Some(code) = sale.order.promo_code {
                *usage.promo_uses.entry(code).or_default() += 1;
            }
        }
        buyers
    }

    fn uses(&self, code: PromoCodeId) -> usize {
        let holds = |sale: &&Sale| sale.tickets.iter().any(|ticket| ticket.status.takes_seat());
        self.sales.iter().filter(holds).filter(|sale| sale.order.promo_code == Some(code)).count()
    }

    fn assert_consistent(&self) {
        let Inventory { event, ticket_types, promo_codes, limits, .. } = &*self.inventory;
        assert_eq!(event.id, EventId::new(1));
        assert_eq!(usize::try_from(event.seats_taken).unwrap(), self.seats().count(), "seats of the event");
        assert!(event.seats_taken <= event.capacity, "the event is oversold");
        for one in ticket_types {
            let taken = self.seats().filter(|ticket| ticket.ticket_type_id == one.id).count();
            assert_eq!(usize::try_from(one.taken).unwrap(), taken, "seats of type {}", one.id);
            assert!(one.quota.is_none_or(|quota| one.taken <= quota), "type {} is oversold", one.id);
        }
        for code in promo_codes {
            assert_eq!(usize::try_from(code.used).unwrap(), self.uses(code.id), "uses of code {}", code.id);
            assert!(code.max_uses.is_none_or(|max| code.used <= max), "code {} is used too often", code.id);
        }
        if !self.unlimited {
            for usage in self.usage().values() {
                assert!(usage.tickets <= limits.per_buyer, "{usage:?}");
                assert!(usage.promo_uses.get(&promo().id).is_none_or(|uses| *uses <= 1), "{usage:?}");
            }
        }
        self.sales.iter().for_each(Sale::assert_consistent);
    }
}

/// Usage as the batch counts it: buyers who were read stay listed.
fn merged(
    read: &BTreeMap<BuyerKey, BuyerUsage>,
    counted: BTreeMap<BuyerKey, BuyerUsage>,
) -> BTreeMap<BuyerKey, BuyerUsage> {
    let mut all = read.clone();
    all.extend(counted);
    all
}

impl Sale {
    fn assert_consistent(&self) {
        let (order, tickets) = (&self.order, &self.tickets);
        let quantities: u32 = order.lines.iter().map(|line| line.quantity).sum();
        assert_eq!(tickets.len(), usize::try_from(quantities).unwrap());
        assert_eq!(total_of(&order.lines), Ok(order.total), "prices are frozen");
        let pending = tickets.iter().filter(|ticket| ticket.status == TicketStatus::Pending).count();
        assert!(pending == 0 || pending == tickets.len(), "half granted: {self:?}");
        assert_eq!(pending > 0, order.status.is_held());
        let valid = tickets.iter().any(|ticket| ticket.status == TicketStatus::Paid);
        assert_eq!(valid, order.status == OrderStatus::Paid);
        if order.issued_at.is_none() {
            assert!(
                tickets.iter().all(|ticket| ticket.status == tickets[0].status),
                "half released: {self:?}"
            );
        }
        let kept = if valid { order.due(tickets).unwrap() } else { Msats::ZERO };
        assert_eq!(self.received, kept.get() + self.refunded, "money is lost or invented: {self:?}");
    }
}
