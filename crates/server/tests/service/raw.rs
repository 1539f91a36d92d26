//! A client that sends bare WebSocket frames, which may be invalid.

use conclave_protocol::wire::{self, ClientFrame};
use prost::Message as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::Ask;
use crate::socket::open;

/// A client's frame (RFC 6455 §5.2) with its first byte and a mask of zeros.
pub(crate) fn frame(first: u8, announced: usize, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match announced {
        0..126 => bytes.push(0x80 | u8::try_from(announced).unwrap()),
        126..65536 => {
            bytes.push(0x80 | 126);
            bytes.extend(u16::try_from(announced).unwrap().to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend((announced as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8a;
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const BINARY_BEGUN: u8 = 0x02;
pub(crate) const CONTINUED: u8 = 0x00;

pub(crate) fn request(number: u64, body: Ask) -> Vec<u8> {
    let encoded = ClientFrame { request: number, body: Some(body) }.encode_to_vec();
    frame(BINARY, encoded.len(), &encoded)
}

pub(crate) fn hello() -> Vec<u8> {
    request(1, Ask::Hello(wire::Hello { versions: vec![1], nonce: vec![1; 32].into() }))
}

/// A socket after the upgrade, and after Hello if requested.
pub(crate) async fn raw(address: std::net::SocketAddr, say_hello: bool) -> TcpStream {
    let socket = TcpStream::connect(address).await.unwrap();
    let mut socket = open(socket, "/v1/anonymous").await.into_inner();
    if say_hello {
        socket.write_all(&hello()).await.unwrap();
        next(&mut socket).await;
    }
    socket
}

/// The next frame: its first byte and payload; none if the socket is closed.
pub(crate) async fn next(socket: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 2];
    socket.read_exact(&mut head).await.ok()?;
    let length = match head[1] {
        126 => usize::from(socket.read_u16().await.ok()?),
        127 => usize::try_from(socket.read_u64().await.ok()?).unwrap(),
        short => usize::from(short),
    };
    let mut payload = vec![0; length];
    socket.read_exact(&mut payload).await.ok()?;
    Some((head[0], payload))
}
