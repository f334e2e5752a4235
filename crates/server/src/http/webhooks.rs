//! Webhooks of the Lightning node.

use super::{
    body::Raw,
    problem::{Problem, ProblemBody},
    response::{self, Done},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};

const SIGNATURE: &str = "lightspark-signature";

/// Webhook of the Lightning node
///
/// The signature is verified over the raw body. Events are stored before the response and processed exactly once.
#[utoipa::path(post, path = "/api/webhooks/payment", tag = "payments", request_body(content = String, content_type = "application/json"),
    params(("lightspark-signature" = String, Header, description = "HMAC-SHA256 of the body")), responses(
    (status = 200, body = Done), (status = 400, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub(super) async fn payment(
    state: web::Data<State>,
    request: HttpRequest,
    Raw(body): Raw,
) -> Result<HttpResponse, Problem> {
    let signature = request.headers().get(SIGNATURE).and_then(|value| value.to_str().ok());
    state.office.receive_webhook(&body, signature).await?;
    Ok(response::done("Webhook received"))
}
