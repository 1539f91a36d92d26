//! Prepares a machine to build the app and run its tests.

mod apt;
mod node;
mod toolchain;

use std::process::Command;

use crate::failure::Failure;

/// What to prepare the machine for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// Building and starting the app.
    Run,
    /// The above, and every check and test.
    Test,
    /// The above, and building and checking packages.
    Package,
}

/// Sets the machine up for `purpose`; takes a second if it already is.
pub(crate) fn for_purpose(purpose: Purpose) -> Result<(), Failure> {
    apt::ensure(purpose)?;
    if purpose >= Purpose::Test {
        toolchain::ensure_components()?;
    }
    node::ensure()
}

/// Only what the page's own checks need: Node and the npm packages of the lock file.
pub(crate) fn page() -> Result<(), Failure> {
    node::ensure()
}

/// `cargo xtask setup`.
pub(crate) fn everything() -> Result<(), Failure> {
    for_purpose(Purpose::Package)?;
    println!("This machine is ready: cargo xtask run, cargo xtask test.");
    Ok(())
}

/// `program`, run as root: directly, or through sudo if it can prompt.
pub(crate) fn as_root(program: &str) -> Result<Command, Failure> {
    let prefix = apt::privilege()
        .ok_or_else(|| Failure::new(format!("{program} needs root, or sudo and a terminal")))?;
    let words: Vec<_> =
        prefix.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive", program]).collect();
    let mut command = crate::process::command(words[0]);
    command.args(&words[1..]);
    Ok(command)
}
