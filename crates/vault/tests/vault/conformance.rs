//! The contract of every vault, as one story to run on any of them.

use conclave_vault::{
    Cost, ItemName, KeyRing, Loaded, MemoryVault, PassphraseVault, SECRET_BYTES_MAX, Secret, Vault,
    VaultError,
};

pub(crate) fn item(name: &str) -> ItemName {
    ItemName::new(name).expect("a valid name")
}

fn read(vault: &dyn Vault, name: &str) -> Option<Vec<u8>> {
    vault.get(&item(name)).expect("available").map(|secret| secret.expose().to_vec())
}

/// Runs the suite on an empty vault and leaves it empty.
pub(crate) fn conforms(vault: &dyn Vault) {
    absent_is_an_answer(vault);
    what_is_put_is_found_byte_for_byte(vault);
    limits_are_errors(vault);
    names_do_not_run_into_each_other(vault);
    it_serves_several_threads(vault);
    it_keeps_signing_keys(vault);
    assert_eq!(vault.list().expect("available"), [], "the suite cleans up");
}

fn absent_is_an_answer(vault: &dyn Vault) {
    assert_eq!(vault.list().expect("available"), []);
    assert_eq!(read(vault, "nothing"), None);
    vault.delete(&item("nothing")).expect("absent counts as deleted");
}

fn what_is_put_is_found_byte_for_byte(vault: &dyn Vault) {
    let all_bytes: Vec<u8> = (0..=255).collect();
    for bytes in [vec![], vec![0], b"\xff\xfe\x00text".to_vec(), all_bytes, vec![0xa5; SECRET_BYTES_MAX]] {
        vault.put(&item("a"), &Secret::new(bytes.clone())).expect("stored, or replaced");
        assert_eq!(read(vault, "a"), Some(bytes));
    }
    assert_eq!(vault.list().expect("available"), [item("a")]);
    vault.delete(&item("a")).expect("deleted");
    assert_eq!(read(vault, "a"), None);
}

fn limits_are_errors(vault: &dyn Vault) {
    let refused = vault.put(&item("big"), &Secret::new(vec![0; SECRET_BYTES_MAX + 1]));
    assert!(matches!(refused, Err(VaultError::TooLarge { .. })), "{refused:?}");
    assert_eq!(read(vault, "big"), None);
}

fn names_do_not_run_into_each_other(vault: &dyn Vault) {
    let longest = "z".repeat(128);
    let names = ["-", ".", "a", "a.b", "a/b", "ab", longest.as_str()];
    for (i, name) in (0..).zip(names) {
        vault.put(&item(name), &Secret::new(vec![i])).expect("stored");
    }
    assert_eq!(vault.list().expect("available"), names.map(item), "sorted and complete");
    for (i, name) in (0..).zip(names) {
        assert_eq!(read(vault, name), Some(vec![i]));
        vault.delete(&item(name)).expect("deleted");
    }
}

fn it_serves_several_threads(vault: &dyn Vault) {
    std::thread::scope(|scope| {
        for thread in 0..4_u8 {
            scope.spawn(move || {
                let name = format!("thread/{thread}");
                for round in 0..5 {
                    vault.put(&item(&name), &Secret::new(vec![thread, round])).expect("stored");
                    assert_eq!(read(vault, &name), Some(vec![thread, round]));
                }
                vault.delete(&item(&name)).expect("deleted");
            });
        }
    });
}

fn it_keeps_signing_keys(vault: &dyn Vault) {
    let (ring, handle) = (KeyRing::new(), item("group/7/leaf"));
    let public = ring.generate(vault, &handle).expect("generated");
    let other = KeyRing::new();
    assert_eq!(other.load(vault, &handle).expect("available"), Loaded::Found);
    assert_eq!(other.public(&handle), Some(public));
    assert_eq!(other.sign(&handle, b"m"), ring.sign(&handle, b"m"), "Ed25519 signatures are deterministic");
    vault.delete(&handle).expect("deleted");
    assert_eq!(KeyRing::new().load(vault, &handle).expect("available"), Loaded::Absent);
}

#[test]
fn memory() {
    conforms(&MemoryVault::new());
}

#[test]
fn passphrase_file() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let (path, passphrase) = (folder.path().join("vault"), Secret::new(b"correct".to_vec()));
    conforms(&PassphraseVault::create_with(&path, &passphrase, Cost::MINIMAL).expect("created"));
    conforms(&PassphraseVault::open(&path, &passphrase).expect("opened again"));
}
