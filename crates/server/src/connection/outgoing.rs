//! Frames to the client. A client that does not read is waited for only so long.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use conclave_protocol::wire::{ServerFrame, server_frame};
use prost::Message;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};

use super::Closed;
use crate::shared::Shared;

pub(super) struct Outgoing {
    queue: mpsc::Sender<Bytes>,
    closing: watch::Receiver<bool>,
    stalled: Duration,
}

impl Outgoing {
    pub(super) fn new(queue: mpsc::Sender<Bytes>, shared: &Arc<Shared>) -> Self {
        Self { queue, closing: shared.closing.subscribe(), stalled: shared.limits.stalled }
    }

    /// Waits until the service closes or the client is gone.
    pub(super) async fn closing(&mut self) {
        tokio::select! {
            biased;
            // An error means that the service is gone.
            _ = self.closing.wait_for(|closing| *closing) => {}
            () = self.queue.closed() => {}
        }
    }

    /// Sends a frame; waits while the client's queue is full.
    pub(super) async fn send(&mut self, request: u64, body: server_frame::Body) -> Result<(), Closed> {
        let frame = ServerFrame { request, body: Some(body) }.encode_to_vec().into();
        let frame = match self.queue.try_send(frame) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(_)) => return Err(Closed),
            Err(TrySendError::Full(frame)) => frame,
        };
        tokio::select! {
            biased;
            sent = self.queue.send(frame) => sent.map_err(|_| Closed),
            _ = self.closing.wait_for(|closing| *closing) => Err(Closed),
            () = tokio::time::sleep(self.stalled) => Err(Closed),
        }
    }
}
