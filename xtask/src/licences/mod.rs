//! `cargo xtask licences`: every dependency has a licence compatible with MIT OR Apache-2.0, comes from a known source,
//! and exists in one version if it must; and the page shows the licences of the app's contents. Offline, from cargo's
//! metadata and npm's lock file.

mod expression;
mod inside;
mod shown;
mod texts;

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::failure::Failure;
use crate::{place, process};

/// Licences as permissive as ours, as SPDX identifiers; the same list is in `deny.toml`. MPL-2.0 covers only files
/// taken from it, which we use unchanged; the others require a notice at most.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "BlueOak-1.0.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];
/// Packages that npm installs with the page but no part of the page uses, with their licences. `argparse` belongs to
/// the command line of `markdown-it`, which is neither run nor bundled.
const BESIDE_THE_PAGE: &[(&str, &str)] = &[("argparse", "PSF-2.0")];
/// The only source of code besides this workspace.
const SOURCE: &str = "registry+https://github.com/rust-lang/crates.io-index";
/// As in `deny.toml`. Two versions of one of these would mean two sets of keys, two databases or two runtimes in one
/// program.
const ONCE: &[&str] = &[
    "actix",
    "conclave-protocol",
    "libsqlite3-sys",
    "mls-rs",
    "mls-rs-core",
    "prost",
    "ring",
    "rusqlite",
    "rustls",
    "tauri",
    "tokio",
    "zeroize",
];

pub(crate) fn licences(arguments: &[String]) -> Result<(), Failure> {
    match arguments {
        [] => check(),
        [word] if word == "--write" => shown::write(&inside()?),
        _ => Err(Failure::new("licences takes no argument but --write")),
    }
}

/// Checks all dependencies and lists all that fail.
pub(crate) fn check() -> Result<(), Failure> {
    let metadata = metadata(&[])?;
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let mut complaints: Vec<String> = packages.iter().filter_map(complaint_about_crate).collect();
    complaints.extend(complaints_about_versions(packages));
    let npm = npm_packages()?;
    complaints.extend(npm.iter().filter_map(|(name, package)| complaint_about_npm(name, package)));
    complaints.extend(shown::complaint(&inside()?)?);
    if packages.is_empty() || npm.is_empty() {
        complaints.push("no packages were found to check".to_owned());
    }
    if complaints.is_empty() {
        println!("{} crates and {} npm packages pass.", packages.len(), npm.len());
        return Ok(());
    }
    Err(Failure::new(format!("dependencies do not pass:\n\n  {}", complaints.join("\n  "))))
}

/// The contents of the app, in display order.
fn inside() -> Result<Vec<inside::Package>, Failure> {
    let mut packages = inside::crates(&metadata(&["--filter-platform", inside::PACKAGED_FOR])?);
    packages.extend(inside::packages_of_page(&npm_packages()?));
    packages.sort();
    Ok(packages)
}

/// Cargo's metadata of all packages, for every platform unless `more` selects one. Tries offline first: only a machine
/// that has never built needs to download.
pub(crate) fn metadata(more: &[&str]) -> Result<Value, Failure> {
    let arguments = [&["metadata", "--format-version", "1", "--locked"], more].concat();
    let text = process::answer(process::cargo(&arguments).arg("--offline"))
        .or_else(|| process::answer(&mut process::cargo(&arguments)))
        .ok_or_else(|| Failure::new("cargo metadata failed; is Cargo.lock up to date?"))?;
    serde_json::from_str(&text).map_err(|error| Failure::new(format!("cargo metadata is not JSON: {error}")))
}

fn complaint_about_crate(package: &Value) -> Option<String> {
    let name = format!("{} {}", text(package, "name"), text(package, "version"));
    match package["source"].as_str() {
        None | Some(SOURCE) => {}
        Some(other) => return Some(format!("{name}: comes from {other}")),
    }
    complaint_about_licence(&name, package["license"].as_str())
}

fn complaint_about_npm(package_name: &str, package: &Value) -> Option<String> {
    let name = format!("{package_name} {}", text(package, "version"));
    if let Some(from) = package["resolved"].as_str()
        && !from.starts_with("https://registry.npmjs.org/")
    {
        return Some(format!("{name}: comes from {from}"));
    }
    if package["integrity"].as_str().is_none() {
        return Some(format!("{name}: the lock file has no digest of it"));
    }
    if BESIDE_THE_PAGE.contains(&(package_name, text(package, "license"))) {
        return None;
    }
    complaint_about_licence(&name, package["license"].as_str())
}

fn is_beside_the_page(package_name: &str) -> bool {
    BESIDE_THE_PAGE.iter().any(|(name, _)| *name == package_name)
}

fn complaint_about_licence(name: &str, licence: Option<&str>) -> Option<String> {
    match licence {
        None => Some(format!("{name}: names no licence")),
        Some(licence) if expression::allows(licence, ALLOWED) => None,
        Some(licence) => Some(format!("{name}: {licence} is not on the list of licences")),
    }
}

fn complaints_about_versions(packages: &[Value]) -> Vec<String> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        let name = text(package, "name");
        if ONCE.contains(&name) {
            versions.entry(name).or_default().push(text(package, "version"));
        }
    }
    versions.retain(|_, versions| versions.len() > 1);
    versions
        .iter()
        .map(|(name, versions)| format!("{name}: two versions, {}", versions.join(" and ")))
        .collect()
}

/// The packages that become part of the page. Excludes tools that only build or check it, and what a package of the
/// page uses only together with such a tool ("devOptional").
fn npm_packages() -> Result<Vec<(String, Value)>, Failure> {
    let path = place::ui().join("package-lock.json");
    let text = fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
    let lock: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::new(format!("{} is not JSON: {error}", path.display())))?;
    let Some(packages) = lock["packages"].as_object() else { return Ok(Vec::new()) };
    let of_tools = |package: &Value| package["dev"] == true || package["devOptional"] == true;
    let shipped = packages.iter().filter(|(path, package)| !path.is_empty() && !of_tools(package));
    Ok(shipped
        .map(|(path, package)| (path.trim_start_matches("node_modules/").to_owned(), package.clone()))
        .collect())
}

fn text<'a>(package: &'a Value, field: &str) -> &'a str {
    package[field].as_str().unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_crate_passes_by_licence_and_source() {
        let package = |licence: Value, source: Value| json!({"name": "a", "version": "1", "license": licence, "source": source});
        assert_eq!(complaint_about_crate(&package(json!("MIT"), json!(SOURCE))), None);
        assert_eq!(complaint_about_crate(&package(json!("MIT"), json!(null))), None, "our own");
        assert!(complaint_about_crate(&package(json!("AGPL-3.0-only"), json!(SOURCE))).is_some());
        assert!(complaint_about_crate(&package(json!(null), json!(SOURCE))).is_some());
        assert!(complaint_about_crate(&package(json!("MIT"), json!("git+https://example.org/a"))).is_some());
    }

    #[test]
    fn what_is_beside_the_page_passes_by_name_and_licence() {
        let package = |licence: &str, from: &str| json!({"version": "1", "license": licence, "resolved": from, "integrity": "x"});
        let npm = "https://registry.npmjs.org/a";
        assert_eq!(complaint_about_npm("argparse", &package("PSF-2.0", npm)), None);
        assert!(complaint_about_npm("other", &package("PSF-2.0", npm)).is_some());
        assert!(complaint_about_npm("argparse", &package("GPL-3.0-only", npm)).is_some());
        assert!(complaint_about_npm("argparse", &package("PSF-2.0", "https://example.org/a")).is_some());
    }

    /// The first quoted string of each line of the list `key = [`.
    fn quoted<'a>(toml: &'a str, key: &str) -> Vec<&'a str> {
        let (_, list) = toml.split_once(&format!("\n{key} = [\n")).expect("the list begins");
        let (list, _) = list.split_once("\n]").expect("the list ends");
        list.lines().map(|line| line.split('"').nth(1).expect("each line names one")).collect()
    }

    #[test]
    fn cargo_deny_is_told_the_same() {
        let path = place::root().join("deny.toml");
        let toml = fs::read_to_string(path).expect("deny.toml is there");
        assert_eq!(quoted(&toml, "allow"), ALLOWED);
        assert_eq!(quoted(&toml, "deny"), ONCE);
    }

    #[test]
    fn a_second_version_is_told_only_where_it_matters() {
        let package = |name: &str, version: &str| json!({"name": name, "version": version});
        let packages =
            [package("tokio", "1.0"), package("tokio", "2.0"), package("syn", "1.0"), package("syn", "2.0")];
        assert_eq!(complaints_about_versions(&packages), ["tokio: two versions, 1.0 and 2.0"]);
    }
}
