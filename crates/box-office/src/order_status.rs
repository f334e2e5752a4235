//! An order as its buyer sees it.

use crate::{
    BoxOffice, Caller, OrderReceipt, OrderView, OrderedTicket, PaymentLink, QueueError,
    order_invoice::invoice_subject, refund_address::needs_refund_address,
};
use events::{Event, PromoCodeText, TicketType};
use kernel::{OrderId, Page, StoreError, UserId};
use payments::{Invoice, Payment, Refund};
use std::sync::Arc;
use tickets::OrderStatus;

/// An order with all that its page shows.
#[derive(Debug, Clone)]
pub struct SeenOrder {
    /// The order with its tickets and payment.
    pub view: OrderView,
    /// The event.
    pub event: Arc<Event>,
    /// Stream URL of ticket holders: that of the watch page if the event is gated.
    pub holder_link: String,
    /// Ticket types of the event, archived ones included.
    pub ticket_types: Arc<Vec<TicketType>>,
    /// Text of the order's promo code.
    pub promo_code: Option<PromoCodeText>,
    /// The payment's current invoice, while it may be paid.
    pub invoice: Option<Invoice>,
    /// LNURL payment link, while it may be paid.
    pub payment_link: Option<PaymentLink>,
    /// Refunds of the payment, newest first.
    pub refunds: Vec<Refund>,
}

/// Reason for refusing an operation on an order.
#[derive(Debug, thiserror::Error)]
pub enum OrderAccessError {
    /// The order does not exist, or the caller has no access to it.
    #[error("order not found")]
    NotFound,
    /// The store failed.
    #[error("the order could not be read")]
    Store(#[from] StoreError),
}

impl From<QueueError> for OrderAccessError {
    fn from(error: QueueError) -> Self {
        Self::Store(error.into())
    }
}

impl SeenOrder {
    /// Whether a refund waits for an address that the buyer names ([`BoxOffice::refund_to_address`]).
    pub fn needs_refund_address(&self) -> bool {
        let buyer = self.view.order.buyer.payer_address.as_deref().unwrap_or_default();
        let payment = self.view.payment.as_ref();
        payment.is_some_and(|payment| needs_refund_address(buyer, payment, &self.refunds))
    }

    /// What is ordered, as on its invoice: "2 × Early bird, 1 × Supporter – Title".
    pub fn subject(&self) -> String {
        let name = |id| self.ticket_types.iter().find(|one| one.id == id).map_or("", |one| one.name.as_str());
        let lines = self.view.order.lines.iter().map(|line| (line.quantity, name(line.ticket_type_id)));
        invoice_subject(&self.event.title, lines, self.ticket_types.len() <= 1)
    }
}

impl OrderView {
    /// The ticket that the order's payment and links refer to.
    pub fn first_ticket(&self) -> Result<&OrderedTicket, StoreError> {
        let missing = || StoreError::Corrupt(format!("order {} has no ticket", self.order.id));
        self.tickets.first().ok_or_else(missing)
    }
}

impl BoxOffice {
    /// Returns an order to its buyer, an admin, or the holder of its token. To others it does not exist.
    pub async fn order_status(
        &self,
        id: OrderId,
        caller: Option<&Caller>,
        token: Option<&str>,
    ) -> Result<SeenOrder, OrderAccessError> {
        let view = self.store().order(id).await?.ok_or(OrderAccessError::NotFound)?;
        if !self.may_see_order(&view, caller, token) {
            return Err(OrderAccessError::NotFound);
        }
        self.with_details(view).await
    }

    /// Returns a page of an account's orders, newest first, and the number of all.
    pub async fn orders_of(
        &self,
        user: UserId,
        page: Page,
    ) -> Result<(Vec<SeenOrder>, u64), OrderAccessError> {
        let views = self.store().orders_of(user, page).await?;
        let mut orders = Vec::with_capacity(views.len());
        for view in views {
            orders.push(self.with_details(view).await?);
        }
        Ok((orders, self.store().count_orders(user).await?))
    }

    /// Whether the caller may see an order with its codes.
    fn may_see_order(&self, view: &OrderView, caller: Option<&Caller>, token: Option<&str>) -> bool {
        let owner =
            caller.is_some_and(|caller| caller.is_admin || view.order.buyer.user_id == Some(caller.id()));
        owner || token.is_some_and(|token| self.dependencies.links.is_order_token(view, token))
    }

    /// Token that opens an order without an account. Named holders of its tickets get other links.
    pub fn order_token(&self, view: &OrderView) -> String {
        self.dependencies.links.order_token(view)
    }

    /// An order that was just placed.
    pub async fn placed_order(&self, placed: OrderReceipt) -> Result<SeenOrder, OrderAccessError> {
        self.details(placed.view, Some((placed.invoice, placed.payment_link))).await
    }

    pub(crate) async fn with_details(&self, view: OrderView) -> Result<SeenOrder, OrderAccessError> {
        self.details(view, None).await
    }

    /// Reads what the page of an order shows beside its rows: nothing more than the cached event unless it is pending or money goes back.
    async fn details(
        &self,
        mut view: OrderView,
        known: Option<(Option<Invoice>, Option<PaymentLink>)>,
    ) -> Result<SeenOrder, OrderAccessError> {
        // During a rollout, the release before changes tickets without their orders.
        if let [only] = view.tickets.as_slice() {
            view.order.copy_ticket(&only.ticket);
        }
        let missing = || StoreError::Corrupt(format!("event of order {} is missing", view.order.id));
        let event = self.event(view.order.event_id).await?.ok_or_else(missing)?;
        let ticket_types = self.ticket_types(event.id).await?;
        let promo_code = match view.order.promo_code {
            Some(id) => self.store().promo_code(id).await?.map(|code| code.code),
            None => None,
        };
        let goes_back =
            |payment: &&Payment| !payment.state.refundable().is_zero() || !payment.state.refunded.is_zero();
        let refunds = match view.payment.as_ref().filter(goes_back) {
            Some(payment) => self.store().refunds_of(payment.id).await?,
            None => Vec::new(),
        };
        // A cancelled event takes no money, also before its job reached the order.
        let payable = view.order.status == OrderStatus::Pending && event.cancelled_at.is_none();
        let first = &view.first_ticket()?.ticket;
        let (invoice, payment_link) = match known {
            Some(known) => known,
            None if payable => {
                let invoice = self.ticket_view(first.id).await?.and_then(|first| first.invoice);
                let link = invoice.is_some().then(|| self.payment_link(first));
                (invoice, link)
            }
            None => (None, None),
        };
        let holder_link = event.holder_link(&self.settings().base_url);
        Ok(SeenOrder { view, event, holder_link, ticket_types, promo_code, invoice, payment_link, refunds })
    }
}
