//! A sandbox with a node behind its Lightspark-compatible endpoint, over HTTP, and the adapter under test.

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use kernel::{Msats, Secret, Timestamp};
use lightspark::{Lightspark, LightsparkConfig};
use sandbox::{
    InvoiceText, Node, SIGNATURE_HEADER, Sandbox, SandboxConfig,
    lightspark::{Endpoint, LightsparkSettings, PATH, configure},
};
use std::{net::TcpListener, sync::Arc};
use testkit::{ManualClock, SeededEntropy};
use tokio::sync::{Mutex, mpsc};

pub(crate) const WEBHOOK_KEY: &str = "webhook-key-of-the-sandbox";
pub(crate) const CLIENT_SECRET: &str = "client-secret-of-the-sandbox";

type Webhook = (Vec<u8>, String);

pub(crate) struct Rig {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) settings: LightsparkSettings,
    /// URL of the endpoint.
    pub(crate) url: String,
    pub(crate) webhooks: Mutex<mpsc::UnboundedReceiver<Webhook>>,
}

fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    (listener, origin)
}

async fn take_webhook(
    request: HttpRequest,
    body: web::Bytes,
    sender: web::Data<mpsc::UnboundedSender<Webhook>>,
) -> HttpResponse {
    let signature = request.headers().get(SIGNATURE_HEADER).unwrap().to_str().unwrap().to_owned();
    sender.send((body.to_vec(), signature)).unwrap();
    HttpResponse::Ok().finish()
}

impl Rig {
    pub(crate) async fn start() -> Self {
        let settings = LightsparkSettings {
            client_secret: Secret::new(CLIENT_SECRET.to_owned()),
            ..LightsparkSettings::default()
        };
        Self::start_with(settings, "2026-11-22T07:24:51Z".parse().unwrap()).await
    }

    pub(crate) async fn start_with(settings: LightsparkSettings, now: Timestamp) -> Self {
        let clock = Arc::new(ManualClock::at(now));
        let (sender, webhooks) = mpsc::unbounded_channel();
        let (hooks, hooks_origin) = listener();
        let sender = web::Data::new(sender);
        let server = HttpServer::new(move || {
            App::new().app_data(sender.clone()).route("/webhooks", web::post().to(take_webhook))
        });
        tokio::spawn(server.workers(1).disable_signals().listen(hooks).unwrap().run());

        let mut config = SandboxConfig::new(clock.clone(), Arc::new(SeededEntropy::new(7)));
        config.shop_webhook_url = Some(format!("{hooks_origin}/webhooks"));
        config.webhook_key = Secret::new(WEBHOOK_KEY.to_owned());
        let sandbox = sandbox::start(config).await.unwrap();

        let endpoint = web::Data::new(Endpoint::new(Arc::clone(sandbox.shop()), settings.clone()).unwrap());
        let (api, origin) = listener();
        let server =
            HttpServer::new(move || App::new().configure(|config| configure(config, endpoint.clone())));
        tokio::spawn(server.workers(1).disable_signals().listen(api).unwrap().run());
        Self { sandbox, clock, settings, url: format!("{origin}{PATH}"), webhooks: Mutex::new(webhooks) }
    }

    /// Settings of this sandbox.
    pub(crate) fn config(&self) -> LightsparkConfig {
        LightsparkConfig {
            client_id: self.settings.client_id.clone(),
            client_secret: self.settings.client_secret.clone(),
            node_id: self.settings.node_id.clone(),
            node_password: Some(self.settings.node_password.clone()),
            webhook_key: Secret::new(WEBHOOK_KEY.to_owned()),
            base_url: self.url.clone(),
        }
    }

    /// An adapter with the given settings.
    pub(crate) fn adapter(&self, config: LightsparkConfig) -> Lightspark {
        Lightspark::new(config, self.clock.clone(), Arc::new(SeededEntropy::new(8))).unwrap()
    }

    /// The node of another party.
    pub(crate) fn stranger(&self) -> &Arc<Node> {
        self.sandbox.wallet("alice").unwrap()
    }

    /// An invoice of another party.
    pub(crate) fn foreign_invoice(&self, amount: Msats, expiry_secs: u32) -> String {
        let text = InvoiceText::Description("a refund".to_owned());
        self.stranger().make_invoice(Some(amount), &text, expiry_secs).unwrap().bolt11
    }
}
