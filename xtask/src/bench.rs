//! `cargo xtask bench`: the engine's figures, each beside its floor from the same run.

use crate::failure::Failure;
use crate::process;
use crate::setup::{self, Purpose};

pub(crate) fn bench(arguments: &[String]) -> Result<(), Failure> {
    setup::for_purpose(Purpose::Run)?;
    let mut bench =
        process::cargo(&["bench", "--locked", "--package", "conclave-tests", "--bench", "engine", "--"]);
    let own = arguments.first().filter(|word| *word == "--").map_or(arguments, |_| &arguments[1..]);
    process::run(bench.args(own))
}
