use crate::relay_hosts::{GuardError, RelayGuard};
use std::{error::Error, io, net::SocketAddr, time::Duration};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
    tungstenite::{self, protocol::WebSocketConfig},
};
use url::Url;

/// Larger than any event of NIP-47; bounds the memory a relay can use.
const MAX_MESSAGE: usize = 256 * 1024;

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why no socket was opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SocketError {
    #[error(transparent)]
    Guard(#[from] GuardError),
    #[error("the relay does not answer")]
    Tcp(#[source] io::Error),
    #[error("the WebSocket handshake with the relay failed")]
    WebSocket(#[source] Box<tungstenite::Error>),
    #[error("the relay did not answer in time")]
    Timeout,
}

impl SocketError {
    /// The error chain in one line, for messages.
    pub(crate) fn sentence(&self) -> String {
        match self.source() {
            Some(source) => format!("{self}: {source}"),
            None => self.to_string(),
        }
    }
}

async fn tcp(addresses: &[SocketAddr]) -> Result<TcpStream, SocketError> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(SocketError::Tcp(last))
}

/// Opens a WebSocket to an approved address of the relay. TLS still checks the relay's name.
pub(crate) async fn open(
    guard: &dyn RelayGuard,
    relay: &Url,
    limit: Duration,
) -> Result<Socket, SocketError> {
    // Without a provider rustls panics on the first `wss`; an installed one is kept.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = WebSocketConfig::default()
        .read_buffer_size(16 * 1024)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    timeout(limit, async {
        let addresses = guard.resolve(relay).await?;
        let stream = tcp(&addresses).await?;
        // Each request is one small frame: Nagle's algorithm would only delay it.
        stream.set_nodelay(true).map_err(SocketError::Tcp)?;
        // Any status but 101 is an error: redirects are not followed.
        let (socket, _) = client_async_tls_with_config(relay.as_str(), stream, Some(config), None)
            .await
            .map_err(|error| SocketError::WebSocket(Box::new(error)))?;
        Ok(socket)
    })
    .await
    .map_err(|_| SocketError::Timeout)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay_hosts::PublicRelays;
    use tokio::{io::AsyncReadExt, io::AsyncWriteExt, net::TcpListener};

    async fn answering(reply: &'static [u8], scheme: &str) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4_096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(reply).await;
        });
        url.parse().unwrap()
    }

    async fn open_here(relay: &Url) -> SocketError {
        open(&PublicRelays::with_loopback(), relay, Duration::from_secs(5)).await.unwrap_err()
    }

    #[tokio::test]
    async fn tls_to_a_plain_text_server_is_an_error() {
        let relay = answering(b"not TLS at all", "wss").await;
        assert!(matches!(open_here(&relay).await, SocketError::WebSocket(_)));
    }

    #[tokio::test]
    async fn a_redirect_is_refused() {
        let relay = answering(b"HTTP/1.1 302 Found\r\nlocation: ws://127.0.0.1:1/\r\n\r\n", "ws").await;
        assert!(matches!(open_here(&relay).await, SocketError::WebSocket(_)));
    }

    #[tokio::test]
    async fn refused_connection_is_reported_in_words() {
        let relay = Url::parse("ws://127.0.0.1:1").unwrap();
        assert!(open_here(&relay).await.sentence().starts_with("the relay does not answer: "));
    }
}
