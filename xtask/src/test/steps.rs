//! The steps, cheapest failures first.

use std::process::Command;

use super::counts::{self, Counts};
use crate::failure::Failure;
use crate::report::Outcome;
use crate::session::Session;
use crate::setup::{self, Purpose};
use crate::{format, licences, page, place, process, tools};

/// The function of a step.
type Step = fn() -> Result<Outcome, Failure>;

/// All other steps depend on these.
pub(super) const FOUNDATIONS: &[(&str, Step)] = &[
    ("set up this machine", || checked(setup::for_purpose(Purpose::Test))),
    ("the page builds", || checked(page::ensure_built())),
];

/// Independent steps; all are run.
pub(super) const CHECKS: &[(&str, Step)] = &[
    ("formatting", || checked(format::check())),
    ("licences and sources", || checked(licences::check())),
    ("the page: types and unused code", || script("check")),
    ("the page: lints", || script("lint")),
    ("the page: unit tests", || vitest("test")),
    ("clippy", clippy),
    ("documentation", documentation),
    ("everything builds", build),
    ("tests of all crates", || cargo_test(&mut process::cargo(TESTS))),
    ("the keychain, for real", keychain),
    ("three processes", processes),
    ("the page: in a browser", browser),
    ("two windows on a desktop", desktop),
];

const TESTS: &[&str] = &["test", "--workspace", "--locked", "--no-fail-fast"];

/// A step that counts no tests.
pub(crate) fn checked(result: Result<(), Failure>) -> Result<Outcome, Failure> {
    result.map(|()| Outcome::default())
}

pub(crate) fn clippy() -> Result<Outcome, Failure> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    checked(process::run(&mut process::cargo(&arguments)))
}

/// A broken link in a doc comment is an error.
fn documentation() -> Result<Outcome, Failure> {
    let mut doc = process::cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
    checked(process::run(doc.env("RUSTDOCFLAGS", "-D warnings")))
}

/// With all targets, so that the programs started by later steps use the same dependency builds as the tests.
fn build() -> Result<Outcome, Failure> {
    checked(process::run(&mut process::cargo(&["build", "--workspace", "--all-targets", "--locked"])))
}

/// The Secret Service tests start their own buses and keyrings; those of the person are not touched.
fn keychain() -> Result<Outcome, Failure> {
    let mut test = process::cargo(TESTS);
    cargo_test(test.args(["--test", "vault", "--", "--ignored"]))
}

/// Real processes against the server program, some of them killed.
fn processes() -> Result<Outcome, Failure> {
    let mut test = process::cargo(TESTS);
    test.args(["--test", "processes", "--", "--include-ignored", "--test-threads=1", "--nocapture"]);
    cargo_test(with_programs(&mut test))
}

/// The page over a bridge to the engine, whose program is built first. Leaves `ui/dist` freshly built, so the desktop test
/// runs after it.
fn browser() -> Result<Outcome, Failure> {
    build()?;
    let mut tests = process::npm(&["run", "test:browser"]);
    tests.env("CONCLAVE_BRIDGE_BIN", place::program("debug", "conclave-bridge"));
    counted(tests.env("NO_COLOR", "1"), counts::vitest)
}

/// The real program in real windows, driven through WebDriver. Builds first: `cargo xtask dev` leaves a different
/// program, without the page, under the same name.
fn desktop() -> Result<Outcome, Failure> {
    build()?;
    let driver = tools::tauri_driver()?;
    let artifacts = place::artifacts();
    std::fs::create_dir_all(&artifacts).map_err(|error| Failure::file(&artifacts, &error))?;
    let session = Session::new()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut test = session.command(cargo, TESTS);
    test.args(["--test", "desktop", "--", "--include-ignored", "--test-threads=1", "--nocapture"]);
    cargo_test(with_programs(&mut test).env("TAURI_DRIVER", driver).env("CONCLAVE_ARTIFACTS", artifacts))
}

/// Where the tests find the programs that they start.
fn with_programs(command: &mut Command) -> &mut Command {
    command
        .env("CONCLAVE_BIN", place::program("debug", "conclave"))
        .env("CONCLAVE_HEADLESS_BIN", place::program("debug", "conclave-headless"))
        .env("CONCLAVE_SERVER_BIN", place::program("debug", "conclave-server"))
}

fn cargo_test(command: &mut Command) -> Result<Outcome, Failure> {
    counted(command, counts::cargo)
}

fn script(name: &str) -> Result<Outcome, Failure> {
    checked(process::run(&mut process::npm(&["run", name])))
}

fn vitest(script: &str) -> Result<Outcome, Failure> {
    counted(process::npm(&["run", script]).env("NO_COLOR", "1"), counts::vitest)
}

fn counted(command: &mut Command, count: fn(&str) -> Counts) -> Result<Outcome, Failure> {
    let kept = process::keep(command)?;
    let counts = count(&kept.output);
    let failure = if !kept.status.success() {
        Some(format!("{} ended with {}", process::words(command), kept.status))
    } else if counts.passed == 0 {
        // A filter that matches nothing must not look like success.
        Some(format!("{} ran no test", process::words(command)))
    } else {
        None
    };
    Ok(Outcome { counts, failure })
}
