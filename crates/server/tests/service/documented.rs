//! The limits in the documentation match the code.

use std::collections::BTreeSet;
use std::path::Path;

fn file(path: &[&str]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path.iter().collect::<std::path::PathBuf>());
    std::fs::read_to_string(path).unwrap()
}

/// Fields of `Limits`, and constants.
fn declared() -> BTreeSet<String> {
    let source = file(&["src", "limits.rs"]);
    let (_, fields) = source.split_once("pub struct Limits {").unwrap();
    let (fields, _) = fields.split_once("\n}").unwrap();
    let named = |line: &str, lead: &str| {
        let (name, _) = line.trim().strip_prefix(lead)?.split_once(':')?;
        Some(name.trim().to_owned())
    };
    let constants = source.lines().filter_map(|line| named(line, "pub(crate) const "));
    constants.chain(fields.lines().filter_map(|line| named(line, "pub "))).collect()
}

/// Names in the second column of the table of limits.
fn documented() -> BTreeSet<String> {
    let document = file(&["..", "..", "docs", "operations.md"]);
    let (_, limits) = document.split_once("\n## Limits\n").unwrap();
    let rows = limits.lines().filter(|line| line.starts_with('|') && line.contains('`'));
    let names = rows.flat_map(|row| row.split('|').nth(2).unwrap().split('`').skip(1).step_by(2));
    names.map(str::to_owned).collect()
}

#[test]
fn every_limit_is_in_the_document_and_no_other() {
    let (declared, documented) = (declared(), documented());
    assert!(declared.len() > 40, "{declared:?}");
    let missing: Vec<_> = declared.difference(&documented).collect();
    let unknown: Vec<_> = documented.difference(&declared).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "missing: {missing:?}, unknown: {unknown:?}");
}
