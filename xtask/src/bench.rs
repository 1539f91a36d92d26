//! `cargo xtask bench` and `cargo xtask abuse`: figures of the engine and the service, each next to its lower bound
//! from the same run, and the effect of an attack on the service.

use crate::failure::Failure;
use crate::process;
use crate::setup::{self, Purpose};

/// The benches, with their packages.
const BENCHES: [(&str, &str); 2] = [("engine", "conclave-tests"), ("server", "conclave-server")];

/// `bench [engine|server] [-- ARGS]`: the engine by default.
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
