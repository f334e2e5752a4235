//! Emailed links: verification of an address and password reset.

use crate::app::{ADMIN, PASSWORD, TestApp, TestUser};
use chrono::Duration;
use serde_json::json;

const VERIFY: &str = "/api/users/verify-email";
const RESET: &str = "/api/users/password-reset";
const CONFIRM: &str = "/api/users/password-reset/confirm";

/// Token of the newest link to this path in the test mailbox.
async fn newest_token(app: &TestApp, path: &str) -> String {
    let start = format!("/{path}?token=");
    let page = app
        .until(&start, async || {
            Some(app.get("/sandbox/emails").await.text).filter(|page| page.contains(&start))
        })
        .await;
    page.split(&start).nth(1).unwrap().split('"').next().unwrap().to_owned()
}

async fn admin_status(app: &TestApp, user: &TestUser) -> u16 {
    app.get_as(user, "/api/admin/status").await.status
}

async fn register(app: &TestApp, email: &str) -> TestUser {
    let form = json!({ "email": email, "name": "Impostor", "password": PASSWORD });
    assert_eq!(app.post("/api/users", &form).await.status, 201);
    app.log_in(email).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_verifies_an_address_only_in_the_session_of_its_account() {
    let app = TestApp::open().await;
    let attacker = register(&app, ADMIN).await;
    let token = newest_token(&app, "verify-email").await;
    let other = app.register("organiser").await;
    let form = json!({ "token": token });
    app.post(VERIFY, &form).await.refused(401, "unauthorized");
    app.post_as(&other, VERIFY, &form).await.refused(403, "forbidden");
    assert_eq!(
        admin_status(&app, &attacker).await,
        403,
        "the link in another session must not verify this account"
    );
    // The rejected attempts did not consume the token.
    assert_eq!(app.post_as(&attacker, VERIFY, &form).await.data()["id"], attacker.id);
    let again = app.post_as(&attacker, VERIFY, &form).await;
    assert!(again.refused(400, "invalid").body["fields"]["token"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_link_expires_after_24_hours() {
    let app = TestApp::open().await;
    app.register("alice").await;
    let token = newest_token(&app, "verify-email").await;
    app.clock.advance(Duration::hours(24));
    let alice = app.log_in("alice@people.example").await;
    app.post_as(&alice, VERIFY, &json!({ "token": token })).await.refused(400, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_verification_email_states_date_and_network_and_not_the_registered_name() {
    let app = TestApp::open().await;
    let form = json!({ "email": "a@people.example", "name": "Win at evil.example", "password": PASSWORD });
    let made = app.post("/api/users", &form).await.data().clone();
    newest_token(&app, "verify-email").await;
    let page = app.get("/sandbox/emails").await.text;
    let day = app.now().format("%-d %B %Y").to_string();
    assert!(made["created_at"].is_string());
    for text in [
        "An account was registered with this email address on",
        &day,
        "The request came from the network address 127.0.0.1.",
        "If this was not you",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("evil.example"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mailbox_owner_claims_an_account_registered_by_another_user() {
    let app = TestApp::open().await;
    let attacker = register(&app, ADMIN).await;
    let uri = app.sandbox().vasp().connection("alice").unwrap();
    let wallet = "/api/users/me/nwc-connection";
    assert_eq!(app.post_as(&attacker, wallet, &json!({ "nwc_connection_uri": uri })).await.status, 200);
    assert_eq!(app.post(RESET, &json!({ "email": ADMIN })).await.status, 202);
    let token = newest_token(&app, "reset-password").await;
    let weak = app.post(CONFIRM, &json!({ "token": token, "password": "short" })).await;
    assert!(weak.refused(400, "invalid").body["fields"]["password"].is_string());
    let form = json!({ "token": token, "password": "the organiser's own" });
    assert_eq!(app.post(CONFIRM, &form).await.status, 200);
    app.post(CONFIRM, &form).await.refused(400, "invalid");
    app.get_as(&attacker, "/api/users/me").await.refused(401, "unauthorized");
    app.post_login(ADMIN, PASSWORD).await.refused(401, "invalid_credentials");
    app.clock.advance(Duration::seconds(1));
    let login = app.post_login(ADMIN, "the organiser's own").await;
    let owner = TestUser { token: login.data()["token"].as_str().unwrap().to_owned(), ..attacker };
    assert_eq!(admin_status(&app, &owner).await, 200);
    assert_eq!(app.get_as(&owner, wallet).await.data()["connected"], false);
    assert_ne!(app.get_as(&owner, "/api/users/me").await.data()["name"], "Impostor");
}

#[tokio::test(flavor = "multi_thread")]
async fn reset_requests_have_the_same_response_for_known_and_unknown_addresses() {
    let app = TestApp::open().await;
    app.register("alice").await;
    let known = app.post(RESET, &json!({ "email": "alice@people.example" })).await;
    for email in ["unknown@people.example", "nonsense"] {
        let unknown = app.post(RESET, &json!({ "email": email })).await;
        assert_eq!((unknown.status, &unknown.text), (202, &known.text));
    }
    let reset = app.get("/sandbox/emails").await.text.contains("reset-password");
    assert!(!reset, "no email is sent before the response");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_change_requires_the_password_and_never_returns_401() {
    let app = TestApp::open().await;
    let (alice, _) = (app.register("alice").await, app.register("bob").await);
    let path = format!("/api/users/{}", alice.id);
    let put = async |email: &str, password: Option<&str>| {
        let mut form = json!({ "email": email, "name": "Alice" });
        if let Some(password) = password {
            form["current_password"] = json!(password);
        }
        app.put_as(&alice, &path, &form).await
    };
    put("BOB@people.example", None).await.refused(409, "email_taken");
    put("BOB@people.example", Some("wrong")).await.refused(409, "email_taken");
    let missing = put("alice2@people.example", None).await;
    assert!(missing.refused(403, "wrong_password").body["fields"]["current_password"].is_string());
    put("alice2@people.example", Some("wrong")).await.refused(403, "wrong_password");
    assert_eq!(put("Alice@People.example", None).await.status, 200, "the same address needs no password");
    assert_eq!(put("alice2@people.example", Some(PASSWORD)).await.data()["email"], "alice2@people.example");
    let notice = "Your email address was changed";
    app.until(notice, async || app.get("/sandbox/emails").await.text.contains(notice).then_some(())).await;
    app.delete_as(&alice, &path).await;
    let erased = "Your account was deleted";
    app.until(erased, async || app.get("/sandbox/emails").await.text.contains(erased).then_some(())).await;
}

/// Proves the address of an account with the link of its newest email.
pub(crate) async fn prove(app: &TestApp, user: &TestUser) {
    let token = newest_token(app, "verify-email").await;
    app.post_as(user, VERIFY, &json!({ "token": token })).await.data();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_link_logs_in_and_its_request_reveals_no_account() {
    let app = TestApp::open().await;
    let alice = app.register("alice").await;
    let proof = newest_token(&app, "verify-email").await;
    assert_eq!(app.post_as(&alice, VERIFY, &json!({ "token": proof })).await.status, 200);
    let path = "/api/users/login-link";
    let known = app.post(path, &json!({ "email": "alice@people.example" })).await;
    for email in ["unknown@people.example", "nonsense"] {
        let unknown = app.post(path, &json!({ "email": email })).await;
        assert_eq!((unknown.status, &unknown.text), (202, &known.text));
    }
    let link = json!({ "token": newest_token(&app, "login-link").await });
    let confirm = "/api/users/login-link/confirm";
    let wrong = app.post(confirm, &json!({ "token": "0" })).await;
    assert!(wrong.refused(400, "invalid").body["fields"]["token"].is_string());
    let login = app.post(confirm, &link).await.data().clone();
    assert_eq!(login["user"]["id"], alice.id);
    let signed_in = TestUser { token: login["token"].as_str().unwrap().to_owned(), ..alice };
    assert_eq!(app.get_as(&signed_in, "/api/users/me").await.data()["id"], signed_in.id);
    app.post(confirm, &link).await.refused(400, "invalid");
}
