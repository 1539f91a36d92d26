//! `cargo xtask package`: builds the .deb and .rpm, and checks that the .deb can be installed and used.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;
use crate::session::Session;
use crate::setup::{self, Purpose};
use crate::{page, place, process, tools};

/// This tool has already built the page, so the packager need not.
const NO_PAGE_BUILD: &str = r#"{"build":{"beforeBuildCommand":""}}"#;
/// Where the package installs the program.
const INSTALLED: &str = "/usr/bin/conclave";
/// The test that acts as a person with a freshly installed program: onboarding and one message.
const INSTALLED_TEST: &str = "installed";

pub(crate) fn package(arguments: &[String]) -> Result<(), Failure> {
    let check = match arguments {
        [] => false,
        [word] if word == "--check" => true,
        _ => return Err(Failure::new("package takes no argument but --check")),
    };
    if !cfg!(target_os = "linux") {
        return Err(Failure::new("packages can only be built on Linux so far"));
    }
    setup::for_purpose(Purpose::Package)?;
    let packages = build()?;
    for path in &packages {
        let bytes = fs::metadata(path).map_err(|error| Failure::file(path, &error))?.len();
        println!("{}  {:.1} MB", path.display(), bytes as f64 / 1e6);
    }
    if check { check_deb(&packages) } else { Ok(()) }
}

fn build() -> Result<Vec<PathBuf>, Failure> {
    page::ensure_built()?;
    let bundles = place::target().join("release/bundle");
    // Packages of an earlier version must not be mistaken for this one.
    for kind in ["deb", "rpm"] {
        let folder = bundles.join(kind);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| Failure::file(&folder, &error))?;
        }
    }
    let mut tauri = process::command("node");
    tauri.arg(tools::tauri_cli()?).args(["build", "--bundles", "deb,rpm", "--config", NO_PAGE_BUILD]);
    tauri.args(["--", "--locked"]);
    process::run(tauri.env("PATH", tools::path_with_node()))?;
    ["deb", "rpm"].iter().map(|kind| only_file(&bundles.join(kind), kind)).collect()
}

fn only_file(folder: &PathBuf, kind: &str) -> Result<PathBuf, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| Failure::file(folder, &error))?;
    let mut found = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == kind));
    match (found.next(), found.next()) {
        (Some(path), None) => Ok(path),
        _ => Err(Failure::new(format!("{} does not hold exactly one .{kind}", folder.display()))),
    }
}

/// Installs the .deb, runs the test, removes it, and checks that nothing is left.
fn check_deb(packages: &[PathBuf]) -> Result<(), Failure> {
    if PathBuf::from(INSTALLED).exists() {
        return Err(Failure::new(format!("{INSTALLED} already exists; remove that package first")));
    }
    let deb = packages.iter().find(|path| path.extension().is_some_and(|e| e == "deb"));
    let deb = deb.ok_or_else(|| Failure::new("no .deb was built"))?;
    let name = process::answer(Command::new("dpkg-deb").arg("--field").arg(deb).arg("Package"))
        .ok_or_else(|| Failure::new("the .deb cannot be read"))?;
    process::run(setup::as_root("apt-get")?.args(["install", "-y", "--no-install-recommends"]).arg(deb))?;
    let driven = drive();
    process::run(setup::as_root("apt-get")?.args(["remove", "-y", name.trim()]))?;
    driven?;
    if PathBuf::from(INSTALLED).exists() {
        return Err(Failure::new(format!("{INSTALLED} is still there after the package was removed")));
    }
    println!("The package installs, starts, sends a message and uninstalls.");
    Ok(())
}

fn drive() -> Result<(), Failure> {
    process::run(Command::new("desktop-file-validate").arg(desktop_file()?))?;
    let session = Session::new()?;
    let arguments =
        ["test", "--locked", "--package", "conclave-tests", "--test", "desktop", "--", "--include-ignored"];
    let mut test = session.command("cargo", arguments);
    test.args([INSTALLED_TEST, "--test-threads=1"])
        .env("CONCLAVE_BIN", INSTALLED)
        .env("CONCLAVE_ARTIFACTS", place::artifacts())
        .env("TAURI_DRIVER", tools::tauri_driver()?);
    let kept = process::keep(&mut test)?;
    if !kept.status.success() {
        return Err(Failure::new("the installed program failed its test"));
    }
    if crate::test::counts::cargo(&kept.output).passed == 0 {
        return Err(Failure::new(format!(
            "no test called {INSTALLED_TEST:?} ran against the installed program"
        )));
    }
    Ok(())
}

fn desktop_file() -> Result<PathBuf, Failure> {
    let folder = PathBuf::from("/usr/share/applications");
    let entries = fs::read_dir(&folder).map_err(|error| Failure::file(&folder, &error))?;
    let ours = |path: &PathBuf| {
        path.file_stem().is_some_and(|n| n.to_string_lossy().to_lowercase().contains("conclave"))
    };
    let found = entries.flatten().map(|entry| entry.path()).find(ours);
    found.ok_or_else(|| Failure::new("the package contains no desktop file"))
}
