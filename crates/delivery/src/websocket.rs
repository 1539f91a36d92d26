//! The link over a WebSocket: TLS to a server, plain on loopback only.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use conclave_protocol::limits::FRAME_BYTES_MAX;
use conclave_protocol::link::{ConnectError, ConnectionKind, Connector, Link};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// Address look-up, TCP, TLS and WebSocket handshakes together.
const OPEN_MS_MAX: u64 = 15_000;

/// Connects to `https://host[:port]`, or to `http://` on loopback.
#[derive(Debug, Clone)]
pub struct WebSocketConnector {
    host: String,
    port: u16,
    tls: Option<Arc<ClientConfig>>,
}

impl WebSocketConnector {
    /// Reads the address and, for https, the operating system's trusted roots.
    pub fn new(url: &str) -> Result<Self, ConnectError> {
        let address = Address::parse(url)?;
        let tls = if address.tls { Some(Arc::new(system_tls()?)) } else { None };
        Ok(Self { host: address.host, port: address.port, tls })
    }

    /// The same with roots of one's own, for services with a private certificate authority.
    pub fn with_roots(url: &str, roots: RootCertStore) -> Result<Self, ConnectError> {
        let address = Address::parse(url)?;
        let tls = if address.tls { Some(Arc::new(tls_config(roots)?)) } else { None };
        Ok(Self { host: address.host, port: address.port, tls })
    }

    async fn open(self, kind: ConnectionKind) -> Result<Link, ConnectError> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(|_| ConnectError::Unreachable)?;
        let nagle_off = tcp.set_nodelay(true);
        if nagle_off.is_err() {
            return Err(ConnectError::Unreachable);
        }
        match self.tls.clone() {
            None => self.upgrade(tcp, "ws", kind).await,
            Some(config) => {
                let name = ServerName::try_from(self.host.clone()).map_err(|_| ConnectError::BadAddress)?;
                let tls = TlsConnector::from(config).connect(name, tcp).await.map_err(|error| {
                    let about_tls = error
                        .get_ref()
                        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>);
                    if about_tls { ConnectError::Untrusted } else { ConnectError::Unreachable }
                })?;
                self.upgrade(tls, "wss", kind).await
            }
        }
    }

    async fn upgrade<S>(&self, stream: S, scheme: &str, kind: ConnectionKind) -> Result<Link, ConnectError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let path = match kind {
            ConnectionKind::Identified => "identified",
            ConnectionKind::Anonymous => "anonymous",
        };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let url = format!("{scheme}://{host}:{}/v1/{path}", self.port);
        let config = WebSocketConfig::default()
            .max_message_size(Some(FRAME_BYTES_MAX + 1024))
            .max_frame_size(Some(FRAME_BYTES_MAX + 1024));
        let (socket, _) = tokio_tungstenite::client_async_with_config(url, stream, Some(config))
            .await
            .map_err(|_| ConnectError::NotAService)?;
        let (ours, theirs) = Link::pair();
        tokio::spawn(pump(socket, theirs));
        Ok(ours)
    }
}

impl Connector for WebSocketConnector {
    fn connect(&self, kind: ConnectionKind) -> BoxFuture<'static, Result<Link, ConnectError>> {
        let open = self.clone().open(kind);
        async move {
            tokio::time::timeout(Duration::from_millis(OPEN_MS_MAX), open)
                .await
                .unwrap_or(Err(ConnectError::Unreachable))
        }
        .boxed()
    }
}

/// Moves frames between a socket and a link until either closes.
async fn pump<S: AsyncRead + AsyncWrite + Unpin>(socket: WebSocketStream<S>, link: Link) {
    let (mut sink, mut stream) = socket.split();
    let Link { outgoing, mut incoming } = link;
    let send = async {
        while let Some(frame) = incoming.recv().await {
            if sink.send(Message::Binary(frame)).await.is_err() {
                return;
            }
        }
        // The other side may be gone already: closing is a courtesy.
        let _ = sink.close().await;
    };
    let receive = receive(&mut stream, outgoing);
    tokio::select! {
        () = send => {}
        () = receive => {}
    }
}

async fn receive<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut futures_util::stream::SplitStream<WebSocketStream<S>>,
    outgoing: mpsc::Sender<Bytes>,
) {
    while let Some(Ok(message)) = stream.next().await {
        match message {
            Message::Binary(frame) => {
                if outgoing.send(frame).await.is_err() {
                    return;
                }
            }
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Text(_) | Message::Close(_) | Message::Frame(_) => return,
        }
    }
}

struct Address {
    host: String,
    port: u16,
    tls: bool,
}

impl Address {
    /// `https://host[:port][/]`, or `http://` where the host is loopback.
    fn parse(url: &str) -> Result<Self, ConnectError> {
        let (rest, tls) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (rest, true),
            (_, Some(rest)) => (rest, false),
            _ => return Err(ConnectError::BadAddress),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = split_port(authority)?;
        let port = port.unwrap_or(if tls { 443 } else { 80 });
        let plain_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
        let is_ip = host.parse::<IpAddr>().is_ok();
        if host.is_empty() || host.len() > 253 || !(is_ip || host.bytes().all(plain_name)) {
            return Err(ConnectError::BadAddress);
        }
        let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if !tls && !loopback {
            return Err(ConnectError::BadAddress);
        }
        Ok(Self { host: host.to_owned(), port, tls })
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), ConnectError> {
    let port = |text: &str| text.parse::<u16>().ok().filter(|p| *p != 0).ok_or(ConnectError::BadAddress);
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or(ConnectError::BadAddress)?;
        return match after.strip_prefix(':') {
            Some(text) => Ok((host, Some(port(text)?))),
            None if after.is_empty() => Ok((host, None)),
            None => Err(ConnectError::BadAddress),
        };
    }
    match authority.split_once(':') {
        Some((host, text)) => Ok((host, Some(port(text)?))),
        None => Ok((authority, None)),
    }
}

fn system_tls() -> Result<ClientConfig, ConnectError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    // Stores hold odd certificates now and then; those are left out, as other clients do.
    roots.add_parsable_certificates(found.certs);
    tls_config(roots)
}

fn tls_config(roots: RootCertStore) -> Result<ClientConfig, ConnectError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| ConnectError::Untrusted)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Option<(String, u16, bool)> {
        Address::parse(url).ok().map(|a| (a.host, a.port, a.tls))
    }

    #[test]
    fn addresses() {
        let some = |host: &str, port, tls| Some((host.to_owned(), port, tls));
        assert_eq!(parsed("https://chat.example.org"), some("chat.example.org", 443, true));
        assert_eq!(parsed("https://chat.example.org:8443/"), some("chat.example.org", 8443, true));
        assert_eq!(parsed("http://127.0.0.1:7000"), some("127.0.0.1", 7000, false));
        assert_eq!(parsed("http://[::1]:7000"), some("::1", 7000, false));
        assert_eq!(parsed("http://localhost:7000"), some("localhost", 7000, false));
    }

    #[test]
    fn refuses_what_is_not_an_address() {
        let bad = [
            "http://chat.example.org",
            "ftp://chat.example.org",
            "https://",
            "https://user@host",
            "https://host/path",
            "https://host:0",
            "https://host:70000",
            "https://[::1",
            "http://10.0.0.1",
        ];
        for url in bad {
            assert_eq!(parsed(url), None, "{url}");
        }
    }
}
