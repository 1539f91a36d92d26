//! All developer commands. `cargo xtask run` starts the app, `cargo xtask test` runs all tests. Each prepares the
//! machine as far as it can, and otherwise says what to do.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool writes to its standard streams"
)]

mod bench;
mod bindings;
mod check;
mod dev;
mod failure;
mod format;
mod licences;
mod package;
mod page;
mod place;
mod process;
mod report;
mod run;
mod session;
mod setup;
mod test;
mod tools;

use std::process::ExitCode;

use failure::Failure;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  run [--profile NAME] [--release] [-- ARGS]  set up this machine, build, and start the app
  dev [--profile NAME] [-- ARGS]              the same for development: page and app reload on changes
  test [STEP]                                 set up this machine, and run every check and test, or only STEP
  check [--all]                               the quick checks: what differs from the main branch, without browser or window
  fmt                                         run every formatter
  bench [engine|server] [-- ARGS]             measure the engine or the service, each figure next to its lower bound
  abuse [-- ARGS]                             attack the service with hostile connections, and measure the effect
  package [--check]                           build the .deb and the .rpm; --check installs, tests and removes the .deb
  setup                                       only set up this machine
  bindings                                    regenerate the page's types from the shell's commands
  licences [--write]                          check licences and sources of all dependencies; --write updates the list that the page shows
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode, Failure> {
    let Some((command, rest)) = arguments.split_first() else {
        print!("{USAGE}");
        return Ok(ExitCode::FAILURE);
    };
    let done = |result: Result<(), Failure>| result.map(|()| ExitCode::SUCCESS);
    match command.as_str() {
        "run" => run::run(rest),
        "dev" => done(dev::dev(rest)),
        "test" => test::test(rest),
        "check" => check::check(rest),
        "fmt" => done(no_arguments(rest).and_then(|()| format::write())),
        "bench" => done(bench::bench(rest)),
        "abuse" => done(bench::abuse(rest)),
        "package" => done(package::package(rest)),
        "setup" => done(no_arguments(rest).and_then(|()| setup::everything())),
        "bindings" => done(no_arguments(rest).and_then(|()| bindings::write())),
        "licences" => done(licences::licences(rest)),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        other => Err(Failure::new(format!("unknown command {other:?}\n\n{USAGE}"))),
    }
}

fn no_arguments(rest: &[String]) -> Result<(), Failure> {
    match rest.first() {
        None => Ok(()),
        Some(argument) => Err(Failure::new(format!("unexpected argument {argument:?}\n\n{USAGE}"))),
    }
}
