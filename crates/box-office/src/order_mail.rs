//! Emails about orders: to their buyers, and to the people that tickets are for.

use crate::{
    BoxOffice, Job, JobEnd, MailStamp, NewJob, OrderView, PlacedOrder, SeenOrder, Session, Task, TicketView,
    account_email::address_tag,
    mail_limits::{Mail, MailKind},
    order_status::OrderAccessError,
};
use identity::Email;
use kernel::{Msats, OrderId, StoreError, TicketId};
use payments::Notice;
use tickets::{Issuance, OrderStatus, TicketStatus};

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
        /// Its page; `None` for an account, whose tickets are listed.
        link: Option<String>,
    },
    /// One ticket, for the person that it is for.
    Holder {
        /// The ticket.
        ticket: Box<TicketView>,
        /// Name of its type.
        ticket_type: String,
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

/// A recipient, and whether the address is proved.
pub(crate) type Recipient = (Email, bool);

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

    /// Address of a ticket's account, else that of the guest who ordered it.
    pub(crate) async fn recipient(&self, view: &TicketView) -> Result<Option<Recipient>, StoreError> {
        if let Some(user) = view.ticket.user_id {
            let user = self.store().user(user).await?;
            return Ok(user.and_then(|user| Some((user.email?, user.email_verified_at.is_some()))));
        }
        let order = match self.store().order_of_ticket(view.ticket.id).await? {
            Some(id) => self.store().order(id).await?,
            None => None,
        };
        let guest = order.and_then(|view| view.order.buyer.email);
        Ok(guest.and_then(|guest| Some((Email::parse(&guest.address).ok()?, guest.confirmed_at.is_some()))))
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
        let link = if confirms { self.confirmation_link(&view) } else { self.order_link(&view) };
        let order = Box::new(self.with_details(view).await?);
        let email =
            if confirms { OrderEmail::Confirm { order, link } } else { OrderEmail::Placed { order, link } };
        let limited = Mail { kind: MailKind::Other, to: &to, proved: false, network: None };
        self.send_order_email(job, limited, &email, &MailStamp::of(job)).await
    }

    /// Sends the tickets of an issued order to its buyer, and then enqueues the emails of their named holders.
    pub(crate) async fn send_issued_order(
        &self,
        job: &Job,
        first: &TicketView,
        id: OrderId,
    ) -> Result<JobEnd, StoreError> {
        let Some(view) = self.store().order(id).await? else { return Ok(JobEnd::Done) };
        let end = match self.recipient(first).await? {
            None => JobEnd::Done,
            Some((to, proved)) => {
                let link = view.order.buyer.user_id.is_none().then(|| self.order_link(&view));
                let order = Box::new(self.with_details(view.clone()).await?);
                let email = OrderEmail::Issued { order, first: Box::new(first.clone()), link };
                let kind = if was_paid(first) { MailKind::Paid } else { MailKind::Other };
                let limited = Mail { kind, to: &to, proved, network: None };
                self.send_order_email(job, limited, &email, &MailStamp::of(job)).await?
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

    /// Enqueues the email with a ticket for its named holder.
    pub(crate) async fn enqueue_holder_email(
        &self,
        session: &mut dyn Session,
        ticket_id: TicketId,
        email: Option<&str>,
    ) -> Result<(), StoreError> {
        let Some(email) = email.and_then(|email| Email::parse(email).ok()) else { return Ok(()) };
        let address = address_tag(&email);
        let key = Some(format!("holder/{ticket_id}/{address}"));
        let task = Task::MailHolder { ticket_id, address };
        session.enqueue(&NewJob { task, run_at: self.now(), key }).await
    }

    /// Sends a ticket to its named holder, unless the ticket is not valid any more or is for another one now.
    pub(crate) async fn send_holder_email(
        &self,
        job: &Job,
        id: TicketId,
        address: &str,
    ) -> Result<JobEnd, StoreError> {
        let order = match self.store().order_of_ticket(id).await? {
            Some(order) => self.store().order(order).await?,
            None => None,
        };
        let Some(view) = order else { return Ok(JobEnd::Done) };
        let one = view.tickets.iter().find(|one| one.ticket.id == id);
        let Some(one) = one.filter(|one| one.ticket.status == TicketStatus::Paid) else {
            return Ok(JobEnd::Done);
        };
        let to = one.holder.email.as_deref().and_then(|email| Email::parse(email).ok());
        let Some(to) = to.filter(|to| address_tag(to) == address) else { return Ok(JobEnd::Done) };
        let Some(ticket) = self.ticket_view(id).await? else { return Ok(JobEnd::Done) };
        let types = self.ticket_types(view.order.event_id).await?;
        let named = types.iter().find(|known| known.id == one.ticket_type_id);
        let ticket_type = named.map(|one| one.name.clone()).unwrap_or_default();
        let email = OrderEmail::Holder { ticket: Box::new(ticket), ticket_type };
        // The address is the buyer's claim, however the order was paid.
        let limited = Mail { kind: MailKind::Other, to: &to, proved: false, network: None };
        self.send_order_email(job, limited, &email, &MailStamp::of(job)).await
    }

    async fn send_order_email(
        &self,
        job: &Job,
        limited: Mail<'_>,
        email: &OrderEmail,
        stamp: &MailStamp,
    ) -> Result<JobEnd, StoreError> {
        let Some(mailer) = &self.dependencies.mailer else { return Ok(JobEnd::Done) };
        if let Some(end) = self.limit_mail(job, limited).await? {
            return Ok(end);
        }
        Ok(self.email_sent(job, mailer.send_order_email(limited.to, email, stamp).await))
    }
}

/// Whether money was received for a ticket's order.
pub(crate) fn was_paid(view: &TicketView) -> bool {
    view.payment.as_ref().is_some_and(|payment| payment.state.received() > Msats::ZERO)
}
