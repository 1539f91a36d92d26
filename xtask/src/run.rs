//! `cargo xtask run`: set up, build, start.

use std::process::ExitCode;

use crate::failure::Failure;
use crate::setup::{self, Purpose};
use crate::{page, place, process};

const RELEASE_BUILD: &[&str] = &["build", "--locked", "--release", "--package", "conclave"];
/// With the workspace and an example, so that Cargo resolves the features that tests need, too: then the dependencies
/// that `cargo xtask test` has built are those of the app, and nothing is compiled twice.
const DEBUG_BUILD: &[&str] =
    &["build", "--locked", "--workspace", "--bin", "conclave", "--example", "two_people"];

/// The command-line arguments.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) release: bool,
    /// Passed on to the app.
    pub(crate) arguments: Vec<String>,
}

/// Sets up this machine, builds and starts the app; exits as the app does.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, Failure> {
    let parsed = Arguments::parse(arguments)?;
    // Before a quarter of an hour of compiling, not after it.
    require_display()?;
    setup::for_purpose(Purpose::Run)?;
    page::ensure_built()?;
    let mut build = process::cargo(if parsed.release { RELEASE_BUILD } else { DEBUG_BUILD });
    process::run(&mut build)?;
    let mut app =
        process::command(place::program(if parsed.release { "release" } else { "debug" }, "conclave"));
    app.args(&parsed.arguments);
    println!("Starting {}", process::words(&app));
    let status =
        app.status().map_err(|error| Failure::new(format!("the app could not be started: {error}")))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::from(!status.success()));
    Ok(ExitCode::from(code))
}

impl Arguments {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let mut parsed = Self::default();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--release" => parsed.release = true,
                "--profile" => {
                    let name = words.next().ok_or_else(|| Failure::new("--profile needs a NAME"))?;
                    parsed.arguments.extend([word.clone(), name.clone()]);
                }
                with_name if with_name.starts_with("--profile=") => parsed.arguments.push(word.clone()),
                "--" => parsed.arguments.extend(words.by_ref().cloned()),
                other => {
                    return Err(Failure::new(format!(
                        "unknown argument {other:?}; arguments for the app come after --"
                    )));
                }
            }
        }
        Ok(parsed)
    }
}

/// A window needs a display; without one, this explains what to do instead of crashing.
pub(crate) fn require_display() -> Result<(), Failure> {
    let given = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !cfg!(target_os = "linux") || given("DISPLAY") || given("WAYLAND_DISPLAY") {
        return Ok(());
    }
    Err(Failure::new(
        "there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), and Conclave is a window.\n\n\
         Run it from a terminal inside a desktop session, or over ssh -X, or on a virtual display:\n\n  \
         xvfb-run -a dbus-run-session -- cargo xtask run\n\n\
         (xvfb-run and dbus-run-session are in the packages xvfb, xauth and dbus.)",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Arguments, Failure> {
        Arguments::parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn the_profile_and_what_follows_two_hyphens_reach_the_app() {
        let parsed = parse(&["--profile", "bob", "--release", "--", "--release", "x"]).expect("parsed");
        assert_eq!(parsed.arguments, ["--profile", "bob", "--release", "x"]);
        assert!(parsed.release);
        assert_eq!(parse(&["--profile=bob"]).expect("parsed").arguments, ["--profile=bob"]);
        assert_eq!(parse(&[]).expect("parsed"), Arguments::default());
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(parse(&["--profile"]).is_err());
        assert!(parse(&["--prof", "bob"]).is_err());
    }
}
