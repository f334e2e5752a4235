//! More buyers than seats at two replicas that are killed meanwhile; then the seats of unpaid holds are sold again.

use super::{
    AFTER_HOLDS, AFTER_INVOICES, Plan, Trial,
    audit::Audit,
    buyers::{self, Results},
};
use crate::shop::Organiser;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::{fmt, sync::atomic::Ordering, time::Duration};
use testkit::{SeededEntropy, postgres::Cluster};
use tokio::time::sleep;

const BUYERS: u64 = 256;
const SEATS: u32 = 50;
const KILLS: u32 = 4;
const PRICE: u64 = 1_500;

/// Outcome of a trial.
#[derive(Debug, Clone, Copy)]
pub struct SellOut {
    seed: u64,
    paid: usize,
    resold: usize,
}

impl fmt::Display for SellOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, paid, resold } = self;
        write!(
            f,
            "seed {seed}: {BUYERS} buyers took {SEATS} of {SEATS} seats under {KILLS} kills, {paid} paid, the other {resold} \
            seats were sold again, and the audit agrees"
        )
    }
}

/// Runs a trial. Panics if the number of sold seats differs from the capacity, or the audit fails.
pub async fn sell_out(plan: &Plan, cluster: &Cluster) -> SellOut {
    let directory = tempfile::tempdir().unwrap();
    let mut scene = Trial::open(plan, cluster, directory.path()).await;
    scene.all_ready().await;
    let organiser = Organiser::log_in(&scene.client, &scene.bases[0]).await;
    let event = organiser.event("Hot", SEATS, PRICE).await;
    let wallet = scene.world.wallet("alice").unwrap().clone();

    let mut results = Results::default();
    let first = crowd(&scene, event, organiser.id, "first");
    for _ in 0..KILLS {
        sleep(Duration::from_millis(scene.chance.below(400))).await;
        let replica = usize::from(scene.chance.below(2) == 0);
        scene.replicas[replica].start_again(0);
    }
    let first = sold(first, &mut results).await;
    assert_eq!(first.len(), usize::try_from(SEATS).unwrap(), "tickets sold");
    // Every other buyer pays.
    let (paying, waiting): (Vec<_>, Vec<_>) =
        first.into_iter().enumerate().partition(|(place, _)| place % 2 == 0);
    for (_, (ticket, bolt11)) in &paying {
        assert!(buyers::pay(&wallet, bolt11));
        results.paid.push(*ticket);
    }

    // The unpaid holds expire, and their seats are on sale again.
    let mut audit = Audit::open(&scene.database).await;
    audit.until_quiet(0).await;
    scene.end_faults(AFTER_HOLDS).await;
    audit.until_holds_are_over().await;
    let second = sold(crowd(&scene, event, organiser.id, "second"), &mut results).await;
    assert_eq!(second.len(), waiting.len(), "seats that were sold again");
    for (ticket, bolt11) in &second {
        assert!(buyers::pay(&wallet, bolt11));
        results.paid.push(*ticket);
    }
    audit.until_quiet(scene.time).await;
    scene.clock.0.store(AFTER_INVOICES, Ordering::Relaxed);
    scene.end_faults(AFTER_INVOICES).await;
    audit.until_quiet(scene.time).await;
    let (_, faulty) = audit.compare(&scene, &results).await;
    assert!(faulty.is_empty(), "{}", faulty.join("\n"));
    let (paid, refundable) = audit.totals().await;
    assert_eq!((paid, refundable), (i64::from(SEATS), 0));
    scene.world.stop().await;
    SellOut { seed: plan.seed, paid: paying.len(), resold: second.len() }
}

type Crowd = Vec<tokio::task::JoinHandle<(String, Option<Value>)>>;

/// Each buyer requests one seat, with retries until there is a final response.
fn crowd(scene: &Trial<'_>, event: i64, user: i64, wave: &str) -> Crowd {
    let purchase_request =
        json!({ "event_id": event, "user_id": user, "uma_address": scene.world.uma_address("alice") });
    (0..BUYERS)
        .map(|number| {
            let (client, bases, purchase_request) =
                (scene.client.clone(), scene.bases.clone(), purchase_request.clone());
            let key = format!("{wave} {number}");
            let chance = SeededEntropy::new(scene.chance.next_u64());
            tokio::spawn(async move {
                let got = purchase(&client, &bases, &purchase_request, &key, &chance).await;
                (key, got)
            })
        })
        .collect()
}

async fn purchase(
    client: &reqwest::Client,
    bases: &[String],
    purchase_request: &Value,
    key: &str,
    chance: &SeededEntropy,
) -> Option<Value> {
    loop {
        let base = &bases[usize::try_from(chance.below(2)).unwrap()];
        let request = client
            .post(format!("{base}/api/tickets/purchase"))
            .header("Idempotency-Key", key)
            .json(purchase_request);
        if let Ok(answer) = request.send().await {
            let status = answer.status();
            let body: Value = answer.json().await.unwrap_or_default();
            match status {
                StatusCode::CREATED if body["data"]["ticket"]["id"].is_i64() => {
                    return Some(body["data"].clone());
                }
                StatusCode::BAD_REQUEST => {
                    assert_eq!(body["type"], "sold_out", "{body}");
                    return None;
                }
                StatusCode::CREATED | StatusCode::CONFLICT => {}
                status => assert!(status.is_server_error(), "a purchase was answered {status}: {body}"),
            }
        }
        sleep(Duration::from_millis(50 + chance.below(100))).await;
    }
}

/// Ticket and bolt11 of every successful buyer.
async fn sold(crowd: Crowd, results: &mut Results) -> Vec<(i64, String)> {
    let mut sold = Vec::new();
    for buyer in crowd {
        let (key, got) = buyer.await.unwrap();
        results.purchase_requests += 1;
        if let Some(got) = got {
            let ticket = got["ticket"]["id"].as_i64().unwrap();
            results.bought.push((ticket, key));
            sold.push((ticket, got["uma_request"]["bolt11"].as_str().unwrap().to_owned()));
        }
    }
    sold
}
