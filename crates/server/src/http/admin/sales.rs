//! Sales of an event by ticket type and promo code.

use crate::http::{
    auth::Admin,
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
};
use actix_web::{HttpResponse, web};
use box_office::SalesReport;
use events::PromoCodeText;
use kernel::{EventId, Msats};
use serde::Serialize;
use utoipa::ToSchema;

/// Sales of an event. Tickets that were refunded or given back do not count as sold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventSales)]
pub(crate) struct EventSalesView {
    /// Ticket types in their order, archived ones included.
    types: Vec<TypeSalesView>,
    /// Promo codes of the event, and codes for all events that were used here.
    promo_codes: Vec<CodeSalesView>,
    total: TotalSales,
}

/// Sales of a ticket type.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketTypeSales)]
pub(crate) struct TypeSalesView {
    ticket_type_id: i64,
    name: String,
    /// Tickets ordered by buyers.
    sold: u64,
    revenue_sats: u64,
    /// Tickets given away.
    complimentary: u64,
}

/// Sales with a promo code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PromoCodeSales)]
pub(crate) struct CodeSalesView {
    id: i64,
    code: String,
    /// Orders with a valid ticket.
    orders: u64,
    tickets: u64,
    discount_sats: u64,
    revenue_sats: u64,
}

/// Sales of all ticket types.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TotalSales {
    /// Tickets ordered by buyers.
    tickets: u64,
    /// Tickets given away.
    complimentary: u64,
    revenue_sats: u64,
    /// Refunded to buyers, late and surplus payments included.
    refunded_sats: u64,
}

impl From<SalesReport> for EventSalesView {
    fn from(report: SalesReport) -> Self {
        let sats = |amount: Msats| amount.to_sats_floor().get();
        let sum = |count: fn(&TypeSalesView) -> u64, types: &[TypeSalesView]| {
            types.iter().map(count).fold(0, u64::saturating_add)
        };
        let types: Vec<_> = report
            .types
            .into_iter()
            .map(|one| TypeSalesView {
                ticket_type_id: one.ticket_type_id.get(),
                name: one.name,
                sold: one.sold,
                revenue_sats: sats(one.revenue),
                complimentary: one.complimentary,
            })
            .collect();
        let promo_codes = report.promo_codes.into_iter().map(|one| CodeSalesView {
            id: one.promo_code_id.get(),
            code: PromoCodeText::expose(&one.code).to_owned(),
            orders: one.orders,
            tickets: one.tickets,
            discount_sats: sats(one.discount),
            revenue_sats: sats(one.revenue),
        });
        Self {
            total: TotalSales {
                tickets: sum(|one| one.sold, &types),
                complimentary: sum(|one| one.complimentary, &types),
                revenue_sats: sum(|one| one.revenue_sats, &types),
                refunded_sats: sats(report.refunded),
            },
            types,
            promo_codes: promo_codes.collect(),
        }
    }
}

/// Get an event's sales by ticket type and promo code
#[utoipa::path(get, path = "/api/admin/events/{id}/sales", tag = "organisers", security(("token" = [])), params(("id" = i64, Path)),
    responses((status = 200, body = Answer<EventSalesView>), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn get_event_sales(
    state: web::Data<State>,
    id: path::Id,
    _: Admin,
) -> Result<HttpResponse, Problem> {
    let id = EventId::new(id.0);
    state.office.event(id).await?.ok_or_else(|| Problem::not_found("event"))?;
    let report = state.store.sales_report(id).await?;
    Ok(response::ok("Sales retrieved", EventSalesView::from(report)))
}
