//! Behind a proxy, and with a certificate that is renewed.

use std::sync::Arc;
use std::time::Duration;

use conclave_server::{Service, ServiceConfig, TlsConfig, serve};
use rustls_pki_types::{CertificateDer, ServerName};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::sockets::{certificate, start};

/// Opens a WebSocket as a proxy would; the HTTP status if it is refused.
async fn through(
    address: std::net::SocketAddr,
    header: Option<(&'static str, &str)>,
) -> Result<WebSocketStream<TcpStream>, u16> {
    let mut request = format!("ws://{address}/v1/anonymous").into_client_request().unwrap();
    if let Some((name, value)) = header {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let socket = TcpStream::connect(address).await.unwrap();
    match tokio_tungstenite::client_async(request, socket).await {
        Ok((open, _)) => Ok(open),
        Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_trusted_proxy_says_whose_connection_it_is() {
    let mut config = ServiceConfig::in_memory("example.org", crate::client::clock());
    config.limits.connections_per_address_max = 1;
    config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let service = Service::open(config).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(service, listener, None, std::future::pending()));
    let of = |client: &'static str| through(address, Some(("x-forwarded-for", client)));
    let _one = of("203.0.113.1").await.unwrap();
    let _other = of("203.0.113.2").await.unwrap();
    assert_eq!(of("203.0.113.2").await.unwrap_err(), 429);
    // What the client itself added before is ignored.
    assert_eq!(of("198.51.100.7, 203.0.113.2").await.unwrap_err(), 429);
    let _forwarded = through(address, Some(("forwarded", "for=\"[2001:db8::1]:80\""))).await.unwrap();
    assert_eq!(of("2001:db8::2").await.unwrap_err(), 429, "the same /64");
}

#[tokio::test]
async fn anybody_else_is_not_believed() {
    let server = start(None, |limits| limits.connections_per_address_max = 1).await;
    let _one = through(server.address, Some(("x-forwarded-for", "203.0.113.1"))).await.unwrap();
    let refused = through(server.address, Some(("x-forwarded-for", "203.0.113.2"))).await;
    assert_eq!(refused.unwrap_err(), 429);
}

/// Whether a client that trusts only this certificate accepts the server's.
async fn accepts(address: std::net::SocketAddr, trusted: &CertificateDer<'static>) -> bool {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let socket = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, socket).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn a_certificate_that_was_renewed_is_read_anew() {
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (certificate_file, key_file, old) = certificate(&folder);
    let server = start(Some(TlsConfig::from_files(&certificate_file, &key_file).unwrap()), |_| {}).await;
    assert!(accepts(server.address, &old).await);
    let (new_certificate, new_key, new) = certificate(&other);
    // First one file, then the other: a pair that does not match changes nothing.
    std::fs::copy(new_certificate, &certificate_file).unwrap();
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert!(accepts(server.address, &old).await);
    std::fs::copy(new_key, &key_file).unwrap();
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert!(accepts(server.address, &new).await);
    assert!(!accepts(server.address, &old).await);
    // Plain sockets are not affected.
    let mut plain = TcpStream::connect(server.address).await.unwrap();
    let mut nothing = [0; 1];
    assert!(matches!(plain.read(&mut nothing).await, Ok(0) | Err(_)));
}
