use crate::{
    BoxOffice, DomainEvent, HoldLimits, IdempotencyKey, NetworkTags, PaymentLink, PlaceOutcome, PlaceRefusal,
    PlaceRequest, PurchaseRefusal, QueueError, TicketSecrets, TicketView,
};
use chrono::Duration;
use events::Event;
use kernel::{EntropyError, EventId, Language, Page, Sats, Secret, StoreError, TicketId, Timestamp, UserId};
use payments::LightningError;
use std::{net::IpAddr, sync::Arc};
use tickets::{Buyer, Holder, OrderKind, OrderRefusal, OrderRequest, ShownPrice, TicketCode, TicketStatus};
use tokio::time::Instant;
use uma_protocol::{UmaAddress, UmaError};

/// Purchase request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The event.
    pub event_id: EventId,
    /// The account named in the request.
    pub user_id: UserId,
    /// UMA address as entered; required unless the event is free.
    pub uma_address: String,
    /// The price shown to the buyer, if the client sends it.
    pub price: Option<Sats>,
    /// Whether the caller is authenticated as `user_id`. Otherwise it is a guest purchase.
    pub authenticated: bool,
    /// Whether the account's email address is proved.
    pub email_proved: bool,
    /// Language of the emails about the order.
    pub language: Language,
    /// The client's address, if network quotas apply.
    pub network: Option<IpAddr>,
    /// Idempotency key, if the client sent one.
    pub key: Option<IdempotencyKey>,
}

/// Result of a purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The ticket view.
    pub view: TicketView,
    /// Token that shows the full status without an account.
    pub status_token: String,
    /// LNURL payment link; `None` for a free order.
    pub payment_link: Option<PaymentLink>,
}

/// Reason for refusing a purchase. Nothing was charged in any of these cases.
#[derive(Debug, thiserror::Error)]
pub enum PurchaseError {
    /// The purchase was refused.
    #[error(transparent)]
    Refused(#[from] PurchaseRefusal),
    /// The UMA address is invalid.
    #[error("the UMA address is not valid")]
    BadAddress(#[source] UmaError),
    /// The purchase queue is full.
    #[error("too many purchases at once: try again shortly")]
    Busy,
    /// The node could not create an invoice; the seat was released.
    #[error("the Lightning node could not make an invoice")]
    Node(#[source] LightningError),
    /// The hold ended before its invoice was attached.
    #[error("the seat could not be kept: try again")]
    HoldLost,
    /// A purchase with this key is in progress.
    #[error("this purchase is still being prepared: ask again with the same key")]
    StillPreparing,
    /// The entropy source failed.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The store failed.
    #[error("the purchase could not be stored")]
    Store(#[source] Arc<StoreError>),
}

impl From<StoreError> for PurchaseError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl From<QueueError> for PurchaseError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Full | QueueError::Stopped => Self::Busy,
            QueueError::Store(error) => Self::Store(error),
        }
    }
}

/// Age after which a repeated request completes an interrupted purchase.
const RESUME_AFTER: Duration = Duration::seconds(20);
/// Identical purchases of one account within this time are one purchase, unless their keys differ.
const REPEAT_WINDOW: Duration = Duration::seconds(30);
/// Number of an account's newest tickets that are searched for a repeated purchase.
const RECENT_TICKETS: u32 = 50;

/// Orders after this time may be repeated by one made now.
pub(crate) fn repeats_since(now: Timestamp) -> Timestamp {
    now.checked_sub_signed(REPEAT_WINDOW).unwrap_or(now)
}

/// How long a repeated request waits for the first request's invoice.
const REPLAY_WAIT: std::time::Duration = std::time::Duration::from_secs(5);
/// Interval at which a repeated request reads the ticket; notifications of other replicas may be lost.
const REPLAY_POLL: std::time::Duration = std::time::Duration::from_millis(250);

impl BoxOffice {
    /// Buys a ticket: holds a seat, creates the invoice and starts collecting; a free event's ticket is issued at once.
    ///
    /// Completes even if the caller disconnects, so that no hold is left without its invoice.
    pub async fn purchase(self: &Arc<Self>, order: Order) -> Result<Receipt, PurchaseError> {
        let office = Arc::clone(self);
        self.runtime
            .spawn(async move { office.purchase_now(order).await })
            .await
            .unwrap_or(Err(PurchaseError::Busy))
    }

    async fn purchase_now(&self, order: Order) -> Result<Receipt, PurchaseError> {
        let now = self.now();
        let event = self.event(order.event_id).await?.ok_or(PurchaseRefusal::UnknownEvent)?;
        let payer = self.payer_address(&order.uma_address);
        let repeats = order.authenticated && order.key.is_none();
        let buyer = Buyer {
            user_id: order.authenticated.then_some(order.user_id),
            email: None,
            payer_address: payer.as_ref().ok().cloned(),
            language: order.language,
        };
        let request = PlaceRequest {
            event_id: order.event_id,
            order: OrderRequest {
                kind: OrderKind::Sale,
                lines: Vec::new(),
                promo_code: None,
                shown: order.price.map(ShownPrice::Total),
                buyer,
                free_allowed: self.free_allowed(order.email_proved),
                hold_expires_at: self.hold_end(now),
            },
            purchase_for: Some(order.user_id),
            organiser: None,
            holders: Vec::new(),
            secrets: self.ticket_secrets(1)?,
            network: self.network_tags(order.event_id, order.network),
            repeats_since: repeats.then(|| repeats_since(now)),
            now,
            key: order.key,
        };
        let outcome = match self.sold_out(&event, &request).await? {
            Some(refusal) => PlaceOutcome::Refused(refusal),
            None => self.order_queue.submit(request).await?,
        };
        let view = match outcome {
            PlaceOutcome::Refused(refusal) => {
                return Err(match (refusal, payer) {
                    (PlaceRefusal::AddressMissing, Err(error)) => PurchaseError::BadAddress(error),
                    (refusal, _) => PurchaseRefusal::from(refusal).into(),
                });
            }
            PlaceOutcome::Replayed(ticket) => self.replay(ticket).await?,
            PlaceOutcome::Repeated(ticket) => self.replay_held(ticket).await?,
            PlaceOutcome::Placed(placed) => {
                let missing = || StoreError::Corrupt(format!("order {} has no ticket", placed.order.id));
                let ticket = &placed.tickets.first().ok_or_else(missing)?.ticket;
                let invoice = match &placed.payment {
                    None => None,
                    Some(payment) => {
                        Some(self.issue_invoice(ticket, payment, &placed.subject(), false).await?)
                    }
                };
                TicketView {
                    ticket: ticket.clone(),
                    holder: Holder::default(),
                    event: placed.event,
                    payment: placed.payment,
                    invoice,
                }
            }
        };
        Ok(Receipt {
            status_token: self.dependencies.links.status_token(&view.ticket),
            payment_link: view.invoice.is_some().then(|| self.payment_link(&view.ticket)),
            view,
        })
    }

    /// A payer's UMA address as entered, if requests can be sent to it.
    pub(crate) fn payer_address(&self, entered: &str) -> Result<String, UmaError> {
        let payer = UmaAddress::parse(entered.trim())?;
        payer.domain().reachable_from(self.dependencies.uma_address.domain())?;
        Ok(payer.as_str().to_owned())
    }

    /// Whether an account may take free tickets.
    pub(crate) fn free_allowed(&self, email_proved: bool) -> bool {
        email_proved || !self.settings().require_proved_email_for_free || self.dependencies.mailer.is_none()
    }

    /// Random values of so many tickets.
    pub(crate) fn ticket_secrets(&self, tickets: usize) -> Result<Vec<TicketSecrets>, EntropyError> {
        let secrets = || {
            let code = TicketCode::random(&*self.dependencies.entropy)?;
            Ok(TicketSecrets { code, link_key: Secret::new(self.random()?) })
        };
        (0..tickets).map(|_| secrets()).collect()
    }

    /// Tags of the client's network; `None` if no quota is configured, so that it is not stored.
    pub(crate) fn network_tags(&self, event: EventId, network: Option<IpAddr>) -> Option<NetworkTags> {
        let counted = self.settings().hold_limits != HoldLimits::NONE;
        network.filter(|_| counted).map(|address| self.dependencies.networks.tags(event, address))
    }

    /// Rejects requests without a key for events that are sold out or not on sale, from cache and without a transaction: most
    /// requests of a surge. `None` if the request has to be decided under the event's lock.
    async fn sold_out(
        &self,
        event: &Event,
        request: &PlaceRequest,
    ) -> Result<Option<PlaceRefusal>, PurchaseError> {
        let order = &request.order;
        let repriced = matches!(order.shown, Some(ShownPrice::Total(shown)) if shown != event.price);
        // An invalid address is reported first.
        if request.key.is_some() || repriced || (order.buyer.payer_address.is_none() && !event.is_free()) {
            return Ok(None);
        }
        let refusal = match event.on_sale(request.now) {
            Err(refusal) => OrderRefusal::from(refusal),
            Ok(()) if event.seats().available() == 0 => {
                OrderRefusal::Seats(tickets::Shortage { event_left: 0, lines: Vec::new() })
            }
            Ok(()) => return Ok(None),
        };
        if let (Some(since), Some(user)) = (request.repeats_since, order.buyer.user_id) {
            let newest = self.tickets_of(user, Page::new(Some(RECENT_TICKETS), None)).await?;
            let may_repeat = |view: &TicketView| {
                view.ticket.event_id == event.id
                    && view.ticket.created_at > since
                    && view.ticket.status.takes_seat()
            };
            if newest.iter().any(may_repeat) {
                return Ok(None);
            }
        }
        Ok(Some(refusal.into()))
    }

    /// [`Self::replay`] of an order that must still hold its seats.
    pub(crate) async fn replay_held(&self, ticket: TicketId) -> Result<TicketView, PurchaseError> {
        let view = self.replay(ticket).await?;
        if view.ticket.status.takes_seat() { Ok(view) } else { Err(PurchaseError::HoldLost) }
    }

    /// Repeats the response of an earlier request. Waits for a purchase in progress, and completes an interrupted one.
    pub(crate) async fn replay(&self, ticket: TicketId) -> Result<TicketView, PurchaseError> {
        let gone = || StoreError::Corrupt(format!("ticket {ticket} of an earlier purchase is missing"));
        let deadline = Instant::now() + REPLAY_WAIT;
        let mut changes = self.store().changes();
        loop {
            let mut view = self.ticket_view(ticket).await?.ok_or_else(gone)?;
            let Some(payment) = &view.payment else { return Ok(view) };
            if view.invoice.is_some() || view.ticket.status != TicketStatus::Pending {
                return Ok(view);
            }
            if self.now().signed_duration_since(view.ticket.created_at) >= RESUME_AFTER {
                let subject = self.subject_of(&view).await?;
                view.invoice = Some(self.issue_invoice(&view.ticket, payment, &subject, false).await?);
                return Ok(view);
            }
            if Instant::now() >= deadline {
                return Err(PurchaseError::StillPreparing);
            }
            let changed = async {
                while !matches!(changes.recv().await, Ok(DomainEvent::Ticket(id)) if id == ticket) {}
            };
            drop(tokio::time::timeout(REPLAY_POLL, changed).await);
        }
    }
}
