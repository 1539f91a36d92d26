//! Paths in the checkout.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The workspace folder of the checkout that cargo runs this tool for, even if another checkout built it.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let own = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        Path::new(&own).parent().expect("xtask/ is inside the workspace").to_owned()
    })
}

/// The folder of the page.
pub(crate) fn ui() -> PathBuf {
    root().join("ui")
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Where this tool installs its own tools.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// Where tests leave screenshots and logs for people to look at.
pub(crate) fn artifacts() -> PathBuf {
    root().join("artifacts")
}

/// A program that cargo built; `profile` is the folder, `debug` or `release`.
pub(crate) fn program(profile: &str, name: &str) -> PathBuf {
    target().join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}
