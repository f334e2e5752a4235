//! The header `Idempotency-Key`.

use super::{
    client,
    problem::{Problem, ProblemType},
    state::State,
};
use actix_web::HttpRequest;
use box_office::{Caller, IdempotencyKey};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Digest of a request's content.
#[derive(Clone, Copy)]
pub(super) struct Fingerprint(pub(super) [u8; 32]);

impl Fingerprint {
    /// Fingerprint of a request of one kind, from all its fields.
    pub(super) fn of(kind: &str, form: &impl Serialize) -> Result<Self, serde_json::Error> {
        let fields = serde_json::to_vec(form)?;
        Ok(Self(Sha256::new().chain_update(kind).chain_update(b"\0").chain_update(fields).finalize().into()))
    }
}

/// The key of a request, if the client sent one. Its scope is the account, or the network of a guest: another caller with a guest's key
/// would receive the answer with its token.
pub(super) fn key(
    state: &State,
    request: &HttpRequest,
    caller: Option<&Caller>,
    fingerprint: Fingerprint,
) -> Result<Option<IdempotencyKey>, Problem> {
    let Some(value) = request.headers().get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().map(str::trim).filter(|key| (1..=255).contains(&key.len()));
    let Some(key) = key else {
        return Err(Problem::bad(
            ProblemType::Invalid,
            "Idempotency-Key must have 1 to 255 printable characters",
        ));
    };
    let scope = match caller {
        Some(caller) => format!("user/{}", caller.id()),
        None => {
            let address = client::address(request.head(), &state.http.trusted_proxies);
            state.office.guest_namespace(client::aggregate(address))
        }
    };
    Ok(Some(IdempotencyKey { scope, key: key.to_owned(), fingerprint: fingerprint.0 }))
}
