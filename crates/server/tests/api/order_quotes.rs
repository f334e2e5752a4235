//! Quotes of orders.

use crate::{
    app::{Reply, TestApp, TestUser},
    ticket_types::{add_type, fixed, without_types},
};
use chrono::Duration;
use serde_json::{Value, json};
use server::rates::Rate;

async fn quote(app: &TestApp, event: i64, lines: Value, code: Option<&str>) -> Reply {
    let body = json!({ "event_id": event, "lines": lines, "promo_code": code });
    app.post("/api/orders/quote", &body).await
}

fn line(id: &Value, quantity: u32) -> Value {
    json!({ "ticket_type_id": id, "quantity": quantity })
}

async fn type_id(app: &TestApp, admin: &TestUser, event: i64, form: Value) -> Value {
    add_type(app, admin, event, form).await.data()["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn quote_has_prices_per_line_and_is_signed_for_two_minutes() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let event = without_types(&app, &admin, 10).await;
    let early = type_id(&app, &admin, event, fixed("Early bird", 1_000)).await;
    let chosen = json!({ "name": "Supporter", "price": { "kind": "minimum", "min_sats": 500 } });
    let chosen = type_id(&app, &admin, event, chosen).await;
    let code =
        json!({ "code": "TEN", "discount": { "kind": "percent", "value": 10 }, "ticket_type_ids": [early] });
    app.post_as(&admin, &format!("/api/admin/events/{event}/promo-codes"), &code).await.data();
    let lines = json!([line(&early, 2), { "ticket_type_id": chosen, "quantity": 1, "price_sats": 700 }]);
    let quoted = quote(&app, event, lines, Some("ten")).await.data().clone();
    let of = |id: &Value, name: &str, quantity: u64, list: u64, off: u64| {
        json!({
            "ticket_type_id": id, "name": name, "quantity": quantity, "list_price_sats": list, "discount_sats": off,
            "unit_price_sats": list - off, "total_sats": quantity * (list - off), "conversion": null,
        })
    };
    let expected = json!([of(&early, "Early bird", 2, 1_000, 100), of(&chosen, "Supporter", 1, 700, 0)]);
    assert_eq!(quoted["lines"], expected);
    assert_eq!((&quoted["total_sats"], &quoted["promo_code"]), (&json!(2_500), &json!("TEN")));
    assert_eq!(quoted["expires_at"], json!(app.now() + Duration::minutes(2)));
    let office = &app.shop.runtime.office;
    let signed = quoted["quote"].as_str().unwrap();
    let verified = office.verify_quote(signed).unwrap();
    assert_eq!((verified.total.get(), verified.event_id.get()), (2_500, event));
    let (payload, tag) = signed.split_once('.').unwrap();
    let cheaper = String::from_utf8(hex::decode(payload).unwrap()).unwrap().replace("2500", "25");
    for forged in [
        format!("{}.{tag}", hex::encode(cheaper)),
        payload.to_owned(),
        format!("{payload}."),
        format!("{payload}.{}", tag.replace(|_: char| true, "0")),
        String::new(),
    ] {
        assert_eq!(office.verify_quote(&forged), None, "{forged}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_quotes_name_the_line() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let event = without_types(&app, &admin, 10).await;
    let early = type_id(&app, &admin, event, fixed("Early bird", 1_000)).await;
    let mut form = fixed("Pair", 2_000);
    (form["quota"], form["min_per_order"], form["max_per_order"]) = (json!(3), json!(2), json!(4));
    let pair = type_id(&app, &admin, event, form).await;
    let later = json!({ "name": "Later", "price": { "kind": "fixed", "sats": 1 }, "sale_start": app.now() + Duration::minutes(1) });
    let later = type_id(&app, &admin, event, later).await;
    let dollars =
        json!({ "name": "Dollars", "price": { "kind": "currency", "currency": "USD", "amount_minor": 100 } });
    let dollars = type_id(&app, &admin, event, dollars).await;
    let hidden = json!({ "name": "Crew", "price": { "kind": "fixed", "sats": 1 }, "hidden": true });
    let hidden = type_id(&app, &admin, event, hidden).await;
    for (lines, kind, field) in [
        (json!([]), "invalid", "lines"),
        (json!([line(&early, 0)]), "invalid", "lines[0].quantity"),
        (json!([line(&early, 1), line(&early, 1)]), "invalid", "lines[1].ticket_type_id"),
        (json!([line(&early, 1), line(&pair, 1)]), "too_few_per_order", "lines[1].quantity"),
        (json!([line(&pair, 5)]), "too_many_per_order", "lines[0].quantity"),
        (json!([line(&pair, 4)]), "not_enough_left", "lines[0].quantity"),
        (json!([line(&early, 11)]), "not_enough_left", "lines[0].quantity"),
        (json!([line(&early, 21)]), "too_many_per_order", "lines"),
        (json!([line(&later, 1)]), "ticket_type_not_yet", "lines[0].ticket_type_id"),
        (json!([line(&dollars, 1)]), "no_exchange_rate", "lines[0].ticket_type_id"),
        (json!([line(&hidden, 1)]), "unknown_ticket_type", "lines[0].ticket_type_id"),
        (
            json!([{ "ticket_type_id": early, "quantity": 1, "price_sats": 5 }]),
            "invalid",
            "lines[0].price_sats",
        ),
        (json!([{ "ticket_type_id": early }]), "invalid", "lines[0].quantity"),
    ] {
        let refused = quote(&app, event, lines.clone(), None).await;
        refused.refused(400, kind);
        assert!(refused.body["fields"].get(field).is_some(), "{lines}: {refused:?}");
    }
    quote(&app, 999, json!([line(&early, 1)]), None).await.refused(404, "not_found");
    let malformed = quote(&app, event, json!([line(&early, 1)]), Some("é")).await;
    assert!(malformed.refused(400, "invalid").body["fields"]["promo_code"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn promo_code_reveals_the_hidden_types_that_it_names() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let event = without_types(&app, &admin, 10).await;
    let crew = json!({ "name": "Crew", "price": { "kind": "fixed", "sats": 100 }, "hidden": true });
    let crew = type_id(&app, &admin, event, crew).await;
    let other = json!({ "name": "Guests", "price": { "kind": "fixed", "sats": 100 }, "hidden": true });
    type_id(&app, &admin, event, other).await;
    let code = json!({ "code": "BACKSTAGE", "discount": { "kind": "sats", "value": 30 }, "ticket_type_ids": [crew] });
    app.post_as(&admin, &format!("/api/admin/events/{event}/promo-codes"), &code).await.data();
    let revealed = quote(&app, event, json!([]), Some("backstage")).await.data().clone();
    assert_eq!(
        (&revealed["quote"], &revealed["lines"], &revealed["total_sats"]),
        (&Value::Null, &json!([]), &json!(0))
    );
    assert_eq!(revealed["ticket_types"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&revealed["ticket_types"][0]["id"], &revealed["ticket_types"][0]["hidden"]),
        (&crew, &json!(true))
    );
    assert!(revealed["ticket_types"][0].get("taken").is_none());
    let quoted = quote(&app, event, json!([line(&crew, 2)]), Some("BACKSTAGE")).await.data().clone();
    assert_eq!(quoted["total_sats"], 140);
    quote(&app, event, json!([]), Some("WRONG")).await.refused(400, "promo_code_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn price_in_a_currency_is_sold_only_with_a_fresh_rate() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let event = without_types(&app, &admin, 10).await;
    let dollars = json!({ "name": "Dollars", "price": { "kind": "currency", "currency": "USD", "amount_minor": 2_550 } });
    let dollars = type_id(&app, &admin, event, dollars).await;
    let shown = async || app.get(&format!("/api/events/{event}")).await.data()["ticket_types"][0].clone();
    assert_eq!((&shown().await["sale"], &shown().await["price_sats"]), (&json!("no_rate"), &Value::Null));
    let at = app.now();
    let rate = Rate { sats_per_unit: 1_000.5, currency: "USD".into(), source: "rates.example".into(), at };
    app.shop.runtime.rates.put(rate);
    app.clock.advance(Duration::seconds(1));
    // 25.50 dollars, rounded up.
    assert_eq!((&shown().await["sale"], &shown().await["price_sats"]), (&json!("on_sale"), &json!(25_513)));
    let quoted = quote(&app, event, json!([line(&dollars, 2)]), None).await.data().clone();
    let conversion = json!({ "currency": "USD", "amount_minor": 2_550, "rate": 1_000.5, "source": "rates.example", "at": at });
    assert_eq!((&quoted["lines"][0]["conversion"], &quoted["total_sats"]), (&conversion, &json!(51_026)));
    app.clock.advance(Duration::minutes(15));
    assert_eq!(shown().await["sale"], "no_rate");
    let refused = quote(&app, event, json!([line(&dollars, 1)]), None).await;
    refused.refused(400, "no_exchange_rate");
    assert!(refused.body["message"].as_str().unwrap().contains("USD"), "{refused:?}");
}
