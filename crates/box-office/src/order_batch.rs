//! Decisions about a batch of orders, from rows read under their locks.

use crate::{
    NewAudit, OrderedTicket, PlaceOutcome, PlaceRefusal, PlaceRequest, PlacedOrder, RecentOrder,
    published_purchase,
    quota::{HoldLimits, OutstandingSeats, QuotaKey},
    repeated_order,
};
use chrono::{SubsecRound, TimeDelta};
use events::{Event, TicketPrice, TicketType, default_price_changed_at};
use kernel::{EventId, Locked, OrderId, PaymentId, PromoCodeId, StoreError, TicketId, TicketTypeId, UserId};
use payments::{Collection, CollectionState, KnownPayer, Payment, PaymentState};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
};
use tickets::{
    BuyerKey, Inventory, InventoryDelta, OrderKind, OrderLimits, OrderRequest, Placement, Ticket,
    TicketOrder, TicketStatus, place,
};

/// How long after a price change an order without a shown price does not use the connected wallet.
const PRICE_NOTICE: TimeDelta = TimeDelta::hours(1);

/// Scope and key of an idempotency key.
pub type KeyName = (String, String);
/// Request fingerprint and first ticket of a used idempotency key.
pub type KeyUse = ([u8; 32], TicketId);

/// All that a batch of orders is decided from. Stores read it under the locks of [`crate::Orders::place_all`], then call
/// [`OrderBatch::decide`] for each request and [`OrderBatch::record`] for each granted one.
#[derive(Debug, Default)]
pub struct OrderBatch {
    /// Inventories by event, each with all codes that have a text of the batch.
    pub inventories: BTreeMap<EventId, Locked<Inventory>>,
    /// Existing accounts.
    pub users: BTreeSet<UserId>,
    /// Used idempotency keys.
    pub keys: HashMap<KeyName, KeyUse>,
    /// Newest orders of the batch's accounts that hold a seat.
    pub recent: Vec<RecentOrder>,
    /// Outstanding seats by quota.
    pub outstanding: OutstandingSeats,
    /// Whether all processes maintain orders.
    pub finished: bool,
    changed: Changed,
}

#[derive(Debug, Default)]
struct Changed {
    events: BTreeSet<EventId>,
    types: BTreeSet<TicketTypeId>,
    codes: BTreeMap<PromoCodeId, EventId>,
}

/// Decision about one request.
#[derive(Debug)]
pub enum OrderDecision {
    /// Nothing to write.
    Decided(PlaceOutcome),
    /// To be written.
    Granted(Box<GrantedOrder>),
}

/// A granted order without ids.
#[derive(Debug)]
pub struct GrantedOrder {
    placement: Placement,
    event: Event,
    ticket_types: Vec<TicketType>,
    wallet_allowed: bool,
}

/// Ids of the rows of a new order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderIds {
    /// The order.
    pub order: OrderId,
    /// Its tickets.
    pub tickets: Vec<TicketId>,
    /// Its payment; unused by a free order.
    pub payment: PaymentId,
}

impl OrderBatch {
    /// Decides a request and takes its seats if it is granted.
    pub fn decide(&mut self, terms: &HoldLimits, request: &PlaceRequest) -> OrderDecision {
        if let Some(known) = self.known_key(request) {
            return OrderDecision::Decided(known);
        }
        let inventory = self.inventories.get(&request.event_id);
        if let Some(first) = inventory.and_then(|inventory| repeated_order(request, inventory, &self.recent))
        {
            return OrderDecision::Decided(PlaceOutcome::Repeated(first));
        }
        match self.grant(terms, request) {
            Ok(granted) => OrderDecision::Granted(Box::new(granted)),
            Err(refusal) => OrderDecision::Decided(PlaceOutcome::Refused(refusal)),
        }
    }

    fn known_key(&self, request: &PlaceRequest) -> Option<PlaceOutcome> {
        let key = request.key.as_ref()?;
        let (fingerprint, ticket) = self.keys.get(&(key.scope.clone(), key.key.clone()))?;
        Some(if *fingerprint == key.fingerprint {
            PlaceOutcome::Replayed(*ticket)
        } else {
            PlaceOutcome::Refused(PlaceRefusal::KeyReused)
        })
    }

    fn grant(&mut self, terms: &HoldLimits, request: &PlaceRequest) -> Result<GrantedOrder, PlaceRefusal> {
        let inventory = self.inventories.get_mut(&request.event_id).ok_or(PlaceRefusal::UnknownEvent)?;
        if !self.finished {
            copy_event_price(inventory);
        }
        let order = match request.purchase_for {
            None => Cow::Borrowed(&request.order),
            Some(named) => Cow::Owned(published_purchase(inventory, request, self.users.contains(&named))?),
        };
        if order.buyer.user_id.is_some_and(|user| !self.users.contains(&user)) {
            return Err(PlaceRefusal::UnknownUser);
        }
        let placement = place(inventory, &order, request.now)?;
        if !self.finished && placement.taken.seats > 1 {
            return Err(PlaceRefusal::RolloutUnfinished);
        }
        let quotas = request.quota_keys(terms);
        self.outstanding
            .check_all(&inventory.event, terms, &quotas, placement.taken.seats)
            .map_err(PlaceRefusal::Limit)?;
        self.outstanding.take_all(&quotas, placement.taken.seats);
        let buyer = placement.order.buyer.key();
        inventory.take(&placement.taken, buyer.as_ref());
        let granted = GrantedOrder {
            wallet_allowed: wallet_allowed(inventory, request, &order),
            event: inventory.event.clone(),
            ticket_types: inventory.ticket_types.clone(),
            placement,
        };
        let taken = &granted.placement.taken;
        self.changed.events.insert(request.event_id);
        self.changed.types.extend(taken.types.keys());
        if let Some(code) = taken.promo_code {
            self.changed.codes.insert(code, request.event_id);
            // A code for all events is in the inventory of each event.
            let used = InventoryDelta { promo_code: Some(code), ..InventoryDelta::default() };
            for (event, other) in &mut self.inventories {
                if *event != request.event_id {
                    other.take(&used, buyer.as_ref());
                }
            }
        }
        Ok(granted)
    }

    /// Makes a written order known to the rest of the batch.
    pub fn record(&mut self, request: &PlaceRequest, placed: &PlacedOrder) {
        let Some(first) = placed.tickets.first().map(|first| first.ticket.id) else { return };
        if let Some(key) = &request.key {
            self.keys.insert((key.scope.clone(), key.key.clone()), (key.fingerprint, first));
        }
        self.recent.extend(RecentOrder::of(&placed.order, first));
    }

    /// Whether an order was granted.
    pub fn is_changed(&self) -> bool {
        !self.changed.events.is_empty()
    }

    /// Events with their seats after the batch, where they changed.
    pub fn changed_events(&self) -> Vec<&Event> {
        let inventories = self.changed.events.iter().filter_map(|id| self.inventories.get(id));
        inventories.map(|inventory| &inventory.event).collect()
    }

    /// Seats of ticket types after the batch, where they changed.
    pub fn changed_types(&self) -> Vec<(TicketTypeId, u32)> {
        let inventories = self.changed.events.iter().filter_map(|id| self.inventories.get(id));
        let types = inventories.flat_map(|inventory| &inventory.ticket_types);
        types.filter(|one| self.changed.types.contains(&one.id)).map(|one| (one.id, one.taken)).collect()
    }

    /// Uses of promo codes after the batch, where they changed.
    pub fn changed_codes(&self) -> Vec<(PromoCodeId, u32)> {
        let used = |code: PromoCodeId, event: &EventId| {
            let codes = &self.inventories.get(event)?.promo_codes;
            codes.iter().find(|one| one.id == code).map(|one| (code, one.used))
        };
        self.changed.codes.iter().filter_map(|(code, event)| used(*code, event)).collect()
    }
}

impl GrantedOrder {
    /// Number of tickets.
    pub const fn tickets(&self) -> usize {
        self.placement.tickets.len()
    }

    /// The rows of the order, with times truncated to stored precision.
    pub fn with_ids(self, request: &PlaceRequest, ids: &OrderIds) -> Result<PlacedOrder, StoreError> {
        let Self { placement, event, ticket_types, wallet_allowed } = self;
        let now = request.now.trunc_subsecs(6);
        let mut order = placement.order.with_id(ids.order);
        (order.created_at, order.updated_at) = (now, now);
        order.hold_expires_at = order.hold_expires_at.map(|end| end.trunc_subsecs(6));
        order.issued_at = order.issued_at.map(|at| at.trunc_subsecs(6));
        let mut tickets = Vec::with_capacity(placement.tickets.len());
        for (index, planned) in placement.tickets.iter().enumerate() {
            let (Some(id), Some(secrets)) = (ids.tickets.get(index), request.secrets.get(index)) else {
                return Err(StoreError::Corrupt("fewer ids or codes than tickets".to_owned()));
            };
            let ticket = Ticket {
                id: *id,
                event_id: order.event_id,
                order: Some(TicketOrder {
                    order_id: order.id,
                    ticket_type_id: planned.ticket_type_id,
                    price: planned.price,
                }),
                user_id: order.buyer.user_id,
                code: secrets.code.clone(),
                link_key: Some(secrets.link_key.clone()),
                status: planned.status,
                uma_address: order.buyer.payer_address.clone().unwrap_or_default(),
                hold_expires_at: order.hold_expires_at,
                checked_in_at: None,
                paid_at: (planned.status == TicketStatus::Paid).then_some(now),
                created_at: now,
                updated_at: now,
            };
            tickets.push(OrderedTicket {
                ticket,
                ticket_type_id: planned.ticket_type_id,
                price: planned.price,
                holder: request.holders.get(index).cloned().unwrap_or_default(),
            });
        }
        let payment = match tickets.first() {
            Some(first) if !placement.due.is_zero() => Some(Payment {
                id: ids.payment,
                ticket_id: first.ticket.id,
                event_id: order.event_id,
                state: PaymentState::awaiting(placement.due),
                collection: Collection { state: CollectionState::Queued, detail: String::new() },
                wallet_allowed,
                payer: KnownPayer::None,
                paid_at: None,
                created_at: now,
                updated_at: now,
            }),
            _ => None,
        };
        let issuance = placement.issuance;
        Ok(PlacedOrder { order, tickets, payment, issuance, event, ticket_types })
    }
}

impl PlacedOrder {
    /// Audit entry of a complimentary order.
    pub fn audit(&self, request: &PlaceRequest) -> Option<NewAudit> {
        (self.order.kind == OrderKind::Complimentary).then(|| NewAudit {
            actor: request.organiser,
            action: "order.complimentary".to_owned(),
            subject: format!("order/{}", self.order.id),
            detail: format!("{} tickets of event {}", self.tickets.len(), self.order.event_id),
            at: self.order.created_at,
        })
    }
}

/// Copies the event's price into its only type: a replica of a release without types may have changed it.
fn copy_event_price(inventory: &mut Inventory) {
    let Inventory { event, ticket_types, .. } = inventory;
    if let [only] = ticket_types.as_mut_slice()
        && let TicketPrice::Fixed(price) = &mut only.price
        && *price != event.price
    {
        *price = event.price;
        only.price_changed_at = event.price_changed_at;
    }
}

/// Whether the buyer's connected wallet may be charged: the buyer is an account, and was shown the price, or no price changed within
/// [`PRICE_NOTICE`].
fn wallet_allowed(inventory: &Inventory, request: &PlaceRequest, order: &OrderRequest) -> bool {
    let recent = |changed| request.now.signed_duration_since(changed) < PRICE_NOTICE;
    let unchanged = || {
        order.lines.iter().all(|line| {
            inventory.ticket_type(line.ticket_type_id).is_some_and(|one| {
                // A price in a currency changes with its rate.
                !one.price_changed_at.is_some_and(recent) && !matches!(one.price, TicketPrice::InCurrency(_))
            })
        })
    };
    // A default type that took the place of another is a price change for clients without types.
    let same_default = || {
        let changed = default_price_changed_at(&inventory.ticket_types, &inventory.rates, request.now);
        request.purchase_for.is_none() || !changed.is_some_and(recent)
    };
    order.buyer.user_id.is_some() && (order.shown.is_some() || (unchanged() && same_default()))
}

impl PlaceRequest {
    /// Tickets requested, at most as many as an order can have.
    pub fn requested(&self) -> usize {
        if self.purchase_for.is_some() {
            return 1;
        }
        let sum = self.order.lines.iter().fold(0_u32, |sum, line| sum.saturating_add(line.quantity));
        usize::try_from(sum.min(OrderLimits::MAX_TICKETS_PER_ORDER)).unwrap_or_default()
    }

    /// Buyer whose tickets and promo uses are counted; `None` if no limit needs them. A code may have one.
    pub fn counted_buyer(&self, limits: &OrderLimits) -> Option<BuyerKey> {
        if limits.per_buyer > 0 || self.order.promo_code.is_some() { self.order.buyer.key() } else { None }
    }

    /// Quotas that this request counts towards; none for complimentary orders.
    pub fn quota_keys(&self, limits: &HoldLimits) -> Vec<QuotaKey> {
        if self.order.kind == OrderKind::Complimentary {
            return Vec::new();
        }
        let buyer = &self.order.buyer;
        limits.keys(self.event_id, buyer.user_id, buyer.payer_address.as_deref(), self.network)
    }
}
