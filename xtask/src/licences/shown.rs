//! The file that the page shows: the contents of the app and their licences. `cargo xtask licences --write` writes it;
//! the check only compares names, so it needs no sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::inside::Package;
use super::{text, texts};
use crate::failure::Failure;
use crate::place;

/// Most differences listed; one command fixes them all.
const NAMED_MAX: usize = 5;

fn path() -> PathBuf {
    place::ui().join("src/lib/settings/licences.json")
}

/// Writes the file: one package a line, then one text a line.
pub(super) fn write(packages: &[Package]) -> Result<(), Failure> {
    let texts = texts::collect(packages)?;
    let entry = |(package, texts): (&Package, &Vec<usize>)| {
        let Package { name, version, licence, from, .. } = package;
        json!({"name": name, "version": version, "from": from.name(), "licence": licence, "texts": texts})
            .to_string()
    };
    let entries: Vec<String> = packages.iter().zip(&texts.of).map(entry).collect();
    let all: Vec<String> = texts.all.iter().map(|text| json!(text).to_string()).collect();
    let file =
        format!("{{\"packages\":[\n{}\n],\"texts\":[\n{}\n]}}\n", entries.join(",\n"), all.join(",\n"));
    fs::write(path(), file).map_err(|error| Failure::file(&path(), &error))?;
    let without: Vec<&str> = packages
        .iter()
        .zip(&texts.of)
        .filter(|(_, texts)| texts.is_empty())
        .map(|(one, _)| one.name.as_str())
        .collect();
    println!("{} packages and {} texts are in {}.", packages.len(), texts.all.len(), path().display());
    println!(
        "No licence text in {}.",
        if without.is_empty() { "none".to_owned() } else { without.join(", ") }
    );
    Ok(())
}

/// What is wrong with the file; none if it matches the app's contents.
pub(super) fn complaint(packages: &[Package]) -> Result<Option<String>, Failure> {
    let written = fs::read_to_string(path()).map_err(|error| Failure::file(&path(), &error))?;
    let file: Value = serde_json::from_str(&written)
        .map_err(|error| Failure::new(format!("{} is not JSON: {error}", path().display())))?;
    Ok(difference(&file, packages))
}

fn difference(file: &Value, packages: &[Package]) -> Option<String> {
    let listed = file["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let line = |name: &str, version: &str, from: &str, licence: &str| {
        format!("{name} {version} ({from}, {licence})")
    };
    let shown: BTreeSet<String> = listed
        .iter()
        .map(|one| line(text(one, "name"), text(one, "version"), text(one, "from"), text(one, "licence")))
        .collect();
    let inside: BTreeSet<String> =
        packages.iter().map(|one| line(&one.name, &one.version, one.from.name(), &one.licence)).collect();
    let differs: Vec<String> = inside
        .difference(&shown)
        .map(|one| format!("{one} is missing"))
        .chain(shown.difference(&inside).map(|one| format!("{one} is no longer included")))
        .collect();
    if differs.is_empty() {
        return None;
    }
    let more = differs.len().saturating_sub(NAMED_MAX);
    let named = differs[..differs.len() - more].join(", ");
    let more = if more == 0 { String::new() } else { format!(", and {more} more") };
    Some(format!(
        "the licences that Settings show are not those of Cargo.lock and package-lock.json; regenerate them with `cargo xtask licences --write`: {named}{more}"
    ))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::inside::From;
    use super::*;

    #[test]
    fn another_version_is_told_with_what_to_do() {
        let package = |version: &str| Package {
            name: "a".to_owned(),
            version: version.to_owned(),
            from: From::Cargo,
            licence: "MIT".to_owned(),
            repository: None,
            folder: Path::new("/nowhere").to_owned(),
        };
        let file = json!({"packages": [{"name": "a", "version": "1", "from": "cargo", "licence": "MIT", "texts": []}]});
        assert_eq!(difference(&file, &[package("1")]), None);
        let said = difference(&file, &[package("2")]).expect("it differs");
        assert!(said.contains("cargo xtask licences --write"), "{said}");
        assert!(
            said.ends_with("a 2 (cargo, MIT) is missing, a 1 (cargo, MIT) is no longer included"),
            "{said}"
        );
        let many: Vec<Package> = (2..9).map(|i| package(&i.to_string())).collect();
        assert!(difference(&file, &many).is_some_and(|said| said.ends_with("and 3 more")));
    }
}
