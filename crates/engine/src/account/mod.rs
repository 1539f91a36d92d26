//! The account of a profile: identity, device, key packages, inbox.

mod actor;
mod inbox;
mod key_packages;
mod renewal;
mod welcome;
mod welcomes;

pub(crate) use actor::{AccountActor, AccountStart, MembershipOver, WasSetBack};

/// The cipher suites of key packages, best first (RFC 9420 §17.1): X25519 with AES-128-GCM, and with ChaCha20-Poly1305.
pub(crate) const CIPHER_SUITES: [u16; 2] = [1, 3];
