//! `cargo xtask test`: every check and test, step by step; continues after a failure.
//!
//! Everything is built once, as one workspace, and every step selects the workspace too: another selection of packages
//! would unify other features and recompile most dependencies.

pub(crate) mod counts;
pub(crate) mod steps;

use std::process::ExitCode;

use crate::failure::Failure;
use crate::report::Report;

/// Runs all steps, or those whose name contains one of `arguments`; returns an exit code.
pub(crate) fn test(arguments: &[String]) -> Result<ExitCode, Failure> {
    let wanted = arguments.join(" ");
    if !steps::CHECKS.iter().any(|(name, _)| name.contains(&wanted)) {
        let names: Vec<_> = steps::CHECKS.iter().map(|(name, _)| *name).collect();
        return Err(Failure::new(format!(
            "no step is called {wanted:?}; there are:\n\n  {}",
            names.join("\n  ")
        )));
    }
    let mut report = Report::new();
    // The other steps depend on these.
    for (name, step) in steps::FOUNDATIONS {
        if !report.step(name, *step) {
            return Ok(report.close());
        }
    }
    for (name, step) in steps::CHECKS.iter().filter(|(name, _)| name.contains(&wanted)) {
        report.step(name, *step);
    }
    Ok(report.close())
}
