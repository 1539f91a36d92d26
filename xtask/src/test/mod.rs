//! `cargo xtask test`: every check and every test, step by step, all of them even when one fails.
//!
//! Everything is built once, as one workspace, and every step names the workspace too: another selection of packages
//! would unify other features and compile most dependencies again.

pub(crate) mod counts;
mod report;
mod steps;

use std::process::ExitCode;

use crate::failure::Failure;
use report::Report;

/// Runs all steps; the exit code says whether everything passed.
pub(crate) fn test() -> Result<ExitCode, Failure> {
    let mut report = Report::new();
    // Nothing after these can work without them.
    for (name, step) in steps::FOUNDATIONS {
        if !report.step(name, *step) {
            return Ok(report.close());
        }
    }
    for (name, step) in steps::CHECKS {
        report.step(name, *step);
    }
    Ok(report.close())
}
