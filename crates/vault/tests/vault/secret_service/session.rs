//! A desktop session for the test: a private D-Bus daemon and gnome-keyring, in a temporary home, without a display.
//! The session of the person running the tests is not touched; everything started is ended by its handle.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Deadline for a daemon to be ready, in seconds.
const READY_S_MAX: u64 = 20;

/// A bus on which nothing can be started.
const BARE_BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"#;

/// A process that ends with the test.
pub(super) struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A bus, and a home that outlives it.
pub(super) struct Session<'h> {
    home: &'h Path,
    address: String,
    _bus: Daemon,
}

/// A home folder with the folders a session needs.
pub(super) fn home() -> TempDir {
    let home = TempDir::new().expect("a folder");
    for folder in ["run", "data"] {
        let path = home.path().join(folder);
        fs::create_dir(&path).expect("created");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("its owner's only");
    }
    home
}

/// `program` in `home`, isolated from the session and display of the person running the tests.
pub(super) fn at_home(home: &Path, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home.join("run"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_CACHE_HOME", home.join("cache"));
    for name in ["DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "GNOME_KEYRING_CONTROL"] {
        command.env_remove(name);
    }
    command
}

impl<'h> Session<'h> {
    /// A session bus that can start the installed services, as on a desktop.
    pub(super) fn start(home: &'h Path) -> Self {
        Self::with_bus(home, &["--session"])
    }

    /// A session bus without any service.
    pub(super) fn bare(home: &'h Path) -> Self {
        let config = home.join("bare-bus.conf");
        fs::write(&config, BARE_BUS).expect("written");
        Self::with_bus(home, &[&format!("--config-file={}", config.display())])
    }

    fn with_bus(home: &'h Path, arguments: &[&str]) -> Self {
        let mut bus = at_home(home, "dbus-daemon")
            .args(arguments)
            .args(["--nofork", "--nopidfile", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed");
        let mut address = String::new();
        let output = bus.stdout.take().expect("piped");
        let bus = Daemon(bus);
        BufReader::new(output).read_line(&mut address).expect("dbus-daemon prints its address");
        assert!(!address.trim().is_empty(), "dbus-daemon did not start");
        Self { home, address: address.trim().to_owned(), _bus: bus }
    }

    /// `program` in this session.
    pub(super) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = at_home(self.home, program);
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command
    }

    /// gnome-keyring with the login keyring unlocked by `password`; created if there is none.
    pub(super) fn unlocked_keyring(&self, password: &str) -> Daemon {
        self.keyring(&["--unlock"], password)
    }

    /// gnome-keyring with its existing keyrings, locked.
    pub(super) fn locked_keyring(&self) -> Daemon {
        self.keyring(&[], "")
    }

    fn keyring(&self, arguments: &[&str], password: &str) -> Daemon {
        let mut child = self
            .command("gnome-keyring-daemon")
            .args(["--foreground", "--components=secrets"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon is installed");
        let mut input = child.stdin.take().expect("piped");
        // A daemon that starts locked reads nothing and may be faster than this write.
        drop(input.write_all(password.as_bytes()));
        drop(input);
        let daemon = Daemon(child);
        self.await_owner(true);
        daemon
    }

    /// Unlocks the login keyring of the running daemon through its control socket, as PAM does at login. Returns
    /// whether the password was right.
    pub(super) fn unlock(&self, password: &str) -> bool {
        /// Operation and answer codes of gnome-keyring's control protocol.
        const UNLOCK: u32 = 1;
        const OK: u32 = 0;
        let mut socket =
            UnixStream::connect(self.home.join("run/keyring/control")).expect("the daemon listens");
        socket.set_read_timeout(Some(Duration::from_secs(READY_S_MAX))).expect("a valid timeout");
        let length = u32::try_from(password.len()).expect("a short password");
        // One byte to carry the credentials, then the frame: total length, operation, password.
        let mut request = vec![0];
        for number in [12 + length, UNLOCK, length] {
            request.extend_from_slice(&number.to_be_bytes());
        }
        request.extend_from_slice(password.as_bytes());
        socket.write_all(&request).expect("sent");
        let mut answer = [0; 8];
        socket.read_exact(&mut answer).expect("the daemon answers");
        answer[4..] == OK.to_be_bytes()
    }

    /// Locks the login keyring of the running daemon.
    pub(super) fn lock(&self) {
        let done = self
            .command("dbus-send")
            .args(["--session", "--print-reply", "--dest=org.freedesktop.secrets"])
            .args(["/org/freedesktop/secrets", "org.freedesktop.Secret.Service.Lock"])
            .arg("array:objpath:/org/freedesktop/secrets/collection/login")
            .output()
            .expect("dbus-send is installed");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// Ends the daemon and waits until its bus name is released.
    pub(super) fn stop(&self, daemon: Daemon) {
        drop(daemon);
        self.await_owner(false);
    }

    fn await_owner(&self, wanted: bool) {
        let deadline = Instant::now() + Duration::from_secs(READY_S_MAX);
        while self.has_owner() != wanted {
            assert!(Instant::now() < deadline, "org.freedesktop.secrets: owner is not {wanted}");
            std::thread::yield_now();
        }
    }

    fn has_owner(&self) -> bool {
        let asked = self
            .command("dbus-send")
            .args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"])
            .args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"])
            .output()
            .expect("dbus-send is installed");
        String::from_utf8_lossy(&asked.stdout).contains("boolean true")
    }
}
