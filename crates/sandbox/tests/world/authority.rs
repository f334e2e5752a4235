//! UMA Auth from an app's side: discovery, consent, PKCE, renewal.

use crate::shop::{Shop, client};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use url::Url;

const CLIENT: &str = "npub1app ws://127.0.0.1:7777";
const REDIRECT: &str = "http://localhost:3000/oauth/callback";
const VERIFIER: &str = "a-code-verifier-of-more-than-forty-three-characters";

struct App<'a> {
    shop: &'a Shop,
    document: Value,
}

impl<'a> App<'a> {
    async fn discover(shop: &'a Shop) -> Self {
        let url = format!("{}/.well-known/uma-configuration", shop.sandbox.base_url());
        let answer = client().get(url).send().await.unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        Self { shop, document: serde_json::from_str(&answer.text().await.unwrap()).unwrap() }
    }

    /// Query of the authorisation request, with some parameters changed.
    fn request(&self, changes: &[(&str, &str)]) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let mut parameters: HashMap<&str, &str> = HashMap::from([
            ("client_id", CLIENT),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("state", "a state"),
            ("required_commands", "pay_invoice"),
            ("optional_commands", "lookup_invoice does_not_exist"),
            ("budget", "3000.SAT%2Fday"),
            ("uma_username", "alice"),
        ]);
        parameters.extend(changes.iter().copied());
        let mut url = Url::parse(self.document["authorization_endpoint"].as_str().unwrap()).unwrap();
        url.query_pairs_mut().extend_pairs(parameters);
        url.query().unwrap().to_owned()
    }

    /// The user's decision on the page; returns the redirect.
    async fn decide(&self, request: &str, allow: bool) -> (u16, Value) {
        let body = json!({ "request": request, "user": "alice", "allow": allow });
        let url = format!("{}/api/auth/consent", self.shop.sandbox.base_url());
        let answer = client().post(url).json(&body).send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    async fn code(&self) -> String {
        let (status, answer) = self.decide(&self.request(&[]), true).await;
        assert_eq!(status, 200, "{answer}");
        let back = parameters_of(&answer);
        assert_eq!(back["state"], "a state");
        back["code"].clone()
    }

    async fn token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let url = self.document["token_endpoint"].as_str().unwrap();
        let answer = client().post(url).form(form).send().await.unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    async fn exchange(&self, code: &str, verifier: &str) -> (u16, Value) {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
        ];
        self.token(&form).await
    }

    async fn refresh(&self, token: &str, client_id: &str) -> (u16, Value) {
        let form = [("grant_type", "refresh_token"), ("client_id", client_id), ("refresh_token", token)];
        self.token(&form).await
    }
}

fn parameters_of(answer: &Value) -> HashMap<String, String> {
    let url = Url::parse(answer["redirect"].as_str().unwrap()).unwrap();
    assert!(url.as_str().starts_with(REDIRECT));
    url.query_pairs().into_owned().collect()
}

fn text<'a>(answer: &'a Value, field: &str) -> &'a str {
    answer[field].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn code_and_verifier_grant_a_connection_once() {
    let shop = Shop::open(None).await;
    let app = App::discover(&shop).await;
    let page = client().get(text(&app.document, "authorization_endpoint")).send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
    let url = format!("{}/api/auth/consent?{}", shop.sandbox.base_url(), app.request(&[]));
    let seen: Value =
        serde_json::from_str(&client().get(url).send().await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(seen["commands"], json!(["get_info", "lookup_invoice", "pay_invoice"]));
    assert_eq!((&seen["site"], &seen["user"]), (&json!("http://localhost:3000"), &json!("alice")));
    assert_eq!((&seen["budget_sats"], &seen["budget_days"]), (&json!(3_000), &json!(1)));

    let code = app.code().await;
    let (status, token) = app.exchange(&code, VERIFIER).await;
    assert_eq!(status, 200, "{token}");
    assert_eq!(token["uma_address"], shop.sandbox.uma_address("alice"));
    assert_eq!(token["budget"], "3000.SAT/day");
    let uri = text(&token, "nwc_connection_uri");
    assert!(uri.starts_with("nostr+walletconnect://") && uri.contains(text(&token, "access_token")));
    assert_ne!(
        Some(uri.to_owned()),
        shop.sandbox.connection("alice"),
        "each app has a connection of its own"
    );
    let (status, again) = app.exchange(&code, VERIFIER).await;
    assert_eq!((status, &again["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_verifier_or_invalid_request_grants_nothing() {
    let shop = Shop::open(None).await;
    let app = App::discover(&shop).await;
    let code = app.code().await;
    assert_eq!(app.exchange(&code, "a guess").await.0, 400);
    assert_eq!(app.exchange(&code, VERIFIER).await.0, 400, "a code is valid for one attempt");
    let code = app.code().await;
    shop.advance(600);
    assert_eq!(app.exchange(&code, VERIFIER).await.0, 400, "ten minutes are over");
    for wrong in [
        ("redirect_uri", "https://evil.example/"),
        ("client_id", "npub1app"),
        ("response_type", "token"),
        ("code_challenge_method", "plain"),
        ("required_commands", ""),
        ("required_commands", "pay_keysend"),
        ("budget", "lots"),
    ] {
        let (status, answer) = app.decide(&app.request(&[wrong]), true).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_request")), "{wrong:?}");
    }
    let (_, cancelled) = app.decide(&app.request(&[]), false).await;
    let back = parameters_of(&cancelled);
    assert_eq!((back["error"].as_str(), back["state"].as_str()), ("access_denied", "a state"));
    assert!(!back.contains_key("code"));
    let (status, answer) = app.token(&[("grant_type", "password"), ("client_id", CLIENT)]).await;
    assert_eq!((status, &answer["error"]), (400, &json!("unsupported_grant_type")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renewal_voids_previous_tokens_across_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let shop = Shop::open(Some(directory.path())).await;
    let app = App::discover(&shop).await;
    let (_, first) = app.exchange(&app.code().await, VERIFIER).await;
    assert_eq!(app.refresh(text(&first, "refresh_token"), "npub1other ws://127.0.0.1:1").await.0, 400);
    let (status, second) = app.refresh(text(&first, "refresh_token"), CLIENT).await;
    assert_eq!(status, 200, "{second}");
    assert_ne!(second["nwc_connection_uri"], first["nwc_connection_uri"]);
    assert_eq!(app.refresh(text(&first, "refresh_token"), CLIENT).await.0, 400);

    let shop = shop.restarted().await;
    let app = App::discover(&shop).await;
    assert_eq!(app.refresh(text(&first, "refresh_token"), CLIENT).await.0, 400);
    let (status, third) = app.refresh(text(&second, "refresh_token"), CLIENT).await;
    assert_eq!(status, 200, "{third}");
    shop.advance(120 * 24 * 60 * 60);
    assert_eq!(app.refresh(text(&third, "refresh_token"), CLIENT).await.0, 400);
}
