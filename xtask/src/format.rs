//! `cargo xtask fmt`: all formatters of the repository. The tests and the quick check run them without changing
//! anything.

use std::fs;

use serde_json::Value;

use crate::failure::Failure;
use crate::{place, process};

/// The page's npm scripts: one formats, one only checks.
const PAGE: (&str, &str) = ("format", "format:check");

/// Formats everything.
pub(crate) fn write() -> Result<(), Failure> {
    process::run(&mut process::cargo(&["fmt", "--all"]))?;
    page(PAGE.0)
}

/// Fails if anything is not formatted.
pub(crate) fn check() -> Result<(), Failure> {
    process::run(&mut process::cargo(&["fmt", "--all", "--check"]))?;
    page(PAGE.1)
}

fn page(script: &str) -> Result<(), Failure> {
    let path = place::ui().join("package.json");
    let text = fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
    let package: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::new(format!("{} is not JSON: {error}", path.display())))?;
    // The page may have no formatter.
    if package["scripts"][script].is_null() {
        return Ok(());
    }
    process::run(&mut process::npm(&["run", script]))
}
