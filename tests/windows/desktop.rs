//! A desktop of the test's own: a display, a session bus that starts nothing by itself, a keychain, folders. Needed
//! where the test itself is a part of the desktop: its tray, its notifications, its screen.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;
use zbus::{Connection, connection, fdo::DBusProxy};

use crate::{
    notification_service::NotificationService, process::Process, tray_registry::TrayRegistry, window::until,
};

const KEYCHAIN_PASSWORD: &str = "correct horse";
/// A bus that starts nothing by itself: only the test puts anything on it.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir=DIR</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"#;

/// A desktop of the test's own.
#[derive(Debug)]
pub(crate) struct Desktop {
    display: String,
    bus_address: String,
    bus: Connection,
    keychain: Option<Process>,
    _display: Process,
    _bus: Process,
    // Last, so that nobody writes into it while it is removed.
    dir: TempDir,
}

impl Desktop {
    /// A desktop with everything, the keychain unlocked.
    pub(crate) async fn new() -> Self {
        let mut desktop = Self::without_keychain().await;
        desktop.unlock_keychain().await;
        desktop
    }

    /// The same, but nothing answers for the keychain.
    pub(crate) async fn without_keychain() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        for folder in ["home", "data", "config", "cache", "run"] {
            let path = dir.path().join(folder);
            fs::create_dir(&path).expect("a folder");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("it is ours");
        }
        let (display_process, display) = Process::start_told(display());
        let (bus_process, bus_address) = Process::start_told(bus(dir.path()));
        let bus = connection::Builder::address(bus_address.as_str()).expect("an address");
        let bus = bus.build().await.expect("the bus answers");
        Self {
            display: format!(":{display}"),
            bus_address,
            bus,
            keychain: None,
            _display: display_process,
            _bus: bus_process,
            dir,
        }
    }

    pub(crate) async fn unlock_keychain(&mut self) {
        let mut command = self.command("gnome-keyring-daemon");
        command.args(["--foreground", "--unlock", "--components=secrets"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = Process::start(command);
        process.stdin().write_all(KEYCHAIN_PASSWORD.as_bytes()).expect("it reads the password");
        self.keychain = Some(process);
        self.wait_for_owner("org.freedesktop.secrets", true).await;
    }

    /// Stops the keychain's service, as after a crash; what it kept is on disk.
    pub(crate) async fn end_keychain(&mut self) {
        self.keychain = None;
        self.wait_for_owner("org.freedesktop.secrets", false).await;
    }

    pub(crate) async fn notifications(&self) -> NotificationService {
        NotificationService::start(&self.bus_address).await
    }

    pub(crate) async fn tray(&self) -> TrayRegistry {
        TrayRegistry::start(&self.bus_address).await
    }

    pub(crate) fn display(&self) -> &str {
        &self.display
    }

    /// A command that sees only this desktop.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        for foreign in ["WAYLAND_DISPLAY", "XAUTHORITY", "SESSION_MANAGER", "CONCLAVE_DATA_DIR"] {
            command.env_remove(foreign);
        }
        command
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus_address)
            .env("HOME", self.dir.path().join("home"))
            .env("XDG_DATA_HOME", self.dir.path().join("data"))
            .env("XDG_CONFIG_HOME", self.dir.path().join("config"))
            .env("XDG_CACHE_HOME", self.dir.path().join("cache"))
            .env("XDG_RUNTIME_DIR", self.dir.path().join("run"))
            .env("GDK_BACKEND", "x11")
            .env("NO_AT_BRIDGE", "1")
            .env("TZ", "UTC");
        command
    }

    async fn wait_for_owner(&self, name: &str, wanted: bool) {
        let daemon = DBusProxy::new(&self.bus).await.expect("the bus itself");
        until(&format!("{name} on the bus: {wanted}"), async || {
            let owned = daemon.name_has_owner(name.try_into().expect("a bus name")).await.ok()?;
            (owned == wanted).then_some(())
        })
        .await;
    }
}

/// Starts an X server that picks a free number and reports it.
fn display() -> Command {
    let mut command = Command::new("Xvfb");
    command.args(["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]);
    command.stderr(Stdio::null());
    command
}

fn bus(dir: &Path) -> Command {
    let config = dir.join("bus.conf");
    fs::write(&config, BUS.replace("DIR", &dir.join("run").to_string_lossy())).expect("room");
    let mut command = Command::new("dbus-daemon");
    command.arg(format!("--config-file={}", config.display()));
    command.args(["--nofork", "--nopidfile", "--print-address=1"]).stderr(Stdio::null());
    command
}
