//! The account, its contacts, its key packages and settings.

use bytes::Bytes;
use conclave_protocol::{DeviceId, Seq, Timestamp};
use conclave_record::*;

use super::fixture::*;
use crate::*;

fn store() -> Store {
    Store::open_temporary(&KEY).unwrap()
}

#[test]
fn there_is_one_account_and_it_comes_back_as_it_was() {
    let store = store();
    assert_eq!(store.read(|view| view.account()).unwrap(), None);
    assert_eq!(store.write(|tx| tx.set_inbox_cursor(Seq(1))), Err(Error::NotFound(Missing::Account)));
    let mut account = account();
    for service in [
        ServiceKind::Own,
        ServiceKind::Local { name: "work".into() },
        ServiceKind::Server { url: "https://example.org".into() },
    ] {
        account.service = service;
        store.write(|tx| tx.put_account(&account)).unwrap();
        assert_eq!(store.read(|view| view.account()).unwrap(), Some(account.clone()));
    }
    let other = AccountRow { device: DeviceId([9; 8]), ..account.clone() };
    assert_eq!(store.write(|tx| tx.put_account(&other)), Err(Error::Conflict { what: "the account" }));
    store.write(|tx| tx.set_service(&ServiceKind::Own)).unwrap();
    assert_eq!(store.read(|view| view.account()).unwrap().unwrap().service, ServiceKind::Own);
}

#[test]
fn the_inbox_cursor_never_goes_back() {
    let store = store();
    store.write(|tx| tx.put_account(&account())).unwrap();
    store.write(|tx| tx.set_inbox_cursor(Seq(5))).unwrap();
    assert_eq!(
        store.write(|tx| tx.set_inbox_cursor(Seq(4))),
        Err(Error::Conflict { what: "the inbox cursor" })
    );
    assert_eq!(store.read(|view| view.account()).unwrap().unwrap().inbox_cursor, Seq(5));
}

#[test]
fn the_first_identity_key_stays_pinned() {
    let store = store();
    let bob =
        |key: u8, at| ContactRow { user: user("bob"), identity_key: [key; 32], first_seen: Timestamp(at) };
    let note = |row: ContactRow| store.write(|tx| tx.note_contact(&row)).unwrap();
    assert_eq!(note(bob(1, 10)), ContactSeen::New);
    assert_eq!(note(bob(1, 20)), ContactSeen::Same);
    assert_eq!(note(bob(2, 30)), ContactSeen::Changed { pinned: [1; 32] });
    assert_eq!(store.read(|view| view.contact(&user("bob"))).unwrap(), Some(bob(1, 10)));
    assert_eq!(store.read(|view| view.contacts()).unwrap(), [bob(1, 10)]);
    assert_eq!(store.read(|view| view.contact(&user("eve"))).unwrap(), None);
}

#[test]
fn key_packages_are_kept_until_they_are_used() {
    let store = store();
    let row = |reference: &'static [u8], handle: &str| KeyPackageRow {
        reference: Bytes::from_static(reference),
        handle: KeyHandle::new(handle),
        last_resort: handle == "last",
        cipher_suite: 3,
        not_after: Timestamp(99),
        data: SecretBytes::from(b"private".to_vec()),
        public: Bytes::from_static(b"public"),
        chain: vec![
            Bytes::from_static(b"leaf"),
            Bytes::from_static(b"device"),
            Bytes::from_static(b"identity"),
        ],
        published: false,
        used: false,
    };
    store
        .write(|tx| {
            tx.put_key_package(&row(b"a", "one"))?;
            tx.put_key_package(&row(b"b", "last"))
        })
        .unwrap();
    let all = store.read(|view| view.key_packages()).unwrap();
    assert_eq!(format!("{all:?}"), format!("{:?}", [row(b"a", "one"), row(b"b", "last")]));
    assert_eq!(&all[0].data[..], b"private");
    let found = store.read(|view| view.key_package(b"b")).unwrap().unwrap();
    assert!(found.last_resort);
    assert!(store.write(|tx| tx.delete_key_package(b"a")).unwrap());
    assert!(!store.write(|tx| tx.delete_key_package(b"a")).unwrap());
    assert!(store.read(|view| view.key_package(b"a")).unwrap().is_none());
    let handles = store.read(|view| view.vault_handles()).unwrap();
    assert_eq!(handles.into_iter().collect::<Vec<_>>(), ["last"]);
}

#[test]
fn settings_come_and_go() {
    let store = store();
    let get = || store.read(|view| view.setting("theme")).unwrap();
    store.write(|tx| tx.put_setting("theme", b"dark")).unwrap();
    store.write(|tx| tx.put_setting("theme", b"light")).unwrap();
    assert_eq!(get(), Some(b"light".to_vec()));
    store.write(|tx| tx.delete_setting("theme")).unwrap();
    assert_eq!(get(), None);
}

#[test]
fn every_write_is_counted() {
    let store = store();
    let count = || store.read(|view| view.write_counter()).unwrap();
    assert_eq!(count(), 0);
    store.write(|tx| tx.put_setting("a", b"")).unwrap();
    store.write(|_| Err::<(), _>(Error::TooSlow)).unwrap_err();
    store.write(|tx| tx.put_setting("a", b"")).unwrap();
    assert_eq!(count(), 2);
}
