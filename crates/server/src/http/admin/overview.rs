//! Sales overview.

use crate::http::{
    auth::Admin,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
    statuses::EventState,
};
use actix_web::{HttpResponse, web};
use box_office::EventSales;
use chrono::{DateTime, Duration, Timelike, Utc};
use kernel::Page;
use serde::Serialize;
use utoipa::ToSchema;

/// Dashboard figures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Overview {
    /// Tickets sold since midnight UTC.
    sold_today: u64,
    /// Total revenue without refunds.
    revenue_sats: u64,
    /// Held seats.
    held: u64,
    /// Pending payments.
    waiting: u64,
    /// Refundable satoshis.
    refundable: u64,
    /// Hourly sales of the last seven days.
    series: Vec<SeriesPoint>,
    events: Vec<OverviewEvent>,
}

/// Sales of an hour.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeriesPoint {
    at: DateTime<Utc>,
    sold: u64,
    revenue_sats: u64,
}

/// Sales of an event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OverviewEvent {
    id: i64,
    title: String,
    sold: u64,
    held: u64,
    revenue_sats: u64,
    capacity: u32,
    status: EventState,
}

/// Dashboard figures
#[utoipa::path(get, path = "/api/admin/overview", tag = "organisers", security(("token" = [])), responses(
    (status = 200, body = Answer<Overview>), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub(in crate::http) async fn overview(state: web::Data<State>, _: Admin) -> Result<HttpResponse, Problem> {
    let now = state.office.now();
    let week_ago = now.checked_sub_signed(Duration::days(7)).unwrap_or(now);
    let midnight =
        now.with_hour(0).and_then(|at| at.with_minute(0)).and_then(|at| at.with_second(0)).unwrap_or(now);
    let midnight = midnight.with_nanosecond(0).unwrap_or(midnight);
    // The end is exclusive, and the series includes the current moment.
    let end = now.checked_add_signed(Duration::seconds(1)).unwrap_or(now);
    let series = state.store.sales_series(None, week_ago, end).await?;
    let sales = all_sales(&state).await?;
    let total = |part: fn(&EventSales) -> u64| sales.iter().map(part).fold(0_u64, u64::saturating_add);
    let held = total(|event| event.held);
    let overview = Overview {
        sold_today: series
            .iter()
            .filter(|point| point.at >= midnight)
            .map(|point| point.sold)
            .fold(0, u64::saturating_add),
        revenue_sats: total(|event| event.revenue.to_sats_floor().get()),
        held,
        waiting: held,
        refundable: total(|event| event.refundable.get()).div_ceil(1_000),
        series: series
            .into_iter()
            .map(|point| SeriesPoint {
                at: point.at,
                sold: point.sold,
                revenue_sats: point.revenue.to_sats_floor().get(),
            })
            .collect(),
        events: sales
            .into_iter()
            .map(|sales| OverviewEvent {
                id: sales.event.id.get(),
                status: sales.event.status().into(),
                title: sales.event.title,
                sold: sales.sold,
                held: sales.held,
                revenue_sats: sales.revenue.to_sats_floor().get(),
                capacity: sales.event.capacity,
            })
            .collect(),
    };
    Ok(response::ok("Overview retrieved", overview))
}

async fn all_sales(state: &State) -> Result<Vec<EventSales>, Problem> {
    let mut all = Vec::new();
    loop {
        let offset = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let page = state.store.event_sales(None, Page::new(Some(Page::MAX_LIMIT), Some(offset))).await?;
        let last = page.len() < usize::try_from(Page::MAX_LIMIT).unwrap_or(usize::MAX);
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}
