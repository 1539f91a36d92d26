//! System packages. Installed on Debian and derivatives; listed elsewhere.

use std::process::Command;

use super::Purpose;
use crate::failure::Failure;
use crate::process;

const BUILD: &[&str] = &[
    "build-essential",
    "file",
    "libayatana-appindicator3-dev",
    "libdbus-1-dev",
    "librsvg2-dev",
    "libssl-dev",
    "libwebkit2gtk-4.1-dev",
    "libxdo-dev",
    "pkg-config",
    "xdg-utils",
];
const TEST: &[&str] = &[
    "dbus",
    "dbus-x11",
    "fonts-dejavu-core",
    "fonts-noto-color-emoji",
    "gnome-keyring",
    "webkit2gtk-driver",
    "xauth",
    "xvfb",
];
const PACKAGE: &[&str] = &["desktop-file-utils", "patchelf", "rpm"];
/// Where the browser tests look for Chromium, and the package that provides it.
const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// Installs what is missing, or says how.
pub(super) fn ensure(purpose: Purpose) -> Result<(), Failure> {
    if !cfg!(target_os = "linux") {
        println!("System packages: see https://v2.tauri.app/start/prerequisites for this system.");
        return Ok(());
    }
    if !process::exists("dpkg-query") {
        return name_what_is_needed(purpose);
    }
    let missing = missing(purpose);
    if missing.is_empty() { Ok(()) } else { install(&missing) }
}

fn wanted(purpose: Purpose) -> Vec<&'static str> {
    let mut wanted = BUILD.to_vec();
    if purpose >= Purpose::Test {
        wanted.extend(TEST);
    }
    if purpose >= Purpose::Package {
        wanted.extend(PACKAGE);
    }
    wanted
}

fn missing(purpose: Purpose) -> Vec<&'static str> {
    let mut wanted = wanted(purpose);
    // These may be installed without a package: ask for one only if they are absent.
    wanted.extend(
        ["nodejs", "npm"].iter().zip(["node", "npm"]).filter(|(_, p)| !process::exists(p)).map(|(n, _)| n),
    );
    if purpose >= Purpose::Test && !BROWSERS.iter().any(|browser| process::exists(browser)) {
        wanted.push(if is_ubuntu() { "chromium-browser" } else { "chromium" });
    }
    let mut query = Command::new("dpkg-query");
    query.args(["-W", "-f", "${Package} ${db:Status-Abbrev}\\n"]);
    // Query all packages at once: a single unknown name would make the query fail.
    let known = process::answer(&mut query).unwrap_or_default();
    let installed = |package: &str| {
        known
            .lines()
            .any(|line| line.split_once(' ').is_some_and(|(p, s)| p == package && s.starts_with("ii")))
    };
    wanted.retain(|package| !installed(package));
    wanted
}

fn is_ubuntu() -> bool {
    std::fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|line| line == "ID=ubuntu"))
}

fn install(missing: &[&str]) -> Result<(), Failure> {
    let list = missing.join(" ");
    println!("Missing system packages: {list}");
    let Ok(mut update) = super::as_root("apt-get") else {
        return Err(Failure::new(format!(
            "installing system packages needs root. Run this, then the same command again:\n\n  \
             sudo apt-get update && sudo apt-get install -y --no-install-recommends {list}\n"
        )));
    };
    process::run(update.arg("update"))?;
    process::run(super::as_root("apt-get")?.args(["install", "-y", "--no-install-recommends"]).args(missing))
}

/// The prefix for a command that needs root: nothing, `sudo`, or `None` if neither works.
pub(super) fn privilege() -> Option<&'static [&'static str]> {
    let root = process::answer(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if root {
        return Some(&[]);
    }
    let can_ask = std::io::IsTerminal::is_terminal(&std::io::stdin());
    let without_asking = || process::answer(Command::new("sudo").args(["-n", "true"])).is_some();
    (process::exists("sudo") && (can_ask || without_asking())).then_some(&["sudo"])
}

/// Packages have other names on other distributions: look for what they provide instead.
fn name_what_is_needed(purpose: Purpose) -> Result<(), Failure> {
    let mut missing = Vec::new();
    for library in ["webkit2gtk-4.1", "ayatana-appindicator3-0.1", "dbus-1", "librsvg-2.0", "openssl"] {
        if process::answer(Command::new("pkg-config").args(["--exists", library])).is_none() {
            missing.push(format!("{library} (development files, through pkg-config)"));
        }
    }
    let mut programs = vec!["cc", "node", "npm"];
    if purpose >= Purpose::Test {
        programs.extend([
            "dbus-daemon",
            "dbus-run-session",
            "gnome-keyring-daemon",
            "WebKitWebDriver",
            "xvfb-run",
        ]);
    }
    missing.extend(programs.into_iter().filter(|p| !process::exists(p)).map(|p| format!("{p} (program)")));
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "this is not a Debian or Ubuntu, so nothing is installed here. Missing:\n\n  {}\n\n\
         Install these with this system's tools and run the same command again.",
        missing.join("\n  ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_needs_what_the_lesser_ones_need() {
        let all = [Purpose::Run, Purpose::Test, Purpose::Package].map(wanted);
        for pair in all.windows(2) {
            assert!(pair[0].iter().all(|package| pair[1].contains(package)));
            assert!(pair[0].len() < pair[1].len());
        }
    }
}
