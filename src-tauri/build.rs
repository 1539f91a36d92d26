//! Prepares what `generate_context!` reads: the permissions of the app's own commands, and a page to embed.

use std::{fs, io, path::Path};

/// Without this list the page could call every command with no capability asked.
const COMMANDS: &[&str] = include!("src/command_names.rs");

fn main() -> io::Result<()> {
    ensure_page(Path::new("../ui/dist"))?;
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
        .map_err(|error| io::Error::other(format!("{error:#}")))
}

/// `cargo check` works before the page was ever built: an absent folder gets a page that says so.
fn ensure_page(dist: &Path) -> io::Result<()> {
    let index = dist.join("index.html");
    if index.exists() {
        return Ok(());
    }
    fs::create_dir_all(dist)?;
    fs::write(
        index,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Conclave</title>\
         <p>The page was not built yet: run <code>npm run build</code> in ui/, then build again.</p></html>\n",
    )
}
