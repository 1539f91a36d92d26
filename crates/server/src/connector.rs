//! In-process connections to a service: the same connection task that a socket gets, over a pair of queues.

use std::fmt;

use conclave_protocol::link::{ConnectError, ConnectionKind, Connector, Link};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::budget::Room;
use crate::connection;
use crate::quota::Source;
use crate::service::Service;

/// Connects to a [`Service`] in the same process. The connection's task runs on the tokio runtime that awaits
/// [`Connector::connect`].
#[derive(Clone)]
pub struct EmbeddedConnector {
    service: Service,
}

impl EmbeddedConnector {
    pub(crate) fn new(service: Service) -> Self {
        Self { service }
    }
}

impl Connector for EmbeddedConnector {
    fn connect(&self, kind: ConnectionKind) -> BoxFuture<'static, Result<Link, ConnectError>> {
        let service = self.service.clone();
        async move {
            let admitted = service.shared().admit(Source::Local).map_err(|_| ConnectError::Unreachable)?;
            let (client, ours) = Link::pair();
            let answers = Room::new(&service.shared().answers, Source::Local);
            tokio::spawn(connection::serve(admitted, kind, ours, answers));
            Ok(client)
        }
        .boxed()
    }
}

impl fmt::Debug for EmbeddedConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EmbeddedConnector").field(&self.service).finish()
    }
}
