//! A connection from any chosen address, which may be refused or ended at any moment.

use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use conclave_protocol::link::Link;
use conclave_protocol::wire::{self, ClientFrame, ServerFrame};
use prost::Message as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::client_async;

use crate::client::{Answer, Ask, Connection};
use crate::socket::link;

/// A socket from an address of this machine.
pub(crate) async fn dial(from: Ipv4Addr, to: SocketAddr) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.bind((from, 0).into()).ok()?;
    socket.connect(to).await.ok()
}

/// The same after the upgrade, as a byte stream.
pub(crate) async fn upgraded(from: Ipv4Addr, to: SocketAddr, path: &str) -> Option<TcpStream> {
    let socket = dial(from, to).await?;
    Some(client_async(format!("ws://localhost{path}"), socket).await.ok()?.0.into_inner())
}

/// An open connection, after Hello. Requests return nothing once it has ended.
pub(crate) struct Line {
    /// Holds the service's HelloAnswer, and so what must be signed.
    pub(crate) opened: Connection,
    link: Link,
    next: u64,
}

impl Line {
    pub(crate) async fn open(from: Ipv4Addr, to: SocketAddr, path: &str) -> Option<Self> {
        let socket = dial(from, to).await?;
        let socket = client_async(format!("ws://localhost{path}"), socket).await.ok()?.0;
        let (unused, _) = Link::pair();
        let mut line = Self { opened: Connection::over(unused), link: link(socket), next: 1 };
        let hello = wire::Hello { versions: vec![1], nonce: vec![7; 32].into() };
        match line.ask(Ask::Hello(hello)).await? {
            Answer::HelloAnswer(hello) => line.opened.hello = hello,
            _ => return None,
        }
        Some(line)
    }

    /// Sends a request; returns its number.
    pub(crate) async fn send(&mut self, body: Ask) -> Option<u64> {
        let request = self.next;
        self.next += 1;
        let frame = Bytes::from(ClientFrame { request, body: Some(body) }.encode_to_vec());
        self.link.outgoing.send(frame).await.ok()?;
        Some(request)
    }

    /// The next frame, whichever request it answers.
    pub(crate) async fn hear(&mut self) -> Option<ServerFrame> {
        ServerFrame::decode(self.link.incoming.recv().await?).ok()
    }

    /// Sends a request and waits for its answer; frames before it are skipped.
    pub(crate) async fn ask(&mut self, body: Ask) -> Option<Answer> {
        let request = self.send(body).await?;
        loop {
            let frame = self.hear().await?;
            if frame.request == request
                || (frame.request == 0 && matches!(frame.body, Some(Answer::Error(_))))
            {
                return frame.body;
            }
        }
    }
}
