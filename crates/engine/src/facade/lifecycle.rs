//! Opening a profile (its key, its store, its account, its groups), and closing it. The order in which the whole program
//! ends is in `src-tauri/src/closing.rs`.

use std::path::PathBuf;
use std::sync::{Arc, RwLock};

use conclave_delivery::{ClientAuthentication, Pins, RemoteService, ServiceIdentity};
use conclave_group::credential::Identities;
use conclave_group::signer::Signer as _;
use conclave_protocol::PersonName;
use conclave_protocol::certificate::Certificate;
use conclave_store::{AccountRow, OpenError, ServiceKind, Store, StoreKey};
use conclave_vault::{ItemName, KeyRing, Loaded, VaultError};
use zeroize::Zeroizing;

use super::translate::internal;
use super::{Engine, Inner, Open, Phase};
use crate::api::{Account, AppState, Error, Service};
use crate::bus::EventBus;
use crate::config::EngineConfig;
use crate::connection::ConnectionState;
use crate::deps::{Deps, Me};
use crate::executor::{StoreHandle, VaultHandle};
use crate::keychain_items::{DEVICE, IDENTITY, STORE};
use crate::keys::RingSigner;
use crate::new_membership::follow_stored;
use crate::registry::{Actors, Close, retire};
use crate::runtime::Runtime;
use crate::sync::{Connect, Reconnect};

/// The store's file in the profile's folder.
pub const STORE_FILE: &str = "conclave.db";

/// The result of opening a profile.
pub(super) enum Opened {
    Not(AppState),
    Account(Box<Open>),
}

impl Engine {
    /// Opens a profile. [`Engine::app_state`] returns what went wrong; the only error here is that threads can't be
    /// started.
    pub async fn open(config: EngineConfig) -> std::io::Result<Self> {
        let engine = Self::start_closed(config)?;
        engine.ensure_opened().await;
        Ok(engine)
    }

    /// An engine that opens its profile with the first [`Engine::app_state`], so that a window can open before the
    /// keychain answers.
    pub fn start_closed(config: EngineConfig) -> std::io::Result<Self> {
        let runtime = Runtime::start(config.executor)?;
        let inner = Inner {
            bus: EventBus::new(),
            runtime,
            phase: RwLock::new(Phase::Unopened),
            opening: tokio::sync::Mutex::new(()),
            turns: super::turns::Turns::default(),
            config,
        };
        Ok(Self(Arc::new(inner)))
    }

    async fn ensure_opened(&self) {
        let _opening = self.0.opening.lock().await;
        let unopened = matches!(
            *self.0.phase.read().unwrap_or_else(std::sync::PoisonError::into_inner),
            Phase::Unopened
        );
        if unopened {
            self.try_open().await;
        }
    }

    /// The app's state; opens the profile if that was not tried yet.
    pub async fn app_state(&self) -> Result<AppState, Error> {
        self.ensure_opened().await;
        self.state()
    }

    pub(super) fn state(&self) -> Result<AppState, Error> {
        match &*self.0.phase.read().unwrap_or_else(std::sync::PoisonError::into_inner) {
            Phase::Unopened => Ok(AppState::KeychainLocked),
            Phase::Not(state) => Ok(state.clone()),
            Phase::Open(open) => Ok(AppState::Ready { account: open.shown() }),
            Phase::Closed => Err(Error::Closing),
        }
    }

    /// Tries again to open the profile: its keychain, disk and lock.
    pub async fn unlock(&self) -> Result<AppState, Error> {
        let _opening = self.0.opening.lock().await;
        let open = matches!(
            &*self.0.phase.read().unwrap_or_else(std::sync::PoisonError::into_inner),
            Phase::Open(_) | Phase::Closed
        );
        if !open {
            self.try_open().await;
        }
        self.state()
    }

    /// Connects to the service now rather than after the retry delay.
    pub async fn reconnect(&self) -> Result<(), Error> {
        self.account()?.sync.do_send(Reconnect);
        Ok(())
    }

    /// Closes everything: groups, store, lock. What is queued continues at the next start.
    pub async fn close(&self) {
        let _opening = self.0.opening.lock().await;
        let open = self.account().ok();
        self.set_phase(Phase::Closed);
        if let Some(open) = open {
            open.close().await;
        }
    }

    async fn try_open(&self) {
        match self.open_profile().await {
            Ok(Opened::Account(open)) => self.set_phase(Phase::Open(open)),
            Ok(Opened::Not(state)) => self.set_phase(Phase::Not(state)),
            Err(Error::KeychainLocked) => self.set_phase(Phase::Not(AppState::KeychainLocked)),
            Err(error) => {
                tracing::error!(%error, "the profile was not opened");
                self.set_phase(Phase::Not(AppState::DiskUnavailable));
            }
        }
    }

    pub(super) fn store_path(&self) -> PathBuf {
        self.0.config.data_dir.join(STORE_FILE)
    }

    async fn open_profile(&self) -> Result<Opened, Error> {
        if self.is_deleting() {
            return Ok(Opened::Not(self.finish_deletion().await));
        }
        let vault = self.start_vault()?;
        let exists = self.store_path().exists();
        let Some(key) = store_key(&vault).await? else {
            // A store without its key can't be read by anyone; it is left as it is.
            let state = if exists { AppState::StoreDamaged { kept_as: None } } else { AppState::FirstRun };
            return Ok(Opened::Not(state));
        };
        if !exists {
            return Ok(Opened::Not(AppState::FirstRun));
        }
        let store = match self.open_store(key).await {
            Ok(store) => store,
            Err(state) => return Ok(Opened::Not(state)),
        };
        let account = store.read(|v| v.account()).await?;
        match account {
            None => Ok(Opened::Not(AppState::FirstRun)),
            Some(account) => Ok(Opened::Account(Box::new(self.start(store, vault, account).await?))),
        }
    }

    pub(super) fn start_vault(&self) -> Result<VaultHandle, Error> {
        let config = &self.0.config;
        VaultHandle::start(Arc::clone(&config.vault), config.executor).map_err(|e| internal(&e))
    }

    pub(super) async fn open_store(&self, key: StoreKey) -> Result<StoreHandle, AppState> {
        let path = self.store_path();
        let opened = self.0.config.executor.compute(move || Store::open(&path, &key)).await;
        let store = opened.map_err(|_| AppState::DiskUnavailable)?.map_err(|error| {
            tracing::error!(%error, "the store was not opened");
            match error {
                OpenError::InUse => AppState::ProfileInUse,
                OpenError::Damaged { kept_as } => AppState::StoreDamaged { kept_as: Some(kept_as) },
                OpenError::NotOurs | OpenError::WrongKey => AppState::StoreDamaged { kept_as: None },
                OpenError::TooNew { .. } => AppState::StoreTooNew,
                OpenError::Disk(_) | OpenError::NoCipher | OpenError::Fault(_) => AppState::DiskUnavailable,
            }
        })?;
        let faults = self.0.config.store_faults.clone();
        StoreHandle::start(store, self.0.config.executor, faults).map_err(|_| AppState::DiskUnavailable)
    }

    /// Starts an account's actors.
    pub(super) async fn start(
        &self,
        store: StoreHandle,
        vault: VaultHandle,
        account: AccountRow,
    ) -> Result<Open, Error> {
        let ring = KeyRing::new();
        for handle in [IDENTITY, DEVICE] {
            load(&vault, &ring, handle).await?;
        }
        let service = shown_service(&account.service);
        let name = account.name.clone();
        let deps = self.deps(store, vault, ring, account, &service).await?;
        let registry = self.0.runtime.start_actors(deps.clone()).await.ok_or(Error::Closing)?;
        let (sync, _) = registry.send(Actors).await.map_err(|_| Error::Closing)?;
        let invited_by = super::invitation::inviter(&deps.store).await?;
        let open = Open { deps, registry, sync, service, name, invited_by };
        follow_stored(&open.deps, &open.registry).await?;
        open.sync.do_send(Connect);
        Ok(open)
    }

    async fn deps(
        &self,
        store: StoreHandle,
        vault: VaultHandle,
        ring: KeyRing,
        account: AccountRow,
        service: &Service,
    ) -> Result<Deps, Error> {
        let config = &self.0.config;
        let certificate = |der: &[u8]| Certificate::parse(der).map_err(|e| internal(&e));
        let me = Me {
            client: account.user.client(account.device),
            device_handle: account.device_handle,
            device: certificate(&account.device_certificate)?,
            identity: certificate(&account.identity_certificate)?,
        };
        let signer = Arc::new(RingSigner(ring.clone()));
        let pins = Pins::Only(ServiceIdentity {
            service_key: account.service_key,
            authority_key: account.authority_key,
            domain: account.user.domain().to_owned(),
        });
        let (by, key) = (Arc::clone(&signer), me.device_handle.clone());
        let client = ClientAuthentication {
            device_certificate: account.device_certificate,
            identity_certificate: account.identity_certificate,
            sign: Arc::new(move |data| by.sign(&key, data).ok()),
        };
        let connector = config.services.connector(service).await?;
        Ok(Deps {
            store,
            vault,
            ring,
            signer,
            identities: Identities::new(account.authority_key, account.user.domain().to_owned()),
            executor: config.executor,
            clock: Arc::clone(&config.clock),
            ids: config.ids.clone(),
            bus: self.0.bus.clone(),
            service: Arc::new(RemoteService::new(connector, pins, Some(client))),
            live: crate::live::LiveStates::default(),
            connection: ConnectionState::new(),
            housekeeping: crate::housekeeping::Housekeeping::default(),
            me: Arc::new(me),
        })
    }
}

impl Open {
    /// Stops the actors, which release the store.
    pub(super) async fn close(&self) {
        let _retired = retire(&self.registry, None).await;
        if let Err(error) = self.deps.store.checkpoint().await {
            tracing::debug!(%error, "the write-ahead log was not emptied at the end");
        }
        // An error means that it has stopped already.
        let _ = self.registry.send(Close).await;
    }

    pub(super) fn shown(&self) -> Account {
        let me = &self.deps.me.client;
        Account {
            user: me.user().to_string(),
            name: self.name.as_ref().map_or(me.user().handle(), PersonName::as_str).to_owned(),
            handle: me.user().handle().to_owned(),
            domain: me.user().domain().to_owned(),
            device: me.device().to_string(),
            service: self.service.clone(),
            invited_by: self.invited_by.clone(),
            connection: self.deps.connection.get(),
        }
    }
}

/// The store's key, if the vault has one.
pub(super) async fn store_key(vault: &VaultHandle) -> Result<Option<StoreKey>, Error> {
    let item = ItemName::new(STORE).map_err(|e| internal(&e))?;
    let Some(secret) = vault.run(move |v| v.get(&item)).await? else { return Ok(None) };
    let mut bytes = Zeroizing::new([0; 32]);
    if secret.expose().len() != bytes.len() {
        return Err(internal(&"the store's key is not 32 bytes"));
    }
    bytes.copy_from_slice(secret.expose());
    Ok(Some(StoreKey::new(*bytes)))
}

/// Loads a key of the account; its absence is a fault, not a reason to make another.
async fn load(vault: &VaultHandle, ring: &KeyRing, handle: &'static str) -> Result<(), Error> {
    let item = ItemName::new(handle).map_err(|e| internal(&e))?;
    let ring = ring.clone();
    let loaded: Result<Loaded, VaultError> = vault.run(move |v| ring.load(v, &item)).await;
    match loaded? {
        Loaded::Found => Ok(()),
        Loaded::Absent => Err(internal(&format!("the keychain has no key {handle}"))),
    }
}

fn shown_service(kind: &ServiceKind) -> Service {
    match kind {
        ServiceKind::Own => Service::Own,
        ServiceKind::Local { name } => Service::Local { name: name.clone() },
        ServiceKind::Server { url } => Service::Server { url: url.clone() },
    }
}
