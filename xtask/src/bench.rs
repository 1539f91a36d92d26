//! `cargo xtask bench` and `cargo xtask abuse`: figures of the engine and of the service, each beside its floor from the
//! same run, and what an attack on the service comes to.

use crate::failure::Failure;
use crate::process;
use crate::setup::{self, Purpose};

/// What can be measured, with its package.
const BENCHES: [(&str, &str); 2] = [("engine", "conclave-tests"), ("server", "conclave-server")];

/// `bench [engine|server] [-- ARGS]`: the engine where nothing is named.
pub(crate) fn bench(arguments: &[String]) -> Result<(), Failure> {
    let named = arguments.first().and_then(|word| BENCHES.into_iter().find(|(name, _)| name == word));
    let (name, package) = named.unwrap_or(BENCHES[0]);
    run(package, name, &arguments[usize::from(named.is_some())..])
}

/// `abuse [-- ARGS]`.
pub(crate) fn abuse(arguments: &[String]) -> Result<(), Failure> {
    run("conclave-server", "abuse", arguments)
}

fn run(package: &str, name: &str, arguments: &[String]) -> Result<(), Failure> {
    setup::for_purpose(Purpose::Run)?;
    let mut bench = process::cargo(&["bench", "--locked", "--package", package, "--bench", name, "--"]);
    let own = arguments.first().filter(|word| *word == "--").map_or(arguments, |_| &arguments[1..]);
    process::run(bench.args(own))
}
