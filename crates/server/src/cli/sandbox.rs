use super::{Arguments, Outcome, print_line};
use crate::{shop::StopSignal, wiring::SystemPorts};
use kernel::Secret;
use sandbox::{SandboxConfig, lightspark::LightsparkSettings};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

const PORT: u16 = 8081;
/// Webhook key of the test node; test money needs no secret.
const WEBHOOK_KEY: &str = "pretend-webhook-signing-key";

/// Runs the sandbox alone, for shops in other processes that use its node over Lightspark's API.
pub(super) async fn sandbox(mut args: Arguments) -> Outcome {
    let port = match args.option("port")? {
        Some(text) => text.parse().map_err(|_| format!("--port must be a port number, not {text:?}"))?,
        None => PORT,
    };
    let data_dir = args.option("data")?.map(PathBuf::from);
    let shop = args.option("shop")?.unwrap_or_else(|| "http://localhost:8080".to_owned());
    args.done()?;
    let stop = StopSignal::listen();
    let system = SystemPorts::default();
    let lightspark = LightsparkSettings::default();
    let world = sandbox::start(SandboxConfig {
        listen: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port),
        data_dir,
        shop_webhook_url: Some(format!("{shop}/api/webhooks/payment")),
        webhook_key: Secret::new(WEBHOOK_KEY.to_owned()),
        shop_base_url: shop,
        lightspark: Some(lightspark.clone()),
        ..SandboxConfig::new(Arc::clone(&system.clock), Arc::clone(&system.entropy))
    })
    .await?;
    for (name, value) in [
        ("BASE_URL", world.lightspark_url()),
        ("CLIENT_ID", lightspark.client_id),
        ("CLIENT_SECRET", lightspark.client_secret.expose().clone()),
        ("NODE_ID", lightspark.node_id),
        ("NODE_PASSWORD", lightspark.node_password.expose().clone()),
        ("WEBHOOK_SIGNING_KEY", WEBHOOK_KEY.to_owned()),
    ] {
        print_line(&format!("LIGHTSPARK_{name}='{value}'"));
    }
    print_line(&format!("RATE_URL='{}{}'", world.base_url(), sandbox::PRICE_PATH));
    print_line(&format!("# Buy with {}, approve at {}/", world.uma_address("alice"), world.base_url()));
    stop.received().await;
    world.stop().await;
    Ok(())
}
