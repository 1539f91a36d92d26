//! A profile is one account on this computer. This file names everything that two profiles must not share: the data
//! folder, the keychain namespace, the single-instance id and the window's title.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    str::FromStr,
};

use sha2::{Digest, Sha256};

/// A development build never touches the data or secrets of an installed one.
const FAMILY: &str = if cfg!(debug_assertions) { "conclave-dev" } else { "conclave" };
const IDENTIFIER: &str = if cfg!(debug_assertions) { "chat.conclave.dev" } else { "chat.conclave.desktop" };
const DEFAULT_NAME: &str = "default";
const NAME_BYTES_MAX: usize = 32;
/// Device names reserved by Windows in every folder.
const DEVICE_NAMES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The name of a profile: 1 to 32 of `a-z 0-9 -`, so that it is valid as a file name, part of a D-Bus name, and
/// keychain key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProfileName(String);

/// Not a valid profile name.
#[derive(Debug, thiserror::Error)]
#[error("a profile's name is 1 to 32 of a-z 0-9 -")]
pub(crate) struct BadProfileName;

impl ProfileName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_default(&self) -> bool {
        self.0 == DEFAULT_NAME
    }
}

impl Default for ProfileName {
    fn default() -> Self {
        Self(DEFAULT_NAME.to_owned())
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for ProfileName {
    type Err = BadProfileName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let usable = (1..=NAME_BYTES_MAX).contains(&name.len())
            && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !DEVICE_NAMES.contains(&name);
        if usable { Ok(Self(name.to_owned())) } else { Err(BadProfileName) }
    }
}

/// A profile and its folder.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    name: ProfileName,
    data_dir: PathBuf,
    /// Distinguishes this profile from all others of this user, including one with the same name in another folder.
    instance: String,
}

/// Why a profile has no folder.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileError {
    #[error("this system has no folder for user data; specify one with --data-dir")]
    NoDataFolder,
    #[error("the data folder {0} can't be created: {1}")]
    Folder(PathBuf, #[source] io::Error),
}

impl Profile {
    /// Finds the profile's folder, and creates it if absent.
    ///
    /// # Errors
    /// [`ProfileError`] if there is no such folder or it can't be created.
    pub(crate) fn open(name: ProfileName, elsewhere: Option<PathBuf>) -> Result<Self, ProfileError> {
        let usual = elsewhere.is_none();
        let data_dir = match elsewhere {
            Some(dir) => dir,
            None => usual_folder(&name).ok_or(ProfileError::NoDataFolder)?,
        };
        let failed = |error| ProfileError::Folder(data_dir.clone(), error);
        make_private(&data_dir).map_err(failed)?;
        let data_dir = data_dir.canonicalize().map_err(failed)?;
        let instance = if usual { name.to_string() } else { format!("{name}-{}", place_tag(&data_dir)) };
        Ok(Self { name, data_dir, instance })
    }

    /// The profile's name, or none for the default profile.
    pub(crate) fn shown_name(&self) -> Option<&str> {
        (!self.name.is_default()).then(|| self.name.as_str())
    }

    pub(crate) fn title(&self) -> String {
        self.shown_name().map_or_else(|| "Conclave".to_owned(), |name| format!("Conclave – {name}"))
    }

    /// The name of its login entry, which people read. Differs from a profile with the same name in another folder, and
    /// from a development build.
    pub(crate) fn login_name(&self) -> String {
        let program = if cfg!(debug_assertions) { "Conclave under development" } else { "Conclave" };
        if self.instance == DEFAULT_NAME {
            program.to_owned()
        } else {
            format!("{program} ({})", self.instance)
        }
    }

    /// The arguments that open this profile, quoted for a desktop entry (freedesktop.org Desktop Entry Specification,
    /// "The Exec key").
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["--profile".to_owned(), self.name.to_string()];
        if self.instance != self.name.as_str() {
            let folder = self.data_dir.display().to_string();
            let quoted = folder
                .replace('\\', r"\\\\")
                .replace('"', r#"\\""#)
                .replace('`', r"\\`")
                .replace('$', r"\\$");
            arguments.extend(["--data-dir".to_owned(), format!("\"{}\"", quoted.replace('%', "%%"))]);
        }
        arguments
    }

    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Where the web view stores its data (never our content).
    pub(crate) fn page_dir(&self) -> PathBuf {
        self.data_dir.join("page")
    }

    pub(crate) fn log_dir(&self) -> PathBuf {
        self.data_dir.join("log")
    }

    pub(crate) fn window_state_file(&self) -> PathBuf {
        self.data_dir.join("window.json")
    }

    /// The name under which a second start of the profile finds the first: a D-Bus name on Linux, a mutex or socket
    /// elsewhere. No part of it may start with a digit (D-Bus specification, "Bus names").
    pub(crate) fn identifier(&self) -> String {
        format!("{IDENTIFIER}.profile-{}", self.instance)
    }

    /// The namespace of this profile's keychain items.
    pub(crate) fn keychain_namespace(&self) -> String {
        self.instance.clone()
    }

    /// The profile's name.
    pub(crate) fn name(&self) -> &str {
        self.name.as_str()
    }
}

fn usual_folder(name: &ProfileName) -> Option<PathBuf> {
    Some(dirs::data_dir()?.join(FAMILY).join("profiles").join(name.as_str()))
}

/// Eight hex digits derived from the folder's path.
fn place_tag(dir: &Path) -> String {
    hex::encode(&Sha256::digest(dir.as_os_str().as_encoded_bytes())[..4])
}

#[cfg(unix)]
fn make_private(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};

    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    // The folder may predate this rule.
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_share_nothing() {
        let (here, there) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let open = |name: &str, dir: &Path| {
            Profile::open(name.parse().expect("a name"), Some(dir.to_owned())).expect("a profile")
        };
        let (alice, bob) = (open("alice", here.path()), open("bob", here.path()));
        let other_alice = open("alice", there.path());
        assert_ne!(alice.identifier(), bob.identifier());
        assert_ne!(alice.keychain_namespace(), bob.keychain_namespace());
        assert_ne!(alice.title(), bob.title());
        assert_ne!(alice.identifier(), other_alice.identifier());
        assert_ne!(alice.keychain_namespace(), other_alice.keychain_namespace());
        assert_eq!(alice.keychain_namespace(), open("alice", here.path()).keychain_namespace());
    }

    #[cfg(unix)]
    #[test]
    fn only_its_user_may_look_into_the_folder() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir().expect("a folder");
        let inner = dir.path().join("a/b");
        Profile::open(ProfileName::default(), Some(inner.clone())).expect("a profile");
        let mode = fs::metadata(inner).expect("it was made").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_profile_is_started_at_login_by_itself() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().join("my $data");
        let profile = Profile::open("alice".parse().expect("a name"), Some(folder)).expect("a profile");
        let arguments = profile.arguments();
        assert_eq!(arguments[..2], ["--profile", "alice"]);
        assert!(arguments[3].starts_with('"') && arguments[3].ends_with(r#"my \\$data""#), "{arguments:?}");
        assert!(profile.login_name().starts_with("Conclave under development (alice-"));
        let usual = Profile { instance: "alice".to_owned(), ..profile };
        assert_eq!(usual.arguments(), ["--profile", "alice"]);
        assert_eq!(usual.login_name(), "Conclave under development (alice)");
    }

    #[test]
    fn the_identifier_is_a_bus_name() {
        for name in ["default", "7", "-", "a-b"] {
            let dir = tempfile::tempdir().expect("a folder");
            let profile = Profile::open(name.parse().expect("a name"), Some(dir.path().to_owned()));
            let identifier = profile.expect("a profile").identifier();
            assert!(identifier.len() < 200);
            assert!(
                identifier.split('.').all(|part| part.starts_with(|first: char| first.is_ascii_lowercase()))
            );
        }
    }
}
