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

/// A caller's promise that the same key means the same request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// Whose key it is: keys of different callers never meet.
    pub scope: String,
    /// The `Idempotency-Key` header.
    pub key: String,
    /// SHA-256 of the request that came with it.
    pub fingerprint: [u8; 32],
}

/// Request for one seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRequest {
    /// Of which event.
    pub event_id: EventId,
    /// The account that the request names; it has to exist.
    pub user_id: UserId,
    /// Whether the caller is authenticated as that account. Otherwise the ticket is a guest's: linked to no account.
    pub authenticated: bool,
    /// Whether the account may take free tickets: a shop may require a proved e-mail address.
    pub free_allowed: bool,
    /// Whom to ask for the money; needed unless the event is free.
    pub uma_address: Option<String>,
    /// The price that the buyer was shown; `None` when the client does not say.
    pub price: Option<Sats>,
    /// The ticket's future code.
    pub code: TicketCode,
    /// An identical purchase of the same account after this moment is the same purchase; `None` always makes a new one.
    pub repeats_since: Option<Timestamp>,
    /// The ticket's future [`Ticket::link_key`].
    pub link_key: Secret<[u8; 16]>,
    /// The client's network; `None` where it is not counted.
    pub network: Option<NetworkTags>,
    /// Quotas on outstanding seats.
    pub limits: HoldLimits,
    /// The present moment.
    pub now: Timestamp,
    /// Until when an unpaid seat is kept.
    pub hold_expires_at: Timestamp,
    /// The caller's idempotency key.
    pub key: Option<IdempotencyKey>,
}

impl HoldRequest {
    /// The account that the ticket is linked to; `None` for a guest's.
    pub fn owner(&self) -> Option<UserId> {
        self.authenticated.then_some(self.user_id)
    }
}

/// Why there is no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoldRefusal {
    /// All seats are sold or held.
    #[error("event is sold out")]
    SoldOut,
    /// Not on sale.
    #[error(transparent)]
    NotOnSale(#[from] NotOnSale),
    /// There is no such event.
    #[error("event not found")]
    UnknownEvent,
    /// There is no such account, or it was erased.
    #[error("user not found")]
    UnknownUser,
    /// A paid event needs an address to ask for the money.
    #[error("a UMA address is needed for a paid event")]
    AddressMissing,
    /// The price is not the one that the buyer was shown.
    #[error("the price has changed: it is {} sats now", price.get())]
    PriceChanged {
        /// The price of now.
        price: Sats,
    },
    /// A free ticket without authentication.
    #[error("log in to get a free ticket")]
    LoginRequired,
    /// A free ticket for an account whose e-mail address is not proved.
    #[error("confirm your e-mail address to get a free ticket")]
    EmailNotProved,
    /// A quota on outstanding seats is used up.
    #[error("{0}")]
    Limit(HoldLimit),
    /// The key came with another request before.
    #[error("this idempotency key was used for another request")]
    KeyReused,
}

/// A seat taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Pending, or paid at once for a free event.
    pub ticket: Ticket,
    /// What is owed; nothing for a free event.
    pub payment: Option<Payment>,
    /// The event, this seat counted.
    pub event: Event,
}

/// Outcome of a hold request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldOutcome {
    /// A seat was taken.
    Held(Box<Hold>),
    /// The same key and request got this ticket before.
    Replayed(TicketId),
    /// The same account made the identical purchase a moment ago, and its ticket holds a seat.
    Repeated(TicketId),
    /// No seat.
    Refused(HoldRefusal),
}

/// An invoice for a payment that was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The payment.
    pub payment_id: PaymentId,
    /// The invoice that our node made for it.
    pub invoice: NewInvoice,
    /// When our node is first asked about it.
    pub watch_from: Timestamp,
    /// Whether it takes the place of the payment's current invoice, as a retry's does.
    pub replace: bool,
}

/// What became of an attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachOutcome {
    /// The payment's current invoice: this one, or the one it had already and keeps.
    Attached(Box<Invoice>),
    /// The payment is not pending any more; nobody may see this invoice.
    NotPending,
}

impl Attachment {
    /// Key of the job that collects the invoice. A retry's is its own: the job of the invoice that it replaces may still run.
    pub fn collect_key(&self) -> String {
        if self.replace {
            format!("collect/{}/{}", self.payment_id, self.invoice.payment_hash)
        } else {
            format!("collect/{}", self.payment_id)
        }
    }
}

/// How far asking for the money of a payment is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionUpdate {
    /// The payment.
    pub payment_id: PaymentId,
    /// Written only while this is the payment's current invoice, if given: a retry may have replaced it.
    pub invoice: Option<PaymentHash>,
    /// What the buyer is told.
    pub collection: Collection,
    /// Whether the payer's VASP refused the pushed UMA Request: it makes room for others of this payer.
    pub push_refused: bool,
    /// Since when.
    pub at: Timestamp,
}

/// A nonce of a verified message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenNonce {
    /// Whose message it was.
    pub domain: VaspDomain,
    /// The nonce.
    pub nonce: String,
    /// The message's own, Unix seconds.
    pub timestamp: i64,
}

/// The hot path of a sale's first seconds: one transaction for a whole batch.
#[async_trait]
pub trait Holds: Send + Sync {
    /// Claims seats and writes the tickets and payments of a batch in one transaction, answers in the order of the requests.
    /// Each event's seats are granted in arrival order, never more than it has. One refused request fails alone.
    /// A free event's ticket is paid at once, and its letter is enqueued. A key seen before, in the store or earlier in the batch,
    /// gives the same ticket again, or [`HoldRefusal::KeyReused`] when the request differs. A purchase that repeats one of the same
    /// account, in the store or earlier in the batch, gives that ticket again ([`crate::repeated`]). A guest's ticket is linked to no account.
    /// Outstanding seats are counted under the event's lock; the network of a request is kept while its seat is outstanding.
    async fn hold_all(&self, requests: &[HoldRequest]) -> Result<Vec<HoldOutcome>, StoreError>;
    /// Attaches invoices to their payments, and enqueues collecting ([`crate::Task::Collect`]), due at once, and watching
    /// ([`crate::Task::Watch`]), due at [`Attachment::watch_from`], in one transaction. The invoice becomes the payment's current
    /// one; a payment that has one keeps it unless [`Attachment::replace`], and then nothing is enqueued. A payment that is not
    /// pending any more fails alone.
    async fn attach_all(&self, attachments: &[Attachment]) -> Result<Vec<AttachOutcome>, StoreError>;
    /// Notes how far collecting is, in one transaction; the last note of a payment counts. A payment that is not pending any more
    /// is left as it is, and answered with `false`.
    async fn update_collections(&self, notes: &[CollectionUpdate]) -> Result<Vec<bool>, StoreError>;
    /// Remembers nonces in one transaction, once per VASP: `false` for one that is known already, in the store or from earlier in
    /// the batch.
    async fn remember_all(&self, nonces: &[SeenNonce]) -> Result<Vec<bool>, StoreError>;
}

/// What a granted request gets beside the seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// See [`Payment::wallet_allowed`].
    pub wallet_allowed: bool,
}

/// Decides one request, and takes the seat when it is granted. Stores call this in arrival order with the locked event.
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
