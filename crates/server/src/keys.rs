//! The service's three keys. Each has its own file (0600) in the data folder, so that the Authentication Service's key
//! can be separated from the Delivery Service's; neither is in the database.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use ed25519_dalek::{Signer, SigningKey};
use zeroize::{Zeroize, Zeroizing};

/// 32 secret bytes; zeroized on drop, never printed.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    fn random() -> Result<Self, io::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice()).map_err(io::Error::other)?;
        Ok(Self(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// An Ed25519 key pair that signs and is never printed.
pub(crate) struct ServiceKey(SigningKey);

impl ServiceKey {
    pub(crate) fn new(secret: &Secret) -> Self {
        Self(SigningKey::from_bytes(secret.bytes()))
    }

    pub(crate) fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl std::fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ServiceKey").field(&hex::encode(self.public())).finish()
    }
}

/// The keys of one data folder.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Signs the Delivery Service's hello.
    pub(crate) service: Secret,
    /// Signs identity certificates.
    pub(crate) authority: Secret,
    /// Encrypts the database.
    pub(crate) database: Secret,
}

impl Keys {
    /// Keys that are not written to disk.
    pub(crate) fn ephemeral() -> Result<Self, io::Error> {
        Ok(Self { service: Secret::random()?, authority: Secret::random()?, database: Secret::random()? })
    }

    /// The keys of a folder. Generated if `fresh`; in a used folder a missing key is an error, because a new key would
    /// make it another service.
    pub(crate) fn of(folder: &Path, fresh: bool) -> Result<Self, io::Error> {
        let key = |name: &str| read_or_make(&folder.join(name), fresh);
        Ok(Self {
            service: key("service.key")?,
            authority: key("authority.key")?,
            // Last, so that a folder whose first start was interrupted has no database and still counts as fresh.
            database: key("database.key")?,
        })
    }
}

fn read_or_make(path: &Path, fresh: bool) -> Result<Secret, io::Error> {
    match File::open(path) {
        Ok(file) => read(file),
        Err(e) if e.kind() == io::ErrorKind::NotFound && fresh => make(path),
        Err(e) => Err(e),
    }
}

fn read(file: File) -> Result<Secret, io::Error> {
    let mut text = Zeroizing::new(String::new());
    file.take(128).read_to_string(&mut text)?;
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim(), bytes.as_mut_slice())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not a key file"))?;
    Ok(Secret(bytes))
}

/// Atomic: written to a temporary file, synced, then renamed.
fn make(path: &Path) -> Result<Secret, io::Error> {
    let secret = Secret::random()?;
    let beside = path.with_extension("key.new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut text = hex::encode(secret.bytes());
    let mut file = options.open(&beside)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    text.zeroize();
    written?;
    std::fs::rename(&beside, path)?;
    // Otherwise a power failure may lose the name, and with it everything encrypted or signed by the key since.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn keys_are_made_once_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let made = Keys::of(dir.path(), true).unwrap();
        let kept = Keys::of(dir.path(), false).unwrap();
        assert_eq!(made.service.bytes(), kept.service.bytes());
        assert_eq!(made.authority.bytes(), kept.authority.bytes());
        assert_ne!(made.service.bytes(), made.authority.bytes());
        assert!(!format!("{made:?}").contains(&hex::encode(made.service.bytes())));
    }

    #[test]
    fn a_missing_or_broken_key_of_a_folder_in_use_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        Keys::of(dir.path(), true).unwrap();
        std::fs::write(dir.path().join("authority.key"), "short").unwrap();
        assert_eq!(Keys::of(dir.path(), false).unwrap_err().kind(), io::ErrorKind::InvalidData);
        std::fs::remove_file(dir.path().join("authority.key")).unwrap();
        assert_eq!(Keys::of(dir.path(), false).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn key_files_are_for_the_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        Keys::of(dir.path(), true).unwrap();
        for name in ["service.key", "authority.key", "database.key"] {
            let mode = std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
