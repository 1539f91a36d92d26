//! The licence texts that packages contain.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::expression;
use super::inside::Package;
use crate::failure::Failure;
use crate::place;

/// Prefixes of the names of licence files, in lower case.
const BEGINNINGS: &[&str] = &["licence", "license", "copying", "notice", "copyright", "unlicense"];
/// Extensions of files with such names that hold no licence text.
const NOT_TEXTS: &[&str] = &["rs", "toml", "spdx"];
/// Third-party source code built into these crates, with its licence in a folder of its own. In other crates, folders
/// hold licences of tests and of code that is not built.
const WITHIN: &[(&str, &str)] = &[
    ("libsqlite3-sys", "sqlcipher/LICENSE"),
    ("regex-syntax", "src/unicode_tables/LICENSE-UNICODE"),
    ("ring", "third_party/fiat/LICENSE"),
    ("tracing-core", "src/spin/LICENSE"),
];

/// All texts once each, and the texts of each package, in the order of `packages`.
pub(super) struct Texts {
    pub(super) all: Vec<String>,
    pub(super) of: Vec<Vec<usize>>,
}

pub(super) fn collect(packages: &[Package]) -> Result<Texts, Failure> {
    let mut own: Vec<Vec<String>> = Vec::new();
    for package in packages {
        own.push(brought_by(package)?);
    }
    let standard = read(&place::root().join("LICENSE-APACHE"))?;
    let mut texts = Texts { all: Vec::new(), of: Vec::new() };
    let mut known = BTreeMap::new();
    for (i, package) in packages.iter().enumerate() {
        let found = match own[i].as_slice() {
            [] => stands_in(package, packages, &own, &standard),
            found => found.to_vec(),
        };
        let mut indices: Vec<usize> =
            found.into_iter().map(|text| texts.index_of(&mut known, text)).collect();
        indices.dedup();
        texts.of.push(indices);
    }
    Ok(texts)
}

impl Texts {
    fn index_of(&mut self, known: &mut BTreeMap<String, usize>, text: String) -> usize {
        *known.entry(letters(&text)).or_insert_with(|| {
            self.all.push(text);
            self.all.len() - 1
        })
    }
}

/// The letters of a text, ignoring layout: equal letters mean equal texts.
fn letters(text: &str) -> String {
    text.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn brought_by(package: &Package) -> Result<Vec<String>, Failure> {
    let entries = fs::read_dir(&package.folder).map_err(|error| Failure::file(&package.folder, &error))?;
    let files = entries.flatten().filter(|entry| entry.path().is_file());
    let mut names: Vec<String> =
        files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| is_text(name));
    names.sort();
    let mut names = chosen(&package.licence, names);
    names.extend(WITHIN.iter().filter(|(name, _)| *name == package.name).map(|(_, file)| (*file).to_owned()));
    names.iter().map(|name| read(&package.folder.join(name))).collect()
}

fn is_text(name: &str) -> bool {
    let name = name.to_lowercase();
    let ending = Path::new(&name).extension().and_then(|ending| ending.to_str());
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        && !ending.is_some_and(|e| NOT_TEXTS.contains(&e))
}

/// If there is a choice of licences, the shortest one's text is enough: that of MIT, plus general notices.
fn chosen(licence: &str, names: Vec<String>) -> Vec<String> {
    let is_mit = |name: &String| name.to_lowercase().contains("mit");
    if !expression::allows(licence, &["MIT"]) || !names.iter().any(is_mit) {
        return names;
    }
    let to_all =
        |name: &String| ["notice", "copyright"].iter().any(|word| name.to_lowercase().starts_with(word));
    names.into_iter().filter(|name| is_mit(name) || to_all(name)).collect()
}

/// For a package without a text: the text of another package from the same repository, or the standard text if that
/// names no holder.
fn stands_in(package: &Package, packages: &[Package], own: &[Vec<String>], standard: &str) -> Vec<String> {
    let sibling = |other: &Package| other.repository.is_some() && other.repository == package.repository;
    let of_sibling = packages.iter().zip(own).find(|(other, texts)| sibling(other) && !texts.is_empty());
    match of_sibling {
        Some((_, texts)) => texts.clone(),
        None if expression::allows(&package.licence, &["Apache-2.0"]) => vec![standard.to_owned()],
        None => Vec::new(),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file(path, &error))?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).collect();
    Ok(lines.join("\n").trim_matches('\n').to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::inside::From;
    use super::*;

    #[test]
    fn files_with_texts_are_known_by_their_names() {
        for text in
            ["LICENSE", "licence.md", "LICENSE-MIT", "COPYING.txt", "UNLICENSE", "NOTICE", "Copyright"]
        {
            assert!(is_text(text), "{text}");
        }
        for other in ["README.md", "license.rs", "LICENSE.spdx", "about-license"] {
            assert!(!is_text(other), "{other}");
        }
    }

    #[test]
    fn where_mit_is_enough_its_text_is() {
        let names = || ["LICENSE-APACHE", "LICENSE-MIT", "NOTICE"].map(str::to_owned).to_vec();
        assert_eq!(chosen("MIT OR Apache-2.0", names()), ["LICENSE-MIT", "NOTICE"]);
        assert_eq!(chosen("MIT AND Apache-2.0", names()), names());
        assert_eq!(chosen("MIT OR Apache-2.0", vec!["LICENSE".to_owned()]), ["LICENSE"]);
    }

    #[test]
    fn a_text_is_kept_once_however_it_is_set() {
        let mut texts = Texts { all: Vec::new(), of: Vec::new() };
        let mut known = BTreeMap::new();
        let found = ["Do as\nyou like.", "  do as you like", "Do not."]
            .map(|text| texts.index_of(&mut known, text.to_owned()));
        assert_eq!((found, texts.all.len()), ([0, 0, 1], 2));
    }

    #[test]
    fn a_package_without_a_text_has_that_of_its_repository_or_the_standard_one() {
        let package = |name: &str, licence: &str, repository: Option<&str>| Package {
            name: name.to_owned(),
            version: "1".to_owned(),
            from: From::Cargo,
            licence: licence.to_owned(),
            repository: repository.map(str::to_owned),
            folder: Path::new("/nowhere").to_owned(),
        };
        let packages = [
            package("a", "BSD-3-Clause", Some("x")),
            package("b", "BSD-3-Clause", Some("x")),
            package("c", "MIT OR Apache-2.0", None),
            package("d", "MIT", None),
        ];
        let own = [vec!["theirs".to_owned()], vec![], vec![], vec![]];
        let found: Vec<Vec<String>> =
            packages[1..].iter().map(|one| stands_in(one, &packages, &own, "standard")).collect();
        assert_eq!(found, [vec!["theirs"], vec!["standard"], vec![]]);
    }
}
