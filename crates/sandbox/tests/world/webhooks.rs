//! Delivery of the node's webhooks.

use crate::shop::Shop;
use kernel::Msats;
use payments::NodeWebhooks;
use sandbox::{InvoiceText, WebhookFault};

fn pay(shop: &Shop) -> String {
    let node = shop.sandbox.shop();
    let text = InvoiceText::Description("a seat".to_owned());
    let invoice = node.make_invoice(Some(Msats::new(5_000).unwrap()), &text, 60).unwrap();
    node.receive_without_payer(&invoice.bolt11, None).unwrap().id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhook_signature_covers_the_raw_body() {
    let shop = Shop::open(None).await;
    let payment = pay(&shop);
    let heard = shop.next_webhook(0).await;
    assert_eq!(heard.entity, payment);
    let notice = shop.sandbox.shop().read(heard.body.as_bytes(), Some(&heard.signature)).unwrap();
    assert_eq!(notice.event_id, heard.event);
    assert!(heard.body.starts_with(r#"{"event_type": "PAYMENT_FINISHED", "event_id": ""#), "{}", heard.body);
    assert!(heard.body.contains("+00:00"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhook_is_retried_until_accepted() {
    let shop = Shop::open(None).await;
    shop.refuse_webhooks(2);
    let payment = pay(&shop);
    assert_eq!(shop.next_webhook(0).await.entity, payment);
    shop.sandbox.until(|sandbox| (sandbox.world().webhooks_under_way() == 0).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planned_webhook_faults_are_applied() {
    let shop = Shop::open(None).await;
    let faults = shop.sandbox.shop().faults();
    faults.next_webhook(WebhookFault::Drop);
    faults.next_webhook(WebhookFault::Duplicate(3));
    pay(&shop);
    let doubled = pay(&shop);
    shop.next_webhook(2).await;
    assert!(shop.webhooks().iter().all(|heard| heard.entity == doubled));
    faults.next_webhook(WebhookFault::Reorder);
    let (first, second) = (pay(&shop), pay(&shop));
    shop.next_webhook(4).await;
    let order: Vec<_> = shop.webhooks().into_iter().skip(3).map(|heard| heard.entity).collect();
    assert_eq!(order, [second, first]);
    faults.next_webhook(WebhookFault::BadSignature);
    pay(&shop);
    let forged = shop.next_webhook(5).await;
    assert!(shop.sandbox.shop().read(forged.body.as_bytes(), Some(&forged.signature)).is_err());
}
