use std::fs;

use tempfile::TempDir;

use super::*;

fn passphrase(text: &str) -> Secret {
    Secret::new(text.as_bytes().to_vec())
}

fn item(name: &str) -> ItemName {
    ItemName::new(name).expect("a valid name")
}

/// A folder with a vault of one item, with the passphrase "correct".
fn one_item() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("vault");
    let vault = PassphraseVault::create_with(&path, &passphrase("correct"), Cost::MINIMAL).expect("created");
    vault.put(&item("store.key"), &Secret::new(vec![7; 32])).expect("stored");
    (folder, path)
}

#[test]
fn it_opens_again_with_its_passphrase_only() {
    let (_folder, path) = one_item();
    let vault = PassphraseVault::open(&path, &passphrase("correct")).expect("opened");
    assert_eq!(vault.get(&item("store.key")).expect("open").expect("found").expose(), [7; 32]);
    let before = fs::read(&path).expect("readable");
    assert!(matches!(PassphraseVault::open(&path, &passphrase("wrong")), Err(VaultError::WrongPassphrase)));
    assert!(matches!(PassphraseVault::open(&path, &passphrase("")), Err(VaultError::WrongPassphrase)));
    assert_eq!(fs::read(&path).expect("readable"), before);
}

#[test]
fn the_default_cost_works() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("vault");
    PassphraseVault::create(&path, &passphrase("correct")).expect("created");
    PassphraseVault::open(&path, &passphrase("correct")).expect("opened");
}

#[test]
fn a_missing_file_and_an_existing_one_are_their_own_errors() {
    let (folder, path) = one_item();
    let nowhere = folder.path().join("nowhere");
    assert!(matches!(PassphraseVault::open(&nowhere, &passphrase("x")), Err(VaultError::Missing)));
    assert!(!nowhere.exists());
    let again = PassphraseVault::create_with(&path, &passphrase("x"), Cost::MINIMAL);
    assert!(matches!(again, Err(VaultError::AlreadyExists)));
    PassphraseVault::open(&path, &passphrase("correct")).expect("the first one is untouched");
}

#[test]
fn damage_anywhere_is_noticed_and_never_repaired_by_recreating() {
    let (_folder, path) = one_item();
    let whole = fs::read(&path).expect("readable");
    for position in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[position] ^= 0x20;
        fs::write(&path, &bytes).expect("writable");
        let opened = PassphraseVault::open(&path, &passphrase("correct"));
        assert!(matches!(opened, Err(VaultError::Damaged { .. })), "byte {position}: {opened:?}");
        assert_eq!(fs::read(&path).expect("readable"), bytes);
    }
    for length in
        [0, 1, 15, format::HEAD_BYTES - 1, format::HEAD_BYTES, format::HEAD_BYTES + 24, whole.len() - 1]
    {
        fs::write(&path, &whole[..length]).expect("writable");
        let opened = PassphraseVault::open(&path, &passphrase("correct"));
        assert!(matches!(opened, Err(VaultError::Damaged { .. })), "length {length}: {opened:?}");
    }
    fs::write(&path, &whole).expect("writable");
    PassphraseVault::open(&path, &passphrase("correct")).expect("restored from a copy, it opens");
}

#[test]
fn a_changed_passphrase_replaces_the_former_and_the_data_key() {
    let (folder, path) = one_item();
    let former = folder.path().join("former");
    fs::copy(&path, &former).expect("copied");
    let vault = PassphraseVault::open(&path, &passphrase("correct")).expect("opened");
    vault.change_passphrase(&passphrase("new")).expect("changed");
    vault.put(&item("later"), &Secret::new(vec![8])).expect("stored");

    assert!(matches!(PassphraseVault::open(&path, &passphrase("correct")), Err(VaultError::WrongPassphrase)));
    let reopened = PassphraseVault::open(&path, &passphrase("new")).expect("opened");
    assert_eq!(reopened.list().expect("open"), [item("later"), item("store.key")]);

    // The old file and passphrase give the old data key; it must not decrypt the current body.
    let (old, new) = (fs::read(&former).expect("readable"), fs::read(&path).expect("readable"));
    let old_lock =
        Lock::open(&VaultFile::parse(&old).expect("whole"), &passphrase("correct")).expect("opened");
    assert!(old_lock.open_body(&VaultFile::parse(&new).expect("whole")).is_err());
}

#[test]
fn a_failed_write_leaves_memory_and_file_as_they_were() {
    let (folder, path) = one_item();
    let vault = PassphraseVault::open(&path, &passphrase("correct")).expect("opened");
    // A folder where the temporary file should go makes every save fail.
    let obstacle = file::temporary(&path);
    fs::create_dir(&obstacle).expect("created");
    assert!(matches!(vault.put(&item("b"), &Secret::new(vec![1])), Err(VaultError::Io(_))));
    assert!(matches!(vault.put(&item("store.key"), &Secret::new(vec![1])), Err(VaultError::Io(_))));
    assert!(matches!(vault.delete(&item("store.key")), Err(VaultError::Io(_))));
    assert!(matches!(vault.change_passphrase(&passphrase("new")), Err(VaultError::Io(_))));
    assert_eq!(vault.list().expect("open"), [item("store.key")]);
    assert_eq!(vault.get(&item("store.key")).expect("open").expect("found").expose(), [7; 32]);

    fs::remove_dir(&obstacle).expect("removed");
    vault.put(&item("b"), &Secret::new(vec![1])).expect("works again");
    PassphraseVault::open(&path, &passphrase("correct")).expect("under the former passphrase");
    assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1, "only the vault is left");
}

#[test]
fn a_leftover_of_a_crash_is_no_obstacle() {
    let (_folder, path) = one_item();
    fs::write(file::temporary(&path), b"half a vault").expect("writable");
    let vault = PassphraseVault::open(&path, &passphrase("correct")).expect("opened");
    vault.put(&item("b"), &Secret::new(vec![1])).expect("stored");
    assert!(!file::temporary(&path).exists());
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, path) = one_item();
    let mode = fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn no_secret_is_readable_in_the_file_or_in_debug() {
    let (_folder, path) = one_item();
    let bytes = fs::read(&path).expect("readable");
    assert!(!bytes.windows(8).any(|w| w == [7; 8]));
    assert!(!bytes.windows(9).any(|w| w == b"store.key"), "names are sealed too");
    let vault = PassphraseVault::open(&path, &passphrase("correct")).expect("opened");
    assert!(!format!("{vault:?}").contains("store.key"));
}
