use crate::{
    order::BuyerKey,
    order_request::{LineLeft, OrderRefusal, Shortage},
};
use events::{Event, ExchangeRate, PromoCode, PromoCodeText, TicketType};
use kernel::{PromoCodeId, TicketTypeId};
use std::collections::BTreeMap;

/// All that orders of one event are decided from. A store reads the rows under their locks (the event first, then its types, then the
/// promo codes by id) and keeps the value for a whole batch: each granted order is taken from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// The event. Its own price plays no part: types have prices.
    pub event: Event,
    /// All types of the event.
    pub ticket_types: Vec<TicketType>,
    /// Every code with a text that an order of the batch names, those of other events included; and the codes of orders that are
    /// confirmed or reinstated.
    pub promo_codes: Vec<PromoCode>,
    /// Newest rate of each currency. The age is checked here.
    pub rates: Vec<ExchangeRate>,
    /// What the batch's buyers have already; a buyer who is missing has nothing.
    pub buyers: BTreeMap<BuyerKey, BuyerUsage>,
    /// The shop's limits.
    pub limits: OrderLimits,
}

/// What a buyer has at this event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BuyerUsage {
    /// Pending and paid tickets of this event, over all orders.
    pub tickets: u32,
    /// Orders with a pending or paid ticket, by promo code; of all events for a code that is valid for all.
    pub promo_uses: BTreeMap<PromoCodeId, u32>,
}

/// The shop's limits on orders; 0 is no limit. Quotas on outstanding seats (`box_office::HoldLimits`) come in addition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderLimits {
    /// Most tickets in one order; never more than [`OrderLimits::MAX_TICKETS_PER_ORDER`].
    pub per_order: u32,
    /// Most pending and paid tickets of one buyer at one event.
    pub per_buyer: u32,
}

impl OrderLimits {
    /// Tickets that one order can have in any shop: it bounds the rows of one transaction.
    pub const MAX_TICKETS_PER_ORDER: u32 = 100;

    /// Most tickets in one order.
    pub fn tickets_per_order(self) -> u32 {
        match self.per_order {
            0 => Self::MAX_TICKETS_PER_ORDER,
            limit => limit.min(Self::MAX_TICKETS_PER_ORDER),
        }
    }

    /// Whether a buyer with so many tickets of the event may have `requested` more.
    pub(crate) fn check_buyer(self, held: u32, requested: u32) -> Result<(), OrderRefusal> {
        let limit = self.per_buyer;
        if limit > 0 && u64::from(held).saturating_add(requested.into()) > limit.into() {
            return Err(OrderRefusal::TooManyPerBuyer { limit, held, requested });
        }
        Ok(())
    }
}

/// Seats and uses that an order takes or releases. The counters of event, types and code change by exactly this, in the transaction
/// that changes the tickets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InventoryDelta {
    /// Seats of the event ([`Event::seats_taken`]).
    pub seats: u32,
    /// Seats by type ([`TicketType::taken`]); their sum is `seats`.
    pub types: BTreeMap<TicketTypeId, u32>,
    /// Code of which one use is counted ([`PromoCode::used`]).
    pub promo_code: Option<PromoCodeId>,
}

impl InventoryDelta {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.seats == 0 && self.promo_code.is_none()
    }

    /// Counts `quantity` seats of a type.
    pub(crate) fn add(&mut self, ticket_type: TicketTypeId, quantity: u32) {
        self.seats = self.seats.saturating_add(quantity);
        let seats = self.types.entry(ticket_type).or_default();
        *seats = seats.saturating_add(quantity);
    }
}

impl Inventory {
    /// Takes an order's seats and promo use, for the next order of the batch.
    pub fn take(&mut self, delta: &InventoryDelta, buyer: Option<&BuyerKey>) {
        self.change(delta, buyer, u32::saturating_add);
    }

    /// Releases an order's seats and promo use.
    pub fn release(&mut self, delta: &InventoryDelta, buyer: Option<&BuyerKey>) {
        self.change(delta, buyer, u32::saturating_sub);
    }

    fn change(&mut self, delta: &InventoryDelta, buyer: Option<&BuyerKey>, by: fn(u32, u32) -> u32) {
        self.event.seats_taken = by(self.event.seats_taken, delta.seats);
        for ticket_type in &mut self.ticket_types {
            let seats = delta.types.get(&ticket_type.id).copied().unwrap_or_default();
            ticket_type.taken = by(ticket_type.taken, seats);
        }
        for promo_code in &mut self.promo_codes {
            promo_code.used = by(promo_code.used, u32::from(delta.promo_code == Some(promo_code.id)));
        }
        let Some(buyer) = buyer else { return };
        let usage = self.buyers.entry(buyer.clone()).or_default();
        usage.tickets = by(usage.tickets, delta.seats);
        if let Some(promo_code) = delta.promo_code {
            let uses = usage.promo_uses.entry(promo_code).or_default();
            *uses = by(*uses, 1);
        }
    }

    /// A type of the event.
    pub fn ticket_type(&self, id: TicketTypeId) -> Option<&TicketType> {
        self.ticket_types.iter().find(|one| one.id == id && one.event_id == self.event.id)
    }

    /// Whether all these seats are left, by type and in all.
    pub(crate) fn check_seats(
        &self,
        requested: impl Iterator<Item = (TicketTypeId, u32)>,
    ) -> Result<(), Shortage> {
        let lines = requested.map(|(ticket_type_id, requested)| LineLeft {
            ticket_type_id,
            requested,
            left: self.ticket_type(ticket_type_id).map_or(0, |one| one.seats_left(&self.event)),
        });
        let shortage = Shortage { event_left: self.event.available(), lines: lines.collect() };
        let requested =
            shortage.lines.iter().fold(0_u64, |sum, line| sum.saturating_add(line.requested.into()));
        let short = requested > shortage.event_left.into() || shortage.short_line().is_some();
        if short { Err(shortage) } else { Ok(()) }
    }

    /// The code with this text: the event's own before one for all events, and those before codes of other events or archived ones,
    /// which are found so that the refusal has its reason.
    pub fn promo_code(&self, text: &PromoCodeText) -> Option<&PromoCode> {
        let rank = |code: &&PromoCode| match code.event_id {
            _ if code.archived_at.is_some() => 3,
            Some(event) if event == self.event.id => 0,
            None => 1,
            Some(_) => 2,
        };
        self.promo_codes.iter().filter(|code| code.code == *text).min_by_key(rank)
    }

    /// What a buyer has.
    pub(crate) fn usage(&self, buyer: &BuyerKey) -> BuyerUsage {
        self.buyers.get(buyer).cloned().unwrap_or_default()
    }
}
