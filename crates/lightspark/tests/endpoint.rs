//! The sandbox's endpoint accepts the requests of the official SDKs, and responds in their shapes: every vector.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[expect(dead_code, reason = "each test binary uses its own part")]
mod support;

use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::{Msats, Secret};
use payments::Bolt11;
use reqwest::{Client, StatusCode, header};
use sandbox::{
    InvoiceText, PayInvoice,
    lightspark::{LightsparkSettings, NodeKey},
};
use serde_json::{Value, json};
use std::fmt::Write;
use support::Rig;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/lightspark-vectors.json")).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(text(value)).unwrap()
}

/// A sandbox with the vectors' credentials and node id, and the named key.
async fn rig(key: &str, now: &str) -> Rig {
    let vectors = vectors();
    let keys = &vectors["signed_requests"]["keys"][key];
    let settings = LightsparkSettings {
        client_id: text(&vectors["basic_auth"]["client_id"]).to_owned(),
        client_secret: Secret::new(text(&vectors["basic_auth"]["client_secret"]).to_owned()),
        node_id: "LightsparkNodeWithOSKLND:01976310-47be-f96b-0000-5a5b5c5d5e5f".to_owned(),
        node_key: Some(match keys.get("public_key_hex") {
            Some(public) => NodeKey::RemoteSigning(text(public).parse().unwrap()),
            None => NodeKey::Rsa(Secret::new(bytes(&keys["pkcs8_b64"]))),
        }),
        ..LightsparkSettings::default()
    };
    Rig::start_with(settings, now.parse().unwrap()).await
}

fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

struct Answer(StatusCode, Value);

impl Answer {
    fn error_name(&self) -> Option<&str> {
        self.1["errors"][0]["extensions"]["error_name"].as_str()
    }
}

async fn send(rig: &Rig, body: Vec<u8>, headers: &[(&str, &str)]) -> Answer {
    let mut request = client().post(&rig.url).body(body);
    if headers.iter().all(|(name, _)| !name.eq_ignore_ascii_case("authorization")) {
        let pair = format!("{}:{}", rig.settings.client_id, rig.settings.client_secret.expose());
        request = request.header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair)));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let status = response.status();
    Answer(status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
}

async fn ask(rig: &Rig, query: &str, variables: Value) -> Answer {
    let body = json!({"query": query, "variables": variables}).to_string().into_bytes();
    send(rig, body, &[]).await
}

/// Before every expiry of the vectors.
const EARLY: &str = "2026-01-02T03:30:00Z";
const LATE: &str = "2026-11-22T07:30:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn endpoint_requires_a_valid_signature() {
    let vectors = vectors();
    for case in vectors["signed_requests"]["cases"].as_array().unwrap() {
        let name = text(&case["name"]);
        let body = text(&case["body"]);
        let now = if body.contains("2026-11-22T08:24:51Z") { LATE } else { EARLY };
        let rig = rig(text(&case["key"]), now).await;
        let headers = [("X-Lightspark-Signing", text(&case["header"])), ("Content-Type", "application/json")];
        let answer = send(&rig, body.as_bytes().to_vec(), &headers).await;
        if case["valid"] == true {
            assert_eq!(
                answer.1["data"]["pay_invoice"]["payment"]["status"], "FAILED",
                "{name}: {}",
                answer.1
            );
            assert_eq!(answer.1["data"]["pay_invoice"]["payment"]["failure_reason"], "NO_ROUTE", "{name}");
            let again = send(&rig, body.as_bytes().to_vec(), &headers).await;
            assert_eq!(
                again.error_name(),
                Some("InvalidSignatureException"),
                "{name}: a nonce is accepted once"
            );
        } else {
            assert_eq!(answer.error_name(), Some("InvalidSignatureException"), "{name}: {}", answer.1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unsigned_or_expired_request_moves_no_money() {
    let vectors = vectors();
    let case = &vectors["signed_requests"]["cases"][0];
    let late = rig("rsa2048", LATE).await;
    let body = text(&case["body"]).as_bytes().to_vec();
    let expired = send(&late, body.clone(), &[("X-Lightspark-Signing", text(&case["header"]))]).await;
    assert_eq!(expired.error_name(), Some("InvalidSignatureException"));
    let unsigned = send(&late, body, &[]).await;
    assert_eq!(unsigned.error_name(), Some("InvalidSignatureException"));
    assert!(late.sandbox.shop().payments().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_sdk_requests_are_accepted() {
    let vectors = vectors();
    for wire in vectors["signed_requests"]["wire"].as_array().unwrap() {
        let name = text(&wire["name"]);
        let now = if text(&wire["by"]).starts_with("JS") { LATE } else { EARLY };
        let rig = rig("rsa2048", now).await;
        let headers: Vec<(&str, &str)> = wire["headers"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "Content-Length" | "Connection" | "Accept-Encoding"))
            .map(|(name, value)| (name.as_str(), text(value)))
            .collect();
        let answer = send(&rig, bytes(&wire["body_b64"]), &headers).await;
        assert_eq!(answer.0, StatusCode::OK, "{name}");
        assert!(answer.1.get("errors").is_none(), "{name}: {}", answer.1);
        if name.starts_with("unsigned") {
            assert_eq!(answer.1["data"]["entity"]["__typename"], "LightsparkNodeWithOSK");
        } else {
            assert_eq!(answer.1["data"]["pay_invoice"]["payment"]["status"], "FAILED", "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signature_covers_the_decompressed_body() {
    let vectors = vectors();
    let case = &vectors["signed_requests"]["cases"][0];
    for encoding in ["zstd", "deflate"] {
        let rig = rig("rsa2048", EARLY).await;
        let packed = bytes(&vectors["signed_requests"]["encodings_of_first_body"][format!("{encoding}_b64")]);
        let headers = [("X-Lightspark-Signing", text(&case["header"])), ("Content-Encoding", encoding)];
        let answer = send(&rig, packed, &headers).await;
        assert_eq!(
            answer.1["data"]["pay_invoice"]["payment"]["status"], "FAILED",
            "{encoding}: {}",
            answer.1
        );
        let broken = send(&rig, b"not packed".to_vec(), &headers).await;
        assert_eq!(broken.0, StatusCode::BAD_REQUEST);
    }
}

/// Compares the members of two responses and their types; null matches any type.
fn assert_alike(ours: &Value, theirs: &Value, path: &str) {
    match (ours, theirs) {
        (Value::Null, _) | (_, Value::Null) => {}
        (Value::Object(ours), Value::Object(theirs)) => {
            let (names, expected): (Vec<_>, Vec<_>) = (ours.keys().collect(), theirs.keys().collect());
            let is_missing = |name: &&&String| !names.contains(*name);
            assert_eq!(expected.iter().find(is_missing), None, "{path}: we answer {names:?}");
            for (name, value) in theirs {
                assert_alike(&ours[name], value, &format!("{path}/{name}"));
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert_alike(ours, theirs, path);
            }
        }
        (ours, theirs) => {
            assert_eq!(
                std::mem::discriminant(ours),
                std::mem::discriminant(theirs),
                "{path}: {ours} is not like {theirs}"
            );
        }
    }
}

/// A paid invoice, its payment, and two outgoing payments, one of which failed.
struct Fixture {
    invoice: String,
    incoming: String,
    outgoing: String,
    failed: String,
    bolt11_paid: String,
}

fn fixture(rig: &Rig) -> Fixture {
    let amount = Msats::new(42_000).unwrap();
    let invoice = rig
        .sandbox
        .shop()
        .make_invoice(Some(amount), &InvoiceText::Description("Ticket".to_owned()), 600)
        .unwrap();
    rig.stranger().pay_invoice(&PayInvoice { bolt11: invoice.bolt11, ..PayInvoice::default() }).unwrap();
    let pay = |expiry_secs| {
        let bolt11 = rig.foreign_invoice(amount, expiry_secs);
        let key = Some(format!("key of {bolt11}"));
        if expiry_secs == 1 {
            rig.clock.advance(chrono::Duration::seconds(1));
        }
        rig.sandbox
            .shop()
            .pay_invoice(&PayInvoice { bolt11, idempotency_key: key, ..PayInvoice::default() })
            .unwrap()
    };
    let (outgoing, failed) = (pay(600), pay(1));
    Fixture {
        incoming: rig.sandbox.shop().payments_of(invoice.payment_hash)[0].id.clone(),
        invoice: invoice.id,
        outgoing: outgoing.id,
        failed: failed.id,
        bolt11_paid: outgoing.bolt11,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_documents_get_responses_in_the_published_shapes() {
    let rig = rig("rsa2048", LATE).await;
    let fixture = fixture(&rig);
    for case in vectors()["responses"]["own_documents"].as_array().unwrap() {
        let mut variables = case["variables"].clone();
        match case.get("note").and_then(Value::as_str) {
            Some("an incoming payment") => variables["id"] = fixture.incoming.clone().into(),
            Some(_) => variables["id"] = fixture.outgoing.clone().into(),
            None => {}
        }
        let answer = ask(&rig, text(&case["query"]), variables).await;
        assert!(answer.1.get("errors").is_none(), "{}", answer.1);
        assert_alike(&answer.1, &case["response"], text(&case["name"]));
    }
}

/// `InvoiceData` to `invoice_data_`, as the SDKs prefix their aliases.
fn prefix(type_name: &str) -> String {
    let mut words = String::new();
    for letter in type_name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.extend(letter.to_lowercase());
    }
    words + "_"
}

/// The selection, aliases included, for which an SDK gets this response.
fn selection(answer: &Value) -> String {
    match answer {
        Value::Array(items) => items.first().map(selection).unwrap_or_default(),
        Value::Object(members) => {
            let type_name = members.get("__typename").and_then(Value::as_str);
            let prefix = type_name.map(prefix).unwrap_or_default();
            let mut fields = String::new();
            for (key, value) in members {
                let field = key.strip_prefix(&prefix).filter(|_| !prefix.is_empty()).unwrap_or(key);
                write!(fields, "{key}: {field} {}", selection(value)).unwrap();
            }
            match type_name {
                Some(name) => format!("{{ ... on {name} {{ {fields} }} }} "),
                None => format!("{{ {fields} }} "),
            }
        }
        _ => " ".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sdk_documents_get_responses_in_the_expected_shapes() {
    for case in vectors()["responses"]["sdk_documents"].as_array().unwrap() {
        let name = text(&case["name"]);
        let rig = rig("rsa2048", LATE).await;
        let fixture = fixture(&rig);
        let node = &rig.settings.node_id;
        let open =
            rig.sandbox.shop().make_invoice(None, &InvoiceText::Description(String::new()), 600).unwrap();
        let (kind, root) = match name {
            "create_invoice" => (
                "mutation",
                format!(
                    r#"create_invoice(input: {{node_id: "{node}", amount_msats: 42000, memo: "Ticket 42"}})"#
                ),
            ),
            "create_uma_invoice" => {
                let hash = "0".repeat(64);
                (
                    "mutation",
                    format!(
                        r#"create_uma_invoice(input: {{node_id: "{node}", amount_msats: 1, metadata_hash: "{hash}", expiry_secs: 3600}})"#
                    ),
                )
            }
            "invoice_for_payment_hash" => (
                "query",
                format!(r#"invoice_for_payment_hash(input: {{payment_hash: "{}"}})"#, open.payment_hash),
            ),
            "create_test_mode_payment" => (
                "mutation",
                format!(
                    r#"create_test_mode_payment(input: {{local_node_id: "{node}", encoded_invoice: "{}", amount_msats: 7}})"#,
                    open.bolt11
                ),
            ),
            "create_test_mode_invoice" => (
                "mutation",
                format!(
                    r#"create_test_mode_invoice(input: {{local_node_id: "{node}", amount_msats: 60000, memo: "pay me"}})"#
                ),
            ),
            "cancel_invoice" => {
                ("mutation", format!(r#"cancel_invoice(input: {{invoice_id: "{}"}})"#, open.id))
            }
            "outgoing_payments_for_invoice" => (
                "query",
                format!(
                    r#"outgoing_payments_for_invoice(input: {{encoded_invoice: "{}", statuses: [SUCCESS]}})"#,
                    fixture.bolt11_paid
                ),
            ),
            // Must be signed; the response has the shape of the entity vector that follows.
            "pay_invoice" => continue,
            entity => {
                let id = match entity {
                    "incoming_payment_entity" => &fixture.incoming,
                    "invoice_entity_paid" => &fixture.invoice,
                    "node_entity" | "recover_node_signing_key" => node,
                    "outgoing_payment_entity" => &fixture.outgoing,
                    "outgoing_payment_failed" => &fixture.failed,
                    "entity_unknown" => "Invoice:00000000-0000-4000-8000-000000000000",
                    other => panic!("a new vector: {other}"),
                };
                ("query", format!(r#"entity(id: "{id}")"#))
            }
        };
        let expected = &case["response"]["data"];
        let asked = match selection(expected.as_object().unwrap().values().next().unwrap()).trim() {
            "" if name == "entity_unknown" => "{ id }".to_owned(),
            // A field of one type of node, in a response without the type name.
            asked if name == "recover_node_signing_key" => {
                format!("{{ ... on LightsparkNodeWithOSK {asked} }}")
            }
            asked => asked.to_owned(),
        };
        let answer = ask(&rig, &format!("{kind} {{ {root} {asked} }}"), json!({})).await;
        assert!(answer.1.get("errors").is_none(), "{name}: {} for {asked}", answer.1);
        assert_alike(&answer.1["data"], expected, name);
        assert_eq!(
            answer.1["data"]["entity"].is_null(),
            name == "entity_unknown" || !root.starts_with("entity"),
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_named() {
    let rig = rig("rsa2048", LATE).await;
    let vectors = vectors();
    let create = &vectors["responses"]["own_documents"][0];
    for (variable, wrong) in [
        ("amount_msats", json!("21000")),
        ("node_id", json!(10)),
        ("expiry_secs", json!(0)),
        ("amount_msats", json!(-1)),
    ] {
        let mut variables = create["variables"].clone();
        variables[variable] = wrong;
        let answer = ask(&rig, text(&create["query"]), variables).await;
        assert_eq!(
            (answer.0, answer.error_name()),
            (StatusCode::OK, Some("InvalidInputException")),
            "{variable}"
        );
    }
    let stranger =
        ask(&rig, "query Q($id: ID!) { entity(id: $id) { __typename } }", json!({"id": "nonsense"})).await;
    assert_eq!(stranger.error_name(), Some("InvalidLightsparkIDException"));
    let misspelt = ask(&rig, "{ current_account { nmae } }", json!({})).await;
    assert_eq!(misspelt.error_name(), Some("InvalidInputException"));
    let nobody = send(&rig, b"{}".to_vec(), &[("Authorization", "Basic bm9ib2R5Om5vYm9keQ==")]).await;
    assert_eq!((nobody.0, nobody.error_name()), (StatusCode::UNAUTHORIZED, Some("UnauthorizedException")));
    assert!(rig.sandbox.shop().invoices().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn simulated_merchant_is_paid_and_simulated_buyer_pays() {
    let rig = Rig::start().await;
    let node = rig.adapter(rig.config());
    let made = ask(
        &rig,
        "mutation M($node: ID!) { create_test_mode_invoice(input: {local_node_id: $node, amount_msats: 60000}) { encoded_payment_request } }",
        json!({"node": rig.settings.node_id}),
    )
    .await;
    let bolt11 = text(&made.1["data"]["create_test_mode_invoice"]["encoded_payment_request"]).to_owned();
    let order = payments::PayOrder {
        payment_hash: Bolt11::parse(&bolt11).unwrap().payment_hash(),
        bolt11,
        amount: Msats::new(60_000).unwrap(),
        max_fee: Msats::new(5_000).unwrap(),
        idempotency_key: "order-42".to_owned(),
    };
    payments::Lightning::pay(&node, &order).await.unwrap();
    let state = payments::Lightning::outgoing(&node, order.payment_hash).await.unwrap();
    assert!(matches!(state, payments::OutgoingState::Paid { preimage: Some(_), .. }), "{state:?}");
}
