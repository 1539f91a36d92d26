//! `cargo xtask dev`: the real window over the real engine, with the page from vite's server: what is typed in `ui/`
//! shows at once, what is typed in Rust builds and starts the app again.

use crate::failure::Failure;
use crate::run::{self, Wish};
use crate::setup::{self, Purpose};
use crate::{process, tools};

/// Sets up this machine and hands on to Tauri's command line, which starts vite's server by itself.
pub(crate) fn dev(arguments: &[String]) -> Result<(), Failure> {
    let wish = Wish::parse(arguments)?;
    if wish.release {
        return Err(Failure::new("dev builds for debugging only; cargo xtask run takes --release"));
    }
    run::require_display()?;
    setup::for_purpose(Purpose::Run)?;
    let mut tauri = process::command("node");
    tauri.arg(tools::tauri_cli()?).args(["dev", "--", "--locked", "--"]).args(&wish.arguments);
    process::run(tauri.env("PATH", tools::path_with_node()))
}
