//! Accepts requests: what a connection may not ask for yet is not even decoded.

use bytes::{Buf, Bytes};
use conclave_protocol::link::ConnectionKind;
use conclave_protocol::wire::{self, ClientFrame, client_frame, server_frame};
use futures::FutureExt;
use prost::Message;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::{Connection, End, Finished, Later, now};
use crate::limits::{ACCOUNT_BYTES_MAX, HELLO_BYTES_MAX};
use crate::refusal::Refusal;

/// The field numbers of requests in `ClientFrame` (conclave.proto), which gives each kind of connection a block of them.
mod field {
    use std::ops::RangeInclusive;

    pub(super) const REQUEST: u32 = 1;
    pub(super) const HELLO: u32 = 2;
    pub(super) const PING: u32 = 60;
    /// Requests that create or name an account.
    pub(super) const ACCOUNT: RangeInclusive<u32> = 10..=12;
    pub(super) const IDENTIFIED: RangeInclusive<u32> = 10..=29;
    pub(super) const ANONYMOUS: RangeInclusive<u32> = 30..=59;
}

impl Connection {
    pub(super) async fn frame(&mut self, frame: Bytes) -> Result<(), End> {
        let (request, taken) = self.take(frame);
        match taken {
            Ok(()) => Ok(()),
            Err(refusal) => {
                self.count_fault(&refusal);
                self.refuse(request, &refusal).await?;
                if refusal == Refusal::Version { Err(End::Version) } else { Ok(()) }
            }
        }
    }

    /// Largest frame accepted in the connection's current state.
    fn frame_bytes_max(&self) -> usize {
        let most = self.shared().limits.frame_bytes_max;
        match (self.is_open(), self.challenge) {
            (true, _) => most,
            (false, Some(_)) => most.min(ACCOUNT_BYTES_MAX),
            (false, None) => most.min(HELLO_BYTES_MAX),
        }
    }

    /// The connection has advanced: its socket now accepts larger frames.
    pub(super) fn take_larger_frames(&self) {
        self.admitted.frame_bytes.store(self.frame_bytes_max(), std::sync::atomic::Ordering::Relaxed);
    }

    /// Accepts a request; returns its number, or 0 if it has none.
    fn take(&mut self, frame: Bytes) -> (u64, Result<(), Refusal>) {
        self.spend(1);
        let (bytes, most) = (frame.len(), self.frame_bytes_max());
        if bytes > most {
            return (0, Err(Refusal::TooLarge("the frame", most)));
        }
        let Some((request, field)) = peek(frame.clone()) else {
            return (0, Err(Refusal::Malformed("frame")));
        };
        if field.is_some_and(|field| !self.takes(field)) {
            return (request, Err(Refusal::NotHere));
        }
        match ClientFrame::decode(frame) {
            Ok(ClientFrame { request, body }) => (request, self.take_on(request, body, bytes)),
            Err(_) => (0, Err(Refusal::Malformed("frame"))),
        }
    }

    /// Whether a request is allowed on this connection now.
    fn takes(&self, request: u32) -> bool {
        match self.kind {
            _ if request == field::HELLO => self.challenge.is_none(),
            _ if self.challenge.is_none() => false,
            _ if request == field::PING => true,
            ConnectionKind::Anonymous => field::ANONYMOUS.contains(&request),
            ConnectionKind::Identified if self.client.is_none() => field::ACCOUNT.contains(&request),
            ConnectionKind::Identified => field::IDENTIFIED.contains(&request),
        }
    }

    fn take_on(
        &mut self,
        request: u64,
        body: Option<client_frame::Body>,
        bytes: usize,
    ) -> Result<(), Refusal> {
        if request == 0 {
            return Err(Refusal::Malformed("request"));
        }
        let later = self.request(body.ok_or(Refusal::Malformed("body"))?)?;
        self.shared().counters.request();
        self.in_flight_bytes += bytes;
        self.in_flight.push(later.map(move |answer| Finished::Request { request, answer, bytes }).boxed());
        Ok(())
    }

    /// Starts a request: when this returns, it has its place in the order.
    fn request(&mut self, body: client_frame::Body) -> Result<Later, Refusal> {
        if let client_frame::Body::Hello(hello) = body {
            return self.hello(&hello);
        }
        let challenge = self.challenge.ok_or(Refusal::NotHere)?;
        if let client_frame::Body::Ping(_) = body {
            return Ok(now(server_frame::Body::Pong(wire::Pong { now_ms: self.shared().now().0 })));
        }
        match self.kind {
            ConnectionKind::Identified => self.identified(body, challenge),
            ConnectionKind::Anonymous => self.anonymous(body, challenge),
        }
    }
}

/// The number of a request, and its field if that is a known one; none if the encoding is invalid. Decodes only what
/// this needs.
fn peek(mut frame: impl Buf) -> Option<(u64, Option<u32>)> {
    let (mut request, mut body) = (0, None);
    while frame.has_remaining() {
        let (tag, wire_type) = decode_key(&mut frame).ok()?;
        if tag == field::REQUEST && wire_type == WireType::Varint {
            request = decode_varint(&mut frame).ok()?;
            continue;
        }
        skip_field(wire_type, tag, &mut frame, DecodeContext::default()).ok()?;
        let known = matches!(tag, field::HELLO | field::PING)
            || field::IDENTIFIED.contains(&tag)
            || field::ANONYMOUS.contains(&tag);
        if known {
            body = Some(tag);
        }
    }
    Some((request, body))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_request_of_the_protocol_is_in_a_block() {
        let proto = include_str!("../../../protocol/proto/conclave.proto");
        let frame = proto.split("message ClientFrame").nth(1).unwrap().split("\n}").next().unwrap();
        let fields: Vec<u32> = frame
            .lines()
            .filter_map(|line| line.trim().strip_suffix(';')?.rsplit_once("= ")?.1.parse().ok())
            .collect();
        assert!(fields.len() > 15, "{fields:?}");
        for number in fields.into_iter().filter(|number| *number != field::REQUEST) {
            let known = matches!(number, field::HELLO | field::PING)
                || field::IDENTIFIED.contains(&number)
                || field::ANONYMOUS.contains(&number);
            assert!(known, "{number}");
        }
    }

    #[test]
    fn a_request_is_told_by_its_field() {
        use client_frame::Body;
        let of = |body| peek(ClientFrame { request: 7, body }.encode_to_vec().as_slice()).unwrap();
        assert_eq!(of(None), (7, None));
        assert_eq!(of(Some(Body::Hello(wire::Hello::default()))), (7, Some(field::HELLO)));
        assert_eq!(of(Some(Body::Ping(wire::Ping {}))), (7, Some(field::PING)));
        for (body, range) in [
            (Body::Authenticate(wire::Authenticate::default()), field::ACCOUNT),
            (Body::LookUp(wire::LookUp::default()), field::ACCOUNT),
            (Body::PublishKeyPackages(wire::PublishKeyPackages::default()), field::IDENTIFIED),
            (Body::SubscribeInbox(wire::SubscribeInbox::default()), field::IDENTIFIED),
            (Body::WithdrawKeyPackages(wire::WithdrawKeyPackages::default()), field::IDENTIFIED),
            (Body::SubmitCommit(wire::SubmitCommit::default()), field::ANONYMOUS),
            (Body::GetBlob(wire::GetBlob::default()), field::ANONYMOUS),
        ] {
            let field = of(Some(body)).1.unwrap();
            assert!(range.contains(&field), "{field}");
        }
        assert_eq!(peek([0xff; 3].as_slice()), None);
        // An unknown field is skipped.
        assert_eq!(peek([0x08, 0x05, 0xda, 0x06, 0x01, 0x00].as_slice()), Some((5, None)));
    }
}
