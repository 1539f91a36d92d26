//! `cargo xtask fmt`: every formatter of the repository. The tests and the quick check run the same ones, and change
//! nothing.

use std::fs;

use serde_json::Value;

use crate::failure::Failure;
use crate::{place, process};

/// The page's npm scripts: the one that writes, and the one that only looks.
const PAGE: (&str, &str) = ("format", "format:check");

/// Formats everything.
pub(crate) fn write() -> Result<(), Failure> {
    process::run(&mut process::cargo(&["fmt", "--all"]))?;
    page(PAGE.0)
}

/// Fails where something is not formatted.
pub(crate) fn check() -> Result<(), Failure> {
    process::run(&mut process::cargo(&["fmt", "--all", "--check"]))?;
    page(PAGE.1)
}

fn page(script: &str) -> Result<(), Failure> {
    let path = place::ui().join("package.json");
    let text = fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
    let package: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::new(format!("{} is not JSON: {error}", path.display())))?;
    // The page has had no formatter so far.
    if package["scripts"][script].is_null() {
        return Ok(());
    }
    process::run(&mut process::npm(&["run", script]))
}
