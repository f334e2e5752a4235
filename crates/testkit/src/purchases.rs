//! Published purchases of one ticket, as orders; see [`crate::builders`].

use async_trait::async_trait;
use box_office::{
    HoldLimits, IdempotencyKey, NetworkTags, OrderTerms, Orders, PlaceOutcome, PlaceRequest, PurchaseRefusal,
    TicketSecrets,
};
use events::Event;
use kernel::{EventId, Sats, Secret, StoreError, TicketId, Timestamp, UserId};
use payments::Payment;
use tickets::{Buyer, OrderKind, OrderLimits, OrderRequest, ShownPrice, Ticket, TicketCode};

/// Request for one seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRequest {
    /// The event.
    pub event_id: EventId,
    /// The account named in the request.
    pub user_id: UserId,
    /// Whether the caller is authenticated as that account.
    pub authenticated: bool,
    /// Whether the account may take free tickets.
    pub free_allowed: bool,
    /// UMA address of the payer.
    pub uma_address: Option<String>,
    /// The price shown to the buyer.
    pub price: Option<Sats>,
    /// Code of the new ticket.
    pub code: TicketCode,
    /// See [`PlaceRequest::repeats_since`].
    pub repeats_since: Option<Timestamp>,
    /// See [`Ticket::link_key`].
    pub link_key: Secret<[u8; 16]>,
    /// The client's network.
    pub network: Option<NetworkTags>,
    /// Quotas on outstanding seats; the same in all requests of a batch.
    pub limits: HoldLimits,
    /// Current time.
    pub now: Timestamp,
    /// Expiry of an unpaid hold.
    pub hold_expires_at: Timestamp,
    /// Idempotency key.
    pub key: Option<IdempotencyKey>,
}

impl HoldRequest {
    /// The request as an order.
    pub fn order(&self) -> PlaceRequest {
        let buyer = Buyer {
            user_id: self.authenticated.then_some(self.user_id),
            email: None,
            payer_address: self.uma_address.clone(),
            ..Buyer::default()
        };
        PlaceRequest {
            event_id: self.event_id,
            order: OrderRequest {
                kind: OrderKind::Sale,
                lines: Vec::new(),
                promo_code: None,
                shown: self.price.map(ShownPrice::Total),
                buyer,
                free_allowed: self.free_allowed,
                hold_expires_at: self.hold_expires_at,
            },
            purchase_for: Some(self.user_id),
            organiser: None,
            holders: Vec::new(),
            secrets: vec![TicketSecrets { code: self.code.clone(), link_key: self.link_key.clone() }],
            network: self.network,
            repeats_since: self.repeats_since.filter(|_| self.authenticated),
            key: self.key.clone(),
            now: self.now,
        }
    }
}

/// A granted seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Pending, or paid at once for a free event.
    pub ticket: Ticket,
    /// Payment due; `None` for a free event.
    pub payment: Option<Payment>,
    /// The event, including this seat.
    pub event: Event,
}

/// Outcome of a request for one seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldOutcome {
    /// A seat was taken.
    Held(Box<Hold>),
    /// See [`PlaceOutcome::Replayed`].
    Replayed(TicketId),
    /// See [`PlaceOutcome::Repeated`].
    Repeated(TicketId),
    /// Nothing was taken.
    Refused(PurchaseRefusal),
}

impl From<PlaceOutcome> for HoldOutcome {
    fn from(outcome: PlaceOutcome) -> Self {
        match outcome {
            PlaceOutcome::Placed(placed) => {
                let [one] = <[_; 1]>::try_from(placed.tickets).unwrap();
                Self::Held(Box::new(Hold {
                    ticket: one.ticket,
                    payment: placed.payment,
                    event: placed.event,
                }))
            }
            PlaceOutcome::Replayed(ticket) => Self::Replayed(ticket),
            PlaceOutcome::Repeated(ticket) => Self::Repeated(ticket),
            PlaceOutcome::Refused(refusal) => Self::Refused(refusal.into()),
        }
    }
}

/// Published purchases at a store.
#[async_trait]
pub trait Purchases {
    /// [`Orders::place_all`] for requests of one seat.
    async fn hold_all(&self, requests: &[HoldRequest]) -> Result<Vec<HoldOutcome>, StoreError>;
}

#[async_trait]
impl<S: Orders + ?Sized> Purchases for S {
    async fn hold_all(&self, requests: &[HoldRequest]) -> Result<Vec<HoldOutcome>, StoreError> {
        let outstanding = requests.first().map_or(HoldLimits::NONE, |request| request.limits);
        assert!(requests.iter().all(|request| request.limits == outstanding), "one batch, two quotas");
        let terms = OrderTerms { limits: OrderLimits::default(), outstanding, rates: Vec::new() };
        let requests: Vec<_> = requests.iter().map(HoldRequest::order).collect();
        Ok(self.place_all(&terms, &requests).await?.into_iter().map(HoldOutcome::from).collect())
    }
}
