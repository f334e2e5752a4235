use crate::{
    consent::wallet_allowed,
    quota::{HoldLimit, HoldLimits, NetworkTags, OutstandingSeats},
};
use async_trait::async_trait;
use events::{Event, NotOnSale};
use kernel::{EventId, PaymentId, Sats, Secret, StoreError, TicketId, Timestamp, UserId};
use payments::{Collection, Invoice, NewInvoice, Payment, PaymentHash};
use tickets::{Ticket, TicketCode};
use uma_protocol::VaspDomain;

/// Idempotency key of a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// Namespace of the caller; keys of different callers are independent.
    pub scope: String,
    /// The `Idempotency-Key` header.
    pub key: String,
    /// SHA-256 of the request.
    pub fingerprint: [u8; 32],
}

/// Request for one seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRequest {
    /// The event.
    pub event_id: EventId,
    /// The account named in the request; must exist.
    pub user_id: UserId,
    /// Whether the caller is authenticated as that account. Otherwise it is a guest purchase, linked to no account.
    pub authenticated: bool,
    /// Whether the account may take free tickets; some deployments require a proved email address.
    pub free_allowed: bool,
    /// UMA address of the payer; required unless the event is free.
    pub uma_address: Option<String>,
    /// The price shown to the buyer; `None` if the client does not send it.
    pub price: Option<Sats>,
    /// Code of the new ticket.
    pub code: TicketCode,
    /// An identical purchase of the same account after this time is the same purchase; `None` disables the check.
    pub repeats_since: Option<Timestamp>,
    /// [`Ticket::link_key`] of the new ticket.
    pub link_key: Secret<[u8; 16]>,
    /// The client's network; `None` where it is not counted.
    pub network: Option<NetworkTags>,
    /// Quotas on outstanding seats.
    pub limits: HoldLimits,
    /// Current time.
    pub now: Timestamp,
    /// Expiry of an unpaid hold.
    pub hold_expires_at: Timestamp,
    /// Idempotency key, if the client sent one.
    pub key: Option<IdempotencyKey>,
}

impl HoldRequest {
    /// The account that the ticket is linked to; `None` for a guest.
    pub fn owner(&self) -> Option<UserId> {
        self.authenticated.then_some(self.user_id)
    }
}

/// Reason for refusing a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoldRefusal {
    /// All seats are sold or held.
    #[error("event is sold out")]
    SoldOut,
    /// The event is not on sale.
    #[error(transparent)]
    NotOnSale(#[from] NotOnSale),
    /// The event does not exist.
    #[error("event not found")]
    UnknownEvent,
    /// The account does not exist or was erased.
    #[error("user not found")]
    UnknownUser,
    /// A paid event requires a UMA address.
    #[error("a UMA address is needed for a paid event")]
    AddressMissing,
    /// The price differs from the one shown to the buyer.
    #[error("the price has changed: it is {} sats now", price.get())]
    PriceChanged {
        /// The current price.
        price: Sats,
    },
    /// A free ticket requires authentication.
    #[error("log in to get a free ticket")]
    LoginRequired,
    /// A free ticket requires a proved email address.
    #[error("confirm your e-mail address to get a free ticket")]
    EmailNotProved,
    /// A quota on outstanding seats is exhausted.
    #[error("{0}")]
    Limit(HoldLimit),
    /// The key was used for a different request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
}

/// A granted hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Pending, or paid at once for a free event.
    pub ticket: Ticket,
    /// Payment due; `None` for a free event.
    pub payment: Option<Payment>,
    /// The event, including this seat.
    pub event: Event,
}

/// Outcome of a hold request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldOutcome {
    /// A seat was taken.
    Held(Box<Hold>),
    /// The same key and request created this ticket before.
    Replayed(TicketId),
    /// The same account made an identical purchase since [`HoldRequest::repeats_since`], and its ticket holds a seat.
    Repeated(TicketId),
    /// No hold was created.
    Refused(HoldRefusal),
}

/// An invoice to attach to a pending payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The payment.
    pub payment_id: PaymentId,
    /// The new invoice.
    pub invoice: NewInvoice,
    /// Time of the first invoice check.
    pub watch_from: Timestamp,
    /// Whether it replaces the payment's current invoice, as a retry does.
    pub replace: bool,
}

/// Outcome of an attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachOutcome {
    /// The payment's current invoice: this one, or the existing one.
    Attached(Box<Invoice>),
    /// The payment is not pending any more; the invoice must not be published.
    NotPending,
}

impl Attachment {
    /// Key of the collecting job. A retry has a key of its own, because the job of the replaced invoice may still run.
    pub fn collect_key(&self) -> String {
        if self.replace {
            format!("collect/{}/{}", self.payment_id, self.invoice.payment_hash)
        } else {
            format!("collect/{}", self.payment_id)
        }
    }
}

/// New collection state of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionUpdate {
    /// The payment.
    pub payment_id: PaymentId,
    /// If given, the update applies only while this is the payment's current invoice.
    pub invoice: Option<PaymentHash>,
    /// State and detail shown to the buyer.
    pub collection: Collection,
    /// Whether the payer's VASP refused the pushed UMA Request, which frees a place in the payer's push limit.
    pub push_refused: bool,
    /// Time of the update.
    pub at: Timestamp,
}

/// A nonce of a verified message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenNonce {
    /// Domain of the sender.
    pub domain: VaspDomain,
    /// The nonce.
    pub nonce: String,
    /// Timestamp of the message, Unix seconds.
    pub timestamp: i64,
}

/// Batched writes of the purchase path: one transaction per batch.
#[async_trait]
pub trait Holds: Send + Sync {
    /// Grants seats and writes tickets and payments of a batch in one transaction; outcomes are in request order. Each event's
    /// seats are granted in arrival order and never exceed its capacity; a refused request does not affect the others.
    ///
    /// - A free event's ticket is paid at once, and its email is enqueued.
    /// - A known key, from the store or the batch, returns its ticket, or [`HoldRefusal::KeyReused`] for a different request.
    /// - A repeated purchase of the same account, from the store or the batch, returns its ticket ([`crate::repeated`]).
    /// - A guest's ticket is linked to no account.
    /// - Outstanding seats are counted under the event's lock; a request's network is stored while its seat is outstanding.
    async fn hold_all(&self, requests: &[HoldRequest]) -> Result<Vec<HoldOutcome>, StoreError>;
    /// Attaches invoices to their payments and enqueues [`crate::Task::Collect`], due at once, and [`crate::Task::Watch`], due at
    /// [`Attachment::watch_from`], in one transaction. A payment that has a current invoice keeps it, and nothing is enqueued,
    /// unless [`Attachment::replace`]; a payment that is not pending does not affect the others.
    async fn attach_all(&self, attachments: &[Attachment]) -> Result<Vec<AttachOutcome>, StoreError>;
    /// Stores collection states in one transaction; the last update of a payment wins. `false` for a payment that is not pending
    /// any more, which is not changed.
    async fn update_collections(&self, updates: &[CollectionUpdate]) -> Result<Vec<bool>, StoreError>;
    /// Stores nonces in one transaction, once per VASP: `false` for a nonce that exists in the store or earlier in the batch.
    async fn remember_all(&self, nonces: &[SeenNonce]) -> Result<Vec<bool>, StoreError>;
}

/// Properties of a granted hold beside the seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// See [`Payment::wallet_allowed`].
    pub wallet_allowed: bool,
}

/// Decides one request and takes the seat if it is granted. Stores call it in arrival order with the event locked.
pub fn decide_hold(
    event: Option<&mut Event>,
    user_exists: bool,
    outstanding: &mut OutstandingSeats,
    request: &HoldRequest,
) -> Result<Grant, HoldRefusal> {
    let event = event.ok_or(HoldRefusal::UnknownEvent)?;
    let price_changed = request.price.is_some_and(|price| price != event.price);
    if event.is_free() && !price_changed && !request.authenticated {
        return Err(HoldRefusal::LoginRequired);
    }
    if !user_exists {
        return Err(HoldRefusal::UnknownUser);
    }
    event.on_sale(request.now)?;
    if price_changed {
        return Err(HoldRefusal::PriceChanged { price: event.price });
    }
    if event.is_free() && !request.free_allowed {
        return Err(HoldRefusal::EmailNotProved);
    }
    if !event.is_free() && request.uma_address.is_none() {
        return Err(HoldRefusal::AddressMissing);
    }
    let mut seats = event.seats();
    if !seats.take() {
        return Err(HoldRefusal::SoldOut);
    }
    outstanding.check(event, request).map_err(HoldRefusal::Limit)?;
    outstanding.take(request);
    event.seats_taken = seats.taken;
    Ok(Grant { wallet_allowed: wallet_allowed(event, request) })
}
