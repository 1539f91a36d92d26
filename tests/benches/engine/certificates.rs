//! An authority with a known key, so that simulated members have chains of the same three certificates as anybody
//! enrolled by the service.

use std::path::Path;
use std::sync::Arc;

use conclave_group::credential::{
    Identities, LEAF_LIFETIME_S, issue_device, issue_leaf, signing_identity, validity_from,
};
use conclave_group::signer::{MemorySigner, Signer as _};
use conclave_protocol::certificate::{Certificate, Chain, Subject, Validity, issue};
use conclave_protocol::{ClientUri, DeviceId, UserUri};
use conclave_record::KeyHandle;
use mls_rs_core::identity::SigningIdentity;

pub(crate) const DOMAIN: &str = "bench.example";
/// The authority's key; only this run trusts it.
const SEED: [u8; 32] = [0xc0; 32];
const ALWAYS: Validity = Validity { not_before_s: 0, not_after_s: 4_000_000_000 };

/// The authority, and the keys of all simulated members.
#[derive(Debug, Clone)]
pub(crate) struct Authority {
    pub(crate) signer: Arc<MemorySigner>,
    pub(crate) identities: Identities,
}

/// A simulated member's device.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) client: ClientUri,
    pub(crate) key: KeyHandle,
    pub(crate) identity: Certificate,
    pub(crate) certificate: Certificate,
}

fn authority_key() -> KeyHandle {
    KeyHandle::new("authority")
}

impl Authority {
    /// Puts the key where a service that opens this folder for the first time finds it.
    pub(crate) fn for_service(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("authority.key"), hex::encode(SEED)).unwrap();
        let signer = Arc::new(MemorySigner::default());
        let anchor = signer.insert(authority_key(), SEED);
        Self { signer, identities: Identities::new(anchor, DOMAIN.to_owned()) }
    }

    /// A person with one device.
    pub(crate) fn device(&self, name: &str) -> Device {
        let user: UserUri = format!("mimi://{DOMAIN}/u/{name}").parse().unwrap();
        let identity_key = KeyHandle::new(format!("identity {name}"));
        let public = self.signer.generate(identity_key.clone());
        let sign = |bytes: &[u8]| self.signer.sign(&authority_key(), bytes);
        let identity = issue(&Subject::Identity(user.clone()), &public, ALWAYS, [1; 16], sign).unwrap();
        let client = user.client(DeviceId([1; 8]));
        let key = KeyHandle::new(format!("device {name}"));
        let public = self.signer.generate(key.clone());
        let certificate =
            issue_device(self.signer.as_ref(), &identity_key, &client, &public, ALWAYS, [2; 16]).unwrap();
        Device { client, key, identity, certificate }
    }

    /// A new signature key of a device, with its chain.
    pub(crate) fn leaf(&self, of: &Device, now_s: u64) -> (KeyHandle, SigningIdentity) {
        let handle = KeyHandle::new(format!("leaf {}", of.client));
        let public = self.signer.generate(handle.clone());
        let validity = validity_from(now_s, LEAF_LIFETIME_S);
        let leaf = issue_leaf(self.signer.as_ref(), &of.key, &of.client, &public, validity, [3; 16]).unwrap();
        let chain = Chain::new(leaf, of.certificate.clone(), of.identity.clone()).unwrap();
        (handle, signing_identity(&chain))
    }
}
