//! `cargo xtask dev`: the real window and engine, with the page from Vite's server. Changes in `ui/` show at once;
//! changes in Rust rebuild and restart the app.

use crate::failure::Failure;
use crate::run::{self, Arguments};
use crate::setup::{self, Purpose};
use crate::{process, tools};

/// Sets up this machine and starts Tauri's command line, which starts Vite's server.
pub(crate) fn dev(arguments: &[String]) -> Result<(), Failure> {
    let parsed = Arguments::parse(arguments)?;
    if parsed.release {
        return Err(Failure::new("dev builds for debugging only; cargo xtask run takes --release"));
    }
    run::require_display()?;
    setup::for_purpose(Purpose::Run)?;
    let mut tauri = process::command("node");
    tauri.arg(tools::tauri_cli()?).args(["dev", "--", "--locked", "--"]).args(&parsed.arguments);
    process::run(tauri.env("PATH", tools::path_with_node()))
}
