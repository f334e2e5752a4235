//! A minimal shop over HTTP, with configurable misbehaviour, as the counterpart of the sandbox's wallet provider.
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use chrono::{Duration, TimeZone, Utc};
use kernel::{Clock, Sats, Secret};
use sandbox::{InvoiceRecord, Node, SIGNATURE_HEADER, Sandbox, SandboxConfig};
use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use testkit::{ManualClock, SeededEntropy};
use tokio::sync::watch;
use uma_protocol::{
    UmaAddress, UmaError, VaspDomain,
    currency::Currency,
    encryption::EncryptionKey,
    error::ErrorCode,
    invoice::InvoiceDraft,
    keys::VaspKeys,
    lnurlp::{LnurlpRequest, LnurlpResponse, LnurlpTerms, Metadata},
    payer_data::{DataOptions, KycStatus},
    payreq::{OrderTerms, PayRequest, PayResponse, PayResponseDraft},
    signing::SigningKey,
};

/// Behaviour of the shop's responses to pay requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Honest,
    BadSignature,
    OtherPayee,
    WrongAmount,
    NoDescriptionHash,
    SameNonce,
    StaleAnswer,
    ServerError,
    NeverAnswers,
    Redirects,
    HugeAnswer,
    OnlyVersionZero,
}

/// A received webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReceivedWebhook {
    pub(crate) event: String,
    pub(crate) entity: String,
    pub(crate) body: String,
    pub(crate) signature: String,
}

pub(crate) struct Order {
    pub(crate) id: usize,
    pub(crate) sats: u64,
    pub(crate) invoice: InvoiceRecord,
}

struct Inner {
    domain: VaspDomain,
    keys: VaspKeys,
    clock: Arc<ManualClock>,
    node: Mutex<Option<Arc<Node>>>,
    orders: Mutex<Vec<(u64, Metadata, String)>>,
    behaviour: Mutex<Behaviour>,
    payreqs: watch::Sender<Vec<PayRequest>>,
    heard: watch::Sender<Vec<ReceivedWebhook>>,
    refuse_webhooks: Mutex<u32>,
}

pub(crate) struct Shop {
    inner: Arc<Inner>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) sandbox: Sandbox,
    config: SandboxConfig,
    address: SocketAddr,
}

const WEBHOOK_KEY: &str = "a signing key of the tests";

fn keys(domain: &VaspDomain, seed: u8, now: i64) -> VaspKeys {
    VaspKeys::issue(
        domain,
        SigningKey::from_bytes(&[seed; 32]).unwrap(),
        EncryptionKey::from_bytes(&[seed + 1; 32]).unwrap(),
        [[1; 16], [2; 16]],
        now - 60,
        now + 86_400,
    )
    .unwrap()
}

impl Shop {
    pub(crate) async fn open(data_dir: Option<&Path>) -> Self {
        let clock = Arc::new(ManualClock::at(Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let domain = VaspDomain::parse(&format!("localhost:{}", address.port())).unwrap();
        let inner = Arc::new(Inner {
            keys: keys(&domain, 11, clock.now().timestamp()),
            domain,
            clock: Arc::clone(&clock),
            node: Mutex::default(),
            orders: Mutex::default(),
            behaviour: Mutex::new(Behaviour::Honest),
            payreqs: watch::Sender::new(Vec::new()),
            heard: watch::Sender::new(Vec::new()),
            refuse_webhooks: Mutex::new(0),
        });
        let shared = web::Data::from(Arc::clone(&inner));
        let server = HttpServer::new(move || App::new().app_data(shared.clone()).configure(routes))
            .workers(1)
            .disable_signals()
            .listen(listener)
            .unwrap()
            .run();
        tokio::spawn(server);
        let config = SandboxConfig {
            data_dir: data_dir.map(PathBuf::from),
            shop_webhook_url: Some(format!("http://localhost:{}/webhook", address.port())),
            webhook_key: Secret::new(WEBHOOK_KEY.to_owned()),
            shop_base_url: inner.domain.base_url(),
            ..SandboxConfig::new(Arc::<ManualClock>::clone(&clock), Arc::new(SeededEntropy::new(3)))
        };
        let sandbox = sandbox::start(config.clone()).await.unwrap();
        inner.node.lock().unwrap().replace(Arc::clone(sandbox.shop()));
        Self { inner, clock, sandbox, config, address }
    }

    /// Stops the sandbox at once and starts it again with the same directory and port.
    pub(crate) async fn restarted(self) -> Self {
        let behaviour = *self.inner.behaviour.lock().unwrap();
        self.restarted_to(behaviour).await
    }

    /// Restarts with this behaviour already in place for the resumed work.
    pub(crate) async fn restarted_to(self, behaviour: Behaviour) -> Self {
        let Self { inner, clock, sandbox, config, address } = self;
        let listen = sandbox.address();
        sandbox.stop().await;
        *inner.behaviour.lock().unwrap() = behaviour;
        let entropy = Arc::new(SeededEntropy::new(u64::from(listen.port()) + 1_000_000));
        let config = SandboxConfig { listen, entropy, ..config };
        let sandbox = sandbox::start(config.clone()).await.unwrap();
        inner.node.lock().unwrap().replace(Arc::clone(sandbox.shop()));
        Self { inner, clock, sandbox, config, address }
    }

    pub(crate) fn behave(&self, behaviour: Behaviour) {
        *self.inner.behaviour.lock().unwrap() = behaviour;
    }

    pub(crate) fn refuse_webhooks(&self, times: u32) {
        *self.inner.refuse_webhooks.lock().unwrap() = times;
    }

    pub(crate) fn uma_address(&self) -> String {
        format!("$tickets@{}", self.inner.domain)
    }

    pub(crate) fn advance(&self, secs: i64) {
        self.clock.advance(Duration::seconds(secs));
    }

    /// An order of this many satoshis, with its bolt11.
    pub(crate) fn order(&self, sats: u64) -> Order {
        let metadata = Metadata::plain("A seat").with_identifier(&self.uma_address());
        let text = sandbox::InvoiceText::Hash(metadata.description_hash(None));
        let amount = Sats::new(sats).unwrap().to_msats();
        let invoice = self.sandbox.shop().make_invoice(Some(amount), &text, 900).unwrap();
        let mut orders = self.inner.orders.lock().unwrap();
        orders.push((sats, metadata.clone(), invoice.bolt11.clone()));
        Order { id: orders.len() - 1, sats, invoice }
    }

    pub(crate) fn invoice(&self, order: &Order) -> InvoiceRecord {
        self.sandbox.shop().invoice(&order.invoice.id).unwrap()
    }

    pub(crate) fn draft(&self, user: &str, order: &Order) -> InvoiceDraft {
        let receiver = UmaAddress::parse(&self.uma_address()).unwrap();
        let callback = format!("{}/uma/payreq/{}", self.inner.domain.base_url(), order.id);
        let uuid = format!("00000000-0000-4000-8000-{:012}", order.id);
        let expires_at = self.clock.now().timestamp() + 900;
        let mut draft = InvoiceDraft::sats(receiver, uuid, order.sats, expires_at, callback);
        draft.sender = Some(UmaAddress::parse(&self.sandbox.uma_address(user)).unwrap());
        draft
    }

    pub(crate) fn sign(&self, draft: InvoiceDraft) -> String {
        draft.sign(self.inner.keys.signing_key()).unwrap().to_bech32().unwrap()
    }

    pub(crate) fn uma_invoice(&self, user: &str, order: &Order) -> String {
        self.sign(self.draft(user, order))
    }

    /// Pushes an invoice (UMAD-11); on a refusal returns status and code.
    pub(crate) async fn push(&self, invoice: &str) -> Result<(), (u16, String)> {
        let client = client();
        let configuration = client
            .get(format!("{}/.well-known/uma-configuration", self.sandbox.base_url()))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let configuration = uma_protocol::configuration::Configuration::parse(&configuration).unwrap();
        let body = format!(r#"{{"invoice":"{invoice}"}}"#);
        let target = configuration.push_target(uma_protocol::UmaVersion::V1).unwrap().clone();
        let answer =
            client.post(target).header("content-type", "application/json").body(body).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        if status.is_success() { Ok(()) } else { Err((status.as_u16(), code_of(&text))) }
    }

    /// Waits for this many pay requests.
    pub(crate) async fn until_requested(&self, times: usize) -> Vec<PayRequest> {
        let mut payreqs = self.inner.payreqs.subscribe();
        payreqs.wait_for(|seen| seen.len() >= times).await.unwrap().clone()
    }

    pub(crate) fn payreqs(&self) -> Vec<PayRequest> {
        self.inner.payreqs.borrow().clone()
    }

    /// The webhook at this index.
    pub(crate) async fn next_webhook(&self, at: usize) -> ReceivedWebhook {
        let mut heard = self.inner.heard.subscribe();
        heard.wait_for(|heard| heard.len() > at).await.unwrap()[at].clone()
    }

    pub(crate) fn webhooks(&self) -> Vec<ReceivedWebhook> {
        self.inner.heard.borrow().clone()
    }
}

pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub(crate) fn code_of(body: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    value["code"].as_str().unwrap_or_default().to_owned()
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/.well-known/lnurlpubkey", web::get().to(public_keys))
        .route("/.well-known/lnurlp/tickets", web::get().to(lnurlp))
        .route("/.well-known/lnurlp/$tickets", web::get().to(lnurlp))
        .route("/lnurl/{id}", web::get().to(plain))
        .route("/uma/payreq/{id}", web::post().to(payreq))
        .route("/webhook", web::post().to(webhook));
}

async fn public_keys(shop: web::Data<Inner>) -> HttpResponse {
    HttpResponse::Ok().body(shop.keys.publish(shop.clock.now().timestamp() + 60).to_json().unwrap())
}

fn refused(error: &UmaError) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(error.http_status()).unwrap();
    HttpResponse::build(status).json(error.body())
}

/// The terms of the last order, plain or signed.
async fn lnurlp(shop: web::Data<Inner>, request: HttpRequest) -> HttpResponse {
    let asked = match LnurlpRequest::parse(request.uri().path(), request.query_string(), &shop.domain) {
        Ok(asked) => asked,
        Err(error) => return refused(&error),
    };
    let (id, sats, metadata) = {
        let orders = shop.orders.lock().unwrap();
        let (sats, metadata, _) = orders.last().unwrap();
        (orders.len() - 1, *sats, metadata.clone())
    };
    let base = shop.domain.base_url();
    let is_uma = asked.uma.is_some();
    let path = if is_uma { "uma/payreq" } else { "lnurl" };
    let terms = LnurlpTerms {
        callback: format!("{base}/{path}/{id}"),
        min_sendable_msats: sats * 1_000,
        max_sendable_msats: sats * 1_000,
        metadata,
        currencies: vec![Currency::sat(sats, sats)],
        payer_data: DataOptions::uma().with("name", false),
        comment_allowed: None,
        nostr_pubkey: None,
        allows_nostr: None,
        settlement_options: None,
    };
    let behaviour = *shop.behaviour.lock().unwrap();
    if let Some(uma) = &asked.uma {
        if behaviour == Behaviour::OnlyVersionZero && uma.version.major != 0 {
            let mut body = UmaError::unsupported_version("1.0").body();
            body.supported_major_versions = Some(vec![0]);
            return HttpResponse::PreconditionFailed().json(body);
        }
        let stranger = keys(&shop.domain, 77, shop.clock.now().timestamp());
        let signer = if behaviour == Behaviour::BadSignature { &stranger } else { &shop.keys };
        let now = shop.clock.now().timestamp();
        let nonce = format!("lnurlp-{}", uma.stamp.nonce);
        let answer =
            LnurlpResponse::signed(&asked, terms, KycStatus::Verified, nonce, now, signer.signing_key())
                .unwrap();
        return HttpResponse::Ok().body(answer.to_json().unwrap());
    }
    HttpResponse::Ok().body(LnurlpResponse::plain(terms).to_json().unwrap())
}

async fn plain(shop: web::Data<Inner>, id: web::Path<usize>) -> HttpResponse {
    if *shop.behaviour.lock().unwrap() == Behaviour::ServerError {
        return HttpResponse::Ok().body(r#"{"status":"ERROR","reason":"sold out"}"#);
    }
    let pr = shop.orders.lock().unwrap()[*id].2.clone();
    HttpResponse::Ok().body(PayResponse::plain(pr, None).to_json().unwrap())
}

async fn payreq(shop: web::Data<Inner>, id: web::Path<usize>, body: String) -> HttpResponse {
    let request = match PayRequest::parse(&body) {
        Ok(request) => request,
        Err(error) => return refused(&error),
    };
    shop.payreqs.send_modify(|seen| seen.push(request.clone()));
    let behaviour = *shop.behaviour.lock().unwrap();
    match behaviour {
        Behaviour::ServerError => return HttpResponse::InternalServerError().finish(),
        Behaviour::NeverAnswers => std::future::pending::<()>().await,
        Behaviour::HugeAnswer => return HttpResponse::Ok().body("x".repeat(1 << 20)),
        Behaviour::Redirects => {
            return HttpResponse::TemporaryRedirect().insert_header(("location", "/uma/payreq/0")).finish();
        }
        _ => {}
    }
    let Some((sats, metadata, bolt11)) = shop.orders.lock().unwrap().get(*id).cloned() else {
        return refused(&UmaError::new(ErrorCode::RequestNotFound, "no such ticket"));
    };
    let payer = match request.uma_payer() {
        Ok(payer) => payer,
        Err(error) => return refused(&error),
    };
    if let Err(error) = OrderTerms::sats(sats).check(&request.amount, request.convert.as_ref()) {
        return refused(&error);
    }
    let node = shop.node.lock().unwrap().clone().unwrap();
    let made = |amount, text| node.make_invoice(Some(amount), text, 900).unwrap().bolt11;
    let price = Sats::new(sats).unwrap().to_msats();
    let pr = match behaviour {
        Behaviour::WrongAmount => made(
            Sats::new(sats + 1).unwrap().to_msats(),
            &sandbox::InvoiceText::Hash(metadata.description_hash(None)),
        ),
        Behaviour::NoDescriptionHash => made(price, &sandbox::InvoiceText::Description("no hash".to_owned())),
        _ => bolt11,
    };
    let payee = if behaviour == Behaviour::OtherPayee { "$eve" } else { "$tickets" };
    let draft = PayResponseDraft {
        pr,
        payee: UmaAddress::parse(&format!("{payee}@{}", shop.domain)).unwrap(),
        currency: Currency::sat(1, 1_000_000),
        amount: sats,
        fee_msats: 0,
        fields: std::collections::BTreeMap::new(),
        node_pub_key: None,
        utxo_callback: String::new(),
        success_message: None,
        major: request.major,
    };
    let now = shop.clock.now().timestamp();
    let stranger = keys(&shop.domain, 77, now);
    let signer = if behaviour == Behaviour::BadSignature { &stranger } else { &shop.keys };
    let nonce = match behaviour {
        Behaviour::SameNonce => "always the same".to_owned(),
        _ => format!("shop-{}", payer.stamp().nonce),
    };
    let signed_at = if behaviour == Behaviour::StaleAnswer { now - 8 * 86_400 } else { now };
    HttpResponse::Ok().body(draft.sign(&payer, nonce, signed_at, signer.signing_key()).to_json().unwrap())
}

async fn webhook(shop: web::Data<Inner>, request: HttpRequest, body: String) -> HttpResponse {
    {
        let mut refuse = shop.refuse_webhooks.lock().unwrap();
        if *refuse > 0 {
            *refuse -= 1;
            return HttpResponse::ServiceUnavailable().finish();
        }
    }
    let value: serde_json::Value = serde_json::from_str(&body).unwrap();
    let signature = request.headers().get(SIGNATURE_HEADER).unwrap().to_str().unwrap().to_owned();
    let heard = ReceivedWebhook {
        event: value["event_id"].as_str().unwrap().to_owned(),
        entity: value["entity_id"].as_str().unwrap().to_owned(),
        signature,
        body,
    };
    shop.heard.send_modify(|all| all.push(heard));
    HttpResponse::Ok().finish()
}
