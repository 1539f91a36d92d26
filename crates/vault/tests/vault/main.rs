//! Tests of the vaults' public interface: one conformance suite for every implementation, and all the ways in which the
//! operating system's keychain can be unavailable.

mod conformance;
#[cfg(target_os = "linux")]
mod secret_service;
