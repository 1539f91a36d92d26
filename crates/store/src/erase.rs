//! Deletes a store for good, with all files made from it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::OpenError;
use crate::open::{LOCK_SUFFIX, lock, with_suffix};

/// Deletes the store at this path: the database, its logs, damaged ones that were set aside, the lock. Missing files
/// count as deleted, so it may be repeated after an error.
///
/// # Errors
/// [`OpenError::InUse`] while it is open anywhere, [`OpenError::Disk`] if the disk fails.
pub fn erase(path: &Path) -> Result<(), OpenError> {
    let Some(folder) = path.parent().filter(|folder| folder.is_dir()) else { return Ok(()) };
    let lock = lock(path)?;
    let lock_file = with_suffix(path, LOCK_SUFFIX);
    for file in of_the_store(folder, path)?.iter().filter(|file| **file != lock_file) {
        remove(file)?;
    }
    // The lock was held until here, so nobody can have recreated it.
    remove(&lock_file)?;
    drop(lock);
    Ok(())
}

/// Its files: all names in its folder that are its own, or its own with a suffix.
fn of_the_store(folder: &Path, path: &Path) -> io::Result<Vec<PathBuf>> {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let is_its = |file: &fs::DirEntry| {
        let found = file.file_name();
        let rest = found.as_encoded_bytes().strip_prefix(name);
        rest.is_some_and(|rest| rest.first().is_none_or(|next| matches!(next, b'-' | b'.')))
    };
    let files: Vec<fs::DirEntry> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    Ok(files.iter().filter(|file| is_its(file)).map(fs::DirEntry::path).collect())
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Store, StoreKey};

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .expect("it is there")
            .map(|file| file.expect("it is there").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_of_a_store_is_left_and_nothing_else_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("conclave.db");
        let key = StoreKey::new([7; 32]);
        drop(Store::open(&path, &key).expect("it opens"));
        for kept in ["conclave.db.damaged-1", "conclave.db.damaged-1-wal", "conclave.dbx", "window.json"] {
            fs::write(folder.path().join(kept), b"x").expect("writable");
        }
        erase(&path).expect("it is deleted");
        assert_eq!(names(folder.path()), ["conclave.dbx", "window.json"]);
        erase(&path).expect("what is not there counts as deleted");
        drop(Store::open(&path, &StoreKey::new([8; 32])).expect("there is room for a new one"));
    }

    #[test]
    fn a_store_that_is_open_is_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("conclave.db");
        let key = StoreKey::new([7; 32]);
        let store = Store::open(&path, &key).expect("it opens");
        let before = names(folder.path());
        assert!(matches!(erase(&path), Err(OpenError::InUse)));
        assert_eq!(names(folder.path()), before);
        drop(store);
        erase(&path).expect("nobody has it open");
    }

    #[test]
    fn a_folder_that_is_not_there_holds_no_store() {
        let folder = tempfile::tempdir().expect("a folder");
        erase(&folder.path().join("gone/conclave.db")).expect("there is nothing to delete");
    }
}
