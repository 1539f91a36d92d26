//! Reads and replaces the vault's file as a whole: temporary file, fsync, rename, fsync of the folder.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::format::FILE_BYTES_MAX;
use crate::VaultError;

/// The whole file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, VaultError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(VaultError::Missing),
        Err(error) => return Err(error.into()),
    };
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(VaultError::damaged("the file is larger than any vault"));
    }
    Ok(bytes)
}

/// Writes `bytes` to `path` if nothing is there; atomic.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    let temporary = write_temporary(path, bytes)?;
    // Unlike a rename, a link never replaces a file created meanwhile.
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Ok(()) => Ok(sync_folder(path)?),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(VaultError::AlreadyExists),
        Err(error) => Err(error.into()),
    }
}

/// Replaces `path` with `bytes`; atomic.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = write_temporary(path, bytes)?;
    fs::rename(&temporary, path)?;
    sync_folder(path)
}

fn write_temporary(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let temporary = temporary(path);
    // Left by a crash between writing and renaming; it never was the vault.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(temporary)
}

/// The temporary file of the next version: next to the vault, so that the rename stays in one file system.
pub(super) fn temporary(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".new");
    name.into()
}

/// The rename is durable only once its folder is synced.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
