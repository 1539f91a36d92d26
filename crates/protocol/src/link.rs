//! The seam between client and service: a pair of bounded queues of encoded frames. The same client and service meet
//! over a WebSocket, in one process, or through a test's faulty network.

use std::fmt;

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::sync::mpsc;

/// Frames queued in each direction before the sender waits.
pub const LINK_FRAMES_MAX: usize = 64;

/// Which of the two connections (docs/protocol.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionKind {
    /// Account, key packages, inbox: the service knows the client.
    Identified,
    /// Group logs and blobs: the service knows access keys only.
    Anonymous,
}

/// One end of a connection. It is closed when either half is dropped.
pub struct Link {
    /// Encoded frames to the other end.
    pub outgoing: mpsc::Sender<Bytes>,
    /// Encoded frames from the other end; ends when it is closed.
    pub incoming: mpsc::Receiver<Bytes>,
}

impl Link {
    /// Creates two connected ends.
    #[must_use]
    pub fn pair() -> (Self, Self) {
        let (a_out, b_in) = mpsc::channel(LINK_FRAMES_MAX);
        let (b_out, a_in) = mpsc::channel(LINK_FRAMES_MAX);
        (Self { outgoing: a_out, incoming: a_in }, Self { outgoing: b_out, incoming: b_in })
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link")
    }
}

/// Why no connection was made. All but `BadAddress` may be temporary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Nothing answers at the address.
    #[error("the service can't be reached")]
    Unreachable,
    /// The host name does not resolve.
    #[error("the host name does not resolve")]
    NoSuchHost,
    /// TLS failed: a certificate that does not verify.
    #[error("the service's certificate does not verify")]
    Untrusted,
    /// TLS failed: the certificate is not valid at this computer's time.
    #[error("the service's certificate is not valid at this computer's time")]
    NotValidNow,
    /// It answers, but not as a Conclave service.
    #[error("that is not a Conclave service")]
    NotAService,
    /// The address is not usable: not https, or http beyond loopback.
    #[error("not a service address")]
    BadAddress,
}

/// Opens connections to one service.
pub trait Connector: Send + Sync + fmt::Debug {
    /// Opens a connection; cancel by dropping the future.
    fn connect(&self, kind: ConnectionKind) -> BoxFuture<'static, Result<Link, ConnectError>>;
}
