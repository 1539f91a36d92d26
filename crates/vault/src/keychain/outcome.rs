//! Converts the keychain's errors. Their `Debug` form can hold secret bytes, so only `Display` is used.

use keyring::Error;

use crate::{ItemName, UnavailableReason, VaultError};

/// Where a keychain operation failed.
pub(super) enum Failure {
    /// No service could be reached.
    Connect(Error),
    /// The service was reached, and refused or failed.
    Operation(Error),
}

/// The error for the caller. `item` is the item requested, if any.
pub(super) fn explain(failure: Failure, item: Option<&ItemName>) -> VaultError {
    let error = match failure {
        Failure::Connect(error) => {
            return VaultError::unavailable(UnavailableReason::NoService, error);
        }
        Failure::Operation(error) => error,
    };
    match (error, item) {
        (error @ Error::NoStorageAccess(_), _) => VaultError::unavailable(UnavailableReason::Locked, error),
        (Error::Ambiguous(entries), Some(item)) => {
            VaultError::Ambiguous { item: item.clone(), count: entries.len() }
        }
        (error @ (Error::BadEncoding(_) | Error::BadDataFormat(..) | Error::BadStoreFormat(_)), _) => {
            VaultError::damaged(error)
        }
        (error, _) => VaultError::unavailable(UnavailableReason::Failed, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(failure: Failure) -> UnavailableReason {
        match explain(failure, None) {
            VaultError::Unavailable { reason, .. } => reason,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn each_failure_has_its_reason() {
        let locked = Failure::Operation(Error::NoStorageAccess("prompt dismissed".into()));
        assert_eq!(reason(locked), UnavailableReason::Locked);
        let nobody = Failure::Connect(Error::PlatformFailure("no bus".into()));
        assert_eq!(reason(nobody), UnavailableReason::NoService);
        let broken = Failure::Operation(Error::PlatformFailure("oops".into()));
        assert_eq!(reason(broken), UnavailableReason::Failed);
    }

    #[test]
    fn secret_bytes_of_a_failed_read_are_not_told() {
        let failure = Failure::Operation(Error::BadEncoding(b"hunter2".to_vec()));
        let told = explain(failure, None);
        assert!(matches!(told, VaultError::Damaged { .. }));
        assert!(!format!("{told} {told:?}").contains("104"), "the bytes of the secret are in {told:?}");
    }
}
