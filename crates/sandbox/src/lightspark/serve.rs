//! HTTP interface of the endpoint.

use super::{
    Endpoint, PATH,
    body::{MAX_BODY, unpack},
    document::{Document, Field, Kind, Operation, Selection},
    execute::{self, Problem},
    operations,
};
use crate::Fault;
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Bytes, Data, Payload, ServiceConfig},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{StreamExt, stream};
use serde_json::{Map, Value as Json, json};
use std::{io, sync::PoisonError};

/// Mounts the endpoint at [`PATH`].
pub fn configure(config: &mut ServiceConfig, endpoint: Data<Endpoint>) {
    config.app_data(endpoint).route(PATH, web::post().to(graphql));
}

/// The HTTP response of a request.
enum Outcome {
    Answer(Json),
    /// The connection is closed without a response.
    Lost,
    /// An HTTP status without a body.
    Status(u16),
}

/// Result of a root field.
enum Ran {
    Value(Json),
    /// A value with a failed member.
    Partial(Json, Problem),
    Lost,
    Status(u16),
}

async fn graphql(request: HttpRequest, payload: Payload, endpoint: Data<Endpoint>) -> HttpResponse {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if !endpoint.knows(header("authorization")) {
        let problem = Problem::named("UnauthorizedException", "Not authorized.");
        return HttpResponse::build(StatusCode::UNAUTHORIZED)
            .json(json!({ "errors": [problem.to_json(None)] }));
    }
    let body = match collect(payload).await.and_then(|packed| unpack(packed, header("content-encoding"))) {
        Ok(body) => body,
        Err(message) => return HttpResponse::BadRequest().body(message),
    };
    let Ok(envelope) = serde_json::from_slice::<Map<String, Json>>(&body) else {
        return HttpResponse::BadRequest().body("the body is not a JSON object");
    };
    match endpoint.answer(&envelope, &body, header("x-lightspark-signing")).await {
        Ok(Outcome::Answer(answer)) => HttpResponse::Ok().json(answer),
        Ok(Outcome::Status(status)) => {
            HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY)).finish()
        }
        Ok(Outcome::Lost) => HttpResponse::Ok().content_type("application/json").streaming(stream::iter([
            Ok(Bytes::from_static(b"{")),
            Err(io::Error::other("lost on purpose")),
        ])),
        Err(problem) => HttpResponse::Ok().json(json!({ "errors": [problem.to_json(None)] })),
    }
}

async fn collect(mut payload: Payload) -> Result<Vec<u8>, &'static str> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| "the body is incomplete")?;
        if body.len() + chunk.len() > MAX_BODY {
            return Err("the body is too long");
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl Endpoint {
    fn knows(&self, authorization: Option<&str>) -> bool {
        let pair = format!("{}:{}", self.settings.client_id, self.settings.client_secret.expose());
        authorization
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
            .and_then(|(_, token)| STANDARD.decode(token.trim()).ok())
            .is_some_and(|given| given == pair.as_bytes())
    }

    /// Executes a request. An error concerns the request as a whole, so there is no `data`.
    async fn answer(
        &self,
        envelope: &Map<String, Json>,
        body: &[u8],
        signature: Option<&str>,
    ) -> Result<Outcome, Problem> {
        let text = |name: &str| envelope.get(name).and_then(Json::as_str);
        let query = text("query").ok_or_else(|| Problem::input("Must provide query string."))?;
        let document = Document::parse(query).map_err(Problem::input)?;
        let operation = document.operation(text("operationName")).map_err(Problem::input)?;
        let given = match envelope.get("variables") {
            None | Some(Json::Null) => Map::new(),
            Some(Json::Object(given)) => given.clone(),
            Some(_) => return Err(Problem::input("Variables must be an object.")),
        };
        let variables = execute::variables(operation, &given)?;
        let fields = roots(operation)?;
        if fields.iter().any(|field| operations::needs_signature(&field.name)) {
            self.check_signature(envelope, body, signature)?;
        }
        let mut data = Map::new();
        let mut errors = Vec::new();
        for field in fields {
            match self.run(&document, operation, field, &variables).await {
                Ok(Ran::Value(value)) => {
                    data.insert(field.key.clone(), value);
                }
                Ok(Ran::Partial(value, problem)) => {
                    data.insert(field.key.clone(), value);
                    errors.push(problem.to_json(Some(&field.key)));
                }
                Ok(Ran::Lost) => return Ok(Outcome::Lost),
                Ok(Ran::Status(status)) => return Ok(Outcome::Status(status)),
                Err(problem) => {
                    let error = problem.to_json(Some(&field.key));
                    return Ok(Outcome::Answer(json!({ "data": null, "errors": [error] })));
                }
            }
        }
        Ok(Outcome::Answer(if errors.is_empty() {
            json!({ "data": data })
        } else {
            json!({ "data": data, "errors": errors })
        }))
    }

    fn check_signature(
        &self,
        envelope: &Map<String, Json>,
        body: &[u8],
        signature: Option<&str>,
    ) -> Result<(), Problem> {
        let refused = |message: &str| Problem::named("InvalidSignatureException", message);
        let signature = signature.ok_or_else(|| refused("the request must be signed"))?;
        self.verifier.verify(signature, body).map_err(refused)?;
        // Checked after the signature: otherwise anyone could use up another client's nonces.
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        nonces.take(envelope, self.node.now()).map_err(refused)
    }

    /// Executes a root field with its planned fault.
    async fn run(
        &self,
        document: &Document,
        operation: &Operation,
        field: &Field,
        variables: &Map<String, Json>,
    ) -> Result<Ran, Problem> {
        let arguments = execute::arguments(field, variables)?;
        let asks_for_node = arguments.get("id").is_some_and(|id| *id == *self.settings.node_id);
        let fault =
            operations::call(&field.name, asks_for_node).and_then(|call| self.node.faults().take(call));
        match &fault {
            Some(Fault::Refuse(reason)) => return Err(Problem::input(reason.clone())),
            Some(Fault::Unavailable) => {
                return Err(Problem::named("NodeOfflineException", "The node cannot be reached."));
            }
            Some(Fault::LostRequest) => return Ok(Ran::Lost),
            Some(Fault::Status(status)) => return Ok(Ran::Status(*status)),
            Some(Fault::Slow(time)) => tokio::time::sleep(*time).await,
            Some(
                Fault::LostAnswer
                | Fault::SlowAnswer(_)
                | Fault::StatusAfter(_)
                | Fault::ErrorAfter(_)
                | Fault::ErrorBeside(_)
                | Fault::NotFound
                | Fault::WrongDescription,
            )
            | None => {}
        }
        let mut object = match (operation.kind, operations::transactions(field)) {
            (Kind::Query, Some(list)) => self.account(&execute::arguments(list, variables)?)?,
            (Kind::Query, None) => self.query(&field.name, arguments)?,
            (Kind::Mutation, _) => self.mutation(&field.name, arguments)?,
        };
        if let (Some(Fault::NotFound), Json::Object(found)) = (&fault, &mut object) {
            for (name, nothing) in [("payments", json!([])), ("payment", Json::Null)] {
                found.entry(name).and_modify(|member| *member = nothing);
            }
        }
        let answer = execute::select(document, &object, &field.selection)?;
        match fault {
            Some(Fault::SlowAnswer(time)) => {
                tokio::time::sleep(time).await;
                Ok(Ran::Value(answer))
            }
            Some(Fault::LostAnswer) => Ok(Ran::Lost),
            Some(Fault::StatusAfter(status)) => Ok(Ran::Status(status)),
            Some(Fault::ErrorAfter(name)) => Err(Problem::named(name, "Something failed after the work.")),
            Some(Fault::ErrorBeside(name)) => {
                Ok(Ran::Partial(answer, Problem::named(name, "A field of the payment failed.")))
            }
            _ => Ok(Ran::Value(answer)),
        }
    }
}

/// Root fields of an operation; the SDKs spread no fragments there.
fn roots(operation: &Operation) -> Result<Vec<&Field>, Problem> {
    operation
        .selection
        .iter()
        .map(|selected| match selected {
            Selection::Field(field) => Ok(field),
            Selection::Spread(_) | Selection::Inline(..) => {
                Err(Problem::input("Fragments are not understood at the root of an operation."))
            }
        })
        .collect()
}
