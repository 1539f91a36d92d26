//! Hello and Authenticate: identifies both ends.

use bytes::Bytes;
use conclave_protocol::certificate::{Certificate, verify_device};
use conclave_protocol::link::ConnectionKind;
use conclave_protocol::wire::server_frame;
use conclave_protocol::{signing, wire};
use ed25519_dalek::{Signature, VerifyingKey};
use futures::FutureExt;

use super::{Connection, Later, Reply, now};
use crate::delivery::access::Challenge;
use crate::refusal::Refusal;

/// Bytes charged for a new inbox to its address: anyone with a name can create any number of devices.
const INBOX_BYTES: usize = 256;
/// The only protocol version.
const VERSION: u32 = 1;

impl Connection {
    pub(super) fn hello(&mut self, hello: &wire::Hello) -> Result<Later, Refusal> {
        if self.challenge.is_some() {
            return Err(Refusal::NotHere);
        }
        if !hello.versions.contains(&VERSION) {
            return Err(Refusal::Version);
        }
        let theirs: [u8; 32] = hello.nonce.as_ref().try_into().map_err(|_| Refusal::Malformed("nonce"))?;
        let mut nonce = [0; 32];
        getrandom::fill(&mut nonce).map_err(|_| Refusal::Internal)?;
        let shared = self.shared();
        let authority_key = shared.authority.public();
        let signed = signing::service_hello(&theirs, &nonce, &shared.domain, &authority_key);
        let service_key = shared.service_key.public();
        let answer = wire::HelloAnswer {
            version: VERSION,
            nonce: Bytes::copy_from_slice(&nonce),
            service_key: Bytes::copy_from_slice(&service_key),
            signature: Bytes::copy_from_slice(&shared.service_key.sign(&signed)),
            domain: shared.domain.clone(),
            authority_key: Bytes::copy_from_slice(&authority_key),
            frame_bytes_max: u32::try_from(shared.limits.frame_bytes_max).unwrap_or(u32::MAX),
            now_ms: shared.now().0,
        };
        self.challenge = Some(Challenge { service_key, nonce });
        self.take_larger_frames();
        Ok(now(server_frame::Body::HelloAnswer(answer)))
    }

    pub(super) fn authenticate(
        &mut self,
        request: &wire::Authenticate,
        challenge: Challenge,
    ) -> Result<Later, Refusal> {
        if self.client.is_some() || self.kind != ConnectionKind::Identified {
            return Err(Refusal::NotHere);
        }
        let shared = self.shared();
        let (anchor, at_s) = (shared.authority.public(), shared.now().seconds());
        let (identity, device) = (&request.identity_certificate, &request.device_certificate);
        let unverified = |error| {
            tracing::debug!(%error, "a client's certificates do not verify");
            Refusal::Unauthenticated("the certificate chain")
        };
        let client = verify_device(&anchor, &shared.domain, identity, device, at_s).map_err(unverified)?;
        let key = *Certificate::parse(device).map_err(unverified)?.public_key();
        let signature =
            Signature::from_slice(&request.signature).map_err(|_| Refusal::Malformed("signature"))?;
        let signed = signing::authenticate(&challenge.service_key, &challenge.nonce);
        VerifyingKey::from_bytes(&key)
            .and_then(|key| key.verify_strict(&signed, &signature))
            .map_err(|_| Refusal::Unauthenticated("the device key's signature"))?;
        let (inbox, at) = (client.inbox(), shared.now());
        shared.take_stored(self.admitted.source, INBOX_BYTES)?;
        let opened = shared.write(move |_, tables| tables.open_inbox(&inbox, at));
        Ok(opened.map(|done| done.map(|()| Reply::Authenticated(client))).boxed())
    }
}
