//! Admission of requests: a full process serves health checks only, and each network has a maximum of concurrent requests
//! through a proxy; refusals that ask for a retry are delayed.
//!
//! Below the layers that log, count and set headers, so that web pages can read a refusal.

use super::{
    connections::{Activity, NetworkFull},
    problem::{Problem, ProblemType},
    state::State,
    watch::gate,
};
use actix_web::{
    Error, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{ConnectionType, StatusCode, header::RETRY_AFTER},
    middleware::Next,
    web,
};
use std::rc::Rc;

/// Paths that a full process serves.
const HEALTH_PATHS: [&str; 3] = ["/health", "/ready", "/metrics"];

pub(crate) async fn layer(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let health_check = HEALTH_PATHS.contains(&request.path());
    let health_only = request.conn_data::<Rc<Activity>>().is_some_and(|activity| activity.is_health_only());
    if health_only && !health_check {
        state.metrics.connections_refused.inc();
        return Ok(refuse(request, &Problem::unavailable("connection limit")));
    }
    // One media server sends the requests of all viewers.
    let shared = request.path() == gate::PATH;
    let forwarded = match state.connections.forwarded(request.head()) {
        Err(full) if !health_check && !shared => return Ok(refuse(request, &full.into())),
        forwarded => forwarded.ok().flatten(),
    };
    let mut response = next.call(request).await?;
    if let Some(limits) = &state.limits
        && !health_check
        && is_limited(&response)
        && !state.liveness.is_stopping()
    {
        // Behind a proxy, counted as one of the network's concurrent requests meanwhile.
        tokio::time::sleep(limits.refusal_delay).await;
    }
    drop(forwarded);
    if state.liveness.is_stopping() {
        // A proxy must learn that the connection closes, before it sends the next request.
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response.map_into_left_body())
}

/// Whether a response refuses a request for now: 429, or 503 with `Retry-After`.
fn is_limited<B>(response: &ServiceResponse<B>) -> bool {
    match response.status() {
        StatusCode::TOO_MANY_REQUESTS => true,
        StatusCode::SERVICE_UNAVAILABLE => response.headers().contains_key(RETRY_AFTER),
        _ => false,
    }
}

/// Responds without calling a handler, and closes the connection.
fn refuse<B>(request: ServiceRequest, problem: &Problem) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let mut refusal = problem.error_response();
    refusal.head_mut().set_connection_type(ConnectionType::Close);
    ServiceResponse::new(request.into_parts().0, refusal).map_into_right_body()
}

impl From<NetworkFull> for Problem {
    fn from(full: NetworkFull) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, ProblemType::NetworkLimit, full.to_string()).retry_after(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{HttpResponse, test::TestRequest};

    #[test]
    fn only_refusals_for_now_are_delayed() {
        let limited = |status: u16, retry_after: bool| {
            let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
            if retry_after {
                response.insert_header((RETRY_AFTER, "2"));
            }
            is_limited(&TestRequest::default().to_srv_response(response.finish()))
        };
        assert!(limited(429, true) && limited(429, false) && limited(503, true));
        assert!(!limited(503, false) && !limited(200, true) && !limited(401, false) && !limited(404, false));
    }
}
