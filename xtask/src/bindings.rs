//! `cargo xtask bindings`: regenerates the page's types from the shell's commands. The tests compare them.

use crate::failure::Failure;
use crate::setup::{self, Purpose};
use crate::{page, process};

pub(crate) fn write() -> Result<(), Failure> {
    setup::for_purpose(Purpose::Run)?;
    page::ensure_built()?;
    let mut export = process::cargo(&["test", "--locked", "--package", "conclave", "bindings"]);
    process::run(export.env("CONCLAVE_WRITE_BINDINGS", "1"))
}
