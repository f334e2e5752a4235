use crate::{
    documents as doc,
    model::{PaymentRequest, WebhookEntity},
    node::{INVALID_ID, Lightspark},
};
use async_trait::async_trait;
use hmac::{Hmac, Mac};
use payments::{LightningError, NodeWebhooks, PaymentHash, WebhookError, WebhookNotice};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;

/// Events have a few hundred bytes.
const MAX_BODY: usize = 64 * 1024;

/// A webhook event. Unused members and unknown event types are not errors.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "event_type")]
    kind: String,
    #[serde(rename = "event_id")]
    id: String,
    #[serde(default)]
    entity_id: Option<String>,
}

/// Verifies a `lightspark-signature`: exactly 64 hexadecimal digits, HMAC-SHA256 over the raw body, compared in constant time.
fn verify(key: &str, body: &[u8], signature: Option<&str>) -> Result<(), WebhookError> {
    let mut given = [0_u8; 32];
    hex::decode_to_slice(signature.unwrap_or_default(), &mut given)
        .map_err(|_| WebhookError::BadSignature)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|_| WebhookError::BadSignature)?;
    mac.update(body);
    mac.verify_slice(&given).map_err(|_| WebhookError::BadSignature)
}

fn read(key: &str, body: &[u8], signature: Option<&str>) -> Result<WebhookNotice, WebhookError> {
    if body.len() > MAX_BODY {
        return Err(WebhookError::Malformed("it is too long".to_owned()));
    }
    verify(key, body, signature)?;
    let event: Event =
        serde_json::from_slice(body).map_err(|error| WebhookError::Malformed(error.to_string()))?;
    if event.id.is_empty() {
        return Err(WebhookError::Malformed("its event id is empty".to_owned()));
    }
    // "Finished" states neither direction nor success: `resolve` and `incoming` determine both.
    let entity_ids = match event.kind.as_str() {
        "PAYMENT_FINISHED" => event.entity_id.into_iter().collect(),
        _ => Vec::new(),
    };
    Ok(WebhookNotice { event_id: event.id, payment_hashes: Vec::new(), entity_ids })
}

#[async_trait]
impl NodeWebhooks for Lightspark {
    fn read(&self, body: &[u8], signature: Option<&str>) -> Result<WebhookNotice, WebhookError> {
        read(self.webhook_key.expose(), body, signature)
    }

    async fn resolve(&self, notice: &WebhookNotice) -> Result<Vec<PaymentHash>, LightningError> {
        let mut hashes = notice.payment_hashes.clone();
        for id in &notice.entity_ids {
            let entity: Option<WebhookEntity> =
                match self.query(&doc::WEBHOOK_ENTITY, json!({ "id": id }), "/entity").await {
                    Ok(entity) => entity,
                    Err(error) if error.is_named(INVALID_ID) => None,
                    Err(error) => return Err(error.into_lightning(doc::Effect::Reads)),
                };
            let hash = match entity {
                Some(WebhookEntity::Invoice { data }) => Some(data.payment_hash),
                Some(WebhookEntity::IncomingPayment { payment_request, transaction_hash }) => payment_request
                    .and_then(|PaymentRequest { data }| data)
                    .map(|data| data.payment_hash)
                    .or_else(|| PaymentHash::from_hex(&transaction_hash?).ok()),
                Some(WebhookEntity::Other) | None => None,
            };
            hashes.extend(hash.filter(|hash| !hashes.contains(hash)));
        }
        Ok(hashes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::vectors;
    use base64::{Engine, engine::general_purpose::STANDARD};

    #[test]
    fn webhook_requires_a_valid_signature() {
        for case in vectors()["webhooks"]["cases"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let body = STANDARD.decode(case["body_b64"].as_str().unwrap()).unwrap();
            let outcome = read(case["secret"].as_str().unwrap(), &body, case["signature"].as_str());
            if case["valid"] == true {
                let notice = outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_eq!(notice.event_id, case["event"]["event_id"].as_str().unwrap(), "{name}");
                let asks = case["event"]["event_type"] == "PAYMENT_FINISHED";
                let expected = asks.then(|| case["event"]["entity_id"].as_str().unwrap().to_owned());
                assert_eq!(notice.entity_ids, Vec::from_iter(expected), "{name}");
            } else {
                assert!(matches!(outcome, Err(WebhookError::BadSignature)), "{name}");
            }
        }
    }

    #[test]
    fn webhook_without_signature_is_not_parsed() {
        assert!(matches!(read("key", b"not json", None), Err(WebhookError::BadSignature)));
    }

    #[test]
    fn signed_body_without_an_event_is_malformed() {
        let huge = vec![b' '; MAX_BODY + 1];
        for body in [&b"[]"[..], b"{}", br#"{"event_type":"PAYMENT_FINISHED","event_id":""}"#, &huge] {
            let mut mac = Hmac::<Sha256>::new_from_slice(b"key").unwrap();
            mac.update(body);
            let signature = hex::encode(mac.finalize().into_bytes());
            assert!(matches!(read("key", body, Some(&signature)), Err(WebhookError::Malformed(_))));
        }
    }
}
