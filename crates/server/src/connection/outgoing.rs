//! Frames to the client. A client that does not read is dropped after a while.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use conclave_protocol::wire::{ServerFrame, server_frame};
use prost::Message;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::answers::Large;
use super::{DRAIN, End};
use crate::quota::Source;
use crate::shared::Shared;

pub(super) struct Outgoing {
    queue: mpsc::Sender<Bytes>,
    closing: watch::Receiver<bool>,
    stalled: Duration,
    /// In-process clients may keep what they receive, so their bytes count until dropped.
    local: bool,
}

impl Outgoing {
    pub(super) fn new(queue: mpsc::Sender<Bytes>, shared: &Arc<Shared>, source: Source) -> Self {
        let (closing, stalled) = (shared.closing.subscribe(), shared.limits.stalled);
        Self { queue, closing, stalled, local: source == Source::Local }
    }

    /// Waits until the service closes or the client disconnects.
    pub(super) async fn closing(&mut self) -> End {
        tokio::select! {
            biased;
            // An error means that the service is gone.
            _ = self.closing.wait_for(|closing| *closing) => End::Closing,
            () = self.queue.closed() => End::Gone,
        }
    }

    /// Sends a frame; waits while the client's queue is full. Large frames are accounted for until they are sent.
    pub(super) async fn send(
        &mut self,
        request: u64,
        body: server_frame::Body,
        large: Option<Large>,
    ) -> Result<(), End> {
        let frame = ServerFrame { request, body: Some(body) }.encode_to_vec();
        self.send_encoded(match large {
            Some(large) if !self.local => large.around(frame),
            _ => frame.into(),
        })
        .await
    }

    /// Sends an encoded frame.
    pub(super) async fn send_encoded(&mut self, frame: Bytes) -> Result<(), End> {
        let frame = match self.queue.try_send(frame) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(_)) => return Err(End::Gone),
            Err(TrySendError::Full(frame)) => frame,
        };
        let closing = async {
            // An error means that the service is gone.
            let _ = self.closing.wait_for(|closing| *closing).await;
            sleep(DRAIN).await;
        };
        tokio::select! {
            biased;
            sent = self.queue.send(frame) => sent.map_err(|_| End::Gone),
            () = closing => Err(End::Gone),
            () = sleep(self.stalled) => Err(End::Gone),
        }
    }
}
