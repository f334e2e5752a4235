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
    /// What.
    pub event_id: EventId,
    /// The account that the request names.
    pub user_id: UserId,
    /// The address as typed; needed unless the event is free.
    pub uma_address: String,
    /// The price that the buyer was shown, when the client says.
    pub price: Option<Sats>,
    /// Whether the caller is authenticated as `user_id`. Otherwise the purchase is a guest's.
    pub authenticated: bool,
    /// Whether the account's e-mail address is proved.
    pub email_proved: bool,
    /// The client's address, where quotas count its network.
    pub network: Option<IpAddr>,
    /// The caller's idempotency key.
    pub key: Option<IdempotencyKey>,
}

/// What a buyer gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The ticket with all that belongs to it.
    pub view: TicketView,
    /// Shows the full status without an account.
    pub status_token: String,
    /// Where the order is paid by LNURL; a free one has none.
    pub payment_link: Option<PaymentLink>,
}

/// Why nothing was bought. Nothing was charged in any of these cases.
#[derive(Debug, thiserror::Error)]
pub enum PurchaseError {
    /// No seat.
    #[error(transparent)]
    Refused(#[from] HoldRefusal),
    /// The address is none.
    #[error("the UMA address is not valid")]
    BadAddress(#[source] UmaError),
    /// Too many at once.
    #[error("too many purchases at once: try again in a moment")]
    Busy,
    /// Our node cannot make an invoice now; the seat was given back.
    #[error("the Lightning node could not make an invoice")]
    Node(#[source] LightningError),
    /// The hold ended before the invoice was there.
    #[error("the seat could not be kept: try again")]
    HoldLost,
    /// A purchase with this key is being made right now.
    #[error("this purchase is still being prepared: ask again with the same key")]
    StillPreparing,
    /// No randomness.
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

/// How long a purchase may take before a repetition of it finishes the job.
const PREPARING: Duration = Duration::seconds(20);
/// Identical purchases of one account within this time are one purchase, unless they come with different keys.
const REPEAT_WINDOW: Duration = Duration::seconds(30);
/// Tickets of an account that a repeated purchase is searched in.
const RECENT_TICKETS: u32 = 50;
/// How long a repetition waits for the invoice of the first purchase.
const REPLAY_WAIT: std::time::Duration = std::time::Duration::from_secs(5);
/// How often a repetition reads the ticket; changes of other replicas may be missed.
const REPLAY_POLL: std::time::Duration = std::time::Duration::from_millis(250);

impl BoxOffice {
    /// Buys a ticket: holds a seat, makes the invoice, and starts collecting. A free event's ticket is paid at once.
    ///
    /// Runs to its end even when the caller goes away, so that a hold is not left without its invoice.
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
            // A free event that costs something now is answered with its price, not with a complaint about the address.
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
                    Some(payment) => Some(self.bill(&hold.ticket, payment, &hold.event.title, false).await?),
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

    /// Nothing about the network is kept in a shop without limits.
    fn network_tags(&self, order: &Order) -> Option<NetworkTags> {
        let counted = self.settings().hold_limits != HoldLimits::NONE;
        order
            .network
            .filter(|_| counted)
            .map(|address| self.dependencies.networks.tags(order.event_id, address))
    }

    /// The outcome of a request without a key for an event whose seats are gone, without a transaction: most of a surge's
    /// requests are such. `None` when the request has to be decided under the event's lock.
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

    /// Gives the same answer again. Waits for a purchase that is still being prepared, and finishes one that a crash cut short.
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
                view.invoice = Some(self.bill(&view.ticket, payment, &view.event.title, false).await?);
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

    /// Has our node make the invoice for a held payment, and attaches it as the payment's current one; `replace` says that it
    /// takes the place of an earlier one. On failure the seat is given back.
    pub(crate) async fn bill(
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
                self.change(ticket.id, &transition::Transition::evidence(Evidence::GivenUp)).await?;
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

    /// Has our node make an invoice for a payment that lives as long as its ticket's hold.
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
        // A UMA Invoice asks for the order's own bolt11.
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
