use crate::app::{ADMIN, PASSWORD, PRICE, TestApp};
use chrono::Duration;
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_returns_the_account_without_its_password_hash() {
    let app = TestApp::open().await;
    let form = json!({ "email": "New@People.Example", "name": " Nia ", "password": PASSWORD });
    let reply = app.post("/api/users", &form).await;
    assert_eq!(reply.status, 201);
    let mut fields: Vec<_> = reply.data().as_object().unwrap().keys().cloned().collect();
    fields.sort();
    assert_eq!(fields, ["created_at", "email", "id", "name", "updated_at"]);
    assert!(reply.data()["created_at"].as_str().unwrap().ends_with('Z'));
    assert!(reply.data()["id"].is_i64());
    assert!(!reply.text.contains("$2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn registration_errors_name_each_invalid_field() {
    let app = TestApp::open().await;
    let reply = app.post("/api/users", &json!({ "email": "invalid", "name": "", "password": "short" })).await;
    reply.refused(400, "invalid");
    for field in ["email", "name", "password"] {
        assert!(reply.body["fields"][field].is_string(), "{reply:?}");
    }
    let missing = app.post("/api/users", &json!({ "email": "a@b.example", "name": "A" })).await;
    assert_eq!(missing.refused(400, "invalid").body["fields"]["password"], "is required");
}

#[tokio::test(flavor = "multi_thread")]
async fn email_addresses_are_unique_regardless_of_case() {
    let app = TestApp::open().await;
    app.register("alice").await;
    let form = json!({ "email": "ALICE@People.example", "name": "A", "password": PASSWORD });
    app.post("/api/users", &form).await.refused(409, "email_taken");
    assert_eq!(app.post_login("Alice@PEOPLE.example", PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_address_have_the_same_response() {
    let app = TestApp::open().await;
    app.register("alice").await;
    let wrong = app.post_login("alice@people.example", "wrong password").await;
    let unknown = app.post_login("unknown@people.example", "wrong password").await;
    wrong.refused(401, "invalid_credentials");
    assert_eq!(wrong.body["message"], "Invalid credentials");
    assert_eq!(wrong.text, unknown.text);
    app.post("/api/users/login", &json!({ "email": "alice@people.example" })).await.refused(400, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_has_its_claims_and_expires_after_24_hours() {
    use base64::Engine;
    let app = TestApp::open().await;
    let alice = app.register("alice").await;
    let payload = alice.token.split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["user_id"], alice.id);
    assert_eq!(claims["email"], alice.email);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 86_400);
    assert_eq!(claims["nbf"], claims["iat"]);
    assert_eq!(app.get_as(&alice, "/api/users/me").await.data()["id"], alice.id);
    assert_eq!(app.get_as(&alice, "/api/users/me").await.data()["is_admin"], false);
    let admin = app.admin().await;
    assert_eq!(app.get_as(&admin, "/api/users/me").await.data()["is_admin"], true);
    app.clock.advance(Duration::hours(24));
    app.get_as(&alice, "/api/users/me").await.refused(401, "unauthorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_and_invalid_tokens_are_unauthorized() {
    let app = TestApp::open().await;
    let none = app.get("/api/users/me").await;
    assert_eq!(none.refused(401, "unauthorized").header("www-authenticate"), "Bearer");
    for value in ["Bearer nonsense", "Basic YTpi", "Bearer", ""] {
        let request = app.request(Method::GET, "/api/users/me").header("Authorization", value);
        app.send(request).await.refused(401, "unauthorized");
    }
    // An unsigned token (RFC 7519, section 6) is not valid.
    let request =
        app.request(Method::GET, "/api/users/me").bearer_auth("eyJhbGciOiJub25lIn0.eyJ1c2VyX2lkIjoxfQ.");
    app.send(request).await.refused(401, "unauthorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn email_addresses_are_visible_to_their_owner_and_admins_only() {
    let app = TestApp::open().await;
    let (alice, bob, admin) = (app.register("alice").await, app.register("bob").await, app.admin().await);
    let path = format!("/api/users/{}", alice.id);
    for reply in [app.get(&path).await, app.get_as(&bob, &path).await] {
        let mut fields: Vec<_> = reply.data().as_object().unwrap().keys().cloned().collect();
        fields.sort();
        assert_eq!(fields, ["created_at", "id", "name"]);
    }
    for reply in [app.get_as(&alice, &path).await, app.get_as(&admin, &path).await] {
        assert_eq!(reply.data()["email"], alice.email);
    }
    app.get("/api/users/999999").await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_changed_by_their_owner_or_an_admin_only() {
    let app = TestApp::open().await;
    let (alice, bob, admin) = (app.register("alice").await, app.register("bob").await, app.admin().await);
    let path = format!("/api/users/{}", alice.id);
    let form = json!({ "email": "alice2@people.example", "name": "Alice II", "current_password": PASSWORD });
    app.put_as(&bob, &path, &form).await.refused(403, "forbidden");
    app.send(app.request(Method::PUT, &path).json(&form)).await.refused(401, "unauthorized");
    app.delete_as(&bob, &path).await.refused(403, "forbidden");
    assert_eq!(app.put_as(&alice, &path, &form).await.data()["name"], "Alice II");
    let duplicate = json!({ "email": "BOB@people.example", "name": "Alice" });
    app.put_as(&alice, &path, &duplicate).await.refused(409, "email_taken");
    let third = json!({ "email": "a3@people.example", "name": "Three", "current_password": PASSWORD });
    assert_eq!(app.put_as(&admin, &path, &third).await.status, 200);
    app.put_as(&admin, "/api/users/999999", &form).await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_an_admin_address_grants_no_admin_rights() {
    let app = TestApp::open().await;
    let form = json!({ "email": ADMIN, "name": "Impostor", "password": PASSWORD });
    assert_eq!(app.post("/api/users", &form).await.status, 201);
    let reply = app.post_login(ADMIN, PASSWORD).await;
    let token = reply.data()["token"].as_str().unwrap();
    let request = app.request(Method::GET, "/api/admin/status").bearer_auth(token);
    app.send(request).await.refused(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_is_removed_and_its_tokens_are_invalid() {
    let app = TestApp::open().await;
    let alice = app.register("alice").await;
    let path = format!("/api/users/{}", alice.id);
    let reply = app.delete_as(&alice, &path).await;
    assert_eq!(reply.status, 200);
    assert!(reply.body["message"].is_string() && reply.body.get("data").is_none());
    app.get_as(&alice, "/api/users/me").await.refused(401, "unauthorized");
    app.get(&path).await.refused(404, "not_found");
    app.post_login(&alice.email, PASSWORD).await.refused(401, "invalid_credentials");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_a_ticket_for_a_future_event_cannot_be_deleted() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    app.buy_paid(&alice, event).await;
    let path = format!("/api/users/{}", alice.id);
    app.delete_as(&alice, &path).await.refused(409, "has_tickets");
    app.clock.advance(Duration::hours(4));
    assert_eq!(app.delete_as(&alice, &path).await.status, 200);
    let payments = app.get_as(&admin, "/api/admin/payments").await;
    assert_eq!(payments.data()[0]["status"], "paid");
    assert!(payments.data()[0]["ticket"]["user_id"].is_null());
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_issued_before_a_password_change_or_logout_are_rejected() {
    let app = TestApp::open().await;
    let alice = app.register("alice").await;
    let wrong = json!({ "current_password": "not it at all", "new_password": "another good one" });
    assert_eq!(app.put_as(&alice, "/api/users/me/password", &wrong).await.status, 400);
    let right = json!({ "current_password": PASSWORD, "new_password": "another good one" });
    let changed = app.put_as(&alice, "/api/users/me/password", &right).await;
    let fresh = changed.data()["token"].as_str().unwrap().to_owned();
    app.get_as(&alice, "/api/users/me").await.refused(401, "unauthorized");
    app.clock.advance(Duration::seconds(1));
    let alice = crate::app::TestUser { token: fresh, ..alice };
    assert_eq!(app.get_as(&alice, "/api/users/me").await.status, 200);
    assert_eq!(app.post_as(&alice, "/api/users/logout", &json!({})).await.status, 200);
    app.get_as(&alice, "/api/users/me").await.refused(401, "unauthorized");
    assert_eq!(app.post_login(&alice.email, "another good one").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_addresses_and_passwords_of_accounts_are_normalised() {
    let app = TestApp::open().await;
    let form = |email: &str, name: &str, password: &str| json!({ "email": email, "name": name, "password": password });
    let register = async |email: &str, name: &str, password: &str| {
        app.post("/api/users", &form(email, name, password)).await
    };
    for (name, code) in
        [("\u{200b}", "invisible_characters"), ("\u{a0} ", "empty"), ("Bob\u{202e}", "invisible_characters")]
    {
        let refused = register("bob@people.example", name, "correct horse").await;
        assert_eq!(refused.refused(400, "invalid").body["field_types"]["name"], code, "{name:?}");
    }
    let common = register("bob@people.example", "Bob", "password123").await;
    let common = &common.refused(400, "invalid").body;
    assert_eq!(common["field_types"]["password"], "common_password");
    assert_eq!(common["message"], "Password is one of the most common passwords: choose another");
    let hidden = register("bo\u{200b}b@people.example", "Bob", "correct horse").await;
    assert_eq!(hidden.refused(400, "invalid").body["field_types"]["email"], "not_an_email_address");
    let made = register("Zoe\u{308}@B\u{fc}cher.example", " Zoe\u{308}  K ", "Zo\u{eb} is a horse").await;
    let user = made.data();
    assert_eq!((&user["email"], &user["name"]), (&json!("zoë@xn--bcher-kva.example"), &json!("Zoë K")));
    register("zo\u{eb}@xn--bcher-kva.example", "Z", "correct horse").await.refused(409, "email_taken");
    let login = json!({ "email": "ZO\u{cb}@b\u{fc}cher.example", "password": "Zoe\u{308} is\u{a0}a horse" });
    assert_eq!(app.post("/api/users/login", &login).await.status, 200);
}
