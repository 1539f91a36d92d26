//! Opening a connection: Hello, the service's signature, the pins, and on an identified one the client's.

use bytes::Bytes;
use conclave_protocol::link::ConnectionKind;
use conclave_protocol::signing;
use conclave_protocol::wire::{self, client_frame, server_frame};
use ed25519_dalek::{Signature, VerifyingKey};
use tokio::sync::mpsc;

use super::{ClientAuthentication, Opened, RemoteService, held, hold};
use crate::error::ServiceError;
use crate::service::{Push, ServiceIdentity};
use crate::session::Session;

/// The protocol version of this client.
const VERSION: u32 = 1;

/// 32 random bytes of the operating system.
fn nonce() -> Result<[u8; 32], ServiceError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| ServiceError::Unreachable)?;
    Ok(bytes)
}

impl RemoteService {
    /// Opens both connections (again), and says who answered. What the service pushes goes into the queue given here;
    /// [`Push::Lost`] says that a connection has ended. Former connections are dropped.
    pub async fn connect(&self, pushes: mpsc::Sender<Push>) -> Result<ServiceIdentity, ServiceError> {
        hold(&self.identified, None);
        hold(&self.anonymous, None);
        let client = self.client.as_ref().ok_or_else(|| ServiceError::Refused("no client".to_owned()))?;
        let identified = self.open(ConnectionKind::Identified, pushes.clone()).await?;
        identified.authenticate(client).await?;
        let anonymous = self.open(ConnectionKind::Anonymous, pushes).await?;
        let identity = identified.identity.clone();
        if anonymous.identity != identity {
            return Err(ServiceError::WrongService);
        }
        hold(&self.identified, Some(identified));
        hold(&self.anonymous, Some(anonymous));
        Ok(identity)
    }

    /// Pings both connections; one that does not answer ends within seconds. Without connections, nothing.
    pub fn probe(&self) {
        for opened in [held(&self.identified), held(&self.anonymous)].into_iter().flatten() {
            opened.session.probe();
        }
    }

    /// Opens a connection of this kind and verifies the service.
    pub(super) async fn open(
        &self,
        kind: ConnectionKind,
        pushes: mpsc::Sender<Push>,
    ) -> Result<Opened, ServiceError> {
        let nonce = nonce()?;
        let link = self.connector.connect(kind).await?;
        let session = Session::over(link, pushes);
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
    /// Authenticates the client.
    pub(super) async fn authenticate(&self, client: &ClientAuthentication) -> Result<(), ServiceError> {
        let bytes = signing::authenticate(&self.identity.service_key, &self.nonce);
        let signature = (client.sign)(&bytes)
            .ok_or_else(|| ServiceError::Refused("the device key is not loaded".to_owned()))?;
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
