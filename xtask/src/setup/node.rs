//! Node and the page's npm packages.

use std::fs;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::{place, process, tools};

/// Ensures a recent enough Node and the packages of the lock file.
pub(super) fn ensure() -> Result<(), Failure> {
    if !new_enough() {
        tools::install_node()?;
    }
    if !new_enough() {
        let (major, minor) = tools::NODE_OLDEST;
        return Err(Failure::new(format!(
            "Node {major}.{minor} or newer is needed; install it (https://nodejs.org) and run the same command again"
        )));
    }
    install_packages()
}

fn new_enough() -> bool {
    let mut ask = process::command("node");
    ask.arg("--version").env("PATH", tools::path_with_node());
    process::answer(&mut ask).and_then(|text| version(&text)).is_some_and(|found| found >= tools::NODE_OLDEST)
}

/// Major and minor number from `v20.19.4`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// `npm ci`, unless it has already run for this lock file.
fn install_packages() -> Result<(), Failure> {
    let lock_path = place::ui().join("package-lock.json");
    let lock = fs::read(&lock_path).map_err(|error| Failure::file(&lock_path, &error))?;
    let stamp = stamp();
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    process::run(&mut process::npm(&["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&stamp, lock).map_err(|error| Failure::file(&stamp, &error))
}

/// A copy of the lock file that `node_modules` was installed from; deleted together with the folder.
fn stamp() -> PathBuf {
    place::ui().join("node_modules/.installed-package-lock.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared_as_numbers() {
        assert_eq!(version("v20.19.4\n"), Some((20, 19)));
        assert_eq!(version("20.19.4"), None);
        assert_eq!(version("v20"), None);
        assert!(version("v20.9.0") < Some(tools::NODE_OLDEST));
        assert!(version("v22.0.0") >= Some(tools::NODE_OLDEST));
    }
}
