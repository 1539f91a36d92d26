//! The first run: creating an account (RFC 9750 §3.1).

use std::sync::Arc;

use bytes::Bytes;
use conclave_delivery::{Pins, RemoteService, ServiceIdentity};
use conclave_group::credential::{DEVICE_LIFETIME_S, VALIDITY_SLACK_S, issue_device, validity_from};
use conclave_group::signer::Signer as _;
use conclave_protocol::certificate::{Certificate, verify_identity};
use conclave_protocol::{Handle, PersonName, Seq, ServiceAddress, Timestamp, UserUri};
use conclave_record::KeyHandle;
use conclave_store::{AccountRow, Error as StoreError, ServiceKind, StoreKey, Tx};
use conclave_vault::{ItemName, KeyRing, Loaded, Secret};
use zeroize::Zeroizing;

use super::invitation::{INVITED_BY, invitation_to};
use super::lifecycle::store_key;
use super::translate::{first_contact, internal};
use super::{Engine, Phase};
use crate::api::{Account, AppState, Error, NewAccount, Service, ServiceOffer};
use crate::executor::{StoreHandle, VaultHandle};
use crate::keychain_items::{DEVICE, IDENTITY, STORE};
use crate::keys::RingSigner;

/// Largest difference between this computer's clock and the service's, in milliseconds: certificates are valid from
/// this long before they are issued.
const CLOCK_OFF_MS_MAX: u64 = VALIDITY_SLACK_S * 1000;

impl Engine {
    /// The services that the first run offers.
    pub async fn service_offers(&self) -> Result<Vec<ServiceOffer>, Error> {
        let services = Arc::clone(&self.0.config.services);
        self.0.config.executor.compute(move || services.offers()).await.map_err(|_| Error::Closing)
    }

    /// Creates this profile's account. Can be repeated after an error: keys that were created by then are used again.
    pub async fn create_account(&self, new: NewAccount) -> Result<Account, Error> {
        let handle: Handle = new.handle.parse().map_err(|_| Error::BadHandle)?;
        let name = new.name.as_deref().map(PersonName::clean).transpose()?;
        let service = normalized(new.service)?;
        let invitation = new.invitation.as_deref().map(|link| invitation_to(link, &service)).transpose()?;
        let _opening = self.0.opening.lock().await;
        match self.state()? {
            AppState::FirstRun => {}
            AppState::Ready { .. } => return Err(Error::AccountExists),
            AppState::KeychainLocked => return Err(Error::KeychainLocked),
            _ => return Err(Error::DiskUnavailable),
        }
        let connector = self.0.config.services.connector(&service).await?;
        let pins = invitation.as_ref().map_or(Pins::FirstUse, |invitation| Pins::Key(invitation.service_key));
        let services = RemoteService::new(connector, pins, None);
        let who = services.identity().await.map_err(first_contact)?;
        let now_s = self.agreed_time(services.service_time())?.seconds();

        let vault = self.start_vault()?;
        let ring = KeyRing::new();
        let identity_key = load_or_make_key(&vault, &ring, IDENTITY).await?;
        let device_key = load_or_make_key(&vault, &ring, DEVICE).await?;
        let signer = RingSigner(ring);
        let (user, identity_certificate) =
            enrol(&services, &who, &handle, identity_key, signer.clone(), now_s).await?;

        let store = self.open_or_create_store(&vault).await?;
        let device = self.0.config.ids.device();
        let serial = self.0.config.ids.bytes16();
        let validity = validity_from(now_s, DEVICE_LIFETIME_S);
        let client = user.client(device);
        let by = KeyHandle::new(IDENTITY);
        let device_certificate =
            issue_device(&signer, &by, &client, &device_key, validity, serial).map_err(|e| internal(&e))?;
        let account = AccountRow {
            user,
            name,
            device,
            service: service_kind(service),
            service_key: who.service_key,
            authority_key: who.authority_key,
            identity_handle: KeyHandle::new(IDENTITY),
            device_handle: KeyHandle::new(DEVICE),
            identity_certificate,
            device_certificate: Bytes::copy_from_slice(device_certificate.der()),
            created: self.0.config.clock.now(),
            inbox_cursor: Seq(0),
        };
        let row = account.clone();
        store.write(move |tx| put_new_account(tx, &row, invitation.map(|invitation| invitation.by))).await?;
        let open = self.start(store, vault, account).await?;
        let shown = open.shown();
        self.set_phase(Phase::Open(Box::new(open)));
        Ok(shown)
    }

    /// The service's time, at which all others validate the certificates.
    ///
    /// # Errors
    /// [`Error::ClockWrong`] if this computer's clock is so far from it that its own validation, which uses the local
    /// clock while offline, would differ from theirs.
    fn agreed_time(&self, service: Option<Timestamp>) -> Result<Timestamp, Error> {
        let here = self.0.config.clock.now();
        let service = service.unwrap_or(here);
        if here.0.abs_diff(service.0) > CLOCK_OFF_MS_MAX {
            return Err(Error::ClockWrong { here_ms: here.0, service_ms: service.0 });
        }
        Ok(service)
    }

    /// Opens the profile's store, or creates it. Its key is in the vault before the file exists.
    async fn open_or_create_store(&self, vault: &VaultHandle) -> Result<StoreHandle, Error> {
        let key = match store_key(vault).await? {
            Some(key) => key,
            None => {
                let mut bytes = Zeroizing::new([0; 32]);
                getrandom::fill(bytes.as_mut()).map_err(|e| internal(&e))?;
                let item = ItemName::new(STORE).map_err(|e| internal(&e))?;
                let secret = Secret::new(bytes.to_vec());
                vault.run(move |v| v.put(&item, &secret)).await?;
                StoreKey::new(*bytes)
            }
        };
        std::fs::create_dir_all(&self.0.config.data_dir).map_err(|_| Error::DiskUnavailable)?;
        self.open_store(key).await.map_err(|state| match state {
            AppState::ProfileInUse => Error::AccountExists,
            _ => Error::DiskUnavailable,
        })
    }
}

/// Registers the name at the service. Returns the user, and the identity certificate as DER.
async fn enrol(
    services: &RemoteService,
    who: &ServiceIdentity,
    handle: &Handle,
    identity_key: [u8; 32],
    signer: RingSigner,
    now_s: u64,
) -> Result<(UserUri, Bytes), Error> {
    let sign = Arc::new(move |data: &[u8]| signer.sign(&KeyHandle::new(IDENTITY), data).ok());
    let der = services.enrol(handle, identity_key, sign).await?;
    let refused = |reason: String| Error::ServiceRefused { reason };
    let certificate = Certificate::parse(&der).map_err(|e| refused(e.to_string()))?;
    let user = verify_identity(&who.authority_key, &who.domain, &certificate, now_s)
        .map_err(|e| refused(e.to_string()))?;
    if user.handle() != handle.as_str() || *certificate.public_key() != identity_key {
        return Err(refused("the certificate is not for this name and key".to_owned()));
    }
    Ok((user, der))
}

fn put_new_account(tx: &mut Tx<'_>, row: &AccountRow, inviter: Option<Handle>) -> Result<(), StoreError> {
    tx.put_account(row)?;
    match inviter {
        Some(inviter) => tx.put_setting(INVITED_BY, inviter.as_str().as_bytes()),
        None => Ok(()),
    }
}

/// Loads a key of the account, or creates it. Returns the public key.
async fn load_or_make_key(
    vault: &VaultHandle,
    ring: &KeyRing,
    handle: &'static str,
) -> Result<[u8; 32], Error> {
    let item = ItemName::new(handle).map_err(|e| internal(&e))?;
    let (ring, kept) = (ring.clone(), ring.clone());
    let name = item.clone();
    let made = vault
        .run(move |v| match ring.load(v, &item)? {
            Loaded::Found => Ok(None),
            Loaded::Absent => ring.generate(v, &item).map(Some),
        })
        .await?;
    made.or_else(|| kept.public(&name)).ok_or_else(|| internal(&"a loaded key is not there"))
}

/// A service with its address as it is stored, however people type it.
fn normalized(service: Service) -> Result<Service, Error> {
    match service {
        Service::Server { url } => {
            let address: ServiceAddress = url.parse().map_err(|_| Error::BadServiceUrl)?;
            Ok(Service::Server { url: address.to_string() })
        }
        here => Ok(here),
    }
}

fn service_kind(service: Service) -> ServiceKind {
    match service {
        Service::Own => ServiceKind::Own,
        Service::Local { name } => ServiceKind::Local { name },
        Service::Server { url } => ServiceKind::Server { url },
    }
}
