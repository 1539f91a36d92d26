//! Users and clients by name: `mimi://domain/u/name` and `mimi://domain/u/name/d/device`.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::id::InboxId;

/// Not a valid name or URI of the required form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a {0}")]
pub struct BadUri(&'static str);

/// A user's name within a domain: 1 to 32 of `a-z 0-9 . _ -`, starting with a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(String);

impl Handle {
    /// Longest name, in bytes.
    pub const LEN_MAX: usize = 32;

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Handle {
    type Err = BadUri;

    fn from_str(text: &str) -> Result<Self, BadUri> {
        let ok = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-');
        let starts = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if !starts || text.len() > Self::LEN_MAX || !text.bytes().all(ok) {
            return Err(BadUri("user name"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A device of a user: 8 random bytes, written as 16 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(pub [u8; 8]);

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for DeviceId {
    type Err = BadUri;

    fn from_str(text: &str) -> Result<Self, BadUri> {
        let mut bytes = [0; 8];
        let lower = text.bytes().all(|b| !b.is_ascii_uppercase());
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) if lower => Ok(Self(bytes)),
            _ => Err(BadUri("device id")),
        }
    }
}

/// A user: `mimi://domain/u/name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserUri {
    text: String,
    domain_len: usize,
}

const SCHEME: &str = "mimi://";

impl UserUri {
    /// The user with this name in this domain. A domain is 1 to 253 of `a-z 0-9 . -`, optionally with a port.
    pub fn new(domain: &str, handle: &Handle) -> Result<Self, BadUri> {
        let ok = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b':');
        if domain.is_empty() || domain.len() > 253 || !domain.bytes().all(ok) {
            return Err(BadUri("domain"));
        }
        Ok(Self { text: format!("{SCHEME}{domain}/u/{handle}"), domain_len: domain.len() })
    }

    /// The whole URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The domain.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.text[SCHEME.len()..SCHEME.len() + self.domain_len]
    }

    /// The name within the domain.
    #[must_use]
    pub fn handle(&self) -> &str {
        &self.text[SCHEME.len() + self.domain_len + "/u/".len()..]
    }

    /// A device of this user.
    #[must_use]
    pub fn client(&self, device: DeviceId) -> ClientUri {
        ClientUri { user: self.clone(), device }
    }
}

impl FromStr for UserUri {
    type Err = BadUri;

    fn from_str(text: &str) -> Result<Self, BadUri> {
        let bad = BadUri("user URI");
        let (domain, handle) = text.strip_prefix(SCHEME).and_then(|t| t.split_once("/u/")).ok_or(bad)?;
        Self::new(domain, &handle.parse().map_err(|_| bad)?).map_err(|_| bad)
    }
}

impl fmt::Display for UserUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A client, one device of a user: `mimi://domain/u/name/d/device`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientUri {
    user: UserUri,
    device: DeviceId,
}

impl ClientUri {
    /// Whose device.
    #[must_use]
    pub fn user(&self) -> &UserUri {
        &self.user
    }

    /// Which device.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// Where this client's Welcomes are delivered: SHA-256("conclave inbox v1" ‖ uri), first 16 bytes.
    #[must_use]
    pub fn inbox(&self) -> InboxId {
        let hash = Sha256::new().chain_update(b"conclave inbox v1").chain_update(self.to_string()).finalize();
        let mut id = [0; InboxId::LEN];
        id.copy_from_slice(&hash[..InboxId::LEN]);
        InboxId::new(id)
    }
}

impl FromStr for ClientUri {
    type Err = BadUri;

    fn from_str(text: &str) -> Result<Self, BadUri> {
        let bad = BadUri("client URI");
        let (user, device) = text.split_once("/d/").ok_or(bad)?;
        Ok(Self { user: user.parse().map_err(|_| bad)?, device: device.parse().map_err(|_| bad)? })
    }
}

impl fmt::Display for ClientUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/d/{}", self.user, self.device)
    }
}
