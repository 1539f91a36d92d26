//! Runs the unit tests of some crates. Builds all crates as `cargo xtask test` does, because another selection would
//! unify other features and recompile most dependencies; then runs only some.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::failure::Failure;
use crate::report::Outcome;
use crate::test::counts::{self, Counts};
use crate::{place, process};

const BUILD: &[&str] = &[
    "test",
    "--workspace",
    "--lib",
    "--bins",
    "--locked",
    "--no-run",
    "--message-format=json-render-diagnostics",
];

/// Builds the unit tests of all crates and runs those of the crates in these folders.
pub(super) fn run(folders: &BTreeSet<&str>) -> Result<Outcome, Failure> {
    let mut build = process::cargo(BUILD);
    let messages = process::answer_or_fail(&mut build)?;
    let mut sum = Counts::default();
    let mut failures = Vec::new();
    for (folder, program) in programs(&messages, place::root()) {
        if !folders.contains(folder.as_str()) {
            continue;
        }
        println!("{folder}");
        // As cargo does: tests look for their files from the crate's folder.
        let mut test = process::command(&program);
        let kept = process::keep(test.arg("--quiet").current_dir(place::root().join(&folder)))?;
        sum += counts::cargo(&kept.output);
        if !kept.status.success() {
            failures.push(format!("the unit tests of {folder} ended with {}", kept.status));
        }
    }
    Ok(Outcome { counts: sum, failure: (!failures.is_empty()).then(|| failures.join("\n")) })
}

/// The test programs in cargo's build messages, each with its crate's folder.
fn programs(messages: &str, root: &Path) -> Vec<(String, PathBuf)> {
    let read = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_test = message["profile"]["test"] == true;
        let program = PathBuf::from(message["executable"].as_str().filter(|_| is_test)?);
        let folder = Path::new(message["manifest_path"].as_str()?).parent()?.strip_prefix(root).ok()?;
        Some((folder.to_string_lossy().replace('\\', "/"), program))
    };
    messages.lines().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_programs_are_known_by_their_crates() {
        let messages = r#"{"reason":"compiler-artifact","manifest_path":"/w/crates/store/Cargo.toml","profile":{"test":true},"executable":"/w/target/debug/deps/store-1"}
{"reason":"compiler-artifact","manifest_path":"/w/crates/store/Cargo.toml","profile":{"test":false},"executable":null}
{"reason":"compiler-artifact","manifest_path":"/w/tests/Cargo.toml","profile":{"test":false},"executable":"/w/target/debug/conclave-headless"}
{"reason":"compiler-artifact","manifest_path":"/elsewhere/a/Cargo.toml","profile":{"test":true},"executable":"/x"}
{"reason":"build-finished","success":true}
"#;
        let found = programs(messages, Path::new("/w"));
        assert_eq!(found, [("crates/store".to_owned(), PathBuf::from("/w/target/debug/deps/store-1"))]);
    }
}
