//! A desktop session for tests: a virtual display, a private bus, an unlocked keychain and a temporary home, isolated
//! from the person who runs them.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::process;

/// Longest run of a program in a session before it is ended, in `timeout`'s notation.
const DURATION_MAX: &str = "30m";
const SCREEN: &str = "-screen 0 1280x900x24";
/// Unlocks the session's keychain, then executes the program.
const UNLOCK: &str =
    r#"printf conclave | gnome-keyring-daemon --unlock --components=secrets >/dev/null; exec "$@""#;

/// A home that is deleted when this is dropped.
pub(crate) struct Session {
    home: PathBuf,
}

impl Session {
    pub(crate) fn new() -> Result<Self, Failure> {
        // Short, because socket paths below it are limited to 108 bytes.
        let home = std::env::temp_dir().join(format!("conclave-session-{}", std::process::id()));
        for folder in ["", "run", "data", "config", "cache"] {
            let path = home.join(folder);
            fs::create_dir_all(&path)
                .and_then(|()| owner_only(&path))
                .map_err(|error| Failure::file(&path, &error))?;
        }
        Ok(Self { home })
    }

    /// `program` with `arguments`, to run inside the session.
    pub(crate) fn command<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Command {
        let mut command = process::command("timeout");
        command
            .args([
                "--kill-after=10s",
                DURATION_MAX,
                "xvfb-run",
                "-a",
                "-s",
                SCREEN,
                "dbus-run-session",
                "--",
            ])
            .args(["bash", "-c", UNLOCK, "session"])
            .arg(program)
            .args(arguments)
            .env("HOME", &self.home)
            .env("XDG_RUNTIME_DIR", self.home.join("run"))
            .env("XDG_DATA_HOME", self.home.join("data"))
            .env("XDG_CONFIG_HOME", self.home.join("config"))
            .env("XDG_CACHE_HOME", self.home.join("cache"));
        for name in ["DBUS_SESSION_BUS_ADDRESS", "WAYLAND_DISPLAY", "GNOME_KEYRING_CONTROL"] {
            command.env_remove(name);
        }
        // With another HOME, cargo and rustup would start from scratch.
        if let Some(home) = std::env::home_dir() {
            keep(&mut command, "CARGO_HOME", &home.join(".cargo"));
            keep(&mut command, "RUSTUP_HOME", &home.join(".rustup"));
        }
        command
    }
}

/// Buses and keychains refuse a folder that others can read.
fn owner_only(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    fs::metadata(path).map(drop)
}

fn keep(command: &mut Command, name: &str, otherwise: &Path) {
    if std::env::var_os(name).is_none() {
        command.env(name, otherwise);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Leftovers in the temporary folder are harmless.
        let _ = fs::remove_dir_all(&self.home);
    }
}
