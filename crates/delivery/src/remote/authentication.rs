//! The Authentication Service over an identified connection that is not authenticated yet.

use bytes::Bytes;
use conclave_protocol::link::ConnectionKind;
use conclave_protocol::wire::{self, client_frame, server_frame};
use conclave_protocol::{Handle, signing};
use futures_util::FutureExt as _;
use tokio::sync::mpsc;

use super::{Opened, RemoteService, Sign, held};
use crate::error::ServiceError;
use crate::service::{Answer, AuthenticationService, ServiceIdentity};

impl RemoteService {
    /// The open connection, or one of its own for this call.
    async fn for_look_up(&self) -> Result<Opened, ServiceError> {
        match held(&self.identified) {
            Some(opened) => Ok(opened),
            None => self.fresh().await,
        }
    }

    async fn fresh(&self) -> Result<Opened, ServiceError> {
        // Nothing is subscribed on it, so nothing is pushed.
        let (pushed, _) = mpsc::channel(1);
        self.open(ConnectionKind::Identified, super::delivery::nonce()?, pushed).await
    }
}

impl AuthenticationService for RemoteService {
    fn identity(&self) -> Answer<'_, ServiceIdentity> {
        async move { Ok(self.fresh().await?.identity) }.boxed()
    }

    fn enrol(&self, name: &Handle, identity_key: [u8; 32], sign: Sign) -> Answer<'_, Bytes> {
        let name = name.to_string();
        async move {
            let opened = self.fresh().await?;
            let signed = signing::enrol(&opened.identity.service_key, &opened.nonce, &name);
            let signature = sign(&signed)
                .ok_or_else(|| ServiceError::Refused("the identity key is not at hand".to_owned()))?;
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
        .boxed()
    }

    fn look_up(&self, name: &Handle) -> Answer<'_, (conclave_protocol::UserUri, Bytes)> {
        let name = name.to_string();
        async move {
            let opened = self.for_look_up().await?;
            match opened.session.request(client_frame::Body::LookUp(wire::LookUp { name })).await? {
                server_frame::Body::Found(found) => {
                    let user = found.user.parse().map_err(|_| ServiceError::BadAnswer)?;
                    Ok((user, found.identity_certificate))
                }
                _ => Err(ServiceError::BadAnswer),
            }
        }
        .boxed()
    }
}
