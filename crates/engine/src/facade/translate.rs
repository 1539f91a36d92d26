//! Errors of the lower layers as errors of the api.

use conclave_delivery::ServiceError;
use conclave_protocol::link::ConnectError;
use conclave_protocol::{BadName, MessageId};
use conclave_store as store;
use conclave_vault::VaultError;

use crate::api::Error;
use crate::executor::StoreFault;
use crate::keys::KeyFault;

/// A fault of ours: its text goes to the log under an id that the user can quote.
pub(super) fn internal(fault: &dyn std::fmt::Display) -> Error {
    let mut bytes = [0; 4];
    // Without randomness the id is all zeros, and still finds the line.
    let _ = getrandom::fill(&mut bytes);
    let id = hex::encode(bytes);
    tracing::error!(%id, %fault, "an internal fault");
    Error::Internal { id }
}

impl From<StoreFault> for Error {
    fn from(fault: StoreFault) -> Self {
        match fault {
            StoreFault::Store(error) if error.may_pass() => Self::DiskUnavailable,
            StoreFault::Store(store::Error::NotFound(store::Missing::Group)) => Self::NoSuchGroup,
            StoreFault::Closed => Self::Closing,
            StoreFault::Store(other) => internal(&other),
        }
    }
}

impl From<KeyFault> for Error {
    fn from(fault: KeyFault) -> Self {
        match fault {
            KeyFault::Vault(VaultError::Unavailable { .. }) => Self::KeychainLocked,
            other => internal(&other),
        }
    }
}

impl From<VaultError> for Error {
    fn from(fault: VaultError) -> Self {
        Self::from(KeyFault::Vault(fault))
    }
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Unreachable | ServiceError::NoSuchHost => Self::ServiceUnreachable,
            ServiceError::Busy { retry_after_ms } => {
                Self::ServiceBusy { minutes: retry_after_ms.div_ceil(60_000).max(1) }
            }
            ServiceError::WrongService => Self::WrongService,
            ServiceError::Unusable(ConnectError::BadAddress) => Self::BadServiceUrl,
            ServiceError::Unusable(ConnectError::NotAService) => Self::NotAService,
            ServiceError::Unusable(ConnectError::Untrusted) => Self::UntrustedService,
            ServiceError::Unusable(ConnectError::NotValidNow) => Self::ServiceNotValidNow,
            ServiceError::NameTaken => Self::HandleTaken,
            ServiceError::BadName => Self::BadHandle,
            other => Self::ServiceRefused { reason: other.to_string() },
        }
    }
}

impl From<BadName> for Error {
    fn from(bad: BadName) -> Self {
        match bad {
            BadName::Empty => Self::Empty,
            BadName::TooLong { max } => Self::NameTooLong { max: max as u64 },
        }
    }
}

/// Why a service that was never contacted before can't be used. Its address may be mistyped, so a host that is not
/// found is reported as such, and a malformed answer as not being a service.
pub(super) fn first_contact(error: ServiceError) -> Error {
    match error {
        ServiceError::NoSuchHost => Error::NoSuchHost,
        ServiceError::BadAnswer => Error::NotAService,
        other => other.into(),
    }
}

/// Parses a message's id.
pub(super) fn message_id(text: &str) -> Result<MessageId, Error> {
    MessageId::from_hex(text).ok_or(Error::NoSuchMessage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_was_mistyped_is_not_one_that_is_away() {
        use ConnectError as Connect;
        for (connect, first, later) in [
            (Connect::NoSuchHost, Error::NoSuchHost, Error::ServiceUnreachable),
            (Connect::Unreachable, Error::ServiceUnreachable, Error::ServiceUnreachable),
            (Connect::NotAService, Error::NotAService, Error::NotAService),
            (Connect::Untrusted, Error::UntrustedService, Error::UntrustedService),
            (Connect::NotValidNow, Error::ServiceNotValidNow, Error::ServiceNotValidNow),
            (Connect::BadAddress, Error::BadServiceUrl, Error::BadServiceUrl),
        ] {
            assert_eq!(first_contact(connect.clone().into()), first);
            assert_eq!(Error::from(ServiceError::from(connect)), later);
        }
        assert_eq!(first_contact(ServiceError::BadAnswer), Error::NotAService);
    }
}
