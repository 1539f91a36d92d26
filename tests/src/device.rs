//! A person's device, used without the app.

use std::sync::Arc;

use conclave_delivery::{ClientAuthentication, Pins, RemoteService};
use conclave_group::signer::{MemorySigner, Signer as _};
use conclave_record::KeyHandle;
use conclave_store::{AccountRow, Store, View};
use conclave_vault::{ItemName, Vault as _};

use crate::Person;

/// The account with its device key.
pub(crate) struct Device {
    pub(crate) account: AccountRow,
    pub(crate) signer: Arc<MemorySigner>,
}

impl Device {
    /// The device as it is now, and what this reads in its store.
    pub(crate) fn of<T>(
        person: &Person,
        read: impl FnOnce(&View<'_>) -> Result<T, conclave_store::Error>,
    ) -> (Self, T) {
        let file = person.copy_of_store();
        let store = Store::open(&file, &person.store_key()).expect("the copy opens");
        let found = store.read(|v| Ok((v.account()?.expect("there is an account"), read(v)?)));
        let (account, found) = found.expect("it can be read");
        drop(store);
        std::fs::remove_dir_all(file.parent().expect("a folder of its own")).expect("it can be removed");
        let device = Self { account, signer: Arc::new(MemorySigner::default()) };
        device.take_key(person, &device.account.device_handle);
        (device, found)
    }

    /// Takes a key from the person's vault.
    pub(crate) fn take_key(&self, person: &Person, handle: &KeyHandle) {
        let item = ItemName::new(handle.as_str()).expect("a valid name");
        let seed = person.vault().get(&item).expect("the vault is open").expect("it holds the key");
        self.signer.insert(handle.clone(), seed.expose().try_into().expect("32 bytes"));
    }

    /// The device key.
    pub(crate) fn key(&self) -> KeyHandle {
        self.account.device_handle.clone()
    }

    /// A separate connection to the person's service.
    pub(crate) fn service(&self, person: &Person) -> RemoteService {
        let (signer, device) = (Arc::clone(&self.signer), self.key());
        let client = ClientAuthentication {
            device_certificate: self.account.device_certificate.clone(),
            identity_certificate: self.account.identity_certificate.clone(),
            sign: Arc::new(move |data| signer.sign(&device, data).ok()),
        };
        RemoteService::new(Arc::new(person.network().clone()), Pins::FirstUse, Some(client))
    }
}
