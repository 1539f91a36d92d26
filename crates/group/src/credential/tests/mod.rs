#![allow(clippy::unwrap_used)]

mod chains;
mod crypto;
mod groups;

use std::sync::Arc;

use conclave_protocol::certificate::{Certificate, Chain, Subject, Validity, issue};
use conclave_protocol::{ClientUri, DeviceId, UserUri};
use conclave_record::KeyHandle;
use mls_rs_core::identity::SigningIdentity;

use super::*;
use crate::signer::{MemorySigner, Signer};

const DOMAIN: &str = "chat.example";
/// When everything is issued, in seconds.
const AT_S: u64 = 1_750_000_000;
const ALWAYS: Validity = Validity { not_before_s: 0, not_after_s: 4_000_000_000 };

/// An authority, and the keys of all its users.
struct World {
    signer: Arc<MemorySigner>,
    anchor: [u8; 32],
}

/// A device with its certificates.
struct Device {
    client: ClientUri,
    handle: KeyHandle,
    identity: Certificate,
    device: Certificate,
}

impl World {
    fn new() -> Self {
        let signer = Arc::new(MemorySigner::default());
        let anchor = signer.generate(KeyHandle::new("authority"));
        Self { signer, anchor }
    }

    fn identities(&self) -> Identities {
        Identities::new(self.anchor, DOMAIN.to_owned())
    }

    /// A device of the user whose identity key has this handle; the key is created on first use.
    fn device_of(&self, identity_key: &str, user: &str, device: u8) -> Device {
        let authority = KeyHandle::new("authority");
        let identity_key = KeyHandle::new(identity_key);
        let public = self.signer.public_key(&identity_key);
        let public = public.unwrap_or_else(|| self.signer.generate(identity_key.clone()));
        let user: UserUri = format!("mimi://{DOMAIN}/u/{user}").parse().unwrap();
        let sign = |bytes: &[u8]| self.signer.sign(&authority, bytes);
        let identity = issue(&Subject::Identity(user.clone()), &public, ALWAYS, [1; 16], sign).unwrap();

        let client = user.client(DeviceId([device; 8]));
        let handle = KeyHandle::new(format!("device {client} {}", identity_key.as_str()));
        let public = self.signer.generate(handle.clone());
        let signer = self.signer.as_ref();
        let device = issue_device(signer, &identity_key, &client, &public, ALWAYS, [2; 16]).unwrap();
        Device { client, handle, identity, device }
    }

    fn device(&self, user: &str, device: u8) -> Device {
        self.device_of(user, user, device)
    }

    /// A chain over a new signature key with this name.
    fn leaf(&self, of: &Device, key: &str, validity: Validity) -> (KeyHandle, SigningIdentity) {
        let handle = KeyHandle::new(format!("{} {key}", of.client));
        let public = self.signer.generate(handle.clone());
        (handle, self.over(of, &public, validity))
    }

    fn over(&self, of: &Device, key: &[u8; 32], validity: Validity) -> SigningIdentity {
        let signer = self.signer.as_ref();
        let leaf = issue_leaf(signer, &of.handle, &of.client, key, validity, [3; 16]).unwrap();
        signing_identity(&Chain::new(leaf, of.device.clone(), of.identity.clone()).unwrap())
    }
}

fn fresh() -> Validity {
    validity_from(AT_S, LEAF_LIFETIME_S)
}
