use crate::app::{PRICE, TestApp};
use reqwest::Method;

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_tells_of_its_payment_as_it_happens() {
    let app = TestApp::working().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let bought = app.buy(&alice, event).await.data().clone();
    let path = format!("/api/tickets/{}/events", bought["ticket"]["id"]);
    let token = bought["status_token"].as_str().unwrap();
    let full = app.request(Method::GET, &format!("{path}?token={token}")).send().await.unwrap();
    assert_eq!(full.headers()["content-type"], "text/event-stream");
    let stranger = app.request(Method::GET, &path).send().await.unwrap();
    app.pay_bolt11(&bought).await;
    let code = bought["ticket"]["ticket_code"].as_str().unwrap();
    for (mut answer, sees_code) in [(full, true), (stranger, false)] {
        let mut text = String::new();
        while !text.contains("\"payment_status\":\"paid\"") {
            let chunk = answer.chunk().await.unwrap().expect("the stream goes on");
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        assert!(text.starts_with("event: status\ndata: {"));
        assert!(text.contains("\"payment_status\":\"pending\""));
        assert_eq!(text.contains(code), sees_code);
    }
    assert_eq!(app.get("/api/tickets/999999/events").await.status, 404);
    app.shop.close().await;
}
