//! `cargo xtask check`: formatting, licences, types, lints and unit tests of what differs from the main branch. It
//! needs no browser or window, and installs no system packages. `cargo xtask test` runs everything.

mod changed;
mod units;

use std::process::ExitCode;

use changed::Changed;

use crate::failure::Failure;
use crate::report::{Outcome, Report};
use crate::test::{counts, steps};
use crate::{format, licences, process, setup};

/// `check [--all]`: what changed, or everything.
pub(crate) fn check(arguments: &[String]) -> Result<ExitCode, Failure> {
    let changed = match arguments {
        [] => Changed::find()?,
        [word] if word == "--all" => Changed::everything()?,
        _ => return Err(Failure::new("check takes no argument but --all")),
    };
    let folders = folders_of_crates()?;
    let crates = changed.crates(&folders);
    let mut report = Report::new();
    report.step("formatting", || steps::checked(format::check()));
    report.step("licences and sources", || steps::checked(licences::check()));
    if changed.page() && report.step("npm packages", || steps::checked(setup::page())) {
        report.step("the page: types", || steps::checked(process::run(&mut process::npm(&["run", "check"]))));
        report.step("the page: unit tests of what changed", || page(changed.base()));
    }
    if !crates.is_empty() {
        report.step("clippy", steps::clippy);
        report.step("unit tests of the crates that changed", || units::run(&crates));
    }
    Ok(report.close())
}

/// vitest follows the imports, and runs the tests that a change can affect, possibly none.
fn page(base: Option<&str>) -> Result<Outcome, Failure> {
    let mut test = process::npm(&["run", "test", "--", "--passWithNoTests"]);
    if let Some(base) = base {
        test.args(["--changed", base]);
    }
    let kept = process::keep(test.env("NO_COLOR", "1"))?;
    let failure = (!kept.status.success()).then(|| format!("vitest ended with {}", kept.status));
    Ok(Outcome { counts: counts::vitest(&kept.output), failure })
}

/// The folders of the workspace's crates, without the root.
fn folders_of_crates() -> Result<Vec<String>, Failure> {
    let metadata = licences::metadata(&["--no-deps"])?;
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    let manifests = metadata["packages"].as_array().into_iter().flatten();
    let folder = |package: &serde_json::Value| {
        let folder = package["manifest_path"].as_str()?.strip_prefix(root)?.strip_suffix("Cargo.toml")?;
        Some(folder.replace('\\', "/").trim_matches('/').to_owned())
    };
    Ok(manifests.filter_map(folder).collect())
}
