//! Quotes of orders.

use super::lines::{self, NewOrderLine, OrderLineView};
use crate::http::{
    body::Body,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
    ticket_types::{Offer, TicketTypeView},
};
use actix_web::{HttpRequest, HttpResponse, web};
use box_office::{QuoteRequest, QuotedOrder};
use chrono::{DateTime, Utc};
use events::PromoCodeText;
use kernel::EventId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Request for the prices of an order.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewQuote {
    event_id: i64,
    /// Tickets; may be empty with a promo code, to see the ticket types that it offers.
    lines: Vec<NewOrderLine>,
    promo_code: Option<String>,
}

/// Prices of an order. No seats are held.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Quote)]
pub(crate) struct QuoteView {
    event_id: i64,
    lines: Vec<OrderLineView>,
    total_sats: u64,
    /// The promo code in its stored spelling.
    #[schema(required = true)]
    promo_code: Option<String>,
    /// Signed quote: an order that carries it is charged these prices until it expires. `null` without lines.
    #[schema(required = true)]
    quote: Option<String>,
    #[schema(required = true)]
    expires_at: Option<DateTime<Utc>>,
    /// Hidden ticket types that the promo code offers.
    ticket_types: Vec<TicketTypeView>,
}

impl QuoteView {
    fn new(state: &State, quoted: &QuotedOrder) -> Self {
        let (rates, now) = (state.office.rates(), state.office.now());
        let offer = Offer { types: &quoted.ticket_types, rates: &rates, now };
        let unlocked = |code: &events::PromoCode| {
            let types =
                quoted.ticket_types.iter().filter(|one| !one.is_public() && one.archived_at.is_none());
            let types = types.filter(|one| code.unlocks(one.id));
            types.map(|one| offer.view(one, &quoted.event, false)).collect()
        };
        let quote = quoted.quote.as_ref();
        Self {
            event_id: quoted.event.id.get(),
            lines: quote.map(|quote| lines::views(&quote.lines, &quoted.ticket_types)).unwrap_or_default(),
            total_sats: quote.map_or(0, |quote| quote.total.get()),
            promo_code: quoted.promo_code.as_ref().map(|code| PromoCodeText::expose(&code.code).to_owned()),
            quote: quoted.signed.clone(),
            expires_at: quote.map(|quote| quote.expires_at),
            ticket_types: quoted.promo_code.as_ref().map(unlocked).unwrap_or_default(),
        }
    }
}

/// Price an order
///
/// Holds no seats. An order with the returned `quote` is charged these prices for two minutes. Distinct promo codes are limited per network.
#[utoipa::path(post, path = "/api/orders/quote", tag = "orders", request_body = NewQuote, responses(
    (status = 200, body = Answer<QuoteView>), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
    (status = 429, body = ProblemBody)))]
pub(in crate::http) async fn quote_order(
    state: web::Data<State>,
    request: HttpRequest,
    Body(form): Body<NewQuote>,
) -> Result<HttpResponse, Problem> {
    let promo_code = lines::promo_code(form.promo_code.as_deref())?;
    if let Some(text) = &promo_code {
        state.limit_promo_code(&request, text)?;
    }
    let quoted = QuoteRequest {
        event_id: EventId::new(form.event_id),
        lines: lines::requested(&form.lines)?,
        promo_code,
    };
    let quoted = state.office.quote_order(quoted).await?;
    Ok(response::ok("Order quoted", QuoteView::new(&state, &quoted)))
}
