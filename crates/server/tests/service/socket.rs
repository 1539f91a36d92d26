//! A client's WebSocket as a link, so that the same test client can use it.

use std::net::SocketAddr;

use bytes::Bytes;
use conclave_protocol::link::Link;
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::Connection;

pub(crate) async fn open<S>(socket: S, path: &str) -> WebSocketStream<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    client_async(format!("ws://localhost{path}"), socket).await.unwrap().0
}

/// The link of a WebSocket, so that the same client can use it.
pub(crate) fn link<S>(socket: WebSocketStream<S>) -> Link
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (outgoing, mut to_send) = mpsc::channel::<Bytes>(16);
    let (received, incoming) = mpsc::channel(16);
    let (mut sink, mut stream) = socket.split();
    tokio::spawn(async move {
        while let Some(frame) = to_send.recv().await {
            if sink.send(Message::Binary(frame)).await.is_err() {
                break;
            }
        }
        // The server may have closed first.
        let _ = sink.close().await;
    });
    tokio::spawn(async move {
        while let Some(Ok(message)) = stream.next().await {
            if let Message::Binary(frame) = message
                && received.send(frame).await.is_err()
            {
                break;
            }
        }
    });
    Link { outgoing, incoming }
}

pub(crate) async fn connect(address: SocketAddr, path: &str) -> Connection {
    let socket = TcpStream::connect(address).await.unwrap();
    let mut connection = Connection::over(link(open(socket, path).await));
    connection.hello().await;
    connection
}
