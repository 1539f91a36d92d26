//! What differs from the main branch.

use std::collections::BTreeSet;

use crate::failure::Failure;
use crate::process;

/// The branches that work starts from; the first that exists is used.
const MAIN: &[&str] = &["origin/main", "main"];
/// A change of one of these can change every crate.
const ALL_CRATES: &[&str] = &["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo/"];

/// Changed files, committed or not.
#[derive(Debug)]
pub(super) struct Changed {
    /// The merge base with the main branch; `None` if everything counts as changed.
    base: Option<String>,
    paths: Vec<String>,
}

impl Changed {
    /// Asks git.
    pub(super) fn find() -> Result<Self, Failure> {
        let base = MAIN
            .iter()
            .find_map(|branch| git(&["merge-base", "HEAD", branch]))
            .or_else(|| git(&["rev-parse", "HEAD"]))
            .ok_or_else(|| Failure::new("check compares with git's history, and there is none here"))?;
        let base = base.trim().to_owned();
        let listed = |arguments: &[&str]| {
            git(arguments).ok_or_else(|| Failure::new(format!("git {} failed", arguments.join(" "))))
        };
        let known = listed(&["diff", "--name-only", "-z", &base])?;
        let new = listed(&["ls-files", "--others", "--exclude-standard", "-z"])?;
        let paths = known.split('\0').chain(new.split('\0')).filter(|path| !path.is_empty());
        let paths = paths.map(str::to_owned).collect();
        Ok(Self { base: Some(base), paths })
    }

    /// All files.
    pub(super) fn everything() -> Result<Self, Failure> {
        let files = git(&["ls-files", "-z"]).ok_or_else(|| Failure::new("git ls-files failed"))?;
        Ok(Self { base: None, paths: files.split('\0').map(str::to_owned).collect() })
    }

    /// The commit it is compared with, if any.
    pub(super) fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }

    /// Whether anything in the page changed.
    pub(super) fn page(&self) -> bool {
        self.below("ui/")
    }

    /// Whether anything in this folder changed.
    pub(super) fn below(&self, folder: &str) -> bool {
        self.paths.iter().any(|path| path.starts_with(folder))
    }

    /// The folders of changed crates; all of them if something shared changed.
    pub(super) fn crates<'a>(&self, folders: &'a [String]) -> BTreeSet<&'a str> {
        if ALL_CRATES.iter().any(|shared| self.below(shared)) {
            return folders.iter().map(String::as_str).collect();
        }
        folders.iter().map(String::as_str).filter(|folder| self.below(&format!("{folder}/"))).collect()
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    process::answer(process::command("git").args(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(paths: &[&str]) -> Changed {
        Changed { base: None, paths: paths.iter().map(|path| (*path).to_owned()).collect() }
    }

    #[test]
    fn a_crate_changes_with_what_is_in_its_folder_and_with_what_all_share() {
        let folders = ["crates/store", "crates/store-tools", "xtask"].map(str::to_owned);
        let of = |paths: &[&str]| changed(paths).crates(&folders).into_iter().collect::<Vec<_>>();
        assert_eq!(of(&["crates/store/migrations/0001_first.sql", "README.md"]), ["crates/store"]);
        assert_eq!(of(&["ui/src/main.ts"]), [""; 0]);
        assert_eq!(of(&["Cargo.lock"]), ["crates/store", "crates/store-tools", "xtask"]);
        // A crate's manifest affects only that crate.
        assert_eq!(of(&["xtask/Cargo.toml"]), ["xtask"]);
    }

    #[test]
    fn the_page_is_what_is_in_its_folder() {
        assert!(changed(&["ui/src/main.ts"]).page());
        assert!(!changed(&["src-tauri/src/main.rs"]).page());
    }
}
