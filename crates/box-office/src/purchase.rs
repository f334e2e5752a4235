use crate::{
    AttachOutcome, Attachment, BoxOffice, DomainEvent, HoldLimits, HoldOutcome, HoldRefusal, HoldRequest,
    IdempotencyKey, NetworkTags, PaymentLink, QueueError, RecentPurchase, TicketView, collect::UmaOrder,
    push_limit::ordered_by, repeated, transition,
};
use chrono::Duration;
use events::Event;
use kernel::{EntropyError, EventId, Page, Sats, Secret, StoreError, TicketId, Timestamp, UserId};
use payments::{Evidence, Invoice, InvoiceOrder, InvoiceRole, LightningError, NewInvoice, Payment};
use std::{net::IpAddr, sync::Arc};
use tickets::{Ticket, TicketCode, TicketStatus};
use tokio::time::Instant;
use uma_protocol::{Metadata, UmaAddress, UmaError};

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
    /// The hold was refused.
    #[error(transparent)]
    Refused(#[from] HoldRefusal),
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
const PREPARING: Duration = Duration::seconds(20);
/// Identical purchases of one account within this time are one purchase, unless their keys differ.
const REPEAT_WINDOW: Duration = Duration::seconds(30);
/// Number of an account's newest tickets that are searched for a repeated purchase.
const RECENT_TICKETS: u32 = 50;
/// How long a repeated request waits for the first request's invoice.
const REPLAY_WAIT: std::time::Duration = std::time::Duration::from_secs(5);
/// Interval at which a repeated request reads the ticket; notifications of other replicas may be lost.
const REPLAY_POLL: std::time::Duration = std::time::Duration::from_millis(250);

impl BoxOffice {
    /// Buys a ticket: holds a seat, creates the invoice and starts collecting. A free event's ticket is paid at once.
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
        let event = self.event(order.event_id).await?.ok_or(HoldRefusal::UnknownEvent)?;
        let payer = UmaAddress::parse(order.uma_address.trim()).and_then(|payer| {
            payer.domain().reachable_from(self.dependencies.uma_address.domain()).map(|()| payer)
        });
        let uma_address = match payer {
            Ok(address) => Some(address.as_str().to_owned()),
            // For an event that is not free any more, `PriceChanged` takes precedence over an invalid address.
            Err(_) if event.is_free() || order.price.is_some_and(|price| price != event.price) => None,
            Err(error) => return Err(PurchaseError::BadAddress(error)),
        };
        let repeats = order.authenticated && order.key.is_none();
        let mail_required =
            self.settings().require_proved_email_for_free && self.dependencies.mailer.is_some();
        let request = HoldRequest {
            event_id: order.event_id,
            user_id: order.user_id,
            authenticated: order.authenticated,
            free_allowed: order.email_proved || !mail_required,
            uma_address,
            price: order.price,
            code: TicketCode::random(&*self.dependencies.entropy)?,
            network: self.network_tags(&order),
            limits: self.settings().hold_limits,
            repeats_since: repeats.then(|| now.checked_sub_signed(REPEAT_WINDOW).unwrap_or(now)),
            link_key: Secret::new(self.random()?),
            now,
            hold_expires_at: self.hold_end(now),
            key: order.key,
        };
        let outcome = match self.sold_out(&event, &request).await? {
            Some(outcome) => outcome,
            None => self.hold_queue.submit(request).await?,
        };
        let view = match outcome {
            HoldOutcome::Refused(refusal) => return Err(refusal.into()),
            HoldOutcome::Replayed(ticket) => self.replay(ticket).await?,
            HoldOutcome::Repeated(ticket) => {
                let view = self.replay(ticket).await?;
                if !view.ticket.status.takes_seat() {
                    return Err(PurchaseError::HoldLost);
                }
                view
            }
            HoldOutcome::Held(hold) => {
                let invoice = match &hold.payment {
                    None => None,
                    Some(payment) => {
                        Some(self.issue_invoice(&hold.ticket, payment, &hold.event.title, false).await?)
                    }
                };
                TicketView { ticket: hold.ticket, event: hold.event, payment: hold.payment, invoice }
            }
        };
        Ok(Receipt {
            status_token: self.dependencies.links.status_token(&view.ticket),
            payment_link: view.invoice.is_some().then(|| self.payment_link(&view.ticket)),
            view,
        })
    }

    /// Tags of the client's network; `None` if no quota is configured, so that it is not stored.
    fn network_tags(&self, order: &Order) -> Option<NetworkTags> {
        let counted = self.settings().hold_limits != HoldLimits::NONE;
        order
            .network
            .filter(|_| counted)
            .map(|address| self.dependencies.networks.tags(order.event_id, address))
    }

    /// Rejects requests without a key for events that are sold out or not on sale, from cache and without a transaction: most
    /// requests of a surge. `None` if the request has to be decided under the event's lock.
    async fn sold_out(
        &self,
        event: &Event,
        request: &HoldRequest,
    ) -> Result<Option<HoldOutcome>, PurchaseError> {
        if request.key.is_some() || request.price.is_some_and(|price| price != event.price) {
            return Ok(None);
        }
        let refusal = match event.on_sale(request.now) {
            Err(refusal) => refusal.into(),
            Ok(()) if event.seats().available() == 0 => HoldRefusal::SoldOut,
            Ok(()) => return Ok(None),
        };
        if request.repeats_since.is_some() {
            let newest = self.tickets_of(request.user_id, Page::new(Some(RECENT_TICKETS), None)).await?;
            let recent: Vec<_> = newest.iter().filter_map(RecentPurchase::of).collect();
            if let Some(ticket) = repeated(request, &recent) {
                return Ok(Some(HoldOutcome::Repeated(ticket)));
            }
        }
        Ok(Some(HoldOutcome::Refused(refusal)))
    }

    /// Repeats the response of an earlier request. Waits for a purchase in progress, and completes an interrupted one.
    async fn replay(&self, ticket: TicketId) -> Result<TicketView, PurchaseError> {
        let gone = || StoreError::Corrupt(format!("ticket {ticket} of an earlier purchase is missing"));
        let deadline = Instant::now() + REPLAY_WAIT;
        let mut changes = self.store().changes();
        loop {
            let mut view = self.ticket_view(ticket).await?.ok_or_else(gone)?;
            let Some(payment) = &view.payment else { return Ok(view) };
            if view.invoice.is_some() || view.ticket.status != TicketStatus::Pending {
                return Ok(view);
            }
            if self.now().signed_duration_since(view.ticket.created_at) >= PREPARING {
                view.invoice =
                    Some(self.issue_invoice(&view.ticket, payment, &view.event.title, false).await?);
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

    /// Creates an invoice for a held payment and attaches it as its current one; `replace` replaces an earlier one. On failure
    /// the seat is released.
    pub(crate) async fn issue_invoice(
        &self,
        ticket: &Ticket,
        payment: &Payment,
        title: &str,
        replace: bool,
    ) -> Result<Invoice, PurchaseError> {
        let now = self.now();
        let orderer = match ticket.user_id {
            Some(id) => self.event_cache.user(self.store(), id, now).await?,
            None => None,
        };
        let orderer = orderer.filter(|user| user.deleted_at.is_none());
        let orderer = ordered_by(orderer.as_ref().map(|user| user.name.as_str()));
        let metadata = Metadata::plain(&format!("Ticket: {title}, {orderer}"))
            .with_identifier(self.dependencies.uma_address.as_str())
            .with_uma_invoice(&self.random_uuid()?);
        let made = self.make_invoice(ticket, payment, InvoiceRole::Current, metadata.as_str(), now).await;
        let invoice = match made {
            Ok(invoice) => invoice,
            Err(error) => {
                self.apply_transition(ticket.id, &transition::Transition::evidence(Evidence::GivenUp))
                    .await?;
                return Err(PurchaseError::Node(error));
            }
        };
        let watch_from = self.next_invoice_check(invoice.created_at, invoice.expires_at, now);
        let attachment = Attachment { payment_id: payment.id, invoice, watch_from, replace };
        match self.attach_queue.submit(attachment).await? {
            AttachOutcome::Attached(invoice) => Ok(*invoice),
            AttachOutcome::NotPending => Err(PurchaseError::HoldLost),
        }
    }

    /// Creates an invoice at our node that expires with the ticket's hold.
    pub(crate) async fn make_invoice(
        &self,
        ticket: &Ticket,
        payment: &Payment,
        role: InvoiceRole,
        metadata: &str,
        now: Timestamp,
    ) -> Result<NewInvoice, LightningError> {
        let left = ticket.hold_expires_at.map_or(0, |end| end.signed_duration_since(now).num_seconds());
        let order = InvoiceOrder {
            amount: payment.state.price,
            metadata: metadata.to_owned(),
            expiry_secs: u32::try_from(left.max(1)).unwrap_or(u32::MAX),
        };
        let made = self.dependencies.lightning.create_invoice(&order).await?;
        // A UMA Invoice is made for the order's current bolt11 only.
        let buyer = UmaAddress::parse(&ticket.uma_address).ok().filter(|_| role == InvoiceRole::Current);
        let uma_invoice = buyer.and_then(|buyer| {
            let order =
                UmaOrder { metadata: &order.metadata, amount: order.amount, expires_at: made.expires_at };
            self.uma_invoice(&order, Some(&buyer), self.payreq_url(ticket))
        });
        Ok(NewInvoice {
            payment_id: Some(payment.id),
            event_id: payment.event_id,
            role,
            invoice_id: made.invoice_id,
            payment_hash: made.payment_hash,
            bolt11: made.bolt11,
            amount: order.amount,
            metadata: order.metadata,
            uma_address: ticket.uma_address.clone(),
            uma_invoice,
            expires_at: made.expires_at,
            created_at: now,
        })
    }
}
