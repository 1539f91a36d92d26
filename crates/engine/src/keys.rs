//! Keys by handle: how they are created, loaded and unloaded.

use std::fmt;

use bytes::Bytes;
use conclave_group::credential::{LEAF_LIFETIME_S, issue_leaf, validity_from};
use conclave_group::signer::{Signer, SignerError};
use conclave_protocol::certificate::Chain;
use conclave_record::KeyHandle;
use conclave_vault::{BadName, ItemName, KeyRing, Loaded, SignError, Vault, VaultError};

use crate::deps::Deps;
use crate::keychain_items::LEAF_PREFIX;

/// Why a key is not available.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFault {
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("the vault has no key {0}")]
    Absent(String),
    #[error(transparent)]
    Name(#[from] BadName),
    #[error("a certificate was not issued: {0}")]
    Certificate(String),
}

/// Signs with the loaded keys; the signer of group machines.
#[derive(Clone)]
pub(crate) struct RingSigner(pub(crate) KeyRing);

impl fmt::Debug for RingSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RingSigner")
    }
}

impl Signer for RingSigner {
    fn sign(&self, handle: &KeyHandle, data: &[u8]) -> Result<[u8; 64], SignerError> {
        let item = ItemName::new(handle.as_str()).map_err(|_| SignerError::NotLoaded)?;
        self.0.sign(&item, data).map_err(|SignError::NotLoaded { .. }| SignerError::NotLoaded)
    }

    fn public_key(&self, handle: &KeyHandle) -> Option<[u8; 32]> {
        self.0.public(&ItemName::new(handle.as_str()).ok()?)
    }
}

/// A key that the vault's thread loaded. It is unloaded again if the caller no longer waits for it.
struct UnloadOnDrop<T> {
    ring: KeyRing,
    item: ItemName,
    value: Option<T>,
}

impl<T> UnloadOnDrop<T> {
    /// Hands the key to the caller, who unloads it with [`Deps::unload_key`].
    fn take(mut self) -> Option<T> {
        self.value.take()
    }
}

impl<T> Drop for UnloadOnDrop<T> {
    fn drop(&mut self) {
        if self.value.is_some() {
            self.ring.unload(&self.item);
        }
    }
}

impl Deps {
    /// Creates a key under this handle. When this returns, it is stored in the vault, and loaded.
    pub(crate) async fn make_key(&self, handle: &KeyHandle) -> Result<[u8; 32], KeyFault> {
        let item = ItemName::new(handle.as_str())?;
        let ring = self.ring.clone();
        let make = move |vault: &dyn Vault| {
            let value = Some(ring.generate(vault, &item)?);
            Ok(UnloadOnDrop { ring, item, value })
        };
        let made = self.vault.run(make).await?.take();
        made.ok_or_else(|| KeyFault::Absent(handle.to_string()))
    }

    /// Loads a key into memory.
    pub(crate) async fn load_key(&self, handle: &KeyHandle) -> Result<(), KeyFault> {
        let item = ItemName::new(handle.as_str())?;
        let ring = self.ring.clone();
        let load = move |vault: &dyn Vault| {
            let value = (ring.load(vault, &item)? == Loaded::Found).then_some(());
            Ok(UnloadOnDrop { ring, item, value })
        };
        let found = self.vault.run(load).await?.take();
        found.ok_or_else(|| KeyFault::Absent(handle.to_string()))
    }

    /// Unloads a key from memory.
    pub(crate) fn unload_key(&self, handle: &KeyHandle) {
        if let Ok(item) = ItemName::new(handle.as_str()) {
            self.ring.unload(&item);
        }
    }

    /// Creates a new leaf signature key and its certificate chain (leaf, device, identity).
    pub(crate) async fn new_leaf(&self) -> Result<(KeyHandle, Chain), KeyFault> {
        let handle = KeyHandle::new(format!("{LEAF_PREFIX}{}", hex::encode(self.ids.bytes16())));
        let public = self.make_key(&handle).await?;
        let validity = validity_from(self.now().seconds(), LEAF_LIFETIME_S);
        let me = &self.me;
        let certificate = |e: &dyn fmt::Display| KeyFault::Certificate(e.to_string());
        let leaf = issue_leaf(
            self.signer.as_ref(),
            &me.device_handle,
            &me.client,
            &public,
            validity,
            self.ids.bytes16(),
        )
        .map_err(|e| certificate(&e))?;
        let chain = Chain::new(leaf, me.device.clone(), me.identity.clone()).map_err(|e| certificate(&e))?;
        Ok((handle, chain))
    }
}

/// A certificate chain as stored in rows: DER, leaf first.
pub(crate) fn chain_bytes(chain: &Chain) -> Vec<Bytes> {
    [chain.leaf(), chain.device(), chain.identity()].map(|c| Bytes::copy_from_slice(c.der())).to_vec()
}
