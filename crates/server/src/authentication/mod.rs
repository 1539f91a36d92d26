//! The Authentication Service (RFC 9750 §4): binds a name to a key that its user generated. It has its own key, module
//! and tables; the Delivery Service uses only its public key.

use bytes::Bytes;
use conclave_protocol::certificate::{Certificate, Subject, Validity, issue};
use conclave_protocol::{Handle, Timestamp, UserUri, signing, wire};
use ed25519_dalek::{Signature, VerifyingKey};

use crate::delivery::access::{Challenge, public_key};
use crate::keys::ServiceKey;
use crate::refusal::Refusal;
use crate::storage::{StorageError, StoredAccount, Tables};

const DAY_S: u64 = 24 * 3600;
/// How long an identity certificate is valid.
const VALID_S: u64 = 2 * 365 * DAY_S;
/// Validity starts this long before issuance, for clients whose clocks are behind.
const BEFORE_S: u64 = DAY_S;
/// When less than this is left, enrolling again issues a new one.
const RENEW_S: u64 = 180 * DAY_S;

/// The authority of one domain.
#[derive(Debug)]
pub(crate) struct Authority {
    key: ServiceKey,
    domain: String,
}

/// A request for an identity certificate, with proof of possession of the key.
#[derive(Debug)]
pub(crate) struct Enrol {
    name: Handle,
    identity_key: [u8; 32],
}

impl Enrol {
    pub(crate) fn parse(request: &wire::Enrol, challenge: Challenge) -> Result<Self, Refusal> {
        let name: Handle = request.name.parse().map_err(|_| Refusal::BadName)?;
        let identity_key = public_key(&request.identity_key, "identity_key")?;
        let signature =
            Signature::from_slice(&request.signature).map_err(|_| Refusal::Malformed("signature"))?;
        let bytes = signing::enrol(&challenge.service_key, &challenge.nonce, name.as_str());
        VerifyingKey::from_bytes(&identity_key)
            .and_then(|key| key.verify_strict(&bytes, &signature))
            .map_err(|_| Refusal::Unauthenticated("the identity key's signature"))?;
        Ok(Self { name, identity_key })
    }
}

impl Authority {
    pub(crate) fn new(key: ServiceKey, domain: String) -> Self {
        Self { key, domain }
    }

    /// The trust anchor.
    pub(crate) fn public(&self) -> [u8; 32] {
        self.key.public()
    }

    /// Binds the name to the key, if the name is free or already bound to this key.
    pub(crate) fn enrol(
        &self,
        tables: &dyn Tables,
        request: &Enrol,
        now: Timestamp,
    ) -> Result<wire::Enrolled, StorageError> {
        let Enrol { name, identity_key } = request;
        if let Some(account) = tables.account(name)? {
            if account.identity_key != *identity_key {
                return Err(Refusal::NameTaken.into());
            }
            if is_fresh(&account.certificate, now) {
                return Ok(wire::Enrolled { identity_certificate: account.certificate });
            }
        }
        let certificate = self.certify(name, identity_key, now)?;
        let account = StoredAccount { identity_key: *identity_key, certificate: certificate.clone() };
        tables.put_account(name, &account)?;
        Ok(wire::Enrolled { identity_certificate: certificate })
    }

    fn certify(&self, name: &Handle, key: &[u8; 32], now: Timestamp) -> Result<Bytes, Refusal> {
        let user = UserUri::new(&self.domain, name).map_err(|_| Refusal::Internal)?;
        let mut serial = [0; 16];
        getrandom::fill(&mut serial).map_err(|_| Refusal::Internal)?;
        let validity = Validity {
            not_before_s: now.seconds().saturating_sub(BEFORE_S),
            not_after_s: now.seconds().saturating_add(VALID_S),
        };
        let sign = |bytes: &[u8]| Ok::<_, std::convert::Infallible>(self.key.sign(bytes));
        match issue(&Subject::Identity(user), key, validity, serial, sign) {
            Ok(certificate) => Ok(Bytes::copy_from_slice(certificate.der())),
            Err(error) => {
                tracing::error!(%error, "no identity certificate was issued");
                Err(Refusal::Internal)
            }
        }
    }

    /// The user with this name, which is a handle or a whole URI.
    pub(crate) fn look_up(&self, tables: &dyn Tables, text: &str) -> Result<wire::Found, StorageError> {
        let name = match text.parse::<UserUri>() {
            Ok(user) if user.domain() == self.domain => user.handle().to_owned(),
            Ok(_) => return Err(Refusal::NoSuchUser.into()),
            Err(_) => text.to_owned(),
        };
        let name: Handle = name.parse().map_err(|_| Refusal::BadName)?;
        let account = tables.account(&name)?.ok_or(Refusal::NoSuchUser)?;
        let user = UserUri::new(&self.domain, &name).map_err(|_| Refusal::Internal)?;
        Ok(wire::Found { user: user.to_string(), identity_certificate: account.certificate })
    }
}

fn is_fresh(certificate: &[u8], now: Timestamp) -> bool {
    Certificate::parse(certificate)
        .is_ok_and(|c| now.seconds().saturating_add(RENEW_S) < c.validity().not_after_s)
}
