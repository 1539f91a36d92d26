//! rustfmt and clippy for the pinned toolchain.

use crate::failure::Failure;
use crate::process;

/// Adds components that the checks need, which an older installation may lack.
pub(super) fn ensure_components() -> Result<(), Failure> {
    let works = |tool| process::answer(&mut process::cargo(&[tool, "--version"])).is_some();
    if works("fmt") && works("clippy") {
        return Ok(());
    }
    if !process::exists("rustup") {
        return Err(Failure::new("rustfmt and clippy are needed; add them to this Rust installation"));
    }
    process::run(process::command("rustup").args(["component", "add", "rustfmt", "clippy"]))
}
