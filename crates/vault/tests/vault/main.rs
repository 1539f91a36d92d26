//! The vaults from outside: one conformance suite over every implementation, and the operating system's
//! keychain with all the ways in which it can be away.

mod conformance;
#[cfg(target_os = "linux")]
mod secret_service;
