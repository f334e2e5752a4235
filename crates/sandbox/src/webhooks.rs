use crate::{
    faults::WebhookFault,
    ledger::Webhook,
    world::{SHOP, World, WorldError},
};
use hmac::{Hmac, Mac};
use kernel::Secret;
use payments::{WebhookError, WebhookNotice};
use serde::Deserialize;
use sha2::Sha256;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// The signature's header.
pub const SIGNATURE_HEADER: &str = "lightspark-signature";
const MIN_RETRY_DELAY: Duration = Duration::from_millis(100);
const MAX_RETRY_DELAY: Duration = Duration::from_secs(30);
const MAX_ATTEMPTS: u32 = 20;

/// Destination of the shop's webhooks.
#[derive(Debug, Clone)]
pub struct WebhookTarget {
    /// The shop's URL for webhooks.
    pub url: String,
    /// The signing key: its UTF-8 bytes are the HMAC key.
    pub key: Secret<String>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "event_type")]
    kind: String,
    #[serde(rename = "event_id")]
    id: String,
    #[serde(rename = "entity_id", default)]
    entity: Option<String>,
}

fn mac(key: &str) -> Option<Hmac<Sha256>> {
    Hmac::new_from_slice(key.as_bytes()).ok()
}

/// Signs a webhook's body: HMAC-SHA256, lower-case hexadecimal.
pub fn sign(key: &str, body: &[u8]) -> String {
    mac(key).map_or_else(String::new, |mac| hex::encode(mac.chain_update(body).finalize().into_bytes()))
}

/// Verifies and parses a webhook.
pub(crate) fn read(key: &str, body: &[u8], signature: Option<&str>) -> Result<WebhookNotice, WebhookError> {
    let signature = signature.and_then(|text| hex::decode(text).ok()).ok_or(WebhookError::BadSignature)?;
    mac(key)
        .ok_or(WebhookError::BadSignature)?
        .chain_update(body)
        .verify_slice(&signature)
        .map_err(|_| WebhookError::BadSignature)?;
    let event: Event =
        serde_json::from_slice(body).map_err(|error| WebhookError::Malformed(error.to_string()))?;
    let about_payment = event.kind == "PAYMENT_FINISHED";
    Ok(WebhookNotice {
        event_id: event.id,
        payment_hashes: Vec::new(),
        entity_ids: event.entity.filter(|_| about_payment).into_iter().collect(),
    })
}

/// Delivers webhooks until dropped. Undelivered ones are delivered after a restart.
pub(crate) async fn deliver(world: Arc<World>, client: reqwest::Client) {
    let mut changes = world.changes();
    let mut begun = BTreeSet::new();
    let mut late: Vec<Webhook> = Vec::new();
    let mut under_way = JoinSet::new();
    loop {
        if let Some(target) = world.webhook_target() {
            let fresh: Vec<Webhook> = world.read(|ledger| {
                ledger.webhooks.iter().filter(|webhook| !begun.contains(&webhook.event_id)).cloned().collect()
            });
            for webhook in fresh {
                begun.insert(webhook.event_id.clone());
                match world.faults_of(SHOP).take_webhook() {
                    Some(WebhookFault::Reorder) => late.push(webhook),
                    fault => {
                        let rest = std::mem::take(&mut late);
                        under_way.spawn(send(
                            Arc::clone(&world),
                            client.clone(),
                            target.clone(),
                            webhook,
                            fault,
                            rest,
                        ));
                    }
                }
            }
        }
        while under_way.try_join_next().is_some() {}
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// Delivers a webhook, and after it the reordered ones.
async fn send(
    world: Arc<World>,
    client: reqwest::Client,
    target: WebhookTarget,
    webhook: Webhook,
    fault: Option<WebhookFault>,
    rest: Vec<Webhook>,
) {
    let mut signature = sign(target.key.expose(), webhook.body.as_bytes());
    let (mut times, mut attempts) = (1, MAX_ATTEMPTS);
    match fault {
        Some(WebhookFault::Drop) => times = 0,
        Some(WebhookFault::Keep) => {
            world.keep_webhook(webhook.body.clone(), signature.clone());
            times = 0;
        }
        Some(WebhookFault::Duplicate(copies)) => times = copies,
        Some(WebhookFault::Delay(time)) => tokio::time::sleep(time).await,
        Some(WebhookFault::BadSignature) => {
            signature = sign("another key", webhook.body.as_bytes());
            attempts = 1;
        }
        Some(WebhookFault::Reorder) | None => {}
    }
    for _ in 0..times {
        post(&client, &target.url, &webhook.body, &signature, attempts).await;
    }
    done(&world, &webhook);
    for webhook in rest {
        let signature = sign(target.key.expose(), webhook.body.as_bytes());
        post(&client, &target.url, &webhook.body, &signature, MAX_ATTEMPTS).await;
        done(&world, &webhook);
    }
}

fn done(world: &World, webhook: &Webhook) {
    let written = world.change(|_, change| {
        change.delivered.push(webhook.event_id.clone());
        Ok::<_, WorldError>(())
    });
    if let Err(error) = written {
        // It is sent again after a restart: delivery is at least once.
        tracing::warn!(%error, "a delivered webhook could not be recorded");
    }
}

/// Posts until the shop accepts it.
async fn post(client: &reqwest::Client, url: &str, body: &str, signature: &str, attempts: u32) {
    let mut pause = MIN_RETRY_DELAY;
    for attempt in 1..=attempts {
        let answer = client
            .post(url)
            .header("content-type", "application/json")
            .header(SIGNATURE_HEADER, signature)
            .body(body.to_owned())
            .send()
            .await;
        match answer {
            Ok(answer) if answer.status().is_success() => return,
            Ok(answer) => tracing::debug!(status = answer.status().as_u16(), "a webhook was rejected"),
            Err(error) => tracing::debug!(%error, "a webhook was not delivered"),
        }
        if attempt == attempts {
            break;
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2).min(MAX_RETRY_DELAY);
    }
    tracing::warn!("webhook delivery failed finally");
}
