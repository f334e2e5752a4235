//! Emails about orders: to their buyers, and to the people that tickets are for.

use crate::{
    BoxOffice, Job, JobEnd, MailStamp, OrderView, PlacedOrder, SeenOrder, Task, TicketView,
    holder_mail::HolderNotice,
    mail_limits::{Mail, MailKind},
    order_status::OrderAccessError,
};
use identity::Email;
use kernel::{Language, Msats, OrderId, StoreError, TicketId};
use payments::Notice;
use tickets::{Issuance, OrderKind, OrderStatus, TicketStatus};

/// An email about an order.
#[derive(Debug, Clone)]
pub enum OrderEmail {
    /// The link of a guest's unpaid order.
    Placed {
        /// The order.
        order: Box<SeenOrder>,
        /// Its page.
        link: String,
    },
    /// The link that confirms a guest's address and issues a free order.
    Confirm {
        /// The order.
        order: Box<SeenOrder>,
        /// The link.
        link: String,
    },
    /// All tickets of an issued order, for its buyer.
    Issued {
        /// The order.
        order: Box<SeenOrder>,
        /// Its first ticket.
        first: Box<TicketView>,
    },
    /// One ticket, for the person that it is for.
    Holder {
        /// The ticket.
        ticket: Box<TicketView>,
        /// Name of its type.
        ticket_type: String,
    },
    /// What happened to one ticket, for the person that it is for.
    HolderNotice {
        /// The ticket.
        ticket: Box<TicketView>,
        /// What happened.
        notice: HolderNotice,
    },
}

impl PlacedOrder {
    /// The email that a new order causes: the tickets of one that is issued at once, else the link for a guest.
    pub fn email_task(&self) -> Option<Task> {
        match (self.issuance, &self.order.buyer.email) {
            (Issuance::AtOnce, _) => {
                self.tickets.first().map(|first| Task::notify(first.ticket.id, Notice::TicketIssued))
            }
            (_, Some(_)) => Some(Task::MailOrder { order_id: self.order.id }),
            (_, None) => None,
        }
    }
}

/// Recipient of an email about tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address.
    pub email: Email,
    /// Whether the address is proved.
    pub proved: bool,
    /// Language of the order, or of the account if the order is unknown.
    pub language: Language,
    /// Page with the tickets; `None` for a named holder, who has none.
    pub tickets_page: Option<String>,
    /// Page of the order; `None` for a named holder.
    pub order_page: Option<String>,
}

impl From<OrderAccessError> for StoreError {
    fn from(error: OrderAccessError) -> Self {
        match error {
            OrderAccessError::NotFound => Self::Corrupt("an order is missing".to_owned()),
            OrderAccessError::Store(error) => error,
        }
    }
}

impl BoxOffice {
    /// The order's page, opened by its token.
    fn order_link(&self, view: &OrderView) -> String {
        let (base, id) = (&self.settings().base_url, view.order.id);
        format!("{base}/orders/{id}?token={}", self.order_token(view))
    }

    /// The page that confirms a guest's address and issues a free order.
    fn confirmation_link(&self, view: &OrderView) -> String {
        let (base, id) = (&self.settings().base_url, view.order.id);
        format!("{base}/orders/{id}/confirm?token={}", self.dependencies.links.confirmation_token(view))
    }

    /// The ticket's account, else the guest who ordered it. A guest who neither confirmed the address nor paid may have given
    /// another person's, and gets no more than the order's link.
    pub(crate) async fn recipient(&self, view: &TicketView) -> Result<Option<Recipient>, StoreError> {
        let order = self.order_of(view.ticket.id).await?;
        let base = &self.settings().base_url;
        if let Some(user) = view.ticket.user_id {
            let user = self.store().user(user).await?;
            return Ok(user.and_then(|user| {
                Some(Recipient {
                    email: user.email?,
                    proved: user.email_verified_at.is_some(),
                    language: order.as_ref().map_or(user.language, |order| order.order.buyer.language),
                    tickets_page: Some(format!("{base}/tickets")),
                    order_page: order.map(|order| format!("{base}/orders/{}", order.order.id)),
                })
            }));
        }
        let Some(order) = order else { return Ok(None) };
        // The organiser names the address of a complimentary order.
        let trusted = was_paid(view) || order.order.kind == OrderKind::Complimentary;
        let guest = order.order.buyer.email.as_ref().filter(|guest| guest.confirmed_at.is_some() || trusted);
        Ok(guest.and_then(|guest| {
            let link = self.order_link(&order);
            Some(Recipient {
                email: Email::parse(&guest.address).ok()?,
                proved: guest.confirmed_at.is_some(),
                language: order.order.buyer.language,
                tickets_page: Some(link.clone()),
                order_page: Some(link),
            })
        }))
    }

    /// The order of a ticket with its rows.
    pub(crate) async fn order_of(&self, ticket: TicketId) -> Result<Option<OrderView>, StoreError> {
        match self.store().order_of_ticket(ticket).await? {
            Some(id) => self.store().order(id).await,
            None => Ok(None),
        }
    }

    /// Sends a guest the link of a pending order, or the one that confirms a free order.
    pub(crate) async fn send_order_link(&self, job: &Job, id: OrderId) -> Result<JobEnd, StoreError> {
        let Some(view) = self.store().order(id).await? else { return Ok(JobEnd::Done) };
        let guest = view.order.buyer.email.as_ref().filter(|_| view.order.buyer.user_id.is_none());
        let Some(to) = guest.and_then(|guest| Email::parse(&guest.address).ok()) else {
            return Ok(JobEnd::Done);
        };
        let confirms = match view.order.status {
            OrderStatus::AwaitingConfirmation => true,
            OrderStatus::Pending => false,
            _ => return Ok(JobEnd::Done),
        };
        let language = view.order.buyer.language;
        let link = if confirms { self.confirmation_link(&view) } else { self.order_link(&view) };
        let order = Box::new(self.with_details(view).await?);
        let email =
            if confirms { OrderEmail::Confirm { order, link } } else { OrderEmail::Placed { order, link } };
        let to = Recipient { email: to, proved: false, language, tickets_page: None, order_page: None };
        self.send_order_email(job, &to, MailKind::Other, &email).await
    }

    /// Sends the tickets of an issued order to its buyer, and then enqueues the emails of their named holders. An account that has
    /// proved a guest's address gets the order first.
    pub(crate) async fn send_issued_order(
        &self,
        job: &Job,
        first: &TicketView,
        id: OrderId,
    ) -> Result<JobEnd, StoreError> {
        let Some(mut view) = self.store().order(id).await? else { return Ok(JobEnd::Done) };
        let mut first = first.clone();
        if self.adopt_order(&view.order).await? {
            let ticket = self.store().ticket_view(first.ticket.id).await?;
            let (Some(order), Some(ticket)) = (self.store().order(id).await?, ticket) else {
                return Ok(JobEnd::Done);
            };
            (view, first) = (order, ticket);
        }
        let end = match self.recipient(&first).await? {
            None => JobEnd::Done,
            Some(to) => {
                let order = Box::new(self.with_details(view.clone()).await?);
                let kind = if was_paid(&first) { MailKind::Paid } else { MailKind::Other };
                let email = OrderEmail::Issued { order, first: Box::new(first) };
                self.send_order_email(job, &to, kind, &email).await?
            }
        };
        if !matches!(end, JobEnd::Retry { .. }) {
            let mut session = self.store().begin().await?;
            for one in view.tickets.iter().filter(|one| one.ticket.status == TicketStatus::Paid) {
                self.enqueue_holder_email(&mut *session, one.ticket.id, one.holder.email.as_deref()).await?;
            }
            session.commit().await?;
        }
        Ok(end)
    }

    pub(crate) async fn send_order_email(
        &self,
        job: &Job,
        to: &Recipient,
        kind: MailKind,
        email: &OrderEmail,
    ) -> Result<JobEnd, StoreError> {
        let Some(mailer) = &self.dependencies.mailer else { return Ok(JobEnd::Done) };
        let limited = Mail { kind, to: &to.email, proved: to.proved, network: None };
        if let Some(end) = self.limit_mail(job, limited).await? {
            return Ok(end);
        }
        Ok(self.email_sent(job, mailer.send_order_email(to, email, &MailStamp::of(job)).await))
    }
}

/// Whether money was received for a ticket's order.
pub(crate) fn was_paid(view: &TicketView) -> bool {
    view.payment.as_ref().is_some_and(|payment| payment.state.received() > Msats::ZERO)
}
