//! The differences between the three operating systems' keychains: how to connect, label an item, and search a
//! namespace.

use std::collections::HashMap;
use std::sync::Arc;

use keyring::{CredentialStore, Entry, Result};

use crate::Namespace;

/// A new connection. A failure has no side effects, so it can be retried at any time.
#[cfg(target_os = "linux")]
pub(super) fn connect() -> Result<Arc<CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
pub(super) fn connect() -> Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
pub(super) fn connect() -> Result<Arc<CredentialStore>> {
    // Our service names have no divider, so that target names can be split again.
    let unambiguous = HashMap::from([("service_no_divider", "true")]);
    Ok(windows_native_keyring_store::Store::new_with_configuration(&unambiguous)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
pub(super) fn connect() -> Result<Arc<CredentialStore>> {
    Err(keyring::Error::NotSupportedByStore("there is no keychain for this system".to_owned()))
}

/// The item `user` of `service`; no I/O yet.
pub(super) fn entry(
    store: &CredentialStore,
    namespace: &Namespace,
    service: &str,
    user: &str,
) -> Result<Entry> {
    // Secret Service shows labels in its own tools; the others have none.
    if cfg!(target_os = "linux") {
        let label = format!("Conclave ({}): {user}", namespace.profile());
        store.build(service, user, Some(&HashMap::from([("label", label.as_str())])))
    } else {
        store.build(service, user, None)
    }
}

/// The user names of all items of `service`.
pub(super) fn users(store: &CredentialStore, service: &str) -> Result<Vec<String>> {
    let pattern = format!("\\.{service}$");
    let query = if cfg!(windows) { ("pattern", pattern.as_str()) } else { ("service", service) };
    let mut users = Vec::new();
    for entry in store.search(&HashMap::from([query]))? {
        match entry.get_specifiers() {
            Some((found, user)) if found == service => users.push(user),
            Some(_) => {}
            // Either not an item of ours, or unreadable: an unreadable one must not shorten the list.
            None => drop(entry.get_attributes()?),
        }
    }
    Ok(users)
}
