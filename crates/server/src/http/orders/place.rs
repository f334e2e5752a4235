//! Placing of orders.

use super::{
    lines::{self, NewOrderLine},
    view::OrderView,
};
use crate::http::{
    auth::{AuthFirst, OptionalAuth},
    body::Body,
    client,
    idempotency::{self, Fingerprint},
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use box_office::{Caller, OrderDraft, SeenOrder};
use identity::Email;
use kernel::{EventId, FieldCode, Language, Sats};
use serde::{Deserialize, Serialize};
use tickets::{Buyer, GuestEmail, Holder, OrderKind, OrderLimits, ShownPrice};
use utoipa::ToSchema;

/// Request for an order.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub(crate) struct NewOrder {
    event_id: i64,
    lines: Vec<NewOrderLine>,
    promo_code: Option<String>,
    /// UMA address that receives the payment request; without one the order is paid with its bolt11.
    #[schema(example = "$alice@wallet.example")]
    uma_address: Option<String>,
    /// A guest's email address; required for a free order.
    email: Option<String>,
    /// A quote, whose prices are charged until it expires.
    quote: Option<String>,
    /// Displayed total; a different current total is rejected with `price_changed`. Ignored with a quote.
    total_sats: Option<u64>,
    /// People that the tickets are for, in the order of the lines.
    #[serde(default)]
    attendees: Vec<NewAttendee>,
}

/// Person that a ticket is for.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
pub(crate) struct NewAttendee {
    name: Option<String>,
    email: Option<String>,
}

/// A placed order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlacedOrder)]
pub(crate) struct PlacedOrderView {
    #[serde(flatten)]
    order: OrderView,
    /// Grants access to the order (`?token=`) without an account. Store it.
    order_token: String,
}

impl PlacedOrderView {
    /// An order with the token that opens it.
    pub(super) fn new(order: SeenOrder, order_token: String) -> Self {
        Self { order: order.into(), order_token }
    }
}

/// Reads an email address; an empty one is none.
pub(crate) fn email(field: &str, entered: Option<&str>) -> Result<Option<String>, Problem> {
    let entered = entered.map(str::trim).filter(|entered| !entered.is_empty());
    let parsed = entered.map(Email::parse).transpose();
    let parsed =
        parsed.map_err(|error| Problem::field(field, FieldCode::NotAnEmailAddress, error.to_string()))?;
    Ok(parsed.map(|email| email.as_str().to_owned()))
}

/// Reads the name of a holder; an empty one is none.
pub(super) fn name(field: &str, entered: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(entered) = entered else { return Ok(None) };
    Holder::check_name(entered).map_err(|errors| {
        let (code, message) = errors
            .fields()
            .values()
            .next()
            .map_or((FieldCode::Invalid, String::new()), |(code, message)| (*code, message.clone()));
        Problem::field(field, code, message)
    })
}

pub(crate) fn holders(attendees: &[NewAttendee]) -> Result<Vec<Holder>, Problem> {
    let most = usize::try_from(OrderLimits::MAX_TICKETS_PER_ORDER).unwrap_or_default();
    if attendees.len() > most {
        return Err(Problem::field(
            "attendees",
            FieldCode::TooLong,
            format!("must have at most {most} entries"),
        ));
    }
    let read = attendees.iter().enumerate().map(|(index, attendee)| {
        Ok(Holder {
            name: name(&format!("attendees[{index}].name"), attendee.name.as_deref())?,
            email: email(&format!("attendees[{index}].email"), attendee.email.as_deref())?,
        })
    });
    read.collect()
}

/// Price that the buyer was shown.
fn shown(state: &State, form: &NewOrder) -> Result<Option<ShownPrice>, Problem> {
    if let Some(signed) = &form.quote {
        let invalid = || Problem::field("quote", FieldCode::Invalid, "is not a quote of this shop");
        return state.office.verify_quote(signed).map(ShownPrice::Quote).map(Some).ok_or_else(invalid);
    }
    let total = form.total_sats.map(Sats::new).transpose();
    let total = total
        .map_err(|_| Problem::field("total_sats", FieldCode::NotANumber, "must be a number of satoshis"))?;
    Ok(total.map(ShownPrice::Total))
}

fn buyer(caller: Option<&Caller>, form: &NewOrder, language: Language) -> Result<Buyer, Problem> {
    let payer = form.uma_address.as_deref().map(str::trim).filter(|address| !address.is_empty());
    let email = match caller {
        Some(_) => None,
        None => email("email", form.email.as_deref())?,
    };
    Ok(Buyer {
        user_id: caller.map(Caller::id),
        email: email.map(|address| GuestEmail { address, confirmed_at: None }),
        payer_address: payer.map(str::to_owned),
        language,
    })
}

/// Place an order
///
/// Holds the seats of all lines or none, creates one invoice for the total and sends a payment request if a UMA address is given. A guest's free order is issued when the emailed link is opened. The same `Idempotency-Key` and body return the same order, as does an identical authenticated order without a key within 30 seconds.
#[utoipa::path(post, path = "/api/orders", tag = "orders", request_body = NewOrder, security((), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 printable characters")), responses(
    (status = 201, body = Answer<PlacedOrderView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
    (status = 422, body = ProblemBody), (status = 429, body = ProblemBody), (status = 502, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub(in crate::http) async fn place_order(
    state: web::Data<State>,
    request: HttpRequest,
    AuthFirst(OptionalAuth(caller), Body(form)): AuthFirst<OptionalAuth, Body<NewOrder>>,
) -> Result<HttpResponse, Problem> {
    state.check_forwarding(&request);
    let event_id = EventId::new(form.event_id);
    let event = state.office.event(event_id).await?;
    state.limit_purchase(&request, event.as_deref())?;
    let promo_code = lines::promo_code(form.promo_code.as_deref())?;
    if let Some(text) = &promo_code {
        state.limit_promo_code(&request, text)?;
    }
    let fingerprint = Fingerprint::of("order", &form)?;
    let draft = OrderDraft {
        event_id,
        kind: OrderKind::Sale,
        organiser: None,
        lines: lines::requested(&form.lines)?,
        promo_code,
        shown: shown(&state, &form)?,
        buyer: buyer(caller.as_ref(), &form, client::language(request.head()))?,
        holders: holders(&form.attendees)?,
        email_proved: caller.as_ref().is_some_and(|caller| caller.user.email_verified_at.is_some()),
        network: client::counted_address(request.head(), &state.http.trusted_proxies),
        key: idempotency::key(&state, &request, caller.as_ref(), fingerprint)?,
    };
    let placed = match state.office.place_order(draft).await {
        Ok(placed) => placed,
        Err(error) => {
            let problem = Problem::from(error);
            state.metrics.purchase(problem.kind().as_str());
            return Err(problem);
        }
    };
    state.metrics.purchase("sold");
    let order_token = state.office.order_token(&placed.view);
    let order = state.office.placed_order(placed).await?;
    Ok(response::created("Order placed", PlacedOrderView::new(order, order_token)))
}
