//! Prepares what `generate_context!` reads: the permissions of the app's own commands, and a page to embed.

use std::{fmt::Write as _, fs, io, path::Path};

macro_rules! command_list {
    (
        engine { $($(#[$comment:meta])* fn $name:ident $arguments:tt -> $answer:ty $body:block)* }
        desktop { $($other:ident),* }
    ) => {
        /// Without this list the page could call every command without a capability.
        const COMMANDS: &[&str] = &[$(stringify!($name),)* $(stringify!($other)),*];
    };
}
include!("src/command_list.rs");

fn main() -> io::Result<()> {
    ensure_page(Path::new("../ui/dist"))?;
    let set = write_set()?;
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS).permissions_path_pattern(set);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
        .map_err(|error| io::Error::other(format!("{error:#}")))
}

/// Writes the permission set `every-command`, which the capability grants. Returns its path.
fn write_set() -> io::Result<&'static str> {
    let folder = std::env::var("OUT_DIR").map_err(io::Error::other)?;
    let file = Path::new(&folder).join("every-command.toml");
    let mut set = String::from(
        "[[set]]\nidentifier = \"every-command\"\ndescription = \"All commands of the app.\"\npermissions = [\n",
    );
    for command in COMMANDS {
        writeln!(set, "  \"allow-{}\",", command.replace('_', "-")).map_err(io::Error::other)?;
    }
    set.push_str("]\n");
    fs::write(&file, set)?;
    // Tauri's build takes a `&'static str`. The leak ends with this script.
    Ok(String::leak(file.display().to_string()))
}

const NO_PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Conclave</title>\
     <p>The page was not built yet: run <code>npm run build</code> in ui/, then build again.</p></html>\n";

/// Writes a placeholder if the page is not built, so that `cargo check` works. A release build without the page fails.
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
