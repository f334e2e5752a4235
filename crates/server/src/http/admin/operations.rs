use crate::http::{
    auth::{Admin, AuthFirst},
    body::{Body, PageQuery},
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer, Done},
    state::State,
    ticket_details::TicketDetails,
    tickets::ValidateTicket,
};
use actix_web::{HttpResponse, http::header, web};
use box_office::{Task, TicketView};
use chrono::{DateTime, Utc};
use kernel::{EventId, JobId, Page, UserId};
use serde::Serialize;
use utoipa::ToSchema;

/// Whether the caller is an organiser; without an envelope.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IsAdmin {
    is_admin: bool,
}

/// Check whether the caller is an organiser
#[utoipa::path(get, path = "/api/admin/status", tag = "organisers", security(("token" = [])), responses(
    (status = 200, body = IsAdmin), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub(in crate::http) async fn status(_: Admin) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(IsAdmin { is_admin: true })
}

/// Balance of the Lightning node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeBalance)]
pub(crate) struct Balance {
    total_balance_sats: u64,
    available_balance_sats: u64,
    node_id: String,
    status: &'static str,
}

/// Balance of the Lightning node
#[utoipa::path(get, path = "/api/admin/node/balance", tag = "organisers", security(("token" = [])), responses(
    (status = 200, body = Answer<Balance>), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 502, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub(in crate::http) async fn balance(state: web::Data<State>, _: Admin) -> Result<HttpResponse, Problem> {
    let balance = state.office.node_balance().await?;
    let view = Balance {
        total_balance_sats: balance.total.to_sats_floor().get(),
        available_balance_sats: balance.available.to_sats_floor().get(),
        node_id: balance.node_id,
        status: balance.status.as_str(),
    };
    Ok(response::ok("Node balance retrieved", view))
}

/// Result of a check-in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckIn)]
pub(crate) struct CheckInView {
    /// Always true; invalid tickets return an error.
    valid: bool,
    first_time: bool,
    already_checked_in: bool,
    #[schema(required = true)]
    checked_in_at: Option<DateTime<Utc>>,
    /// Attendees checked in, including this one.
    checked_in: u64,
    sold: u64,
    ticket: CheckInTicket,
    /// Attendee's name.
    #[schema(required = true)]
    name: Option<String>,
    event: CheckInEvent,
}

/// The ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckInTicket {
    id: i64,
    #[schema(required = true)]
    user_id: Option<i64>,
    #[serde(flatten)]
    details: TicketDetails,
}

/// Event of the ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckInEvent {
    title: String,
}

/// Check in a ticket
#[utoipa::path(post, path = "/api/admin/check-in", tag = "organisers", security(("token" = [])), request_body = ValidateTicket, responses(
    (status = 200, body = Answer<CheckInView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn check_in(
    state: web::Data<State>,
    AuthFirst(Admin(_caller), Body(form)): AuthFirst<Admin, Body<ValidateTicket>>,
) -> Result<HttpResponse, Problem> {
    let event_id = EventId::new(form.event_id);
    let admission = state.office.validate(&form.ticket_code, event_id).await?;
    let sales = state.store.event_sales(Some(event_id), Page::default()).await?.pop();
    let TicketView { ticket, holder, event, .. } = admission.view;
    let names = state.office.type_names(&[event.id].into()).await?;
    let name = match ticket.user_id {
        Some(user) => {
            state.store.user(user).await?.filter(|user| user.deleted_at.is_none()).map(|user| user.name)
        }
        None => None,
    };
    let view = CheckInView {
        valid: true,
        first_time: admission.first,
        already_checked_in: !admission.first,
        checked_in_at: ticket.checked_in_at,
        checked_in: sales.as_ref().map_or(0, |sales| sales.checked_in),
        sold: sales.as_ref().map_or(0, |sales| sales.sold),
        ticket: CheckInTicket {
            id: ticket.id.get(),
            user_id: ticket.user_id.map(UserId::get),
            details: TicketDetails::new(&ticket, holder, &names),
        },
        name,
        event: CheckInEvent { title: event.title },
    };
    Ok(response::ok("Ticket is valid", view))
}

/// Audit log entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditLine {
    id: i64,
    /// Account id of the actor; `null` for the command line.
    #[schema(required = true)]
    actor: Option<i64>,
    #[schema(example = "event.update")]
    action: String,
    #[schema(example = "event/7")]
    subject: String,
    detail: String,
    at: DateTime<Utc>,
}

/// List the audit log, newest first
#[utoipa::path(get, path = "/api/admin/audit", tag = "organisers", security(("token" = [])),
    params(("limit" = Option<u32>, Query), ("offset" = Option<u32>, Query)), responses(
    (status = 200, body = Answer<Vec<AuditLine>>, headers(("X-Total-Count" = u64, description = "Total number of entries"))), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub(in crate::http) async fn audit(
    state: web::Data<State>,
    _: Admin,
    page: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let lines = state.store.audit_log(page.page()).await?;
    let lines: Vec<_> = lines
        .into_iter()
        .map(|line| AuditLine {
            id: line.id.get(),
            actor: line.entry.actor.map(UserId::get),
            action: line.entry.action,
            subject: line.entry.subject,
            detail: line.entry.detail,
            at: line.entry.at,
        })
        .collect();
    Ok(response::page("Audit log retrieved", lines, state.store.count_audit().await?))
}

/// Failed job (dead letter).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadJob {
    id: i64,
    /// Job payload.
    #[schema(value_type = Object)]
    task: Task,
    attempts: u32,
    created_at: DateTime<Utc>,
    #[schema(required = true)]
    error: Option<String>,
}

/// List failed jobs, newest first
#[utoipa::path(get, path = "/api/admin/jobs/dead", operation_id = "dead_jobs", tag = "organisers", security(("token" = [])),
    params(("limit" = Option<u32>, Query), ("offset" = Option<u32>, Query)), responses(
    (status = 200, body = Answer<Vec<DeadJob>>, headers(("X-Total-Count" = u64, description = "Total number of jobs"))), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub(in crate::http) async fn failed_jobs(
    state: web::Data<State>,
    _: Admin,
    page: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let jobs = state.store.failed_jobs(page.page()).await?;
    let jobs: Vec<_> = jobs
        .into_iter()
        .map(|job| DeadJob {
            id: job.id.get(),
            task: job.task,
            attempts: job.attempts,
            created_at: job.created_at,
            error: job.last_error,
        })
        .collect();
    let total = state.store.job_stats(state.office.now()).await?.dead;
    Ok(response::page("Dead jobs retrieved", jobs, total))
}

/// Requeue a failed job
#[utoipa::path(post, path = "/api/admin/jobs/{id}/revive", operation_id = "revive", tag = "organisers", security(("token" = [])), params(("id" = i64, Path)),
    responses((status = 200, body = Done), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn requeue_job(
    state: web::Data<State>,
    id: path::Id,
    Admin(caller): Admin,
) -> Result<HttpResponse, Problem> {
    let now = state.office.now();
    let id = JobId::new(id.0);
    let line = box_office::NewAudit {
        actor: Some(caller.id()),
        action: "job.requeue".to_owned(),
        subject: format!("job/{id}"),
        detail: String::new(),
        at: now,
    };
    if !state.store.requeue_job(id, now, Some(&line)).await? {
        return Err(Problem::not_found("job"));
    }
    Ok(response::done("Job requeued"))
}
