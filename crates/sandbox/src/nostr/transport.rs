//! Relay connection of a wallet.

use super::wallet_service::Shared;
use ::nostr::event::{Event, EventBuilder, FinalizeEvent, Kind, Tag};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::{
    net::TcpStream,
    sync::{broadcast::error::RecvError, watch},
    time::sleep,
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config, tungstenite::Message};

const RECONNECT_DELAY: Duration = Duration::from_millis(100);
const REQUESTS: &str = "requests";

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Counts the relay as connected during its lifetime.
struct Listening<'a>(&'a watch::Sender<usize>, bool);

impl Listening<'_> {
    fn now(&mut self) {
        if !std::mem::replace(&mut self.1, true) {
            self.0.send_modify(|up| *up += 1);
        }
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        if self.1 {
            self.0.send_modify(|up| *up = up.saturating_sub(1));
        }
    }
}

pub(super) async fn stay_connected(shared: Arc<Shared>, relay: String, up: Arc<watch::Sender<usize>>) {
    loop {
        if let Ok((socket, _)) = connect_async_with_config(relay.as_str(), None, true).await {
            serve(&shared, &relay, socket, Listening(&up, false)).await;
        }
        sleep(RECONNECT_DELAY).await;
    }
}

async fn write(socket: &mut Socket, frame: &Value) -> Option<()> {
    socket.send(Message::text(frame.to_string())).await.ok()
}

async fn send_first_messages(shared: &Shared, socket: &mut Socket) -> Option<()> {
    if let Some(info) = shared.info() {
        write(socket, &json!(["EVENT", info])).await?;
    }
    let filter =
        json!({ "kinds": [Kind::WalletConnectRequest.as_u16()], "#p": [shared.keys.public_key().to_hex()] });
    write(socket, &json!(["REQ", REQUESTS, filter])).await
}

async fn serve(shared: &Arc<Shared>, relay: &str, mut socket: Socket, mut listening: Listening<'_>) {
    let mut out = shared.out.subscribe();
    if send_first_messages(shared, &mut socket).await.is_none() {
        return;
    }
    loop {
        let step = tokio::select! {
            event = out.recv() => match event {
                Ok(event) => write(&mut socket, &json!(["EVENT", event])).await,
                Err(RecvError::Lagged(lost)) => {
                    tracing::warn!(lost, "the sandbox's wallet is overloaded: responses are lost");
                    Some(())
                }
                Err(RecvError::Closed) => None,
            },
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => handle_message(shared, relay, &mut socket, text.as_str(), &mut listening).await,
                Some(Ok(Message::Close(_)) | Err(_)) | None => None,
                Some(Ok(_)) => Some(()),
            },
        };
        if step.is_none() {
            return;
        }
    }
}

async fn handle_message(
    shared: &Arc<Shared>,
    relay: &str,
    socket: &mut Socket,
    text: &str,
    listening: &mut Listening<'_>,
) -> Option<()> {
    let Ok(Value::Array(parts)) = serde_json::from_str::<Value>(text) else { return Some(()) };
    let word = |index: usize| parts.get(index).and_then(Value::as_str);
    match (word(0), word(1)) {
        (Some("EOSE"), Some(REQUESTS)) => listening.now(),
        (Some("EVENT"), Some(REQUESTS)) => {
            if let Some(event) =
                parts.get(2).and_then(|value| serde_json::from_value::<Event>(value.clone()).ok())
            {
                // Requests run concurrently, as in real wallets.
                tokio::spawn(Arc::clone(shared).handle_message(event));
            }
        }
        (Some("AUTH"), Some(challenge)) => {
            let answer = EventBuilder::new(Kind::Authentication, "")
                .tag(Tag::custom("relay", [relay]))
                .tag(Tag::custom("challenge", [challenge]))
                .finalize(&shared.keys)
                .ok()?;
            write(socket, &json!(["AUTH", answer])).await?;
            // Relays process frames in order: frames refused before the authentication are accepted now.
            send_first_messages(shared, socket).await?;
        }
        _ => {}
    }
    Some(())
}
