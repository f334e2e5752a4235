//! Purchase endpoint.

use super::{
    auth::{AuthFirst, OptionalAuth},
    body::Body,
    client,
    idempotency::{self, Fingerprint},
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
    statuses::{PaymentState, TicketState},
};
use actix_web::{HttpRequest, HttpResponse, web};
use box_office::{Order, PaymentLink, Receipt};
use chrono::{DateTime, Utc};
use kernel::{EventId, FieldCode, Sats, UserId};
use payments::{Invoice, PaymentStatus};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// Purchase request.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewPurchase {
    event_id: i64,
    /// Account id; must be the caller's. Without one, a paid ticket is a guest ticket.
    user_id: i64,
    /// UMA address that receives the payment request; not required for a free event.
    #[serde(default)]
    #[schema(example = "$alice@wallet.example")]
    uma_address: String,
    /// Displayed price; a different current price is rejected with `price_changed`.
    #[serde(default)]
    price_sats: Option<u64>,
}

/// Purchase result.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Purchase)]
pub(crate) struct PurchaseView {
    ticket: BoughtTicket,
    event: BoughtEvent,
    /// Payment request; absent for a free event.
    #[serde(skip_serializing_if = "Option::is_none")]
    uma_request: Option<UmaRequestView>,
    /// Whether payment is pending; absent for a free event.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_required: Option<bool>,
    /// Grants access to the full status (`?token=`) without an account. Store it.
    status_token: String,
}

/// Purchased ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoughtTicket {
    id: i64,
    ticket_code: String,
    payment_status: TicketState,
}

/// Event of the ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoughtEvent {
    title: String,
    price_sats: u64,
}

/// Payment request sent to the buyer's wallet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UmaRequest)]
pub(crate) struct UmaRequestView {
    invoice_id: String,
    bolt11: String,
    amount_sats: u64,
    payment_hash: String,
    uma_address: String,
    description: String,
    expires_at: DateTime<Utc>,
    status: PaymentState,
    /// Payment link in bech32 (LUD-01).
    lnurl: String,
    /// Payment link as URL (LUD-06); pays only this order.
    payment_url: String,
}

impl UmaRequestView {
    /// The current invoice of an order, with what it is for.
    pub(super) fn new(invoice: Invoice, link: PaymentLink, subject: String, status: PaymentState) -> Self {
        Self {
            invoice_id: invoice.invoice_id,
            bolt11: invoice.bolt11,
            amount_sats: invoice.amount.to_sats_floor().get(),
            payment_hash: invoice.payment_hash.to_hex(),
            uma_address: invoice.uma_address,
            description: subject,
            expires_at: invoice.expires_at,
            status,
            lnurl: link.lnurl,
            payment_url: link.url,
        }
    }
}

impl From<Receipt> for PurchaseView {
    fn from(receipt: Receipt) -> Self {
        let view = receipt.view;
        let status = view.payment.as_ref().map(|payment| payment.state.status);
        // The price of this purchase, not the event's current one.
        let price = view.payment.as_ref().map_or(0, |payment| payment.state.price.to_sats_floor().get());
        let uma_request = view.invoice.zip(receipt.payment_link).map(|(invoice, link)| {
            let subject = format!("Ticket: {}", view.event.title);
            UmaRequestView::new(invoice, link, subject, status.map_or(PaymentState::Pending, Into::into))
        });
        Self {
            ticket: BoughtTicket {
                id: view.ticket.id.get(),
                ticket_code: view.ticket.code.expose().to_owned(),
                payment_status: view.ticket.status.into(),
            },
            event: BoughtEvent { title: view.event.title, price_sats: price },
            uma_request,
            payment_required: status.map(|status| status != PaymentStatus::Paid),
            status_token: receipt.status_token,
        }
    }
}

/// Buy a ticket
///
/// Holds a seat, creates the invoice and sends a payment request to the buyer's wallet. The same `Idempotency-Key` and body return the same ticket, as does an identical authenticated purchase without a key within 30 seconds.
#[utoipa::path(post, path = "/api/tickets/purchase", tag = "tickets", request_body = NewPurchase, security((), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 printable characters")), responses(
    (status = 201, body = Answer<PurchaseView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
    (status = 422, body = ProblemBody), (status = 429, body = ProblemBody), (status = 502, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub(super) async fn purchase(
    state: web::Data<State>,
    request: HttpRequest,
    AuthFirst(OptionalAuth(caller), Body(form)): AuthFirst<OptionalAuth, Body<NewPurchase>>,
) -> Result<HttpResponse, Problem> {
    state.check_forwarding(&request);
    let event = state.office.event(EventId::new(form.event_id)).await?;
    state.limit_purchase(&request, event.as_deref())?;
    // A body carries no authority: authenticated callers may purchase for themselves only.
    if caller.as_ref().is_some_and(|caller| caller.id().get() != form.user_id) {
        return Err(Problem::forbidden("you can only buy tickets for yourself"));
    }
    let price = form.price_sats.map(Sats::new).transpose();
    let price = price
        .map_err(|_| Problem::field("price_sats", FieldCode::NotANumber, "must be a number of satoshis"))?;
    let key = idempotency::key(&state, &request, caller.as_ref(), fingerprint(&form))?;
    let order = Order {
        event_id: EventId::new(form.event_id),
        user_id: UserId::new(form.user_id),
        uma_address: form.uma_address,
        price,
        authenticated: caller.is_some(),
        email_proved: caller.is_some_and(|caller| caller.user.email_verified_at.is_some()),
        language: client::language(request.head()),
        network: client::counted_address(request.head(), &state.http.trusted_proxies),
        key,
    };
    match state.office.purchase(order).await {
        Ok(receipt) => {
            state.metrics.purchase("sold");
            Ok(response::created("Ticket purchase initiated", PurchaseView::from(receipt)))
        }
        Err(error) => {
            let problem = Problem::from(error);
            state.metrics.purchase(problem.kind().as_str());
            Err(problem)
        }
    }
}

/// Digest of the purchase. `price_sats` is included only if given, so that retries of older clients keep their keys.
fn fingerprint(form: &NewPurchase) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(form.event_id.to_be_bytes());
    hash.update(form.user_id.to_be_bytes());
    hash.update(form.uma_address.as_bytes());
    if let Some(price) = form.price_sats {
        hash.update(b"\0price_sats");
        hash.update(price.to_be_bytes());
    }
    Fingerprint(hash.finalize().into())
}
