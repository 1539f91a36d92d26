//! The contents of the app: the crates linked into it, and the packages that the page consists of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::text;
use crate::place;

/// The platform to list packages for, so that every machine produces the same list.
pub(super) const PACKAGED_FOR: &str = "x86_64-unknown-linux-gnu";
/// The crate of the app.
const APP: &str = "conclave";

/// The registry of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum From {
    Cargo,
    Npm,
}

impl From {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::Npm => "npm",
        }
    }
}

/// A package in the app, sorted as in the list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) from: From,
    /// An SPDX expression.
    pub(super) licence: String,
    pub(super) repository: Option<String>,
    /// Its folder on this machine.
    pub(super) folder: PathBuf,
}

/// The crates linked into the app, from cargo's metadata for one platform: its run-time dependencies. Excludes our own
/// crates, and macros with their dependencies, which only run during the build.
pub(super) fn crates(metadata: &Value) -> Vec<Package> {
    let by_id = |list: &Value| -> BTreeMap<String, Value> {
        let all = list.as_array().map_or(&[][..], Vec::as_slice);
        all.iter().map(|one| (text(one, "id").to_owned(), one.clone())).collect()
    };
    let (packages, nodes) = (by_id(&metadata["packages"]), by_id(&metadata["resolve"]["nodes"]));
    let is_macro = |id: &str| targets(&packages[id]).any(|kind| kind == "proc-macro");
    let mut linked = BTreeSet::new();
    let mut open: Vec<&str> =
        packages.keys().map(String::as_str).filter(|id| text(&packages[*id], "name") == APP).collect();
    // Each package is visited once, so it terminates.
    while let Some(id) = open.pop() {
        if is_macro(id) || !linked.insert(id) {
            continue;
        }
        let needed = nodes[id]["deps"].as_array().map_or(&[][..], Vec::as_slice);
        open.extend(needed.iter().filter(|one| at_run_time(one)).filter_map(|one| one["pkg"].as_str()));
    }
    linked
        .into_iter()
        .map(|id| &packages[id])
        .filter(|package| package["source"].is_string())
        .map(linked_crate)
        .collect()
}

fn targets(package: &Value) -> impl Iterator<Item = &str> {
    let all = package["targets"].as_array().map_or(&[][..], Vec::as_slice);
    all.iter()
        .flat_map(|target| target["kind"].as_array().map_or(&[][..], Vec::as_slice))
        .filter_map(Value::as_str)
}

/// Whether it is needed at run time: cargo marks the others "dev" or "build".
fn at_run_time(dependency: &Value) -> bool {
    dependency["dep_kinds"].as_array().is_some_and(|kinds| kinds.iter().any(|one| one["kind"].is_null()))
}

fn linked_crate(package: &Value) -> Package {
    let manifest = Path::new(text(package, "manifest_path"));
    Package {
        name: text(package, "name").to_owned(),
        version: text(package, "version").to_owned(),
        from: From::Cargo,
        licence: text(package, "license").to_owned(),
        repository: package["repository"].as_str().map(str::to_owned),
        folder: manifest.parent().unwrap_or(manifest).to_owned(),
    }
}

/// The packages of the page, by their paths in npm's lock file.
pub(super) fn packages_of_page(locked: &[(String, Value)]) -> Vec<Package> {
    let package = |(path, package): &(String, Value)| Package {
        name: path.rsplit("node_modules/").next().unwrap_or(path).to_owned(),
        version: text(package, "version").to_owned(),
        from: From::Npm,
        licence: text(package, "license").to_owned(),
        repository: None,
        folder: place::ui().join("node_modules").join(path),
    };
    locked.iter().filter(|(path, _)| !super::is_beside_the_page(path)).map(package).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_linked_is_what_is_needed_at_run_time() {
        let package = |name: &str, kind: &str, source: Value| {
            json!({"id": name, "name": name, "version": "1", "license": "MIT", "source": source,
                   "manifest_path": format!("/there/{name}/Cargo.toml"), "targets": [{"kind": [kind]}]})
        };
        let needs = |name: &str, kinds: Value| json!({"pkg": name, "dep_kinds": kinds});
        let (normal, build, dev) =
            (json!([{"kind": null}]), json!([{"kind": "build"}]), json!([{"kind": "dev"}]));
        let metadata = json!({
            "packages": [
                package("conclave", "bin", json!(null)), package("ours", "lib", json!(null)),
                package("a", "lib", json!("registry")), package("b", "lib", json!("registry")),
                package("derive", "proc-macro", json!("registry")), package("syn", "lib", json!("registry")),
                package("cc", "lib", json!("registry")), package("tempfile", "lib", json!("registry")),
            ],
            "resolve": {"nodes": [
                {"id": "conclave", "deps": [needs("ours", normal.clone()), needs("cc", build), needs("tempfile", dev)]},
                {"id": "ours", "deps": [needs("a", normal.clone()), needs("derive", normal.clone())]},
                {"id": "a", "deps": [needs("b", json!([{"kind": "dev"}, {"kind": null}]))]},
                {"id": "b", "deps": [needs("a", normal.clone())]},
                {"id": "derive", "deps": [needs("syn", normal)]},
                {"id": "syn", "deps": []}, {"id": "cc", "deps": []}, {"id": "tempfile", "deps": []},
            ]},
        });
        let names: Vec<String> = crates(&metadata).into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(crates(&metadata)[0].folder, Path::new("/there/a"));
    }

    #[test]
    fn a_package_of_the_page_is_called_as_it_is_published() {
        let locked = |path: &str| (path.to_owned(), json!({"version": "1", "license": "MIT"}));
        let found = packages_of_page(&[
            locked("svelte/node_modules/magic-string"),
            locked("@tauri-apps/api"),
            locked("argparse"),
        ]);
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["magic-string", "@tauri-apps/api"]);
    }
}
