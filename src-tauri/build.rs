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

const NO_PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Conclave</title>\
     <p>The page was not built yet: run <code>npm run build</code> in ui/, then build again.</p></html>\n";

/// `cargo check` works before the page was ever built: an absent folder gets a page that says so. What is released has
/// the page in it, or is not built.
fn ensure_page(dist: &Path) -> io::Result<()> {
    let index = dist.join("index.html");
    println!("cargo:rerun-if-changed={}", index.display());
    if !index.exists() {
        fs::create_dir_all(dist)?;
        fs::write(&index, NO_PAGE)?;
    }
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if is_release && fs::read_to_string(&index)? == NO_PAGE {
        return Err(io::Error::other("the page is not built: run `npm run build` in ui/ first"));
    }
    Ok(())
}
