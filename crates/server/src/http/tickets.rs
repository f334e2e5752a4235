//! Ticket status, cancellation and check-in.

use super::{
    auth::{Authenticated, LenientAuth},
    body::{Body, PageQuery},
    events::stream_url,
    foreign_ids::ForeignId,
    limits::RateLimit,
    list_stream::{KeyedPage, pages},
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
    statuses::{
        Anomaly, CollectionStep, EventState, PaymentState, RefundErrorCode, RefundState, TicketState,
    },
    ticket_details::TicketDetails,
};
use crate::calendar;
use actix_web::{HttpRequest, HttpResponse, web};
use box_office::{Admission, PaymentLink, SeenTicket, TicketError, TicketView, TypeNames};
use chrono::{DateTime, Utc};
use kernel::{EventId, Msats, Page, StoreError, TicketId, UserId};
use payments::{CollectionState, Payment, PaymentState as PaidState, Refund};
use serde::{Deserialize, Serialize};
use tickets::{TicketQuery, TicketStatus};
use uma_protocol::UmaAddress;
use utoipa::{IntoParams, ToSchema};

/// Status token of a purchase, for callers without an account.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatusToken {
    /// The purchase's `status_token`.
    pub(crate) token: Option<String>,
}

/// Ticket status.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketStatus)]
pub(crate) struct StatusView {
    ticket: StatusTicket,
    event: StatusEvent,
    payment: StatusPayment,
    /// Expiry of the hold of an unpaid ticket.
    #[schema(required = true)]
    hold_expires_at: Option<DateTime<Utc>>,
    /// Progress of the payment request.
    #[schema(required = true)]
    collection: Option<CollectionView>,
    /// LNURL payment link of a pending order; visible to callers who may see the ticket code.
    #[schema(required = true)]
    uma_request: Option<PaymentLinkView>,
}

/// LNURL payment link of an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentLink)]
pub(crate) struct PaymentLinkView {
    /// Payment link in bech32 (LUD-01).
    lnurl: String,
    /// Payment link as URL (LUD-06).
    payment_url: String,
}

impl From<PaymentLink> for PaymentLinkView {
    fn from(link: PaymentLink) -> Self {
        Self { lnurl: link.lnurl, payment_url: link.url }
    }
}

/// The ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusTicket {
    id: i64,
    /// Admission code, visible to the owner, organisers and holders of the status token; `null` for others.
    #[schema(required = true)]
    ticket_code: Option<String>,
    payment_status: TicketState,
    /// Calendar identifier (RFC 5545 `UID`), as in its emails; visible to callers who may see the ticket code.
    #[schema(required = true)]
    calendar_uid: Option<String>,
    /// The revision of that entry (RFC 5545 `SEQUENCE`), as in the newest email; visible to callers who may see the ticket code.
    #[schema(required = true)]
    calendar_sequence: Option<u32>,
    created_at: DateTime<Utc>,
    #[schema(required = true)]
    paid_at: Option<DateTime<Utc>>,
    /// Each is `null` for callers who may not see the ticket code.
    #[serde(flatten)]
    details: TicketDetails,
}

/// Event of the ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusEvent {
    title: String,
    status: EventState,
    /// Time of cancellation; `null` if not cancelled.
    #[schema(required = true)]
    cancelled_at: Option<DateTime<Utc>>,
    start_time: DateTime<Utc>,
    /// IANA time zone of the event.
    #[schema(example = "Europe/Berlin")]
    time_zone: &'static str,
}

/// Payment of the ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusPayment {
    status: PaymentState,
    amount_sats: u64,
    #[schema(required = true)]
    invoice_id: Option<String>,
    /// Invoice for any Lightning wallet; visible to callers who may see the ticket code.
    #[schema(required = true)]
    bolt11: Option<String>,
    /// Total amount received. This and the following fields are `null` for callers who may not see the ticket code.
    #[schema(required = true)]
    received_msats: Option<u64>,
    /// Amount to be refunded, including an open refund.
    #[schema(required = true)]
    refundable_msats: Option<u64>,
    /// Refunded amount.
    #[schema(required = true)]
    refunded_msats: Option<u64>,
    /// Payment anomaly; `null` without one.
    #[schema(required = true)]
    anomaly: Option<Anomaly>,
    /// Latest refund; `null` without one.
    #[schema(required = true)]
    refund: Option<BuyerRefundView>,
}

/// Refund to the buyer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BuyerRefund)]
pub(crate) struct BuyerRefundView {
    status: RefundState,
    amount_msats: u64,
    /// Receiving UMA or Lightning address.
    destination: String,
    /// Reason for a failure or delay; `null` without one, and for errors of earlier releases.
    #[schema(required = true)]
    error_code: Option<RefundErrorCode>,
    updated_at: DateTime<Utc>,
}

impl From<&Refund> for BuyerRefundView {
    fn from(refund: &Refund) -> Self {
        Self {
            status: refund.status.into(),
            amount_msats: refund.amount.get(),
            destination: refund.destination.clone(),
            error_code: refund.reason().map(Into::into),
            updated_at: refund.updated_at,
        }
    }
}

/// Progress of the payment request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Collection)]
pub(crate) struct CollectionView {
    state: CollectionStep,
    /// Human-readable detail.
    #[schema(required = true)]
    detail: Option<String>,
    /// Domain of the buyer's wallet provider.
    #[schema(required = true)]
    vasp_domain: Option<String>,
}

impl CollectionView {
    /// Progress of a pending payment; details only for callers with full access.
    pub(super) fn new(payment: &Payment, uma_address: &str, full: bool) -> Option<Self> {
        let collection = payment.collecting()?;
        // Without an address only a connected wallet can be asked.
        if uma_address.is_empty() && collection.state == CollectionState::Queued {
            return None;
        }
        Some(Self {
            state: collection.state.into(),
            detail: collection.sentence().filter(|_| full),
            vasp_domain: UmaAddress::parse(uma_address)
                .ok()
                .filter(|_| full && collection.state != CollectionState::WalletPaying)
                .map(|address| address.domain().as_str().to_owned()),
        })
    }
}

/// Title of a deactivated event for callers without access. Published clients request the status without a token, so
/// it is not 404.
const HIDDEN_TITLE: &str = "Unavailable event";

impl StatusView {
    pub(crate) fn of(visible: SeenTicket, public_url: &str) -> Self {
        let SeenTicket { view, full, type_names, payment_link, refund } = visible;
        Self::new(&view, full, &type_names, payment_link, refund.as_ref(), public_url)
    }

    /// `full`: whether code, bolt11, amounts and the title of a deactivated event are included.
    fn new(
        view: &TicketView,
        full: bool,
        type_names: &TypeNames,
        link: Option<PaymentLink>,
        refund: Option<&Refund>,
        public_url: &str,
    ) -> Self {
        let TicketView { ticket, holder, event, payment, invoice } = view;
        let details = || TicketDetails::new(ticket, holder.clone(), type_names);
        let collection =
            payment.as_ref().and_then(|payment| CollectionView::new(payment, &ticket.uma_address, full));
        // A cancelled event takes no money, also before its job reached the ticket.
        let open = ticket.status == TicketStatus::Pending && event.cancelled_at.is_none();
        let money = |amount: fn(&PaidState) -> Msats| {
            let amount = payment.as_ref().map_or(Msats::ZERO, |payment| amount(&payment.state));
            full.then_some(amount.get())
        };
        Self {
            hold_expires_at: ticket.hold_expires_at.filter(|_| open),
            ticket: StatusTicket {
                id: ticket.id.get(),
                ticket_code: full.then(|| ticket.code.expose().to_owned()),
                calendar_uid: full.then(|| calendar::uid(view, public_url)),
                calendar_sequence: full.then(|| calendar::current_sequence(view)),
                payment_status: ticket.status.into(),
                created_at: ticket.created_at,
                paid_at: ticket.paid_at,
                details: full.then(details).unwrap_or_default(),
            },
            event: StatusEvent {
                title: if full || event.is_public() { event.title.clone() } else { HIDDEN_TITLE.to_owned() },
                status: event.status().into(),
                cancelled_at: event.cancelled_at,
                start_time: event.start_time,
                time_zone: event.time_zone.name(),
            },
            payment: StatusPayment {
                status: payment.as_ref().map_or_else(
                    || PaymentState::of_free_ticket(ticket.status),
                    |payment| payment.state.status.into(),
                ),
                amount_sats: payment.as_ref().map_or(0, |payment| payment.state.price.to_sats_floor().get()),
                bolt11: invoice.as_ref().filter(|_| full && open).map(|invoice| invoice.bolt11.clone()),
                invoice_id: invoice.as_ref().map(|invoice| invoice.invoice_id.clone()),
                received_msats: money(PaidState::received),
                refundable_msats: money(PaidState::refundable),
                refunded_msats: money(|state| state.refunded),
                anomaly: payment
                    .as_ref()
                    .filter(|_| full)
                    .and_then(|payment| Anomaly::of(payment.state.anomaly())),
                refund: refund.filter(|_| full).map(Into::into),
            },
            collection,
            uma_request: link.map(PaymentLinkView::from),
        }
    }
}

/// Ticket status
#[utoipa::path(get, path = "/api/tickets/{id}/status", tag = "tickets", params(("id" = i64, Path), StatusToken), security((), ("token" = [])), responses(
    (status = 200, body = Answer<StatusView>), (status = 404, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub(super) async fn status(
    state: web::Data<State>,
    request: HttpRequest,
    id: path::Id,
    LenientAuth(caller): LenientAuth,
    token: web::Query<StatusToken>,
) -> Result<HttpResponse, Problem> {
    let id = TicketId::new(id.0);
    let visible = state.visible_ticket_status(&request, id, caller.as_ref(), token.token.as_deref()).await?;
    Ok(response::ok("Ticket status retrieved", StatusView::of(visible, &state.http.public_url)))
}

/// Cancel a pending ticket, or an unused free one before the event starts
#[utoipa::path(post, path = "/api/tickets/{id}/cancel", tag = "tickets", params(("id" = i64, Path), StatusToken), security((), ("token" = [])), responses(
    (status = 200, body = Answer<StatusView>), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
    (status = 409, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub(super) async fn cancel(
    state: web::Data<State>,
    request: HttpRequest,
    id: path::Id,
    LenientAuth(caller): LenientAuth,
    token: web::Query<StatusToken>,
) -> Result<HttpResponse, Problem> {
    let id = TicketId::new(id.0);
    let cancelled = state.office.cancel_ticket(id, caller.as_ref(), token.token.as_deref()).await;
    if matches!(cancelled, Err(TicketError::NotFound | TicketError::Forbidden)) {
        state.limit_foreign_id(&request, ForeignId::Ticket(id))?;
    }
    let view = cancelled?;
    let type_names = state.office.type_names(&[view.event.id].into()).await?;
    let status = StatusView::new(&view, true, &type_names, None, None, &state.http.public_url);
    Ok(response::ok("Ticket cancelled", status))
}

/// Ticket validation request.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ValidateTicket {
    pub(crate) ticket_code: String,
    pub(crate) event_id: i64,
}

/// Result of a validation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Validation)]
pub(crate) struct ValidationView {
    /// Always true; invalid tickets return an error.
    valid: bool,
    ticket: ValidatedTicket,
    event: ValidatedEvent,
    validated_at: DateTime<Utc>,
}

/// The ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValidatedTicket {
    id: i64,
    ticket_code: String,
    #[schema(required = true)]
    user_id: Option<i64>,
}

/// Event of the ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValidatedEvent {
    title: String,
    stream_url: String,
}

impl ValidationView {
    fn new(admission: Admission, public_url: &str) -> Self {
        let TicketView { ticket, event, .. } = admission.view;
        Self {
            valid: true,
            ticket: ValidatedTicket {
                id: ticket.id.get(),
                ticket_code: ticket.code.expose().to_owned(),
                user_id: ticket.user_id.map(UserId::get),
            },
            event: ValidatedEvent { stream_url: stream_url(&event, false, public_url), title: event.title },
            validated_at: admission.at,
        }
    }
}

/// Validate a ticket code
#[utoipa::path(post, path = "/api/tickets/validate", tag = "tickets", request_body = ValidateTicket, responses(
    (status = 200, body = Answer<ValidationView>), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
    (status = 429, body = ProblemBody)))]
pub(super) async fn validate(
    state: web::Data<State>,
    request: HttpRequest,
    Body(form): Body<ValidateTicket>,
) -> Result<HttpResponse, Problem> {
    state.limit(&request, RateLimit::Validate)?;
    let admission = state.office.validate(&form.ticket_code, EventId::new(form.event_id)).await?;
    Ok(response::ok("Ticket is valid", ValidationView::new(admission, &state.http.public_url)))
}

/// Ticket of an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserTicket)]
pub(crate) struct UserTicketView {
    id: i64,
    ticket_code: String,
    payment_status: TicketState,
    /// Calendar identifier (RFC 5545 `UID`), as in its emails.
    calendar_uid: String,
    /// The revision of that entry (RFC 5545 `SEQUENCE`), as in the newest email.
    calendar_sequence: u32,
    uma_address: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    event: UserTicketEvent,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<UserTicketPayment>,
    #[serde(flatten)]
    details: TicketDetails,
}

/// Event of a ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserTicketEvent {
    id: i64,
    title: String,
    status: EventState,
    /// Time of cancellation; `null` if not cancelled.
    #[schema(required = true)]
    cancelled_at: Option<DateTime<Utc>>,
    start_time: DateTime<Utc>,
    end_time: DateTime<Utc>,
    /// IANA time zone of the event.
    #[schema(example = "Europe/Berlin")]
    time_zone: &'static str,
    /// Stream URL, once paid; the watch page of a gated event.
    #[schema(required = true)]
    stream_url: Option<String>,
    price_sats: u64,
}

/// Payment of a ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserTicketPayment {
    id: i64,
    status: PaymentState,
    amount_sats: u64,
    #[schema(required = true)]
    invoice_id: Option<String>,
    /// Total amount received.
    received_msats: u64,
    /// Amount to be refunded, including an open refund.
    refundable_msats: u64,
    /// Refunded amount.
    refunded_msats: u64,
    /// Payment anomaly; `null` without one.
    #[schema(required = true)]
    anomaly: Option<Anomaly>,
}

impl UserTicketView {
    fn new(view: TicketView, type_names: &TypeNames, is_admin: bool, public_url: &str) -> Self {
        let calendar_uid = calendar::uid(&view, public_url);
        let calendar_sequence = calendar::current_sequence(&view);
        let TicketView { ticket, holder, event, payment, invoice } = view;
        let details = TicketDetails::new(&ticket, holder, type_names);
        let opens = is_admin || ticket.status == TicketStatus::Paid;
        let stream_url = opens.then(|| stream_url(&event, is_admin, public_url));
        Self {
            id: ticket.id.get(),
            ticket_code: ticket.code.expose().to_owned(),
            payment_status: ticket.status.into(),
            calendar_uid,
            calendar_sequence,
            uma_address: ticket.uma_address,
            created_at: ticket.created_at,
            updated_at: ticket.updated_at,
            event: UserTicketEvent {
                id: event.id.get(),
                status: event.status().into(),
                cancelled_at: event.cancelled_at,
                title: event.title,
                start_time: event.start_time,
                end_time: event.end_time,
                time_zone: event.time_zone.name(),
                stream_url,
                price_sats: event.price.get(),
            },
            payment: payment.map(|payment| UserTicketPayment {
                id: payment.id.get(),
                status: payment.state.status.into(),
                amount_sats: payment.state.price.to_sats_floor().get(),
                invoice_id: invoice.map(|invoice| invoice.invoice_id),
                received_msats: payment.state.received().get(),
                refundable_msats: payment.state.refundable().get(),
                refunded_msats: payment.state.refunded.get(),
                anomaly: Anomaly::of(payment.state.anomaly()),
            }),
            details,
        }
    }
}

/// A page of tickets, and the id for the next one.
async fn keyed(
    state: &State,
    views: Vec<TicketView>,
    page: Page,
    is_admin: bool,
) -> Result<KeyedPage<UserTicketView, TicketId>, StoreError> {
    let next = views.last().map(|view| view.ticket.id).filter(|_| views.len() >= page.size());
    let names = state.office.type_names(&views.iter().map(|view| view.event.id).collect()).await?;
    let url = &state.http.public_url;
    let tickets = views.into_iter().map(|view| UserTicketView::new(view, &names, is_admin, url));
    Ok((tickets.collect(), next))
}

const RETRIEVED: &str = "User tickets retrieved";

/// List an account's tickets, newest first; all of them without `limit`. Organisers may read any account
#[utoipa::path(get, path = "/api/users/{user_id}/tickets", tag = "tickets", params(("user_id" = i64, Path), ("limit" = Option<u32>, Query), ("offset" = Option<u32>, Query)),
    security(("token" = [])), responses(
    (status = 200, body = Answer<Vec<UserTicketView>>, headers(("X-Total-Count" = u64, description = "Total number of tickets"))), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub(super) async fn of_user(
    state: web::Data<State>,
    id: path::Id,
    Authenticated(caller): Authenticated,
    page: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let user_id = UserId::new(id.0);
    if caller.id() != user_id && !caller.is_admin {
        return Err(Problem::forbidden("these tickets belong to another account"));
    }
    let (complete, page) = (page.limit.is_none(), page.or_first());
    let query = TicketQuery { user_id: Some(user_id), ..TicketQuery::default() };
    let views = state.office.tickets_of(user_id, page).await?;
    let total = if page.offset() == 0 && views.len() < page.size() {
        u64::try_from(views.len()).unwrap_or(u64::MAX)
    } else {
        state.store.count_tickets(&query).await?
    };
    let is_admin = caller.is_admin;
    let first = keyed(&state, views, page, is_admin).await?;
    if !complete || first.1.is_none() {
        return Ok(response::page(RETRIEVED, first.0, total));
    }
    let pages = pages(first, move |below| {
        let (state, query) = (state.clone(), TicketQuery { below: Some(below), ..query });
        async move {
            let page = Page::largest();
            keyed(&state, state.store.ticket_views(&query, page).await?, page, is_admin).await
        }
    });
    Ok(response::complete_list(RETRIEVED, pages, total))
}
