//! The Authentication Service over an identified connection that is not authenticated yet (RFC 9750 §4).

use bytes::Bytes;
use conclave_protocol::link::ConnectionKind;
use conclave_protocol::wire::{self, client_frame, server_frame};
use conclave_protocol::{Handle, UserUri, signing};
use tokio::sync::mpsc;

use super::{Opened, RemoteService, Sign, held};
use crate::error::ServiceError;
use crate::service::ServiceIdentity;

impl RemoteService {
    /// The open connection, or one for this call alone.
    async fn for_look_up(&self) -> Result<Opened, ServiceError> {
        match held(&self.identified) {
            Some(opened) => Ok(opened),
            None => self.fresh().await,
        }
    }

    async fn fresh(&self) -> Result<Opened, ServiceError> {
        // Nothing is subscribed on it, so nothing is pushed.
        let (pushes, _) = mpsc::channel(1);
        self.open(ConnectionKind::Identified, pushes).await
    }

    /// The identity of the services, checked against the pins.
    pub async fn identity(&self) -> Result<ServiceIdentity, ServiceError> {
        Ok(self.fresh().await?.identity)
    }

    /// Asks for an identity certificate (DER) over a key made here; `sign` signs with that key.
    pub async fn enrol(
        &self,
        name: &Handle,
        identity_key: [u8; 32],
        sign: Sign,
    ) -> Result<Bytes, ServiceError> {
        let name = name.to_string();
        let opened = self.fresh().await?;
        let signed = signing::enrol(&opened.identity.service_key, &opened.nonce, &name);
        let signature = sign(&signed)
            .ok_or_else(|| ServiceError::Refused("the identity key is not loaded".to_owned()))?;
        let enrol = wire::Enrol {
            name,
            identity_key: Bytes::copy_from_slice(&identity_key),
            signature: Bytes::copy_from_slice(&signature),
        };
        match opened.session.request(client_frame::Body::Enrol(enrol)).await? {
            server_frame::Body::Enrolled(enrolled) => Ok(enrolled.identity_certificate),
            _ => Err(ServiceError::BadAnswer),
        }
    }

    /// The user of this name and their identity certificate (DER).
    pub async fn look_up(&self, name: &Handle) -> Result<(UserUri, Bytes), ServiceError> {
        let body = client_frame::Body::LookUp(wire::LookUp { name: name.to_string() });
        match self.for_look_up().await?.session.request(body).await? {
            server_frame::Body::Found(found) => {
                let user = found.user.parse().map_err(|_| ServiceError::BadAnswer)?;
                Ok((user, found.identity_certificate))
            }
            _ => Err(ServiceError::BadAnswer),
        }
    }
}
