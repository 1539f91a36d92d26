//! Builds the page in the window when its sources have changed: every build of the page recompiles the shell.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::failure::Failure;
use crate::{place, process};

/// Folders that are generated from the page's sources, or test them.
const NOT_SOURCES: &[&str] = &["node_modules", "dist", "dist-bridge", "tests"];

/// Builds `ui/dist` unless it is up to date.
pub(crate) fn ensure_built() -> Result<(), Failure> {
    if is_fresh() {
        return Ok(());
    }
    build()
}

/// Builds `ui/dist`.
pub(crate) fn build() -> Result<(), Failure> {
    process::run(&mut process::npm(&["run", "build"]))?;
    let (built, stamp) = (built(), stamp());
    fs::create_dir_all(place::target()).map_err(|error| Failure::file(&place::target(), &error))?;
    fs::copy(&built, &stamp).map(drop).map_err(|error| Failure::file(&built, &error))
}

fn built() -> PathBuf {
    place::ui().join("dist/index.html")
}

/// A copy of the built index, which names every built file by its hash.
fn stamp() -> PathBuf {
    place::target().join("page-built.html")
}

fn is_fresh() -> bool {
    let (Ok(now), Ok(then)) = (fs::read(built()), fs::read(stamp())) else { return false };
    let written = fs::metadata(stamp()).and_then(|meta| meta.modified());
    now == then && written.is_ok_and(|written| newest(&place::ui()) < written)
}

/// When the newest source in `folder` changed; the far future if unknown.
fn newest(folder: &Path) -> SystemTime {
    let unknown = SystemTime::now() + std::time::Duration::from_secs(3600);
    let Ok(entries) = fs::read_dir(folder) else { return unknown };
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in entries {
        let Ok(entry) = entry else { return unknown };
        if NOT_SOURCES.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        let changed = match entry.file_type() {
            Ok(kind) if kind.is_dir() => self::newest(&entry.path()),
            _ => entry.metadata().and_then(|meta| meta.modified()).unwrap_or(unknown),
        };
        newest = newest.max(changed);
    }
    newest
}
