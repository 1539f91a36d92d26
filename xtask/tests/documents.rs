//! Checks that paths and links in documents exist, so that moving a file updates its mentions.

use std::fs;
use std::path::{Path, PathBuf};

/// Top-level folders of the paths in documents.
const ROOTS: &[&str] = &["crates/", "docs/", "src-tauri/", "tests/", "ui/", "xtask/", ".github/"];

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ is inside the workspace").to_owned()
}

fn documents() -> Vec<PathBuf> {
    let folders = [checkout(), checkout().join("docs")];
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("the folder is there"));
    let mut found: Vec<_> = files.map(|file| file.expect("it can be read").path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    assert!(found.len() > 5, "documents are found");
    found
}

/// Text between backquotes that looks like a path of the checkout.
fn paths(text: &str) -> Vec<&str> {
    let quoted = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    quoted
        .filter(|word| ROOTS.iter().any(|root| word.starts_with(root)) && !word.contains([' ', '*']))
        .collect()
}

/// The targets of links `](target)` within the checkout.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let within = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    within.map(|target| target.split('#').next().unwrap_or(target)).collect()
}

#[test]
fn paths_and_links_lead_to_files_that_exist() {
    let mut missing = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).expect("it can be read");
        let folder = document.parent().expect("it is in a folder");
        let named = paths(&text).into_iter().map(|path| (path, checkout().join(path)));
        let linked = links(&text).into_iter().map(|target| (target, folder.join(target)));
        for (word, path) in named.chain(linked) {
            if !path.exists() {
                missing.push(format!("{}: {word}", document.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
