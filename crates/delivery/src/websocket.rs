//! The link over a WebSocket: TLS to a server, plain on loopback only.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use conclave_protocol::ServiceAddress;
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

/// Longest closing handshake: the connection may be dead.
const CLOSE_MS_MAX: u64 = 2_000;
/// Longest opening: address look-up, TCP, TLS and WebSocket handshakes together.
const OPEN_MS_MAX: u64 = 15_000;

/// Connects to `https://host[:port]`, or to `http://` on loopback.
#[derive(Debug, Clone)]
pub struct WebSocketConnector {
    address: ServiceAddress,
    tls: Option<Arc<ClientConfig>>,
}

impl WebSocketConnector {
    /// Reads the address and, for https, the operating system's trusted roots.
    pub fn new(url: &str) -> Result<Self, ConnectError> {
        let address: ServiceAddress = url.parse().map_err(|_| ConnectError::BadAddress)?;
        let tls = if address.tls() { Some(Arc::new(system_tls()?)) } else { None };
        Ok(Self { address, tls })
    }

    /// The same with other roots, for services with a private certificate authority.
    pub fn with_roots(url: &str, roots: RootCertStore) -> Result<Self, ConnectError> {
        let address: ServiceAddress = url.parse().map_err(|_| ConnectError::BadAddress)?;
        let tls = if address.tls() { Some(Arc::new(tls_config(roots)?)) } else { None };
        Ok(Self { address, tls })
    }

    async fn open(self, kind: ConnectionKind) -> Result<Link, ConnectError> {
        let tcp = self.reach().await?;
        if tcp.set_nodelay(true).is_err() {
            return Err(ConnectError::Unreachable);
        }
        match self.tls.clone() {
            None => self.upgrade(tcp, "ws", kind).await,
            Some(config) => {
                let host = self.address.host().to_owned();
                let name = ServerName::try_from(host).map_err(|_| ConnectError::BadAddress)?;
                let tls = TlsConnector::from(config).connect(name, tcp).await;
                let tls = tls.map_err(|error| tls_refused(&error))?;
                self.upgrade(tls, "wss", kind).await
            }
        }
    }

    /// A connection to the first address of the host that takes one.
    async fn reach(&self) -> Result<TcpStream, ConnectError> {
        let found = tokio::net::lookup_host((self.address.host(), self.address.port())).await;
        let mut addresses = found.map_err(|_| ConnectError::NoSuchHost)?.peekable();
        if addresses.peek().is_none() {
            return Err(ConnectError::NoSuchHost);
        }
        for address in addresses {
            if let Ok(tcp) = TcpStream::connect(address).await {
                return Ok(tcp);
            }
        }
        Err(ConnectError::Unreachable)
    }

    async fn upgrade<S>(&self, stream: S, scheme: &str, kind: ConnectionKind) -> Result<Link, ConnectError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let path = match kind {
            ConnectionKind::Identified => "identified",
            ConnectionKind::Anonymous => "anonymous",
        };
        let url = format!("{scheme}://{}/v1/{path}", self.address.authority());
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
        // The other side may be gone already.
        let _ = tokio::time::timeout(Duration::from_millis(CLOSE_MS_MAX), sink.close()).await;
    };
    tokio::select! {
        () = send => {}
        () = receive(&mut stream, outgoing.clone()) => {}
        // The session is gone. On a dead connection even sending may hang.
        () = outgoing.closed() => {}
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

/// Why a TLS handshake failed.
fn tls_refused(error: &std::io::Error) -> ConnectError {
    use rustls::CertificateError as Bad;
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match cause {
        None => ConnectError::Unreachable,
        Some(rustls::Error::InvalidCertificate(
            Bad::Expired | Bad::ExpiredContext { .. } | Bad::NotValidYet | Bad::NotValidYetContext { .. },
        )) => ConnectError::NotValidNow,
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => {
            ConnectError::Untrusted
        }
        // No TLS, or no version that both support.
        Some(_) => ConnectError::NotAService,
    }
}

fn system_tls() -> Result<ClientConfig, ConnectError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    // Some stores hold certificates that don't parse; they are left out, as in other clients.
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
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    use super::*;

    /// Why no connection is made to this address.
    async fn refusal(url: &str) -> Option<ConnectError> {
        let connector = WebSocketConnector::with_roots(url, RootCertStore::empty());
        match connector {
            Err(error) => Some(error),
            Ok(connector) => connector.connect(ConnectionKind::Identified).await.err(),
        }
    }

    /// Something that answers each connection with these bytes, and is no Conclave service.
    async fn other(says: &'static [u8]) -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback");
        let port = listener.local_addr().expect("it is bound").port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                // Whoever asked may be gone.
                let _ = stream.write_all(says).await;
            }
        });
        port
    }

    #[tokio::test]
    async fn each_cause_of_failure_is_told_apart() {
        let unused = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback");
        let nobody = unused.local_addr().expect("it is bound").port();
        drop(unused);
        let web = other(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
        for (url, cause) in [
            ("no-such-host.invalid".to_owned(), ConnectError::NoSuchHost),
            (format!("http://127.0.0.1:{nobody}"), ConnectError::Unreachable),
            (format!("https://127.0.0.1:{nobody}"), ConnectError::Unreachable),
            (format!("http://127.0.0.1:{web}"), ConnectError::NotAService),
            (format!("https://127.0.0.1:{web}"), ConnectError::NotAService),
            ("http://chat.example.org".to_owned(), ConnectError::BadAddress),
        ] {
            assert_eq!(refusal(&url).await, Some(cause), "{url}");
        }
    }

    #[test]
    fn a_certificate_of_another_time_is_not_one_of_another_host() {
        use rustls::CertificateError as Bad;
        let why = |bad: Bad| tls_refused(&std::io::Error::other(rustls::Error::InvalidCertificate(bad)));
        assert_eq!(why(Bad::Expired), ConnectError::NotValidNow);
        assert_eq!(why(Bad::NotValidYet), ConnectError::NotValidNow);
        assert_eq!(why(Bad::UnknownIssuer), ConnectError::Untrusted);
        assert_eq!(why(Bad::NotValidForName), ConnectError::Untrusted);
    }
}
