//! Opening a connection: Hello, the service's signature, the pins, and on an identified one the client's.

use bytes::Bytes;
use conclave_protocol::link::ConnectionKind;
use conclave_protocol::signing;
use conclave_protocol::wire::{self, client_frame, server_frame};
use ed25519_dalek::{Signature, VerifyingKey};
use tokio::sync::mpsc;

use super::{ClientAuthentication, Opened, RemoteService};
use crate::error::ServiceError;
use crate::service::ServiceIdentity;
use crate::session::Session;

/// The protocol version spoken here.
const VERSION: u32 = 1;
/// Pushes that may wait before the connection waits.
pub(super) const PUSHES_MAX: usize = 64;

impl RemoteService {
    /// Opens a connection of this kind and makes sure of who is at the other end.
    pub(super) async fn open(
        &self,
        kind: ConnectionKind,
        nonce: [u8; 32],
        pushed: mpsc::Sender<server_frame::Body>,
    ) -> Result<Opened, ServiceError> {
        let link = self.connector.connect(kind).await?;
        let session = Session::over(link, pushed);
        let hello = wire::Hello { versions: vec![VERSION], nonce: Bytes::copy_from_slice(&nonce) };
        let server_frame::Body::HelloAnswer(answer) =
            session.request(client_frame::Body::Hello(hello)).await?
        else {
            return Err(ServiceError::BadAnswer);
        };
        let (identity, service_nonce) = verify(&answer, &nonce)?;
        if !self.pins.allow(&identity) {
            return Err(ServiceError::WrongService);
        }
        self.note_time(answer.now_ms)?;
        Ok(Opened { session, nonce: service_nonce, identity })
    }
}

impl Opened {
    /// Shows who the client is.
    pub(super) async fn authenticate(&self, client: &ClientAuthentication) -> Result<(), ServiceError> {
        let bytes = signing::authenticate(&self.identity.service_key, &self.nonce);
        let signature = (client.sign)(&bytes)
            .ok_or_else(|| ServiceError::Refused("the device key is not at hand".to_owned()))?;
        let authenticate = wire::Authenticate {
            device_certificate: client.device_certificate.clone(),
            identity_certificate: client.identity_certificate.clone(),
            signature: Bytes::copy_from_slice(&signature),
        };
        self.done(client_frame::Body::Authenticate(authenticate)).await
    }

    /// A request that is answered with `Done`.
    pub(super) async fn done(&self, body: client_frame::Body) -> Result<(), ServiceError> {
        match self.session.request(body).await? {
            server_frame::Body::Done(_) => Ok(()),
            _ => Err(ServiceError::BadAnswer),
        }
    }
}

fn verify(answer: &wire::HelloAnswer, nonce: &[u8; 32]) -> Result<(ServiceIdentity, [u8; 32]), ServiceError> {
    let bytes32 = |b: &Bytes| <[u8; 32]>::try_from(b.as_ref()).map_err(|_| ServiceError::BadAnswer);
    if answer.version != VERSION {
        return Err(ServiceError::BadAnswer);
    }
    let identity = ServiceIdentity {
        service_key: bytes32(&answer.service_key)?,
        authority_key: bytes32(&answer.authority_key)?,
        domain: answer.domain.clone(),
    };
    let service_nonce = bytes32(&answer.nonce)?;
    let signed = signing::service_hello(nonce, &service_nonce, &identity.domain, &identity.authority_key);
    let key = VerifyingKey::from_bytes(&identity.service_key).map_err(|_| ServiceError::BadAnswer)?;
    let signature = Signature::from_slice(&answer.signature).map_err(|_| ServiceError::BadAnswer)?;
    key.verify_strict(&signed, &signature).map_err(|_| ServiceError::WrongService)?;
    Ok((identity, service_nonce))
}
