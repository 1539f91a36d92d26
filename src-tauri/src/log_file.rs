//! The log: a bounded file next to the data, for faults that people report. It never holds names, texts or keys;
//! libraries log only warnings and errors.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    panic,
    path::{Path, PathBuf},
    sync::Mutex,
};

use tracing_subscriber::EnvFilter;

/// At this size the file is rotated to `conclave.log.1`, replacing the previous one: at most twice this is kept.
const LOG_BYTES_MAX: u64 = 2 * 1024 * 1024;
const LEVELS: &str = "warn,conclave=info,conclave_engine=info,conclave_delivery=info,conclave_store=info,\
                      conclave_vault=info,conclave_server=info";

/// Starts logging to `dir`, including panics.
///
/// # Errors
/// If the file can't be created.
pub(crate) fn start(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let file = BoundedFile::open(dir.join("conclave.log"), LOG_BYTES_MAX)?;
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_env_filter(EnvFilter::new(LEVELS))
        .with_writer(Mutex::new(file))
        .finish();
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        return Ok(());
    }
    panic::set_hook(Box::new(|fault| {
        // Only texts fixed in the program: a formatted one could contain what a person wrote.
        let what = fault.payload().downcast_ref::<&'static str>().copied().unwrap_or("(text withheld)");
        let place = fault.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, what, "fault");
    }));
    Ok(())
}

/// A file that is rotated when full.
#[derive(Debug)]
struct BoundedFile {
    path: PathBuf,
    file: File,
    written: u64,
    bytes_max: u64,
}

impl BoundedFile {
    fn open(path: PathBuf, bytes_max: u64) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        let written = file.metadata()?.len();
        Ok(Self { path, file, written, bytes_max })
    }

    fn start_anew(&mut self) -> io::Result<()> {
        fs::rename(&self.path, self.path.with_extension("log.1"))?;
        self.file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        self.written = 0;
        Ok(())
    }
}

impl Write for BoundedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.written >= self.bytes_max {
            self.start_anew()?;
        }
        let count = self.file.write(bytes)?;
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_grows_past_twice_its_bound() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("conclave.log");
        let mut file = BoundedFile::open(path.clone(), 100).expect("a file");
        for _ in 0..50 {
            file.write_all(b"0123456789").expect("room");
        }
        assert_eq!(fs::metadata(&path).expect("the file").len(), 100);
        assert_eq!(fs::metadata(path.with_extension("log.1")).expect("the one before").len(), 100);
    }

    #[test]
    fn what_was_there_counts() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("conclave.log");
        fs::write(&path, [b'x'; 100]).expect("room");
        let mut file = BoundedFile::open(path.clone(), 100).expect("a file");
        file.write_all(b"new").expect("room");
        assert_eq!(fs::read(&path).expect("the file"), b"new");
    }
}
