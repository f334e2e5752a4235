//! Injected faults.

use super::Trial;
use sandbox::{Call, Fault, WebhookFault};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Injects faults one after another until the time is over; returns their number.
pub(super) async fn inject(scene: &mut Trial<'_>, time: Duration) -> u64 {
    let end = Instant::now() + time;
    let mut count = 0;
    while Instant::now() < end {
        sleep(Duration::from_millis(scene.chance.below(600))).await;
        for replica in &mut scene.replicas {
            replica.restart();
        }
        one(scene).await;
        count += 1;
    }
    count
}

async fn one(scene: &mut Trial<'_>) {
    let chance = &scene.chance;
    let number = usize::try_from(chance.below(2)).unwrap();
    let node = scene.world.shop().faults();
    match chance.below(12) {
        0..=2 => {
            let (pause, skew) = (chance.below(800), scene.skew());
            scene.replicas[number].kill();
            sleep(Duration::from_millis(pause)).await;
            scene.replicas[number].start_again(skew);
        }
        3 => {
            if chance.below(2) == 0 {
                scene.cluster.crash_and_restart();
            } else {
                scene.cluster.restart();
            }
        }
        4..=6 => {
            // The network to the node fails in one of several ways.
            let fault = match chance.below(4) {
                0 => Fault::Unavailable,
                1 => Fault::LostRequest,
                2 => Fault::LostAnswer,
                _ => Fault::Slow(Duration::from_millis(chance.below(1_500))),
            };
            let calls = [Call::CreateInvoice, Call::Incoming];
            for call in calls.into_iter().skip(usize::try_from(chance.below(2)).unwrap()) {
                node.always(call, fault.clone());
            }
            sleep(Duration::from_millis(chance.below(1_200))).await;
            node.clear();
        }
        7..=9 => {
            for _ in 0..=chance.below(8) {
                node.next_webhook(match chance.below(5) {
                    0 | 1 => WebhookFault::Drop,
                    2 => WebhookFault::Duplicate(3),
                    3 => WebhookFault::Reorder,
                    _ => WebhookFault::Delay(Duration::from_millis(chance.below(2_000))),
                });
            }
        }
        10 => node.next_webhook(WebhookFault::BadSignature),
        _ => scene.send_webhooks_to(number),
    }
}
